"""The schema as the operator asks for it: `python -m app schema {status, diff, migrate, rollback, check}`."""
