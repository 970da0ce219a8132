"""Public tasks on UCI Online Retail, judged apart from foretell: labels from the raw files, metrics by scikit-learn.

    python tests/peers/public_tasks.py FORETELL RAW WORK

FORETELL is a built binary, RAW the folder that holds `by-day/*.csv`, WORK a folder for warehouses. Each task is
run as of its cutoff, once a model; what comes after the cutoff is read here alone. Prints a Markdown table and
ends with 1 if foretell scored other customers than the task speaks of.
"""

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import numpy as np
from sklearn import metrics

MODELS = ("recency_rule", "logistic", "boosted", "blend")
RESAMPLES = 2_000

ROWS = """
    CREATE TABLE lines AS
    SELECT
        CustomerID AS customer_id,
        CAST(InvoiceDate AS TIMESTAMP) AS occurred_at,
        CAST(Quantity AS DOUBLE) AS quantity,
        CAST(UnitPrice AS DOUBLE) AS unit_price
    FROM (SELECT DISTINCT * FROM read_csv($files, all_varchar = true))
    WHERE CustomerID IS NOT NULL
"""

# Everybody with an earlier line of 2011; cancelled lines count, prices are multiplied by 1.65.
SPENDS = """
    SELECT customer_id, coalesce(sum(quantity * unit_price * 1.65) FILTER (WHERE occurred_at >= $cutoff), 0) > 500
    FROM lines
    WHERE occurred_at >= TIMESTAMP '2011-01-01' AND occurred_at < $cutoff + to_days($horizon)
    GROUP BY customer_id
    HAVING min(occurred_at) < $cutoff
"""

# Everybody with an earlier purchase; churn is no purchase in the horizon.
LEAVES = """
    SELECT customer_id, count(*) FILTER (WHERE occurred_at >= $cutoff) = 0
    FROM lines
    WHERE quantity > 0 AND unit_price > 0 AND occurred_at < $cutoff + to_days($horizon)
    GROUP BY customer_id
    HAVING min(occurred_at) < $cutoff
"""

CHURN = ["--set", "targets.churn.eligible=orders_lifetime > 0", "--set", "targets.churn.horizon=60d",
         "--set", "targets.churn_30d.eligible=orders_lifetime > 0", "--set", "cutoffs.count=10"]

# Name, spec, cutoff, target, horizon, label, further arguments, customers and positives that are known, and the
# miss rate at which an error rate was published.
TASKS = (
    ("spends over 500, December 2011", "pipelines/online-retail-500.yaml", "2011-12-01", "over_500", 31, SPENDS, [],
     (4_197, 318), 0.462),
    ("churn, 30 days from 2011-10-01", "pipelines/online-retail.yaml", "2011-10-01", "churn_30d", 30, LEAVES, CHURN,
     (3_616, 2_639), None),
    ("churn, 60 days from 2011-10-01", "pipelines/online-retail.yaml", "2011-10-01", "churn", 60, LEAVES, CHURN,
     (3_616, 1_908), 0.165),
)


def score(foretell: str, raw: Path, warehouse: Path, task: tuple, model: str) -> None:
    _, spec, cutoff, _, _, _, more, _, _ = task
    environment = dict(os.environ, DATA=str(raw), WAREHOUSE=str(warehouse))
    arguments = [foretell, "run", spec, "--date", cutoff, "--set", f"score.models=[{model}]", *more]
    subprocess.run(arguments, env=environment, check=True, stdout=subprocess.DEVNULL)


def interval(values: list[float]) -> str:
    known = [value for value in values if not np.isnan(value)]
    low, high = np.quantile(known, (0.025, 0.975))
    return f"{low:.3f} to {high:.3f}"


def rates(label: np.ndarray, named: np.ndarray) -> tuple[float, float]:
    hits = (label & named).sum()
    error = 1 - hits / named.sum() if named.any() else float("nan")
    return error, 1 - hits / label.sum()


def error_at(label: np.ndarray, probability: np.ndarray, miss: float) -> float:
    """The lowest error rate at which no more than the share `miss` of the positives is missed."""
    precision, recall, _ = metrics.precision_recall_curve(label, probability)
    return 1 - precision[1 - recall <= miss].max()


def judge(connection: duckdb.DuckDBPyConnection, warehouse: Path, task: tuple, model: str) -> tuple[str, list[str]]:
    name, _, cutoff, target, horizon, sql, _, known, miss = task
    labels = dict(connection.execute(sql, {"cutoff": np.datetime64(cutoff).astype(object), "horizon": horizon})
                  .fetchall())
    path = warehouse / "tables" / "scores" / f"target={target}" / f"cutoff={cutoff}" / "part-0.parquet"
    said = connection.execute("SELECT customer_id, probability, predicted, model FROM read_parquet($path) ORDER BY 1",
                              {"path": str(path)}).fetchall()
    faults = []
    if (len(labels), sum(labels.values())) != known:
        faults.append(f"{name}: {len(labels)} customers, {sum(labels.values())} positives; expected {known}")
    if {row[0] for row in said} != set(labels):
        faults.append(f"{name}: {len(said)} customers scored, not those the task speaks of")
    if {row[3] for row in said} != {model}:
        faults.append(f"{name}: scored by {sorted({row[3] for row in said})}, not by {model}")
    label = np.array([labels.get(row[0], False) for row in said])
    probability, named = np.array([row[1] for row in said]), np.array([row[2] for row in said])
    random = np.random.default_rng(0)
    draws = [random.integers(0, len(label), len(label)) for _ in range(RESAMPLES)]
    draws = [draw for draw in draws if 0 < label[draw].sum() < len(label)]
    cells = [name, model]
    for metric in (metrics.roc_auc_score, metrics.average_precision_score):
        resampled = [metric(label[draw], probability[draw]) for draw in draws]
        cells.append(f"{metric(label, probability):.3f} ({interval(resampled)})")
    resampled = [rates(label[draw], named[draw]) for draw in draws]
    for index, rate in enumerate(rates(label, named)):
        cells.append(f"{rate:.3f} ({interval([pair[index] for pair in resampled])})")
    if miss is None:
        cells.append("-")
    else:
        resampled = [error_at(label[draw], probability[draw], miss) for draw in draws]
        cells.append(f"{error_at(label, probability, miss):.3f} ({interval(resampled)}) at {miss}")
    return "| " + " | ".join(cells) + " |", faults


def main() -> int:
    foretell, raw, work = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    connection = duckdb.connect()
    connection.execute(ROWS, {"files": str(raw / "by-day" / "*.csv")})
    print("| task | model | AUC (95 %) | average precision (95 %) | error rate (95 %) | miss rate (95 %) "
          "| error rate at a published miss rate |")
    print("|---|---|---|---|---|---|---|")
    failed = []
    for task in TASKS:
        warehouse = work / Path(task[1]).stem
        for model in os.environ.get("MODELS", " ".join(MODELS)).split():
            score(foretell, raw, warehouse, task, model)
            line, faults = judge(connection, warehouse, task, model)
            print(line, flush=True)
            failed += faults
    for fault in failed:
        print(f"FAILED  {fault}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
