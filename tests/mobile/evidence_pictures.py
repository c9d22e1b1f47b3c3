"""Pictures for tests: screenshots of chats as phones make them, and photos. All of it invented."""

from __future__ import annotations

import io
import random
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

Box = tuple[int, int, int, int]
WORDS = "This is an invented message about nobody that somebody wrote in an invented group"


@dataclass(frozen=True)
class Look:
    """How a phone and its chat look. Measures in dp, of which the screen has `across`."""

    across: int = 360
    down: int = 800
    pixels: int = 1080
    bar: int = 24
    """The status bar's height."""
    ground: str = "#EFEAE2"
    top: str = "#FFFFFF"
    ink: str = "#111B21"
    own: str = "#D9FDD3"
    other: str = "#FFFFFF"
    faces: bool = False
    wallpaper: bool = False
    corner: int = 10


ANDROID = Look()
ANDROID_DARK = Look(ground="#0B141A", top="#1F2C34", ink="#E9EDEF", own="#005C4B", other="#202C33")
GROUP = Look(faces=True, wallpaper=True)
GROUP_DARK = Look(
    across=412, down=915, pixels=1080, bar=36, faces=True, ground="#0B141A", top="#0B141A",
    ink="#E9EDEF", own="#144D37", other="#1F2C33",
)  # fmt: skip
IOS = Look(
    across=390, down=844, pixels=1170, bar=47, ground="#FFFFFF", top="#F6F6F6", ink="#000000",
    own="#007AFF", other="#E9E9EB", corner=17,
)  # fmt: skip
IOS_DARK = Look(
    across=390, down=844, pixels=1170, bar=47, ground="#000000", top="#1C1C1E", ink="#FFFFFF",
    own="#30D158", other="#262629", corner=17, faces=True,
)  # fmt: skip
LOOKS = {
    "android": ANDROID, "android-dark": ANDROID_DARK, "group": GROUP, "group-dark": GROUP_DARK,
    "ios": IOS, "ios-dark": IOS_DARK,
}  # fmt: skip


@dataclass
class Chat:
    """A screenshot, and where in it things are (in pixels)."""

    picture: Image.Image
    status: Box
    own: list[Box]
    faces: list[Box]


class _Screen:
    def __init__(self, look: Look, seed: int) -> None:
        self.look, self.chance = look, random.Random(seed)
        self.unit = look.pixels / look.across
        size = look.pixels, round(look.down * self.unit)
        self.picture = Image.new("RGB", size, look.ground)
        self.draw = ImageDraw.Draw(self.picture)

    def px(self, *dp: float) -> Any:
        found = tuple(round(one * self.unit) for one in dp)
        return found if len(found) > 1 else found[0]

    def font(self, dp: float) -> Any:
        return ImageFont.load_default(self.px(dp))

    def text(self, left: float, top: float, text: str, size: float, fill: Any = None) -> None:
        self.draw.text(self.px(left, top), text, font=self.font(size), fill=fill or self.look.ink)

    def wallpaper(self) -> None:
        for _ in range(500):
            x = self.chance.randrange(self.look.across)
            y = self.chance.randrange(self.look.down)
            self.draw.arc(self.px(x, y, x + 14, y + 14), 0, 230, fill="#E4DDD3", width=3)

    def bars(self) -> Box:
        look = self.look
        self.draw.rectangle(self.px(0, 0, look.across, look.bar + 56), fill=look.top)
        middle = look.bar / 2 if look.bar < 40 else look.bar * 0.62
        self.text(24, middle - 7, "23:14", 13)
        for at, wide in ((62, 13), (44, 12), (26, 18)):
            left = look.across - at
            self.draw.rectangle(self.px(left, middle - 5, left + wide, middle + 5), fill=look.ink)
        self.draw.ellipse(self.px(44, look.bar + 8, 84, look.bar + 48), fill="#7A8F99")
        self.text(94, look.bar + 16, "Station group", 18)
        return 0, 0, look.pixels, self.px(look.bar)

    def bubble(self, top: float, lines: int, mine: bool, wide: float) -> Box:
        look = self.look
        high = 12 + 20 * lines
        margin = 12 if mine or not look.faces else 48
        left = look.across - margin - wide if mine else margin
        box = self.px(left, top, left + wide, top + high)
        self.draw.rounded_rectangle(
            box, self.px(look.corner), fill=look.own if mine else look.other
        )
        for line in range(lines):
            begin = self.chance.randrange(30)
            self.text(left + 10, top + 7 + 20 * line, WORDS[begin : begin + int(wide / 8.5)], 14)
        return tuple(box)  # type: ignore[return-value]

    def face(self, bottom: float) -> Box:
        box = self.px(9, bottom - 30, 39, bottom)
        colour = tuple(self.chance.randrange(60, 200) for _ in range(3))
        self.draw.ellipse(box, fill=colour)
        self.draw.ellipse(self.px(18, bottom - 25, 30, bottom - 13), fill="#F3D9C4")
        return tuple(box)  # type: ignore[return-value]

    def box_to_write(self) -> None:
        look = self.look
        top = look.down - 46
        self.draw.rounded_rectangle(
            self.px(8, top, look.across - 60, look.down - 6), self.px(20), fill=look.other
        )
        self.draw.ellipse(
            self.px(look.across - 52, top - 2, look.across - 8, top + 42), fill="#00A884"
        )


def chat(look: Look = ANDROID, seed: int = 1) -> Chat:
    """A screenshot of an invented chat."""
    screen = _Screen(look, seed)
    if look.wallpaper:
        screen.wallpaper()
    found = Chat(screen.picture, screen.bars(), [], [])
    top: float = look.bar + 76
    turns = (False, True, False, False, True, True, False, True)
    for mine in turns:
        lines, wide = screen.chance.randint(1, 3), screen.chance.randint(110, 250)
        if top + 12 + 20 * lines > look.down - 60:
            break
        box = screen.bubble(top, lines, mine, wide)
        if mine:
            found.own.append(box)
        elif look.faces:
            found.faces.append(screen.face(top + 12 + 20 * lines))
        top += 12 + 20 * lines + screen.chance.choice((4, 10, 24))
    screen.box_to_write()
    return found


def photo(width: int = 1200, height: int = 2000, seed: int = 1) -> Image.Image:
    """Something like a photo: a sky, hills, a wall with a window, and the noise of a camera."""
    chance = random.Random(seed)
    picture = Image.linear_gradient("L").resize((width, height))
    picture = Image.merge("RGB", (picture, picture.point(lambda v: v // 2 + 60), picture))
    draw = ImageDraw.Draw(picture)
    for _ in range(60):
        x, y, reach = (
            chance.randrange(width),
            chance.randrange(height),
            chance.randrange(30, 300),
        )
        colour = tuple(chance.randrange(256) for _ in range(3))
        draw.ellipse((x, y, x + reach, y + reach), fill=colour)
    draw.rectangle((width * 0.6, height * 0.3, width * 0.95, height * 0.45), fill="#D0E0F0")
    picture = picture.filter(ImageFilter.GaussianBlur(3))
    noise = Image.effect_noise((width, height), 18)
    return ImageChops.add(picture, Image.merge("RGB", (noise,) * 3), 1, -128)


def encoded(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """The bytes of a file."""
    target = io.BytesIO()
    picture.save(target, kind, **options)
    return target.getvalue()
