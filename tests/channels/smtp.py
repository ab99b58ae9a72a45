"""The other end of a mail: a server that keeps what it was given, and answers as it is told."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default


@dataclass
class Box:
    """``answers``: what a command gets instead of yes, such as ``{"RCPT": "550 no such user"}``; "" hangs up.
    ``TEXT`` stands for the end of the message."""

    port: int = 0
    answers: dict[str, str] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}?tls=off"


@contextmanager
def receiving() -> Iterator[Box]:
    box = Box()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 here\r\n")
            while line := self.rfile.readline():
                box.heard.append(line.decode().strip())
                verb = box.heard[-1].partition(" ")[0].upper()
                if not self._answer(verb, "354 go on" if verb == "DATA" else "221 bye" if verb == "QUIT" else "250 ok"):
                    return
                if verb == "DATA" and not self._text():
                    return

        def _answer(self, verb: str, otherwise: str) -> bool:
            said = box.answers.get(verb, otherwise)
            self.wfile.write(f"{said}\r\n".encode() if said else b"")
            return bool(said)

        def _text(self) -> bool:
            lines = []
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line)
            if "TEXT" not in box.answers:
                made = message_from_bytes(b"".join(lines), policy=default)
                assert isinstance(made, EmailMessage)
                box.mails.append(made)
            return self._answer("TEXT", "250 taken")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        box.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield box
        server.shutdown()
