"""Deliveries are there for who has their webhook; the plan's limit on subscribers binds."""

from __future__ import annotations

from alembic import op

from app.migrations.compatibility import runs_code_of

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

OWN = "organisation_id = acting_organisation()"
OF_A_WEBHOOK_THAT_IS_THERE = f"{OWN} AND webhook_id IN (SELECT webhook.id FROM webhook)"  # noqa: S608 - our own names


def upgrade() -> None:
    deliveries_for(OF_A_WEBHOOK_THAT_IS_THERE)
    op.execute(
        "CREATE TRIGGER require_below_limit BEFORE INSERT ON subscriber FOR EACH ROW"
        " EXECUTE FUNCTION require_below_limit('subscribers')"
    )
    runs_code_of("0014")


def downgrade() -> None:
    op.execute("DROP TRIGGER require_below_limit ON subscriber")
    deliveries_for(OWN)
    runs_code_of()


def deliveries_for(rows: str) -> None:
    op.execute(f"ALTER POLICY own_organisation ON webhook_delivery USING ({rows}) WITH CHECK ({rows})")
