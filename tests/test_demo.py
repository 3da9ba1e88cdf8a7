"""The made-up lab: whole, repeatable after it was broken off, and made once."""

from pathlib import Path

import pytest

from mgg_kernel.errors import ConflictError
from mgg_kernel.hot.database import Caller
from mgg_kernel.settings import Settings
from mgg_kernel.workspace import Foundation, Workspace, demo


def test_a_demo_that_was_broken_off_is_made_whole_and_then_refused(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    foundation = Foundation(Settings(data_dir=open_folder / "demo"), application="tests")
    real = demo._history

    def broken_off(foundation: Foundation, months: int) -> tuple[int, int]:
        raise KeyboardInterrupt

    try:
        monkeypatch.setattr(demo, "_history", broken_off)
        with pytest.raises(KeyboardInterrupt):
            demo.make_demo_lab(foundation, months=3)
        monkeypatch.setattr(demo, "_history", real)
        made = demo.make_demo_lab(foundation, months=3)
        assert (made.tests, made.simulations, made.comparisons) == (23, 8, 5)
        admin = Workspace(foundation, Caller("admin"))
        assert len(admin.tests.list()) == 23
        assert len(admin.simulations.list()) == 8
        assert len(admin.comparisons.list()) == 5
        assert len(admin.work_orders.list()) == 5
        months = {f"{test.created_at:%Y-%m}" for test in admin.tests.list()}
        assert len(months) == 4
        for username, password in made.passwords.items():
            assert foundation.accounts.login(username, password, "127.0.0.1", "tests")
        with pytest.raises(ConflictError, match="here already"):
            demo.make_demo_lab(foundation, months=3)
    finally:
        foundation.close()
