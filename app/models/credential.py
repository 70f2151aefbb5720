"""How a person proves who they are: a password, an authenticator app, recovery codes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import SECRET, Base, CreatedAt, Id, Reference, UpdatedAt, length


class Credential(Base):
    """Apart from the account, which fellow members see. `totp_last_step` is the last code's 30 s: none counts twice.

    The key of the authenticator app is what its codes are made from, so it cannot be kept as a hash: it is sealed
    (`app/accounts/sealing.py`).
    """

    __tablename__ = "credential"
    __table_args__ = (
        UniqueConstraint("account_id"),
        length("password_hash", 500),
        length("totp_key", 200, least=16),
        CheckConstraint("totp_confirmed_at IS NULL OR totp_key IS NOT NULL", name="totp_confirmed_at"),
    )

    id: Mapped[Id]
    account_id: Mapped[Reference] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    password_hash: Mapped[str | None] = mapped_column(info=SECRET)
    password_changed_at: Mapped[datetime | None]
    totp_key: Mapped[str | None] = mapped_column(info=SECRET)
    totp_confirmed_at: Mapped[datetime | None]
    totp_last_step: Mapped[int] = mapped_column(BigInteger, server_default="0")
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]


class RecoveryCode(Base):
    """In place of the authenticator app's code, once."""

    __tablename__ = "recovery_code"
    __table_args__ = (
        UniqueConstraint("account_id", "code_sha256"),
        CheckConstraint("octet_length(code_sha256) = 32", name="code_sha256"),
    )

    id: Mapped[Id]
    account_id: Mapped[Reference] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    code_sha256: Mapped[bytes] = mapped_column(info=SECRET)
    used_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
