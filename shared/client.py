"""The calls of the API, one method an endpoint, over a line that may break at any point.

What is sealed, and what was opened and checked, is in `shared.conversation`.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from marshmallow import Schema

from shared.errors import (
    BY_CODE,
    BadAddress,
    Damaged,
    Faulty,
    LineError,
    NotWren,
    WrenError,
)
from shared.halves import halved
from shared.line import ANSWER, CONNECT, LARGE, USUAL, Answer, Line, Room
from shared.schemas import (
    accounts,
    administration,
    attachments,
    audit,
    base,
    cases,
    figures,
    integrations,
    messages,
    notes,
    organisations,
    readers,
    returns,
    roster,
    service,
    sessions,
)
from shared.sealing.encoding import unb64
from shared.sealing.roster import Pin, Roster, SignedRecord, check
from shared.work import Challenge, read_challenge

OCTETS = "application/octet-stream"
TABLES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""The media types of a return as a file."""

LONGEST_DETAIL = 1_000
"""Characters of a refusal's sentence that are shown."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where an organisation is found; `fingerprint` (16 bytes) only from a QR code."""

    base: str
    slug: str | None
    fingerprint: bytes | None


def parse_address(text: str) -> Address:
    """The address in a poster's text, `https://<host>/o/<slug>#<fingerprint>`.

    Plain http is taken for this machine only, and for an onion service, which the way there
    encrypts and proves. Raises `BadAddress`.
    """
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname or "", parts.port
        pinned = unb64(parts.fragment) if parts.fragment else None
    except (ValueError, Damaged):
        raise BadAddress from None
    path = [one for one in parts.path.split("/") if one]
    inside = host.endswith(".onion") or _is_this_machine(host)
    safe = parts.scheme == "https" or (parts.scheme == "http" and inside)
    in_shape = path == [] or (len(path) == 2 and path[0] == "o")
    if not host or not safe or not in_shape or parts.username or parts.query:
        raise BadAddress
    if pinned is not None and len(pinned) != 16:
        raise BadAddress
    name = f"[{host}]" if ":" in host else host
    root = f"{parts.scheme}://{name}" + (f":{port}" if port else "")
    return Address(root, path[1] if path else None, pinned)


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Client:
    """One method an endpoint; answers are checked by the shared schemas.

    Every method raises the refusal that the service answered with (`shared.errors`), or
    one of the line (`LineError`), after which a call may be sent again. `proxy` is as
    `shared.line.parse_proxy` takes it: then everything goes through it, and nothing else.
    """

    def __init__(
        self,
        address: str,
        *,
        connect: float = CONNECT,
        answer: float = ANSWER,
        proxy: str = "",
        room: Room = USUAL,
    ) -> None:
        self.address = parse_address(address)
        self._line = Line(connect, answer, proxy, room)

    def close(self) -> None:
        """Drops the connections."""
        self._line.close()

    def health(self) -> dict[str, Any]:
        """`status` and `version`."""
        return self._call("GET", "/health", service.Health())

    def new_token(self) -> str:
        """Eight words made by the service. A client that seals makes its own."""
        return str(self._call("POST", "/tokens", sessions.Token())["token"])

    def organisations(self) -> list[dict[str, Any]]:
        """All organisations: `slug` and `name`."""
        found = self._call("GET", "/organisations", organisations.OrganisationList())
        return list(found["items"])

    def organisation(self, slug: str) -> dict[str, Any]:
        """The directory of one organisation."""
        return self._call("GET", f"/organisations/{slug}", organisations.Organisation(), tag=True)

    def roster(self, slug: str, pin: Pin | None = None) -> Roster:
        """The checked roster. Raises `BrokenChain` if it does not fit what was pinned."""
        found = self._call(
            "GET", f"/organisations/{slug}/roster", roster.Roster(), tag=True, room=LARGE
        )
        return check([SignedRecord(**one) for one in found["records"]], slug, pin)

    def post_roster(self, slug: str, body: Mapping[str, Any], bearer: str) -> None:
        """Approves or retires a handler, or adds a signed record (`record`, `signature`)."""
        self._call("POST", f"/organisations/{slug}/roster", roster.Roster(), body, bearer)

    def newcomers(self, slug: str, bearer: str) -> dict[str, Any]:
        """Whom the roster has to be signed for: `own_fingerprint` and `items`."""
        path = f"/organisations/{slug}/newcomers"
        return self._call("GET", path, roster.Newcomers(), bearer=bearer)

    def settings(self, slug: str, bearer: str) -> dict[str, Any]:
        """All that is set for an organisation, for its people."""
        path = f"/organisations/{slug}/settings"
        return self._call("GET", path, organisations.OrganisationSettings(), bearer=bearer)

    def change_organisation(
        self, slug: str, change: Mapping[str, Any], bearer: str
    ) -> dict[str, Any]:
        """An administrator sets what is given; returns what `settings` does."""
        schema = organisations.OrganisationSettings()
        return self._call("PATCH", f"/organisations/{slug}", schema, change, bearer)

    def invite(self, body: Mapping[str, Any], bearer: str) -> dict[str, Any]:
        """Invites somebody; `code` in the answer is told once."""
        return self._call("POST", "/invitations", administration.Invited(), body, bearer)

    def invitations(self, slug: str, bearer: str) -> list[dict[str, Any]]:
        """The invitations that were not used yet."""
        return self._list("/invitations", administration.Invitations(), slug, bearer)

    def withdraw_invitation(self, invitation: str, bearer: str) -> None:
        """Takes an invitation back, by its id."""
        self._call("DELETE", f"/invitations/{invitation}", None, bearer=bearer)

    def people(self, slug: str, bearer: str) -> list[dict[str, Any]]:
        """The people of an organisation."""
        return self._list("/accounts", administration.People(), slug, bearer)

    def change_person(
        self, account: str, change: Mapping[str, Any], bearer: str
    ) -> dict[str, Any]:
        """Changes role, desks or name in one organisation; returns the person."""
        schema = administration.Person()
        return self._call("PATCH", f"/accounts/{account}", schema, change, bearer)

    def remove_person(self, account: str, slug: str, bearer: str) -> bool:
        """Takes somebody out of an organisation; true if a handler has to sign for it now."""
        schema, query = administration.Removed(), {"organisation": slug}
        path = f"/accounts/{account}"
        return bool(self._call("DELETE", path, schema, bearer=bearer, query=query)["to_sign"])

    def audit(self, slug: str, bearer: str, **query: str) -> dict[str, Any]:
        """A page of what was done, newest first: `items` and `next`."""
        query |= {"organisation": slug}
        return self._call("GET", "/audit", audit.AuditPage(), bearer=bearer, query=query)

    def statistics(
        self, slug: str, bearer: str, first: str | None = None, last: str | None = None
    ) -> dict[str, Any]:
        """Published counts by quarter, small ones hidden: `quarters`, `sums` and `next`.

        `first` and `last` are quarters (`2026-Q1`: April to June); left out, the newest twelve.
        """
        given = {"organisation": slug, "from": first, "to": last}
        query = {name: one for name, one in given.items() if one is not None}
        return self._call("GET", "/statistics", figures.Statistics(), bearer=bearer, query=query)

    def returns(self, slug: str, bearer: str) -> list[dict[str, Any]]:
        """The quarters, newest first, each with the returns of it that were `submitted`."""
        return self._list("/returns", returns.Returns(), slug, bearer)

    def quarterly_return(
        self, slug: str, year: int, quarter: int, bearer: str, number: int | None = None
    ) -> dict[str, Any]:
        """A return with its `rows`; `number` 0 is what it would be now.

        Without a number it is the newest that was submitted, and if none was the preview.
        """
        query = _of_return(slug, number)
        path, schema = f"/returns/{year}/{quarter}", returns.QuarterlyReturn()
        return self._call("GET", path, schema, bearer=bearer, query=query)

    def return_file(
        self, slug: str, year: int, quarter: int, kind: str, bearer: str, number: int | None = None
    ) -> bytes:
        """The same as a file: `kind` is `csv` or `xlsx`."""
        url = f"{self.address.base}/api/v1/returns/{year}/{quarter}.{kind}"
        headers = {"Authorization": f"Bearer {bearer}"}
        answer = self._line.ask("GET", url, headers, None, _of_return(slug, number))
        given = answer.headers.get("Content-Type", "").partition(";")[0]
        if answer.status == 200 and given == TABLES[kind]:
            return answer.content
        _read(answer, None)
        raise NotWren

    def submit_return(
        self, year: int, quarter: int, body: Mapping[str, Any], bearer: str
    ) -> dict[str, Any]:
        """Freezes a preview: `organisation`, its `number` and `digest`, `why` for a correction.

        Safe to repeat as it is.
        """
        path = f"/returns/{year}/{quarter}"
        return self._call("POST", path, returns.QuarterlyReturn(), body, bearer)

    def board_report(self, body: Mapping[str, Any], bearer: str) -> bytes:
        """A PDF of published figures, `from` and `to` a quarter, with the texts of `body`."""
        url = f"{self.address.base}/api/v1/board-report"
        headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"}
        answer = self._line.ask("POST", url, headers, json.dumps(body).encode())
        if answer.status == 200 and answer.headers.get("Content-Type", "") == "application/pdf":
            return answer.content
        _read(answer, None)
        raise NotWren

    def _list(self, path: str, schema: Schema, slug: str, bearer: str) -> list[dict[str, Any]]:
        query = {"organisation": slug}
        return list(self._call("GET", path, schema, bearer=bearer, query=query)["items"])

    def challenge(self, slug: str) -> Challenge:
        """What to solve (`shared.work.solve`) to have a place, whatever comes in meanwhile."""
        return read_challenge(self._call("GET", f"/organisations/{slug}/challenge", None))

    def open_case(self, slug: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Opens a case; safe to repeat as it is. Returns `reference` and `receipt`.

        Raises `WorkNeeded` where `work`, a solved challenge, is to be sent with it.
        """
        return self._call("POST", f"/organisations/{slug}/cases", cases.Opened(), body)

    def start_session(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Signs a reporter in by `token` or `access_key`."""
        return self._call("POST", "/sessions", sessions.Session(), body)

    def sign_in(
        self, username: str, password: str, code: str, device: str | None = None
    ) -> dict[str, Any]:
        """Signs a handler in; `keyring` holds the sealed seed, `device` is for the next time."""
        body = {"username": username, "password": password, "code": code}
        body |= {"device": device} if device else {}
        return self._call("POST", "/sign-in", sessions.AccountSession(), body)

    def join(self, invitation: str, **proof: str) -> dict[str, Any]:
        """Uses an invitation up: with `username`; to add an account also `password`, `code`."""
        body = {"invitation": invitation, **proof}
        return self._call("POST", "/join", accounts.Joined(), body)

    def recover(self, username: str, recovery: str) -> dict[str, Any]:
        """New password, TOTP secret and recovery words, by the old words."""
        body = {"username": username, "recovery": recovery}
        return self._call("POST", "/recovery", accounts.Shown(), body)

    def change_password(self, password: str, code: str, bearer: str) -> str:
        """A new password; every other session of the account ends."""
        body = {"password": password, "code": code}
        found = self._call("POST", "/password", accounts.NewPassword(), body, bearer)
        return str(found["password"])

    def account(self, bearer: str) -> dict[str, Any]:
        """Who is signed in, the fingerprint of their keys, and their positions."""
        return self._call("GET", "/account", accounts.OwnAccount(), bearer=bearer)

    def notices(self, bearer: str) -> dict[str, Any]:
        """Where notices go by mail: `address`, `asked` (not confirmed yet), `sent`."""
        return self._call("GET", "/account/notices", accounts.OwnNotices(), bearer=bearer)

    def ask_notices(self, address: str, bearer: str) -> dict[str, Any]:
        """Has a code sent to an address; what `notices` gives."""
        body = {"address": address}
        return self._call("PUT", "/account/notices", accounts.OwnNotices(), body, bearer)

    def confirm_notices(self, code: str, bearer: str) -> dict[str, Any]:
        """Confirms the address by its code; what `notices` gives."""
        body = {"code": code}
        return self._call("POST", "/account/notices", accounts.OwnNotices(), body, bearer)

    def end_notices(self, bearer: str) -> None:
        """Has the address forgotten: no notices any more."""
        self._call("DELETE", "/account/notices", None, bearer=bearer)

    def change_account(self, change: Mapping[str, Any], bearer: str) -> dict[str, Any]:
        """Sets leave and cover in one organisation; returns the account."""
        return self._call("PATCH", "/account", accounts.OwnAccount(), change, bearer)

    def own_sessions(self, bearer: str) -> list[dict[str, Any]]:
        """The account's own sessions: `id`, `began_on`, `this`."""
        found = self._call("GET", "/sessions", accounts.OwnSessions(), bearer=bearer)
        return list(found["items"])

    def end_session(self, session: str, bearer: str) -> None:
        """Ends one of one's own sessions, by its id in the list."""
        self._call("DELETE", f"/sessions/{session}", None, bearer=bearer)

    def sign_out(self, bearer: str) -> None:
        """Ends the session."""
        self._call("DELETE", "/session", None, bearer=bearer)

    def case(self, bearer: str) -> dict[str, Any]:
        """The reporter's case."""
        return self._call("GET", "/case", cases.ReporterCase(), bearer=bearer)

    def messages(self, path: str, bearer: str, after: str | None = None) -> dict[str, Any]:
        """A page of the thread of `/case` or `/cases/<reference>`: `items` and `next`."""
        query = {"limit": "200"} | ({"after": after} if after else {})
        return self._call(
            "GET",
            f"{path}/messages",
            messages.MessagePage(),
            bearer=bearer,
            query=query,
            room=LARGE,
        )

    def post_message(
        self, path: str, body: Mapping[str, Any], bearer: str, call: str = "messages"
    ) -> dict[str, Any]:
        """Stores a message; safe to repeat as it is. Returns `number` and `receipt`.

        `call` is where messages of its type go: `messages`, `consents`, `feedback` or
        `disclosures`.
        """
        return self._call("POST", f"{path}/{call}", messages.Stored(), body, bearer)

    def post_attachment(self, path: str, body: Mapping[str, Any], bearer: str) -> dict[str, Any]:
        """Begins an upload, or finds it again: `id`, `chunks` and `have`."""
        schema = attachments.StoredAttachment()
        return self._call("POST", f"{path}/attachments", schema, body, bearer)

    def put_chunk(self, path: str, attachment: UUID, n: int, data: bytes, bearer: str) -> None:
        """Stores one sealed chunk; safe to repeat. It is durable when this returns."""
        _read(self._octets("PUT", _chunk(path, attachment, n), bearer, data), None)

    def attachment_state(self, path: str, attachment: UUID, bearer: str) -> dict[str, Any]:
        """The `envelope` of an attachment, `chunks`, and which of them it has: `have`."""
        schema, call = attachments.AttachmentState(), f"{path}/attachments/{attachment}/state"
        return self._call("GET", call, schema, bearer=bearer)

    def get_chunk(self, path: str, attachment: UUID, n: int, bearer: str) -> bytes:
        """One sealed chunk, as it was stored."""
        answer = self._octets("GET", _chunk(path, attachment, n), bearer)
        if answer.status == 200 and answer.headers.get("Content-Type") == OCTETS:
            return answer.content
        _read(answer, None)
        raise NotWren

    def post_epoch(self, path: str, body: Mapping[str, Any], bearer: str) -> dict[str, Any]:
        """Changes who reads, by a signed epoch; safe to repeat. Returns `items`, all epochs."""
        return self._call("POST", f"{path}/epochs", readers.EpochList(), body, bearer)

    def withdraw(self, bearer: str) -> dict[str, Any]:
        """Withdraws the reporter's case: `deleted`, `held`, `backups_until`, `exports`."""
        return self._call("DELETE", "/case", cases.Withdrawn(), bearer=bearer)

    def notes(self, reference: str, bearer: str, after: str | None = None) -> dict[str, Any]:
        """A page of a case's notes, for its handlers: `items` and `next`."""
        query = {"limit": "200"} | ({"after": after} if after else {})
        path = f"/cases/{reference}/notes"
        return self._call("GET", path, notes.NotePage(), bearer=bearer, query=query, room=LARGE)

    def post_note(self, reference: str, body: Mapping[str, Any], bearer: str) -> dict[str, Any]:
        """Stores a note; safe to repeat as it is. Returns `number`."""
        return self._call("POST", f"/cases/{reference}/notes", notes.StoredNote(), body, bearer)

    def put_classification(
        self, reference: str, body: Mapping[str, Any], bearer: str
    ) -> dict[str, Any]:
        """The number of the stored classification, of one sealed before."""
        path = f"/cases/{reference}/classification"
        return self._call("PUT", path, notes.StoredNote(), body, bearer)

    def read_up_to(self, number: int, bearer: str) -> int:
        """Notes what the reporter has read; returns how many messages are unread."""
        found = self._call("POST", "/case/read", messages.Unread(), {"number": number}, bearer)
        return int(found["unread"])

    def news(self, bearer: str) -> dict[str, Any]:
        """Whether the reporter's case has something new: `newest` and `unread`."""
        return self._call("GET", "/case/news", messages.News(), bearer=bearer)

    def proof(self, bearer: str) -> dict[str, Any]:
        """The proof file, exactly as the service wrote it."""
        return self._call("GET", "/case/proof", None, bearer=bearer, room=LARGE)

    def cases(self, bearer: str, **query: str) -> dict[str, Any]:
        """A page of the inbox: `items` and `next`."""
        return self._call("GET", "/cases", cases.InboxPage(), bearer=bearer, query=query)

    def handler_case(self, reference: str, bearer: str) -> dict[str, Any]:
        """A case as its handlers see it."""
        return self._call("GET", f"/cases/{reference}", cases.HandlerCase(), bearer=bearer)

    def change_case(
        self, reference: str, change: Mapping[str, Any], bearer: str
    ) -> dict[str, Any]:
        """Changes the status, the assignment, the hold and so on; returns the case."""
        return self._call("PATCH", f"/cases/{reference}", cases.HandlerCase(), change, bearer)

    def case_status(self, reference: str, bearer: str) -> dict[str, Any]:
        """A case's status and days, for its handlers and for keys with `cases:status`."""
        path = f"/cases/{reference}/status"
        return self._call("GET", path, cases.CaseStatus(), bearer=bearer)

    def api_keys(self, slug: str, bearer: str) -> list[dict[str, Any]]:
        """The organisation's API keys, for its administrators."""
        return self._list("/api-keys", integrations.ApiKeys(), slug, bearer)

    def make_api_key(self, body: Mapping[str, Any], bearer: str) -> dict[str, Any]:
        """Makes an API key; `key` in the answer is told once."""
        return self._call("POST", "/api-keys", integrations.MadeKey(), body, bearer)

    def revoke_api_key(self, key: UUID, bearer: str) -> None:
        """Takes an API key away, at once."""
        self._call("DELETE", f"/api-keys/{key}", None, bearer=bearer)

    def webhooks(self, slug: str, bearer: str) -> list[dict[str, Any]]:
        """The organisation's webhooks, for administrators and keys with `webhooks:write`."""
        return self._list("/webhooks", integrations.Webhooks(), slug, bearer)

    def webhook(self, webhook: UUID, bearer: str) -> dict[str, Any]:
        """One webhook, and whether it arrives."""
        return self._call("GET", f"/webhooks/{webhook}", integrations.Webhook(), bearer=bearer)

    def make_webhook(self, body: Mapping[str, Any], bearer: str) -> dict[str, Any]:
        """Makes a webhook; `secret` in the answer is told once."""
        return self._call("POST", "/webhooks", integrations.WithSecret(), body, bearer)

    def change_webhook(
        self, webhook: UUID, change: Mapping[str, Any], bearer: str
    ) -> dict[str, Any]:
        """Changes what is given of a webhook; returns it."""
        path = f"/webhooks/{webhook}"
        return self._call("PATCH", path, integrations.Webhook(), change, bearer)

    def delete_webhook(self, webhook: UUID, bearer: str) -> None:
        """Deletes a webhook, and what waits for it."""
        self._call("DELETE", f"/webhooks/{webhook}", None, bearer=bearer)

    def rotate_webhook_secret(
        self, webhook: UUID, bearer: str, overlap_days: int = 1
    ) -> dict[str, Any]:
        """Makes a new `secret`, told once; for so many days the one before signs too."""
        path, body = f"/webhooks/{webhook}/secret", {"overlap_days": overlap_days}
        return self._call("POST", path, integrations.WithSecret(), body, bearer)

    def test_webhook(self, webhook: UUID, bearer: str) -> dict[str, Any]:
        """Has a test posted now: `arrived`, and the `outcome`. It takes up to ten seconds."""
        path = f"/webhooks/{webhook}/test"
        return self._call("POST", path, integrations.Tested(), bearer=bearer)

    def webhook_log(self, webhook: UUID, bearer: str) -> dict[str, Any]:
        """How tries ended by day: `items`; and how many are `waiting` or `given_up`."""
        path = f"/webhooks/{webhook}/log"
        return self._call("GET", path, integrations.WebhookLog(), bearer=bearer)

    def _octets(self, method: str, path: str, bearer: str, data: bytes | None = None) -> Answer:
        headers = {"Accept": OCTETS, "Authorization": f"Bearer {bearer}"}
        if data is not None:
            headers["Content-Type"] = OCTETS
        url = f"{self.address.base}/api/v1{path}"
        return self._line.ask(method, url, headers, data)

    def _call(
        self,
        method: str,
        path: str,
        schema: Schema | None,
        body: Mapping[str, Any] | None = None,
        bearer: str | None = None,
        *,
        query: Mapping[str, str] | None = None,
        tag: bool = False,
        room: Room | None = None,
    ) -> dict[str, Any]:
        headers = {"Accept": "application/json"}
        if bearer:
            headers["Authorization"] = f"Bearer {bearer}"
        if body is not None:
            headers["Content-Type"] = "application/json"
        answer = self._line.ask(
            method,
            f"{self.address.base}/api/v1{path}",
            headers,
            json.dumps(body).encode() if body is not None else None,
            query,
            room,
        )
        # An ETag of one's own would be a cookie: it must be what everybody gets.
        if (
            tag
            and answer.ok
            and answer.headers.get("ETag") != f'"{hashlib.sha256(answer.content).hexdigest()}"'
        ):
            raise NotWren
        return _read(answer, schema)


def _of_return(slug: str, number: int | None) -> dict[str, str]:
    return {"organisation": slug} | ({} if number is None else {"number": str(number)})


def _chunk(path: str, attachment: UUID, n: int) -> str:
    return f"{path}/attachments/{attachment}/chunks/{n}"


def _read(answer: Answer, schema: Schema | None) -> dict[str, Any]:
    if answer.status == 204:
        return {}
    try:
        value = json.loads(answer.content)
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, dict) and answer.status >= 400:
        raise _refusal(answer.status, value)
    if answer.status >= 500:
        raise Faulty  # the server in front of the service, or a proxy on the way
    if not isinstance(value, dict) or answer.status >= 300:
        raise NotWren
    return dict(base.read(schema, value)) if schema else value


def _refusal(status: int, value: Mapping[str, Any]) -> WrenError:
    """What the service refused with. A stranger's text is short, and its faults are flat."""
    kind = BY_CODE.get(str(value.get("code")))
    if kind is WrenError or (kind is None and status >= 500):
        return Faulty()
    if kind is None or issubclass(kind, LineError):
        return NotWren()
    errors, detail = value.get("errors"), value.get("detail")
    if not isinstance(detail, str) or len(detail) > LONGEST_DETAIL or halved(detail):
        detail = None
    if not isinstance(errors, dict) or not _flat(errors) or halved(errors):
        errors = None
    return kind(detail, errors=errors)


def _flat(value: Any, depth: int = 6) -> bool:
    if not isinstance(value, dict | list):
        return True
    inner = value.values() if isinstance(value, dict) else value
    return depth > 0 and all(_flat(one, depth - 1) for one in inner)
