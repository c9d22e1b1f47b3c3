"""kill -9 at every step of sending evidence: nothing is lost, and one copy is on the server."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import func, select

from api.models.attachment import Attachment
from mobile.draft import Draft
from mobile.notebook import Notebook
from mobile.store import PIECE
from shared.sealing.stream import CHUNK
from tests.mobile.evident import add_file, begun, bytes_of, got
from tests.mobile.killed import PIN
from tests.mobile.test_kill import CHEAP, App, app, cases
from tests.online import Online

__all__ = ["app"]
SIZE = CHUNK + 5


def start(directory: Path) -> Path:
    """A notebook with a report that is written, and two pieces that go with it."""
    book = Notebook.create(directory, PIN, cost=CHEAP)
    draft = Draft(story="An invented story, sent once.", desk="guardian", step=6)
    book.put("draft", "report", draft.record() or {})
    for seed in (3, 5):
        add_file(begun(book), SIZE, seed)
    book.close()
    return directory


def stored(online: Online) -> int:
    count = select(func.count()).select_from(Attachment)
    return int(online.service.database.write(lambda db: db.scalar(count)) or 0)


def left(directory: Path) -> int:
    book = Notebook.open(directory, PIN)
    found = len(book.part_names()) + len(book.all(PIECE))
    book.close()
    return found


def reference(directory: Path) -> str:
    book = Notebook.open(directory, PIN)
    (item,) = book.all("outbox").values()
    book.close()
    return str(item["case"])


@pytest.mark.ordeal
def test_it_works(app: App, online: Online, tmp_path: Path) -> None:
    began = start(tmp_path / "start")
    whole = shutil.copytree(began, tmp_path / "whole")
    steps = app.run(whole, None)["steps"]
    assert steps.count("PUT a chunk") == 4
    at = steps.index("drop outbox")
    assert steps[at : at + 3] == ["drop outbox", "drop parts", "drop parts"]
    assert left(whole) == 0
    for at, name in enumerate(steps, 1):
        directory = shutil.copytree(began, tmp_path / str(at))
        before = cases(online), stored(online)
        assert app.run(directory, None, at)["at"] == name
        app.run(directory, None)
        app.run(directory, None)
        assert (cases(online), stored(online)) == (before[0] + 1, before[1] + 2), name
        case = online.case(reference(directory))
        pieces = list(got(case))
        assert [one[4] for one in pieces] == [bytes_of(SIZE, 3), bytes_of(SIZE, 5)], name
        assert len(case.thread()) == 2, name
        assert left(directory) == 0, name
