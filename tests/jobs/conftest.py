"""What the tests of the queue share."""

from tests.workers import work as work
