"""DuckDB, pyarrow and polars read every table by its plain glob and see the same."""

import re
from pathlib import Path

import duckdb
import polars
import pyarrow.dataset

import store
from report import Report

TABLES = {
    "calibration", "feature_catalogue", "feature_screen", "features", "influence", "labels", "quality",
    "quality_curve", "scores",
}

# The types a table may have, as each engine calls them.
DUCKDB = {
    "BOOLEAN": "bool", "BIGINT": "int64", "DOUBLE": "float64", "VARCHAR": "utf8", "DATE": "date32",
    "TIMESTAMP WITH TIME ZONE": "timestamp",
}
PYARROW = {
    "bool": "bool", "int64": "int64", "double": "float64", "string": "utf8", "date32[day]": "date32",
    "timestamp[us, tz=UTC]": "timestamp",
}
POLARS = {
    "Boolean": "bool", "Int64": "int64", "Float64": "float64", "String": "utf8", "Date": "date32",
    "Datetime(time_unit='us', time_zone='UTC')": "timestamp",
}


def check(warehouse: Path, report: Report) -> None:
    found = {folder.name for folder in (warehouse / "tables").iterdir()}
    report.check("tables: all there", [f"no {table}" for table in sorted(TABLES - found)])
    for table in sorted(found):
        folder = warehouse / "tables" / table
        files = [path for path in folder.rglob("*") if path.is_file()]
        strangers = [f"no data file: {path}" for path in files if path.suffix != ".parquet"]
        keys = sorted({part.split("=")[0] for path in files for part in path.relative_to(folder).parts[:-1]})
        what = f"{table}: read alike by duckdb, pyarrow and polars"
        seen = {}
        for engine, read in (("duckdb", by_duckdb), ("pyarrow", by_pyarrow), ("polars", by_polars)):
            try:
                seen[engine] = read(warehouse, table, keys)
            except Exception as error:  # Each engine has errors of its own; all of them are the finding.
                strangers.append(f"{engine} cannot read it: {error}")
        if len(seen) < 3:
            report.check(what, strangers)
            continue
        count, columns, _, _ = seen["duckdb"]
        detail = f"{len(files)} objects, {count} rows, {len(columns)} columns"
        report.check(what, strangers + differences(seen), detail)


def differences(seen: dict) -> list[str]:
    """Where the engines differ in rows, columns with types, NULLs by column, or keys of partitions."""
    faults = []
    reference = seen["duckdb"]
    for engine, found in seen.items():
        for what, ours, theirs in zip(("rows", "columns", "NULLs", "keys"), reference, found, strict=True):
            if ours != theirs:
                if isinstance(ours, dict):
                    names = sorted(set(ours) | set(theirs))
                    differ = [n for n in names if ours.get(n) != theirs.get(n)]
                    ours, theirs = {n: ours.get(n) for n in differ[:5]}, {n: theirs.get(n) for n in differ[:5]}
                faults.append(f"{what}: duckdb {ours}, {engine} {theirs}")
    count, columns, _, _ = reference
    if not count:
        faults.append("no rows")
    faults += [f"no lower_snake name: {name}" for name in columns if not re.fullmatch(r"[a-z][a-z0-9_]*", name)]
    faults += [f"type of {name}: {kind}" for name, kind in columns.items() if kind.startswith("other")]
    return faults


def named(types: dict[str, str], kind: str) -> str:
    if kind.lower().startswith("decimal"):
        return "decimal128"
    return types.get(kind, f"other: {kind}")


def by_duckdb(warehouse: Path, table: str, keys: list[str]):
    source = f"read_parquet('{store.glob(warehouse, table)}', hive_partitioning = true)"
    connection = duckdb.connect()
    described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    types = {row[0]: named(DUCKDB, row[1]) for row in described if row[0] not in keys}
    nulls = ", ".join(f'count(*) - count("{name}")' for name in types)
    count, *missing = connection.execute(f"SELECT count(*), {nulls} FROM {source}").fetchone()
    values = {}
    for key in keys:
        distinct = connection.execute(f"SELECT DISTINCT CAST({key} AS VARCHAR) FROM {source}").fetchall()
        values[key] = {row[0] for row in distinct}
    return count, types, dict(zip(types, missing, strict=True)), values


def by_pyarrow(warehouse: Path, table: str, keys: list[str]):
    folder = warehouse / "tables" / table
    dataset = pyarrow.dataset.dataset(folder, format="parquet", partitioning="hive")
    # All partitions have to have one schema, not only the first.
    schema = pyarrow.unify_schemas([fragment.physical_schema for fragment in dataset.get_fragments()])
    types = {field.name: named(PYARROW, str(field.type)) for field in schema if field.name not in keys}
    rows = dataset.to_table()
    missing = {name: rows.column(name).null_count for name in types}
    values = {key: {str(v) for v in rows.column(key).unique().to_pylist()} for key in keys}
    return dataset.count_rows(), types, missing, values


def by_polars(warehouse: Path, table: str, keys: list[str]):
    frame = polars.scan_parquet(store.glob(warehouse, table), hive_partitioning=True).collect()
    types = {name: named(POLARS, str(kind)) for name, kind in frame.schema.items() if name not in keys}
    missing = {name: frame[name].null_count() for name in types}
    values = {key: {str(v) for v in frame[key].unique().to_list()} for key in keys}
    return frame.height, types, missing, values
