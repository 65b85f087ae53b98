"""Platforms of apps: Apple, Android, Windows and Linux. They differ in what the identifier of an app is called."""

from __future__ import annotations

from typing import Annotated, Any

from appwrite_py.data.pg import Record
from appwrite_py.http import rules
from appwrite_py.http.context import Ctx
from appwrite_py.http.params import CustomId, Uid
from appwrite_py.http.project_parts import (
    PlatformAndroid,
    PlatformApple,
    PlatformLinux,
    PlatformWindows,
    android_platform,
    apple_platform,
    linux_platform,
    windows_platform,
)
from appwrite_py.http.registry import SERVER, Service
from appwrite_py.platform import clients

service = Service("project", "/v1/project/platforms", within="project")

Name = Annotated[str, rules.Text(128, blank=False)]
AppId = Annotated[str, rules.Text(256, blank=False)]

CREATES: dict[str, Any] = {
    "scope": "platforms.write",
    "callers": SERVER,
    "status": 201,
    "event": "platforms.[platformId].create",
    "audit": "project.platform.create project.platform/{response.$id}",
}
UPDATES: dict[str, Any] = {
    "scope": "platforms.write",
    "callers": SERVER,
    "event": "platforms.[platformId].update",
    "audit": "project.platform.update project.platform/{response.$id}",
}


@service.post("/apple", sdk="createApplePlatform", **CREATES)
async def create_apple(ctx: Ctx, platformId: CustomId, name: Name, bundleIdentifier: AppId) -> PlatformApple:
    """Register an app for Apple's systems by its bundle identifier."""
    return apple_platform(await _create(ctx, "apple", platformId, name, bundleIdentifier))


@service.put("/apple/:platformId", sdk="updateApplePlatform", **UPDATES)
async def update_apple(ctx: Ctx, platformId: Uid, name: Name, bundleIdentifier: AppId) -> PlatformApple:
    """Change the name and the bundle identifier of an app for Apple's systems."""
    return apple_platform(await _update(ctx, "apple", platformId, name, bundleIdentifier))


@service.post("/android", sdk="createAndroidPlatform", **CREATES)
async def create_android(ctx: Ctx, platformId: CustomId, name: Name, applicationId: AppId) -> PlatformAndroid:
    """Register an app for Android by its application ID."""
    return android_platform(await _create(ctx, "android", platformId, name, applicationId))


@service.put("/android/:platformId", sdk="updateAndroidPlatform", **UPDATES)
async def update_android(ctx: Ctx, platformId: Uid, name: Name, applicationId: AppId) -> PlatformAndroid:
    """Change the name and the application ID of an app for Android."""
    return android_platform(await _update(ctx, "android", platformId, name, applicationId))


@service.post("/windows", sdk="createWindowsPlatform", **CREATES)
async def create_windows(ctx: Ctx, platformId: CustomId, name: Name, packageIdentifierName: AppId) -> PlatformWindows:
    """Register an app for Windows by its package identifier name."""
    return windows_platform(await _create(ctx, "windows", platformId, name, packageIdentifierName))


@service.put("/windows/:platformId", sdk="updateWindowsPlatform", **UPDATES)
async def update_windows(ctx: Ctx, platformId: Uid, name: Name, packageIdentifierName: AppId) -> PlatformWindows:
    """Change the name and the package identifier name of an app for Windows."""
    return windows_platform(await _update(ctx, "windows", platformId, name, packageIdentifierName))


@service.post("/linux", sdk="createLinuxPlatform", **CREATES)
async def create_linux(ctx: Ctx, platformId: CustomId, name: Name, packageName: AppId) -> PlatformLinux:
    """Register an app for Linux by its package name."""
    return linux_platform(await _create(ctx, "linux", platformId, name, packageName))


@service.put("/linux/:platformId", sdk="updateLinuxPlatform", **UPDATES)
async def update_linux(ctx: Ctx, platformId: Uid, name: Name, packageName: AppId) -> PlatformLinux:
    """Change the name and the package name of an app for Linux."""
    return linux_platform(await _update(ctx, "linux", platformId, name, packageName))


async def _create(ctx: Ctx, kind: str, platform_id: str, name: str, key: str) -> Record:
    return await clients.create(ctx.db, ctx.project.id, platform_id, kind, name, ctx.now, key=key)


async def _update(ctx: Ctx, kind: str, platform_id: str, name: str, key: str) -> Record:
    await clients.find(ctx.db, ctx.project.id, platform_id, kind)
    return await clients.update(ctx.db, ctx.project.id, platform_id, name, ctx.now, key=key)
