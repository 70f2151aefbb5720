"""The one error class whose message is meant for the person at the command line."""


class CaptainError(Exception):
    """Something the operator can mend; the message is one sentence (or a few lines) that says what to do."""
