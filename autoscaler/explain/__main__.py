"""`python -m autoscaler explain SERVICE`: asks the autoscaler that runs, and prints its sentences."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from urllib.parse import quote

import urllib3


def main(arguments: Sequence[str] | None = None) -> int:
    """0: explained; 1: the autoscaler does not answer, or does not follow that service."""
    options = argparse.ArgumentParser(
        prog="python -m autoscaler explain",
        allow_abbrev=False,
        description="Says in a few sentences what the autoscaler sees of a service, what it would do and why, and what "
        "would change its mind.",
    )
    options.add_argument("service", help="full name of the service, such as flotilla_app")
    options.add_argument("--url", default="http://127.0.0.1:9103", help="where the autoscaler answers (%(default)s)")
    asked = options.parse_args(arguments)
    try:
        answer = urllib3.request(
            "GET", f"{asked.url}/explain/{quote(asked.service, safe='')}", timeout=5, retries=False
        )
    except urllib3.exceptions.HTTPError as error:
        sys.stderr.write(
            f"The autoscaler at {asked.url} does not answer ({error or type(error).__name__}): run this in its "
            "container, or give its address with --url.\n"
        )
        return 1
    (sys.stdout if answer.status == 200 else sys.stderr).write(answer.data.decode())
    return 0 if answer.status == 200 else 1


if __name__ == "__main__":
    sys.exit(main())
