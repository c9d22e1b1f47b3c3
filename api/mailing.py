"""Mail to handlers, by SMTP (RFC 5321) and TLS whose certificate is checked.

In clear it goes to this machine alone, and only where the settings say `smtp://`.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from uuid import uuid4

from api.config import ConfigError, Mail

WAIT, LONGEST = 10.0, 25.0
"""Seconds that one answer may take, and the whole: a server that drips holds nobody up."""

_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def send(mail: Mail, to: str, subject: str, text: str, now: float) -> str | None:
    """Sends one mail. None: the server took it; else a code that says why not.

    `certificate`, `timeout`, `connection`, `sign_in`, `refused` (it may take it later) and
    `address` (it takes nothing for this address).
    """
    message = written(mail, to, subject, text, now)
    return _told(mail, lambda line: line.send_message(message, mail.sender, [to]))


def check(mail: Mail) -> str | None:
    """Whether the server can be reached and signed in to: None, or a code as `send` gives."""
    return _told(mail, lambda line: line.noop())


def written(mail: Mail, to: str, subject: str, text: str, now: float) -> EmailMessage:
    """The mail as it goes. It says nothing of this machine: its name, its time zone."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = mail.sender, to, one_line(subject)
    message["Date"] = format_datetime(datetime.fromtimestamp(int(now), UTC))
    message["Message-ID"] = f"<{uuid4().hex}@{_domain(mail)}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text, charset="utf-8", cte="quoted-printable")
    return message


def one_line(text: str) -> str:
    """The text without what could begin another line, or another header."""
    return _UNSEEN.sub(" ", text).strip()


def _domain(mail: Mail) -> str:
    return mail.sender.rpartition("@")[2]


def _told(mail: Mail, act: Callable[[smtplib.SMTP], object]) -> str | None:
    """Does something with a line to the server. What goes wrong is a code, no text of its."""
    try:
        with _connected(mail) as line:
            act(line)
    except ssl.SSLCertVerificationError:
        return "certificate"
    except TimeoutError:
        return "timeout"
    except smtplib.SMTPAuthenticationError:
        return "sign_in"
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        return "address" if codes and min(codes) >= 500 else "refused"
    except smtplib.SMTPServerDisconnected as error:
        return "timeout" if isinstance(error.__context__, TimeoutError) else "connection"
    except smtplib.SMTPException:
        return "refused"
    except (OSError, ValueError):
        return "connection"
    return None


@contextmanager
def _connected(mail: Mail) -> Iterator[smtplib.SMTP]:
    """A line to the server, encrypted and signed in, for `LONGEST` seconds at most."""
    line = _line(mail)
    over = threading.Event()

    def cut() -> None:
        over.set()
        if line.sock is not None:
            with suppress(OSError):
                line.sock.shutdown(socket.SHUT_RDWR)

    ends = threading.Timer(LONGEST, cut)
    ends.daemon = True
    ends.start()
    try:
        code, _ = line.connect(mail.host, mail.port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, "")
        if mail.security == "starttls":
            line.starttls(context=_trust(mail))
        if mail.user:
            line.login(mail.user, mail.password)
        yield line
        with suppress(smtplib.SMTPException, OSError):
            line.quit()
    except (smtplib.SMTPException, OSError):
        if over.is_set():
            raise TimeoutError from None
        raise  # as it is: `_told` makes a code of it
    finally:
        ends.cancel()
        line.close()


def _line(mail: Mail) -> smtplib.SMTP:
    # Its own name would be looked up otherwise, and told.
    name = _domain(mail)
    line: smtplib.SMTP
    if mail.security == "tls":
        line = smtplib.SMTP_SSL(local_hostname=name, timeout=WAIT, context=_trust(mail))
    else:
        line = smtplib.SMTP(local_hostname=name, timeout=WAIT)
    # `connect` alone, later, does not note it, and what name the certificate must have is this.
    line._host = mail.host  # type: ignore[attr-defined]
    return line


def _trust(mail: Mail) -> ssl.SSLContext:
    """Whose certificates are taken: public authorities', or those in the operator's file."""
    try:
        return ssl.create_default_context(cafile=mail.authority or None)
    except OSError:
        raise ConfigError("WREN_SMTP_CA: the file can't be read, or holds no PEM.") from None
