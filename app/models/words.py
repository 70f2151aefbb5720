"""The forms of words that several tables hold, as regular expressions that PostgreSQL and Python read alike."""

from __future__ import annotations

BASE_PATH_PATTERN = "^(/|(/[a-z0-9]+(-[a-z0-9]+)*)+)$"
EMAIL_PATTERN = "^[^@[:space:]]+@[^@[:space:]]+$"  # whether a mail arrives is found out by sending one
EMAIL_LENGTH = 254
LANGUAGE_PATTERN = "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"  # BCP 47: en, de-AT, zh-Hant
TIME_ZONE_PATTERN = "^[A-Za-z][A-Za-z0-9_+/-]{0,63}$"  # a name of the IANA database
WORDS_PATTERN = "^[a-z0-9]+(-[a-z0-9]+)*$"  # a part of an address: lower-case letters, digits, single hyphens
URL_PATTERN = "^https?://[^[:space:]]+$"
URL_LENGTH = 2000
PATH_PATTERN = "^/[^[:space:]?#]*$"
