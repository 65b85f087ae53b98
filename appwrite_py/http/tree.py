"""Finds the route of a path in constant time: a tree of path segments, static ones before parameters."""

from __future__ import annotations

from typing import Generic, TypeVar

Target = TypeVar("Target")


class _Node(Generic[Target]):
    __slots__ = ("parameter", "static", "targets")

    def __init__(self) -> None:
        self.static: dict[str, _Node[Target]] = {}
        self.parameter: _Node[Target] | None = None
        self.targets: dict[str, tuple[Target, tuple[str, ...]]] = {}


class Tree(Generic[Target]):
    """Routes by method and path; `:name` or `{name}` stands for one segment."""

    def __init__(self) -> None:
        self._root: _Node[Target] = _Node()

    def add(self, method: str, path: str, target: Target) -> None:
        """Enter a route. Raises ValueError when the place is taken."""
        node, names = self._root, []
        for segment in path.strip("/").split("/"):
            name = _parameter(segment)
            if name is None:
                node = node.static.setdefault(segment, _Node())
            else:
                names.append(name)
                node.parameter = node.parameter or _Node()
                node = node.parameter
        if method in node.targets:
            raise ValueError(f"{method} {path} is declared twice")
        node.targets[method] = (target, tuple(names))

    def find(self, method: str, path: str) -> tuple[Target, dict[str, str]] | None:
        """The route and the values of its parameters; None if there is no such route."""
        segments = path.strip("/").split("/")
        values: list[str] = []
        found = _search(self._root, segments, 0, values, method)
        if found is None:
            return None
        target, names = found
        return target, dict(zip(names, values, strict=True)) if names else {}


def _search(
    node: _Node[Target], segments: list[str], at: int, values: list[str], method: str
) -> tuple[Target, tuple[str, ...]] | None:
    if at == len(segments):
        return node.targets.get(method)
    segment = segments[at]
    static = node.static.get(segment)
    if static is not None:
        found = _search(static, segments, at + 1, values, method)
        if found is not None:
            return found
    if node.parameter is not None and segment:
        values.append(segment)
        found = _search(node.parameter, segments, at + 1, values, method)
        if found is not None:
            return found
        values.pop()
    return None


def _parameter(segment: str) -> str | None:
    if segment.startswith(":"):
        return segment[1:]
    if segment.startswith("{") and segment.endswith("}"):
        return segment[1:-1]
    return None
