"""The child process that reads one docx from stdin and writes its text and its tables' spans to stdout as JSON."""

import json
import resource
import sys


def main() -> None:
    """Arguments: bytes of memory, seconds of CPU, code points of text. Any failure is an exit code other than 0."""
    memory, seconds, largest = (int(argument) for argument in sys.argv[1:4])
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    data = sys.stdin.buffer.read()
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    # Imported under the limits: the libraries parse what strangers made.
    from .docx_text import extract

    text, tables = extract(data)
    if len(text) > largest:
        raise SystemExit(3)
    sys.stdout.buffer.write(json.dumps({"text": text, "tables": tables}).encode("ascii"))


if __name__ == "__main__":
    main()
