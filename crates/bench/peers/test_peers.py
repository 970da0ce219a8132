"""Tests of the peers, without foretell: python -m unittest discover -s crates/bench/peers."""

from __future__ import annotations

import random
import tempfile
import unittest
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import polars as pl

import compare
import duck_sql
import grid
import polars_plan
from grid import Grid, Slice, Window

CUTOFF = date(2024, 7, 1)
WINDOWS = [Window("7d", 7), Window("30d", 30), Window("lifetime", None)]
SLICES = [Slice("region_owner_s_land", "region", "Owner's Land"), Slice("channel_web", "channel", "web")]


def made(windows: list[Window] = WINDOWS) -> Grid:
    """A grid of everything that DuckDB's file knows."""
    bare = Grid(windows, SLICES, [], [])
    return replace(bare, columns=list(duck_sql.outer(bare)))


def shop() -> pl.DataFrame:
    """Customers of every kind: busy ones, with one line, with returns only, with lines after the cutoff only."""
    rows = []

    def line(customer: str, days_ago: int, cents: int, quantity: int = 1, order: str = "1", product: str = "p") -> None:
        rows.append({
            "customer_id": customer, "day": CUTOFF - timedelta(days=days_ago), "order_id": f"{customer}-{order}",
            "product_id": product, "category": "toys", "region": chance.choice(["Owner's Land", "Elsewhere"]),
            "channel": chance.choice(["web", "store"]), "quantity": quantity, "cents": cents,
            "is_return": quantity < 0,
        })

    chance = random.Random(7)
    line("one", 30, 250)
    line("refunded", 3, -500, quantity=-1)
    line("later", 0, 100)
    line("pair", 8, 1000, order="1", product="a")
    line("pair", 31, 3000, order="2", product="b")
    for customer in range(40):
        for _ in range(chance.randrange(1, 60)):
            quantity = chance.choice([1, 1, 2, 3, -1])
            line(f"c{customer}", chance.randrange(-20, 400), quantity * chance.randrange(1, 10_000), quantity,
                 str(chance.randrange(9)), f"p{chance.randrange(12)}")
    return pl.DataFrame(rows)


class Engines(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.lines = self.folder / "lines.parquet"
        shop().write_parquet(self.lines)

    def compute(self, engine: str, form: str, asked: Grid) -> Path:
        out = self.folder / f"{engine}-{form}.parquet"
        if engine == "duckdb":
            query = duck_sql.features(asked, form, f"read_parquet('{self.lines}')", CUTOFF.isoformat())
            duckdb.connect().execute(f"COPY ({query}) TO '{out}' (FORMAT parquet)")
        else:
            polars_plan.features(asked, form, pl.scan_parquet(self.lines), CUTOFF).sink_parquet(out)
        return out

    def test_all_forms_of_all_engines_agree(self) -> None:
        asked = made()
        first = self.compute("duckdb", "case", asked)
        for engine, form in (("duckdb", "steps"), ("polars", "masks"), ("polars", "steps")):
            with self.subTest(engine=engine, form=form):
                found = compare.compare(first, self.compute(engine, form, asked), asked.columns, frozenset())
                self.assertEqual(found["faults"], [])
                self.assertEqual(found["values"], 43 * len(asked.columns))

    def test_values_worked_out_by_hand(self) -> None:
        asked = made()
        expected = {
            ("one", "lines_7d"): 0,
            ("one", "lines_30d"): 1,
            ("one", "amount_avg_7d"): None,
            ("one", "amount_sum_30d"): 2.5,
            ("one", "amount_stddev_lifetime"): None,
            ("one", "gap_days_mean"): None,
            ("one", "days_since_first_order"): 30,
            ("one", "product_entropy_lifetime"): 0.0,
            ("refunded", "lines_lifetime"): 0,
            ("refunded", "return_lines_7d"): 1,
            ("refunded", "return_amount_lifetime"): -5.0,
            ("refunded", "days_since_last_order"): None,
            ("refunded", "lines_recent_share_lifetime"): None,
            ("pair", "lines_change_30d"): 0,
            ("pair", "lines_change_7d"): -1,
            ("pair", "amount_change_30d"): -20.0,
            ("pair", "orders_recent_share_lifetime"): 0.5,
            ("pair", "amount_recent_share_lifetime"): 0.25,
            ("pair", "amount_stddev_lifetime"): 200**0.5,
            ("pair", "gap_days_mean"): 23.0,
            ("pair", "gap_days_stddev"): None,
            ("pair", "overdue_ratio"): 8 / 23,
            ("pair", "products_new_30d"): 1,
            ("pair", "products_repeat_share_lifetime"): 0.0,
            ("pair", "products_new_share_30d"): 1.0,
            ("pair", "days_since_new_product"): 8,
            ("pair", "product_amount_top_share_lifetime"): 0.75,
            ("pair", "product_evenness_lifetime"): 1.0,
            ("one", "product_evenness_lifetime"): None,
            ("one", "products_regular_lifetime"): 0,
            ("refunded", "products_regular_lifetime"): 0,
            ("refunded", "days_since_new_product"): None,
        }
        for engine, form in (("duckdb", "case"), ("duckdb", "steps"), ("polars", "masks"), ("polars", "steps")):
            rows = {row["customer_id"]: row for row in pl.read_parquet(self.compute(engine, form, asked)).to_dicts()}
            self.assertNotIn("later", rows)
            for (customer, feature), value in expected.items():
                with self.subTest(engine=engine, form=form, customer=customer, feature=feature):
                    found = rows[customer][feature]
                    if value is None:
                        self.assertIsNone(found)
                    else:
                        self.assertAlmostEqual(found, value, places=9)

    def test_slices_part_the_rows(self) -> None:
        table = pl.read_parquet(self.compute("duckdb", "steps", made()))
        before = shop().filter(pl.col("day") < CUTOFF, ~pl.col("is_return"), pl.col("region") == "Owner's Land")
        self.assertEqual(table["lines_lifetime__region_owner_s_land"].sum(), before.height)

    def test_a_feature_that_a_peer_does_not_know_is_refused(self) -> None:
        strange = replace(made(), columns=["lines_7d", "horoscope_7d"])
        with self.assertRaisesRegex(ValueError, "DuckDB has no counterpart of horoscope_7d"):
            duck_sql.features(strange, "case", "t", CUTOFF.isoformat())
        with self.assertRaisesRegex(ValueError, "Polars has no counterpart of horoscope_7d"):
            polars_plan.features(strange, "steps", pl.scan_parquet(self.lines), CUTOFF)


class Comparison(unittest.TestCase):
    def held(self, ours: dict, theirs: dict, columns: list[str], whole: frozenset[str] = frozenset()) -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            paths = [Path(folder) / name for name in ("ours.parquet", "theirs.parquet")]
            for path, columns_ in zip(paths, (ours, theirs)):
                pl.DataFrame(columns_).write_parquet(path)
            return compare.compare(*paths, columns, whole)["faults"]

    def test_the_order_of_rows_does_not_matter(self) -> None:
        ours = {"customer_id": ["a", "b"], "lines": [1, 2]}
        theirs = {"customer_id": ["b", "a"], "lines": [2, 1]}
        self.assertEqual(self.held(ours, theirs, ["lines"], frozenset({"lines"})), [])

    def test_what_differs_is_told(self) -> None:
        near, far = 1 + 5e-10, 1 + 5e-9
        for name, ours, theirs, agrees in (
            ("lines", 1, 2, False),
            ("amount", 1.0, near, True),
            ("amount", 1.0, far, False),
            ("amount", None, 0.0, False),
            ("amount", None, None, True),
            ("amount", float("nan"), float("nan"), True),
            ("amount", float("nan"), 1.0, False),
            ("amount", 0.0, 1e-12, False),
            ("amount_change_7d", 0.0, 1e-12, True),
            ("amount_change_7d", 0.0, 1e-8, False),
        ):
            with self.subTest(name=name, ours=ours, theirs=theirs):
                whole = frozenset({"lines"})
                sides = [{"customer_id": ["a", "b"], name: [value, value]} for value in (ours, theirs)]
                faults = self.held(*sides, [name], whole)
                self.assertEqual(not faults, agrees, faults)
                if faults:
                    self.assertIn(f"{name}: 2 customers differ, such as a", faults[0])

    def test_other_customers_are_told(self) -> None:
        faults = self.held({"customer_id": ["a", "b"]}, {"customer_id": ["b", "c", "d"]}, [])
        self.assertEqual(faults, ["1 customers are foretell's only, 2 the peer's only"])

    def test_a_count_that_is_no_whole_number_is_refused(self) -> None:
        ours, theirs = {"customer_id": ["a"], "lines": [1]}, {"customer_id": ["a"], "lines": [1.0]}
        with self.assertRaisesRegex(ValueError, "lines: Float64 where a whole number belongs"):
            self.held(ours, theirs, ["lines"], frozenset({"lines"}))


class Names(unittest.TestCase):
    def test_the_catalogue_tells_windows_and_slices(self) -> None:
        found = grid.of_rows([
            ("lines_lifetime", "int64", "lifetime", None, "Lines the customer bought ever"),
            ("lines_30d", "int64", "30d", None, "Lines the customer bought in the last 30 days"),
            ("amount_sum_7d__region_lower_saxony", "float64", "7d", "region_lower_saxony",
             "Money the customer spent in the last 7 days, region Lower Saxony"),
        ])
        self.assertEqual([window.name for window in found.windows], ["7d", "30d", "lifetime"])
        self.assertEqual(found.slices, [Slice("region_lower_saxony", "region", "Lower Saxony")])
        self.assertEqual(found.whole, ["lines_lifetime", "lines_30d"])
        self.assertEqual(found.edges, [7, 14, 30, 60])

    def test_a_sentence_that_names_no_value_is_refused(self) -> None:
        with self.assertRaisesRegex(ValueError, "slice region_hesse"):
            grid.slice_of("region_hesse", "Lines the customer bought in the last 7 days")


if __name__ == "__main__":
    unittest.main()
