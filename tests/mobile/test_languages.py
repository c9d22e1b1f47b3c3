"""The app in another language: nothing stays English, and nothing is lost on the way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mobile import language as languages
from mobile.language import NAMES, language
from shared.sealing import tokens
from tests.mobile import marked, pointed, samples
from tests.mobile.conftest import Hand
from tests.mobile.screens import screens
from tests.mobile.texts import collected

NAMES_SHOWN = (
    "Wren", samples.DIRECTORY["name"], "EEA-7F3K2QX9ZB", "EEA-2QX97F3KZB", "handler",
    "The group chat", "socks5h", *NAMES.values(),
)  # fmt: skip
WRITTEN = (
    samples.STORY, samples.THANKS, samples.READ, samples.SAFE, samples.ONLY_CHAT, samples.ROLE,
    samples.PURPOSE, samples.TOLD, samples.WHY_TOLD, samples.HELD, *pointed.TEXTS.values(),
    pointed.REPLY, "Most weeks since spring", "An invented group", "That it stops.",
    "About thirty people", "ab", *tokens.encode(samples.TOKEN_BYTES).split(),
    *tokens.complete("ab"),
)  # fmt: skip
"""What people wrote, and the eight words with those that they may become."""


def directory_texts(found: Any) -> Iterator[str]:
    """Every text of the invented directory, as if Wren had brought and translated it."""
    for listed in ("desks", "concerns", "channels", "professional_groups", "contacts", "guidance"):
        for one in found[listed]:
            for name in ("name", "about", "detail", "title", "text"):
                if one.get(name):
                    yield one[name]


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("marked")
    also = (*directory_texts(samples.DIRECTORY), *also_brought())
    marked.write(collected(where / "app.pot"), also, where)
    return where


def also_brought() -> Iterator[str]:
    """Texts of other directories that pictures are made with."""
    yield from ("Senior manager", "The guardian\u2019s desk")


@pytest.fixture
def in_marks(where: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(language, "where", where)
    yield
    language.use("en")


def test_it_works(in_marks: None) -> None:
    language.use(marked.CODE)
    assert languages._("Quick exit") == "⟦Quick exit⟧"
    assert languages.count("{n} word is missing.", "{n} words are missing.", 2) == (
        "⟦⟧2⟦ words are missing.⟧"
    )


def test_no_english_is_left_on_any_screen(in_marks: None, hand: Hand) -> None:
    language.use(marked.CODE)
    found = {}
    for name, make in screens():
        page = hand.show(make(), height=4000)
        left = marked.unmarked(page, NAMES_SHOWN, WRITTEN)
        if left:
            found[name] = left
        hand.clear()
    assert not found, json.dumps(found, indent=1, ensure_ascii=False)
