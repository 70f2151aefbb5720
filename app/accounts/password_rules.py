"""Which passwords are taken. Pure.

Length counts, and that it is none that everybody tries first; which characters it is made of does not.
"""

from __future__ import annotations

LEAST_LENGTH = 10
MOST_LENGTH = 256

# What guessing begins with, of that length and longer; shorter ones are refused for their length.
_COMMON_WORDS = """
1234567890 0123456789 0987654321 9876543210 1234567891 12345678910 123456789a 1q2w3e4r5t 1q2w3e4r5t6y
1qaz2wsx3edc qwertyuiop qwertyuiop1 qwerty12345 qwerty123456 qwertz12345 qwertzuiop azertyuiop asdfghjkl1
asdfghjkl123 zxcvbnm123 password12 password123 password1234 password12345 password123456 passw0rd123
p@ssw0rd123 p@ssword123 mypassword passwordpassword letmein123 letmein1234 welcome123 welcome1234 iloveyou12
iloveyou123 iloveyou1234 administrator admin12345 admin123456 adminadmin changeme123 changemenow football123
baseball123 superman123 princess123 sunshine123 abc1234567 abcdefghij abcdefghijk a123456789 aa12345678
aa123456789 q1w2e3r4t5 q1w2e3r4t5y6 asdf123456 qazwsxedcrfv monkey12345 dragon12345 master12345
trustno1trustno1 correcthorsebatterystaple flotilla123 flotillaflotilla
"""
_COMMON = frozenset(_COMMON_WORDS.split())


def fault(password: str, email: str) -> str | None:
    """What is wrong with a password for the account with this address, as a sentence; None if nothing is."""
    if len(password) < LEAST_LENGTH:
        return f"The password is too short; take at least {LEAST_LENGTH} characters."
    if len(password) > MOST_LENGTH:
        return f"The password is too long; take at most {MOST_LENGTH} characters."
    folded = password.casefold().strip()
    if folded in {email.casefold(), email.casefold().partition("@")[0]}:
        return "The password is the address of the account; take another."
    if folded in _COMMON or len(set(folded)) < 4:
        return "The password is among the first that are tried; take another."
    return None
