"""Classification: national elements and the organisation's own categories, side by side.

Sealed as a note; the newest counts. The tally moves in the same transaction, so that figures
need no readable case.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from api.models.base import Work
from api.models.case import Case
from api.models.note import Note
from api.models.organisation import Organisation
from api.rules import categories, messages, notes, tally
from api.rules.messages import SEALS, Opener
from api.rules.notes import CLASSIFICATION
from api.rules.unlocking import check_desk_reader, lock
from shared.errors import Invalid, NotAllowed, NotFound
from shared.schemas.base import load
from shared.schemas.notes import ClassificationContent
from shared.sealing.keyring import Keyring

EXCLUSIVE = ("region", "channel", "professional_group", "outcome")
"""What a case has one of; elements and categories it may have several of."""


def current(db: Work, case: Case, me: UUID, keyring: Keyring | None) -> dict[str, Any]:
    """The newest classification, opened if the session may; `current` is None before any."""
    stored = newest(db, case.id)
    if stored is None:
        return {"current": None}
    organisation = db.get_one(Organisation, case.organisation_id)
    opener = messages.opener(db, organisation, case, me, keyring)
    return {"current": notes.show(stored, opener)}


def newest(db: Work, case_id: UUID) -> Note | None:
    """The row of the newest classification."""
    found = select(Note).where(Note.case_id == case_id, Note.kind == CLASSIFICATION)
    return db.scalar(found.order_by(Note.number.desc()).limit(1))


def put(
    db: Work, case: Case, me: UUID, keyring: Keyring | None, body: Mapping[str, Any]
) -> tuple[dict[str, Any], bool]:
    """Stores a classification and moves the tally; as `notes.post`.

    A client that seals sends how the tally moves; the service does it by itself for others.
    Raises `Invalid` for codes that the named versions don't have, and where the newest
    classification can't be opened to count from.
    """
    organisation = db.get_one(Organisation, case.organisation_id)
    lock(db, case, me)
    check_desk_reader(db, case, me)
    before = newest(db, case.id)
    if "sealed" in body:
        moves: list[dict[str, Any]] = list(body.get("tally", ()))
        _check_moves(db, organisation, moves)
    elif keyring is None:
        raise NotAllowed(SEALS)
    else:
        check(db, organisation, body["content"])
        opener = messages.opener(db, organisation, case, me, keyring)
        moves = list(_moves(_opened(before, opener), body["content"]))
    if db.get(Note, (case.id, body["id"])) is None:
        if before is None:
            moves += first_count(case)
        tally.of_case(db, case, moves)
    return notes.post(db, case, me, keyring, body, CLASSIFICATION, "classified")


def first_count(case: Case) -> list[dict[str, Any]]:
    """What is counted of a case once, when it is first classified."""
    counted = (("case", "classified"), ("confidentiality", case.confidentiality))
    return [{"field": field, "from_": None, "to": value} for field, value in counted]


def _opened(before: Note | None, opener: Opener) -> Mapping[str, Any]:
    if before is None:
        return {}
    shown = notes.show(before, opener)
    if "content" not in shown:
        raise Invalid(
            "The classification so far can't be opened, so the counts can't be moved. Ask a "
            "colleague who can open it.",
            errors={"content": ["The newest classification can't be opened."]},
        )
    # Else nobody could classify or close the case any more.
    return content_of(shown["content"]) or {}


def content_of(opened: Mapping[str, Any]) -> dict[str, Any] | None:
    """The codes of a classification that was opened; None where a client sealed something else."""
    found = {name: one for name, one in opened.items() if name not in ("type", "attachments")}
    try:
        return dict(load(ClassificationContent(), found))
    except Invalid:
        return None


def _moves(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name, field in (("elements", "element"), ("categories", "category")):
        old, new = set(before.get(name, ())), set(after[name])
        yield from ({"field": field, "from_": one, "to": None} for one in sorted(old - new))
        yield from ({"field": field, "from_": None, "to": one} for one in sorted(new - old))
    for name in EXCLUSIVE:
        yield {"field": name, "from_": before.get(name), "to": after[name]}


def _check_moves(db: Work, organisation: Organisation, moves: Iterable[Mapping[str, Any]]) -> None:
    """Returns if every code is of some version's, and the case counts once for each of them.

    Nothing else may come into the counts.
    """
    national = [categories.national(one) for one in categories.national_versions()]
    local = categories.every_set(db, organisation)
    known = {
        "element": [one for version in national for one in version["elements"]],
        "outcome": [one for version in national for one in version["outcomes"]],
        "category": [one for version in local for one in version["categories"]],
        "region": [one for version in local for one in version["regions"]],
        "channel": organisation.directory["channels"],
        "professional_group": organisation.directory["professional_groups"],
    }
    codes = {field: {one["code"] for one in found} | {None} for field, found in known.items()}
    faults, seen = dict[str, list[str]](), set[tuple[str, ...]]()
    for at, one in enumerate(moves):
        field, sides = one["field"], [(one["field"], side, one[side]) for side in ("from_", "to")]
        places = {(field,)} if field in EXCLUSIVE else {each for each in sides if each[2]}
        if not codes[field].issuperset((one["from_"], one["to"])):
            faults[str(at)] = ["Use codes of the lists."]
        elif places & seen:
            faults[str(at)] = ["A case counts once: this one moved already."]
        seen |= places
    if faults:
        raise Invalid(errors={"tally": faults})


def check(db: Work, organisation: Organisation, content: Mapping[str, Any]) -> None:
    """Returns if every code is of the versions that are named. Raises `Invalid`."""
    errors: dict[str, object] = {}
    choose = ["Choose from the list."]
    try:
        national = categories.national(content["national"])
    except NotFound:
        raise Invalid(errors={"content": {"national": ["There is no such version."]}}) from None
    local: Mapping[str, Any] = {name: [] for name in categories.LISTS}
    if content["local"] != 0:
        try:
            local = categories.category_set(db, organisation, content["local"])
        except NotFound:
            raise Invalid(errors={"content": {"local": ["There is no such version."]}}) from None
    groups = organisation.directory["professional_groups"]
    channels = organisation.directory["channels"]
    for name, known, given in (
        ("elements", national["elements"], content["elements"]),
        ("categories", local["categories"], content["categories"]),
        ("region", local["regions"], [content["region"]]),
        ("channel", channels, [content["channel"]]),
        ("professional_group", groups, [content["professional_group"]]),
        ("outcome", national["outcomes"], [content["outcome"]]),
    ):
        codes = {one["code"] for one in known} | {None}
        if not codes.issuperset(given):
            errors[name] = choose
    if errors:
        raise Invalid(errors={"content": errors})


def in_words(
    db: Work, organisation: Organisation, opened: Mapping[str, Any]
) -> dict[str, list[str]] | None:
    """A classification's codes as names, each of the version that it was made with.

    What that version does not have is shown by its code; a group not known is left out. None
    where a client sealed something else, which can't be read.
    """
    content = content_of(opened)
    if content is None:
        return None
    try:
        national: Mapping[str, Any] = categories.national(content["national"])
    except NotFound:
        national = {"elements": [], "outcomes": []}
    try:
        local: Mapping[str, Any] = categories.category_set(db, organisation, content["local"])
    except NotFound:
        local = {name: [] for name in categories.LISTS}
    groups = organisation.directory["professional_groups"]
    return {
        name: [names.get(one, one) for one in given if one and one != "not-known"]
        for name, known, given in (
            ("elements", national["elements"], content["elements"]),
            ("categories", local["categories"], content["categories"]),
            ("region", local["regions"], [content["region"]]),
            ("channel", organisation.directory["channels"], [content["channel"]]),
            ("professional_group", groups, [content["professional_group"]]),
            ("outcome", national["outcomes"], [content["outcome"]]),
        )
        for names in [{one["code"]: one["name"] for one in known}]
    }


def with_outcome(
    db: Work, case: Case, me: UUID, keyring: Keyring | None, note_id: UUID, outcome: str
) -> None:
    """Classifies a case that closes with this outcome; the rest stays as it was.

    Raises as `put` does.
    """
    if keyring is None:
        raise NotAllowed("This session seals by itself: send the outcome as a classification.")
    organisation = db.get_one(Organisation, case.organisation_id)
    opener = messages.opener(db, organisation, case, me, keyring)
    content = dict(_opened(newest(db, case.id), opener)) or {
        "national": categories.national()["version"],
        "local": categories.current_categories(db, organisation)["version"],
    }
    if content.get("outcome") == outcome:
        return
    checked = load(ClassificationContent(), content | {"outcome": outcome})
    try:
        put(db, case, me, keyring, {"id": note_id, "content": checked})
    except Invalid as error:
        raise Invalid(error.detail, errors={"outcome": ["Choose from the list."]}) from None


def classified(db: Work, case_id: UUID) -> bool:
    """Whether the case was classified, and so is in the tally."""
    return newest(db, case_id) is not None
