"""The textbook's formulas over short lists; None stands for what has no value."""

import math
import statistics
from collections.abc import Callable, Iterable

Values = dict[str, float | None]


def name(days: int | None) -> str:
    return f"{days}d" if days else "lifetime"


def within(items: Iterable, days: int | None) -> list:
    return [item for item in items if days is None or item.ago <= days]


def mean(values: Iterable[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return sum(there) / len(there) if there else None


def deviation(values: list[float]) -> float | None:
    return statistics.stdev(values) if len(values) > 1 else None


def ratio(a: float | None, b: float | None) -> float | None:
    return None if a is None or not b else a / b


def less(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else a - b


def share(items: list, is_one: Callable) -> float | None:
    return mean(1.0 if is_one(item) else 0.0 for item in items)


def nth(values: list, place: int):
    return values[place - 1] if len(values) >= place else None


def entropy(counts: Iterable[int]) -> float | None:
    counts = [count for count in counts if count]
    total = sum(counts)
    return -sum(count / total * math.log(count / total) for count in counts) if total else None


def top_share(counts: Iterable[float]) -> float | None:
    counts = list(counts)
    return ratio(max(counts), sum(counts)) if counts else None


def slope(ys: list[float]) -> float | None:
    """The slope of the line through points one apart."""
    return statistics.linear_regression(range(len(ys)), ys).slope if len(ys) > 1 else None


def faded(items: Iterable, days: int, weight: Callable = lambda _: 1.0) -> float:
    return sum(weight(item) * 2.0 ** (-item.ago / days) for item in items)
