"""The command ``mgg``: a thin face over the workspace."""

from mgg_kernel.cli.main import build_parser, main

__all__ = ["build_parser", "main"]
