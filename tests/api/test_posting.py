"""Posting to addresses that somebody typed: nothing inside is reached, and nothing holds us up."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from api import addressing, posting
from api.addressing import Refused, allowed, is_public, judge, parse
from tests.receiver import certificate, receiving

HERE = allowed(("127.0.0.0/8", "localhost"))
NOTHING = allowed(())


def post(url: str, private: Any = HERE, organisation: str = "eeast") -> int:
    headers = {"Content-Type": "application/json"}
    return posting.post(url, b"{}", headers, private, organisation)


def why(url: str, private: Any = NOTHING) -> str:
    with pytest.raises(Refused) as error:
        post(url, private)
    assert str(error.value) == error.value.code, "nothing of an address is repeated"
    return error.value.code


def test_it_works() -> None:
    with receiving() as one:
        assert post(f"{one.url}/a/path?with=query") == 204
        (got,) = one.got
    assert (got.path, got.body) == ("/a/path?with=query", b"{}")
    assert got.headers["Host"] == one.url.removeprefix("http://")
    assert got.headers["User-Agent"] == "Wren"


# --- where it may go --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1",
        "255.255.255.255", "::", "::1", "::127.0.0.1", "fe80::1", "fc00::1", "fec0::1",
        "ff02::1", "2001:db8::1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::1",
        "2001:0:7f00:1::1", "::ffff:0:127.0.0.1", "168.63.129.16", "192.88.99.1", "192.0.0.9",
        "192.0.0.192", "192.31.196.1", "192.52.193.1", "192.175.48.1", "2001:1::1", "2001:20::1",
        "2001:30::1", "2620:4f:8000::1", "3fff::1", "5f00::1", "fd00:ec2::254",
        "2a00:1450::5efe:10.0.0.1", "2a00:1450::5efe:a00:1", "2a00:1450::200:5efe:168.63.129.16",
    ],
)  # fmt: skip
def test_no_address_inside(address: str) -> None:
    target = parse(f"https://{'[' + address + ']' if ':' in address else address}/")
    with pytest.raises(Refused, match="address"):
        judge(target, [address], NOTHING)
    mapped = f"::ffff:{address}"
    if "." in address and ":" not in address:
        with pytest.raises(Refused, match="address"):
            judge(target, [mapped], NOTHING)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2a00:1450:4009:80b::200e", "2a00:1450::5efe:808:808"]
)
def test_the_internet(address: str) -> None:
    assert is_public(addressing.ipaddress.ip_address(address))
    target = parse("https://receiver.example/")
    assert judge(target, [address], NOTHING) == [address]
    with pytest.raises(Refused, match="name"):
        judge(target, [address, "10.0.0.1"], NOTHING)
    with pytest.raises(Refused, match="plain"):
        judge(parse("http://receiver.example/"), [address], NOTHING)
    for port in (22, 25, 80):
        with pytest.raises(Refused, match="port"):
            judge(parse(f"https://receiver.example:{port}/"), [address], NOTHING)
    judge(parse("https://receiver.example:8443/"), [address], NOTHING)


@pytest.mark.parametrize(
    "url",
    [
        "https://2130706433/", "https://0x7f000001/", "https://0x7f.1/", "https://127.1/",
        "https://0177.0.0.1/", "https://127.0.0.1./", "https://1.2.3.4.5/",
        "https://user@receiver.example/", "https://user:pass@receiver.example/",
        "https://receiver.example@127.0.0.1/", "https://receiver.example#@127.0.0.1/",
        "https://receiver.example\\@127.0.0.1/", "https://receiver.example\\.evil/",
        "https://[fe80::1%25eth0]/", "https://[::1/", "https:///path", "https:receiver.example",
        "ftp://receiver.example/", "file:///etc/passwd", "gopher://127.0.0.1:25/",
        "//receiver.example/", "receiver.example", "", "https://receiver.example:0/",
        "https://receiver.example:99999/", "https://receiver.example:port/",
        "https://receiver.example:/", "https://receiver .example/", "https://rec\neiver.example/",
        "https://receiver.example/\r\nX-Header:1", "https://b\u00fccher.example/",
        "https://\uff11\uff12\uff17.0.0.1/", "https://\u2460.example/", "https://-a.example/",
        "https://a..example/", "https://" + "a" * 64 + ".example/", "https://a/" + "b" * 500,
    ],
)  # fmt: skip
def test_other_spellings(url: str) -> None:
    assert why(url, HERE) == "form"


def test_a_name_that_leads_inside() -> None:
    with receiving() as one:
        port = one.url.rsplit(":", 1)[1]
        for url in (one.url, f"http://[::1]:{port}/", f"http://[::ffff:127.0.0.1]:{port}/"):
            assert why(url) == "address"
        # What names there are inside, nobody learns.
        for host in (f"localhost:{port}", "localhost", "no-such-name.invalid"):
            assert why(f"https://{host}/") == "name"
        assert one.got == []


def test_no_name_is_looked_up_before_it_is_posted_to(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any, **__: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr(socket, "getaddrinfo", never)
    for host in ("localhost", "no-such-name.invalid", "receiver.example"):
        assert addressing.check(f"https://{host}/", NOTHING).host == host
    refused = {"http://localhost/": "plain", "https://localhost:25/": "port"}
    for url, code in (refused | {"https://10.0.0.1/": "address"}).items():
        with pytest.raises(Refused, match=code):
            addressing.check(url, NOTHING)
    addressing.check("http://localhost/", HERE)
    addressing.check("http://127.0.0.1:25/", HERE)


def test_what_is_allowed_one_organisation_is_not_allowed_another() -> None:
    names = ("eeast=127.0.0.0/8", "eeast=localhost", "10.0.0.0/8")
    with receiving() as one:
        named = one.url.replace("127.0.0.1", "localhost")
        assert post(one.url, allowed(names, "eeast")) == 204
        assert post(named, allowed(names, "eeast")) == 204
        for slug in ("elsewhere", "east", ""):
            assert why(one.url, allowed(names, slug)) == "address"
            assert why(named, allowed(names, slug)) == "name"
    for slug in ("eeast", "elsewhere"):
        judge(parse("http://10.0.0.1/"), ["10.0.0.1"], allowed(names, slug))
    for wrong in ("=10.0.0.0/8", "two words=10.0.0.0/8", "eeast=", "eeast=*", "a=b=localhost"):
        with pytest.raises(ValueError):
            allowed((wrong,), "another")


def test_only_what_the_operator_allows() -> None:
    with receiving() as one:
        assert why(one.url, allowed(("10.0.0.0/8", "cases.example"))) == "address"
        assert why(one.url, allowed(("localhost",))) == "address"
        assert post(one.url, allowed(("127.0.0.1",))) == 204
        assert post(one.url.replace("127.0.0.1", "localhost"), allowed(("localhost",))) == 204
        mapped = one.url.replace("127.0.0.1", "[::ffff:127.0.0.1]")
        assert post(mapped, allowed(("127.0.0.0/8",))) == 204
    for wrong in ("10.0.0.1/8", "300.1.1.1", "two words", "https://a.example", "*", ""):
        with pytest.raises(ValueError):
            allowed((wrong,))


def test_it_connects_to_what_was_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    # DNS rebinding: at the second question the name leads elsewhere. There is no second question.
    asked: list[Any] = []

    def once(host: Any, port: Any, *more: Any, **named: Any) -> Any:
        if host != "rebound.example":
            return real(host, port, *more, **named)
        asked.append(host)
        return real("127.0.0.1" if len(asked) == 1 else "127.0.0.2", port, *more, **named)

    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", once)
    with receiving() as one:
        url = one.url.replace("127.0.0.1", "rebound.example")
        assert post(url, allowed(("127.0.0.1",))) == 204
        assert one.got[0].headers["Host"] == url.removeprefix("http://")
    assert asked == ["rebound.example"]


def test_the_next_address_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "look_up", lambda *_: ["127.0.0.3", "127.0.0.1"])
    with receiving() as one:
        assert post(one.url) == 204
        assert len(one.got) == 1


def test_no_proxy_and_no_redirect(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with receiving(302) as one:
        assert post(one.url) == 302
        assert [got.path for got in one.got] == ["/"]
    with receiving(307) as one:
        assert post(one.url) == 307
        assert len(one.got) == 1


# --- certificates -----------------------------------------------------------------------------


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    def trust(file: Path) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", os.fspath(file))
        posting.trust.cache_clear()

    posting.trust.cache_clear()
    yield trust
    monkeypatch.undo()
    posting.trust.cache_clear()


def test_a_good_certificate(tmp_path: Path, trusted: Any) -> None:
    file, context = certificate(tmp_path, "localhost")
    names: list[Any] = []
    context.sni_callback = lambda _line, name, _context: names.append(name)
    trusted(file)
    with receiving(204, context) as one:
        assert post(one.url) == 204
    assert names == ["localhost"]


@pytest.mark.parametrize("fault", ["unknown", "another name", "expired", "no TLS"])
def test_a_bad_certificate(tmp_path: Path, trusted: Any, fault: str) -> None:
    name = "elsewhere.example" if fault == "another name" else "localhost"
    file, context = certificate(tmp_path, name, days=-1 if fault == "expired" else 30)
    if fault != "unknown":
        trusted(file)
    with receiving(204, None if fault == "no TLS" else context) as one:
        url = one.url.replace("http://127.0.0.1", "https://localhost")
        assert why(url, HERE) == "certificate"
        assert one.got == []


# --- receivers that hold us up ----------------------------------------------------------------


@pytest.mark.parametrize("answer", ["hang", "drip", "drip headers"])
def test_one_that_takes_its_time(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    monkeypatch.setattr(posting, "TOTAL", 1.0)
    with receiving(answer) as one:
        began = time.monotonic()
        assert why(one.url, HERE) == "timeout"
        assert 0.9 < time.monotonic() - began < 8


def test_one_that_never_shakes_hands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "TOTAL", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        assert why(f"https://localhost:{silent.getsockname()[1]}/", HERE) == "timeout"
        assert time.monotonic() - began < 4


def test_one_that_is_away_or_hangs_up() -> None:
    with receiving("close") as one:
        assert why(one.url, HERE) == "connection"
    assert why(one.url, HERE) == "connection"


def test_a_name_that_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()
    monkeypatch.setattr(addressing, "LOOK_UP", 0.2)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [][: ended.wait(30)])
    began = time.monotonic()
    assert why("https://receiver.example/") == "name"
    assert time.monotonic() - began < 4
    ended.set()


def test_names_that_hang_hold_up_no_other_organisation(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many webhooks one of them has: what it left behind takes its own share alone."""
    ended, asked = threading.Event(), list[str]()
    real = socket.getaddrinfo

    def hang(host: str, *more: Any, **named: Any) -> Any:
        if host != "slow.example":
            return real(host, *more, **named)
        asked.append(host)
        return [][: ended.wait(30)]

    monkeypatch.setattr(addressing, "LOOK_UP", 0.5)
    monkeypatch.setattr(socket, "getaddrinfo", hang)
    many = [Thread(target=why, args=("https://slow.example/",)) for _ in range(40)]
    for one in many:
        one.start()
    for one in many:
        one.join()
    try:
        assert len(asked) == addressing.SHARE
        assert why("https://slow.example/") == "name"
        with receiving() as one:
            assert post(one.url, HERE, "elsewhere") == 204
    finally:
        ended.set()
    # What came back at last is free again.
    with receiving() as one:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with suppress(Refused):
                assert post(one.url) == 204
                break
        else:
            pytest.fail("its share never came back")
