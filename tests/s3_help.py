"""An S3 server for tests: moto's, a process of its own on a free port of this machine."""

import http.client
import os
import re
import socket
import subprocess
import time
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
MOTO_SERVER = Path(os.environ.get("MGG_MOTO_SERVER") or PROJECT / ".venv-s3/bin/moto_server")
NO_LIMIT = 1_000_000
# Looked at, and not checked until `require_keys`: without one, objects are other people's.
SIGNED = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=AKIATEST/20260101/us-east-1/s3/aws4_request,"
    " SignedHeaders=host, Signature=0",
    "Content-Type": "text/plain",
}


class S3Server:
    """The server; its objects are in its memory and end with it."""

    def __init__(self) -> None:
        if not MOTO_SERVER.is_file():
            pytest.skip("no S3 server here: 'make s3' installs moto's and runs these tests")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._process = subprocess.Popen(
            [MOTO_SERVER, "-H", "127.0.0.1", "-p", str(self.port)],
            env={name: text for name, text in os.environ.items() if name != "PYTHONPATH"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        end = time.monotonic() + 60
        while not self._answers():
            assert time.monotonic() < end, "the server does not start"
            time.sleep(0.05)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, bytes, dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, headers or SIGNED)
            answer = connection.getresponse()
            told = {name.lower(): text for name, text in answer.getheaders()}
            return answer.status, answer.read(), told
        finally:
            connection.close()

    def make_bucket(self, name: str) -> None:
        assert self.ask("PUT", f"/{name}")[0] == 200

    def get(self, bucket: str, key: str) -> bytes:
        status, body, _ = self.ask("GET", f"/{bucket}/{key}")
        assert status == 200, key
        return body

    def put(self, bucket: str, key: str, body: bytes) -> None:
        assert self.ask("PUT", f"/{bucket}/{key}", body)[0] == 200

    def remove(self, bucket: str, key: str) -> None:
        assert self.ask("DELETE", f"/{bucket}/{key}")[0] == 204

    def keys(self, bucket: str) -> list[str]:
        _, body, _ = self.ask("GET", f"/{bucket}?list-type=2")
        return re.findall("<Key>([^<]*)</Key>", body.decode())

    def require_keys(self, wanted: bool) -> None:
        """Ask everybody for keys that it knows (it knows none), or take all again."""
        body = b"0" if wanted else str(NO_LIMIT).encode()
        assert self.ask("POST", "/moto-api/reset-auth", body)[0] == 200

    def stop(self) -> None:
        self._process.kill()
        self._process.wait(timeout=30)

    def _answers(self) -> bool:
        try:
            return self.ask("GET", "/moto-api/data.json")[0] == 200
        except OSError:
            return False
