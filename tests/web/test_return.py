"""Coming back with the eight words, in any spelling; one answer for all that open nothing."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from api.rules import stretching
from api.web import returning, visits
from shared.sealing import tokens
from tests.api.checks import nothing_stored
from tests.api.handling import change
from tests.web.cases import HOUR, STORY, comes_back, sessions
from tests.web.hands import BASE, Hands


def test_it_works(hands: Hands) -> None:
    reference, words = hands.service.open_case()
    path = comes_back(hands, words)
    assert re.fullmatch(r"/c/[0-9a-f]{6}", path)
    assert STORY in hands.text
    assert reference in hands.text
    assert list(hands.cookies()) == [f"__Host-w-{path.removeprefix('/c/')}"]
    assert next(iter(hands.cookies().values())).startswith("wr_")
    # One of them alone may be a word that every page has.
    assert not any(f"{one} {other}" in hands.text for one, other in pairwise(words.split()))


SPELLINGS = {
    "upper case": str.upper,
    "lines": lambda words: "\n".join(words.split()),
    "numbered": lambda words: "\n".join(f"{at}. {one}" for at, one in enumerate(words.split(), 1)),
    "brackets": lambda words: " ".join(f"({at}) {one}" for at, one in enumerate(words.split(), 1)),
    "no break": lambda words: " ".join(f"{at}{one}" for at, one in enumerate(words.split(), 1)),
    "commas": lambda words: ",".join(words.split()),
    "bullets": lambda words: "\n".join(f"•\t{one};" for one in words.split()),
    "quoted": lambda words: "“" + words.replace(" ", "” “") + "”.",
    "wide": lambda words: "".join(chr(ord(one) + 0xFEE0) if one != " " else one for one in words),
    "marks of direction": lambda words: "\u200f".join(words) + "\ufeff",
    "four letters": lambda words: " ".join(one[:4] for one in words.split()),
    "spaces": lambda words: "\u00a0\u2003" + words.replace(" ", "   ") + "\t\n",
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=list(SPELLINGS))
def test_any_spelling(page_hands: Hands, spelling: object) -> None:
    _, words = page_hands.service.open_case()
    comes_back(page_hands, spelling(words))  # type: ignore[operator]
    assert STORY in page_hands.text


def test_the_browser_is_told_to_remember_nothing(page_hands: Hands) -> None:
    page_hands.go("/return")
    box = re.search(r'<textarea id="words"[^>]*>', page_hands.page.text)
    assert box
    for told in ('autocomplete="off"', 'spellcheck="false"', 'autocapitalize="none"'):
        assert told in box[0]
    assert 'type="password"' not in page_hands.page.text
    assert not page_hands.cookies()


def a_wrong_one(words: str) -> str:
    """The same with words that don't belong together: the first in place of the last."""
    *some, last = words.split()
    other = next(
        one for one in tokens.words() if one != last and _is_wrong(" ".join([*some, one]))
    )
    return " ".join([*some, other])


def _is_wrong(words: str) -> bool:
    try:
        tokens.decode(words)
    except tokens.BadToken:
        return True
    return False


@pytest.mark.parametrize(
    ("altered", "says"),
    [
        (lambda _words: "", "Type your eight words."),
        (lambda _words: " \n 12. ", "Type your eight words."),
        (lambda words: words.rsplit(" ", 1)[0], "there are 7"),
        (lambda words: words + " zoo", "there are 9"),
        (lambda words: words.split()[0], "there is 1"),
        (lambda words: "qqqq " + words.split(" ", 1)[1], "Word 1 is not one of"),
        (lambda words: "qqqq xx " + words.split(" ", 2)[2], "Words 1, 2 are not among"),
        (a_wrong_one, "do not belong together"),
    ],
    ids=["nothing", "no letters", "seven", "nine", "one", "misspelt", "two misspelt", "mixed up"],
)  # fmt: skip
def test_words_that_are_none(page_hands: Hands, altered: object, says: str) -> None:
    _, words = page_hands.service.open_case()
    typed = altered(words)  # type: ignore[operator]
    page_hands.go("/return")
    with nothing_stored(page_hands.service):
        page_hands.press({"words": typed}, status=422)
    assert says in page_hands.text
    assert "<title>Error: " in page_hands.page.text
    assert page_hands.fields()["words"].replace("\r\n", "\n") == typed
    assert not page_hands.cookies()


@pytest.mark.parametrize(
    "typed", ["abandon " * 2_000, "a" + "\u0301\u0316" * 50_000], ids=["words", "marks"]
)
def test_what_is_much_too_long_is_not_shown_again(
    page_hands: Hands, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    """It is looked at no closer: to bring marks into order takes the square of them."""
    monkeypatch.setattr(returning, "unicodedata", None)
    monkeypatch.setattr(tokens, "unicodedata", None)
    page_hands.go("/return")
    page_hands.press({"words": typed}, status=422)
    assert "This is too long for eight words." in page_hands.text
    assert page_hands.fields()["words"] == ""


def test_all_that_open_nothing_get_one_answer(
    hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unknown words, those of a case that was withdrawn, and of one that was deleted."""
    service = hands.service
    _, withdrawn = service.open_case()
    service.call("DELETE", "/case", bearer=service.reporter(withdrawn))
    reference, held = service.open_case()
    change(service, reference, legal_hold={"reason": "An invented claim"})
    service.call("DELETE", "/case", bearer=service.reporter(held))
    stretched, real = [], stretching.root

    def count(token: str, salt: bytes) -> object:
        stretched.append(token)
        return real(token, salt)

    monkeypatch.setattr(stretching, "root", count)
    answers = set()
    for words in (tokens.new_token(), withdrawn, held):
        hands.go("/return")
        with nothing_stored(service):
            hands.press({"words": words}, status=422)
        stamp = hands.fields()["stamp"]
        answers.add((hands.page.text.replace(stamp, ""), str(hands.page.headers)))
        assert not hands.cookies()
        assert hands.fields()["words"] == ""
    assert len(answers) == 1
    assert stretched == [*stretched[:1], withdrawn, held]
    assert "No case can be opened with these words." in hands.text


def test_another_site_opens_nothing(page_hands: Hands) -> None:
    _, words = page_hands.service.open_case()
    page_hands.go("/return")
    with nothing_stored(page_hands.service):
        page_hands.press({"words": words}, headers={"Sec-Fetch-Site": "cross-site"}, status=403)
    assert not page_hands.cookies()


def test_two_cases_in_two_tabs(page_hands: Hands) -> None:
    service = page_hands.service
    _, first = service.open_case(content={"story": "The first invented story."})
    _, second = service.open_case(content={"story": "The second invented story."})
    one = comes_back(page_hands, first)
    form = page_hands.filled({"text": "For the first."})
    other = comes_back(page_hands, second)
    assert one != other
    assert "The second invented story." in page_hands.go(other)
    assert "The first" not in page_hands.page.text
    assert "The first invented story." in page_hands.go(one)
    # A form of one case sent to the other's address is refused.
    with nothing_stored(service):
        page_hands.send(other, form[1], 403)
    page_hands.send(*form)
    assert "For the first." in page_hands.text
    assert "For the first." not in page_hands.go(other)


def test_cookies_are_off(page_hands: Hands) -> None:
    _, words = page_hands.service.open_case()
    page_hands.go("/return")
    path, fields = page_hands.filled({"words": words})
    answer = page_hands.http.post(path, data=dict(fields), base_url=BASE)
    page_hands.clear_cookies()
    page_hands.go(answer.location.partition("#")[0], 401)
    assert "your browser keeps no cookies" in page_hands.text
    assert page_hands.link("Type your eight words") == "/return"


def test_it_closes_after_an_hour(page_hands: Hands) -> None:
    service = page_hands.service
    _, words = service.open_case()
    path = comes_back(page_hands, words)
    service.clock.now += HOUR - 1
    page_hands.go(path)
    service.clock.now += 1
    page_hands.go(path, 401)
    assert "closes by itself an hour after" in page_hands.text
    assert STORY not in page_hands.text


def test_visits_that_are_over_leave_no_cookie(page_hands: Hands) -> None:
    """Who comes back every hour of a long shift does not send ever more of them."""
    service = page_hands.service
    _, words = service.open_case()
    page_hands.go("/o/eeast/begin")
    page_hands.press()
    report = page_hands.path.split("/")[3]
    for _hour in range(3):
        path = comes_back(page_hands, words)
        service.clock.now += HOUR
    assert set(page_hands.cookies()) == {f"__Host-w-{path[3:]}", f"__Host-w-{report}"}


def test_closing_the_conversation(page_hands: Hands) -> None:
    service = page_hands.service
    _, words = service.open_case()
    path = comes_back(page_hands, words)
    bearer = next(iter(page_hands.cookies().values()))
    page_hands.go(f"{path}/close")
    assert page_hands.path == path
    assert "Your case" in page_hands.heading
    page_hands.press(form=1)
    assert page_hands.path == "/o/eeast"
    assert not page_hands.cookies()
    assert sessions(service) == 0
    page_hands.http.set_cookie(f"__Host-w-{path[3:]}", bearer, domain="wren.example", secure=True)
    page_hands.go(path, 401)


def test_closing_closes_every_tab_of_the_case_and_no_other(page_hands: Hands) -> None:
    service = page_hands.service
    _, words = service.open_case()
    _, others = service.open_case(content={"story": "Another invented story."})
    first = comes_back(page_hands, words)
    other = comes_back(page_hands, others)
    comes_back(page_hands, words)
    page_hands.press(form=1)
    assert page_hands.path == "/o/eeast"
    assert list(page_hands.cookies()) == [f"__Host-w-{other[3:]}"]
    assert sessions(service) == 1
    page_hands.go(first, 401)
    assert "Another invented story." in page_hands.go(other)


def test_what_was_typed_before_leaving_is_not_shown(page_hands: Hands) -> None:
    """A browser can send a form again: *back*, then *reload*."""
    _, words = page_hands.service.open_case()
    page_hands.go("/return")
    form = page_hands.filled({"words": words.rsplit(" ", 1)[0]})
    page_hands.send(*form, status=422)
    assert page_hands.fields()["words"]
    page_hands.go("/leave", 303)
    page_hands.send(*form)
    assert page_hands.fields()["words"] == ""
    assert "there are 7" not in page_hands.text
    right = [(name, words if name == "words" else value) for name, value in form[1]]
    with nothing_stored(page_hands.service):
        page_hands.send(form[0], right)
    assert page_hands.path == "/return"
    assert not page_hands.cookies()


def test_words_are_shown_to_be_mended_for_a_while(page_hands: Hands) -> None:
    _, words = page_hands.service.open_case()
    page_hands.go("/return")
    form = page_hands.filled({"words": words.rsplit(" ", 1)[0]})
    page_hands.service.clock.now += visits.FORM_OPEN
    page_hands.send(*form, status=422)
    assert "there are 7" in page_hands.text
    assert page_hands.fields()["words"] == ""
    page_hands.press({"words": words})
    assert STORY in page_hands.text


def test_the_quick_exit_closes_it(page_hands: Hands) -> None:
    _, words = page_hands.service.open_case()
    path = comes_back(page_hands, words)
    page_hands.go("/leave", 303)
    assert sessions(page_hands.service) == 0
    page_hands.go(path, 401)
