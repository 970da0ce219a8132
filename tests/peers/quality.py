"""DuckDB and scikit-learn recompute `quality` from what was said (`scores`) and what happened (`labels`)."""

from pathlib import Path

from scipy.stats import binomtest
from sklearn import metrics

import store
from report import Report, near
from store import Connection

SAID = """
    SELECT s.probability, s.predicted, s.threshold, s.model, l.label
    FROM scores AS s
    FULL JOIN labels AS l ON l.customer_id = s.customer_id AND l.target = s.target AND l.cutoff = s.cutoff
    WHERE coalesce(s.target, l.target) = $target AND coalesce(s.cutoff, l.cutoff) = $cutoff
"""

COUNTS = """
    SELECT
        count(*) AS n,
        count(*) FILTER (WHERE label = 1) AS positives,
        count(*) FILTER (WHERE probability >= $threshold AND label = 1) AS tp,
        count(*) FILTER (WHERE probability >= $threshold AND label = 0) AS fp,
        count(*) FILTER (WHERE probability < $threshold AND label = 1) AS fn,
        count(*) FILTER (WHERE probability < $threshold AND label = 0) AS tn,
        fp / nullif(tp + fp, 0) AS error_rate,
        fn / nullif(tp + fn, 0) AS miss_rate,
        tp / nullif(tp + fp, 0) AS precision,
        tp / nullif(tp + fn, 0) AS recall
    FROM said
"""

METRICS = {
    "roc_auc": metrics.roc_auc_score,
    "average_precision": metrics.average_precision_score,
    "brier": metrics.brier_score_loss,
    "log_loss": metrics.log_loss,
}


def check(warehouse: Path, report: Report) -> None:
    connection = store.open_tables(warehouse)
    judged = store.rows(connection, "SELECT * FROM quality ORDER BY target, cutoff, model")
    report.check("quality: counts of every model add up", [fault for row in judged for fault in sums(row)],
                 f"{len(judged)} rows")
    report.check("quality: intervals of every model are Wilson's at 95 %",
                 [fault for row in judged for fault in intervals(row)])
    for target in sorted({row["target"] for row in judged}):
        chosen = [row for row in judged if row["target"] == target and row["chosen"] and row["split"] == "test"]
        if not chosen:
            report.skip(f"quality of {target}: no test, so there are no scores to hold it against")
        for row in chosen:
            recompute(connection, row, report)


def sums(row: dict) -> list[str]:
    place = f"{row['target']} {row['model']}"
    faults = []
    if row["tp"] + row["fp"] + row["fn"] + row["tn"] != row["n"]:
        faults.append(f"{place}: tp + fp + fn + tn is not n")
    if row["tp"] + row["fn"] != row["positives"]:
        faults.append(f"{place}: tp + fn is not positives")
    return faults


def intervals(row: dict) -> list[str]:
    faults = []
    for rate, part, whole in (("error_rate", row["fp"], row["fp"] + row["tp"]),
                              ("miss_rate", row["fn"], row["fn"] + row["tp"])):
        expected = (None, None)
        if whole:
            interval = binomtest(part, whole).proportion_ci(0.95, method="wilson")
            expected = (interval.low, interval.high)
        found = (row[f"{rate}_low"], row[f"{rate}_high"])
        if not all(near(f, e, 1e-9) for f, e in zip(found, expected, strict=True)):
            faults.append(f"{row['target']} {row['model']} {rate}: {found}, scipy {expected}")
    return faults


def recompute(connection: Connection, row: dict, report: Report) -> None:
    target, cutoff = row["target"], row["cutoff"]
    place = f"{target} at {cutoff} ({row['model']})"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE said AS {SAID}", {"target": target, "cutoff": cutoff})

    [found] = store.rows(connection, COUNTS, {"threshold": row["threshold"]})
    faults = [f"{name}: quality {row[name]}, duckdb {value}" for name, value in found.items()
              if not near(row[name], value, 1e-12)]
    [strange] = store.rows(connection, """
        SELECT
            count(*) FILTER (WHERE probability IS NULL) AS "labelled but not scored",
            count(*) FILTER (WHERE label IS NULL) AS "scored but not labelled",
            count(*) FILTER (WHERE predicted <> (probability >= threshold)) AS "predicted against the threshold",
            count(*) FILTER (WHERE threshold <> $threshold) AS "of another threshold",
            count(*) FILTER (WHERE model <> $model) AS "of another model"
        FROM said
    """, {"threshold": row["threshold"], "model": row["model"]})
    faults += [f"{number} customers {what}" for what, number in strange.items() if number]
    detail = "tp {tp}, fp {fp}, fn {fn}, tn {tn}, error rate {error_rate:.4f}, miss rate {miss_rate:.4f}"
    rounded = {name: 0.0 if value is None else value for name, value in found.items()}
    report.check(f"quality of {place}: duckdb, from scores and labels", faults, detail.format(**rounded))

    pairs = connection.execute("SELECT label, probability FROM said WHERE label + probability IS NOT NULL").fetchall()
    labels, probabilities = zip(*pairs, strict=True)
    values = {name: metric(labels, probabilities) for name, metric in METRICS.items()}
    faults = [f"{name}: quality {row[name]}, scikit-learn {value}" for name, value in values.items()
              if not near(row[name], value, 1e-12)]
    detail = ", ".join(f"{name} {value:.6f}" for name, value in values.items())
    report.check(f"quality of {place}: scikit-learn, to 1e-12", faults, detail)
    curve(connection, row, place, report)


def curve(connection: Connection, row: dict, place: str, report: Report) -> None:
    points = store.rows(connection, "SELECT * FROM quality_curve WHERE target = $t AND cutoff = $c AND model = $m",
                        {"t": row["target"], "c": row["cutoff"], "m": row["model"]})
    faults = [] if points else ["no points"]
    for point in points:
        [found] = store.rows(connection, COUNTS, {"threshold": point["threshold"]})
        faults += [f"{name} at {point['threshold']}: {point[name]}, duckdb {found[name]}"
                   for name in ("tp", "fp", "fn", "tn", "error_rate", "miss_rate")
                   if not near(point[name], found[name], 1e-12)]
    report.check(f"quality_curve of {place}: duckdb", faults, f"{len(points)} points")
