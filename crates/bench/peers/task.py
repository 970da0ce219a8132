"""What the bench asks of a peer: one or more cutoffs of a grid, written as Parquet or only computed."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import grid
from grid import Grid

# Foretell's compression, in DuckDB's words; its own default would be level 3.
PARQUET = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1"


@dataclass(frozen=True)
class Task:
    """`out` is a folder that receives `cutoff=…/part-0.parquet`; without it nothing is written."""

    lines: Path
    grid: Grid
    form: str
    cutoffs: list[date]
    threads: int
    out: Path | None

    def part(self, cutoff: date) -> Path | None:
        """The file of a cutoff, its folder made."""
        if self.out is None:
            return None
        folder = self.out / f"cutoff={cutoff}"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / "part-0.parquet"


def parse(forms: tuple[str, ...]) -> Task:
    parser = argparse.ArgumentParser()
    parser.add_argument("--lines", type=Path, required=True, help="typed rows, sorted by customer")
    parser.add_argument("--grid", type=Path, required=True, help="what grid.py wrote")
    parser.add_argument("--form", choices=forms, required=True)
    parser.add_argument("--cutoff", type=date.fromisoformat, action="append", required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    return Task(given.lines, grid.load(given.grid), given.form, given.cutoff, given.threads, given.out)
