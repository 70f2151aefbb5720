"""Names of images, as Docker writes them. Pure."""

from __future__ import annotations

import re

_PATH = r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*"
_NAME = re.compile(
    rf"(?:(?:[a-zA-Z0-9.-]+|\[[0-9a-fA-F:]+\])(?::\d+)?/)?{_PATH}(?:/{_PATH})*"
    r"(?::\w[\w.-]{0,127})?(?:@[a-zA-Z][\w+.-]*:[0-9a-fA-F]{32,})?",
    re.ASCII,
)


def is_image_name(text: str) -> bool:
    """Whether an engine takes it: `[registry[:port]/]path[:tag][@digest]`."""
    return _NAME.fullmatch(text) is not None
