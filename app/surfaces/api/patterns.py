"""The patterns that texts of a request have to fit, each with what is said of one that does not."""

from __future__ import annotations

from app.models.words import BASE_PATH_PATTERN, LANGUAGE_PATTERN, TIME_ZONE_PATTERN, WORDS_PATTERN

UUID_PATTERN = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
VISIBLE_PATTERN = "^[!-~]+$"
WEBHOOK_PATTERN = r"^https?://[!-\[\]-~]+$"
CANONICAL_PATTERN = r"^https?://[!-~\u00a1-\uffff]+$"
PATH_PATTERN = "^/"
TARGET_PATTERN = "^(/|https?://)"
LINK_PATTERN = "^(/|#|https?://|mailto:)"

SENTENCES = {
    UUID_PATTERN: "This is no id; take it as the API gives it, such as 019b3c5e-7a10-7c44-9d27-3f1e5a6b7c8d",
    VISIBLE_PATTERN: "This may have letters, digits and signs of ASCII alone, and no spaces",
    WEBHOOK_PATTERN: "This is no address of a webhook; give one such as https://example.org/hook",
    CANONICAL_PATTERN: "This is no address; give one such as https://example.org/page, without spaces",
    PATH_PATTERN: "This is no path; begin it with /, such as /about",
    TARGET_PATTERN: "This leads nowhere; give a path such as /new, or an address such as https://example.org/",
    LINK_PATTERN: "This leads nowhere; give a path such as /about, an address with https://, mailto: or #",
    WORDS_PATTERN: "This may have small letters and digits, with single hyphens between them, such as my-first-post",
    LANGUAGE_PATTERN: "This is no language; give its tag, such as en or pt-BR",
    TIME_ZONE_PATTERN: "This is no time zone; give its name, such as Europe/Berlin",
    BASE_PATH_PATTERN: "This is no path of a site; give / or one such as /blog, of small letters, digits and hyphens",
}
"""Without the full stop, as Pydantic's own."""
