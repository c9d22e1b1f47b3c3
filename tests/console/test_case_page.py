"""The case's page: the report under its labels, the thread by days, and what stands beside it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select, update

from api.console import thread as shown_thread
from api.models.audit import AuditEntry
from api.models.case import Case
from api.models.message import Message
from tests.console.cases import page, reply, say, thread
from tests.console.hands import Hands
from tests.service import Service

Make = Callable[..., Hands]


def opened(service: Service) -> int:
    """How often it stands in the audit that somebody opened a case."""
    with service.database.read() as db:
        found = db.scalars(select(AuditEntry).where(AuditEntry.act == "case_opened"))
        return len(list(found))


def test_it_works(service: Service, hands: Make) -> None:
    reference, token = service.open_case(content={
        "story": "An invented story\nin two lines.", "concerns": ["bullying", "social-media"],
        "channel": "whatsapp-group", "when": "Since spring", "who_knows": "Thirty people",
        "professional_group": "ambulance",
    })  # fmt: skip
    say(service, token, "One more thing.")
    shown = hands().get(page(reference))
    assert shown.status == 200
    for words in ("Bullying", "Misuse of social media", "A private WhatsApp group",
                  "Ambulance (operational)", "When Since spring", "Who else knows Thirty people",
                  "Acknowledge by", "Feedback by", "handler-1 (you)", "handler-2",
                  "One more thing.", "Freedom to Speak Up guardian"):  # fmt: skip
        assert words in shown.words, words
    assert "An invented story\nin two lines." in shown.answer.text
    assert f"<title>{reference} – Wren</title>" in shown.answer.text


def test_danger_stands_first(service: Service, hands: Make) -> None:
    danger = "An invented danger on an invented road."
    reference, _ = service.open_case(
        content={"story": "An invented story.", "immediate_danger": danger, "when": "Now"}
    )
    for more in ("", "print"):
        shown = hands().get(page(reference, more))
        assert shown.words.count(danger) == 1
        assert f"In danger now {danger} An invented story." in shown.words, more
        assert "in-danger" in shown.answer.text
    reference, _ = service.open_case()
    assert "in-danger" not in hands().get(page(reference)).answer.text


def test_opening_it_is_noted_once_a_day(service: Service, hands: Make) -> None:
    reference, _ = service.open_case()
    one = hands()
    for more in ("", "print", "notes", ""):
        one.get(page(reference, more))
    assert opened(service) == 1
    hands("handler-2").get(page(reference, "classification"))
    assert opened(service) == 2
    hands("handler-3").get(page(reference))
    assert opened(service) == 2


def test_what_does_not_check_is_marked(service: Service, hands: Make) -> None:
    reference, token = service.open_case()
    for words in ("First.", "Second.", "Third."):
        say(service, token, words)

    def damage(db: Any) -> None:
        rows = db.scalars(select(Message).order_by(Message.number)).all()
        rows[1].envelope = rows[1].envelope[:-1] + bytes([rows[1].envelope[-1] ^ 1])
        db.delete(rows[2])

    service.database.write(damage)
    shown = hands().get(page(reference))
    assert shown.words.count("This did not check: don't rely on it.") == 2
    assert "First." not in shown.words
    assert "Third." in shown.words


def test_a_damaged_report_is_marked_too(service: Service, hands: Make) -> None:
    reference, _ = service.open_case()
    service.database.write(lambda db: db.execute(update(Message).values(envelope=b"x" * 4154)))
    for more in ("", "print", "readers", "history"):
        shown = hands().get(page(reference, more))
        assert shown.status == 200, more
    assert "don't rely on it" in hands().get(page(reference)).words


def test_what_a_hostile_client_sealed_breaks_no_page() -> None:
    me = uuid4()
    odd: list[Any] = [None, 7, True, [], {}, [[1]], {"a": 1}, "\ud83d"]
    for value in odd:
        content = dict.fromkeys(
            ("type", "text", "names", "request", "until", "role", "granted", "story", "concerns",
             "channel", "handlers", "comment", "answer", "event", "when"), value
        )  # fmt: skip
        for kind in ("text", "consent", "consent-request", "feedback", "status", "report", value):
            item = {"id": uuid4(), "number": 1, "author": "reporter", "day": None,
                    "content": content | {"type": kind}}  # fmt: skip
            ((_, (entry,)),) = shown_thread.days([item], me, {}, {})
            assert isinstance(entry["text"], str)
            directory = {"concerns": [], "channels": [], "professional_groups": []}
            assert isinstance(shown_thread.report(item, directory)["story"], str)


def test_a_long_thread_comes_in_stretches(service: Service, hands: Make) -> None:
    reference, _ = service.open_case()
    bearer = service.handler()
    for number in range(shown_thread.SHOWN + 3):
        body = {"id": str(uuid4()), "content": {"text": f"Message-{number}-end"}}
        assert service.post(f"/cases/{reference}/messages", body, bearer).status_code == 201
    one = hands()
    newest = one.get(page(reference))
    assert "Message-102-end" in newest.words
    assert "Message-2-end" not in newest.words
    link = f"{page(reference)}?until=5"
    assert link in newest.answer.text
    earlier = one.get(link)
    assert "Message-2-end" in earlier.words
    assert "Message-3-end" not in earlier.words
    assert "To the newest messages" in earlier.words
    assert "Earlier messages" not in earlier.words
    for odd in ("x", "-1", "0", "9" * 5000):
        assert one.get(f"{page(reference)}?until={odd}").status == 200
    assert "Message-2-end" in one.get(page(reference, "print")).words


def test_a_print_is_nobodys_own(service: Service, hands: Make) -> None:
    reference, _ = service.open_case()
    one = hands()
    reply(one, reference, "Thank you for this.")
    assert "handler-1 (you) Thank you for this." in one.get(page(reference)).words
    assert "handler-1 Thank you for this." in one.get(page(reference, "print")).words


def test_late_is_said_in_words(service: Service, hands: Make) -> None:
    reference, _ = service.open_case()

    def late(db: Any) -> None:
        case = db.scalar(select(Case))
        case.acknowledge_by -= timedelta(days=30)

    service.database.write(late)
    shown = hands().get(page(reference))
    assert "acknowledgement overdue" in shown.words
    assert "overdue Acknowledge by" in shown.words


def test_the_closing_question_and_broken_confidence(service: Service, hands: Make) -> None:
    reference, token = service.open_case()
    service.call("PATCH", f"/cases/{reference}", {"status": "closed"}, service.handler())
    body = {"id": str(uuid4()), "answer": "dont_know", "content": {"comment": "It took long."}}
    assert service.post("/case/feedback", body, service.reporter(token)).status_code == 201
    shown = hands().get(page(reference))
    assert "reporter answers the closing question" in shown.words
    assert "would you speak up again? don't know It took long." in shown.words
    assert thread(service, token)[-1]["type"] == "feedback"
