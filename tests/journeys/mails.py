"""A mail server and a port of numbers beside what is served, and the search of what they got."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from api.rules import notices
from tests.journeys.marks import Marks
from tests.journeys.searching import execute
from tests.journeys.served import Served, wait_for
from tests.journeys.traffic import Traffic
from tests.mailbox import PASSWORD, SENDER, USER, Mailbox, receiving
from tests.postgres import free_port

_TO = re.compile(rb"(?im)^to:.*$")
_CODE = re.compile(r"(?m)(?<=code there: )(\d{6})\s*$")


@dataclass
class Outside:
    """Whom the served process tells something: its mail server, and who reads its numbers."""

    box: Mailbox
    settings: dict[str, str]
    numbers: str

    def code(self, address: str) -> str:
        """The code that came to this address."""
        wait_for(lambda: address in self.box.to, "no mail came", 30)
        at = len(self.box.to) - 1 - self.box.to[::-1].index(address)
        found = _CODE.search(self.box.came[at].get_content())
        assert found is not None
        return found[1]

    def expect_notice(self, served: Served, traffic: Traffic) -> None:
        """The notices that wait go now, without their hour; one at least comes."""
        execute(served.database_url, "UPDATE outbox SET due_at = 0 WHERE event = 'notice.new'")
        to = traffic.notice_address()
        wait_for(
            lambda: any(
                to in str(one["To"]) and one["Subject"] == notices.SUBJECT for one in self.box.came
            ),
            "no notice came",
            30,
        )

    def found(self, traffic: Traffic, clear: Marks) -> dict[str, set[str]]:
        """Marks in a mail, but for whom it goes to and what it is meant to say; and in numbers."""
        traffic.marks.add("mail-password", PASSWORD)
        sought = Marks(traffic.marks.forms | clear.forms)
        places = {}
        for at, (raw, mail) in enumerate(zip(self.box.raw, self.box.came, strict=True)):
            text = _CODE.sub("", mail.get_content()).encode()
            places[f"mail {at}"] = sought.found_in(_TO.sub(b"", raw) + b"\n" + text)
            said = {notices.CODE_SUBJECT: {"code"}, notices.SUBJECT: {"organisation"}}
            places[f"mail {at}"] -= said[str(mail["Subject"])]
        # Six digits stand in many a number.
        del sought.forms["code"]
        places["numbers"] = sought.found_in(self._scrape())
        return {name: given_away for name, given_away in places.items() if given_away}

    def _scrape(self) -> bytes:
        with requests.Session() as http:
            http.trust_env = False
            answer = http.get(self.numbers, timeout=10)
        assert answer.ok
        assert b"wren_" in answer.content
        return answer.content


@contextmanager
def outside(place: Path) -> Iterator[Outside]:
    """Both, and the settings with which the served process uses them."""
    place.mkdir()
    (place / "password").write_text(PASSWORD)
    port = free_port()
    with receiving(place) as box:
        settings = {
            "WREN_SMTP": f"smtp+starttls://{USER}@{box.mail.host}:{box.mail.port}",
            "WREN_SMTP_PASSWORD_FILE": str(place / "password"),
            "WREN_SMTP_FROM": SENDER,
            "WREN_SMTP_CA": box.mail.authority,
            "WREN_PUBLIC_ADDRESS": "https://speak.example",
            "WREN_METRICS": f"127.0.0.1:{port}",
        }
        yield Outside(box, settings, f"http://127.0.0.1:{port}/metrics")
