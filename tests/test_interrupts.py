"""Ctrl-C is heard at once, or at the next step where a library swallowed it."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mgg_kernel.cli.interrupts import ctrl_c_heard
from mgg_kernel.errors import SimulationError


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(1)


class Swallowing:
    """Its destructor is where Ctrl-C comes; Python prints and drops what is raised there."""

    def __del__(self) -> None:
        interrupt()


@contextmanager
def only_here() -> Iterator[None]:
    """Python's own handling, which is there again afterwards."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    signal.signal(signal.SIGINT, before)


def swallowed() -> None:
    swallowing = Swallowing()
    del swallowing


def test_it_ends_the_work_at_once() -> None:
    went_on = False

    def work() -> None:
        nonlocal went_on
        with ctrl_c_heard() as stop:
            assert not stop()
            interrupt()
            went_on = True

    with only_here(), pytest.raises(KeyboardInterrupt):
        work()
    assert not went_on


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_one_that_was_swallowed_is_told_to_the_work() -> None:
    def work() -> None:
        with ctrl_c_heard() as stop:
            swallowed()
            assert stop()
            raise SimulationError("It was stopped.")

    with only_here(), pytest.raises(KeyboardInterrupt):
        work()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_one_that_came_too_late_to_stop_anything_is_not_forgotten() -> None:
    with only_here(), pytest.raises(KeyboardInterrupt), ctrl_c_heard():
        swallowed()


def test_errors_stay_errors() -> None:
    with only_here(), pytest.raises(SimulationError, match="wrong"), ctrl_c_heard():
        raise SimulationError("Something is wrong.")


def test_where_it_is_ignored_or_in_a_thread_nothing_is_changed() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    with ctrl_c_heard() as stop:
        os.kill(os.getpid(), signal.SIGINT)
        assert not stop()
    assert signal.signal(signal.SIGINT, before) is signal.SIG_IGN
    asked: list[bool] = []

    def work() -> None:
        with ctrl_c_heard() as stop:
            asked.append(stop())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert asked == [False]
