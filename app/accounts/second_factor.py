"""The second factor of an account: checked, set up, and taken away."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.accounts import queries, totp
from app.accounts.queries import Credential
from app.accounts.refusals import code_required, conflict, wrong_code
from app.accounts.sealing_keys import SealingKeys

_USE_STEP = text(
    "UPDATE credential SET totp_last_step = :step, totp_key = :key"
    " WHERE account_id = :account AND totp_last_step < :step AND totp_key = :was RETURNING id"
)
_USE_RECOVERY_CODE = text(
    "UPDATE recovery_code SET used_at = now() WHERE account_id = :account AND code_sha256 = :code"
    " AND used_at IS NULL RETURNING id"
)
_KEEP_KEY = text(
    "INSERT INTO credential (account_id, totp_key) VALUES (:account, :key)"
    " ON CONFLICT (account_id) DO UPDATE SET totp_key = excluded.totp_key, totp_confirmed_at = NULL, totp_last_step = 0"
)
_CONFIRM = text(
    "UPDATE credential SET totp_confirmed_at = now(), totp_last_step = :step"
    " WHERE account_id = :account AND totp_confirmed_at IS NULL AND totp_key = :key RETURNING id"
)
_TAKE_AWAY = text(
    "UPDATE credential SET totp_key = NULL, totp_confirmed_at = NULL, totp_last_step = 0 WHERE account_id = :account"
)
_TAKE_CODES_AWAY = text("DELETE FROM recovery_code WHERE account_id = :account")
_KEEP_CODE = text("INSERT INTO recovery_code (account_id, code_sha256) VALUES (:account, :code)")


async def check(
    connection: AsyncConnection,
    keys: SealingKeys,
    account_id: str,
    known: Credential,
    code: str | None,
    now_seconds: float,
) -> None:
    """Uses up the code, if the account has a second factor. PlatformError 401: one is needed, or it is wrong.

    The transaction acts for the account. Of two requests with the same code, one is refused.
    """
    kept = known["totp_key"]
    if known["totp_confirmed_at"] is None or kept is None:
        return
    if not code or not code.strip():
        raise code_required()
    step, key = None, ""
    if totp.is_code(code):  # a recovery code is good also where the key cannot be opened
        key = await keys.open(connection, kept, account_id)
        step = totp.used_step(key, code, now_seconds, known["totp_last_step"] or 0)
    if step is not None:
        sealed = kept if keys.is_newest(kept) else await keys.seal(connection, key, account_id)
        values = {"account": account_id, "step": step, "key": sealed, "was": kept}
        used = await connection.execute(_USE_STEP, values)
    else:
        digest = totp.recovery_digest(account_id, code)
        used = await connection.execute(_USE_RECOVERY_CODE, {"account": account_id, "code": digest})
    if used.one_or_none() is None:
        raise wrong_code()


async def set_up(connection: AsyncConnection, keys: SealingKeys, account_id: str) -> str:
    """A new key for an authenticator app; it counts once `confirm` was given a code. 409 if there is one already."""
    known = await queries.credential(connection, account_id)
    if known is not None and known["totp_confirmed_at"] is not None:
        raise conflict("second_factor_on", "This account has a second factor already; turn that off first.")
    key = totp.new_key()
    await connection.execute(_KEEP_KEY, {"account": account_id, "key": await keys.seal(connection, key, account_id)})
    return key


async def confirm(
    connection: AsyncConnection, keys: SealingKeys, account_id: str, code: str, now_seconds: float
) -> list[str]:
    """From now on the account asks for codes; the recovery codes, which are shown this once."""
    known = await queries.credential(connection, account_id)
    kept = known["totp_key"] if known is not None else None
    if known is None or kept is None or known["totp_confirmed_at"] is not None:
        raise conflict("second_factor_not_begun", "Ask for a key first, and give that to the authenticator app.")
    step = totp.used_step(await keys.open(connection, kept, account_id), code, now_seconds, 0)
    if step is None:
        raise wrong_code()
    confirmed = await connection.execute(_CONFIRM, {"account": account_id, "step": step, "key": kept})
    if confirmed.one_or_none() is None:
        raise wrong_code()
    return await new_recovery_codes(connection, account_id)


async def new_recovery_codes(connection: AsyncConnection, account_id: str) -> list[str]:
    """In place of all older ones."""
    await connection.execute(_TAKE_CODES_AWAY, {"account": account_id})
    codes = totp.new_recovery_codes()
    kept = [{"account": account_id, "code": totp.recovery_digest(account_id, code)} for code in codes]
    await connection.execute(_KEEP_CODE, kept)
    return codes


async def take_away(connection: AsyncConnection, account_id: str) -> None:
    """The password is enough again."""
    await connection.execute(_TAKE_AWAY, {"account": account_id})
    await connection.execute(_TAKE_CODES_AWAY, {"account": account_id})
