"""Reads Parquet files with Spark and writes all rows as JSON lines; run by a Python with PySpark.

Times become microseconds since 1970, floats their shortest text that gives the same bits.
"""

import json
import sys
from datetime import UTC, datetime, timedelta

from pyspark.sql import SparkSession

MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def plain(value: object) -> object:
    # In a time zone of its own: Spark hands out naive times of this process's zone, set to UTC.
    if isinstance(value, datetime):
        return (value.replace(tzinfo=UTC) - EPOCH) // MICROSECOND
    return value


def main(*paths: str) -> None:
    spark = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .getOrCreate()
    )
    frame = spark.read.parquet(*paths)
    print(json.dumps(frame.columns))
    for row in frame.toLocalIterator():
        print(json.dumps([plain(value) for value in row]))
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
