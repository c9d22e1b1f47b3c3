"""A line that breaks in the middle of one chunk: a real socket, cut after half of its bytes."""

from __future__ import annotations

import re
import socket
from collections import Counter
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from mobile.evidence import REPORT
from shared.sealing.stream import CHUNK
from tests.mobile.cutting import Cutting
from tests.mobile.evident import add_file, begun, bytes_of, got
from tests.mobile.phone import Phone, answers
from tests.online import Online

HALF = CHUNK // 2
PUT = re.compile(rb"PUT \S+/chunks/(\d+) HTTP")


class Inside(Cutting):
    """Cuts the connection that carries this chunk, once, after half of it went on.

    `seen` counts how often each chunk was begun.
    """

    def __init__(self, upstream: str, chunk: int) -> None:
        self.chunk, self.seen = chunk, Counter[int]()
        super().__init__(upstream, [])

    def _pump(self, source: socket.socket, target: socket.socket, counts: bool) -> None:
        if not counts:
            super()._pump(source, target, counts)
            return
        passed = -1  # bytes that went on since the chunk to cut began
        with suppress(OSError):
            while data := source.recv(4096):
                for number in PUT.findall(data):
                    self.seen[int(number)] += 1
                    if int(number) == self.chunk and not self.broken:
                        passed = 0
                target.sendall(data)
                passed += len(data) if passed >= 0 else 0
                if passed >= HALF and not self.broken:
                    self.broken += 1
                    break
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("chunk", [0, 3, 7])
def test_cut_inside_a_chunk_nothing_is_lost_or_doubled(online: Online, chunk: int) -> None:
    place = urlsplit(online.address)
    line = Inside(f"{place.scheme}://{place.netloc}", chunk)
    try:
        phone = Phone(line.url + place.path)
        there = begun(phone.store, REPORT)
        add_file(there, 8 * CHUNK)
        name = phone.outbox.put_report(answers(), pieces=there.all(), text="One piece.")
        phone.go(name)
        (item,) = [one for one in phone.outbox.items() if one.kind == "evidence"]
        assert (line.broken, item.state) == (1, "waiting")
        assert item.why
        phone.again()
        assert not [one for one in phone.outbox.items() if one.kind == "evidence"]
    finally:
        line.close()
    assert line.seen == {one: 1 + (one == chunk) for one in range(8)}  # and what had arrived, once
    case = online.case(phone.item(name).case)
    ((*_, data),) = got(case)
    assert data == bytes_of(8 * CHUNK)
    assert len(case.thread()) == 2
