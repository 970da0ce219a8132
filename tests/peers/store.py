"""Where things lie in a warehouse."""

import json
from pathlib import Path

import duckdb

Connection = duckdb.DuckDBPyConnection


def glob(warehouse: Path, table: str) -> str:
    """The plain glob by which anybody reads a table."""
    return str(warehouse / "tables" / table / "**" / "*.parquet")


def open_tables(warehouse: Path) -> Connection:
    """DuckDB with a view on each table."""
    connection = duckdb.connect()
    for folder in sorted((warehouse / "tables").iterdir()):
        source = f"read_parquet('{glob(warehouse, folder.name)}', hive_partitioning = true)"
        connection.execute(f"CREATE VIEW {folder.name} AS SELECT * FROM {source}")
    return connection


def rows(connection: Connection, sql: str, values: list | None = None) -> list[dict]:
    """The rows of a query, by column name."""
    found = connection.execute(sql, values or [])
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def pipeline(warehouse: Path) -> str:
    """The pipeline that filled a warehouse."""
    manifests = sorted((warehouse / "_meta" / "runs" / "ingest").glob("*.json"))
    return json.loads(manifests[0].read_text())["pipeline"]


def lake(warehouse: Path, source: str) -> list[str] | None:
    """The buckets of all runs of a source."""
    manifest = warehouse / "_meta" / "lake" / f"{source}.json"
    if not manifest.exists():
        return None
    runs = json.loads(manifest.read_text())["runs"]
    return [str(warehouse / bucket["path"]) for run in runs for bucket in run["buckets"]]
