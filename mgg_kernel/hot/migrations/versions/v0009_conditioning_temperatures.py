"""Conditioning temperatures of tests."""

from mgg_kernel.hot.schema import run_migration_file

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Run the SQL of this version."""
    run_migration_file(revision)
