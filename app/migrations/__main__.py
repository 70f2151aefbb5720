"""`python -m app.migrations`: sets the roles' passwords, brings the schema to this code's revision and exits 0.

`python -m app.migrations look`: whether a database that is not the bundle's is fit (`external.py`).
"""

from __future__ import annotations

import logging
import signal
import sys

from app.db import database_url
from app.migrations import external, passwords
from app.migrations.upgrading import upgrade
from app.observability import log_as_json
from app.settings import SettingsError, load

log = logging.getLogger(__name__)


def main() -> int:
    """Exit codes: 0 done, 2 a setting or a password is wrong. A failing migration ends in its traceback."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # a process 1 has no default for it
    log_as_json()
    try:
        settings = load()
        address = external.from_secret(settings.database_url_file)
        if address is None:
            upgrade(passwords.bring_up_to_date(database_url(settings), settings.database_password_file))
        else:
            passwords.prepare_external(address, settings.database_password_file, settings.db_connections)
            upgrade(address.url())
    except SettingsError as error:
        log.critical("%s", error)
        return 2
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["look"]:
        sys.exit(external.main(*sys.argv[2:3] or [""]))
    sys.exit(main())
