"""What is written down of accounts: in `account_event`, and for an organisation in `audit_event`."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.accounts.visitor import Visitor

# For an account that there is not, nothing is written, by the same statement.
_OF_ACCOUNT = text(
    "INSERT INTO account_event (account_id, action, client_address, user_agent, request_id)"
    " SELECT id, :action, CAST(:address AS inet), :user_agent, :request_id FROM account WHERE id = :account"
)
_OF_ORGANISATION = text(
    "INSERT INTO audit_event (account_id, action, subject_table, subject_id, request_id, client_address, before, after)"
    " VALUES (:account, :action, :table, :subject, :request_id, CAST(:address AS inet),"
    " CAST(:before AS jsonb), CAST(:after AS jsonb))"
)


async def of_account(connection: AsyncConnection, account_id: str, action: str, visitor: Visitor) -> None:
    """`action` is a word such as `signed-in`. The transaction acts for the account."""
    await connection.execute(
        _OF_ACCOUNT,
        {
            "account": account_id,
            "action": action,
            "address": visitor.address,
            "user_agent": visitor.user_agent,
            "request_id": visitor.request_id,
        },
    )


async def of_organisation(
    connection: AsyncConnection,
    account_id: str,
    action: str,
    table: str,
    subject_id: str,
    visitor: Visitor,
    *,
    before: Mapping[str, str] | None = None,
    after: Mapping[str, str] | None = None,
) -> None:
    """The transaction acts for the organisation, of which the account is a member, or was until now."""
    await connection.execute(
        _OF_ORGANISATION,
        {
            "account": account_id,
            "action": action,
            "table": table,
            "subject": subject_id,
            "request_id": visitor.request_id,
            "address": visitor.address,
            "before": None if before is None else json.dumps(before),
            "after": None if after is None else json.dumps(after),
        },
    )
