"""What every image of ours takes away from whoever runs in it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

IMAGES = ("app", "edge", "postgres", "pgbouncer", "prometheus", "registry", "meter", "autoscaler", "captain")
LOOK = "grep NoNewPrivs /proc/self/status; find / -xdev -type f -perm /6000"


def test_no_image_has_a_file_that_gives_rights_or_a_process_that_can_take_them(
    docker: Callable[..., str], image: Callable[[str], str]
) -> None:
    """No setuid or setgid file, and what the entry point starts can gain nothing from one."""

    def looked(name: str) -> str:
        return docker("run", "--rm", "--user", "0", "--network", "none", image(name), "sh", "-c", LOOK)

    with ThreadPoolExecutor(2) as side_by_side:
        found = dict(zip(IMAGES, side_by_side.map(looked, IMAGES), strict=True))
    assert found == dict.fromkeys(IMAGES, "NoNewPrivs:\t1")
