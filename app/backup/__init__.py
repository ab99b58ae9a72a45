"""Backups: every table as it stood at one instant, and every file it records, in a form that either database takes.

A *target* folder holds one folder per backup, named by its instant, beside one store of files that all of them share::

    TARGET/files/ab/cd/abcd…            each file once, under its sha256
    TARGET/20261126T020000Z/manifest.json
    TARGET/20261126T020000Z/unit.jsonl.gz   one line per row, the columns in the manifest

So a nightly backup copies only the files that are new since the last. Values are written as SQLite keeps them
(instants in UTC, flags as 0 and 1, JSON as its text, bytes as ``{"hex": …}``): a backup of one database restores
into the other, and the same state gives the same bytes.
"""
