"""Every screen of the app in each of its states, with plainly invented contents.

`screens()` gives (name, how to make it). Whoever adds a screen adds it here: its clipping, its
sizes, its quick exit and its looks are tried by test_look.py, and `make pictures` takes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from mobile import asking_way, case_questions, pin_questions, questions
from mobile.access import LEFT_OUT, SHUT_OUT, Gone
from mobile.draft import Draft
from mobile.item import REPORT, SENDING, WAITING, OutboxItem
from mobile.language import _, language
from mobile.place import WORKING
from mobile.screens.address import AddressPage
from mobile.screens.case import CasePage
from mobile.screens.cases import CasesPage, Shown
from mobile.screens.closing import Closing
from mobile.screens.conversation import Conversation
from mobile.screens.cover import Cover
from mobile.screens.decide import Decide
from mobile.screens.guidance import Guidance
from mobile.screens.keep import Keep
from mobile.screens.kept_case import KeptCasePage
from mobile.screens.late import Late
from mobile.screens.lock import LockPage
from mobile.screens.pick import Pick
from mobile.screens.pin import PinPage
from mobile.screens.report import Report
from mobile.screens.settings import SettingsPage
from mobile.screens.sign_in import SignIn
from mobile.screens.waiting import Waiting
from mobile.screens.welcome import Welcome
from mobile.screens.withdraw import Withdraw
from mobile.screens.words import WordsPage
from mobile.who import ENDED
from shared.errors import Unreachable, WorkNeeded
from shared.sealing import tokens
from tests.mobile import chosen, evidently, hidden, pointed, samples, trusted

Screens = Iterator[tuple[str, Callable[[], Any]]]
REFERENCE = "EEA-7F3K2QX9ZB"


def screens() -> Screens:
    """(name, how to make it) of each."""
    yield from _start()
    yield from _report()
    yield from pointed.SCREENS.items()
    yield from trusted.SCREENS.items()
    yield from chosen.SCREENS.items()
    yield from hidden.SCREENS.items()
    yield from evidently.SCREENS.items()
    yield from _words()
    yield from _kept()
    yield from _pin()
    yield from _case()
    yield from _late()


def _decide(question: Any) -> Any:
    page = Decide(back=lambda: None)
    page.show(question)
    return page


# --- where it begins ---


def _welcome(**changes: Any) -> Any:
    page = Welcome()
    page.show(samples.DIRECTORY)
    for name, value in changes.items():
        setattr(page, name, value)
    return page


def _offline() -> Any:
    page = Welcome()
    page.trouble(_(Unreachable().detail))
    return page


def _guidance() -> Any:
    page = Guidance()
    page.show(samples.DIRECTORY, "what-counts")
    return page


def _plain() -> Any:
    page = Guidance(plain=True, has_back=False)
    page.show(None)
    return page


def _start() -> Screens:
    yield "welcome", _welcome
    yield "welcome-news", lambda: _welcome(started=True, kept=2, unsent=1, news=1)
    yield "welcome-offline", _offline
    yield "address", AddressPage
    yield "guidance", _guidance
    yield "guidance-plain", _plain
    yield "cover", Cover


# --- a report ---


def _draft() -> Draft:
    return Draft(
        concerns=["bullying", "harassment"], channel="whatsapp-group", story=samples.STORY,
        when="Most weeks since spring", place="An invented group", wanted="That it stops.",
        who_knows="About thirty people", desk="guardian",
        excluded=["id-2"], agreed=["id-1", "id-2"],
    )  # fmt: skip


def _step(number: int, **changes: Any) -> Any:
    readers = samples.READERS
    page = Report(_draft(), samples.DIRECTORY, readers=lambda desk: readers[desk], **changes)
    page.step = number
    return page


def _trouble() -> Any:
    page = _step(6)
    page.tell(_(Unreachable().detail), action=_("Try again"), title=_("Not sent yet"))
    return page


def _at_random() -> Any:
    page = _step(6)
    part = page.part(6)
    part.ids.times.chosen = ["6"]
    return page


def _waiting(**changes: Any) -> Any:
    fields: dict[str, Any] = {"state": WAITING, "why": Unreachable().detail, "tries": 2}
    item = OutboxItem("out-1", REPORT, "https://wren.example/o/eeast", **fields | changes)
    page = Waiting(due=lambda: 130.0, can_keep=True, back=lambda: None)
    page.show(item)
    return page


def _report() -> Screens:
    names = ("about", "where", "story", "people", "wanted", "readers", "check")
    for number, name in enumerate(names):
        yield f"report-{name}", lambda number=number: _step(number, can_keep=True)
    yield "report-danger", lambda: Report(Draft(in_danger=True), samples.DIRECTORY)
    yield "report-kept", lambda: _step(0, kept=True)
    yield "report-later", _at_random
    yield "report-trouble", _trouble
    yield "waiting", _waiting
    yield "waiting-sending", lambda: _waiting(why="", tries=0)
    working = {"state": SENDING, "why": WORKING, "code": WorkNeeded.code, "tries": 0}
    yield "waiting-working", lambda: _waiting(**working)
    yield "waiting-delayed", lambda: _waiting(why="", tries=0, hours=6)
    yield "waiting-late", lambda: _waiting(why="", tries=0, hours=6, late=1)
    yield "way", lambda: _decide(asking_way.question())
    yield "waiting-discard", lambda: _decide(case_questions.discard(may_have_arrived=True))


# --- words, and what is kept ---


def _words_page(phase: int, **changes: Any) -> Any:
    page = WordsPage(tokens.encode(samples.TOKEN_BYTES), reference=REFERENCE, **changes)
    page.phase = phase
    return page


def _sign_in() -> Any:
    page = SignIn(tokens)
    for word in tokens.encode(samples.TOKEN_BYTES).split()[:3]:
        page.take(word)
    page.ids.typed.ids.box.text = "ab"
    return page


def _words() -> Screens:
    yield "words", lambda: _words_page(0)
    yield "words-waiting", lambda: _words_page(0, arrived=False)
    yield "words-practise", lambda: _words_page(1)
    yield "words-done", lambda: _words_page(2, can_keep=True)
    yield "sign-in", _sign_in


def _cases(*, empty: bool = False) -> Any:
    page = CasesPage(kept=True, back=lambda: None)
    cases = (
        Shown("1", "The group chat", REFERENCE, sign=_("There is a new reply"), news=True),
        Shown("2", "EEA-2QX97F3KZB", waits=_("Not sent yet")),
    )
    page.show(() if empty else cases, () if empty else (Shown("3", _("Your report")),))
    return page


def _kept() -> Screens:
    yield "cases", _cases
    yield "cases-empty", lambda: _cases(empty=True)
    yield "kept-case", lambda: KeptCasePage("The group chat", reference=REFERENCE)
    yield "kept-case-remove", lambda: _decide(case_questions.remove("The group chat", 1))


# --- PIN and settings ---


def _lock(left: int, wait: float, *, wrong: bool) -> Any:
    page = LockPage()
    page.tell_tries(left, wait, wrong=wrong)
    page.ids.pad.digits = "" if wait else "1234"
    page._tick.cancel()
    return page


def _present() -> Any:
    page = LockPage(present=True, back=lambda: None)
    page.tell_tries(9, 0, wrong=True)
    return page


def _new_pin(*, again: bool) -> Any:
    page = PinPage(first=_("Choose a PIN"), explained="", back=lambda: None)
    page.again = again
    return page


def _settings(*, pin: bool) -> Any:
    page = SettingsPage(back=lambda: None)
    page.show(language=language.code, night=False, motion=True, proxy="", pin=pin)
    return page


def _pin() -> Screens:
    yield "keep", Keep
    yield "pin", lambda: _new_pin(again=False)
    yield "pin-again", lambda: _new_pin(again=True)
    yield "pin-kept", lambda: _decide(pin_questions.kept())
    yield "pin-second", lambda: _decide(pin_questions.second())
    yield "lock", lambda: _lock(10, 0, wrong=False)
    yield "pin-present", _present
    yield "lock-wait", lambda: _lock(4, 30, wrong=True)
    yield "wiped", lambda: _decide(pin_questions.wiped(tries=True))
    yield "notebook-damaged", lambda: _decide(pin_questions.damaged(2))
    yield "settings", lambda: _settings(pin=False)
    yield "settings-pin", lambda: _settings(pin=True)
    yield "limits", lambda: _decide(pin_questions.limits())


# --- a case ---


def _talk(items: Any = None, **changes: Any) -> Any:
    page = Conversation()
    page.show(samples.view(items, **changes))
    return page


def _news() -> Any:
    page = _talk(samples.thread()[:4])
    page.news = True
    return page


def _about_case(standing: Any, people: Any, **more: Any) -> Any:
    page = CasePage(back=lambda: None)
    page.show(samples.view(standing=standing, people=people, **more))
    return page


def _gone() -> tuple[Gone, ...]:
    return (
        Gone("id-2", "handler-2", _(LEFT_OUT), back=True),
        Gone("id-9", "handler-9", _(SHUT_OUT), back=False),
    )


def _case() -> Screens:
    thread, everybody = samples.thread, samples.everybody
    yield "conversation", _talk
    yield "conversation-empty", lambda: _talk(())
    yield "conversation-news", _news
    yield "consent", lambda: _talk((*thread()[:2], samples.request()))
    yield "consent-given", lambda: _talk((*thread()[:2], samples.request(answered=True)))
    yield "consent-allow", lambda: _decide(questions.allow("handler-3", samples.DETAILS))
    yield "consent-refuse", lambda: _decide(questions.refuse("handler-3", samples.DETAILS))
    yield "consent-stop", lambda: _decide(questions.stop("handler-3"))
    yield (
        "consent-ended",
        lambda: _decide(questions.stranger([samples.person("handler-3", ENDED)])),
    )
    yield "case", lambda: _about_case(samples.NOW, everybody()[:3])
    yield "case-late", lambda: _about_case(samples.LATE, everybody())
    yield "case-copies", lambda: _about_case(samples.COPIED, everybody()[:1])
    yield "case-gone", lambda: _about_case(samples.NOW, everybody()[:1], gone=_gone())
    yield "let-in-again", lambda: _decide(questions.again("handler-2", _(LEFT_OUT)))
    yield "key-refused", lambda: _decide(questions.key_refused())
    yield "stranger", lambda: _talk(thread()[:4], people=everybody())
    yield "stranger-decide", lambda: _decide(questions.stranger(everybody()[-1:]))
    yield "told-outside", lambda: _talk((*thread()[:2], samples.broken()))
    yield "stopped", lambda: _decide(questions.stopped(samples.BAD_LIST))


# --- when nobody answers, and the end ---


def _pick() -> Any:
    page = Pick(title=_("Another desk"), heading=_("Which desk should have it?"))
    about = _("Read by {names}").format(names="handler-3, handler-4")
    page.show([{"code": "x", "name": _("Senior manager"), "about": about}], "desk", "")
    return page


def _outside() -> Any:
    page = Guidance(title=_("Outside help"))
    page.show(samples.DIRECTORY, contacts_only=True)
    return page


def _withdraw() -> Any:
    page = Withdraw(reference=REFERENCE)
    page.show(questions.withdrawing(samples.HELD))
    return page


def _to_desk() -> Any:
    return _decide(
        questions.to_desk(
            _("Senior manager"), ["handler-3", "handler-4"], _("The guardian\u2019s desk")
        )
    )


def _late() -> Screens:
    answer = {"deleted": True, "held": False, "exports": 1, "backups_until": samples.DAY}
    thread = samples.thread
    yield "late", lambda: _talk(thread()[:1], standing=samples.LATE)
    yield "late-ways", lambda: Late(late=samples.LATE.late)
    yield "late-desk", _pick
    yield "late-desk-ask", _to_desk
    yield "late-outside", _outside
    yield "let-in", lambda: _decide(questions.add("handler-4", _("Senior manager")))
    yield "shut-out", lambda: _decide(questions.shut_out("handler-4"))
    yield "closed", lambda: _talk(thread()[:4], standing=samples.CLOSED)
    yield "closing", Closing
    yield "withdraw", _withdraw
    yield "withdrawn", lambda: _decide(questions.withdrawn(answer, samples.DAY))
