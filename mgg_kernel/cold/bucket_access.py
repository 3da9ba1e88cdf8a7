"""How a bucket is reached: its address, who asks, how long is waited, what an error means."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mgg_kernel.errors import ArchiveDownError, ArchiveError, SettingsError
from mgg_kernel.hot.secrets_file import SecretsFolder
from mgg_kernel.settings import Settings

if TYPE_CHECKING:
    from obstore.store import S3Config, S3Store

__all__ = ["BucketAccess", "bucket_access"]

SECRET = "object-store"  # noqa: S105  # the name of a file
TRIES = 3
CONNECT_S = 3
ANSWER_S = 20
LEAST_BYTES_PER_S = 1_000_000
"""An upload is given the time that it takes at this speed."""
_NAMES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_ENDPOINT_URL",
    "AWS_REGION",
)
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class BucketAccess:
    """A bucket, and the right to ask it; keys are never shown."""

    bucket: str
    prefix: str
    endpoint: str | None
    region: str
    key_id: str = field(repr=False)
    secret_key: str = field(repr=False)
    token: str | None = field(repr=False)
    setting: str = "MGG_ARCHIVE_URL"

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")

    @property
    def server(self) -> str:
        """Who is asked, for a sentence."""
        return self.endpoint or f"Amazon S3 ({self.region})"

    def store(self, upload_bytes: int = 0) -> "S3Store":
        """Return the client, made once; that of an upload waits as long as it may take.

        Raises:
            SettingsError: obstore is not installed, or refuses the address.
        """
        return _store(self, ANSWER_S + upload_bytes // LEAST_BYTES_PER_S)

    @contextmanager
    def explained(self, name: str = "") -> Iterator[None]:
        """Turn what goes wrong inside into what a person can do something about.

        Args:
            name: the object that is asked for.

        Raises:
            FileNotFoundError: the object is not there.
            ArchiveError: the object was changed while it was read.
            ArchiveDownError: the server does not answer, has no such bucket, or refuses the keys.
        """
        from obstore import exceptions

        try:
            yield
        except exceptions.AlreadyExistsError:
            raise
        except exceptions.PreconditionError:
            raise ArchiveError(
                f"The object {self}/{name} was changed while it was read; have an administrator "
                "run 'mgg archive verify'."
            ) from None
        except FileNotFoundError as error:
            # A question for an object alone is answered without the reason.
            if "NoSuchBucket" in str(error) or not self._has_bucket():
                raise self._no_bucket() from None
            raise FileNotFoundError(2, "there is no such object", f"{self}/{name}") from None
        except (exceptions.PermissionDeniedError, exceptions.UnauthenticatedError):
            raise self._no_right() from None
        except exceptions.BaseError as error:
            if "NoSuchBucket" in str(error):
                raise self._no_bucket() from None
            # A refused question for a list comes without an error of its own.
            if "status code: 403" in str(error) or "status code: 401" in str(error):
                raise self._no_right() from None
            # The library's text is left out: it may be long, and it names what was sent.
            raise ArchiveDownError(
                f"The object store {self.server} does not answer as it should for {self}; see "
                "that it runs and is reached from here, then try again: nothing was lost."
            ) from None

    def _has_bucket(self) -> bool:
        import obstore
        from obstore.exceptions import BaseError

        try:
            next(iter(obstore.list(self.store(), "no/such/folder")), None)
        except (BaseError, FileNotFoundError) as error:
            return "NoSuchBucket" not in str(error)
        return True

    def _no_right(self) -> ArchiveDownError:
        return ArchiveDownError(
            f"The object store {self.server} refuses these credentials for {self}; set "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to those of an account that may "
            "list, read, write and delete there."
        )

    def _no_bucket(self) -> ArchiveDownError:
        return ArchiveDownError(
            f"The object store {self.server} has no bucket '{self.bucket}'; make it, or correct "
            f"{self.setting}."
        )


@lru_cache(maxsize=8)
def _store(access: BucketAccess, answer_s: int) -> "S3Store":
    try:
        from obstore.exceptions import BaseError
        from obstore.store import S3Store
    except ImportError:
        raise SettingsError(
            f"{access.setting} names a bucket, but the library for it is not installed; run 'pip "
            "install obstore' in this environment."
        ) from None
    config: S3Config = {
        "access_key_id": access.key_id,
        "secret_access_key": access.secret_key,
        "region": access.region,
        "conditional_put": "etag",
        "virtual_hosted_style_request": access.endpoint is None,
    }
    if access.endpoint is not None:
        config["endpoint"] = access.endpoint
    if access.token is not None:
        config["session_token"] = access.token
    try:
        return S3Store(
            access.bucket,
            prefix=access.prefix or None,
            config=config,
            client_options={
                "connect_timeout": timedelta(seconds=CONNECT_S),
                "timeout": timedelta(seconds=answer_s),
                "allow_http": (access.endpoint or "").startswith("http://"),
            },
            retry_config={
                "max_retries": TRIES - 1,
                "retry_timeout": timedelta(seconds=answer_s * TRIES),
                "backoff": {
                    "init_backoff": timedelta(milliseconds=100),
                    "max_backoff": timedelta(seconds=1),
                    "base": 2,
                },
            },
        )
    except BaseError:
        raise SettingsError(
            f"The object store of {access.setting} cannot be used as {access} at {access.server}; "
            "check the bucket's name and AWS_ENDPOINT_URL."
        ) from None


def bucket_access(settings: Settings, url: str, setting: str = "MGG_ARCHIVE_URL") -> BucketAccess:
    """Put together how the bucket of a URL is reached.

    Keys, endpoint and region come from the environment (``AWS_…``), else from lines
    ``AWS_…=value`` of the file ``object-store`` beside the other secrets.

    Args:
        settings: the settings.
        url: ``s3://bucket/prefix``.
        setting: the one that names it, for sentences.

    Raises:
        SettingsError: the URL is no such one, a key is missing, or the way there is not safe.
    """
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.hostname or "@" in parts.netloc or parts.query:
        raise SettingsError(
            f"{setting} names {parts.scheme or 'nothing'}, but only folders and buckets "
            "work; write a path such as /srv/mgg/parquet_archive, or s3://bucket/prefix with no "
            "keys in it."
        )
    found = _given(settings)
    if "AWS_ACCESS_KEY_ID" not in found or "AWS_SECRET_ACCESS_KEY" not in found:
        raise SettingsError(
            f"{setting} names a bucket, but there are no keys for it; set AWS_ACCESS_KEY_ID "
            f"and AWS_SECRET_ACCESS_KEY, or write them into {settings.secrets_dir / SECRET}."
        )
    endpoint = found.get("AWS_ENDPOINT_URL")
    if endpoint is not None:
        _require_safe(endpoint, settings.archive_allow_http)
    return BucketAccess(
        bucket=parts.netloc,
        prefix=parts.path.strip("/"),
        endpoint=None if endpoint is None else endpoint.rstrip("/"),
        region=found.get("AWS_REGION", "us-east-1"),
        key_id=found["AWS_ACCESS_KEY_ID"],
        secret_key=found["AWS_SECRET_ACCESS_KEY"],
        token=found.get("AWS_SESSION_TOKEN"),
        setting=setting,
    )


def _given(settings: Settings) -> dict[str, str]:
    """Return what is given; keys are taken all from the environment, or all from the file."""
    lines = (SecretsFolder(settings.secrets_dir).get(SECRET) or "").splitlines()
    pairs = (line.partition("=") for line in lines if not line.lstrip().startswith("#"))
    filed = {name.strip(): value.strip() for name, _, value in pairs if name.strip() in _NAMES}
    told = {name: os.environ[name] for name in _NAMES if os.environ.get(name)}
    if "AWS_ACCESS_KEY_ID" in told:
        for name in _NAMES[:3]:
            filed.pop(name, None)
    return filed | told


def _require_safe(endpoint: str, allow_http: bool) -> None:
    parts = urlsplit(endpoint)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise SettingsError(
            "AWS_ENDPOINT_URL is no address; write https://host:port, with no name or password."
        )
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK and not allow_http:
        raise SettingsError(
            f"AWS_ENDPOINT_URL would send the archive unencrypted to {parts.hostname}; write an "
            "https:// address, or set MGG_ARCHIVE_ALLOW_HTTP=true if that network is yours alone."
        )
