"""Polars' lazy plan for a grid of features, in either of two forms.

`masks`  one group_by customer, every aggregate over a column that is zero or null outside its window
`steps`  first group_by customer and innermost window, then windows summed up of those few rows

Distinct counts are last-seen counts in both. Money is whole cents, so that sums are exact.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from grid import Grid, Slice, Window

DAYS = pl.col("days_ago")


def features(grid: Grid, form: str, lines: pl.LazyFrame, cutoff: date) -> pl.LazyFrame:
    """The plan: one row a customer, columns as in the grid."""
    named = outer(grid)
    missing = [column for column in grid.columns if column not in named]
    if missing:
        raise ValueError(f"Polars has no counterpart of {', '.join(missing)}")
    past = lines.filter(pl.col("day") < cutoff).with_columns(
        days_ago=(pl.lit(cutoff) - pl.col("day")).dt.total_days().cast(pl.Int32)
    )
    purchases = past.filter(~pl.col("is_return"))
    tables = [
        returned(grid, past.filter("is_return")),
        orders(grid, purchases),
        days(grid, purchases),
        products(grid, purchases),
    ]
    joined = {"masks": lines_by_masks, "steps": lines_in_steps}[form](grid, purchases)
    for index, table in enumerate(tables):
        how = "full" if index == 0 else "left"
        joined = joined.join(table, on="customer_id", how=how, coalesce=True)
    return joined.select("customer_id", *(named[column].alias(column) for column in grid.columns))


def lines_by_masks(grid: Grid, purchases: pl.LazyFrame) -> pl.LazyFrame:
    aggregates = []
    for window in grid.windows:
        inside = within(window)
        for end, mask in cells(grid, window, inside):
            aggregates += [
                mask.sum().alias(f"n_{end}"),
                masked("quantity", mask).sum().alias(f"q_{end}"),
                masked("cents", mask).sum().alias(f"c_{end}"),
            ]
        known = pl.when(inside).then(pl.col("cents"))
        w = window.name
        aggregates += [
            masked("squared", inside).sum().alias(f"s_{w}"),
            known.min().alias(f"least_{w}"),
            known.max().alias(f"most_{w}"),
        ]
    for window in grid.bounded:
        aggregates += [
            before(window).sum().alias(f"nb_{window.name}"),
            masked("cents", before(window)).sum().alias(f"cb_{window.name}"),
        ]
    return purchases.with_columns(squared=pl.col("cents") ** 2).group_by("customer_id").agg(aggregates)


def lines_in_steps(grid: Grid, purchases: pl.LazyFrame) -> pl.LazyFrame:
    innermost = pl.lit(1_000_000, pl.Int32)
    for edge in reversed(grid.edges):
        innermost = pl.when(DAYS <= edge).then(pl.lit(edge, pl.Int32)).otherwise(innermost)
    inner = [
        pl.len().cast(pl.Int64).alias("n"),
        pl.col("quantity").sum().alias("q"),
        pl.col("cents").sum().alias("c"),
        (pl.col("cents") ** 2).sum().alias("s"),
        pl.col("cents").min().alias("least"),
        pl.col("cents").max().alias("most"),
    ]
    for s in grid.slices:
        inner += [
            equals(s).sum().cast(pl.Int64).alias(f"n_{s.name}"),
            masked("quantity", equals(s)).sum().alias(f"q_{s.name}"),
            masked("cents", equals(s)).sum().alias(f"c_{s.name}"),
        ]
    steps = purchases.with_columns(days_ago=innermost).group_by("customer_id", "days_ago").agg(inner)
    aggregates = []
    for window in grid.windows:
        inside, w = within(window), window.name
        for end, cell in [("", w)] + [(f"_{s.name}", f"{w}__{s.name}") for s in grid.slices]:
            aggregates += [masked(f"{m}{end}", inside).sum().alias(f"{m}_{cell}") for m in ("n", "q", "c")]
        aggregates += [
            masked("s", inside).sum().alias(f"s_{w}"),
            pl.when(inside).then(pl.col("least")).min().alias(f"least_{w}"),
            pl.when(inside).then(pl.col("most")).max().alias(f"most_{w}"),
        ]
    for window in grid.bounded:
        aggregates += [
            masked("n", before(window)).sum().alias(f"nb_{window.name}"),
            masked("c", before(window)).sum().alias(f"cb_{window.name}"),
        ]
    return steps.group_by("customer_id").agg(aggregates)


def orders(grid: Grid, purchases: pl.LazyFrame) -> pl.LazyFrame:
    each = purchases.group_by("customer_id", "order_id").agg(DAYS.min())
    past = [before(w).sum().alias(f"orders_before_{w.name}") for w in grid.bounded]
    return each.group_by("customer_id").agg(*seen(grid, "orders"), *past)


def days(grid: Grid, purchases: pl.LazyFrame) -> pl.LazyFrame:
    # Gaps by a sort and a shift over the whole table: `over` does not stream.
    each = purchases.select("customer_id", "days_ago").unique().sort("customer_id", "days_ago")
    same = pl.col("customer_id") == pl.col("customer_id").shift(-1)
    gap = pl.when(same).then(DAYS.shift(-1) - DAYS)
    return (
        each.with_columns(gap=gap)
        .group_by("customer_id")
        .agg(
            *seen(grid, "days"),
            pl.col("gap").mean().alias("gap_mean"),
            pl.col("gap").std().alias("gap_stddev"),
            pl.col("gap").max().alias("gap_max"),
            pl.col("gap").min().alias("gap_min"),
            pl.col("gap").count().alias("gaps"),
            DAYS.min().alias("newest"),
            DAYS.max().alias("oldest"),
            pl.len().alias("all_days"),
        )
    )


def products(grid: Grid, purchases: pl.LazyFrame) -> pl.LazyFrame:
    each = purchases.group_by("customer_id", "product_id").agg(
        DAYS.min(),
        DAYS.max().alias("first_days_ago"),
        pl.len().cast(pl.Int64).alias("lines"),
        pl.col("cents").sum(),
    )
    lines, cents = pl.col("lines"), pl.col("cents")
    return each.group_by("customer_id").agg(
        *seen(grid, "products"),
        *((pl.col("first_days_ago") <= w.days).sum().alias(f"new_{w.name}") for w in grid.bounded),
        (lines > 1).sum().alias("repeated"),
        (lines >= 3).sum().alias("regular"),
        lines.max().alias("most"),
        lines.sum().alias("all_lines"),
        pl.len().alias("products"),
        (lines * lines.log()).sum().alias("lines_ln_lines"),
        pl.col("first_days_ago").min().alias("newest_product"),
        cents.max().alias("most_cents"),
        cents.sum().alias("all_cents"),
    )


def returned(grid: Grid, returns: pl.LazyFrame) -> pl.LazyFrame:
    aggregates = [DAYS.min().alias("returned_days_ago")]
    for w in grid.windows:
        aggregates += [
            within(w).sum().alias(f"returns_{w.name}"),
            masked("cents", within(w)).sum().alias(f"returned_{w.name}"),
        ]
    return returns.group_by("customer_id").agg(aggregates)


def outer(grid: Grid) -> dict[str, pl.Expr]:
    """Every feature that this file can make, and its value over the joined tables."""
    c = pl.col
    newest, mean = c("newest"), c("gap_mean")
    entropy = c("all_lines").log() - c("lines_ln_lines") / c("all_lines")
    named = {
        "days_since_last_order": newest.cast(pl.Int64),
        "days_since_first_order": c("oldest").cast(pl.Int64),
        "gap_days_mean": mean,
        "gap_days_stddev": pl.when(c("gaps") >= 2).then(c("gap_stddev")),
        "gap_days_max": c("gap_max").cast(pl.Int64),
        "gap_days_min": c("gap_min").cast(pl.Int64),
        "overdue_ratio": newest / mean,
        "overdue_ratio_max": newest / c("gap_max"),
        "gap_variation": c("gap_stddev") / mean,
        "active_days_per_month": 30.4375 * c("all_days") / c("oldest"),
        "days_since_last_return": c("returned_days_ago").cast(pl.Int64),
        "products_repeat_share_lifetime": c("repeated") / c("products"),
        "product_top_share_lifetime": c("most") / c("all_lines"),
        "product_entropy_lifetime": entropy,
        "product_evenness_lifetime": pl.when(c("products") > 1).then(entropy / c("products").log()),
        "product_amount_top_share_lifetime": money("most_cents") / money("all_cents"),
        "products_regular_lifetime": whole("regular"),
        "days_since_new_product": c("newest_product").cast(pl.Int64),
    }
    for window in grid.windows:
        w = window.name
        for cell in [w] + [f"{w}__{s.name}" for s in grid.slices]:
            named[f"lines_{cell}"] = whole(f"n_{cell}")
            named[f"quantity_sum_{cell}"] = whole(f"q_{cell}")
            named[f"amount_sum_{cell}"] = money(f"c_{cell}").fill_null(0)
        n, total, squared = c(f"n_{w}").cast(pl.Int64), c(f"c_{w}"), c(f"s_{w}")
        some = pl.when(n > 0)
        spread = (n * squared - total * total) / (n * (n - 1))
        named |= {
            f"amount_avg_{w}": some.then(money(f"c_{w}") / n),
            f"amount_min_{w}": money(f"least_{w}"),
            f"amount_max_{w}": money(f"most_{w}"),
            f"amount_stddev_{w}": pl.when(n >= 2).then(spread.sqrt() / 100),
            f"orders_{w}": whole(f"orders_{w}"),
            f"active_days_{w}": whole(f"days_{w}"),
            f"products_{w}": whole(f"products_{w}"),
            f"return_lines_{w}": whole(f"returns_{w}"),
            f"return_amount_{w}": money(f"returned_{w}").fill_null(0),
        }
    for window in grid.bounded:
        w = window.name
        named |= {
            f"lines_change_{w}": whole(f"n_{w}") - whole(f"nb_{w}"),
            f"amount_change_{w}": money(f"c_{w}").fill_null(0) - money(f"cb_{w}").fill_null(0),
            f"orders_change_{w}": whole(f"orders_{w}") - whole(f"orders_before_{w}"),
            f"products_new_{w}": whole(f"new_{w}"),
            f"products_new_share_{w}":
                pl.when(c(f"products_{w}") > 0).then(c(f"new_{w}") / c(f"products_{w}")),
        }
    for longer, shorter in grid.previous():
        w, v = longer.name, shorter.name
        named |= {
            f"lines_recent_share_{w}": pl.when(c(f"n_{w}") > 0).then(c(f"n_{v}") / c(f"n_{w}")),
            f"amount_recent_share_{w}": pl.when(c(f"n_{w}") > 0).then(money(f"c_{v}") / money(f"c_{w}")),
            f"orders_recent_share_{w}":
                pl.when(c(f"orders_{w}") > 0).then(c(f"orders_{v}") / c(f"orders_{w}")),
        }
    return named


def cells(grid: Grid, window: Window, inside: pl.Expr) -> list[tuple[str, pl.Expr]]:
    """A window alone and with every slice: the end of the name, the condition."""
    return [(window.name, inside)] + [(f"{window.name}__{s.name}", inside & equals(s)) for s in grid.slices]


def seen(grid: Grid, what: str) -> list[pl.Expr]:
    """Counts by the day a thing was last seen."""
    return [within(w).sum().alias(f"{what}_{w.name}") for w in grid.windows]


def within(window: Window) -> pl.Expr:
    return DAYS <= (window.days or 2**31 - 1)


def before(window: Window) -> pl.Expr:
    return (DAYS > window.days) & (DAYS <= 2 * window.days)


def equals(s: Slice) -> pl.Expr:
    return pl.col(s.column) == s.value


def masked(column: str, mask: pl.Expr) -> pl.Expr:
    return pl.when(mask).then(pl.col(column)).otherwise(0)


def whole(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Int64).fill_null(0)


def money(cents: str) -> pl.Expr:
    return pl.col(cents) / 100
