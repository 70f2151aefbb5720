"""Requests with an `Idempotency-Key`: done once, answered the same again."""
