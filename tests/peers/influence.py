"""Shares of influence add up to 1, and features are named as the catalogue names them."""

from pathlib import Path

import store
from report import Report

SHARES = """
    SELECT target, cutoff, model, sum(share) AS total, min(share) AS least, count(*) AS features,
        count(*) FILTER (WHERE share_low > share OR share > share_high) AS outside
    FROM influence GROUP BY target, cutoff, model ORDER BY ALL
"""

STRANGERS = """
    SELECT DISTINCT i.feature, i.family, c.family AS catalogued
    FROM influence AS i LEFT JOIN feature_catalogue AS c ON c.feature = i.feature
    WHERE i.family IS DISTINCT FROM c.family
"""

REASONS = """
    SELECT DISTINCT reason
    FROM (SELECT unnest([reason_1, reason_2, reason_3]) AS reason FROM scores)
    WHERE reason IS NOT NULL AND reason NOT IN (SELECT feature FROM feature_catalogue)
"""


def check(warehouse: Path, report: Report) -> None:
    connection = store.open_tables(warehouse)
    judged = store.rows(connection, "SELECT DISTINCT target, cutoff, model FROM quality")
    shares = store.rows(connection, SHARES)
    explained = {(row["target"], row["cutoff"], row["model"]) for row in shares}
    missing = [row for row in judged if tuple(row.values()) not in explained]
    report.check("influence: there for every model in quality", [f"none for {row}" for row in missing])
    for row in shares:
        faults = []
        if abs(row["total"] - 1) > 1e-9:
            faults.append(f"they add up to {row['total']}")
        if row["least"] < 0:
            faults.append(f"one is {row['least']}")
        if row["outside"]:
            faults.append(f"{row['outside']} lie outside their own interval")
        place = f"{row['target']} at {row['cutoff']} ({row['model']})"
        report.check(f"influence of {place}: shares add up to 1", faults, f"{row['features']} features")
    report.check("influence: features and families as catalogued",
                 [str(row) for row in store.rows(connection, STRANGERS)])
    report.check("scores: reasons are features of the catalogue",
                 [row["reason"] for row in store.rows(connection, REASONS)])
