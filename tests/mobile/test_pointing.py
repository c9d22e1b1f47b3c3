"""Could this point at you? Every rule's own hits and misses, the labelled set, hostile texts."""

from __future__ import annotations

import re

import pytest

from mobile.collecting import rules as collected
from mobile.language import language
from mobile.pointing import FEW, KINDS, STRAIGHT, Finding, around, groups, look, of_fields
from mobile.pointing_rules import DATA, FILES, Rule, rules
from tests.mobile.labelled import PARTS, figures, sentences

HITS = [(rule, hit) for rule in rules().all for hit in rule.hits]
MISSES = [(rule, miss) for rule in rules().all for miss in rule.misses]


def found_by(rule: Rule, text: str) -> list[str]:
    """The words that this rule finds, whatever others do."""
    spans = rules().spans(text.translate(STRAIGHT))
    return [text[start:end] for one, (start, end) in spans if one is rule]


def kinds(text: str) -> dict[str, str]:
    """Kind -> the words that were found last."""
    return {one.kind: one.words for one in look(text)}


def test_it_works() -> None:
    text = "Dave said so on Tuesday 3 March at 06:45, and I was the only woman there."
    assert [(one.kind, one.words) for one in look(text)] == [
        ("name", "Dave"), ("date", "Tuesday 3 March"), ("time", "06:45"),
        ("only", "I was the only woman"),
    ]  # fmt: skip
    assert all(text[one.start : one.end] == one.words for one in look(text))


@pytest.mark.parametrize(("rule", "hit"), HITS, ids=[f"{r.id}: {h}" for r, h in HITS])
def test_every_rule_finds_its_hits(rule: Rule, hit: str) -> None:
    before, *marked = hit.split("|")
    text, words = (before + marked[0] + marked[1], marked[0]) if marked else (before, before)
    assert words in found_by(rule, text)


@pytest.mark.parametrize(("rule", "miss"), MISSES, ids=[f"{r.id}: {m}" for r, m in MISSES])
def test_every_rule_passes_its_misses_over(rule: Rule, miss: str) -> None:
    assert found_by(rule, miss) == []


def test_every_rule_has_both_and_says_why() -> None:
    seen = set()
    for rule in rules().all:
        assert rule.id not in seen
        seen.add(rule.id)
        assert len(rule.hits) >= 2
        assert len(rule.misses) >= 2
        assert rule.kind in KINDS
        assert re.fullmatch(r".+[.:].+\.", rule.why), "why, and what to write instead"
        assert len(rule.why) < 130


def test_what_is_found_in_any_language_is_not_english_wording() -> None:
    found = kinds("Zadzwo\u0144 +44 7700 900123, AB51 CDE, 999 000 0018, 12/04/2025 i 22:10.")
    assert set(found) == {"phone", "vehicle", "nhs", "date", "time"}
    assert not {rule.kind for rule in rules().all if rule.english} >= set(found)


def test_the_marks_that_phones_put_in_move_no_span() -> None:
    text = "I wrote: \u201cPlease stop\u201d. Priya\u2019s locker, 3\u202fpm."
    for one in look(text):
        assert text[one.start : one.end] == one.words
    assert kinds(text)["quote"] == "I wrote: \u201cPlease stop\u201d"
    assert kinds(text)["name"] == "Priya"


def test_readers_are_told_of_by_their_own_reason() -> None:
    text = "handler-1 knows of it, and Dave too."
    found = {one.words: one for one in look(text, ["handler-1", "Dave"])}
    assert found["handler-1"].kind == found["Dave"].kind == "reader"
    assert "read reports" in found["Dave"].why
    assert {one.kind for one in look(text)} == {"name"}


def test_pasted_lines_of_a_chat() -> None:
    text = "[13/03, 10:18] Kev: look\n[10:19, 13/03/2024] +44 7700 900456: lol\nMe: stop it"
    found = [(one.kind, one.words) for one in look(text)]
    assert found == [
        ("time", "13/03, 10:18"), ("name", "Kev"), ("time", "10:19, 13/03/2024"),
        ("phone", "+44 7700 900456"), ("quote", "Me"),
    ]  # fmt: skip


def test_the_check_digit_of_an_nhs_number() -> None:
    assert "nhs" in kinds("999 000 0018")
    assert "nhs" not in kinds("999 000 0019")


def test_all_fields_and_their_groups() -> None:
    texts = {
        "story": "Dave and Priya. my crewmate. Dave again.",
        "when": "12/04/2025",
        "place": "",
    }
    found = of_fields(texts)
    assert list(found) == ["story", "when"]
    assert [(one.place, one.kind, len(one.findings)) for one in groups(found)] == [
        ("story", "crew", 1), ("story", "name", 3), ("when", "date", 1),
    ]  # fmt: skip
    same = groups(of_fields({**texts, "story": "Well: " + texts["story"]}))
    assert [one.key for one in same] == [one.key for one in groups(found)]


def test_the_words_are_shown_in_what_stands_around_them() -> None:
    text = "word " * 30 + "my\ncrewmate" + " word" * 30
    (one,) = look(text)
    before, words, after = around(text, one)
    assert words == "my crewmate"
    assert before.startswith("\u2026word ")
    assert after.endswith(" word\u2026")
    assert len(before + words + after) < 100
    assert around("Dave", look("Dave")[0]) == ("", "Dave", "")


def test_a_finding_does_not_tell_its_words_in_an_error() -> None:
    assert "Dave" not in repr(look("Dave was there")[0])
    assert "Dave" not in repr(groups(of_fields({"story": "Dave was there"})))


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "part",
    ["a", " ", "\n", "i ", "my ", "1 ", "0-", "(0)", "12/12/", "12:34 ", "a.b@", "@", "'", '"',
     'I wrote: "', "I've been ", "the only ", "AB12 ", "Romeo ", "Dave ", "a-", "\u00e9",
     "my message was '", "[13/03, 10:18] Kev: ok\n", "9990000018 ", "+4477"],
)  # fmt: skip
def test_a_hostile_paste_of_any_kind_comes_to_an_end(part: str) -> None:
    """200 kB of it: a pattern that doubles its work with each letter would not end at all."""
    text = (part * 200_000)[:200_000]
    assert all(0 <= one.start < one.end <= len(text) for one in look(text))


def test_the_set_is_large_and_a_third_is_held_out() -> None:
    sizes = {part: len(sentences()[part]) for part in PARTS}
    assert sum(sizes.values()) >= 150
    assert sizes["held_out"] >= sum(sizes.values()) / 3
    everything = [one["text"] for part in PARTS for one in sentences()[part]]
    assert len(set(everything)) == len(everything)
    assert sum(not one["found"] for part in PARTS for one in sentences()[part]) >= 50


@pytest.mark.parametrize(
    ("part", "precision", "recall"), [("tuned", 0.95, 0.95), ("held_out", 0.9, 0.75)]
)
def test_the_labelled_set(part: str, precision: float, recall: float) -> None:
    measured = figures(part)
    assert measured.precision() >= precision, measured.false
    assert measured.recall() >= recall, measured.missed


def test_every_kind_is_in_the_set() -> None:
    labelled = {
        one["kind"] for part in PARTS for each in sentences()[part] for one in each["found"]
    }
    assert labelled == set(KINDS) - {"reader"}


def test_what_is_said_can_be_translated() -> None:
    whys = set()
    for name in FILES:
        with (DATA / f"{name}.toml").open("rb") as file:
            whys |= {text for _, _, text, _ in collected(file, (), (), {})}
    assert whys == {rule.why for rule in rules().all}
    try:
        language.use("pl")
        finding = Finding(0, 4, "name", "name", "Continue", "Dave")
        assert finding.why == language.text("Continue") != "Continue"
    finally:
        language.use("en")


def test_few_people_is_said_plainly() -> None:
    assert "could have written this" in FEW["3-5"][2]
    assert [told[1] for told in FEW.values()] == ["danger", "warning", "info", "good", "warning"]
