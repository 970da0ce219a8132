"""Prints the versions of Python and of the peers as JSON."""

import json
import platform
from importlib import metadata

NAMES = ("duckdb", "polars", "pandas", "featuretools")


def version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


found = {name: version(name) for name in NAMES}
print(json.dumps({"python": platform.python_version()} | {name: is_ for name, is_ in found.items() if is_}))
