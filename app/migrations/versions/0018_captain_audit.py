"""What captain was asked for is kept here, by a role of captain's own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.migrations.compatibility import runs_code_of

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "captain_audit_event",
        sa.Column("id", sa.Uuid(as_uuid=False), server_default=sa.text("uuid7()"), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("client", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("went_well", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("char_length(who) BETWEEN 0 AND 200", name=op.f("ck_captain_audit_event_who")),
        sa.CheckConstraint("char_length(client) BETWEEN 0 AND 100", name=op.f("ck_captain_audit_event_client")),
        sa.CheckConstraint("char_length(what) BETWEEN 0 AND 1000", name=op.f("ck_captain_audit_event_what")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_captain_audit_event")),
    )
    op.execute("REVOKE ALL ON captain_audit_event FROM flotilla_app")
    op.execute("GRANT SELECT, INSERT ON captain_audit_event TO flotilla_captain")
    op.execute("GRANT SELECT ON captain_audit_event TO flotilla_operator")
    for name, rule in {
        "captain": "FOR SELECT TO flotilla_captain USING (true)",
        "captain_adds": "FOR INSERT TO flotilla_captain WITH CHECK (true)",
        "operator": "FOR ALL TO flotilla_operator USING (acting_operator() IS NOT NULL)"
        " WITH CHECK (acting_operator() IS NOT NULL)",
    }.items():
        op.execute(f"CREATE POLICY {name} ON captain_audit_event {rule}")
    op.execute("ALTER TABLE captain_audit_event ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE captain_audit_event FORCE ROW LEVEL SECURITY")
    runs_code_of("0014", "0015", "0016", "0017")


def downgrade() -> None:
    op.drop_table("captain_audit_event")
    runs_code_of("0014", "0015", "0016")
