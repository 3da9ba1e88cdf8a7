"""Databases as the predecessor application left them, in both shapes."""

import json
import sqlite3
import zlib
from pathlib import Path
from typing import Any

import bcrypt
import numpy as np

OLD_PASSWORD = "旧密码 pass 1"
USER_COLUMNS = (
    "id, username, employee_id, password_hash, phone, role, is_active, created_at, last_seen_at"
)
SIMULATION_COLUMNS = (
    "id, user_id, work_order, ignition_model, nc_type_1, nc_usage_1, nc_type_2, nc_usage_2,"
    " gp_type, gp_usage, shell_model, current, sensor_model, body_model, equipment, employee_id,"
    " test_name, notes, result_data, created_at"
)
TEST_COLUMNS = "id, user_id, simulation_id, filename, file_path, data, uploaded_at"
DAY = "2024-02-29 08:15:00.250000"


def bump(peak: float, prefix: str, count: int = 200) -> tuple[list[float], list[float]]:
    """Return times [ms] and pressures [MPa] of a bump, a little other for each prefix."""
    time = np.linspace(0.0, 40.0, count)
    peak += zlib.crc32(prefix.encode()) % 1000 / 1e6
    pressure = peak * (time / 10.0) ** 2 * np.exp(2.0 - time / 5.0)
    return time.tolist(), pressure.tolist()


def old_hash() -> str:
    """Return the hash of the old password, quick to check."""
    return bcrypt.hashpw(OLD_PASSWORD.encode(), bcrypt.gensalt(4)).decode()


def plot_json(times: list[float], pressures: list[float]) -> str:
    """Return a curve as the old application plotted it."""
    points = [{"x": time, "y": pressure} for time, pressure in zip(times, pressures, strict=True)]
    return json.dumps({"plot_data": {"data": points}, "statistics": {"peak": max(pressures)}})


def series_json(times: list[float], pressures: list[Any]) -> str:
    """Return a curve as the old application kept uploads."""
    return json.dumps({"time": times, "pressure": pressures})


def compact(path: Path, prefix: str) -> Path:
    """Write a compact database: 4 accounts, 2 orders, 5 simulations, 7 tests; half of them odd."""
    t, p = bump(50.0, prefix)
    with sqlite3.connect(path) as base:
        base.execute(f"CREATE TABLE user ({USER_COLUMNS})")
        base.execute(f"CREATE TABLE simulation ({SIMULATION_COLUMNS})")
        base.execute(f"CREATE TABLE test_result ({TEST_COLUMNS})")
        base.execute("CREATE TABLE leftover (id INTEGER PRIMARY KEY, what TEXT)")
        base.execute("INSERT INTO leftover (what) VALUES ('a'), ('b')")
        hashed = old_hash()
        people = [
            (1, f"{prefix}Li", f"{prefix}e1", hashed, "139", "research_engineer", 1, DAY, None),
            (2, f"{prefix}gone", "", hashed, None, "lab_engineer", 0, DAY, None),
            (3, f"{prefix}张三", f"{prefix}-E-7", "md5:abc", "138", "lab_engineer", 1, DAY, DAY),
            (4, None, "", hashed, None, "admin", 1, DAY, None),
        ]
        base.executemany(f"INSERT INTO user VALUES ({','.join('?' * 9)})", people)

        def run(key: int, user: int, order: str, amount: float, data: str, **other: Any) -> None:
            values = {
                "id": key,
                "user_id": user,
                "work_order": order,
                "ignition_model": "135",
                "nc_type_1": "B",
                "nc_usage_1": amount,
                "nc_type_2": "无",
                "nc_usage_2": 0,
                "gp_type": "",
                "gp_usage": None,
                "shell_model": "22mm",
                "current": "1.2A",
                "sensor_model": "100 MPa",
                "body_model": "10-892",
                "equipment": "Y-H",
                "employee_id": "",
                "test_name": f"run {key}",
                "notes": None,
                "result_data": data,
                "created_at": DAY,
                **other,
            }
            base.execute(
                f"INSERT INTO simulation VALUES ({','.join('?' * 20)})", tuple(values.values())
            )

        order = f"工单/{prefix}-7"
        run(1, 1, order, 701.5, plot_json(t, p))
        run(2, 1, order, 701.5, plot_json(t, p))  # the same once more
        run(3, 2, "", 702.5, series_json(*bump(51.0, prefix)), nc_type_2="C", nc_usage_2="11.5")
        run(
            4,
            99,
            f"{prefix} two",
            703.5,
            series_json(*bump(52.0, prefix)),
            body_model=f"{prefix}-V",
        )
        run(5, 1, "", 704.5, series_json(t, [*p[:-1], float("inf")]), equipment="无")

        def test(key: int, user: Any, simulation: Any, name: str, data: str) -> None:
            values = (key, user, simulation, name, f"/srv/uploads/{name}", data, DAY)
            base.execute(f"INSERT INTO test_result VALUES ({','.join('?' * 7)})", values)

        test(1, 1, 1, f"{prefix}.xlsx", series_json(*bump(48.0, prefix)))
        test(
            2, 1, 1, f"{prefix}.xlsx", series_json(*bump(49.0, prefix))
        )  # another of the same name
        test(3, 3, 77, f"{prefix} 三.xlsx", series_json(*bump(47.0, prefix)))  # its run is gone
        test(4, 1, None, f"{prefix}nan.xlsx", series_json(t, [*p[:-1], float("nan")]))
        test(5, None, None, f"{prefix}who.xlsx", series_json(*bump(46.0, prefix)))
        test(6, 1, 1, f"{prefix} again.xlsx", series_json(*bump(48.0, prefix)))  # the curve of 1
        test(7, 1, None, f"{prefix}broken.xlsx", '{"time": [1, 2')
    base.close()
    return path


def normalised(path: Path, prefix: str) -> Path:
    """Write a normalised database with some columns missing and some that nobody knows."""
    with sqlite3.connect(path) as base:
        base.executescript(
            """
            CREATE TABLE users (id INTEGER PRIMARY KEY, username, password_hash, role, colour);
            CREATE TABLE work_orders (id INTEGER PRIMARY KEY, work_order_number, created_by,
                created_at);
            CREATE TABLE forward_simulations (
                id INTEGER PRIMARY KEY, created_by, work_order_id, igniter_type, nc_type_1,
                nc_mass_1_mg, shell_height_mm, firing_current_a, vessel, test_device, created_at);
            CREATE TABLE simulation_time_series (
                simulation_id, sequence_number, time_ms, pressure_mpa);
            CREATE TABLE test_results (
                id INTEGER PRIMARY KEY, created_by, work_order_id, simulation_id, created_at);
            CREATE TABLE test_result_files (test_result_id, file_name, file_path);
            CREATE TABLE test_time_series (test_result_id, sequence_number, time_point, pressure);
            CREATE TABLE pt_comparisons (id INTEGER PRIMARY KEY, score);
            """
        )
        base.execute(
            "INSERT INTO users VALUES (7, ?, ?, 'engineer', 'red')", (f"{prefix}n", old_hash())
        )
        base.execute("INSERT INTO work_orders VALUES (3, ?, 7, ?)", (f"{prefix}-№3", DAY))
        base.execute(
            "INSERT INTO forward_simulations"
            " VALUES (11, 7, 3, '135', 'B', 711.5, 22, 1.2, '10-892', 'Y-H', ?)",
            (DAY,),
        )
        base.execute("INSERT INTO test_results VALUES (21, 7, 3, 11, ?)", (DAY,))
        base.execute("INSERT INTO test_results VALUES (22, 7, NULL, NULL, ?)", (DAY,))
        base.execute("INSERT INTO test_result_files VALUES (21, ?, NULL)", (f"{prefix}n.xlsx",))
        for table, key, peak in (("simulation", 11, 44.0), ("test", 21, 43.0)):
            rows = [
                (key, at, t, p) for at, (t, p) in enumerate(zip(*bump(peak, prefix), strict=True))
            ]
            base.executemany(f"INSERT INTO {table}_time_series VALUES (?, ?, ?, ?)", rows[::-1])
        base.execute("INSERT INTO pt_comparisons VALUES (1, 0.9)")
    base.close()
    return path
