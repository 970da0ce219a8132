"""Polars computes the features from Parquet, by its streaming engine."""

from __future__ import annotations

import json
import os

import task


def main() -> None:
    asked = task.parse(("masks", "steps"))
    # Read once, when polars is imported.
    os.environ["POLARS_MAX_THREADS"] = str(asked.threads)
    import polars as pl

    import polars_plan

    lines = pl.scan_parquet(asked.lines)
    for cutoff in asked.cutoffs:
        plan = polars_plan.features(asked.grid, asked.form, lines, cutoff)
        if part := asked.part(cutoff):
            plan.sink_parquet(part, compression="zstd", compression_level=1, engine="streaming")
        else:
            plan.collect(engine="streaming")
    print(json.dumps({"cutoffs": len(asked.cutoffs)}))


if __name__ == "__main__":
    main()
