"""Settings: from the environment, from `.env`, and what cannot be used."""

from pathlib import Path

import pytest

from mgg_kernel.cli.catalog import KINDS as COMMAND_KINDS
from mgg_kernel.errors import SettingsError
from mgg_kernel.hot.catalog import KINDS
from mgg_kernel.settings import load_settings


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_defaults(tmp_path: Path) -> None:
    settings = load_settings()
    assert settings.data_dir == tmp_path / "data"
    assert settings.database_url is None
    assert (settings.bind, settings.dashboards_port, settings.lab_port) == ("127.0.0.1", 8866, 8888)


def test_the_environment_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("MGG_LAB_PORT=9001\nMGG_TIMEZONE=Asia/Shanghai\nOTHER=1\n")
    monkeypatch.setenv("MGG_LAB_PORT", "9002")
    settings = load_settings()
    assert (settings.lab_port, settings.timezone) == (9002, "Asia/Shanghai")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MGG_LAB_PORT", "0"),
        ("MGG_LAB_PORT", "many"),
        ("MGG_TIMEZONE", "Mars/Olympus"),
        ("MGG_SESSION_HOURS", "-1"),
        ("MGG_UPLOAD_LIMIT_MIB", "0"),
        ("MGG_STATEMENT_TIMEOUT_S", "nan"),
    ],
)
def test_what_cannot_be_used_is_named(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=f"^The setting {name} cannot be used: "):
        load_settings()


def test_the_url_of_the_database_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MGG_DATABASE_URL", "postgresql://me:secret-word@host/db")
    assert "secret-word" not in repr(load_settings())


def test_the_command_offers_the_kinds_of_the_catalogue() -> None:
    assert list(KINDS) == list(COMMAND_KINDS)
