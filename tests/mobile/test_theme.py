"""Contrast of every pair of colours that is used, by WCAG 2.2 (1.4.3, 1.4.11)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from kivy.utils import get_color_from_hex

from mobile.theme import PAIRS, PALETTES, Theme, font, space

ROOT = Path(__file__).parents[2] / "mobile"


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG defines it."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in get_color_from_hex(colour)[:3]
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_sum_is_right() -> None:
    assert contrast("#FFFFFF", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("night", [0, 1])
@pytest.mark.parametrize(("ink", "ground", "least"), PAIRS)
def test_it_can_be_read(ink: str, ground: str, least: float, night: int) -> None:
    assert contrast(PALETTES[ink][night], PALETTES[ground][night]) >= least


def test_every_colour_in_the_rules_is_known_and_tested() -> None:
    used = set()
    for path in ROOT.rglob("*.kv"):
        rules = re.sub(r"#:import.*", "", path.read_text("utf-8"))
        used |= set(re.findall(r"\btheme\.(\w+)", rules)) - {"night", "motion"}
    assert used <= PALETTES.keys()
    inks = {name for name in used if name.endswith("_ink") or name in ("ink", "soft")}
    assert inks <= {ink for ink, _, _ in PAIRS}


def test_night_switches_a_living_theme() -> None:
    theme = Theme()
    day = tuple(theme.paper)
    theme.night = True
    assert tuple(theme.paper) == pytest.approx(get_color_from_hex(PALETTES["paper"][1]))
    theme.night = False
    assert tuple(theme.paper) == pytest.approx(day)


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.kv")), ids=lambda path: path.stem)
def test_rules_take_sizes_from_the_scales(path: Path) -> None:
    """No rule has a size of type, a corner or a distance between things of its own."""
    own = [
        line.strip()
        for line in path.read_text("utf-8").splitlines()
        if re.match(r" *(font_size|spacing|padding|radius|rounded_rectangle):", line)
        and any(2 < float(one) < 100 for one in re.findall(r"[sd]p\(([\d.]+)\)|", line) if one)
    ]
    own += re.findall(r"'\d+[sd]p'", path.read_text("utf-8"))
    assert not own


def test_a_size_that_is_not_on_the_scale_is_none() -> None:
    with pytest.raises(AttributeError, match="enormous"):
        _ = font.enormous


def test_nothing_to_read_is_smaller_than_thirteen() -> None:
    assert min(font.sizes.values()) == 13
    assert space.sizes["touch"] == 48
