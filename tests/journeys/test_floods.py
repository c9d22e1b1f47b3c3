"""Fifty flood the service; who has something to say gets in all the same."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyotp
import pytest
import requests
from sqlalchemy import create_engine, text

from api.load import FADES, PLACES, PLACES_AT_ONCE
from api.patience import WORKING
from shared.client import Client
from shared.conversation import prepare_report, send_report
from shared.errors import SlowDown
from shared.handling import HandlerSession
from shared.sealing.tokens import new_token
from shared.work import read_challenge, solve
from tests.journeys.flooders import FLOODERS
from tests.journeys.served import Served, serving
from tests.ordeal import tell
from tests.web import tour
from tests.web.hands import forms

FROM = 60
"""Openings in a minute from which each process asks for work: what it is unless set."""
TAKES_PART = 2
"""Flooders who do the work: on this machine they and all others share its cores."""
STORY = "An invented story amid a flood."


@contextmanager
def flooded(served: Served) -> Iterator[dict[str, dict[int, int]]]:
    """Within, fifty flood it; afterwards what they were answered, by kind and status."""
    found: dict[str, dict[int, int]] = {}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.journeys.flooders", served.url, str(TAKES_PART)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "flooding\n"
        time.sleep(5)  # until it is at its height
        yield found
        told, _ = process.communicate(timeout=120)
        for name, status, many in json.loads(told):
            found.setdefault(name, {})[status] = many
    finally:
        process.kill()
        process.wait()


class App:
    """A reporter with the app: it seals by itself."""

    def __init__(self, served: Served) -> None:
        self.client = Client(served.url, answer=300)
        self.work = ""

    def begins(self) -> None:
        """Fetches a challenge, and solves it."""
        self.work = solve(self.client.challenge("eeast"))

    def sends(self) -> None:
        """A report."""
        directory, roster = self.client.organisation("eeast"), self.client.roster("eeast")
        content = {"story": f"{STORY} By the app."}
        report = prepare_report(directory, roster, new_token(), "guardian", (), content)
        report.body["work"] = self.work
        send_report(self.client, "eeast", roster, report)


class Browser:
    """A reporter at a browser, over the line; it does what script does there."""

    def __init__(self, served: Served) -> None:
        self.url, self.http = served.url, requests.Session()
        self.http.trust_env = False
        self.cookies: dict[str, str] = {}
        self.page: requests.Response
        self.path = ""

    @property
    def text(self) -> str:
        """What the page says, with its tags."""
        return self.page.text

    def go(self, path: str) -> None:
        """Opens an address."""
        self._take("GET", path)

    def press(self, typed: Mapping[str, Any] | None = None) -> None:
        """Sends the form of this page, with what is typed."""
        form = forms(self.text)[0]
        self._take("POST", form["action"] or self.path, [*form["fields"], *(typed or {}).items()])

    def _take(self, method: str, path: str, data: list[tuple[str, Any]] | None = None) -> None:
        # The cookies are for secure lines alone, which this one within the machine is not.
        held = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = self.http.request(
            method,
            f"{self.url}{path}",
            data=dict(data or []),
            headers={"Sec-Fetch-Site": "same-origin", "Cookie": held},
            timeout=600,
            allow_redirects=False,
        )
        self.cookies |= answer.cookies.get_dict()
        if answer.is_redirect:
            self._take("GET", answer.headers["Location"])
            return
        assert answer.status_code == 200, (method, path, answer.status_code)
        self.page, self.path = answer, path

    def begins(self) -> None:
        """Up to the first page, with work where it is asked for."""
        self.go("/o/eeast/begin")
        asked = re.search(r'data-challenge="([^"]+)"', self.text)
        work = solve(read_challenge(json.loads(html.unescape(asked[1])))) if asked else ""
        self.press({"work": work})
        assert self.path.endswith("/1")

    def sends(self) -> None:
        """All pages, until it is sent and the words are shown."""
        tour.to(self, tour.WORDS, {"story": f"{STORY} At a browser."})  # type: ignore[arg-type]
        assert tour.shown(self)  # type: ignore[arg-type]


def signs_in(served: Served) -> HandlerSession:
    """The handler whose name is tried by others: with what is right, until it is looked at."""
    client, one = Client(served.url, answer=600), served.handlers["handler-1"]
    totp = pyotp.TOTP(one.totp_secret)
    for _ in range(200):
        try:
            return HandlerSession.sign_in(client, one.username, one.password, totp.now())
        except SlowDown:
            time.sleep(1)
    raise AssertionError("it was never looked at")


def timed(what: Callable[[], Any]) -> float:
    """Seconds that it takes."""
    began = time.monotonic()
    what()
    return round(time.monotonic() - began, 1)


@pytest.mark.ordeal
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("kind", "workers"), [("sqlite", 1), ("postgresql", 2)])
def test_it_works(request: pytest.FixtureRequest, kind: str, workers: int, tmp_path: Path) -> None:
    with serving(
        request, kind, tmp_path / "server", "--workers", str(workers), WREN_WORK_FROM=str(FROM)
    ) as served:
        ways: dict[str, Callable[[Served], App | Browser]] = {"app": App, "browser": Browser}
        quiet = {name: passed(way(served)) for name, way in ways.items()}
        before = {name: way(served) for name, way in ways.items()}
        for one in before.values():
            one.begins()
        began, at_first = time.monotonic(), cases(served)
        with flooded(served) as flooders:
            # Who began before is not refused, whatever comes in now.
            held = {name: timed(one.sends) for name, one in before.items()}
            amid = {name: passed(way(served)) for name, way in ways.items()}
            entering = timed(lambda: signs_in(served))
        lasted = time.monotonic() - began
        honest = len(before) + len(ways)
        assert cases(served) >= at_first + honest
        refused = sum(
            many for kinds in flooders.values() for status, many in kinds.items() if status == 429
        )
        got_in = cases(served) - at_first - honest
        without = sum(flooders[name].get(201, 0) for name in ("readable", "sealed"))
        # Those without work: as many as are taken while it is quiet, some more that are worked on
        # at once when one more is too many, and the few at a browser.
        quietly = (FROM + WORKING) * (1 + lasted / FADES)
        assert without <= workers * quietly
        assert got_in == without + flooders.get("works", {}).get(201, 0)
        begun = flooders["begins"].get(303, 0)
        assert begun <= workers * (quietly + PLACES_AT_ONCE + PLACES * lasted)
        assert served.written() == b""
    tried = sum(many for kinds in flooders.values() for many in kinds.values())
    tell(
        "floods",
        f"requests of {FLOODERS} flooders ({kind})",
        tried=tried,
        lost=0,
        note=f"in {lasted:.0f} s; {refused:,} refused, {got_in} cases opened, "
        f"{flooders.get('works', {}).get(201, 0)} of them with work",
    )
    for name in ways:
        tell(
            "floods",
            f"reports by {name} amid it ({kind})",
            tried=2,
            lost=0,
            note=f"quiet {quiet[name]} s in all; begun before it, sent amid it {held[name]} s; "
            f"begun and sent amid it {amid[name]} s",
        )
    tell("floods", f"sign-in of one whose name is flooded ({kind})", tried=1, lost=0,
         note=f"{entering} s")  # fmt: skip


def passed(one: App | Browser) -> float:
    """Seconds from the beginning until it is sent."""

    def all_of_it() -> None:
        one.begins()
        one.sends()

    return timed(all_of_it)


def cases(served: Served) -> int:
    """How many there are."""
    engine = create_engine(served.database_url)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT count(*) FROM cases")).scalar_one()
    engine.dispose()
    return int(found)
