"""Functions: how they are built, what runs them, and within which limits."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from appwrite_py.settings.kinds import Section, Toggle, Words


class Functions(Section):
    """Functions."""

    functions_executor: Literal["process", "docker"] = Field(
        "process",
        alias="APPWRITE_PY_FUNCTIONS_EXECUTOR",
        description="What runs functions: `process` (Node and Python of this machine, in a sandbox) or `docker` "
        "(all runtimes, in containers).",
    )
    functions_runtimes: Words = Field(
        "",
        alias="_APP_FUNCTIONS_RUNTIMES",
        description="Comma list of the runtimes that are offered, such as `node-22,python-3.12`. Empty: all there are.",
    )
    functions_programs: Words = Field(
        "",
        alias="APPWRITE_PY_FUNCTIONS_PROGRAMS",
        description="Comma list of paths of further Node and Python programs that run functions, besides those in "
        "`PATH`.",
    )
    functions_sandbox: Literal["auto", "bubblewrap", "user", "none"] = Field(
        "auto",
        alias="APPWRITE_PY_FUNCTIONS_SANDBOX",
        description="What holds functions' processes: `bubblewrap` (namespaces), `user` (a user of their own, where "
        "the server is root), `none` (limits only, for code that is trusted as the server is). `auto`: the first of "
        "the former two that works here, and no functions where neither does.",
    )
    functions_images: Words = Field(
        "openruntimes",
        alias="APPWRITE_PY_FUNCTIONS_IMAGES",
        description="Where the images of the executor `docker` come from: an account at Docker Hub, or a registry and "
        "a path in it, such as `registry.example.com/openruntimes`.",
    )
    functions_docker_network: Words = Field(
        "",
        alias="APPWRITE_PY_FUNCTIONS_DOCKER_NETWORK",
        description="Docker network that functions' containers join, for a server that is in a container itself, and "
        "in the same network. Empty: one of their own, in which they do not reach each other.",
    )
    functions_network: Toggle = Field(
        "enabled",
        alias="APPWRITE_PY_FUNCTIONS_NETWORK",
        description="Let functions use the network, and with it the API. Needs bubblewrap or Docker to be `disabled`.",
    )
    functions_endpoint: Words = Field(
        "",
        alias="APPWRITE_PY_FUNCTIONS_ENDPOINT",
        description="Address of the API that functions and builds are told, such as `https://example.com/v1`. Empty: "
        "made of `_APP_DOMAIN`, and of the port where that is `localhost`.",
    )
    templates_url: Words = Field(
        "https://github.com",
        alias="APPWRITE_PY_TEMPLATES_URL",
        description="Server of the public Git repositories that deployments from templates are fetched from: GitHub, "
        "or one that offers archives as GitHub does (Gitea, Forgejo).",
    )
    functions_creation_limit: int = Field(
        50,
        alias="_APP_FUNCTIONS_CREATION_ABUSE_LIMIT",
        ge=1,
        description="Functions that may be created in one project in a day, where rate limits are on.",
    )
    functions_processes: int = Field(
        16,
        alias="APPWRITE_PY_FUNCTIONS_PROCESSES",
        ge=1,
        le=1000,
        description="Most processes that one server process keeps for functions; the longest unused gives way. For "
        "calls that functions wait for there are half as many besides, at each depth of nesting.",
    )
    functions_processes_each: int = Field(
        2,
        alias="APPWRITE_PY_FUNCTIONS_PROCESSES_EACH",
        ge=1,
        le=100,
        description="Most processes of one deployment in one server process.",
    )
    functions_concurrency: int = Field(
        8,
        alias="APPWRITE_PY_FUNCTIONS_CONCURRENCY",
        ge=1,
        le=1000,
        description="Most calls that one process of a function works on at once.",
    )
    functions_queue: int = Field(
        500,
        alias="APPWRITE_PY_FUNCTIONS_QUEUE",
        ge=1,
        description="Most calls of one deployment that wait for a free process, in one server process.",
    )
    functions_sync_seconds: float = Field(
        30,
        alias="APPWRITE_PY_FUNCTIONS_SYNC_SECONDS",
        gt=0,
        le=900,
        description="Longest synchronous execution of a function; asynchronous ones have the function's `timeout`.",
    )
    functions_executions: int = Field(
        50,
        alias="APPWRITE_PY_FUNCTIONS_EXECUTIONS",
        ge=1,
        le=1000,
        description="Asynchronous executions, those of events and schedules among them, that one server process works "
        "on at once; others wait.",
    )
    execution_retention_seconds: int = Field(
        1_209_600,
        alias="_APP_MAINTENANCE_RETENTION_EXECUTION",
        ge=60,
        description="How long executions of functions are kept.",
    )
    compute_size_limit_bytes: int = Field(
        30_000_000, alias="_APP_COMPUTE_SIZE_LIMIT", ge=1, description="Largest deployment of a function or site."
    )
    compute_build_timeout_seconds: int = Field(
        2700, alias="_APP_COMPUTE_BUILD_TIMEOUT", ge=1, description="Longest build of a function or site."
    )
    compute_build_size_limit_bytes: int = Field(
        2_000_000_000,
        alias="_APP_COMPUTE_BUILD_SIZE_LIMIT",
        ge=0,
        description="Most that a build may write, and the largest package that may come of it. 0: no limit.",
    )
    compute_builds: int = Field(
        2,
        alias="APPWRITE_PY_COMPUTE_BUILDS",
        ge=1,
        le=100,
        description="Builds that one server process works on at once; others wait.",
    )
    compute_cpus: float = Field(
        0, alias="_APP_COMPUTE_CPUS", ge=0, description="Most CPUs of the sizes offered to functions. 0: no limit."
    )
    compute_memory_mb: int = Field(
        0,
        alias="_APP_COMPUTE_MEMORY",
        ge=0,
        description="Most memory (MB) of the sizes offered to functions. 0: no limit.",
    )
    compute_idle_seconds: int = Field(
        60,
        alias="_APP_COMPUTE_INACTIVE_THRESHOLD",
        ge=1,
        description="How long what a function runs in is kept warm after its last call.",
    )
