"""``mgg catalog calibrate`` and its neighbours: calibrations of test devices."""

import argparse
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from mgg_kernel.cli.answer import Answer, table

if TYPE_CHECKING:
    from mgg_kernel.hot.device_calibrations import DeviceCalibration, TestCalibration

__all__ = ["add_actions"]


def add_actions(actions: Any, common: argparse.ArgumentParser) -> None:
    """Add the actions of this module to ``mgg catalog``."""
    calibrate = actions.add_parser(
        "calibrate", parents=[common], help="enter a calibration of a test device"
    )
    calibrate.add_argument("device")
    calibrate.add_argument("--on", required=True, metavar="DATE", help="its day (YYYY-MM-DD)")
    calibrate.add_argument("--until", required=True, metavar="DATE", help="last day that it holds")
    calibrate.add_argument("--certificate", default="", help="number of the certificate")
    calibrate.add_argument("--note", default="", help="anything else")
    calibrate.set_defaults(run=_calibrate)

    withdraw = actions.add_parser(
        "withdraw-calibration", parents=[common], help="withdraw a calibration that was wrong"
    )
    withdraw.add_argument("number", type=int, help="as 'mgg catalog calibrations' shows it")
    withdraw.add_argument("--because", required=True, metavar="TEXT", help="the reason")
    withdraw.set_defaults(run=_withdraw)

    shown = actions.add_parser("calibrations", parents=[common], help="list calibrations")
    shown.add_argument("device", nargs="?")
    shown.add_argument("--on", metavar="DATE", help="say how the devices were on this day (today)")
    shown.set_defaults(run=_calibrations)

    flagged = actions.add_parser(
        "out-of-calibration", parents=[common], help="list tests on devices out of calibration"
    )
    flagged.add_argument("--limit", type=int, default=200, metavar="N", help="at most N (200)")
    flagged.set_defaults(run=_flagged)


def _calibrate(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        made = workspace.catalog.calibrate(
            arguments.device,
            arguments.on,
            arguments.until,
            certificate=arguments.certificate,
            note=arguments.note,
        )
    return Answer(
        _document(made),
        f"'{made.device}' is calibrated from {made.calibrated_on} to "
        f"{made.valid_until} (calibration {made.id}).",
    )


def _withdraw(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        gone = workspace.catalog.withdraw_calibration(arguments.number, arguments.because)
    return Answer(_document(gone), f"The calibration {gone.id} of '{gone.device}' is withdrawn.")


def _calibrations(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        desk = workspace.catalog
        devices = [arguments.device] if arguments.device else [d.code for d in desk.test_devices()]
        states = {device: desk.calibration_state(device, arguments.on) for device in devices}
        known = desk.calibrations(arguments.device)
    rows = [
        (
            one.id,
            one.device,
            one.calibrated_on,
            one.valid_until,
            one.certificate,
            one.created_by,
            f"withdrawn: {one.withdrawn_because}" if one.withdrawn_at else one.note,
        )
        for one in known
    ]
    text = table(["device", arguments.on or "today"], states.items())
    if rows:
        header = ["number", "device", "calibrated on", "until", "certificate", "by", "note"]
        text += "\n\n" + table(header, rows)
    return Answer({"states": states, "calibrations": [_document(one) for one in known]}, text)


def _flagged(arguments: argparse.Namespace) -> Answer:
    from mgg_kernel.workspace import open as open_workspace

    with open_workspace(application="command") as workspace:
        tests = workspace.catalog.tests_out_of_calibration(limit=max(arguments.limit, 0))
    shown = table(
        ["test", "name", "device", "on", "calibration"],
        [
            (
                test.test_result_id,
                test.name,
                test.device,
                f"{test.tested_on}{'' if test.tested_on_is_known else ' (stored)'}",
                test.state,
            )
            for test in tests
        ],
    )
    document = {"tests": [_document(test) for test in tests]}
    return Answer(document, shown if tests else "No test was fired on a device out of calibration.")


def _document(row: "DeviceCalibration | TestCalibration") -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, date | datetime) else value
        for name, value in asdict(row).items()
    }
