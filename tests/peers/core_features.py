"""DuckDB recomputes the core features by SQL of its own and finds them in `features`."""

from pathlib import Path

import lines
import store
from report import Report
from store import Connection

WINDOWS = [7, 14, 30, 60, 90, 180, 365, None]

# By window: name, whether it is exact, and the value; {in} is a purchase line within the window, {back} a return.
BY_WINDOW = [
    ("lines", True, "count(CASE WHEN {in} THEN 1 END)"),
    ("orders", True, "count(DISTINCT CASE WHEN {in} THEN order_id END)"),
    ("products", True, "count(DISTINCT CASE WHEN {in} THEN product_id END)"),
    ("active_days", True, "count(DISTINCT CASE WHEN {in} THEN day END)"),
    ("quantity_sum", True, "CAST(sum(CASE WHEN {in} THEN quantity ELSE 0 END) AS BIGINT)"),
    ("amount_sum", False, "sum(CASE WHEN {in} THEN amount ELSE 0 END)"),
    ("amount_avg", False, "avg(CASE WHEN {in} THEN CAST(amount AS DOUBLE) END)"),
    ("amount_min", False, "min(CASE WHEN {in} THEN amount END)"),
    ("amount_max", False, "max(CASE WHEN {in} THEN amount END)"),
    ("amount_stddev", False, "stddev_samp(CASE WHEN {in} THEN CAST(amount AS DOUBLE) END)"),
    ("return_lines", True, "count(CASE WHEN {back} THEN 1 END)"),
    ("return_amount", False, "sum(CASE WHEN {back} THEN amount ELSE 0 END)"),
]

RHYTHM = [
    ("days_since_last_order", True, "DATE '{cutoff}' - max(day)"),
    ("days_since_first_order", True, "DATE '{cutoff}' - min(day)"),
    ("gap_days_mean", False, "avg(gap)"),
    ("gap_days_stddev", False, "CASE WHEN count(gap) > 1 THEN stddev_samp(gap) END"),
    ("gap_days_max", True, "max(gap)"),
]

COUNTS = {"lines", "orders", "products", "active_days", "quantity_sum", "amount_sum", "return_lines", "return_amount"}


def check(warehouse: Path, report: Report) -> None:
    connection = store.open_tables(warehouse)
    made_of = lines.make(connection, warehouse, report)
    newest = connection.execute("SELECT max(cutoff) FROM features").fetchone()[0]
    tested = connection.execute("SELECT min(cutoff) FROM quality").fetchone()[0]
    for cutoff in (tested, newest):
        compare(connection, str(cutoff), made_of, report)
    catalogue(connection, report)


def compare(connection: Connection, cutoff: str, made_of: str, report: Report) -> None:
    exact = recompute(connection, cutoff)
    connection.execute(f"CREATE OR REPLACE VIEW published AS SELECT * FROM features WHERE cutoff = DATE '{cutoff}'")
    total, distinct = connection.execute("SELECT count(*), count(DISTINCT customer_id) FROM published").fetchone()
    faults = [] if total == distinct else [f"{total} rows of {distinct} customers"]
    strangers = "SELECT count(*) FROM {} ANTI JOIN {} USING (customer_id)"
    for one, other in (("published", "expected"), ("expected", "published")):
        if number := connection.execute(strangers.format(one, other)).fetchone()[0]:
            faults.append(f"{number} customers are in {one} only")
    empty = 0
    for feature, whole in exact.items():
        ours, theirs = f'e."{feature}"', f'p."{feature}"'
        differ = f"{ours} IS DISTINCT FROM {theirs}" if whole else apart(feature, ours, theirs)
        number, missing, example = connection.execute(
            f"SELECT count(*) FILTER (WHERE {differ}), count(*) FILTER (WHERE {ours} IS NULL),"
            f" first({{'customer': customer_id, 'expected': {ours}, 'published': {theirs}}}) FILTER (WHERE {differ})"
            " FROM expected AS e JOIN published AS p USING (customer_id)"
        ).fetchone()
        empty += missing
        if number:
            faults.append(f"{feature}: {number} customers differ, such as {example}")
    detail = f"{total} customers x {len(exact)} features agree, {empty} values NULL"
    report.check(f"core features at {cutoff}, recomputed from {made_of}", faults, detail)


def apart(feature: str, ours: str, theirs: str) -> str:
    """True where two sums differ by over 1e-9, or one of them is NULL."""
    # A deviation of equal amounts is 0 or what rounding leaves of it.
    floor = 1e-9 if "stddev" in feature else 0
    near = f"abs({ours} - {theirs}) <= greatest(1e-9 * abs({ours}), {floor})"
    return f"({ours} IS NULL) <> ({theirs} IS NULL) OR NOT coalesce({near}, true)"


def recompute(connection: Connection, cutoff: str) -> dict[str, bool]:
    """Makes `expected`; returns its features and which of them are whole numbers."""
    exact, aggregates, outer = {}, [], []
    for days in WINDOWS:
        name = f"{days}d" if days else "lifetime"
        since = f"day >= DATE '{cutoff}' - {days}" if days else "true"
        for feature, whole, value in BY_WINDOW:
            value = value.replace("{in}", f"quantity >= 0 AND {since}").replace("{back}", f"quantity < 0 AND {since}")
            aggregates.append(f"{value if whole else f'CAST({value} AS DOUBLE)'} AS {feature}_{name}")
            column = f"w.{feature}_{name}"
            outer.append(f"coalesce({column}, 0) AS {feature}_{name}" if feature in COUNTS else column)
            exact[f"{feature}_{name}"] = whole
    rhythm = [f"{value.replace('{cutoff}', cutoff)} AS {feature}" for feature, _, value in RHYTHM]
    exact |= {feature: whole for feature, whole, _ in RHYTHM}
    connection.execute(f"""
        CREATE OR REPLACE TABLE expected AS
        WITH past AS (SELECT * FROM lines WHERE day < DATE '{cutoff}'),
        days AS (SELECT DISTINCT customer_id, day FROM past WHERE quantity >= 0),
        gaps AS (SELECT *, day - lag(day) OVER (PARTITION BY customer_id ORDER BY day) AS gap FROM days),
        rhythm AS (SELECT customer_id, {", ".join(rhythm)} FROM gaps GROUP BY customer_id),
        windows AS (SELECT customer_id, {", ".join(aggregates)} FROM past GROUP BY customer_id)
        SELECT k.customer_id, {", ".join(outer)}, r.* EXCLUDE (customer_id)
        FROM known AS k
        LEFT JOIN windows AS w ON w.customer_id = k.customer_id
        LEFT JOIN rhythm AS r ON r.customer_id = k.customer_id
        WHERE k.day < DATE '{cutoff}'
    """)
    return exact


def catalogue(connection: Connection, report: Report) -> None:
    """`feature_catalogue` names each column of `features` once, with its type."""
    types = {"BIGINT": "int64", "DOUBLE": "float64", "BOOLEAN": "bool", "VARCHAR": "utf8"}
    columns = connection.execute("DESCRIBE features").fetchall()
    held = {row[0]: types.get(row[1], row[1]) for row in columns if row[0] not in ("customer_id", "cutoff", "bucket")}
    entries = connection.execute("SELECT feature, type FROM feature_catalogue").fetchall()
    said = dict(entries)
    faults = [] if len(said) == len(entries) else [f"{len(entries)} entries for {len(said)} features"]
    for name in sorted(set(held) | set(said)):
        if held.get(name) != said.get(name):
            faults.append(f"{name}: features has {held.get(name)}, the catalogue says {said.get(name)}")
    report.check("feature_catalogue: the columns of features", faults, f"{len(held)} features")
