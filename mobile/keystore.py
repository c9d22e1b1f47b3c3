"""A secret that the device keeps and never hands out: on Android in its keystore.

With it a copied notebook can't be tried on another machine. Elsewhere there is none. Written
after Android's documentation of `KeyGenParameterSpec` and `KeyProperties`; docs/phone.md says
that it was not run on a phone. No Kivy here.
"""

from __future__ import annotations

import os
from typing import Any, Protocol

ALIAS = "notebook"
PHONE = "ANDROID_ARGUMENT"
"""Set by python-for-android."""


class Device(Protocol):
    """What a notebook needs of the device."""

    def make(self) -> bool:
        """Makes a new secret in the place of an old one; false where there is no keystore."""

    def mac(self, text: bytes) -> bytes | None:
        """HMAC-SHA256 of `text` under the secret; None where there is no keystore or secret."""

    def destroy(self) -> None:
        """Destroys the secret: what depended on it opens never again."""


class NoKeystore:
    """A device without one."""

    def make(self) -> bool:
        """Nothing can be made."""
        return False

    def mac(self, _text: bytes) -> bytes | None:
        """Nothing to ask."""
        return None

    def destroy(self) -> None:
        """Nothing to destroy."""


class AndroidKeystore:
    """The system's keystore, by pyjnius; in a secure chip where the phone has one."""

    def __init__(self, autoclass: Any = None) -> None:
        if autoclass is None:
            import jnius

            autoclass = jnius.autoclass
        self._class = autoclass

    def _store(self) -> Any:
        store = self._class("java.security.KeyStore").getInstance("AndroidKeyStore")
        store.load(None)
        return store

    def make(self) -> bool:
        """Makes an HMAC key that never leaves the keystore."""
        self.destroy()
        properties = self._class("android.security.keystore.KeyProperties")
        builder = self._class("android.security.keystore.KeyGenParameterSpec$Builder")
        maker = self._class("javax.crypto.KeyGenerator").getInstance(
            properties.KEY_ALGORITHM_HMAC_SHA256, "AndroidKeyStore"
        )
        maker.init(builder(ALIAS, properties.PURPOSE_SIGN).build())
        maker.generateKey()
        return True

    def mac(self, text: bytes) -> bytes | None:
        """HMAC-SHA256, worked out inside the keystore."""
        key = self._store().getKey(ALIAS, None)
        if key is None:
            return None
        found = self._class("javax.crypto.Mac").getInstance("HmacSHA256")
        found.init(key)
        return bytes(found.doFinal(text))

    def destroy(self) -> None:
        """Deletes the key."""
        store = self._store()
        if store.containsAlias(ALIAS):
            store.deleteEntry(ALIAS)


def this_device() -> Device:
    """The keystore of the device that this runs on."""
    return AndroidKeystore() if PHONE in os.environ else NoKeystore()
