"""Writes metrics.json: metrics of small sets of probabilities, computed by scikit-learn.

    python metrics.py > metrics.json        (scikit-learn 1.9.1, numpy 2)

What scikit-learn does not define, or defines as 0 with a warning, is null here.
"""

import json
import math
import warnings

import numpy as np
from sklearn import metrics

warnings.simplefilter("ignore")
rng = np.random.default_rng(7)


def lift_top_decile(y, p):
    """Mean label of the likeliest ceil(n / 10) rows, over all ways to break ties, over the base rate."""
    k = math.ceil(len(y) / 10)
    kth = np.sort(p)[::-1][k - 1]
    above, tied = p > kth, p == kth
    hits = y[above].sum() + (k - above.sum()) * y[tied].mean()
    return hits / k / y.mean()


def case(name, y, p):
    y, p = np.asarray(y, dtype=float), np.asarray(p, dtype=float)
    both = 0 < y.sum() < len(y)
    some = y.sum() > 0
    at = []
    for t in sorted({0.0, 0.5, 1.0, *np.quantile(p, [0.1, 0.5, 0.9])}):
        named = (p >= t).astype(int)
        tn, fp, fn, tp = metrics.confusion_matrix(y, named, labels=[0, 1]).ravel().tolist()
        precision = metrics.precision_score(y, named, zero_division=np.nan)
        recall = metrics.recall_score(y, named, zero_division=np.nan)
        at.append([float(t), tn, fp, fn, tp, *(None if math.isnan(v) else float(v) for v in (precision, recall))])
    curve = []
    if some:
        precision, recall, thresholds = metrics.precision_recall_curve(y, p)
        curve = [[float(a), float(b), float(t)] for a, b, t in zip(precision, recall, thresholds)]
    return {
        "name": name,
        "labels": y.tolist(),
        "probabilities": p.tolist(),
        "roc_auc": float(metrics.roc_auc_score(y, p)) if both else None,
        "average_precision": float(metrics.average_precision_score(y, p)) if some else None,
        "brier": float(metrics.brier_score_loss(y, p, pos_label=1)),
        "log_loss": float(metrics.log_loss(y, np.column_stack([1 - p, p]), labels=[0, 1])),
        "lift_top_decile": float(lift_top_decile(y, p)) if some else None,
        "at": at,
        "curve": curve,
    }


def simulated(n, rate, digits=None):
    p = rng.beta(rate * 3, (1 - rate) * 3, n)
    y = (rng.random(n) < p).astype(float)
    return y, p if digits is None else np.round(p, digits)


def main():
    cases = [
        case("one positive row", [1], [0.3]),
        case("two rows", [0, 1], [0.4, 0.4]),
        case("perfect", [0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9]),
        case("upside down", [1, 1, 0, 0], [0.1, 0.2, 0.8, 0.9]),
        case("all tied", [0, 1, 0, 1, 1], [0.5] * 5),
        case("extreme and right", [0, 1, 0, 1], [0.0, 1.0, 1e-300, 1 - 1e-16]),
        case("extreme and wrong", [1, 0, 1, 0], [0.0, 1.0, 1e-18, 0.7]),
        case("only positives", [1, 1, 1], [0.2, 0.9, 0.9]),
        case("only negatives", [0, 0, 0, 0], [0.2, 0.9, 0.9, 0.0]),
        case("rare", *simulated(200, 0.03)),
        case("frequent", *simulated(150, 0.6)),
        case("many ties", *simulated(180, 0.3, digits=1)),
        case("some ties", *simulated(97, 0.2, digits=2)),
    ]
    lines = ",\n".join(json.dumps(c) for c in cases)
    print(f"[\n{lines}\n]")


if __name__ == "__main__":
    main()
