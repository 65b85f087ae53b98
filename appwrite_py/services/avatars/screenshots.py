"""Screenshots of web pages, taken by a Chromium on this machine."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from re import compile as pattern
from typing import Annotated, Any
from urllib.parse import urlsplit

from appwrite_py import errors
from appwrite_py.auth.abuse import Limit
from appwrite_py.files import images
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import LooseFlag
from appwrite_py.http.registry import Service
from appwrite_py.http.rules import Assoc, ListOf, OneOf, Range, Text, Url
from appwrite_py.kit.outbound import Refused
from appwrite_py.services.avatars.answers import Picture, Quality, Side, kept
from appwrite_py.services.avatars.chromium import Failed, Page, find_program, launched
from appwrite_py.services.avatars.gateway import gateway
from appwrite_py.services.avatars.remote import SCHEMES

screenshots = Service("avatars", "/v1/avatars")
AT_ONCE = 2
LOAD_SECONDS = 20.0
_TALLEST = 16_384
_NOT_TAKEN = "Screenshot generation failed: {}."
_HEADER_NAME = pattern(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}\Z")
_PERMISSIONS = {
    "geolocation": "geolocation", "camera": "videoCapture", "microphone": "audioCapture",
    "notifications": "notifications", "midi": "midi", "push": "notifications",
    "clipboard-read": "clipboardReadWrite", "clipboard-write": "clipboardSanitizedWrite",
    "payment-handler": "paymentHandler", "usb": "", "bluetooth": "", "accelerometer": "sensors",
    "gyroscope": "sensors", "magnetometer": "sensors", "ambient-light-sensor": "sensors",
    "background-sync": "backgroundSync", "persistent-storage": "durableStorage",
    "screen-wake-lock": "wakeLockScreen", "web-share": "", "xr-spatial-tracking": "vr",
}  # fmt: skip


def _time_zones() -> tuple[str, ...]:
    """The zones of the time zone database that are not mere other names."""
    table = files("tzdata").joinpath("zoneinfo/zone.tab").read_text(encoding="utf-8")
    lines = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return (*sorted(fields[2] for fields in lines), "UTC")


@dataclass(frozen=True, slots=True)
class Shot:
    """What to show, and how."""

    url: str
    headers: dict[str, str]
    width: int
    height: int
    scale: float
    theme: str
    user_agent: str
    whole_page: bool
    locale: str
    time_zone: str
    position: tuple[float, float, float]
    touch: bool
    permissions: tuple[str, ...]
    sleep: int


@screenshots.get("/screenshots", scope="avatars.read", sdk="getScreenshot", abuse=Limit(60))
async def get(
    ctx: Ctx,
    url: Annotated[str, Url(schemes=SCHEMES)],
    headers: Annotated[dict[str, Any], Assoc()] = {},  # noqa: B006 -- read only
    viewportWidth: Annotated[int, Range(1, 1920)] = 1280,
    viewportHeight: Annotated[int, Range(1, 1080)] = 720,
    scale: Annotated[float, Range(0.1, 3, fractions=True)] = 1,
    theme: Annotated[str, OneOf("light", "dark", ci=True)] = "light",
    userAgent: Annotated[str, Text(512)] = "",
    fullpage: LooseFlag = False,
    locale: Annotated[str, Text(10)] = "",
    timezone: Annotated[str, OneOf(*_time_zones(), ci=True)] = "",
    latitude: Annotated[float, Range(-90, 90, fractions=True)] = 0,
    longitude: Annotated[float, Range(-180, 180, fractions=True)] = 0,
    accuracy: Annotated[float, Range(0, 100_000, fractions=True)] = 0,
    touch: LooseFlag = False,
    permissions: Annotated[Sequence[str], ListOf(OneOf(*_PERMISSIONS, ci=True))] = (),
    sleep: Annotated[int, Range(0, 10)] = 0,
    width: Side = 0,
    height: Side = 0,
    quality: Quality = -1,
    output: Annotated[str, OneOf(*images.TYPES)] = "",
) -> Picture:
    """Get a screenshot of a web page on the public internet, as a browser with these properties shows it.

    It is taken when the page has loaded and `sleep` seconds have passed. `headers` are sent with all its requests.
    `width` and `height` cut the picture to a size; 0 leaves it as it is.
    """
    shot = Shot(
        url=url, headers=_checked(headers), width=viewportWidth, height=viewportHeight, scale=scale,
        theme=theme.lower(), user_agent=userAgent, whole_page=fullpage, locale=locale,
        time_zone=_zone(timezone), position=(latitude, longitude, accuracy), touch=touch,
        permissions=tuple(permission.lower() for permission in permissions), sleep=sleep,
    )  # fmt: skip
    look = images.Look(width=width, height=height, quality=quality, output=output or "png")

    async def take_and_cut() -> images.Rendered:
        taken = await _taken(ctx, shot)
        if look == images.Look(width=0, height=0, quality=-1, output="png"):
            return images.Rendered(taken, "image/png")
        try:
            return await images.rendered(taken, **look)
        except images.Unwritable as cause:
            raise errors.GENERAL_FEATURE_UNSUPPORTED(f"{cause}.") from cause
        except (images.TooLarge, images.Unreadable) as cause:
            raise errors.AVATAR_REMOTE_URL_FAILED(_NOT_TAKEN.format(cause)) from cause

    key = (ctx.project.id, repr(shot), tuple(sorted(look.items())))
    return await kept(key, take_and_cut)


def _checked(headers: dict[str, Any]) -> dict[str, str]:
    for name, value in headers.items():
        if not _HEADER_NAME.match(name) or not isinstance(value, str) or not value.isprintable():
            raise errors.GENERAL_ARGUMENT_INVALID("Invalid `headers` param: Names and values must be those of headers.")
    return dict(headers)


@cache
def _zones_by_lower() -> dict[str, str]:
    return {zone.lower(): zone for zone in _time_zones()}


def _zone(name: str) -> str:
    return _zones_by_lower()[name.lower()] if name else ""


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(AT_ONCE, thread_name_prefix="screenshots")


async def _taken(ctx: Ctx, shot: Shot) -> bytes:
    program = find_program(ctx.settings.browser)
    if program is None:
        raise errors.AVATAR_REMOTE_URL_FAILED(
            _NOT_TAKEN.format("there is no browser on this server; install Chromium, or name it in APPWRITE_PY_BROWSER")
        )
    parts = urlsplit(shot.url)
    try:
        await ctx.app.outbound.addresses(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
        async with gateway(ctx.app.outbound) as port:
            sandbox = ctx.settings.browser_sandbox == "enabled"
            work = partial(_take, shot, program, port, sandbox=sandbox)
            return await asyncio.get_running_loop().run_in_executor(_threads(), work)
    except Refused as cause:
        raise errors.AVATAR_REMOTE_URL_FAILED from cause
    except Failed as cause:
        raise errors.AVATAR_REMOTE_URL_FAILED(_NOT_TAKEN.format(cause)) from cause


def _take(shot: Shot, program: str, port: int, *, sandbox: bool) -> bytes:
    deadline = time.monotonic() + LOAD_SECONDS + shot.sleep
    with launched(program, port, sandbox=sandbox, deadline=deadline) as page:
        _dress(page, shot)
        page.go(shot.url)
        page.rest(shot.sleep)
        options: dict[str, Any] = {}
        if shot.whole_page:
            size = page.send("Page.getLayoutMetrics")["cssContentSize"]
            high = min(max(size["height"], shot.height), _TALLEST / max(shot.scale, 1))
            options = {
                "captureBeyondViewport": True,
                "clip": {"x": 0, "y": 0, "width": shot.width, "height": high, "scale": 1},
            }
        return base64.b64decode(page.send("Page.captureScreenshot", format="png", **options)["data"])


def _dress(page: Page, shot: Shot) -> None:
    """Give the page the properties that were asked for."""
    page.send("Browser.setDownloadBehavior", behavior="deny")
    page.send(
        "Emulation.setDeviceMetricsOverride",
        width=shot.width, height=shot.height, deviceScaleFactor=shot.scale, mobile=False,
    )  # fmt: skip
    page.send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": shot.theme}])
    if shot.user_agent or shot.locale:
        agent = shot.user_agent or page.send("Browser.getVersion")["userAgent"]
        language = {"acceptLanguage": shot.locale} if shot.locale else {}
        page.send("Emulation.setUserAgentOverride", userAgent=agent.replace("Headless", ""), **language)
    if shot.locale:
        page.send("Emulation.setLocaleOverride", locale=shot.locale.replace("-", "_"))
    if shot.time_zone:
        page.send("Emulation.setTimezoneOverride", timezoneId=shot.time_zone)
    latitude, longitude, accuracy = shot.position
    if latitude or longitude:
        page.send("Emulation.setGeolocationOverride", latitude=latitude, longitude=longitude, accuracy=accuracy)
    if shot.touch:
        page.send("Emulation.setTouchEmulationEnabled", enabled=True)
    if granted := sorted({_PERMISSIONS[name] for name in shot.permissions} - {""}):
        page.send("Browser.grantPermissions", permissions=granted)
    if shot.headers:
        page.send("Network.enable")
        page.send("Network.setExtraHTTPHeaders", headers=shot.headers)
