"""Leaving for another app: a number to call, or a page to read. No Kivy here.

What is opened comes from an organisation's directory, so it is looked at again here: nothing but
a number, or an `https` address as the directory may hold them.
"""

from __future__ import annotations

import re
import webbrowser
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from mobile import android

Contact = Mapping[str, Any]
_NUMBER = re.compile(r"\+?[0-9]{2,20}\Z")


def target(contact: Contact) -> str:
    """`tel:` or `https:` for a contact of the directory; empty for anything else."""
    value = str(contact.get("value", "")).strip()
    if contact.get("kind") == "link":
        return value if _is_page(value) else ""
    digits = re.sub(r"[\s()-]", "", value)
    return f"tel:{digits}" if _NUMBER.match(digits) else ""


def _is_page(text: str) -> bool:
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    plain = text.isascii() and text.isprintable() and not re.search(r"[\s\\<>\"']", text)
    return (
        parts.scheme == "https" and bool(host) and "@" not in parts.netloc and plain and port != 0
    )


def can_open(address: str) -> bool:
    """Whether there is an app for it here: computers don't call."""
    return bool(address) and (android.there() or address.startswith("https:"))


def open_address(address: str) -> bool:
    """Hands an address of `target` to the system; whether it took it. May block."""
    if android.there():
        return android.open_elsewhere(address)
    return address.startswith("https:") and webbrowser.open(address)
