"""pandas with featuretools computes the features that deep feature synthesis can say.

One `dfs` a window (a training window is an argument of the call), purchase lines and returns as two
entity sets; names are then ours. Left out are trends, cadence and what is counted by first or last day.
"""

from __future__ import annotations

import json
import warnings
from datetime import date

import duckdb
import featuretools as ft
import pandas as pd

import task
from grid import Grid, Window

warnings.filterwarnings("ignore", category=FutureWarning)
warnings.filterwarnings("ignore", category=UserWarning, module="featuretools")

TEXTS = ("customer_id", "order_id", "product_id", "category", "channel", "region", "day_seen")

PLAIN = {
    "lines": ("COUNT(lines)", "Int64"),
    "quantity_sum": ("SUM(lines.quantity)", "Int64"),
    "amount_sum": ("SUM(lines.amount)", "float64"),
    "amount_avg": ("MEAN(lines.amount)", "float64"),
    "amount_min": ("MIN(lines.amount)", "float64"),
    "amount_max": ("MAX(lines.amount)", "float64"),
    "amount_stddev": ("STD(lines.amount)", "float64"),
    "orders": ("NUM_UNIQUE(lines.order_id)", "Int64"),
    "products": ("NUM_UNIQUE(lines.product_id)", "Int64"),
    "active_days": ("NUM_UNIQUE(lines.day_seen)", "Int64"),
}

RETURNS = {"return_lines": ("COUNT(lines)", "Int64"), "return_amount": ("SUM(lines.amount)", "float64")}

SLICED = {
    "lines": ("COUNT(lines WHERE {})", "Int64"),
    "quantity_sum": ("SUM(lines.quantity WHERE {})", "Int64"),
    "amount_sum": ("SUM(lines.amount WHERE {})", "float64"),
}

EMPTY_IS_ZERO = {"lines", "quantity_sum", "amount_sum", "orders", "products", "active_days", *RETURNS}


def main() -> None:
    asked = task.parse(("dfs",))
    lines = duckdb.read_parquet(str(asked.lines)).df()
    lines["amount"] = lines["cents"] / 100
    lines["day_seen"] = lines["day"].dt.strftime("%Y-%m-%d")
    lines["line_id"] = range(len(lines))
    for cutoff in asked.cutoffs:
        table = features(asked.grid, lines, cutoff)
        if part := asked.part(cutoff):
            duckdb.from_df(table).write_parquet(str(part), compression="zstd")
    print(json.dumps({"cutoffs": len(asked.cutoffs)}))


def features(grid: Grid, lines: pd.DataFrame, cutoff: date) -> pd.DataFrame:
    customers = lines.loc[lines["day"] < pd.Timestamp(cutoff), "customer_id"].unique()
    columns = {"customer_id": pd.Series(customers).sort_values().reset_index(drop=True)}
    values = {
        column: [s.value for s in grid.slices if s.column == column] for column in {s.column for s in grid.slices}
    }
    bought = entities(lines[~lines["is_return"]], values)
    returned = entities(lines[lines["is_return"]], {})
    for window in grid.windows:
        purchases = matrix(bought, window, cutoff, ["count", "sum"])
        returns = matrix(returned, window, cutoff, [])
        asked = [(stem, window.name, *how, purchases) for stem, how in PLAIN.items()]
        asked += [(stem, window.name, *how, returns) for stem, how in RETURNS.items()]
        for s in grid.slices:
            end = f"{window.name}__{s.name}"
            where = f"{s.column} = {s.value}"
            asked += [(stem, end, how.format(where), kind, purchases) for stem, (how, kind) in SLICED.items()]
        for stem, end, made, kind, frame in asked:
            column = pd.to_numeric(frame[made].reindex(columns["customer_id"])).reset_index(drop=True)
            column = column.fillna(0) if stem in EMPTY_IS_ZERO else column
            columns[f"{stem}_{end}"] = column.astype(kind)
    named = set(grid.columns)
    return pd.DataFrame({name: column for name, column in columns.items() if name in named | {"customer_id"}})


def entities(lines: pd.DataFrame, interesting: dict[str, list[str]]) -> ft.EntitySet:
    kept = ["line_id", "day", "quantity", "amount", *TEXTS]
    es = ft.EntitySet("shop")
    es.add_dataframe(
        dataframe_name="lines",
        dataframe=lines[kept],
        index="line_id",
        time_index="day",
        logical_types={name: "Categorical" for name in TEXTS},
    )
    es.normalize_dataframe("lines", "customers", "customer_id", make_time_index=False)
    es.add_interesting_values(dataframe_name="lines", values=interesting)
    return es


def matrix(es: ft.EntitySet, window: Window, cutoff: date, where: list[str]) -> pd.DataFrame:
    # Days stand at midnight: a second before the cutoff, the window reaches back to its first day.
    table, _ = ft.dfs(
        entityset=es,
        target_dataframe_name="customers",
        agg_primitives=["count", "sum", "mean", "min", "max", "std", "num_unique"],
        where_primitives=where,
        trans_primitives=[],
        cutoff_time=pd.Timestamp(cutoff) - pd.Timedelta(seconds=1),
        training_window=ft.Timedelta(window.days, "d") if window.days else None,
        max_depth=2,
    )
    return table


if __name__ == "__main__":
    main()
