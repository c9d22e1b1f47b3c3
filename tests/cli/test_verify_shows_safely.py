"""A text that was sealed by anybody can't command the terminal of whoever verifies it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Deployment
from tests.service import Service


def test_it_works(deployment: Deployment, tmp_path: Path) -> None:
    service = Service(deployment.url, deployment.handlers)
    # These pass as text: they turn what follows around, or look like nothing.
    story = "An invented story \u202efdp.exe\u200b ends."
    _, token = service.open_case(content={"story": story})
    found = service.get("/case/proof", service.reporter(token)).get_json()
    service.close()
    (tmp_path / "proof.json").write_text(json.dumps(found))
    result = deployment.wren("verify", str(tmp_path / "proof.json"), typed=f"{token}\n")
    assert result.exit_code == 0
    assert "An invented story ?fdp.exe? ends." in result.output
