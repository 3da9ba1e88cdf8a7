"""The cold store: what is old, in Parquet files that are written once (docs/archive.md)."""
