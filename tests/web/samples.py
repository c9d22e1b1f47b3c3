"""Every page of the reporter's, with a way to reach it: whoever looks at pages looks at all.

A scene does something and yields the name of each page that it shows, in any language. A page
that no scene shows fails `test_every_page`. All people and stories are invented.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from uuid import uuid4

from playwright.sync_api import FilePayload
from sqlalchemy import update

from api.models.case import Case
from tests.evidence.samples import picture
from tests.evidence.sending import hung
from tests.service import Service
from tests.web.cases import case_of, says, spoil, spoil_keys, writes
from tests.web.reading import slip_in
from tests.web.screen import Place

Scene = Callable[[Place], Iterator[str]]

STORY = (
    "This story is invented. In a group chat of about thirty colleagues somebody posts jokes "
    "about one of us after each shift, and others join in. It has gone on since the spring."
)
RIGHT_TO_LEFT = "קבוצה של כשלושים עמיתים: 30 הודעות בכל שבוע."
ONE_WORD = "Invented" * 60
"""Text without a space, as a link is: it may break anywhere, and widens nothing."""

SEND = 'form:has([name="text"]) button.button'

NO_PAGE = {
    "/leave": "leads away",
    "/look/<name>": "the style sheet and the script",
    "/c/<visit:visit>/close": "leads to the organisation's page",
}
"""Addresses that show no page of their own, and why."""


def _hard(place: Place, words: str) -> str:
    """What somebody writes, with what could break a page, unless it is an ordinary day."""
    return words if place.ordinary else f"{words}\n\n{RIGHT_TO_LEFT}\n\n{ONE_WORD}"


# --- before anything -----------------------------------------------------------------------


def front(place: Place) -> Iterator[str]:
    """What anybody may read."""
    place.go("/")
    yield "front"
    place.go("/o/eeast")
    yield "organisation"
    place.page.locator("summary").evaluate_all("all => all.forEach((one) => one.click())")
    yield "organisation-open"
    place.go("/o/eeast/begin")
    yield "begin"
    for name in ("cookies", "accessibility"):
        place.go(f"/{name}")
        yield name
    place.go("/nothing")
    yield "not-found"
    place.go("/o/eeast/abcdef/3")
    yield "report-ended"
    place.go("/c/abcdef")
    yield "case-ended"


# --- a report --------------------------------------------------------------------------------


def begins(place: Place) -> str:
    """Begins a report; the address of its pages, without the number."""
    place.go("/o/eeast/begin")
    place.press()
    return place.path.rpartition("/")[0]


def report(place: Place) -> Iterator[str]:
    """The seven steps, refused once each where that can be, and what comes after."""
    pages = begins(place)
    yield "report-about"
    place.tick("concerns", "bullying")
    place.tick("in_danger")
    place.type("immediate_danger", "x" * 5_000)
    place.press()
    yield "report-about-fault"
    place.type("immediate_danger", "")
    place.press()
    yield "report-where"
    place.tick("channel", "whatsapp-group")
    place.press()
    yield "report-story"
    place.press()
    yield "report-story-fault"
    place.type("story", _hard(place, STORY))
    place.type("when", "Most weeks since the spring")
    place.press()
    yield "report-people"
    place.type("who_knows", "About thirty people")
    place.press()
    yield "report-wanted"
    place.press()
    yield "report-readers"
    boxes = place.page.locator('[name="excluded"]')
    for number in range(boxes.count()):
        boxes.nth(number).check()
    place.press()
    yield "report-readers-fault"
    for number in range(boxes.count()):
        boxes.nth(number).uncheck()
    place.press()
    yield "report-check"
    place.press()
    yield "words"
    words = place.page.locator("ol.words li").all_inner_texts()
    place.go(f"{pages}/11")
    yield "words-print"
    place.go(f"{pages}/8")
    place.press()
    yield "practise"
    place.press()
    yield "practise-fault"
    for name in ("first", "second"):
        asked = re.search(r"\d+", place.page.locator(f'label[for="{name}"]').inner_text())
        assert asked is not None
        place.type(name, words[int(asked[0]) - 1])
    place.press()
    yield "done"
    place.press('[name="finish"]')
    place.go(f"{pages}/8")
    yield "words-gone"


# --- a case ----------------------------------------------------------------------------------


def opens(place: Place, token: str) -> str:
    """Types the words; the address of the case."""
    place.go("/return")
    place.type("words", token)
    place.press()
    return place.path


def returning(place: Place) -> Iterator[str]:
    """The page of the words, and what it says to wrong ones."""
    place.go("/return")
    yield "return"
    place.press()
    yield "return-fault"
    place.type("words", "one two three")
    place.press()
    yield "return-few"


def conversation(place: Place) -> Iterator[str]:
    """A case in which something was said, and everything that can be done there."""
    service = place.service
    reference, token = service.open_case(content={"story": _hard(place, STORY)})
    says(service, reference, "Thank you for telling us. About how many people know of this?")
    writes(service, token, _hard(place, "Everyone in the chat, so about thirty."))
    if not place.ordinary:
        says(service, reference, "An invented long answer. " * 300)
        writes(service, token, "An invented word that is altered on the way.")
        spoil(service, 5)
    sent = hung(service, service.handler(), "advice.txt", b"Invented.", f"/cases/{reference}")
    says(service, reference, "Are you safe at work at the moment?", "handler-2")
    case = opens(place, token)
    yield "case"
    long = place.page.locator('main a[href*="/message/"]')
    message = long.first.get_attribute("href") if long.count() else None
    place.type("text", "x" * 25_000)
    place.press(SEND)
    yield "case-fault"
    if message:
        place.go(message)
        yield "message"
    place.go(f"{case}/piece/{sent}")
    yield "case-piece"
    for more in ("file", "end", "end/sure", "last", "people", "people/in"):
        place.go(f"{case}/{more}")
        yield f"case-{more.replace('/', '-')}"
    place.press()
    yield "case-people-in-fault"
    place.tick("handler")
    place.press()
    yield "case-person-in"
    place.press()
    yield "case-people-changed"
    place.follow("/out")
    yield "case-person-out"


def files(place: Place) -> Iterator[str]:
    """Files are added, refused, looked at, and sent."""
    case = opens(place, place.service.open_case()[1])
    place.follow("/evidence")
    yield "evidence"
    refused = "no-picture.png" if place.ordinary else f"{ONE_WORD[:200]}.png"
    choose_files(place, {refused: b"MZ" + bytes(99)})
    yield "evidence-fault"
    name = "The-group-chat.png" if place.ordinary else f"{ONE_WORD[:200]}.png"
    choose_files(place, {name: picture("PNG"), "what-was-said.txt": b"Invented."})
    yield "evidence-send"
    place.page.locator("textarea").first.fill("x" * 5_001)
    place.page.locator('[name="leave-out"]').last.check()
    place.press()
    yield "evidence-send-fault"
    place.go(f"{case}/evidence")
    yield "evidence-waiting"
    place.go(f"{case}/evidence/send")
    place.press()
    yield "evidence-sent"


def choose_files(place: Place, chosen: dict[str, bytes]) -> None:
    """Chooses files, and goes on."""
    made = [
        FilePayload(name=name, mimeType="text/plain", buffer=data) for name, data in chosen.items()
    ]
    place.page.locator('[name="files"]').set_input_files(made)
    place.press()


def asked(place: Place) -> Iterator[str]:
    """Requests for consent, answered, and taken back."""
    service = place.service
    reference, token = service.open_case()
    handler, who = service.handler(), str(service.handlers["handler-3"].id)
    content = {
        "handlers": [who], "role": "Investigating manager",
        "purpose": "To look into the group chat and stop it",
        "until": str(date.today() + timedelta(days=60)),
        "text": "May I let this person read your report? They are of another region.",
    }  # fmt: skip
    for _ in range(2):
        body = {"id": str(uuid4()), "content": content}
        assert service.post(f"/cases/{reference}/consents", body, handler).status_code == 201
    case = opens(place, token)
    yield "case-asked"
    place.go(f"{case}/answer/{body['id']}")
    yield "consent"
    place.follow("/no")
    yield "consent-no"
    place.go(f"{case}/answer/{body['id']}/yes")
    yield "consent-yes"
    place.press()
    yield "consent-given"
    place.follow("/stop")
    yield "consent-stop"
    place.go(f"{case}/people")
    yield "people-by-consent"


def late(place: Place) -> Iterator[str]:
    """A promised day has passed."""
    service = place.service
    reference, token = service.open_case()
    before = service.database.config.clock() - 5 * 86_400
    passed = update(Case).where(Case.reference == reference)
    service.database.write(
        lambda db: db.execute(passed.values(acknowledge_by=date.fromtimestamp(before)))
    )
    case = opens(place, token)
    yield "case-late"
    place.go(f"{case}/other")
    yield "late"
    place.press()
    yield "late-fault"
    place.tick("desk")
    place.press()
    yield "late-sure"


def stranger(place: Place) -> Iterator[str]:
    """Somebody whom nothing signed reads the case."""
    reference, token = place.service.open_case()
    slip_in(place.service, reference, "handler-3")
    case = opens(place, token)
    yield "case-stranger"
    place.type("text", "An invented word.")
    place.press(SEND)
    yield "case-stranger-asked"
    place.go(f"{case}/people")
    yield "people-stranger"


def closing(place: Place) -> Iterator[str]:
    """The end: a closed case with a hold, its question, the withdrawal."""
    service = place.service
    reference, token = service.open_case()
    closed = {"status": "closed", "outcome": "action-taken", "feedback_given": True,
              "legal_hold": {"reason": "An invented claim at the tribunal"}}  # fmt: skip
    answer = service.call("PATCH", f"/cases/{reference}", closed, service.handler())
    assert answer.status_code == 200, answer.text
    case = opens(place, token)
    yield "case-closed"
    place.go(f"{case}/last")
    yield "closing"
    place.press()
    yield "closing-fault"
    place.tick("answer")
    place.press()
    yield "case-answered"
    place.go(f"{case}/end/sure")
    place.press()
    yield "withdrawn"


def unsound(place: Place) -> Iterator[str]:
    """A case whose keys were altered."""
    reference, token = place.service.open_case()
    case = opens(place, token)
    spoil_keys(place.service, case_of(place.service, reference).id)
    place.go(case)
    yield "case-stopped"


def everything(place: Place) -> Iterator[str]:
    """All scenes, each by another person, in one window: a new one warms up for a second.

    Of the cookies only that of the language stays.
    """
    for scene in SCENES:
        place.page.context.clear_cookies(name=re.compile("(?!__Host-w-language)"))
        yield from scene(place)


def pages(service: Service) -> set[str]:
    """The routes of all pages that a scene has to show."""
    rules = {one.rule for one in service.app.url_map.iter_rules() if one.endpoint[:4] == "web."}
    return rules - set(NO_PAGE)


SCENES: tuple[Scene, ...] = (
    front, report, returning, conversation, files, asked, late, stranger, closing, unsound,
)  # fmt: skip
