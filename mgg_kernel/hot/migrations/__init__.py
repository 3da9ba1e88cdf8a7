"""Alembic's environment: each version runs one file of ``sql/migrations``."""
