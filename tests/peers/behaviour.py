"""Plain Python recomputes the behaviours beyond the core, customer by customer, and finds them in `features`.

It follows the sentences of the catalogue with the textbook's own formulas (`statistics`, means of lists, lines
through points, months without a purchase written out as zeros), not the sums and windows of the SQL.
"""

from collections import defaultdict
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import lines
import of_events
import of_transactions
import store
from of_events import Event
from of_transactions import Line
from report import Report, near
from store import Connection


def check(warehouse: Path, report: Report) -> None:
    connection = store.open_tables(warehouse)
    zone = ZoneInfo(lines.time_zone(store.pipeline(warehouse)))
    sold = rows(connection, warehouse, "transactions",
                ["order_id", "product_id", "quantity", "amount", "discount"], zone)
    heard = rows(connection, warehouse, "events", ["event_type", "value"], zone)
    newest = connection.execute("SELECT max(cutoff) FROM features").fetchone()[0]
    tested = connection.execute("SELECT min(cutoff) FROM quality").fetchone()[0]
    for cutoff in (tested, newest):
        compare(connection, cutoff, sold, heard, report)


def rows(connection: Connection, warehouse: Path, source: str, columns: list[str], zone: ZoneInfo) -> dict:
    """Rows of a source by customer, each with its local time; columns that it lacks are None."""
    files = store.lake(warehouse, source)
    found = defaultdict(list)
    if not files:
        return found
    table = "read_parquet($files)"
    there = {row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {table}", {"files": files}).fetchall()}
    listed = ", ".join(
        (f"CAST({column} AS DOUBLE)" if column in ("amount", "discount", "value") else column)
        if column in there else "NULL" for column in columns
    )
    # As a number, so that no engine's idea of a time zone comes in between.
    sql = f"SELECT customer_id, epoch_us(occurred_at), {listed} FROM {table}"
    for customer, micros, *rest in connection.execute(sql, {"files": files}).fetchall():
        found[customer].append((datetime.fromtimestamp(micros / 1e6, zone), *rest))
    return found


def compare(connection: Connection, cutoff: date, sold: dict, heard: dict, report: Report) -> None:
    published = store.rows(connection, f"SELECT * FROM features WHERE cutoff = DATE '{cutoff}'")
    columns = set(published[0])
    faults, agree, names = [], 0, set()
    for row in published:
        customer = row["customer_id"]
        past = [Line(ago, at, *rest) for at, *rest in sold.get(customer, []) if (ago := (cutoff - at.date()).days) > 0]
        events = [Event(ago, at, *rest) for at, *rest in heard.get(customer, []) if (ago := (cutoff - at.date()).days) > 0]
        expected = of_transactions.behaviours(past, columns)
        if heard:
            expected |= of_events.behaviours(events)
        names |= expected.keys()
        for feature, ours in expected.items():
            theirs = row.get(feature)
            if near(None if ours is None else float(ours), None if theirs is None else float(theirs), 1e-9):
                agree += 1
            else:
                faults.append(f"{feature} of {customer}: expected {ours}, published {theirs}")
    faults += [f"features has no {feature}" for feature in sorted(names - columns)]
    report.check(f"behaviours at {cutoff}, recomputed in Python", faults,
                 f"{len(published)} customers x {len(names)} features, {agree} values agree")
