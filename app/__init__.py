"""Qinglian: everything the JSON API can do."""

VERSION = "0.1.0"
