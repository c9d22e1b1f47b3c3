"""The quick exit: from every page, at once, with nothing left; and the process is replaced."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kivy.cache import Cache

from mobile import android, away
from tests.mobile.conftest import Board, Hand, texts
from tests.mobile.seldom import seldom
from tests.mobile.shell import CHEAP, STORY, Shell

ROOT = Path(__file__).parents[2]


@pytest.fixture
def shell(hand: Hand, board: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("mobile.notebook.calibrate", lambda: CHEAP)
    shell = Shell(hand, board, tmp_path / "phone")
    yield shell
    shell.stop()


def test_it_works(shell: Shell) -> None:
    shell.write()
    shell.draft.concerns = ["bullying"]
    shell.app.clipboard.put("eight invented words")
    box = next(shell.screen.part(2).fields()).ids.box.__self__  # which the exit lets go
    shell.exit()
    assert shell.sees("Staff guidance")
    assert shell.away.times == 1
    assert STORY not in texts(shell.stage)
    assert not shell.draft.report()
    assert box.text == ""
    assert not box._undo
    assert not box._redo
    assert "words" not in shell.board.text
    assert not any(STORY in str(key) for key in Cache._objects.get("textinput.label", {}))
    assert not shell.app.store.all("draft")


def test_what_a_pin_keeps_stays_locked_after_it(shell: Shell) -> None:
    shell.set_pin()
    shell.write()
    shell.exit()
    assert shell.sees("Staff guidance")
    assert not shell.app.keeping.kept
    assert not shell.draft.report()
    shell.restart()
    assert shell.sees("Type your PIN")
    shell.unlock()
    assert shell.draft.story == STORY


def lock(shell: Shell) -> None:
    shell.set_pin()
    shell.app.lock()
    shell.press("4")


def pin(shell: Shell) -> None:
    shell.app.set_pin(shell.app.home)
    shell.press("Choose a PIN")
    shell.press("4")


def sure(shell: Shell) -> None:
    shell.set_pin()
    shell.app.settings()
    shell.press("Erase everything now")


def stuck(shell: Shell) -> None:
    lock(shell)
    shell.press("I can\u2019t get in")


def covered(shell: Shell) -> None:
    shell.write()
    shell.leave()


@pytest.mark.parametrize(
    "place",
    [
        lock, covered, *seldom([pin, sure, stuck]),
        lambda shell: shell.app.settings(), lambda shell: shell.app.home(),
        lambda shell: shell.app.guidance(), lambda shell: shell.app.words(),
        lambda shell: shell.app.set_pin(shell.app.home),
    ],
)  # fmt: skip
def test_every_page_has_it(shell: Shell, place: Callable[[Shell], object]) -> None:
    place(shell)
    before, pad = shell.screen, shell.screen.ids.get("pad")
    shell.exit()
    assert shell.screen.plain
    assert shell.away.times == 1
    assert pad is None or pad.digits == ""
    shell.app.locking.back()  # a window that comes back shows nothing of before
    assert shell.screen is not before


def test_pressed_twice_it_closes_the_app(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = []
    monkeypatch.setattr(type(shell.app), "stop", lambda _app: closed.append(1))
    shell.exit()
    shell.exit()
    assert closed == [1]


def test_a_plain_start_shows_guidance_and_asks_nothing_of_the_line(shell: Shell) -> None:
    shell.set_pin()
    shell.restart(plain=True)
    assert shell.sees("Staff guidance")
    assert not shell.jobs.waiting


def test_no_arrow_of_the_plain_page_leads_to_the_lock(
    shell: Shell, paper: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would show whoever stands there that something is kept here."""
    aside: list[int] = []
    monkeypatch.setattr("mobile.android.step_aside", lambda: aside.append(1))
    shell.set_pin()
    shell.exit()
    page = shell.screen
    assert page.ids.bar.ids.back.disabled
    assert page.ids.bar.ids.back.opacity == 0
    page.go_back()
    paper.dispatch("on_keyboard", 27, 0, "", [])
    assert shell.screen is page
    assert not shell.sees("PIN")
    assert aside == [1]


def test_a_quiet_line_at_its_end_leads_where_the_app_begins(shell: Shell) -> None:
    """Nothing is there any more: who opens the app anew sees the same."""
    shell.write()
    shell.exit()
    shell.press("First page")
    assert shell.sees("Report something")
    assert not shell.sees("Go on with your report")
    assert not shell.app.draft.report()
    shell.restart(plain=True)  # the process was replaced
    shell.press("First page")
    assert shell.sees("Report something")


@pytest.mark.parametrize("replaced", [True, False])
def test_with_a_pin_it_leads_to_the_lock(shell: Shell, *, replaced: bool) -> None:
    shell.set_pin()
    shell.write()
    shell.exit()
    if replaced:
        shell.restart(plain=True)
    shell.press("First page")
    assert shell.sees("Type your PIN")
    assert STORY not in texts(shell.stage)
    shell.unlock()
    assert shell.draft.story == STORY
    shell.exit()
    assert shell.screen.plain


def test_a_guide_that_was_opened_has_no_such_line(shell: Shell) -> None:
    shell.app.guidance()
    shell.hand.settle()
    assert shell.screen.ids.first.height == 0


def test_back_keys_lead_back_and_never_past_the_lock(shell: Shell, paper: Any) -> None:
    shell.set_pin()
    shell.app.settings()
    paper.dispatch("on_keyboard", 27, 0, "", [])
    assert shell.sees("Report something")
    shell.app.lock()
    paper.dispatch("on_keyboard", 27, 0, "", [])
    assert shell.sees("Type your PIN")


# --- the process ---


def test_the_process_is_replaced_by_a_plain_one(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Any] = []

    def do(path: str, words: list[str], environ: dict[str, str]) -> None:
        done.append((path, words, environ))

    away.replace(Path("/some where"), do=do)
    path, words, environ = done.pop()
    assert (path, words) == (
        sys.executable,
        [sys.executable, "-m", "mobile", "--data", "/some where"],
    )
    assert str(ROOT) in environ["PYTHONPATH"]
    monkeypatch.setattr(os, "environ", environ)
    assert away.is_plain()
    assert not away.is_plain()  # nor is what this process starts
    monkeypatch.setattr(sys, "frozen", True, raising=False)  # as PyInstaller sets it
    away.replace(Path("/data"), "https://wren.example/o/x", do=do)
    assert done.pop()[1] == [
        sys.executable, "--data", "/data", "--address", "https://wren.example/o/x",
    ]  # fmt: skip
    monkeypatch.setenv("ANDROID_ARGUMENT", "/data")
    away.replace(Path("/data"), do=do)
    assert not done


def test_a_refused_replacement_leaves_the_plain_page() -> None:
    def do(*_: Any) -> None:
        raise OSError

    away.replace(Path("/data"), do=do)


def test_nothing_of_the_old_process_is_in_the_new_one(tmp_path: Path) -> None:
    """A real one: the same process id, other arguments, and the marked text is gone."""
    code = (
        "import os, sys; from pathlib import Path; from mobile import away; "
        "marked = 'xylo' + 'graph'; print(os.getpid(), flush=True); "
        "away.replace(Path(sys.argv[1]), do=lambda path, words, environ: "
        "os.execve(path, [path, '-c', "
        "'import os, sys, json; print(json.dumps([os.getpid(), sys.argv[1:]]))', *words[2:]], "
        "environ))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        capture_output=True, text=True, cwd=ROOT, timeout=60, check=True,
    )  # fmt: skip
    before, after = found.stdout.splitlines()
    pid, words = json.loads(after)
    assert pid == int(before)
    assert words == ["mobile", "--data", str(tmp_path)]


# --- Android's window ---


class Java:
    """What pyjnius gives, as far as the window needs it: notes every call."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        calls = self.calls

        class Thing:
            def __init__(self, name: str) -> None:
                self._name = name

            def __getattr__(self, name: str) -> Any:
                if name == "FLAG_SECURE":
                    return 8192
                if name == "mActivity":
                    return Thing("activity")

                def call(*args: Any) -> Any:
                    if name == "runOnUiThread":
                        calls.append((self._name, name))
                        args[0].run()
                        return None
                    calls.append((self._name, name, *args))
                    return Thing(name)

                return call

        self.module = types.ModuleType("jnius")
        self.module.__spec__ = __import__("importlib.machinery").machinery.ModuleSpec(
            "jnius", None
        )
        self.module.autoclass = Thing  # type: ignore[attr-defined]
        self.module.PythonJavaClass = object  # type: ignore[attr-defined]
        self.module.java_method = lambda _signature: lambda function: function  # type: ignore[attr-defined]


@pytest.fixture
def java(monkeypatch: pytest.MonkeyPatch) -> Java:
    java = Java()
    monkeypatch.setitem(sys.modules, "jnius", java.module)
    return java


def test_the_window_is_guarded_on_its_own_thread(java: Java) -> None:
    assert android.guard()
    assert java.calls == [
        ("activity", "runOnUiThread"),
        ("activity", "getWindow"),
        ("getWindow", "setFlags", 8192, 8192),
        ("getWindow", "getDecorView"),
        ("getDecorView", "setFilterTouchesWhenObscured", True),
    ]


def test_it_is_guarded_before_there_is_a_window(
    java: Java, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mobile import main

    order: list[str] = []
    monkeypatch.setattr(android, "guard", lambda: order.append("guard"))
    monkeypatch.setattr(main, "configure", lambda: order.append("configure"))
    monkeypatch.setattr("mobile.app.WrenApp.__init__", lambda *_a, **_k: order.append("app"))
    monkeypatch.setattr("mobile.app.WrenApp.run", lambda _app: order.append("run"))
    main.start(data="/nowhere")
    assert order == ["guard", "configure", "app", "run"]
    assert not java.calls


def test_closing_takes_it_out_of_the_recent_apps(java: Java) -> None:
    android.finish()
    android.step_aside()
    assert ("activity", "finishAndRemoveTask") in java.calls
    assert ("activity", "moveTaskToBack", True) in java.calls


@pytest.mark.skipif("ANDROID_ARGUMENT" in os.environ, reason="not on a phone")
def test_elsewhere_it_does_nothing() -> None:
    assert not android.guard()
    android.finish()
    android.step_aside()
