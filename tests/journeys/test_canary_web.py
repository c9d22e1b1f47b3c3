"""What a reporter types into a browser is written nowhere: the same search as `test_canary`.

Marked values go through every page of the reporter's, with success and with each failure.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conftest import QUICKLY
from tests.journeys.searching import execute, in_answers, in_database, in_files, in_pages
from tests.journeys.served import answers, serving
from tests.journeys.test_canary import (
    BROKEN_ROW,
    BROKEN_TABLE,
    MENDED_ROW,
    in_process,
    malformed,
    watch,
)
from tests.journeys.traffic import Traffic, of_the_web, over_socket, routes
from tests.journeys.web_traffic import WebTraffic
from tests.service import Service

pytestmark = pytest.mark.timeout(900)

EXPECTED = {401, 403, 404, 405, 413, 422, 500, 503}
BROKEN_DRAFTS = "ALTER TABLE report_drafts RENAME TO drafts_elsewhere"
MENDED_DRAFTS = "ALTER TABLE drafts_elsewhere RENAME TO report_drafts"
MENDED_TABLE = "ALTER TABLE elsewhere RENAME TO messages"


def break_and_mend(database_url: str, web: WebTraffic) -> None:
    """The same requests while a row is broken (500), then while tables are gone (503)."""
    for broken, mended in (
        (BROKEN_ROW, MENDED_ROW),
        (BROKEN_TABLE, MENDED_TABLE),
        (BROKEN_DRAFTS, MENDED_DRAFTS),
    ):
        execute(database_url, broken)
        web.again()
        execute(database_url, mended)


def check_all_were_there(web: WebTraffic) -> None:
    """Every page was shown, every form was taken; and each was refused too."""
    own = {one for one in routes() if of_the_web(one[1])}
    assert sorted(own - web.traffic.succeeded) == [], "add these to WebTraffic.succeed"
    assert sorted(web.not_refused()) == [], "add these to WebTraffic.fail"
    assert web.traffic.statuses >= EXPECTED


@pytest.mark.parametrize("kind", QUICKLY)
def test_it_works(request: pytest.FixtureRequest, kind: str, tmp_path: Path) -> None:
    with serving(request, kind, tmp_path / "server") as served:
        port = urlsplit(served.url).port or 0
        traffic = Traffic(over_socket(port), served.handlers)
        web = WebTraffic(traffic, lambda statement: execute(served.database_url, statement))
        web.succeed()
        web.fail()
        malformed(port, traffic.mark("malformed"))
        assert answers(served)
        # The write-ahead log of SQLite is there as long as the server runs.
        assert in_files(served, traffic.marks) == {}
        assert in_database(served, traffic.marks) == {}
        break_and_mend(served.database_url, web)
        check_all_were_there(web)
    assert in_answers(traffic, traffic.marks) == {}
    assert in_pages(traffic) == {}
    assert in_files(served, traffic.marks) == {}
    assert in_database(served, traffic.marks) == {}


@pytest.mark.ordeal
def test_exceptions_say_nothing(
    service: Service, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    said = watch(service)
    traffic = Traffic(in_process(service), service.handlers, clock=service.clock)
    web = WebTraffic(traffic, lambda statement: execute(service.database_url, statement))
    web.succeed()
    web.fail()
    break_and_mend(service.database_url, web)
    assert traffic.statuses >= EXPECTED
    assert said.total() > 100
    assert traffic.marks.found_in("\n".join(said).encode(errors="replace")) == set()
    out, err = capfd.readouterr()
    assert traffic.marks.found_in((out + err + caplog.text).encode()) == set()
    assert in_pages(traffic) == {}
