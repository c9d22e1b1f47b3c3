"""Picking a file: on a page of folders on a computer, by the system's dialog on Android."""

from __future__ import annotations

import os
import sys
import types
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import pytest

from mobile import picking, pictures
from mobile.android_files import OK, REQUEST, SAVE_REQUEST, Documents, NewDocuments
from mobile.lock import CHOOSING, SECONDS, Do, Watch
from mobile.picking import LARGEST, Picked, Picking
from mobile.saving import NOT_SAVED, Saving
from shared.errors import WrenError
from tests.mobile.conftest import Board, Hand
from tests.mobile.evidence_pictures import encoded, photo
from tests.mobile.shell import CHEAP, PIN, Shell

PICTURE = encoded(photo(60, 80))


@pytest.fixture
def shell(hand: Hand, board: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("mobile.notebook.calibrate", lambda: CHEAP)
    shell = Shell(hand, board, tmp_path / "phone")
    yield shell
    shell.stop()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with folders and files, which the app finds."""
    home = tmp_path / "home"
    (home / "Pictures" / "Screenshots").mkdir(parents=True)
    (home / "Pictures" / "chat.png").write_bytes(PICTURE)
    (home / "Pictures" / "notes.txt").write_text("An invented note.\n")
    (home / "Pictures" / "lies.jpg").write_text("This is no picture.\n")
    (home / "Pictures" / "empty.png").touch()
    monkeypatch.setattr(pictures.Path, "home", lambda: home)
    return home


def test_it_works(shell: Shell, home: Path) -> None:
    """From folder to folder to a file: its bytes, and the page where one was."""
    (home / "Pictures" / "Screenshots" / "one.png").write_bytes(PICTURE)
    before, found = shell.screen, []
    shell.app.picking.pick(found.append)
    shell.hand.settle()
    assert shell.sees("Choose a file")
    shell.press("Screenshots")
    shell.press("one.png")
    (picked,) = found
    assert (picked.media_type, picked.group, picked.size) == ("image/png", "picture", len(PICTURE))
    with picked.open() as file:
        assert file.read() == PICTURE
    assert shell.screen is before
    assert "one.png" not in repr(picked)
    assert "PNG" not in repr(picked)


def test_only_pictures_are_shown_where_one_is_wanted(shell: Shell, home: Path) -> None:
    found: list[Picked] = []
    shell.app.picking.pick(found.append, pictures=True)
    shell.hand.settle()
    assert shell.sees("Choose a picture")
    assert shell.sees("chat.png")
    assert not shell.sees("notes.txt")
    shell.press("lies.jpg")
    assert shell.sees("This is not a picture. Choose a screenshot or a photo.")
    shell.press("empty.png")
    assert not found
    shell.press("chat.png")
    assert found


def test_going_back_picks_nothing(shell: Shell, home: Path) -> None:
    before, found = shell.screen, []
    shell.app.picking.pick(found.append)
    shell.hand.settle()
    shell.screen.go_back()
    assert shell.screen is before
    assert not found


def test_what_is_too_large_is_not_read(shell: Shell, home: Path) -> None:
    large, found = home / "Pictures" / "large.mp4", []
    with large.open("wb") as file:
        file.truncate(LARGEST * 400)  # 20 GB of nothing: read whole, it would end the test
    shell.app.picking.pick(found.append)
    shell.hand.settle()
    shell.press("large.mp4")
    assert shell.sees(picking.TOO_LARGE)
    assert not found


@pytest.mark.parametrize("what", ["gone", "a pipe", "a folder"])
def test_what_can_not_be_read_is_told(shell: Shell, home: Path, what: str) -> None:
    path, found = home / "Pictures" / "chat.png", []
    shell.app.picking.pick(found.append)
    shell.hand.settle()
    path.unlink()
    if what == "a pipe":
        os.mkfifo(path)
    elif what == "a folder":
        path.mkdir()
    shell.press("chat.png")
    assert shell.sees(picking.NOT_READ)
    assert not found


def test_a_file_that_comes_after_a_quick_exit_is_nobody_s(shell: Shell, home: Path) -> None:
    found: list[Picked] = []
    shell.app.picking.pick(found.append)
    shell.hand.settle()
    shell.jobs.held = True
    shell.press("chat.png")
    waiting = list(shell.jobs.waiting)
    shell.exit()
    shell.jobs.held = False
    shell.jobs.waiting = waiting  # as if its thread could not be stopped
    shell.jobs.go()
    assert not found
    assert not shell.sees("chat.png")


def test_who_picks_can_say_what_is_taken(shell: Shell, home: Path) -> None:
    """As the page for messages of WhatsApp does, which takes what is refused elsewhere."""
    (home / "Pictures" / "export.zip").write_bytes(b"PK\3\4 and so on")
    found: list[Picked] = []
    shell.app.picking.pick(found.append)
    shell.hand.settle()
    shell.press("export.zip")
    assert not found
    shell.screen.go_back()
    shell.app.picking.pick(
        found.append, look=lambda name, data: Picked(name, "application/zip", "export", data)
    )
    shell.hand.settle()
    shell.press("export.zip")
    assert found[0].data.startswith(b"PK")


# --- Android ---


class Java(types.ModuleType):
    """What pyjnius and python-for-android give, as far as the dialog needs them."""

    class JavaException(Exception):
        pass

    def __init__(self, files: dict[str, Path]) -> None:
        super().__init__("jnius")
        self.__spec__ = ModuleSpec("jnius", None)
        self.files, self.asked, self.listeners = files, [], []
        self.dialog, self.calls = True, []
        self.PythonJavaClass = object
        self.java_method = lambda _signature: lambda function: function
        self.activity = types.ModuleType("activity")
        self.activity.bind = self.bind  # type: ignore[attr-defined]
        self.bridge = types.ModuleType("android")
        self.bridge.activity = self.activity  # type: ignore[attr-defined]

    def bind(self, on_activity_result: Any) -> None:
        self.listeners.append(on_activity_result)

    def autoclass(self, name: str) -> Any:
        return {"org.kivy.android.PythonActivity": _Activity, "android.content.Intent": _Intent}[
            name
        ](self)

    def answer(self, address: Any, result: int = OK, request: int = REQUEST) -> None:
        """The dialog is closed, on a thread of Java's."""
        intent = types.SimpleNamespace(getData=lambda: address)
        for listener in self.listeners:
            listener(request, result, intent if result == OK else None)


class _Intent:
    ACTION_OPEN_DOCUMENT = "android.intent.action.OPEN_DOCUMENT"
    ACTION_CREATE_DOCUMENT = "android.intent.action.CREATE_DOCUMENT"
    EXTRA_TITLE = "android.intent.extra.TITLE"
    CATEGORY_OPENABLE = "android.intent.category.OPENABLE"
    EXTRA_LOCAL_ONLY = "android.intent.extra.LOCAL_ONLY"
    EXTRA_MIME_TYPES = "android.intent.extra.MIME_TYPES"

    def __init__(self, java: Java) -> None:
        self.said: dict[str, Any] = {}

    def __call__(self, action: str) -> Any:
        self.said["action"] = action
        return self

    def addCategory(self, name: str) -> None:
        self.said["category"] = name

    def setType(self, kind: str) -> None:
        self.said["type"] = kind

    def putExtra(self, name: str, value: Any) -> None:
        self.said[name] = value


class _Activity:
    def __init__(self, java: Java) -> None:
        self.java, self.mActivity = java, self

    def runOnUiThread(self, once: Any) -> None:
        once.run()

    def startActivityForResult(self, intent: _Intent, request: int) -> None:
        if not self.java.dialog:
            raise self.java.JavaException("no activity")
        self.java.asked.append((intent.said, request))

    def getContentResolver(self) -> Any:
        return self

    def openFileDescriptor(self, address: str, mode: str) -> Any:
        if address not in self.java.files:
            raise self.java.JavaException("gone")
        flags = {"r": os.O_RDONLY, "w": os.O_WRONLY | os.O_TRUNC}[mode]
        handle = os.open(self.java.files[address], flags)
        return types.SimpleNamespace(detachFd=lambda: handle)

    def query(self, address: str, *_: Any) -> Any:
        return types.SimpleNamespace(
            moveToFirst=lambda: True, getString=lambda _at: "Screenshot.png", close=lambda: None
        )


@pytest.fixture
def java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Java:
    path = tmp_path / "chosen"
    path.write_bytes(PICTURE)
    java = Java({"content://one": path})
    monkeypatch.setitem(sys.modules, "jnius", java)
    monkeypatch.setitem(sys.modules, "android", java.bridge)
    monkeypatch.setitem(sys.modules, "android.activity", java.activity)
    monkeypatch.setattr("mobile.android.still", lambda: False)
    return java


@pytest.fixture
def phone(shell: Shell, java: Java) -> Shell:
    shell.app.picking = Picking(shell.app, Documents())
    return shell


def test_the_system_s_dialog_is_asked_for_one_local_file(phone: Shell, java: Java) -> None:
    found: list[Picked] = []
    phone.app.picking.pick(found.append, pictures=True)
    ((said, request),) = java.asked
    assert request == REQUEST
    assert said == {
        "action": _Intent.ACTION_OPEN_DOCUMENT, "category": _Intent.CATEGORY_OPENABLE,
        "type": "*/*", _Intent.EXTRA_LOCAL_ONLY: True,
        _Intent.EXTRA_MIME_TYPES: list(picking.PICTURE_TYPES),
    }  # fmt: skip
    phone.leave(30)
    java.answer("content://one")
    phone.app.on_resume()
    phone.hand.settle()
    assert (found[0].name, found[0].data) == ("Screenshot.png", PICTURE)
    phone.app.picking.pick(found.append)
    assert len(java.listeners) == 1
    assert _Intent.EXTRA_MIME_TYPES not in java.asked[1][0]


@pytest.mark.parametrize("how", ["closed", "another's answer", "nothing in it", "gone"])
def test_an_answer_without_a_file_picks_nothing(phone: Shell, java: Java, how: str) -> None:
    found: list[Picked] = []
    before = phone.screen
    phone.app.picking.pick(found.append)
    if how == "closed":
        java.answer(None, result=0)
    elif how == "another's answer":
        java.answer("content://one", request=REQUEST + 1)
    else:
        java.answer(None if how == "nothing in it" else "content://two")
    phone.hand.settle()
    assert phone.screen is before
    assert not found
    assert phone.sees(picking.NOT_READ) is (how == "gone")


def test_a_phone_without_such_a_dialog_is_told_so(phone: Shell, java: Java) -> None:
    java.dialog = False
    phone.app.picking.pick(lambda picked: pytest.fail("nothing was picked"))
    assert phone.sees(picking.NO_DIALOG)
    phone.set_pin()
    phone.leave()
    assert phone.sees("Type your PIN")  # nobody was sent anywhere: this is leaving


def test_with_a_pin_the_dialog_does_not_lock_for_three_minutes(phone: Shell, java: Java) -> None:
    found: list[Picked] = []
    phone.set_pin()
    phone.write()
    before = phone.screen
    phone.app.picking.pick(found.append)
    phone.leave(CHOOSING - 1)
    assert not phone.sees("What happened?")
    java.answer("content://one")
    phone.app.on_resume()
    phone.hand.settle()
    assert found
    assert phone.screen is before
    phone.leave()  # and now it is leaving again
    assert phone.sees("Type your PIN")


def test_who_stays_away_longer_is_locked_out_and_the_file_is_nobody_s(
    phone: Shell, java: Java
) -> None:
    phone.set_pin()
    phone.write()
    phone.app.picking.pick(lambda picked: pytest.fail("it was locked"))
    phone.leave(CHOOSING)
    java.answer("content://one")
    phone.app.on_resume()
    phone.hand.settle()
    assert phone.sees("Type your PIN")
    phone.unlock(PIN)


def test_without_a_pin_it_is_forgotten_after_three_minutes(phone: Shell, java: Java) -> None:
    phone.write()
    phone.app.picking.pick(lambda picked: pytest.fail("it was forgotten"))
    phone.leave(SECONDS)
    phone.app.on_resume()
    assert phone.sees("What happened?")
    phone.app.picking.pick(lambda picked: pytest.fail("it was forgotten"))
    phone.leave(CHOOSING)
    java.answer("content://one")
    phone.app.on_resume()
    phone.hand.settle()
    assert phone.sees("Report something")
    assert not phone.draft.story


def test_the_watch_alone() -> None:
    now = [0.0]
    watch = Watch(lambda: now[0])
    watch.choosing()
    assert watch.left(pin=True) is Do.COVER
    now[0] = CHOOSING - 1.0
    assert watch.look(pin=True) is Do.NOTHING
    now[0] = CHOOSING
    assert watch.back(pin=True) is Do.LOCK
    assert watch.left(pin=True) is Do.LOCK


@pytest.mark.parametrize(
    ("name", "data"), [("a.png", b""), ("a.zip", b"PK\3\4"), ("a", b"\0\1\2\3")]
)
def test_refusals_say_what_to_do(name: str, data: bytes) -> None:
    with pytest.raises(WrenError) as told:
        picking.looked_at(name, data)
    assert len(told.value.detail.split()) > 5


@pytest.mark.parametrize("how", ["saved", "closed", "another's answer", "gone"])
def test_a_file_is_saved_where_the_system_s_dialog_says(
    shell: Shell, java: Java, how: str
) -> None:
    done: list[str] = []
    app, before = shell.app, shell.screen
    app.saving = Saving(app, NewDocuments())
    app.saving.save("proof.json", "application/json", b"invented", done.append)
    ((said, request),) = java.asked
    assert request == SAVE_REQUEST
    assert (said["action"], said["type"]) == (_Intent.ACTION_CREATE_DOCUMENT, "application/json")
    assert (said[_Intent.EXTRA_TITLE], said[_Intent.EXTRA_LOCAL_ONLY]) == ("proof.json", True)
    if how == "closed":
        java.answer(None, result=0, request=SAVE_REQUEST)
    elif how == "another's answer":
        java.answer("content://one", request=REQUEST)
    else:
        address = "content://one" if how == "saved" else "content://two"
        java.answer(address, request=SAVE_REQUEST)
    shell.hand.settle()
    written = java.files["content://one"].read_bytes()
    assert shell.screen is before
    assert (done, written) == ((["proof.json"], b"invented") if how == "saved" else ([], PICTURE))
    assert shell.sees(NOT_SAVED) is (how == "gone")
