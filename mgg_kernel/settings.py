"""All settings of the workspace, read in this one place.

A setting comes from an environment variable ``MGG_<NAME>``, else from the file ``.env`` of
the folder that the program runs in, else from the default given here.
"""

import os
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from mgg_kernel.errors import SettingsError

__all__ = ["Settings", "load_settings"]

Port = Annotated[int, Field(ge=1, le=65535)]


LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Settings(BaseSettings):
    """The settings; each attribute is one, documented below it."""

    model_config = SettingsConfigDict(
        env_prefix="MGG_",
        env_ignore_empty=True,
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        frozen=True,
    )

    data_dir: Path = Path("data")
    """Folder of everything that the workspace keeps: the embedded database, uploaded files,
    secrets and logs.  A relative path counts from the folder the program is started in."""

    database_url: SecretStr | None = None
    """``postgresql://user@host:5432/mgg_simulation?sslmode=require`` of a PostgreSQL 15 or
    later; unset means the embedded PostgreSQL under `data_dir`."""

    archive_url: str | None = None
    """Folder, or bucket (``s3://bucket/prefix``), of the cold data; unset means
    ``parquet_archive`` in `data_dir`."""

    archive_allow_http: bool = False
    """Whether a bucket on another machine may be reached without TLS."""

    audit_head_file: Path | None = None
    """File that heads of the operation log's chain are published to, best on another machine's
    disk; unset means ``audit/heads.jsonl`` in `data_dir`."""

    backup_dir: Path | None = None
    """Folder of the backups, best on another disk or machine; unset means ``backups`` in
    `data_dir`."""

    backup_bucket: str | None = None
    """Bucket (``s3://bucket/prefix``) that ``mgg backup send`` sends copies of backups to, and
    ``mgg backup fetch`` brings them back from."""

    backup_recipient: str | None = None
    """Public keys (``age1…``, separated by commas) that backups are encrypted to."""

    backup_identity: Path | None = None
    """File with the private key, for restores and restore drills; better not on this machine."""

    backup_database_url: SecretStr | None = None
    """Login that may read every row, for backups of a PostgreSQL that is not embedded; unset means
    `database_url`."""

    backup_keep_last: Annotated[int, Field(ge=1, le=1000)] = 3
    """Newest backups that ``mgg backup prune`` always keeps."""

    backup_keep_daily: Annotated[int, Field(ge=0, le=1000)] = 14
    """Days of which it keeps the newest backup."""

    backup_keep_weekly: Annotated[int, Field(ge=0, le=1000)] = 8
    """Weeks of which it keeps the newest backup."""

    backup_keep_monthly: Annotated[int, Field(ge=0, le=1000)] = 24
    """Months of which it keeps the newest backup."""

    backup_max_age_days: Annotated[int, Field(ge=1)] | None = None
    """Age at which a backup goes in any case, but for the last good one [days]; unset: never."""

    monitor_backup_hours: Annotated[float, Field(gt=0)] = 26.0
    """Age of the last backup from which the monitoring warns [h]; twice that is bad."""

    monitor_min_free_share: Annotated[float, Field(gt=0, lt=1)] = 0.1
    """Share of the disk that should be free; half of that is bad."""

    monitor_min_cache_hit: Annotated[float, Field(ge=0, le=1)] = 0.95
    """Share of pages that should be found in memory."""

    monitor_slow_ms: Annotated[float, Field(gt=0)] = 1000.0
    """Mean time of a statement from which the monitoring warns [ms]."""

    monitor_drill_days: Annotated[float, Field(gt=0)] = 35.0
    """Days since the last restore drill from which the monitoring warns; twice that is bad."""

    monitor_archive_days: Annotated[float, Field(gt=0)] = 7.0
    """Days that a period may be due for the cold store before the monitoring warns; twice that is
    bad."""

    monitor_max_table_gb: Annotated[float, Field(gt=0)] = 50.0
    """Size of a table with its indexes from which the monitoring warns [GB]; twice that is bad."""

    monitor_max_archive_gb: Annotated[float, Field(gt=0)] | None = None
    """Size of the cold store from which the monitoring warns [GB]; unset: never."""

    metrics_token: SecretStr | None = None
    """Token that Prometheus sends to ``/metrics``; unset means that there is no such page."""

    actor: str | None = None
    """Account that commands and notebooks act as; unset means ``admin``, the account that the
    first run makes.  Whoever may read the secrets in `data_dir` may act as anybody."""

    bind: str = "127.0.0.1"
    """Address that the dashboards and JupyterLab listen on; ``0.0.0.0`` opens them to the LAN."""

    behind_proxy: bool = False
    """Whether a reverse proxy on this machine stands in front and tells the browser's address and
    scheme (``X-Real-IP``, ``X-Forwarded-Proto``); only with `bind` on a loopback address."""

    dashboards_port: Port = 8866
    """Port of the dashboards (Voilà)."""

    lab_port: Port = 8888
    """Port of JupyterLab."""

    hub_port: Port = 8000
    """Port of JupyterHub, where ``docs/deploy/jupyterhub_config.py`` runs one."""

    hub_trial: bool = False
    """Whether JupyterHub may start all servers under its own account, only for trying it: each
    analyst can then read whatever that account can."""

    warm_kernels: bool = True
    """Whether the kernels of pages are forked from one process that has all libraries imported:
    they start in a third of a second, and share most of their memory."""

    session_hours: Annotated[float, Field(gt=0, le=24 * 30)] = 12.0
    """Hours after which a login ends."""

    upload_limit_mib: Annotated[int, Field(ge=1, le=1024)] = 32
    """Largest file that may be uploaded [MiB]."""

    pool_size: Annotated[int, Field(ge=1, le=100)] = 4
    """Database connections that one process keeps; as many again may be opened for a moment."""

    statement_timeout_s: Annotated[float, Field(ge=0.1, le=3600)] = 30.0
    """Seconds after which the database ends a statement."""

    timezone: str = "UTC"
    """Time zone of the lab, for work-order numbers and for times shown to people."""

    report_language: Literal["en", "zh"] = "en"
    """Language of the reports that are made by schedule."""

    scheduler: bool = True
    """Whether ``mgg up`` also runs what is due."""

    schedule: str = ""
    """What of the schedules is not as the program has it, such as
    ``daily_lab_report=daily 07:30; archive=off``."""

    alert_webhook: SecretStr | None = None
    """``http://`` or ``https://`` address that is told, as JSON, what failed; unset: nobody."""

    alert_smtp: SecretStr | None = None
    """Mail server that sends what failed: ``smtp://user:password@host:25``, ``smtps://…`` or
    ``smtp+starttls://…``; unset: none."""

    alert_from: str = "mgg@localhost"
    """Address that such mail comes from."""

    alert_to: str = ""
    """Addresses that it goes to, with commas between them."""

    @field_validator("alert_webhook", "alert_smtp")
    @classmethod
    def _known_scheme(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        ways = {
            "alert_webhook": ("http", "https"),
            "alert_smtp": ("smtp", "smtps", "smtp+starttls"),
        }
        allowed = ways[str(info.field_name)]
        # The address itself is not told: it may hold a password.
        if value is not None and value.get_secret_value().partition("://")[0] not in allowed:
            raise ValueError(f"it must begin with {' or '.join(f'{one}://' for one in allowed)}")
        return value

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        try:
            os.fsencode(value).decode()
        except UnicodeError:
            raise ValueError("its name is not UTF-8") from None
        return value.expanduser().absolute()

    @field_validator("backup_dir", "backup_identity")
    @classmethod
    def _absolute_too(cls, value: Path | None) -> Path | None:
        return None if value is None else value.expanduser().absolute()

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, value: str) -> str:
        from zoneinfo import ZoneInfo

        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"'{value}' is no time zone; write, say, Asia/Shanghai") from None
        return value

    @model_validator(mode="after")
    def _believes_only_a_neighbour(self) -> Self:
        if self.behind_proxy and self.bind not in LOOPBACK:
            raise ValueError(
                "MGG_BEHIND_PROXY needs MGG_BIND=127.0.0.1: whoever reaches the servers without "
                "the proxy could claim any address"
            )
        return self

    @property
    def files_dir(self) -> Path:
        """Folder of the uploaded files, content-addressed."""
        return self.data_dir / "files"

    @property
    def backups(self) -> Path:
        """Folder of the backups."""
        return self.backup_dir or self.data_dir / "backups"

    @property
    def secrets_dir(self) -> Path:
        """Folder of the passwords and keys that the workspace made for itself (mode 0700)."""
        return self.data_dir / "secrets"

    @property
    def audit_heads(self) -> Path:
        """File that heads of the operation log's chain are published to."""
        return self.audit_head_file or self.data_dir / "audit" / "heads.jsonl"

    @property
    def logs_dir(self) -> Path:
        """Folder of the servers' logs."""
        return self.data_dir / "logs"


def load_settings(**overrides: object) -> Settings:
    """Read the settings; keyword arguments win over the environment.

    Raises:
        SettingsError: a setting has a value that it cannot have.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        reason = first["msg"].removeprefix("Value error, ")
        if not first["loc"]:
            raise SettingsError(f"{reason}.") from None
        name = "MGG_" + "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(f"The setting {name} cannot be used: {reason}.") from None
