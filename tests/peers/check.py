"""Holds a warehouse against other engines: check.py WAREHOUSE. Ends with 1 if anything differs."""

import sys
from pathlib import Path

import behaviour
import core_features
import customers
import influence
import quality
import readable
from report import Report


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: check.py WAREHOUSE", file=sys.stderr)
        return 2
    warehouse = Path(sys.argv[1])
    if not (warehouse / "tables").is_dir():
        print(f"{warehouse}: no tables", file=sys.stderr)
        return 2
    report = Report()
    for part in (readable, core_features, customers, behaviour, quality, influence):
        try:
            part.check(warehouse, report)
        except Exception as error:  # What stops a part is a fault of the tables, not a reason to stop.
            report.check(f"{part.__name__}: goes through to its end", [f"{type(error).__name__}: {error}"])
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
