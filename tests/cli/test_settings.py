"""A setting that is wrong is named, with what to do about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.config import USUAL_EXIT, ConfigError, data_dir, from_env, vault_place
from shared.sealing.encoding import b64
from tests.cli.conftest import Deployment

ONION = "http://" + "wrenabcdefgh2345" * 3 + "wrenabcd.onion"


def test_no_secret_is_in_a_repr(tmp_path: Path) -> None:
    """Settings stand in tracebacks of whoever prints a frame's names."""
    key, password = bytes(range(32)), tmp_path / "password"
    (tmp_path / "secret").write_text(b64(key))
    (tmp_path / "secret").chmod(0o600)
    password.write_text("hush-of-mail")
    found = from_env(
        {
            "WREN_DATA": str(tmp_path),
            "WREN_DATABASE_URL": "postgresql://wren:hush-of-rows@127.0.0.1/wren",
            "WREN_SMTP": "smtp+starttls://wren@mail.example",
            "WREN_SMTP_FROM": "wren@trust.example",
            "WREN_SMTP_PASSWORD_FILE": str(password),
            "WREN_PUBLIC_ADDRESS": "https://wren.example",
        }
    )
    assert found.mail is not None
    assert (found.mail.password, found.secret) == ("hush-of-mail", key)
    shown = repr(found) + str(found)
    assert "mail.example" in shown
    for one in ("hush", repr(key), b64(key), key.hex()):
        assert one not in shown


@pytest.mark.parametrize("command", ["init", "serve", "doctor"])
def test_a_misspelt_name(deployment: Deployment, command: str) -> None:
    said = deployment.refused(command, DATABSE_URL="sqlite:///x.db")
    assert said.startswith("WREN_DATABSE_URL: there is no such setting. Known: ")
    assert "WREN_DATABASE_URL" in said


@pytest.mark.parametrize("command", ["serve", "doctor"])
def test_a_missing_secret(deployment: Deployment, command: str) -> None:
    (deployment.place / "secret").unlink()
    said = deployment.refused(command)
    assert said.startswith("WREN_SECRET_FILE: ")
    assert said.endswith("for a new installation run: wren init")


@pytest.mark.parametrize("content", ["", "abc", "é", "A" * 42, "=" * 43, "A" * 44])
def test_a_secret_that_is_none(deployment: Deployment, content: str) -> None:
    (deployment.place / "secret").write_text(content)
    assert deployment.refused("doctor").startswith("WREN_SECRET_FILE: ")


def test_a_secret_that_can_not_be_read(deployment: Deployment) -> None:
    said = deployment.refused("doctor", SECRET_FILE=str(deployment.place))
    assert "can't be read" in said


@pytest.mark.parametrize("url", ["mysql://x/y", "wren.db", "sqlite://", ""])
def test_a_database_of_another_kind(deployment: Deployment, url: str) -> None:
    said = deployment.refused("serve", DATABASE_URL=url)
    assert said == "WREN_DATABASE_URL: begin it with sqlite:/// or postgresql://"


def test_a_database_that_is_not_there(deployment: Deployment, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'nowhere' / 'wren.db'}"
    assert "database" in deployment.refused("organisation", "add", "abc", "x", DATABASE_URL=url)


def test_a_server_that_is_not_there(deployment: Deployment) -> None:
    url = "postgresql://wren:hidden@127.0.0.1:9/wren"
    said = deployment.refused("organisation", "add", "abc", "x", DATABASE_URL=url)
    assert said.startswith("The database can't be used (OperationalError). Is its server away")
    assert "hidden" not in said


def settings(deployment: Deployment, **more: str) -> dict[str, str]:
    return {"WREN_DATA": str(deployment.place)} | {
        f"WREN_{name}": one for name, one in more.items()
    }


def test_from_when_work_is_asked(deployment: Deployment) -> None:
    assert from_env(settings(deployment)).work_from == 60
    assert from_env(settings(deployment, WORK_FROM="200")).work_from == 200
    assert from_env(settings(deployment, WORK_FROM="never")).work_from == 0
    for wrong in ("", "0", "-1", "1.5", "often", "9999999", "1\n"):
        with pytest.raises(ConfigError, match="WREN_WORK_FROM: give openings"):
            from_env(settings(deployment, WORK_FROM=wrong))


@pytest.mark.parametrize(
    "address",
    ["https://www.nhs.uk/", "https://www.bbc.co.uk/weather", "http://intranet.example:8080/a?b=c",
     "https://nhs.uk"],
)  # fmt: skip
def test_where_the_quick_exit_leads(deployment: Deployment, address: str) -> None:
    assert from_env(settings(deployment)).leave_to == USUAL_EXIT
    assert from_env(settings(deployment, EXIT=address)).leave_to == address


@pytest.mark.parametrize(
    "address",
    ["", "/", "www.nhs.uk", "//www.nhs.uk/", "javascript:alert(1)", "ftp://nhs.uk/", "https://",
     "https://nhs.uk/ a", "https://nhs.uk/\r\nSet-Cookie: a=b", "https://nhs.uk/\n",
     "https://a@b.example/", "https://nhs.uk/\u00e9", "https://nhs.uk\\@b.example/"],
)  # fmt: skip
def test_an_exit_that_leads_nowhere(deployment: Deployment, address: str) -> None:
    with pytest.raises(ConfigError, match=r"^WREN_EXIT: .*https://") as caught:
        from_env(settings(deployment, EXIT=address))
    assert str(caught.value) == deployment.refused("serve", EXIT=address)


def test_an_onion_service(deployment: Deployment) -> None:
    assert from_env(settings(deployment)).onion == ""
    assert from_env(settings(deployment, ONION="")).onion == ""
    for address in (ONION, ONION.replace("http:", "https:")):
        assert from_env(settings(deployment, ONION=address)).onion == address


@pytest.mark.parametrize(
    "address",
    [f"{ONION}/", f"{ONION}:80", f"{ONION}/o/eeast", ONION.removeprefix("http://"), ONION.upper(),
     ONION.replace("wren", "wre", 1), ONION.replace("wren", "wren1", 1), f"{ONION}\n", f" {ONION}",
     "http://expyuzz4wqqyqhjn.onion", "https://wren.example", f"{ONION}.example"],
)  # fmt: skip
def test_what_is_no_onion_service(deployment: Deployment, address: str) -> None:
    with pytest.raises(ConfigError, match=r"^WREN_ONION: .*\.onion") as caught:
        from_env(settings(deployment, ONION=address))
    assert str(caught.value) == deployment.refused("serve", ONION=address)


@pytest.mark.parametrize("place", ["/srv/vault", "s3://wren-eeast", "s3://wren-eeast/a/b"])
def test_a_place_for_attachments(deployment: Deployment, place: str) -> None:
    found = from_env(settings(deployment, VAULT=place))
    assert vault_place(found) == place


def test_attachments_lie_beside_the_database(deployment: Deployment) -> None:
    given = settings(deployment)
    found = from_env(given)
    assert Path(vault_place(found)) == data_dir(given) / "wren.vault"
    other = settings(deployment, DATABASE_URL="postgresql://wren@127.0.0.1/wren")
    assert Path(vault_place(from_env(other))) == data_dir(other) / "wren.vault"


@pytest.mark.parametrize("place", ["s3://", "s3:///a", "s3://UP", "https://a.example", "s3://a b"])
def test_what_is_no_place_for_attachments(deployment: Deployment, place: str) -> None:
    with pytest.raises(ConfigError, match=r"^WREN_VAULT: ") as caught:
        from_env(settings(deployment, VAULT=place))
    assert str(caught.value) == deployment.refused("serve", VAULT=place)


def test_what_webhooks_may_reach(deployment: Deployment) -> None:
    assert from_env(settings(deployment)).webhooks_private == ()
    given = " 10.1.2.0/24, eeast=cases.trust.example,fd00::/8,"
    found = from_env(settings(deployment, WEBHOOKS_PRIVATE=given))
    assert found.webhooks_private == ("10.1.2.0/24", "eeast=cases.trust.example", "fd00::/8")
    for wrong in (
        "10.1.2.3/24",
        "two words=10.1.2.0/24",
        "https://cases.trust.example",
        "two words",
        "*",
        "10.0.0.0/40",
    ):
        with pytest.raises(ConfigError, match="WREN_WEBHOOKS_PRIVATE: give networks"):
            from_env(settings(deployment, WEBHOOKS_PRIVATE=wrong))
