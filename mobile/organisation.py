"""An organisation as this phone knows it: directory, signed roster, and who was accepted.

It is kept for the time without a line, and says of which day it is. No Kivy here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from mobile.guide import Guide
from mobile.kept import Accepted, Kept, with_accepted
from mobile.language import _
from mobile.way_out import WayUnknown
from shared.client import Client, parse_address
from shared.errors import BadAddress, BrokenChain, WrenError
from shared.schemas import base, organisations
from shared.sealing.encoding import b64, unb64
from shared.sealing.keyring import fingerprint
from shared.sealing.roster import Pin, Roster, SignedRecord, check

CAME, LEFT, KEY, MOVED = "came", "left", "key", "moved"
"""What can have changed about somebody: the last is their name or their desks."""


@dataclass(frozen=True)
class Change:
    """What is otherwise than the user accepted. `before` is the fingerprint until now."""

    kind: str
    name: str
    desks: tuple[str, ...]
    fingerprint: str
    before: str = ""


class Organisation:
    """One organisation. `connect` and `fetch_roster` block; nothing else uses the line.

    `address` has neither a fragment nor, before the first `connect`, a slug where none was
    given. `directory`, `roster`, `pin` and `fetched_on` are those kept, until `connect`
    brings newer ones; `fresh` says that it did. Whatever belongs to a case goes by a
    `new_client()` of its own, so that no line links two cases.

    Raises `BadAddress` at once for what can't be an address.
    """

    def __init__(
        self,
        address: str,
        guide: Guide | None = None,
        client: Callable[..., Client] = Client,
        today: Callable[[], date] = date.today,
    ) -> None:
        parsed = parse_address(address)
        self._base, self.slug = parsed.base, parsed.slug or ""
        self._guide = guide if guide is not None else Guide()
        self._make, self._today = client, today
        self._poster = parsed.fingerprint
        self.directory: Mapping[str, Any] | None = None
        self.roster: Roster | None = None
        self.pin: Pin | None = None
        self.fetched_on: date | None = None
        self.fresh = False
        self._client: tuple[str, Client] | None = None
        self._take_kept(self._guide.organisations.get(self.address))
        if self.pin is None and self._poster is not None:
            self.pin = Pin(self._poster)

    @property
    def address(self) -> str:
        """Where it is found, as it is kept."""
        return f"{self._base}/o/{self.slug}" if self.slug else self._base

    @property
    def host(self) -> str:
        """The host that it is served from, to be read by people."""
        return urlsplit(self._base).hostname or ""

    @property
    def on_trust(self) -> bool:
        """Whether the first roster was taken as the service gave it: no poster vouches for it."""
        return self._poster is None

    @property
    def client(self) -> Client:
        """For what anybody fetches; another one from when the proxy was changed."""
        if self._client is None or self._client[0] != self._guide.proxy:
            if self._client is not None:
                self._client[1].close()
            self._client = (self._guide.proxy, self.new_client())
        return self._client[1]

    def new_client(self) -> Client:
        """A client with connections, and with Tor a circuit, of its own. Raises `WayUnknown`."""
        if not self._guide.way_known:
            raise WayUnknown
        proxy = self._guide.proxy
        return self._make(self.address, proxy=proxy) if proxy else self._make(self.address)

    # --- what is kept ---

    def _take_kept(self, kept: Kept | None) -> None:
        """Takes what was kept, checked as if it came by the line.

        Of a list that a poster's code speaks against only the pin is taken, so that it is
        told. A directory that an older app kept may lack something: it is fetched anew.
        """
        if kept is None:
            return
        given = self._poster
        try:
            self._poster = given or (unb64(kept.poster) if kept.poster else None)
            signed = [SignedRecord(unb64(one), unb64(by)) for one, by in kept.records]
            roster = check(signed, kept.slug)
        except WrenError:
            return
        self.pin = roster.pin()
        if self._poster in (None, roster.fingerprint):
            self.roster, self.fetched_on = roster, kept.fetched_on
            with suppress(WrenError):
                self.directory = base.read(organisations.Organisation(), kept.directory)

    def _keep(self, directory: Mapping[str, Any], roster: Roster) -> None:
        known = self._guide.organisations.get(self.address)
        self._guide.keep(
            self.address,
            Kept(
                slug=self.slug,
                directory=organisations.Organisation().dump(directory),
                records=tuple((b64(one.record), b64(one.signature)) for one in roster.signed),
                accepted=known.accepted if known is not None else people(roster),
                fetched_on=self.fetched_on or self._today(),
                poster=b64(self._poster) if self._poster is not None else "",
            ),
        )

    # --- the line ---

    def connect(self) -> Mapping[str, Any]:
        """Fetches directory and roster, checks both, and keeps them. Returns the directory.

        Raises what `shared.client` raises, and `BrokenChain` or `BadKey` for a roster that
        is older than the one known, forged, or not the poster's: then nothing is kept.
        """
        if not self.slug:
            self._find_slug()
        directory = self.client.organisation(self.slug)
        roster = self._fetch()
        self.directory, self.roster, self.pin = directory, roster, roster.pin()
        self.fetched_on, self.fresh = self._today(), True
        self._keep(directory, roster)
        return directory

    def _find_slug(self) -> None:
        found = self.client.organisations()
        if len(found) != 1:
            raise BadAddress(
                _("Use the whole address from the poster, with /o/ and a short name.")
            )
        self.slug = str(found[0]["slug"])
        self._take_kept(self._guide.organisations.get(self.address))

    def _fetch(self) -> Roster:
        if self.pin is not None and self._poster not in (None, self.pin.fingerprint):
            raise BrokenChain  # a poster's code of another list than the one kept
        return self.client.roster(self.slug, self.pin)

    def fetch_roster(self) -> Roster:
        """The newest roster, which has to go on from the one that was seen before."""
        roster = self._fetch()
        self.roster, self.pin = roster, roster.pin()
        if self.directory is not None:
            self._keep(self.directory, roster)
        return roster

    # --- who reads ---

    def readers(self, desk: str) -> list[tuple[str, str]]:
        """(id, name) of those who hold a key to a desk, by the checked roster."""
        if self.roster is None:
            return []
        found = sorted(self.roster.newest.desk(desk), key=lambda one: one.name)
        return [(str(one.id), one.name) for one in found]

    @property
    def people(self) -> tuple[Accepted, ...]:
        """Everybody who can be written to now, by name, with the fingerprint of their keys."""
        return people(self.roster) if self.roster is not None else ()

    @property
    def changes(self) -> tuple[Change, ...]:
        """What is otherwise than what was accepted. Until `accept`, nothing is to be written."""
        kept = self._guide.organisations.get(self.address)
        return changes(kept.accepted, self.people) if kept is not None else ()

    def accept(self) -> None:
        """Takes the people as they are now; kept, so that they are not asked about again."""
        kept = self._guide.organisations.get(self.address)
        if kept is not None:
            self._guide.keep(self.address, with_accepted(kept, self.people))


def people(roster: Roster) -> tuple[Accepted, ...]:
    """The people of the newest record who read now, by name."""
    found = [
        Accepted(str(one.id), one.name, one.desks, fingerprint(one.seal_key, one.sign_key))
        for one in roster.newest.handlers
        if not one.until
    ]
    return tuple(sorted(found, key=lambda one: (one.name, one.id)))


def changes(before: tuple[Accepted, ...], now: tuple[Accepted, ...]) -> tuple[Change, ...]:
    """What changed from `before` to `now`: other keys first, then who came, moved and left.

    Somebody new under a name that was there is another key under that name, whatever the id.
    """
    by_id, by_name = {one.id: one for one in before}, {one.name: one for one in before}
    found, seen = [], set()
    for one in now:
        known = by_id.get(one.id) or by_name.get(one.name)
        if known is None:
            found.append(Change(CAME, one.name, one.desks, one.fingerprint))
            continue
        seen.add(known.id)
        if known.fingerprint != one.fingerprint:
            found.append(Change(KEY, one.name, one.desks, one.fingerprint, known.fingerprint))
        elif (known.name, sorted(known.desks)) != (one.name, sorted(one.desks)):
            found.append(Change(MOVED, one.name, one.desks, one.fingerprint))
    gone = [one for one in before if one.id not in seen]
    found += [Change(LEFT, one.name, one.desks, one.fingerprint) for one in gone]
    order = (KEY, CAME, MOVED, LEFT)
    return tuple(sorted(found, key=lambda one: order.index(one.kind)))
