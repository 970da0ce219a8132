"""The features to compute, read off `feature_catalogue`: grid.py CATALOGUE OUT writes them as JSON."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Window:
    """A look-back of whole days; `days` is None for all time."""

    name: str
    days: int | None


@dataclass(frozen=True)
class Slice:
    """A column's value, and the end that it gives to the names of features."""

    name: str
    column: str
    value: str


@dataclass(frozen=True)
class Grid:
    """Windows, shortest first; slices; the columns of the result in their order, and which are whole numbers."""

    windows: list[Window]
    slices: list[Slice]
    columns: list[str]
    whole: list[str]

    @property
    def bounded(self) -> list[Window]:
        return [window for window in self.windows if window.days]

    @property
    def edges(self) -> list[int]:
        """Days at which a window, or the same time before it, begins; ascending."""
        days = {window.days for window in self.bounded}
        return sorted(days | {2 * day for day in days})

    def previous(self) -> list[tuple[Window, Window]]:
        """Each window with the next shorter one."""
        return [(longer, shorter) for shorter, longer in zip(self.windows, self.windows[1:])]


def load(path: Path) -> Grid:
    """Reads what `main` wrote."""
    held = json.loads(path.read_text())
    return Grid(
        windows=[Window(**window) for window in held["windows"]],
        slices=[Slice(**each) for each in held["slices"]],
        columns=held["columns"],
        whole=held["whole"],
    )


def of_rows(rows: list[tuple[str, str, str | None, str | None, str]]) -> Grid:
    """Makes the grid of rows (feature, type, window, slice, description)."""
    windows = {row[2]: Window(row[2], days_of(row[2])) for row in rows if row[2]}
    slices = {row[3]: slice_of(row[3], row[4]) for row in rows if row[3]}
    return Grid(
        windows=sorted(windows.values(), key=lambda window: (window.days is None, window.days)),
        slices=list(slices.values()),
        columns=[row[0] for row in rows],
        whole=[row[0] for row in rows if row[1] == "int64"],
    )


def days_of(name: str) -> int | None:
    return int(name[:-1]) if re.fullmatch(r"\d+d", name) else None


def slice_of(name: str, description: str) -> Slice:
    """The value stands at the end of the sentence: `Lines the customer bought ever, region Hesse`."""
    words = description.rsplit(", ", 1)[-1]
    column, _, value = words.partition(" ")
    if not value or not name.startswith(f"{column}_"):
        raise ValueError(f"slice {name}: `{description}` does not end with its column and value")
    return Slice(name, column, value)


def main() -> None:
    import duckdb

    catalogue, out = (Path(argument) for argument in sys.argv[1:3])
    rows = duckdb.execute(
        'SELECT feature, "type", "window", slice, description FROM read_parquet($files)',
        {"files": str(catalogue / "*.parquet")},
    ).fetchall()
    grid = of_rows(rows)
    out.write_text(json.dumps(asdict(grid), indent=1))
    print(json.dumps({"features": len(grid.columns)}))


if __name__ == "__main__":
    main()
