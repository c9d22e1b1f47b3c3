"""A report, and the reporter's own case, sealed, checked and opened at the client.

The handlers' side is in `shared.handling`, what both have in common in `shared.thread`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID, uuid4

from shared import consents
from shared.client import Client
from shared.errors import BadKey, Damaged, Invalid
from shared.schemas import base, cases, messages
from shared.sealing import case as sealing
from shared.sealing import stretch
from shared.sealing.encoding import REPORTER, b64
from shared.sealing.envelope import key_id
from shared.sealing.epochs import MESSAGES, Party
from shared.sealing.roster import Pin, Roster
from shared.thread import (
    OpenCase,
    Prepared,
    PreparedEpoch,
    check_receipt,
    epoch_body,
    today,
)


def _salt(directory: Mapping[str, Any]) -> bytes:
    if directory["stretch"]["profile"] != stretch.TOKEN.name:
        raise BadKey("The service asks for another cost of stretching than this client knows.")
    return bytes(directory["stretch"]["salt"])


def prepare_report(
    directory: Mapping[str, Any],
    checked: Roster,
    token: str,
    desk: str,
    excluded: Collection[UUID],
    report: Mapping[str, Any],
    *,
    urgent: bool = False,
) -> Prepared:
    """Stretches the token and seals a report for the desk's handlers less those excluded.

    Raises `Invalid` (fields of the report, by name, under `content`), `BadToken`,
    `TooLong` or `BadKey`.
    """
    case_id, message_id = uuid4(), uuid4()
    base.load(cases.Report(), report)
    cases.check_codes(report, directory)
    left_out = sorted(str(one) for one in excluded)
    new = sealing.open_case(
        case_id,
        message_id,
        stretch.root(token, _salt(directory)),
        sealing.readers_of(checked, desk, set(excluded)),
        {**report, "excluded": left_out},
        today(directory),
    )
    sealed = {
        "verifier": b64(new.verifier),
        "seal_key": b64(new.seal_key),
        "sign_key": b64(new.sign_key),
        "epoch": epoch_body(new.epoch),
        "message": {"id": str(message_id), "envelope": b64(new.envelope)},
    }
    values = {"case_id": case_id, "desk": desk, "excluded": list(excluded), "urgent": urgent}
    body = {**cases.OpenCase().dump(values), "sealed": sealed}
    return Prepared(message_id, body, new.envelope, case_id)


def send_report(client: Client, slug: str, checked: Roster, report: Prepared) -> dict[str, Any]:
    """Sends a prepared report and checks the receipt. Returns `reference` and `receipt`."""
    answer = client.open_case(slug, report.body)
    if report.case_id is None:
        raise Damaged
    check_receipt(answer, checked, report.case_id, report)
    return answer


class ReporterCase(OpenCase):
    """The reporter's own case. Made by `sign_in`."""

    path, me = "/case", REPORTER
    _key: Mapping[str, str]

    @classmethod
    def sign_in(
        cls, client: Client, token: str, directory: Mapping[str, Any], pin: Pin | None = None
    ) -> ReporterCase:
        """Stretches the words and signs in with the access key alone; call `refresh` first.

        Raises `BadToken` before anything is sent, and `UnknownToken`.
        """
        root = stretch.root(token, _salt(directory))
        key = {"access_key": b64(root.access_key)}
        bearer = str(client.start_session(key)["session"])
        made = cls(client, bearer, root.keyring, directory)
        made._key, made._pin = key, pin
        return made

    def read(self, number: int) -> int:
        """Notes what was read; returns how many messages are unread."""
        return self._signed_in(lambda bearer: self.client.read_up_to(number, bearer))

    def news(self) -> dict[str, Any]:
        """How far the thread goes and what was not read: `newest` and `unread`."""
        return self._signed_in(self.client.news)

    def proof(self) -> dict[str, Any]:
        """The proof file."""
        return self._signed_in(self.client.proof)

    def answer_consent(self, request: UUID, granted: bool) -> Prepared:
        """Seals the answer to a handler's request; `granted` false also takes a consent back.

        What was asked is repeated in it, so that the signature covers it. Raises `Invalid`
        if `thread` has returned no such request.
        """
        message = self.message(request)
        found = consents.asked([message]).get(request) if message is not None else None
        if found is None:
            raise Invalid("There is no such request in this case.")
        body = {
            "request": str(request),
            "granted": granted,
            "handlers": [str(one) for one in found.handlers],
            "names": [self.name_of(one) for one in found.handlers],
            "role": found.role,
            "purpose": found.purpose,
            "until": found.until.isoformat(),
        }
        return self._seal("consent", body, "consents")

    def answer_closing(self, answer: str, comment: str = "") -> Prepared:
        """Seals the answer to the closing question. Raises `Invalid`."""
        base.load(messages.Comment(), {"comment": comment})
        if answer not in messages.ANSWERS:
            raise Invalid(errors={"answer": [f"Use one of: {', '.join(messages.ANSWERS)}."]})
        body = {"answer": answer, "comment": comment}
        return self._seal("feedback", body, "feedback", answer=answer)

    @property
    def key_refused(self) -> bool:
        """Whether the newest key was refused at the last `refresh`, and nothing else.

        Then `prepare_epoch` signs a record after it, without the private half before.
        """
        case = getattr(self, "_case", None)
        if case is None:
            return False
        return key_id(case.records[MESSAGES][-1].case_key) in case.faults

    def shut_out(self, handlers: Iterable[UUID]) -> PreparedEpoch:
        """Signs the next record without these handlers: what comes they can't open."""
        return self.prepare_epoch(set(self.handlers()).difference(handlers))

    def let_in(self, handler: UUID) -> PreparedEpoch:
        """Signs the next record with this handler of the roster too, who can read back.

        Raises `ReadersChanged` for somebody who is not in the roster.
        """
        return self.prepare_epoch(self.handlers(), handler)

    def take_to_desk(self, desk: str) -> PreparedEpoch:
        """Signs the next record for another desk's handlers, less whom the report shut out.

        Call `thread` before: the report says who that is.
        """
        found = sealing.readers_of(self._case.roster, desk, self._excluded)
        return self.prepare_epoch([one.id for one in found], desk=desk)

    def withdraw(self) -> dict[str, Any]:
        """Withdraws the case: `deleted`, `held`, `backups_until`, `exports`.

        After it the words open nothing any more.
        """
        return self._signed_in(self.client.withdraw)

    def _fetch(self, bearer: str) -> dict[str, Any]:
        return self.client.case(bearer)

    def _reporter(self, _found: Mapping[str, Any]) -> Party:
        return sealing.reporter_party(self._keyring.seal_key, self._keyring.sign_key)

    def _sign_in_again(self) -> str:
        return str(self.client.start_session(self._key)["session"])
