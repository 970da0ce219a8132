"""DuckDB's SQL for a grid of features: one query, in either of two forms.

`case`   one GROUP BY customer with `CASE` inside every aggregate: DuckDB's FILTER form is far slower.
`steps`  first GROUP BY customer and innermost window, then windows summed up of those few rows.

Distinct counts are last-seen counts in both: GROUP BY customer and product, then count by the last day.
Money is whole cents, so that sums are exact.
"""

from __future__ import annotations

from grid import Grid, Slice, Window

FORMS = ("case", "steps")


def features(grid: Grid, form: str, source: str, cutoff: str) -> str:
    """The query: one row a customer, columns as in the grid."""
    named = outer(grid)
    missing = [column for column in grid.columns if column not in named]
    if missing:
        raise ValueError(f"DuckDB has no counterpart of {', '.join(missing)}")
    columns = ",\n    ".join(f"{named[column]} AS {column}" for column in grid.columns)
    lines = {"case": lines_by_case, "steps": lines_in_steps}[form](grid)
    return f"""
WITH past AS NOT MATERIALIZED (
    SELECT *, DATE '{cutoff}' - day AS days_ago FROM {source} WHERE day < DATE '{cutoff}'
),
purchases AS NOT MATERIALIZED (SELECT * FROM past WHERE NOT is_return),
{lines},
orders AS (
    SELECT customer_id, {seen(grid, "orders")}
    FROM (SELECT customer_id, min(days_ago) AS days_ago FROM purchases GROUP BY customer_id, order_id)
    GROUP BY customer_id
),
days AS (
    SELECT
        customer_id, {seen(grid, "days")},
        avg(gap) AS gap_mean, stddev_samp(gap) AS gap_stddev, max(gap) AS gap_max, min(gap) AS gap_min,
        count(gap) AS gaps, min(days_ago) AS newest, max(days_ago) AS oldest, count(*) AS all_days
    FROM (
        SELECT *, lag(days_ago) OVER (PARTITION BY customer_id ORDER BY days_ago DESC) - days_ago AS gap
        FROM (SELECT DISTINCT customer_id, days_ago FROM purchases)
    )
    GROUP BY customer_id
),
products AS (
    SELECT
        customer_id, {seen(grid, "products")},
        {listed(f"{count(f'first_days_ago <= {w.days}')} AS new_{w.name}" for w in grid.bounded)},
        {count("lines > 1")} AS repeated, {count("lines >= 3")} AS regular, max(lines) AS most,
        sum(lines) AS lines, count(*) AS products, sum(lines * ln(lines)) AS lines_ln_lines,
        min(first_days_ago) AS newest_product, max(cents) AS most_cents, sum(cents) AS all_cents
    FROM (
        SELECT
            customer_id, min(days_ago) AS days_ago, max(days_ago) AS first_days_ago, count(*) AS lines,
            sum(cents) AS cents
        FROM purchases GROUP BY customer_id, product_id
    )
    GROUP BY customer_id
),
returned AS (
    SELECT
        customer_id, min(days_ago) AS returned_days_ago,
        {listed(f"{count(within(w))} AS returns_{w.name}" for w in grid.windows)},
        {listed(f"{total('cents', within(w))} AS returned_{w.name}" for w in grid.windows)}
    FROM past WHERE is_return GROUP BY customer_id
)
SELECT
    customer_id,
    {columns}
FROM lines
FULL JOIN returned USING (customer_id)
LEFT JOIN orders USING (customer_id)
LEFT JOIN days USING (customer_id)
LEFT JOIN products USING (customer_id)
"""


def lines_by_case(grid: Grid) -> str:
    columns = []
    for window, cell, condition in cells(grid):
        columns += [
            f"{count(condition)} AS n_{cell}",
            f"{total('quantity', condition)} AS q_{cell}",
            f"{total('cents', condition)} AS c_{cell}",
        ]
    for w in grid.windows:
        columns += [
            f"{total('CAST(cents AS BIGINT) * cents', within(w))} AS s_{w.name}",
            f"min(CASE WHEN {within(w)} THEN cents END) AS least_{w.name}",
            f"max(CASE WHEN {within(w)} THEN cents END) AS most_{w.name}",
        ]
    for w in grid.bounded:
        columns += [f"{count(before(w))} AS nb_{w.name}", f"{total('cents', before(w))} AS cb_{w.name}"]
    return f"lines AS (SELECT customer_id, {listed(columns)} FROM purchases GROUP BY customer_id)"


def lines_in_steps(grid: Grid) -> str:
    innermost = " ".join(f"WHEN days_ago <= {edge} THEN {edge}" for edge in grid.edges)
    inner = [
        "count(*) AS n", "sum(quantity) AS q", "sum(cents) AS c", "sum(CAST(cents AS BIGINT) * cents) AS s",
        "min(cents) AS least", "max(cents) AS most",
    ]
    for s in grid.slices:
        inner += [
            f"{count(equals(s))} AS n_{s.name}",
            f"{total('quantity', equals(s))} AS q_{s.name}",
            f"{total('cents', equals(s))} AS c_{s.name}",
        ]
    outer_columns = []
    for window in grid.windows:
        for cell, end in [(window.name, "")] + [(name(window, s), f"_{s.name}") for s in grid.slices]:
            for measure in ("n", "q", "c"):
                outer_columns.append(f"{total(measure + end, within(window))} AS {measure}_{cell}")
        outer_columns += [
            f"{total('s', within(window))} AS s_{window.name}",
            f"min(CASE WHEN {within(window)} THEN least END) AS least_{window.name}",
            f"max(CASE WHEN {within(window)} THEN most END) AS most_{window.name}",
        ]
    for w in grid.bounded:
        outer_columns += [f"{total('n', before(w))} AS nb_{w.name}", f"{total('c', before(w))} AS cb_{w.name}"]
    return f"""cells AS (
    SELECT customer_id, CASE {innermost} ELSE 1000000 END AS days_ago, {listed(inner)}
    FROM purchases GROUP BY ALL
),
lines AS (SELECT customer_id, {listed(outer_columns)} FROM cells GROUP BY customer_id)"""


def outer(grid: Grid) -> dict[str, str]:
    """Every feature that this file can make, and its value over the joined tables."""
    entropy = "ln(products.lines) - lines_ln_lines / products.lines"
    named = {
        "days_since_last_order": "newest",
        "days_since_first_order": "oldest",
        "gap_days_mean": "gap_mean",
        "gap_days_stddev": "CASE WHEN gaps >= 2 THEN gap_stddev END",
        "gap_days_max": "gap_max",
        "gap_days_min": "gap_min",
        "overdue_ratio": "newest / nullif(gap_mean, 0)",
        "overdue_ratio_max": "newest / CAST(nullif(gap_max, 0) AS DOUBLE)",
        "gap_variation": "gap_stddev / nullif(gap_mean, 0)",
        "active_days_per_month": "30.4375::DOUBLE * all_days / oldest",
        "days_since_last_return": "returned_days_ago",
        "products_repeat_share_lifetime": "repeated / CAST(products AS DOUBLE)",
        "product_top_share_lifetime": "most / CAST(products.lines AS DOUBLE)",
        "product_entropy_lifetime": entropy,
        "product_evenness_lifetime": f"({entropy}) / nullif(ln(products), 0)",
        "product_amount_top_share_lifetime": f"{money('most_cents')} / nullif({money('all_cents')}, 0)",
        "products_regular_lifetime": whole("regular"),
        "days_since_new_product": "newest_product",
    }
    for window, cell, _ in cells(grid):
        named[f"lines_{cell}"] = whole(f"n_{cell}")
        named[f"quantity_sum_{cell}"] = whole(f"q_{cell}")
        named[f"amount_sum_{cell}"] = f"coalesce({money(f'c_{cell}')}, 0)"
    for window in grid.windows:
        w = window.name
        spread = f"CAST(n_{w} * s_{w} - c_{w} * c_{w} AS DOUBLE) / (n_{w} * (n_{w} - 1))"
        named |= {
            f"amount_avg_{w}": f"{money(f'c_{w}')} / nullif(n_{w}, 0)",
            f"amount_min_{w}": money(f"least_{w}"),
            f"amount_max_{w}": money(f"most_{w}"),
            f"amount_stddev_{w}": f"CASE WHEN n_{w} >= 2 THEN sqrt({spread}) / 100 END",
            f"orders_{w}": whole(f"orders_{w}"),
            f"active_days_{w}": whole(f"days_{w}"),
            f"products_{w}": whole(f"products_{w}"),
            f"return_lines_{w}": whole(f"returns_{w}"),
            f"return_amount_{w}": f"coalesce({money(f'returned_{w}')}, 0)",
        }
    for window in grid.bounded:
        w = window.name
        named |= {
            f"lines_change_{w}": whole(f"coalesce(n_{w}, 0) - coalesce(nb_{w}, 0)"),
            f"amount_change_{w}":
                f"coalesce({money(f'c_{w}')}, 0) - coalesce({money(f'cb_{w}')}, 0)",
            f"orders_change_{w}": whole(f"orders_{w} - orders_before_{w}"),
            f"products_new_{w}": whole(f"new_{w}"),
            f"products_new_share_{w}": f"new_{w} / CAST(nullif(products_{w}, 0) AS DOUBLE)",
        }
    for longer, shorter in grid.previous():
        w, v = longer.name, shorter.name
        named |= {
            f"lines_recent_share_{w}": f"coalesce(n_{v}, 0) / CAST(nullif(n_{w}, 0) AS DOUBLE)",
            f"amount_recent_share_{w}": f"coalesce({money(f'c_{v}')}, 0) / nullif({money(f'c_{w}')}, 0)",
            f"orders_recent_share_{w}": f"orders_{v} / CAST(nullif(orders_{w}, 0) AS DOUBLE)",
        }
    return named


def cells(grid: Grid) -> list[tuple[Window, str, str]]:
    """Every window, alone and with every slice: the window, the end of the name, the condition."""
    found = []
    for window in grid.windows:
        found.append((window, window.name, within(window)))
        for s in grid.slices:
            found.append((window, name(window, s), f"{within(window)} AND {equals(s)}"))
    return found


def name(window: Window, s: Slice) -> str:
    return f"{window.name}__{s.name}"


def seen(grid: Grid, what: str) -> str:
    """Counts by the day a thing was last seen, and of the same time before."""
    columns = [f"{count(within(w))} AS {what}_{w.name}" for w in grid.windows]
    columns += [f"{count(before(w))} AS {what}_before_{w.name}" for w in grid.bounded if what == "orders"]
    return listed(columns)


def within(window: Window) -> str:
    return f"days_ago <= {window.days}" if window.days else "true"


def before(window: Window) -> str:
    return f"days_ago > {window.days} AND days_ago <= {2 * window.days}"


def equals(s: Slice) -> str:
    value = s.value.replace("'", "''")
    return f"{s.column} = '{value}'"


def count(condition: str) -> str:
    return "count(*)" if condition == "true" else f"count(CASE WHEN {condition} THEN 1 END)"


def total(value: str, condition: str) -> str:
    return f"sum({value})" if condition == "true" else f"sum(CASE WHEN {condition} THEN {value} END)"


def whole(value: str) -> str:
    return f"CAST(coalesce({value}, 0) AS BIGINT)"


def money(cents: str) -> str:
    return f"CAST({cents} AS DOUBLE) / 100"


def listed(columns) -> str:
    return ",\n        ".join(columns)
