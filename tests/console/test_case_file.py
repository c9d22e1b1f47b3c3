"""The page that takes a case out of Wren: both kinds, what it warns of, and the file itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from api.rules import receipt_keys
from tests.api.exporting import attach, files, manifest, say
from tests.api.handling import acts, change, let_in
from tests.console.cases import page
from tests.console.hands import FoundForm, Hands, look
from tests.evidence import samples
from tests.service import OUTSIDERS, Service

Make = Callable[..., Hands]


def told(service: Service) -> tuple[str, str]:
    """A case with one file that may be shown, and one that may not."""
    reference, token = service.open_case()
    bearer = service.reporter(token)
    shown = attach(service, bearer, samples.picture("PNG"))
    hidden = attach(service, bearer, samples.picture("PNG"))
    say(service, bearer, {"attachment": shown, "sharing": "investigation"}, {"attachment": hidden})
    return reference, token


def fetch(one: Hands, path: str, form: FoundForm, **fields: str) -> TestResponse:
    """What a browser saves when this form is sent."""
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": "null"}
    answer = one.http.post(path, data=form.fields | fields, headers=headers)
    assert answer.status_code == 200
    assert answer.content_type == "application/zip", look(answer.text)[1]
    return answer


def test_it_works(service: Service, hands: Make) -> None:
    reference, token = told(service)
    one, path = hands(), page(reference, "file")
    shown = one.get(path)
    assert (shown.status, "Case file" in shown.words) == (200, True)
    for text in ("can't be called back", "The reporter is told that it was made",
                 "The reporter marked 1 file.", "nothing was copied"):  # fmt: skip
        assert text in shown.words
    full = next(each for each in shown.forms if each.fields.get("kind") == "full")
    answer = fetch(one, path, full)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{reference}.zip"'
    assert manifest(files(answer.data))["kind"] == "full"
    assert "handler-1: the whole case" in one.get(path).words
    [told_of] = service.get("/case", service.reporter(token)).get_json()["exports"]
    assert (told_of["kind"], told_of["display_name"]) == ("full", "handler-1")
    assert "made a case file: the whole case" in one.get(page(reference, "history")).words


def test_for_sharing(service: Service, hands: Make) -> None:
    reference, _ = told(service)
    one, path = hands(), page(reference, "file")
    form = one.get(path).form("summary")
    answer = fetch(one, path, form, summary="An invented summary.\r\nIts second line.")
    found = files(answer.data)
    assert manifest(found)["kind"] == "sharing"
    assert "An invented summary.\nIts second line." in found["case.txt"].decode()
    assert [name for name in found if "/" in name] == ["evidence/01.png"]
    assert acts(service, reference)[-1] == ("case_exported", {"kind": "sharing"})


def test_a_summary_that_is_missing_is_asked_for(service: Service, hands: Make) -> None:
    reference, _ = service.open_case()
    one, path = hands(), page(reference, "file")
    shown = one.send(path, one.get(path).form("summary"), summary="  ")
    assert shown.status == 422
    assert "What it is about, in your words: Say in your words what it is about." in shown.words
    assert "The reporter has marked no file." in shown.words
    long = one.send(path, shown.form("summary"), summary="x" * 20_001)
    assert (long.status, long.form("summary").fields["summary"]) == (422, "x" * 20_001)
    assert acts(service, reference) == []


def test_notes_and_originals_by_their_boxes(service: Service, hands: Make) -> None:
    reference, _ = told(service)
    one, path = hands(), page(reference, "file")
    form = next(each for each in one.get(path).forms if each.fields.get("kind") == "full")
    found = files(fetch(one, path, form, originals="y", notes="y").data)
    assert len([name for name in found if name.startswith("originals/")]) == 2


@pytest.mark.parametrize("kind", ["", "odd", "full "])
def test_another_kind_makes_nothing(service: Service, hands: Make, kind: str) -> None:
    reference, _ = service.open_case()
    one, path = hands(), page(reference, "file")
    shown = one.send(path, one.get(path).form("summary"), kind=kind, summary="x")
    assert shown.status == 200
    assert acts(service, reference) == []


def test_without_the_forms_token_nothing_is_made(service: Service, hands: Make) -> None:
    reference, _ = service.open_case()
    one, path = hands(), page(reference, "file")
    form = one.get(path).form("summary")
    shown = one.send(path, form, csrf_token="x", summary="Still here")
    assert shown.form("summary").fields["summary"] == "Still here"
    assert one.send(path, form, site="cross-site", summary="x").status == 403
    assert acts(service, reference) == []


def test_who_may(service: Service, hands: Make) -> None:
    reference, token = service.open_case()
    path = page(reference, "file")
    for name in OUTSIDERS:
        assert hands(name).get(path).status == 404
    let_in(service, reference, token, "handler-3")
    third = hands("handler-3")
    assert third.get(path).status == 403
    assert "Case file" not in third.get(page(reference)).words
    assert "Case file" in hands().get(page(reference)).words
    assert acts(service, reference)[-1][0] != "case_exported"


def test_a_withdrawn_case_is_not_shared(service: Service, hands: Make) -> None:
    reference, token = service.open_case()
    change(service, reference, legal_hold={"reason": "An invented claim"})
    service.call("DELETE", "/case", bearer=service.reporter(token))
    shown = hands().get(page(reference, "file"))
    assert "can’t be shared any more" in shown.words
    assert not any("summary" in each.fields for each in shown.forms)


# --- the receipt key that waits ---------------------------------------------------------------


def test_a_receipt_key_is_signed_for(service: Service, hands: Make) -> None:
    named = service.database.write(
        lambda db: receipt_keys.shown(receipt_keys.make_next(db, "eeast"))
    )
    one, path = hands(), "/console/people/eeast/receipt-key"
    assert "A new receipt key" in one.get("/console/people/eeast").words
    shown = one.get(path)
    assert named in shown.words
    refused = one.send(path, shown.form("fingerprint"))
    assert (refused.status, "Compare it first" in refused.words) == (422, True)
    done = one.send(path, shown.form("fingerprint"), follow=True, compared="y")
    assert "The roster was signed." in done.words
    assert "A new receipt key" not in done.words
    assert one.get(path).status == 404
    assert hands("handler-5").get(path).status == 404


def test_a_receipt_key_that_changed_meanwhile_is_not_signed(service: Service, hands: Make) -> None:
    def make() -> None:
        service.database.write(lambda db: receipt_keys.make_next(db, "eeast"))

    make()
    one, path = hands(), "/console/people/eeast/receipt-key"
    form = one.get(path).form("fingerprint")
    make()
    assert one.send(path, form, compared="y").status == 409


# --- in a browser -----------------------------------------------------------------------------
