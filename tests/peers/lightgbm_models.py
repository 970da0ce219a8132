"""LightGBM in Python loads each `model.txt` of a warehouse and scores the published customers: the same probabilities.

    python tests/peers/lightgbm_models.py WAREHOUSE

The warehouse was made by a build with the cargo feature `lightgbm`. Needs the package `lightgbm` (4.6 or newer).
"""

import json
import sys
from pathlib import Path

import duckdb
import lightgbm
import numpy as np


def calibrated(calibrator: dict, log_odds: np.ndarray) -> np.ndarray:
    """The probabilities of a sigmoid, or of a line through knots in log-odds that goes on at its slope."""
    if "sigmoid" in calibrator:
        line = calibrator["sigmoid"]
        calibrated = line["slope"] * log_odds + line["intercept"]
    else:
        line = calibrator["isotonic"]
        x, y = np.array(line["knots"]).T
        beyond = np.minimum(log_odds - x[0], 0) + np.maximum(log_odds - x[-1], 0)
        calibrated = np.interp(log_odds, x, y) + line["slope"] * beyond
    return 1 / (1 + np.exp(-np.clip(calibrated, -30, 30)))


def check(warehouse: Path, file: Path) -> str | None:
    kept = json.loads((file.parent / "model.json").read_text())
    target, cutoff = kept["target"], kept["as_of"]
    booster = lightgbm.Booster(model_file=str(file))
    scores = warehouse / "tables" / "scores" / f"target={target}" / f"cutoff={cutoff}" / "part-0.parquet"
    features = warehouse / "tables" / "features" / f"cutoff={cutoff}" / "part-0.parquet"
    names = booster.feature_name()
    if names != kept["learned"]["lightgbm"]["columns"]:
        return f"{file}: other features than model.json names"
    columns = ", ".join(f'CAST("{name}" AS DOUBLE)' for name in names)
    rows = duckdb.execute(f"SELECT s.probability, s.model_id, {columns} FROM '{scores}' AS s "
                          f"JOIN '{features}' AS f USING (customer_id)").fetchall()
    if {row[1] for row in rows} != {kept["model_id"]}:
        return None
    x = np.array([[np.nan if value is None else value for value in row[2:]] for row in rows], dtype=float)
    x[~np.isfinite(x)] = np.nan
    ours = np.array([row[0] for row in rows])
    theirs = calibrated(kept["promise"]["calibrator"], booster.predict(x, raw_score=True))
    apart = float(np.abs(ours - theirs).max())
    trees = booster.num_trees()
    print(f"{target} as of {cutoff}: {len(rows)} customers, {trees} trees, largest difference {apart:.1e}")
    return f"{file}: {apart} apart" if apart > 1e-12 else None


def main() -> int:
    warehouse = Path(sys.argv[1])
    files = sorted(warehouse.glob("models/*/*/model.txt"))
    faults = [fault for fault in (check(warehouse, file) for file in files) if fault]
    for fault in faults:
        print(f"FAILED  {fault}")
    return 1 if faults or not files else 0


if __name__ == "__main__":
    sys.exit(main())
