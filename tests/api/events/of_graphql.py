"""GraphQL itself tells of nothing: what its fields do is told as it is over REST."""

from __future__ import annotations

from tests.api.events.stage import Line, Refused, Scene

_NOTHING = Refused(body={"query": ""})
SCENES = [
    Scene("graphql", [
        Line(f"POST /v1/graphql{path}", [], {"query": "{__typename}"}, refused=_NOTHING) for path in ("", "/mutation")
    ])
]  # fmt: skip
