"""kill -9 at every step of sending: nothing is lost here, and one copy is on the server."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from api.models.case import Case
from mobile.draft import Draft
from mobile.guide import Guide
from mobile.notebook import Notebook
from mobile.organisation import Organisation
from mobile.pin_key import Cost
from tests.api.flooding import set_up
from tests.mobile.killed import PIN
from tests.mobile.phone import Phone, texts
from tests.online import Online

CHEAP = Cost(1, 64)
ROOT = Path(__file__).parents[2]


class App:
    """Runs the engine on a notebook, kills it where it is told, and runs it again."""

    def __init__(self, address: str, process: subprocess.Popen[str]) -> None:
        self.address, self.process = address, process

    def run(self, directory: Path, said: list[str] | None, stop: int = 0) -> dict[str, Any]:
        """What the engine told at its end, or where it stood when it was killed."""
        told = {
            "address": self.address, "directory": str(directory), "texts": said, "stop": stop,
        }  # fmt: skip
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(told) + "\n")
        self.process.stdin.flush()
        found = self.read()
        if "at" in found:
            os.kill(found["pid"], signal.SIGKILL)
        ended = self.read()["ended"]
        assert ended == (-signal.SIGKILL if "at" in found else 0)
        return found

    def read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the engine is gone"
        return dict(json.loads(line))


@pytest.fixture
def app(online: Online) -> Iterator[App]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.mobile.killed"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    yield App(online.address, process)
    process.kill()
    process.communicate()


def notebook(directory: Path, kind: str, name: str, record: Any) -> Path:
    """A notebook with one record, from which each step begins."""
    book = Notebook.create(directory, PIN, cost=CHEAP)
    book.put(kind, name, record)
    book.close()
    return directory


def kept(directory: Path) -> dict[str, Any]:
    """What is in a notebook while no engine runs."""
    book = Notebook.open(directory, PIN)
    found = {kind: book.all(kind) for kind in ("draft", "outbox", "case")}
    book.close()
    return found


def cases(online: Online) -> int:
    count = select(func.count()).select_from(Case)
    return int(online.service.database.write(lambda db: db.scalar(count)) or 0)


def test_it_works(app: App, online: Online, tmp_path: Path) -> None:
    """A report: at each step in turn, one copy on the server, its words and text kept here."""
    draft = Draft(story="An invented story, sent once.", desk="guardian", step=6)
    start = notebook(tmp_path / "start", "draft", "report", draft.record())
    steps = app.run(shutil.copytree(start, tmp_path / "whole"), None)["steps"]
    assert steps[0] == "put outbox waiting"  # the words are made, and kept with the text
    assert steps[-4:] == [
        "put outbox sending", "POST /organisations/eeast/cases", "put outbox sent", "the end",
    ]  # fmt: skip
    for at, name in enumerate(steps, 1):
        directory, before = shutil.copytree(start, tmp_path / str(at)), cases(online)
        assert app.run(directory, None, at)["at"] == name
        left = kept(directory)
        assert draft.story in json.dumps([left["draft"], left["outbox"]]), name
        ended = app.run(directory, None)
        ((state, why, words),) = ended["items"]
        assert (state, why) == ("sent", ""), name
        assert ended["kept"] == [0, 1], name
        assert cases(online) == before + 1, name
        assert texts(Phone(online.address).open(words)) == [draft.story], name


@pytest.mark.ordeal
def test_messages(app: App, online: Online, tmp_path: Path) -> None:
    """Two messages that wait for a line: each is there once, in order, whatever was killed."""
    reference, words = online.report()
    case = {"organisation": online.address, "reference": reference, "words": words}
    start = notebook(tmp_path / "start", "case", "first", case)
    Organisation(online.address, Guide(start)).connect()
    said = ["Whole, one.", "Whole, two."]
    steps = app.run(shutil.copytree(start, tmp_path / "whole"), said)["steps"]
    assert len([name for name in steps if name == "POST /case/messages"]) == 2
    for at, name in enumerate(steps, 1):
        directory, new = shutil.copytree(start, tmp_path / str(at)), [f"{at}, one.", f"{at}, two."]
        assert app.run(directory, new, at)["at"] == name
        written = [one["content"]["text"] for one in kept(directory)["outbox"].values()]
        left = [text for text in new if text not in written] if at <= 2 else []
        app.run(directory, left)
        assert not kept(directory)["outbox"], name
        said += new
    view = Phone(online.address).open(words).view()
    assert [item.text for item in view.items[1:]] == said
    assert not any(item.warning for item in view.items)


@pytest.mark.ordeal
def test_a_report_that_work_is_asked_for(
    app: App, online: Online, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under a flood: killed before, in and after the sum, one copy is on the server."""
    flood = set_up(online.service, monkeypatch, work_from=1)
    draft = Draft(story="An invented story, under a flood.", desk="guardian", step=6)
    start = notebook(tmp_path / "start", "draft", "report", draft.record())
    flood.rises()
    steps = app.run(shutil.copytree(start, tmp_path / "whole"), None)["steps"]
    assert steps[-7:] == [
        "POST /organisations/eeast/cases", "GET /organisations/eeast/challenge",
        "put outbox sending", "put outbox sending", "POST /organisations/eeast/cases",
        "put outbox sent", "the end",
    ]  # fmt: skip
    for at, name in enumerate(steps, 1):
        directory, before = shutil.copytree(start, tmp_path / str(at)), cases(online)
        flood.rises()
        assert app.run(directory, None, at)["at"] == name
        ended = app.run(directory, None)
        ((state, why, words),) = ended["items"]
        assert (state, why) == ("sent", ""), name
        assert cases(online) == before + 1, name
        assert texts(Phone(online.address).open(words)) == [draft.story], name
