"""One decorator registers a dialect; an unknown name is answered with the near ones."""

import difflib
from collections.abc import Callable

from copeau.model.errors import CopeauError
from copeau.model.program import ProgramSheet

Post = Callable[[ProgramSheet], str]
_POSTS: dict[str, Post] = {}


def dialect(name: str) -> Callable[[Post], Post]:
    """Register the decorated function as the post of dialect `name`.

    Raises
    ------
    ValueError
        The name is taken.
    """

    def register(f: Post) -> Post:
        if name in _POSTS:
            raise ValueError(f"dialect {name!r} registered twice")
        _POSTS[name] = f
        return f

    return register


def dialects() -> tuple[str, ...]:
    """Names of all dialects."""
    return tuple(sorted(_POSTS))


def post(sheet: ProgramSheet, dialect: str) -> str:
    """Text of the program for one controller: ASCII, lines ended by a line feed.

    Raises
    ------
    CopeauError
        An unknown dialect, or a sheet that can't be posted: no steps, units other than mm, feed, speed or tool number missing.
    """
    if dialect not in _POSTS:
        near = difflib.get_close_matches(dialect, _POSTS) or dialects()
        raise CopeauError(f"unknown controller dialect {dialect!r}", "", f"choose one of: {', '.join(near)}")
    return _POSTS[dialect](sheet)
