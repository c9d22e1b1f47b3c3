"""Mail goes over checked TLS, or not at all; what goes wrong is a code."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from api import config, mailing
from api.config import ConfigError, Mail
from tests import mailbox
from tests.postgres import free_port

TO = "guardian@trust.example"


def send(mail: Mail, to: str = TO, subject: str = "Something", text: str = "One.\n") -> str | None:
    """Sends a mail at a fixed time."""
    return mailing.send(mail, to, subject, text, 1_800_000_000)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_it_works(tmp_path: Path, security: str) -> None:
    with mailbox.receiving(tmp_path, security=security) as box:
        assert send(box.mail) is None
        assert mailing.check(box.mail) is None
    assert box.to == [TO]
    assert box.encrypted == ([True] if security == "starttls" else box.encrypted)
    (came,) = box.came
    assert (came["From"], came["To"], came["Subject"]) == (mailbox.SENDER, TO, "Something")
    assert came.get_content().split() == ["One."]
    assert str(came["Message-ID"]).endswith("@notices.example>")
    assert str(came["Date"]) == "Fri, 15 Jan 2027 08:00:00 +0000"


def test_it_says_nothing_of_this_machine(tmp_path: Path) -> None:
    import socket

    with mailbox.receiving(tmp_path) as box:
        send(box.mail)
    for name in {socket.gethostname(), socket.getfqdn()} - {"localhost"}:
        assert name.encode() not in box.raw[0]
    assert b"X-Mailer" not in box.raw[0]


def test_a_certificate_of_nobody_is_refused(tmp_path: Path) -> None:
    with mailbox.receiving(tmp_path) as box:
        assert send(replace(box.mail, authority="")) == "certificate"
    assert box.came == []


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_of_another_host_is_refused(tmp_path: Path, security: str) -> None:
    with mailbox.receiving(tmp_path, host="127.0.0.2", security=security) as box:
        assert send(box.mail) == "certificate"
    assert box.came == []


def test_a_server_without_starttls_gets_nothing(tmp_path: Path) -> None:
    with mailbox.receiving(tmp_path, security="none") as box:
        assert send(replace(box.mail, security="starttls")) == "refused"
        assert box.came == []
        assert send(box.mail) is None


def test_a_wrong_password_is_told(tmp_path: Path) -> None:
    with mailbox.receiving(tmp_path, password="another") as box:
        assert send(box.mail) == "sign_in"
        assert mailing.check(box.mail) == "sign_in"


def test_what_a_server_refuses(tmp_path: Path) -> None:
    with mailbox.receiving(tmp_path) as box:
        box.refusals = {"never@one.example": "550 no such user", "later@one.example": "451 busy"}
        assert send(box.mail, "never@one.example") == "address"
        assert send(box.mail, "later@one.example") == "refused"
    assert box.came == []


def test_a_server_that_is_away(tmp_path: Path) -> None:
    assert send(Mail("127.0.0.1", free_port(), "none", mailbox.SENDER, "x")) == "connection"
    assert send(Mail("nowhere.invalid", 25, "none", mailbox.SENDER, "x")) == "connection"


def test_a_server_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailing, "WAIT", 0.3)
    with mailbox.hanging() as port:
        began = time.monotonic()
        assert send(Mail("127.0.0.1", port, "none", mailbox.SENDER, "x")) == "timeout"
        assert time.monotonic() - began < 8


def test_a_server_that_drips_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailing, "LONGEST", 0.8)
    with mailbox.hanging(b"220-slow\r\n", 0.05) as port:
        began = time.monotonic()
        assert send(Mail("127.0.0.1", port, "none", mailbox.SENDER, "x")) == "timeout"
        assert time.monotonic() - began < 8


@pytest.mark.parametrize("name", ["A\r\nBcc: other@one.example", "A\nX: y", "A\u2028B\x00\x85C"])
def test_a_name_makes_no_header(tmp_path: Path, name: str) -> None:
    with mailbox.receiving(tmp_path) as box:
        assert send(box.mail, subject=name) is None
        assert box.to == [TO]
        assert set(box.came[0].keys()) == {
            "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Type",
            "Content-Transfer-Encoding", "MIME-Version",
        }  # fmt: skip
    assert mailing.one_line(name).isprintable()


SETTINGS = {
    "WREN_SMTP": "smtp+starttls://wren@mail.example:2587",
    "WREN_SMTP_FROM": mailbox.SENDER,
    "WREN_PUBLIC_ADDRESS": "https://speak.example/",
}


def test_settings(tmp_path: Path) -> None:
    assert config.mail({}) is None
    secret = tmp_path / "password"
    secret.write_text("hush hush\n")
    found = config.mail(SETTINGS | {"WREN_SMTP_PASSWORD_FILE": str(secret)})
    assert found == Mail(
        "mail.example", 2587, "starttls", mailbox.SENDER, "https://speak.example/console",
        "wren", "hush hush",
    )  # fmt: skip
    assert "hush" not in repr(found)
    here = config.mail(SETTINGS | {"WREN_SMTP": "smtp://127.0.0.1"})
    assert here is not None
    assert (here.port, here.security) == (25, "none")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WREN_SMTP", "smtp://mail.example"),
        ("WREN_SMTP", "smtps://wren:password@mail.example"),
        ("WREN_SMTP", "https://mail.example"),
        ("WREN_SMTP_FROM", "wren"),
        ("WREN_SMTP_FROM", "a@b.example\nBcc: c@d.example"),
        ("WREN_PUBLIC_ADDRESS", ""),
        ("WREN_SMTP_PASSWORD_FILE", "/nowhere/at/all"),
        ("WREN_SMTP_CA", "/nowhere/at/all"),
    ],
)
def test_wrong_settings_are_named(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=name):
        config.mail(SETTINGS | {name: value})
