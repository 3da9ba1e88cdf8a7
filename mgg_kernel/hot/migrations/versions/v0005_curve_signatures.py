"""Signatures of curves."""

from mgg_kernel.hot.schema import run_migration_file

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Run the SQL of this version."""
    run_migration_file(revision)
