"""One mail to one address through the installation's mail server, read and sent by the standard library.

Until the server is given the text a failure is certain, and the mail may be tried again; once it was given, a
connection that breaks leaves it open whether it was taken, and the mail is not sent twice.
"""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.policy import SMTP
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from app.channels.models import MailFault
from app.settings import Settings

LIMIT_S = 15
_WHOLE_LINES = SMTP.clone(max_line_length=900)
"""A link in a header stays in one piece."""
_PORTS = {"smtp": 587, "smtps": 465}


class NotSent(Exception):
    """``again``: it may succeed later."""

    def __init__(self, fault: MailFault, *, again: bool) -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.again = again


class Server(NamedTuple):
    host: str
    port: int
    user: str
    password: str
    implicit: bool
    """TLS from the first byte; otherwise by STARTTLS, unless ``plain``."""
    plain: bool


def is_on(settings: Settings) -> bool:
    """Links are part of every mail, so the site must know its own address."""
    return bool(settings.smtp_url.get_secret_value() and settings.mail_from and settings.site_url)


def server_of(settings: Settings) -> Server:
    parts = urlsplit(settings.smtp_url.get_secret_value())
    port = parts.port or _PORTS[parts.scheme]
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Server(parts.hostname or "", port, user, password, parts.scheme == "smtps", parts.query == "tls=off")


def send(settings: Settings, to: str, subject: str, text: str, message_id: str, **headers: str) -> None:
    """``NotSent`` where the server did not take it."""
    message = EmailMessage(policy=_WHOLE_LINES)
    message["From"] = settings.mail_from
    message["To"] = to
    message["Subject"] = subject
    message["Message-ID"] = f"<{message_id}@{settings.mail_from.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text, cte="base64")
    with _linked(settings) as link:
        _handed_over(link, settings.mail_from, to, message.as_bytes())


def look(settings: Settings) -> None:
    """Whether the server answers and lets this installation in; ``NotSent`` otherwise. No mail is sent."""
    with _linked(settings):
        pass


@contextmanager
def _linked(settings: Settings) -> Iterator[smtplib.SMTP]:
    link = _connected(server_of(settings), urlsplit(settings.site_url).hostname)
    try:
        _greeted(link, server_of(settings))
        yield link
    finally:
        with suppress(OSError, smtplib.SMTPException):
            link.quit()
        link.close()


def _connected(server: Server, name: str | None) -> smtplib.SMTP:
    """``name``: what this machine calls itself."""
    try:
        if not server.implicit:
            return smtplib.SMTP(server.host, server.port, name, LIMIT_S)
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(server.host, server.port, name, timeout=LIMIT_S, context=context)
    except ssl.SSLError:
        raise NotSent(MailFault.TLS, again=True) from None
    except TimeoutError:
        raise NotSent(MailFault.TIMEOUT, again=True) from None
    except (OSError, smtplib.SMTPException):
        raise NotSent(MailFault.CONNECTION, again=True) from None


def _greeted(link: smtplib.SMTP, server: Server) -> None:
    """TLS is asked for, not hoped for: a server without it gets neither password nor address."""
    try:
        if not server.implicit and not server.plain:
            link.starttls(context=ssl.create_default_context())
        link.ehlo_or_helo_if_needed()
        if server.user:
            link.login(server.user, server.password)
    except (ssl.SSLError, smtplib.SMTPNotSupportedError):
        raise NotSent(MailFault.TLS, again=True) from None
    except smtplib.SMTPAuthenticationError:
        raise NotSent(MailFault.LOGIN, again=True) from None
    except TimeoutError:
        raise NotSent(MailFault.TIMEOUT, again=True) from None
    except (OSError, smtplib.SMTPException):
        raise NotSent(MailFault.CONNECTION, again=True) from None


def _handed_over(link: smtplib.SMTP, sender: str, to: str, message: bytes) -> None:
    try:
        _accepted(link.mail(sender)[0], MailFault.SENDER)
        _accepted(link.rcpt(to)[0], MailFault.REFUSED)
    except (OSError, smtplib.SMTPException):
        raise NotSent(MailFault.CONNECTION, again=True) from None
    try:
        code, _ = link.data(message)
    except smtplib.SMTPDataError as refused:
        code = refused.smtp_code
    except (OSError, smtplib.SMTPException):
        raise NotSent(MailFault.UNSURE, again=False) from None
    _accepted(code, MailFault.SENDER)


def _accepted(code: int, fault: MailFault) -> None:
    if 200 <= code < 300:
        return
    if 400 <= code < 500:
        raise NotSent(MailFault.LATER, again=True)
    raise NotSent(fault, again=False)
