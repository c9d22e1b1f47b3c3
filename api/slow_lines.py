"""Connections of this process that carry next to nothing, by what the kernel counts of each.

Only Linux tells it (`tcp_info`, tcp(7)). Nothing is noted of what is cut off.
"""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Iterator

SPAN = 5
"""Seconds by which it is measured how much a connection carries. Younger ones are let be."""

_INFO, _ACKED = 136, 120
"""Bytes of Linux's `struct tcp_info` up to `tcpi_bytes_received`; where `tcpi_bytes_acked` is."""

Seen = dict[int, tuple[float, int]]
"""When a connection was seen first, by its socket's number, and how much it had carried then."""


def cut_off(port: int, floor: int, before: Seen, *, spare_unread: bool = False) -> Seen:
    """Cuts off connections to this port that carried less than `floor` bytes a second.

    `before` is what the call before gave back. With `spare_unread` those stay of which something
    has come that this process did not read yet: they wait for it, and not it for them. What is
    given back is that of those that stay.
    """
    now, seen = time.monotonic(), Seen()
    for line in _lines(port):
        with line:
            number = os.fstat(line.fileno()).st_ino
            carried = _carried(line)
            since, then = before.get(number, (now, carried))
            seen[number] = (since, then)
            if now - since < SPAN - 0.5:
                continue
            if spare_unread and _unread(line):
                continue
            if carried - then < floor * (now - since):
                _shut(line)
            else:
                seen[number] = (now, carried)
    return seen


def _lines(port: int) -> Iterator[socket.socket]:
    """Connections of this process to its port, each as a copy that the caller closes."""
    for name in os.listdir("/proc/self/fd"):
        try:
            copy = os.dup(int(name))
        except OSError:
            continue
        try:
            line = socket.socket(fileno=copy)
        except OSError:
            os.close(copy)
            continue
        try:
            ours = line.type == socket.SOCK_STREAM and line.getsockname()[1] == port
            line.getpeername()
        except (OSError, IndexError, TypeError):
            ours = False
        if ours:
            yield line
        else:
            line.close()


def _carried(line: socket.socket) -> int:
    """Bytes that have come, and that the other side says it has received."""
    told = line.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO)
    acked, received = struct.unpack_from("=QQ", told, _ACKED)
    return int(acked) + int(received)


def _unread(line: socket.socket) -> bool:
    """Whether bytes have come that nobody took up yet."""
    try:
        return bool(line.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
    except OSError:
        return False


def _shut(line: socket.socket) -> None:
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
