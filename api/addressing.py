"""Which addresses may be posted to: those of the internet, and what the operator allows.

An address is taken apart once, in one way, so that no two parsers disagree about it. Whatever
its spelling is (decimal, hex, IPv4 within IPv6), what counts is what it leads to.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

LOOK_UP = 5.0
"""Seconds for looking a name up."""

LONGEST = 500
"""Characters of an address."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_UNICAST = ipaddress.IPv6Network("2000::/3")
_SPECIAL = tuple(
    ipaddress.ip_network(one)
    for one in (
        # Of IANA's registries of special-purpose addresses (RFC 6890), what `is_global` lets pass:
        "192.0.0.0/24",  # protocol assignments; clouds answer questions about a machine there
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # relays of 6to4
        "192.175.48.0/24",  # AS112
        "2001::/23",  # protocol assignments, Teredo among them
        "2002::/16",  # 6to4: another address within
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
        # And one that only looks public: what Azure answers each of its machines.
        "168.63.129.16/32",
    )
)
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)
"""Before an IPv4 address in the last 32 bits of an IPv6 one (RFC 5214)."""

_NAME = re.compile(
    r"(?=.{1,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
)
SLUG = re.compile(r"[a-z0-9-]{1,50}")
"""An organisation's short name."""

_LIKE_A_NUMBER = re.compile(r"(\d+|0x[0-9a-f]*)")
_WRITTEN = re.compile(r"[!-\[\]-~]{1,500}")
SHARE = 8
"""Names of one organisation that are looked up at once, of 32 in all: a name server that hangs
holds up those whose names it has, and no others."""

_lookups = threading.BoundedSemaphore(32)
_of_one: dict[str, threading.BoundedSemaphore] = {}


class Refused(Exception):
    """It was not posted; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Target:
    """An address taken apart, once: nothing else reads its text."""

    secure: bool
    host: str
    port: int
    path: str

    @property
    def named(self) -> str:
        """The host as a `Host` field has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the operator lets posts reach besides the internet: networks, and hosts by name."""

    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()
    hosts: frozenset[str] = frozenset()

    def allows(self, host: str, address: Address) -> bool:
        """Whether this host at this address was named by the operator."""
        return host in self.hosts or any(address in one for one in self.networks)


def allowed(names: Sequence[str], organisation: str = "") -> Allowed:
    """What these names allow an organisation.

    Those without an organisation's short name before them (`eeast=10.1.2.0/24`) allow all. Raises
    `ValueError` for one that is no network and no host, whoever it is for.
    """
    networks, hosts = [], set()
    for who, mark, name in (one.strip().lower().rpartition("=") for one in names):
        last = name.rsplit(".", 1)[-1]
        if "/" in name or ":" in name or _LIKE_A_NUMBER.fullmatch(last):
            network = ipaddress.ip_network(name)
            if who in ("", organisation):
                networks.append(network)
        elif _NAME.fullmatch(name):
            if who in ("", organisation):
                hosts.add(name)
        else:
            raise ValueError(name)
        if mark and not SLUG.fullmatch(who):
            raise ValueError(who)
    return Allowed(tuple(networks), frozenset(hosts))


# --- what may be reached --------------------------------------------------------------------


def parse(text: str) -> Target:
    """An address in one of the plain spellings. Raises `Refused("form")` for any other.

    Not taken: user names, fragments, numbers that only some read as an address, other schemes.
    """
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
        good = (
            _WRITTEN.fullmatch(text) is not None
            and parts.scheme in ("http", "https")
            and "@" not in parts.netloc
            and not parts.netloc.endswith(":")
            and "#" not in text
            and port != 0
            and _is_host(host)
        )
    except ValueError:
        good = False
    if not good:
        raise Refused("form")
    secure = parts.scheme == "https"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(secure, host, port or (443 if secure else 80), path)


def _is_host(host: str) -> bool:
    if ":" in host or _LIKE_A_NUMBER.fullmatch(host.rstrip(".").rsplit(".", 1)[-1]):
        ipaddress.ip_address(host)  # only the one usual spelling; ValueError for the others
        return "%" not in host
    return _NAME.fullmatch(host) is not None


def is_address(host: str) -> bool:
    """Whether a host that `parse` found is written as an address, not as a name."""
    return ":" in host or host.rsplit(".", 1)[-1].isdecimal()


def is_public(address: Address) -> bool:
    """Whether an address is one host's of the internet, and hides no other address."""
    if isinstance(address, ipaddress.IPv6Address):
        if address not in _UNICAST:
            return False
        if int(address) >> 32 & 0xFFFF_FFFF in _ISATAP:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
    elif address.is_multicast or address.is_reserved:
        return False
    return address.is_global and not any(address in one for one in _SPECIAL)


def judge(target: Target, addresses: Sequence[str], private: Allowed) -> list[str]:
    """The addresses, as plain text, if every one of them may be reached.

    Raises `Refused`: `address` for a private one, `plain` for http and `port` for a port of
    other services, unless the operator allows that host there. A name that leads to a private
    one is `name`, as one that nobody knows: what names there are inside is nobody's business.
    """
    found = []
    for text in addresses:
        address = ipaddress.ip_address(text.partition("%")[0])
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if not private.allows(target.host, address):
            if not is_public(address):
                raise Refused("address" if is_address(target.host) else "name")
            _check_way(target)
        found.append(str(address))
    return list(dict.fromkeys(found))


def _check_way(target: Target) -> None:
    if not target.secure:
        raise Refused("plain")
    if target.port < 1024 and target.port != 443:
        raise Refused("port")


def look_up(target: Target, organisation: str) -> list[str]:
    """All addresses of the host, for an organisation.

    Raises `Refused("name")`, also when that takes too long.
    """
    found: list[str] = []
    done = threading.Event()
    share = _of_one.setdefault(organisation, threading.BoundedSemaphore(SHARE))

    def ask() -> None:
        try:
            asked = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
            found.extend(str(one[4][0]) for one in asked)
        except (OSError, UnicodeError):
            pass
        finally:
            _lookups.release()
            share.release()
            done.set()

    if not share.acquire(timeout=LOOK_UP):
        raise Refused("name")
    if not _lookups.acquire(timeout=LOOK_UP):
        share.release()
        raise Refused("name")
    # getaddrinfo knows no time limit: one that hangs is left behind.
    threading.Thread(target=ask, name="wren-look-up", daemon=True).start()
    if not done.wait(LOOK_UP) or not found:
        raise Refused("name")
    return found


def check(text: str, private: Allowed) -> Target:
    """An address in a form that could be posted to. Raises `Refused`.

    No name is looked up: who sets an address would learn what names there are inside. Each post
    looks it up.
    """
    target = parse(text)
    if is_address(target.host):
        judge(target, [target.host], private)
    elif target.host not in private.hosts and not private.networks:
        _check_way(target)
    return target
