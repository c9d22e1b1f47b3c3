"""With a proxy everything goes through it, and without it nothing goes out: proved by a hook."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from shared.client import Client
from shared.errors import BadProxy, NoProxy, TimedOut, Unreachable
from tests.mobile.socks import Socks

Served = dict[str, Any]
ONION = "http://" + "a" * 56 + ".onion"
PATH = "/o/eeast"


@pytest.fixture
def socks(served: Served) -> Iterator[Socks]:
    proxy = Socks(urlsplit(served["url"]).port or 0, unknown="not-there.example")
    yield proxy
    proxy.close()


Go = Callable[[str, str], dict[str, Any]]


@pytest.fixture
def go(tmp_path: Path) -> Go:
    """The engine in a process of its own, whose settings would lead elsewhere."""

    def go(address: str, proxy: str) -> dict[str, Any]:
        around = {"HTTP_PROXY": "http://127.0.0.1:1", "ALL_PROXY": "", "NO_PROXY": "*"}
        found = subprocess.run(
            [sys.executable, "-m", "tests.mobile.through", address, proxy, str(tmp_path)],
            env=os.environ | around, capture_output=True, text=True, timeout=150, check=False,
        )  # fmt: skip
        assert found.returncode == 0, found.stderr
        return dict(json.loads(found.stdout))

    return go


def reached(told: dict[str, Any]) -> set[str]:
    """Where sockets went and which names were looked up."""
    return {where for _event, where in told["targets"]}


def proxys_own(proxy: str) -> set[str]:
    """What it takes to reach the proxy itself."""
    port = urlsplit(proxy).port
    return {f"('127.0.0.1', {port})", f"('127.0.0.1', {port}, 0, 1, 0)"}


def test_it_works(go: Go, socks: Socks) -> None:
    told = go(ONION + PATH, socks.url)
    assert told["done"] == ["connected", "reported", "reported", "sent", "news"]
    assert reached(told) <= proxys_own(socks.url)
    assert any(event == "socket.connect" for event, _where in told["targets"])
    # Names are looked up by the proxy: it was given them as they are.
    assert {(one.host, one.port) for one in socks.visits} == {("a" * 56 + ".onion", 80)}


def test_each_case_comes_by_a_name_of_its_own(go: Go, socks: Socks) -> None:
    """Tor builds a circuit for each: the directory, two reports, coming back, and the news."""
    go(ONION + PATH, socks.url)
    names = [one.user for one in socks.visits]
    assert len(set(names)) == 5
    assert all(len(one) == 32 for one in names)


def test_the_hook_sees_what_goes_beside(go: Go, served: Served) -> None:
    """Without a proxy the same hook does see the service: else it proves nothing."""
    told = go(served["address"], "")
    assert told["done"][-1] == "news"
    port = urlsplit(served["url"]).port
    assert f"('127.0.0.1', {port})" in reached(told)


def test_with_the_proxy_down_nothing_goes_out(go: Go, served: Served) -> None:
    gone = Socks(1)
    gone.close()
    for address in (ONION + PATH, served["address"]):
        told = go(address, gone.url)
        assert (told["done"], told["told"]) == ([], "no_proxy")
        assert reached(told) <= proxys_own(gone.url)


def test_a_wrong_proxy_is_told_before_anything_goes_out(go: Go, served: Served) -> None:
    for proxy in ("socks5://127.0.0.1:9050", "http://127.0.0.1:9050", "nonsense"):
        told = go(served["address"], proxy)
        assert (told["told"], told["targets"]) == ("bad_proxy", [])


def test_what_is_no_proxy_is_told(served: Served) -> None:
    """Something else listens there: a web server."""
    with pytest.raises(NoProxy):
        Client(served["url"], proxy=f"socks5h://127.0.0.1:{urlsplit(served['url']).port}").health()


def test_a_host_that_the_proxy_does_not_find(socks: Socks) -> None:
    with pytest.raises(Unreachable):
        Client("https://not-there.example", proxy=socks.url).health()


def test_a_proxy_that_is_silent_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    from shared import line

    monkeypatch.setattr(line, "BY_PROXY", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"socks5h://127.0.0.1:{silent.getsockname()[1]}"
        client = Client("https://wren.example", connect=0.3, proxy=address)
        with pytest.raises(TimedOut):
            client.health()


def test_one_client_keeps_its_name_and_another_has_another(socks: Socks) -> None:
    first, second = (Client(ONION, proxy=socks.url) for _ in range(2))
    for client in (first, first, second):
        client.health()
        client._line._http.get_adapter("http://x").close()  # so that it connects anew
    names = [one.user for one in socks.visits]
    assert names[0] == names[1] != names[2]


def test_a_host_that_is_given_as_numbers_is_handed_over_too(socks: Socks) -> None:
    client = Client("http://127.0.0.1:7", proxy=socks.url)
    assert client.health()["status"] == "ok"
    assert socks.visits[0].host == "127.0.0.1"


def test_the_proxy_of_the_kept_settings_is_taken(socks: Socks, tmp_path: Path) -> None:
    from mobile.guide import Guide
    from mobile.organisation import Organisation

    guide = Guide(tmp_path)
    guide.proxy = socks.url
    guide.save()
    Organisation(ONION + PATH, Guide(tmp_path)).connect()
    assert socks.visits


def test_what_is_typed_wrong_is_a_refusal_of_its_own() -> None:
    with pytest.raises(BadProxy):
        Client("https://wren.example", proxy="127.0.0.1")
