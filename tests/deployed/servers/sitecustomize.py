"""Loaded by Python at the start of each server that tests start: packages of the development,
which those of a deployment take if they are there, are not.

`structlog` takes `rich`, `jsonschema` its checks of formats, `requests` `chardet`, `pygal` `lxml`:
a tenth of a server's start. None is in locks/server.txt.
"""

import sys

for _name in (
    "chardet", "fqdn", "isoduration", "lxml", "pygments", "rfc3339_validator",
    "rfc3986_validator", "rich", "uri_template", "webcolors",
):  # fmt: skip
    sys.modules[_name] = None  # type: ignore[assignment]
