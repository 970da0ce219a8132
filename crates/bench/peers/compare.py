"""Holds two feature tables against each other, value by value: compare.py OURS THEIRS GRID [--some].

Prints one line of JSON: rows, columns, values held, and what differs. Whole numbers must be equal, floats
agree to 1e-9 of their size. Where a value is a difference of near numbers (a change, a deviation, an
entropy), what rounding leaves of zero is no disagreement: there 1e-9 itself is allowed. With --some,
THEIRS may lack columns; otherwise it has all of the grid.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import polars as pl

import grid

RELATIVE = 1e-9
ABSOLUTE = 1e-9
DIFFERENCES = ("_change_", "_stddev", "_variation", "_entropy_", "_evenness_")

# Columns in memory at once: both tables, 500,000 customers, 8 bytes a value.
CHUNK = 64


def compare(ours: Path, theirs: Path, columns: list[str], whole: frozenset[str]) -> dict:
    """Compares the columns; returns what to print."""
    faults = []
    held = 0
    ids = [key(path) for path in (ours, theirs)]
    if not ids[0]["customer_id"].equals(ids[1]["customer_id"]):
        only = [a.join(b, on="customer_id", how="anti").height for a, b in (ids, ids[::-1])]
        faults.append(f"{only[0]} customers are foretell's only, {only[1]} the peer's only")
        return {"rows": ids[0].height, "columns": len(columns), "values": 0, "faults": faults}
    for start in range(0, len(columns), CHUNK):
        some = columns[start:start + CHUNK]
        left, right = [
            pl.read_parquet(path, columns=some)[order["row"]]
            for path, order in zip((ours, theirs), ids)
        ]
        for column in some:
            apart = differ(left[column], right[column], column, column in whole)
            held += len(apart)
            if number := apart.sum():
                row = apart.arg_max()
                customer = ids[0]["customer_id"][row]
                faults.append(
                    f"{column}: {number} customers differ, such as {customer}: "
                    f"{left[column][row]!r} by foretell, {right[column][row]!r} by the peer"
                )
    return {"rows": ids[0].height, "columns": len(columns), "values": held, "faults": faults}


def key(path: Path) -> pl.DataFrame:
    """Customers in order, with the rows they stand in."""
    frame = pl.read_parquet(path, columns=["customer_id"]).with_row_index("row")
    if frame["customer_id"].n_unique() != frame.height:
        raise ValueError(f"{path}: a customer stands in two rows")
    return frame.sort("customer_id")


def differ(left: pl.Series, right: pl.Series, column: str, whole: bool) -> pl.Series:
    """True where two values do not agree; NULL agrees with NULL only, NaN with NaN only."""
    if whole:
        for side in (left, right):
            if not side.dtype.is_integer():
                raise ValueError(f"{column}: {side.dtype} where a whole number belongs")
        return left.ne_missing(right)
    left, right = left.cast(pl.Float64), right.cast(pl.Float64)
    floor = ABSOLUTE if any(part in column for part in DIFFERENCES) else 0.0
    frame = pl.DataFrame({"a": left, "b": right})
    a, b = pl.col("a"), pl.col("b")
    near = (a - b).abs() <= pl.max_horizontal(a.abs() * RELATIVE, pl.lit(floor))
    return frame.select(apart=~(a.eq_missing(b) | near.fill_null(False)))["apart"]


def main() -> None:
    ours, theirs, asked = (Path(argument) for argument in sys.argv[1:4])
    features = grid.load(asked)
    columns = features.columns
    if "--some" in sys.argv[4:]:
        there = set(pl.read_parquet_schema(theirs))
        columns = [column for column in columns if column in there]
    print(json.dumps(compare(ours, theirs, columns, frozenset(features.whole))))


if __name__ == "__main__":
    main()
