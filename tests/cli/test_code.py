"""`wren code`: the six digits, for trying things out."""

from __future__ import annotations

import pyotp
import pytest

from tests.cli.conftest import Deployment

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def test_it_works(empty: Deployment) -> None:
    before = pyotp.TOTP(SECRET).now()
    result = empty.wren("code", SECRET)
    assert result.exit_code == 0
    assert result.output.strip() in (before, pyotp.TOTP(SECRET).now())


def test_asked_for_it_is_not_shown(empty: Deployment) -> None:
    result = empty.wren("code", typed=f"{SECRET}\n")
    assert result.exit_code == 0
    assert SECRET not in result.output


@pytest.mark.parametrize("secret", ["!", "not a secret", "1", "éé", "JBSWY3DPEHPK3PXP"])
def test_what_is_no_secret(empty: Deployment, secret: str) -> None:
    assert empty.refused("code", secret) == "This is not a TOTP secret."
