"""What is kept in clear: whole or not at all, and what can't be read is told."""

from __future__ import annotations

import json
import os
import random
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from mobile import guide as guide_module
from mobile.guide import BROKEN, FILE, NEWER, NOT_SAVED, Guide
from mobile.kept import Accepted, Kept
from mobile.organisation import Organisation
from mobile.way_out import FILE as WAY
from mobile.way_out import WayUnknown

ADDRESS = "https://wren.example/o/eeast"
DIRECTORY: dict[str, Any] = {
    "slug": "eeast",
    "name": "An invented service",
    "guidance": [{"slug": "what", "title": "What counts", "text": "Groups count."}],
    "contacts": [{"name": "Police", "value": "999", "checked_on": "2026-11-02"}],
}
ORGANISATION = Kept(
    slug="eeast",
    directory=DIRECTORY,
    records=(("cmVjb3Jk", "c2lnbmVk"),),
    accepted=(Accepted("id-1", "handler-1", ("guardian",), "0d1f 2c33"),),
    fetched_on=date(2026, 11, 27),
    poster="AAAA",
)


def filled(where: Path) -> Guide:
    guide = Guide(where)
    guide.language, guide.night, guide.motion = "cy", True, False
    guide.proxy = "socks5h://127.0.0.1:9050"
    assert guide.keep(ADDRESS, ORGANISATION)
    assert guide.use(ADDRESS)
    return guide


def test_it_works(tmp_path: Path) -> None:
    filled(tmp_path)
    again = Guide(tmp_path)
    assert again.organisations == {ADDRESS: ORGANISATION}
    assert again.kept() == ORGANISATION
    assert (again.current, again.language, again.night, again.motion, again.proxy) == (
        ADDRESS, "cy", True, False, "socks5h://127.0.0.1:9050",
    )  # fmt: skip
    assert again.trouble == ""
    assert {one.name for one in tmp_path.iterdir()} == {FILE, WAY}
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


def test_the_first_start_finds_nothing_and_writes_nothing(tmp_path: Path) -> None:
    guide = Guide(tmp_path / "new")
    assert (guide.organisations, guide.current, guide.trouble) == ({}, "", "")
    assert not (tmp_path / "new").exists()


def test_without_a_directory_it_is_kept_while_the_app_runs() -> None:
    guide = Guide()
    assert guide.keep(ADDRESS, ORGANISATION)
    assert guide.organisations[ADDRESS] == ORGANISATION
    assert guide.trouble == ""


def test_what_did_not_change_is_not_written_again(tmp_path: Path) -> None:
    """The file's time would say when the app was last open."""
    filled(tmp_path)
    before = (tmp_path / FILE).stat()
    again = Guide(tmp_path)
    again.keep(ADDRESS, ORGANISATION)
    again.use(ADDRESS)
    after = (tmp_path / FILE).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_several_are_known_and_one_can_go(tmp_path: Path) -> None:
    guide = filled(tmp_path)
    other = "https://wren.example/o/other"
    guide.keep(other, replace(ORGANISATION, slug="other"))
    guide.remove(ADDRESS)
    assert Guide(tmp_path).current == other
    guide.remove(other)
    again = Guide(tmp_path)
    assert (again.current, again.organisations) == ("", {})
    assert b"invented" not in (tmp_path / FILE).read_bytes()


def test_a_file_that_is_cut_short_is_told(tmp_path: Path) -> None:
    filled(tmp_path)
    whole = (tmp_path / FILE).read_bytes()
    for size in (0, 1, len(whole) // 2, len(whole) - 1):
        (tmp_path / FILE).write_bytes(whole[:size])
        guide = Guide(tmp_path)
        assert (guide.organisations, guide.trouble) == ({}, BROKEN)


def test_a_flipped_byte_is_told_wherever_it_is(tmp_path: Path) -> None:
    """A number to call that changed still looks like one."""
    filled(tmp_path)
    whole = (tmp_path / FILE).read_bytes()
    chance = random.Random(5)
    places = [*(chance.randrange(len(whole)) for _ in range(200)), whole.index(b"999")]
    for at in places:
        flipped = bytearray(whole)
        flipped[at] ^= 1 << chance.randrange(8)
        (tmp_path / FILE).write_bytes(flipped)
        guide = Guide(tmp_path)
        same = guide.organisations == {ADDRESS: ORGANISATION} and guide.trouble == ""
        told = guide.organisations == {} and guide.trouble in (BROKEN, NEWER)
        assert same or told  # the same: a space between two values
        if whole[at : at + 1] == b"9":
            assert told


@pytest.mark.parametrize(
    "rubbish",
    [b"\xff\xfe\x00", b"[]", b"null", b"7", b"{}", b"[" * 200_000, b'{"version": 1}',
     b'{"version": "1"}', b'{"version": 1, "sum": 1, "guide": []}', b"<html>", b"9" * 10_000],
)  # fmt: skip
def test_rubbish_is_told_and_the_next_save_mends_it(tmp_path: Path, rubbish: bytes) -> None:
    (tmp_path / FILE).write_bytes(rubbish)
    guide = Guide(tmp_path)
    assert (guide.organisations, guide.trouble) == ({}, BROKEN)
    guide.keep(ADDRESS, ORGANISATION)
    again = Guide(tmp_path)
    assert (again.trouble, list(again.organisations)) == ("", [ADDRESS])


@pytest.mark.parametrize(
    "change",
    [{"organisations": []}, {"night": "yes"}, {"proxy": 5}, {"current": None},
     {"organisations": {ADDRESS: {}}}, {"organisations": {ADDRESS: {"slug": "eeast"}}}],
)  # fmt: skip
def test_a_right_sum_over_a_wrong_shape_is_told_too(tmp_path: Path, change: Any) -> None:
    filled(tmp_path)
    whole = json.loads((tmp_path / FILE).read_bytes())
    whole["guide"] |= change
    whole["sum"] = guide_module._sum(whole["guide"])
    (tmp_path / FILE).write_text(json.dumps(whole))
    guide = Guide(tmp_path)
    assert (guide.organisations, guide.night, guide.trouble) == ({}, False, BROKEN)


def test_a_file_that_never_ends_is_not_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guide_module, "LARGEST", 900)
    filled(tmp_path)
    assert (tmp_path / FILE).stat().st_size > 900
    assert Guide(tmp_path).trouble == BROKEN


def test_a_newer_file_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    newer = b'{"version": 2, "other": true}'
    (tmp_path / FILE).write_bytes(newer)
    guide = Guide(tmp_path)
    assert guide.trouble == NEWER
    assert not guide.keep(ADDRESS, ORGANISATION)
    assert guide.organisations[ADDRESS] == ORGANISATION  # used, but not kept
    assert (tmp_path / FILE).read_bytes() == newer


def test_a_full_disk_is_told_and_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guide = filled(tmp_path)
    before = (tmp_path / FILE).read_bytes()

    def full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    guide.night = False
    assert not guide.save()
    assert guide.trouble == NOT_SAVED
    assert (tmp_path / FILE).read_bytes() == before
    assert {one.name for one in tmp_path.iterdir()} == {FILE, WAY}
    monkeypatch.undo()
    assert guide.save()
    assert guide.trouble == ""
    assert Guide(tmp_path).night is False


def test_an_app_that_was_killed_while_writing_leaves_the_old_one(tmp_path: Path) -> None:
    filled(tmp_path)
    (tmp_path / (FILE + ".new")).write_bytes(b'{"version": 1, "su')
    guide = Guide(tmp_path)
    assert guide.kept() == ORGANISATION
    assert {one.name for one in tmp_path.iterdir()} == {FILE, WAY}


def test_a_place_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    guide = Guide(tmp_path / "file" / "below")
    assert not guide.keep(ADDRESS, ORGANISATION)
    assert guide.trouble == NOT_SAVED


# --- the way out ---


def out(guide: Guide) -> str:
    """Which way a connection goes: the proxy, `straight`, or none."""
    made: list[dict[str, Any]] = []

    def client(_address: str, **more: Any) -> Any:
        made.append(more)

    try:
        Organisation(ADDRESS, guide, client).new_client()
    except WayUnknown:
        assert not made
        return "none"
    return str(made[0].get("proxy", "straight"))


PROXY = "socks5h://127.0.0.1:9050"


@pytest.mark.parametrize("rubbish", [b"", b"{}", b"<html>", b'{"version": 2, "other": true}'])
def test_a_damaged_or_newer_file_leads_nobody_past_tor(tmp_path: Path, rubbish: bytes) -> None:
    filled(tmp_path)
    (tmp_path / FILE).write_bytes(rubbish)
    guide = Guide(tmp_path)
    assert guide.trouble
    assert out(guide) == PROXY  # it is kept in another file too


def test_a_damaged_way_stops_everything_until_its_user_chose(tmp_path: Path) -> None:
    whole = None
    for choice, way in ((PROXY, PROXY), ("", "straight")):
        filled(tmp_path)
        whole = (tmp_path / WAY).read_bytes()
        for broken in (b"", whole[:-1], whole + b"0", b"\xff", whole.replace(b"0 s", b"1 s")):
            if broken == whole:
                continue
            (tmp_path / WAY).write_bytes(broken)
            guide = Guide(tmp_path)
            assert not guide.way_known
            assert out(guide) == "none"
        guide.proxy = choice
        assert guide.save()
        assert out(guide) == out(Guide(tmp_path)) == way


@pytest.mark.parametrize("rubbish", [b"{}", b'{"version": 2, "other": true}'])
def test_without_a_way_a_damaged_or_newer_guide_is_asked_about(
    tmp_path: Path, rubbish: bytes
) -> None:
    """An earlier version kept the proxy only there."""
    (tmp_path / FILE).write_bytes(rubbish)
    guide = Guide(tmp_path)
    assert out(guide) == "none"
    guide.proxy = ""
    guide.save()
    assert out(Guide(tmp_path)) == "straight"


def test_the_way_of_an_earlier_version_is_taken(tmp_path: Path) -> None:
    filled(tmp_path)
    (tmp_path / WAY).unlink()
    assert out(Guide(tmp_path)) == PROXY


def test_who_never_chose_goes_straight_and_has_no_second_file(tmp_path: Path) -> None:
    guide = Guide(tmp_path)
    guide.use(ADDRESS)
    assert out(guide) == out(Guide(tmp_path)) == "straight"
    assert [one.name for one in tmp_path.iterdir()] == [FILE]
