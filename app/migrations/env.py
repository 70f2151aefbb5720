"""What Alembic runs: the migrations in one transaction, on the connection that holds `upgrading`'s lock."""

from __future__ import annotations

from alembic import context

from app.models.everything import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
