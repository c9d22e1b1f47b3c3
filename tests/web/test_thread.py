"""The conversation: whose words, in what state, and never more than was signed."""

from __future__ import annotations

import html
import re
from uuid import uuid4

import pytest
from sqlalchemy import delete

from api.models.message import Message
from tests.api.handling import answering, ask, at, by_hours, change, let_in, until
from tests.web.cases import (
    DAY,
    STORY,
    case_of,
    comes_back,
    says,
    spoil,
    spoil_keys,
    unread,
    writes,
)
from tests.web.hands import Hands


def test_it_works(hands: Hands) -> None:
    service = hands.service
    reference, words = service.open_case()
    says(service, reference, "An invented reply.\n\nIn two paragraphs.")
    writes(service, words, "An invented answer.")
    path = comes_back(hands, words)
    text = hands.text
    at_ = [text.index(one) for one in (STORY, "An invented reply.", "An invented answer.")]
    assert at_ == sorted(at_)
    assert "handler-1" in text
    assert "An invented reply.<br><br>In two paragraphs." in hands.page.text
    assert "Received. Nobody has picked it up yet." in text
    assert "The eeast trust" in text
    assert reference in text
    assert "Besides you, handler-1 and handler-2 can read it." in text
    assert hands.link("Who reads this") == f"{path}/people"
    assert "<title>Messages – Wren</title>" in hands.page.text


def test_what_is_new_is_marked_and_then_read(page_hands: Hands) -> None:
    service = page_hands.service
    reference, words = service.open_case()
    path = comes_back(page_hands, words)
    for said in ("The first.", "The second."):
        says(service, reference, said)
    assert unread(service, words) == 2
    page_hands.go(path)
    assert page_hands.text.count("handler-1 · New") == 2
    # Reading begins with the first of them.
    assert page_hands.page.text.index('id="newest"') < page_hands.page.text.index("The first.")
    assert page_hands.page.text.index('id="newest"') > page_hands.page.text.index(STORY)
    assert unread(service, words) == 0
    page_hands.go(path)
    assert "· New" not in page_hands.text


def test_the_report_has_its_answers_under_labels(page_hands: Hands) -> None:
    _, words = page_hands.service.open_case(
        content={
            "story": STORY,
            "concerns": ["bullying", "sexual-harassment"],
            "channel": "whatsapp-group",
            "when": "Most weeks",
            "place": "An invented station",
            "people": "Some of one team",
            "who_knows": "Ten people",
            "wanted": "That it stops",
            "told_before": "Nobody",
            "immediate_danger": "No",
        }
    )
    comes_back(page_hands, words)
    for label, answer in (
        ("When", "Most weeks"), ("Group or place", "An invented station"),
        ("Involved", "Some of one team"), ("Who else knows", "Ten people"),
        ("You would like", "That it stops"), ("Told before", "Nobody"), ("In danger now", "No"),
    ):  # fmt: skip
        assert f"{label} {answer}" in page_hands.text
    assert "WhatsApp" in page_hands.text
    assert "Sexual harassment" in page_hands.text


@pytest.mark.parametrize(
    ("status", "says_"),
    [
        ("acknowledged", "They have seen your report."),
        ("in_progress", "They are working on it."),
        ("awaiting_reporter", "They are waiting for your answer."),
        ("closed", "Closed. You can still read it and write."),
    ],
)
def test_where_it_stands(page_hands: Hands, status: str, says_: str) -> None:
    service = page_hands.service
    reference, words = service.open_case()
    change(service, reference, status=status)
    comes_back(page_hands, words)
    assert says_ in page_hands.text
    assert ("would you speak up again?" in page_hands.text) == (status == "closed")


def test_what_was_promised(page_hands: Hands) -> None:
    service = page_hands.service
    at(service, "2026-01-15 08:15")
    reference, words = service.open_case()
    comes_back(page_hands, words)
    assert "Received on 15 January 2026." in page_hands.text
    assert "They should answer by 19 January 2026." in page_hands.text
    service.clock.now += 7 * DAY
    path = comes_back(page_hands, words)
    assert "They should have answered by 19 January 2026. They have not." in page_hands.text
    assert page_hands.link("What you can do") == f"{path}/other"
    change(service, reference, status="acknowledged")
    page_hands.go(path)
    assert "They should tell you what came of it by 15 April 2026." in page_hands.text
    assert "Seen on 22 January 2026." in page_hands.text


def test_when_a_closed_case_is_deleted(page_hands: Hands) -> None:
    service = page_hands.service
    at(service, "2026-01-15 08:15")
    reference, words = service.open_case()
    goes = "Unless something changes, it will be deleted on 15 January 2028."
    hold = {"legal_hold": {"reason": "Invented."}}
    for changed, told in (({"status": "acknowledged"}, False), ({"status": "closed"}, True),
                          (hold, False)):  # fmt: skip
        change(service, reference, **changed)
        comes_back(page_hands, words)
        assert (goes in page_hands.text) == told


def test_a_legal_hold_tells_its_reason(page_hands: Hands) -> None:
    service = page_hands.service
    reference, words = service.open_case()
    change(service, reference, legal_hold={"reason": "An invented claim."})
    comes_back(page_hands, words)
    assert "Your report is being kept" in page_hands.text
    assert "An invented claim." in page_hands.text


def test_confidentiality_that_was_broken(page_hands: Hands) -> None:
    service = page_hands.service
    reference, words = service.open_case()
    content = {"told": "The police, invented", "reason": "Danger, invented"}
    body = {"id": str(uuid4()), "content": content}
    assert service.post(f"/cases/{reference}/disclosures", body, service.handler()).status_code
    comes_back(page_hands, words)
    assert "handler-1 told somebody about your case without asking you" in page_hands.text
    assert "They told The police, invented" in page_hands.text
    assert "Why Danger, invented" in page_hands.text
    assert 'class="box danger"' in page_hands.page.text


def test_a_request_for_consent_and_what_became_of_it(page_hands: Hands) -> None:
    service = page_hands.service
    reference, words = service.open_case()
    asked = ask(service, reference, "handler-3", text="May I? An invented question.")
    path = comes_back(page_hands, words)
    assert "handler-1 asks for your consent" in page_hands.text
    assert "May handler-3 read your case?" in page_hands.text
    assert "As Investigating manager" in page_hands.text
    assert "For To look into an invented group chat" in page_hands.text
    assert "May I? An invented question." in page_hands.text
    assert page_hands.link("Answer") == f"{path}/answer/{asked}"
    bearer = service.reporter(words)
    for granted, said, link in (
        (True, "You allowed this on", "Stop sharing"),
        (False, "You took this back on", ""),
    ):
        body = answering(asked, granted=granted)
        assert service.post("/case/consents", body, bearer).status_code == 201
        page_hands.go(path)
        assert said in page_hands.text
        assert "asks for your consent" in page_hands.text
        if link:
            assert page_hands.link(link) == f"{path}/answer/{asked}"
        else:
            assert f"{path}/answer/" not in page_hands.page.text
    assert "I allow handler-3 to read my case, until" in page_hands.text
    assert "I don’t allow handler-3 to read my case." in page_hands.text


def test_a_request_whose_day_has_passed(page_hands: Hands) -> None:
    service = page_hands.service
    reference, words = service.open_case()
    ask(service, reference, "handler-3", until=until(1))
    service.clock.now += 3 * DAY
    path = comes_back(page_hands, words)
    assert "The last day has passed. There is nothing to answer." in page_hands.text
    assert f"{path}/answer/" not in page_hands.page.text


def test_what_does_not_check_is_nobodys_words(hands: Hands) -> None:
    service = hands.service
    reference, words = service.open_case()
    says(service, reference, "Altered on the way.")
    says(service, reference, "A sound one.")
    spoil(service, 2)
    path = comes_back(hands, words)
    assert "A message that did not check" in hands.text
    assert "Don’t trust it, and don’t act on it." in hands.text
    assert "Altered on the way." not in hands.text
    assert hands.text.count("handler-1 · New") == 1
    assert "A sound one." in hands.text
    hands.press({"text": "One of yours does not check."})
    assert hands.path == path
    assert "One of yours does not check." in hands.text


def test_something_before_it_is_missing(page_hands: Hands) -> None:
    service = page_hands.service
    reference, words = service.open_case()
    says(service, reference, "Taken out.")
    says(service, reference, "After that.")
    gone = delete(Message).where(Message.number == 2)
    service.database.write(lambda db: db.execute(gone))
    comes_back(page_hands, words)
    assert "Something before this message is missing. After that." in page_hands.text


def test_a_case_that_does_not_check_is_not_opened(page_hands: Hands) -> None:
    service = page_hands.service
    reference, words = service.open_case()
    path = comes_back(page_hands, words)
    form = page_hands.filled({"text": "Not to be lost."})
    spoil_keys(service, case_of(service, reference).id)
    page_hands.go(path, 422)
    assert page_hands.heading == "Stop: something is wrong"
    assert STORY not in page_hands.text
    assert page_hands.link("Try again") == path
    page_hands.send(*form, status=422)
    assert page_hands.heading == "Stop: something is wrong"
    assert "Not to be lost." in page_hands.text


def test_when_handlers_see_it(page_hands: Hands) -> None:
    service = page_hands.service
    by_hours(service, "2026-01-15 08:15")
    _, words = service.open_case()
    comes_back(page_hands, words)
    assert "Sent. They can see it from 13:00 today." in page_hands.text
    at(service, "2026-01-15 18:00")
    path = comes_back(page_hands, words)
    page_hands.press({"text": "An invented message."})
    assert "Sent. They can see it from 19:00 today." in page_hands.text
    at(service, "2026-01-15 18:59")
    page_hands.press({"text": "One more."})
    at(service, "2026-01-15 19:30")
    comes_back(page_hands, words)
    page_hands.press({"text": "In the evening."})
    assert "Sent. They can see it from 07:00 on 16 January 2026." in page_hands.text
    assert "13:00" not in page_hands.text
    assert path != page_hands.path


def test_who_reads_by_consent_is_named(page_hands: Hands) -> None:
    service = page_hands.service
    reference, words = service.open_case()
    let_in(service, reference, words, "handler-3")
    comes_back(page_hands, words)
    assert "Besides you, handler-1, handler-2 and handler-3 can read it." in page_hands.text


def test_a_page_in_another_language(page_hands: Hands) -> None:
    service = page_hands.service
    reference, words = service.open_case()
    says(service, reference, "An invented reply.")
    page_hands.language = "pl"
    comes_back(page_hands, words)
    assert '<html lang="pl">' in page_hands.page.text


def test_only_what_people_wrote_is_of_no_known_language(page_hands: Hands) -> None:
    """Wren's own sentences are read out in the page's language."""
    service = page_hands.service
    reference, words = service.open_case(
        content={"story": STORY, "concerns": ["bullying"], "people": "An invented name"}
    )
    ask(service, reference, "handler-3", text="An invented question.", purpose="An invented aim")
    change(service, reference, status="closed")
    path = comes_back(page_hands, words)
    page_hands.go(f"{path}/last")
    page_hands.press({"answer": "no", "comment": "An invented comment."})
    unknown = [
        html.unescape(one)
        for one in re.findall(r'<(?:p|span)[^>]* lang="">([^<]*)', page_hands.page.text)
    ]
    assert {STORY, "An invented name", "An invented question.", "An invented aim"} <= set(unknown)
    assert "An invented comment." in unknown
    assert len(unknown) == 6  # and as whom they would read it
    for ours in ("Bullying", "May handler-3 read your case?", "They could read your report"):
        assert ours in page_hands.text
        assert not any(ours in one for one in unknown)
