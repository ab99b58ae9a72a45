"""Receivers that are slow, endless, silent or somebody else: cut at ten seconds and 64 KiB, whatever they do."""

import datetime
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.webhooks import addresses, posting
from app.webhooks.models import Fault
from app.webhooks.posting import Outcome, post

ALLOWED = [ip_network("127.0.0.1/32")]
Serve = Callable[[socket.socket], None]


@contextmanager
def served(serve: Serve, wrap: Callable[[socket.socket], socket.socket] = lambda link: link) -> Iterator[int]:
    """One connection, answered by ``serve``; the port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def run() -> None:
            with suppress(OSError):
                link, _ = listening.accept()
                with wrap(link) as wrapped:
                    serve(wrapped)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        thread.join(10)


def told(serve: Serve) -> Outcome:
    with served(serve) as port:
        return post(f"http://127.0.0.1:{port}/", b"{}", {}, ALLOWED)


def drop_by_drop(bytes_: bytes) -> Serve:
    def serve(link: socket.socket) -> None:
        over = threading.Event()
        for each in bytes_:
            link.send(bytes([each]))
            over.wait(0.05)

    return serve


def test_one_byte_after_the_other_is_cut_when_the_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "LIMIT_S", 0.3)
    assert told(drop_by_drop(b"HTTP/1.1 200 OK\r\n" + b"X: " + b"x" * 1000)).fault == Fault.TIMEOUT
    assert told(lambda link: threading.Event().wait(0.6) and None).fault == Fault.TIMEOUT
    assert posting.MOST_ANSWER == 64 * 1024


def test_the_time_is_ten_seconds() -> None:
    assert posting.LIMIT_S == 10


def test_a_gigabyte_is_not_taken() -> None:
    taken = 0

    def pour(head: bytes) -> Serve:
        def serve(link: socket.socket) -> None:
            nonlocal taken
            link.recv(4096)
            link.sendall(head)
            taken = 0
            while taken < 2**30:
                taken += link.send(b"x" * 65536)

        return serve

    assert told(pour(b"HTTP/1.1 200 OK\r\nX: ")).fault == Fault.ANSWER
    assert taken < 2**25
    # The body is nobody's business: the status has been read.
    outcome = told(pour(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n"))
    assert (outcome.status, outcome.fault) == (200, None) and taken < 2**25


@pytest.mark.parametrize(
    ("answer", "status", "fault"),
    [
        (b"", None, Fault.ANSWER),
        (b"SSH-2.0-OpenSSH\r\n\r\n", None, Fault.ANSWER),
        (b"HTTP/1.1 999 ?\r\n\r\n", None, Fault.ANSWER),
        (b"HTTP/1.1 200 OK\r\n", None, Fault.ANSWER),
        (b"HTTP/1.0 204\r\n\r\n", 204, None),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 Accepted\r\n\r\n", 202, None),
        (b"HTTP/1.1 500 No\r\n\r\n", 500, Fault.STATUS),
    ],
)
def test_answers_are_read_for_their_status(answer: bytes, status: int | None, fault: Fault | None) -> None:
    def serve(link: socket.socket) -> None:
        link.recv(4096)
        link.sendall(answer)
        link.shutdown(socket.SHUT_WR)
        link.recv(1)

    assert told(serve)[:2] == (status, fault)


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    assert post(f"http://127.0.0.1:{port}/", b"{}", {}, ALLOWED).fault == Fault.CONNECTION


# TLS


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate of that name that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    today = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "cert.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    return paths


def test_the_certificate_is_held_against_the_name_at_the_address_that_was_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cert, key = certificate(tmp_path, "hooks.example.com")
    monkeypatch.setenv("SSL_CERT_FILE", str(cert))
    posting._tls.cache_clear()
    monkeypatch.setattr(addresses, "look_up", lambda host, port: ["127.0.0.1"])
    named: list[Any] = []
    asked: list[bytes] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    context.sni_callback = lambda link, name, _: named.append(name)

    def serve(link: socket.socket) -> None:
        asked.append(link.recv(4096))
        link.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    for name, fault in (("hooks.example.com", None), ("other.example.com", Fault.TLS)):
        with served(serve, lambda link: context.wrap_socket(link, server_side=True)) as port:
            assert post(f"https://{name}:{port}/in?a=b", b"{}", {}, ALLOWED).fault == fault
    assert named == ["hooks.example.com", "other.example.com"]
    assert asked[0].startswith(f"POST /in?a=b HTTP/1.1\r\nHost: hooks.example.com:{port}\r\n".encode()[:40])
    posting._tls.cache_clear()
