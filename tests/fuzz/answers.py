"""What every answer must be, whatever was sent."""

import re
from collections.abc import Iterator
from typing import Any

PROBLEM = "application/problem+json"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
SENTENCE = re.compile(r"[A-Za-z]+ [a-z]+ [a-z]+")
"""Words of English in a row: what a library said, not this product."""


UNDERSTOOD = re.compile(r"[a-z_.:]+|\d{4}-\d\d-\d\d", re.ASCII)


def faults(answer: Any, sent: Any = None) -> Iterator[str]:
    """What is wrong with an answer of the JSON API: a fault, a problem that is none, English, an echo of the input."""
    if answer.status_code >= 500:
        yield f"{answer.status_code}"
    if answer.status_code < 400:
        return
    if answer.headers.get("content-type") != PROBLEM:
        yield f"content type {answer.headers.get('content-type')}"
        return
    body = answer.json()
    if body.get("status") != answer.status_code or not re.fullmatch(r"[a-z0-9_]+", body.get("code", "")):
        yield f"no stable code: {body}"
    errors = body.get("errors", [])
    said = [body["title"], *([body["detail"]] if "detail" in body else []), *(each["detail"] for each in errors)]
    for words in said:
        if not CHINESE.search(words) or SENTENCE.search(words):
            yield f"not in Chinese: {words}"
    for typed in texts(sent) if answer.status_code == 422 else ():
        if any(typed in words for words in said):
            yield f"echoes {typed[:40]!r}"


def texts(value: Any) -> Iterator[str]:
    """The texts that were sent, long enough to be known again; options and dates that were understood are no secret."""
    if isinstance(value, dict):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)
    elif isinstance(value, str) and len(value) > 5 and not UNDERSTOOD.fullmatch(value):
        yield value
