"""What every page needs of the server, so kept that it is read and compiled once."""

import re
from typing import Any

from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from jupyter_server.base.handlers import FileFindHandler
from voila.exporter import VoilaExporter
from voila.static_file_handler import MultiStaticFileHandler

__all__ = ["CachedExtension", "CachedScript", "CompiledOnce"]

FOREVER = "public, max-age=31536000, immutable"
_MARK = re.compile(r"\.[0-9a-f]{16,}\.js(\?v=[0-9a-f]+)?$")
AN_HOUR = "public, max-age=3600"


class CachedExtension(FileFindHandler):
    """Files of extensions: the names of their scripts change with what is in them."""

    def set_headers(self) -> None:
        """Let browsers keep scripts; what has an ordinary name is asked for each time."""
        super().set_headers()
        if _MARK.search(self.request.uri or ""):
            self.set_header("Cache-Control", FOREVER)


class CachedScript(MultiStaticFileHandler):
    """Voilà's own scripts, whose names stay the same in the next release."""

    def set_extra_headers(self, path: str) -> None:
        """Let browsers keep them for a while, instead of asking for some seventy each time."""
        self.set_header("Cache-Control", AN_HOUR)


class _Memory(BytecodeCache):
    """Compiled templates, for all environments of this process."""

    def __init__(self) -> None:
        self._compiled: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._compiled.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key, bucket.checksum] = bucket.code


_MEMORY = _Memory()


class CompiledOnce(VoilaExporter):
    """Voilà's exporter, which compiles all templates anew for each page: a tenth of a second."""

    def _create_environment(self) -> Environment:
        made: Environment = super()._create_environment()
        made.bytecode_cache = _MEMORY
        return made
