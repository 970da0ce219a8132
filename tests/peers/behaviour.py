"""Plain Python recomputes the behaviours beyond the core, customer by customer, and finds them in `features`.

It follows the sentences of the catalogue with the textbook's own formulas (`statistics`, means of lists, lines
through points, months without a purchase written out as zeros), not the sums and windows of the SQL.
"""

import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import lines
import store
from report import Report, near
from store import Connection

LONG = [90, 180, 365, None]
Values = dict[str, float | None]


@dataclass
class Line:
    """A row of transactions, seen from the cutoff."""

    ago: int
    at: datetime
    order: str
    product: str
    quantity: int
    amount: float
    category: str | None
    channel: str | None
    discount: float | None


@dataclass
class Event:
    ago: int
    at: datetime
    kind: str
    value: float | None


@dataclass
class Order:
    ago: int
    at: datetime
    name: str
    lines: list[Line]

    @property
    def amount(self) -> float:
        # Amounts have four places: orders of the same worth must not differ by what floats leave of them.
        return round(math.fsum(line.amount for line in self.lines), 4)


def check(warehouse: Path, report: Report) -> None:
    connection = store.open_tables(warehouse)
    zone = ZoneInfo(lines.time_zone(store.pipeline(warehouse)))
    sold = rows(connection, warehouse, "transactions",
                ["order_id", "product_id", "quantity", "amount", "category", "channel", "discount"], zone)
    heard = rows(connection, warehouse, "events", ["event_type", "value"], zone)
    newest = connection.execute("SELECT max(cutoff) FROM features").fetchone()[0]
    tested = connection.execute("SELECT min(cutoff) FROM quality").fetchone()[0]
    for cutoff in (tested, newest):
        compare(connection, cutoff, sold, heard, report)


def rows(connection: Connection, warehouse: Path, source: str, columns: list[str], zone: ZoneInfo) -> dict:
    """Rows of a source by customer, each with its local time; columns that it lacks are None."""
    files = store.lake(warehouse, source)
    found = defaultdict(list)
    if not files:
        return found
    table = "read_parquet($files)"
    there = {row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {table}", {"files": files}).fetchall()}
    listed = ", ".join(
        (f"CAST({column} AS DOUBLE)" if column in ("amount", "discount", "value") else column)
        if column in there else "NULL" for column in columns
    )
    # As a number, so that no engine's idea of a time zone comes in between.
    sql = f"SELECT customer_id, epoch_us(occurred_at), {listed} FROM {table}"
    for customer, micros, *rest in connection.execute(sql, {"files": files}).fetchall():
        found[customer].append((datetime.fromtimestamp(micros / 1e6, zone), *rest))
    return found


def compare(connection: Connection, cutoff: date, sold: dict, heard: dict, report: Report) -> None:
    published = store.rows(connection, f"SELECT * FROM features WHERE cutoff = DATE '{cutoff}'")
    columns = set(published[0])
    faults, agree, names = [], 0, set()
    for row in published:
        customer = row["customer_id"]
        past = [Line(ago, at, *rest) for at, *rest in sold[customer] if (ago := (cutoff - at.date()).days) > 0]
        events = [Event(ago, at, *rest) for at, *rest in heard[customer] if (ago := (cutoff - at.date()).days) > 0]
        expected = expect(past, events, columns)
        for feature in columns & expected.keys():
            names.add(feature)
            ours, theirs = expected[feature], row[feature]
            if near(None if ours is None else float(ours), None if theirs is None else float(theirs), 1e-9):
                agree += 1
            else:
                faults.append(f"{feature} of {customer}: expected {ours}, published {theirs}")
    report.check(f"behaviours at {cutoff}, recomputed in Python", faults,
                 f"{len(published)} customers x {len(names)} features, {agree} values agree")


def expect(past: list[Line], events: list[Event], columns: set[str]) -> Values:
    bought = [line for line in past if line.quantity >= 0]
    orders = orders_of(bought)
    days = sorted({line.ago for line in bought})
    values = {}
    for part in (rhythm(days), months(bought), sequence(orders), pace(orders), products(bought), shape(orders),
                 prices(bought), season(bought), habits(bought), returns(past), net(past)):
        values |= part
    # Families of columns that a shop may not have.
    if "category_top_share_lifetime" in columns:
        values |= categories(bought)
    if "discount_share_lifetime" in columns:
        values |= discounts(bought, orders)
    if "channel_top_share_lifetime" in columns:
        values |= channels(bought, orders)
    if "visits_faded_30d" in columns:
        values |= interest(events) | funnel(events) | complaints(events) | satisfaction(events) | visits(events)
    return values


# ------------------------------------------------------------------------------------------------ small tools


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


def orders_of(bought: list[Line]) -> list[Order]:
    """Orders, the last one first."""
    parts = defaultdict(list)
    for line in bought:
        if line.order is not None:
            parts[line.order].append(line)
    orders = [
        Order(min(line.ago for line in part), max(line.at for line in part), order, part)
        for order, part in parts.items()
    ]
    return sorted(orders, key=lambda order: (order.at, order.name), reverse=True)


# ------------------------------------------------------------------------------------------------ transactions


def rhythm(days: list[int]) -> Values:
    """Of purchase days, the last one first."""
    gaps = [before - day for day, before in zip(days, days[1:])]
    usual, spread = mean(gaps), deviation(gaps)
    silence = days[0] if days else None
    pairs = list(zip(gaps, gaps[1:]))
    memory = None
    if len(pairs) >= 3 and len({a for a, _ in pairs}) > 1 and len({b for _, b in pairs}) > 1:
        memory = statistics.correlation(*zip(*pairs))
    values = {
        "days_since_second_last_order": nth(days, 2),
        "days_since_third_last_order": nth(days, 3),
        "gap_days_last": nth(gaps, 1),
        "gap_days_second_last": nth(gaps, 2),
        "gap_days_third_last": nth(gaps, 3),
        "gap_days_first": gaps[-1] if gaps else None,
        "gap_last_ratio": ratio(nth(gaps, 1), usual),
        "gap_last_3_ratio": ratio(mean(gaps[:3]), usual),
        "gap_change_last": less(nth(gaps, 1), nth(gaps, 2)),
        "gap_burstiness": None if spread is None else ratio(spread - usual, spread + usual),
        "gap_memory": memory,
        "overdue_days": less(silence, usual),
        "overdue_deviations": None if spread is None else (silence - usual) / (1 + spread),
        "orders_missed": len(days) * days[0] / days[-1] if days else None,
        "active_span_share": (days[-1] - days[0]) / days[-1] if days else None,
    }
    for window in (90, 180, 365):
        values[f"gap_days_mean_{window}d"] = mean(gap for day, gap in zip(days, gaps) if day <= window)
    return values


def months(bought: list[Line]) -> Values:
    """Of months of 30 days, the last one first; a month without a purchase is a zero."""
    spent, counted = Counter(), Counter()
    for line in bought:
        month = (line.ago - 1) // 30
        spent[month] += line.amount
        counted[month] += 1
    streak = 0
    while streak in counted:
        streak += 1
    values = {
        "months_active_180d": len([month for month in counted if month < 6]),
        "months_active_360d": len([month for month in counted if month < 12]),
        "months_active_share_lifetime": len(counted) / (max(counted) + 1) if counted else None,
        "months_streak": streak,
    }
    for days in (180, 360):
        for stem, series in (("amount", spent), ("lines", counted)):
            forward = [series[month] for month in reversed(range(days // 30))]
            usual = sum(forward) / len(forward)
            values[f"{stem}_slope_{days}d"] = ratio(slope(forward), usual)
        recent = [spent[month] for month in range(days // 30)]
        values[f"amount_month_top_share_{days}d"] = ratio(max(recent), sum(recent))
    return values


def sequence(orders: list[Order]) -> Values:
    worth = [order.amount for order in orders]
    sizes = [len(order.lines) for order in orders]
    steps = list(zip(worth, worth[1:]))
    five = worth[4::-1]
    values = {
        "order_quantity_last": sum(line.quantity for line in orders[0].lines) if orders else None,
        "order_top_line_share_last":
            ratio(max(line.amount for line in orders[0].lines), worth[0]) if orders else None,
        "order_amount_change_last": less(nth(worth, 1), nth(worth, 2)),
        "order_amount_last_ratio": ratio(nth(worth, 1), mean(worth)),
        "order_amount_last_of_max": ratio(worth[0], max(worth)) if orders else None,
        "order_lines_last_ratio": ratio(nth(sizes, 1), mean(sizes)),
        "order_amount_avg_last_3": mean(worth[:3]),
        "order_amount_last_3_ratio": ratio(mean(worth[:3]), mean(worth)),
        "order_amount_first": worth[-1] if worth else None,
        "order_amount_last_to_first": ratio(worth[0], worth[-1]) if worth else None,
        "days_of_last_4_orders": orders[3].ago - orders[0].ago if len(orders) > 3 else None,
        "order_amount_slope_last_5": slope(five),
        "orders_growing_share": share(steps, lambda step: step[0] > step[1]),
    }
    for place, word in enumerate(("last", "second_last", "third_last"), 1):
        values[f"order_amount_{word}"] = nth(worth, place)
        values[f"order_lines_{word}"] = nth(sizes, place)
    return values


def pace(orders: list[Order]) -> Values:
    values = {}
    age = max((order.ago for order in orders), default=None)
    spent = sum(order.amount for order in orders)
    for days in (30, 60, 90, 180):
        recent = within(orders, days)
        lived = min(days, age) if orders else None
        values[f"orders_pace_{days}d"] = (len(recent) / lived) / (len(orders) / age) if orders else None
        amount = sum(order.amount for order in recent)
        values[f"amount_pace_{days}d"] = (amount / lived) / (spent / age) if orders else None
    for days in (14, 30, 60, 90, 180):
        values[f"orders_faded_{days}d"] = faded(orders, days)
        values[f"amount_faded_{days}d"] = faded(orders, days, lambda order: order.amount)
    for days in LONG:
        recent = within(orders, days)
        weighted = sum(order.amount * order.ago for order in recent)
        values[f"amount_age_avg_{name(days)}"] = ratio(weighted, sum(order.amount for order in recent))
    return values


def products(bought: list[Line]) -> Values:
    of = defaultdict(list)
    for line in bought:
        of[line.product].append(line)
    first = [max(line.ago for line in part) for part in of.values()]
    counts = [len(part) for part in of.values()]
    values = {
        "days_since_new_product": min(first, default=None),
        "products_regular_lifetime": len([count for count in counts if count >= 3]),
        "product_lines_avg_lifetime": mean(counts),
        "product_amount_top_share_lifetime": top_share(sum(line.amount for line in part) for part in of.values()),
        "products_repeat_share_lifetime": share(counts, lambda count: count > 1),
        "product_evenness_lifetime": ratio(entropy(counts), math.log(len(counts))) if counts else None,
    }
    for days in (30, 60, 90, 180, 365):
        recent = {line.product for line in within(bought, days)}
        values[f"products_new_share_{days}d"] = ratio(len([ago for ago in first if ago <= days]), len(recent))
    return values


def categories(bought: list[Line]) -> Values:
    of = defaultdict(list)
    for line in bought:
        if line.category is not None:
            of[line.category].append(line)
    first = [max(line.ago for line in part) for part in of.values()]
    values = {
        "category_amount_top_share_lifetime": top_share(sum(line.amount for line in part) for part in of.values()),
        "days_since_new_category": min(first, default=None),
    }
    for days in (30, 60, *LONG):
        counts = [len(within(part, days)) for part in of.values()]
        values[f"categories_{name(days)}"] = len([count for count in counts if count])
        values[f"category_top_share_{name(days)}"] = top_share(counts)
        values[f"category_entropy_{name(days)}"] = entropy(counts)
        values[f"categories_new_{name(days)}"] = len([ago for ago in first if days and ago <= days])
    return values


def shape(orders: list[Order]) -> Values:
    sizes = [len(order.lines) for order in orders]
    values = {
        "order_lines_max_lifetime": max(sizes, default=None),
        "order_lines_stddev_lifetime": deviation(sizes),
    }
    for days in LONG:
        recent = within(orders, days)
        worth = [order.amount for order in recent]
        values[f"orders_single_line_share_{name(days)}"] = share(recent, lambda order: len(order.lines) == 1)
        values[f"order_top_line_share_avg_{name(days)}"] = mean(
            ratio(max(line.amount for line in order.lines), order.amount) for order in recent
        )
        values[f"order_amount_variation_{name(days)}"] = ratio(deviation(worth), mean(worth))
    return values


def prices(bought: list[Line]) -> Values:
    values = {
        "line_quantity_max_lifetime": max((line.quantity for line in bought), default=None),
        "lines_single_piece_share_lifetime": share(bought, lambda line: line.quantity == 1),
    }
    for days in LONG:
        recent = within(bought, days)
        pieces = [line.quantity for line in recent]
        values[f"piece_price_avg_{name(days)}"] = ratio(sum(line.amount for line in recent), sum(pieces))
        values[f"line_quantity_avg_{name(days)}"] = mean(pieces)
    return values


def season(bought: list[Line]) -> Values:
    values = {"quarter_4_share_lifetime": share(bought, lambda line: line.at.month >= 10)}
    for days in (30, 90):
        then = [line for line in bought if 365 - days < line.ago <= 365]
        values[f"lines_year_ago_{days}d"] = len(then)
        values[f"amount_year_ago_{days}d"] = sum(line.amount for line in then)
    for days in LONG:
        around = within(bought, days)
        values[f"payday_share_{name(days)}"] = share(around, lambda line: line.at.day >= 25 or line.at.day <= 3)
    return values


def habits(bought: list[Line]) -> Values:
    weekdays = Counter(line.at.isoweekday() for line in bought).values()
    hours = Counter(line.at.hour for line in bought).values()
    return {
        "weekday_top_share_lifetime": top_share(weekdays),
        "weekday_entropy_lifetime": entropy(weekdays),
        "hour_top_share_lifetime": top_share(hours),
        "hour_entropy_lifetime": entropy(hours),
    }


def net(past: list[Line]) -> Values:
    values = {f"amount_net_sum_{name(days)}": sum(line.amount for line in within(past, days)) for days in LONG}
    age = max((line.ago for line in past), default=None)
    values["amount_net_per_month_lifetime"] = 30.4375 * sum(line.amount for line in past) / age if past else None
    return values


def returns(past: list[Line]) -> Values:
    bought = [line for line in past if line.quantity >= 0]
    back = [line for line in past if line.quantity < 0]
    values = {"returned_last": bool(bought and back) and min(r.ago for r in back) < min(b.ago for b in bought)}
    for days in LONG:
        kept, sent = within(bought, days), within(back, days)
        values[f"return_lines_share_{name(days)}"] = ratio(len(sent), len(kept))
        spent = sum(line.amount for line in kept)
        values[f"return_amount_share_{name(days)}"] = ratio(sum(-line.amount for line in sent), spent)
        values[f"products_returned_{name(days)}"] = len({line.product for line in sent})
    products = {line.product for line in bought}
    returned = {line.product for line in back}
    values["products_returned_share_lifetime"] = ratio(len(products & returned), len(products))
    values["return_delay_days_avg"] = mean(
        max(line.ago for line in bought if line.product == product)
        - min(line.ago for line in back if line.product == product)
        for product in sorted(products & returned)
    )
    return values


def discounts(bought: list[Line], orders: list[Order]) -> Values:
    lowered = [line for line in bought if line.discount > 0]
    full = [line for line in bought if line.discount <= 0]

    def let_off(part: list[Line]) -> float | None:
        asked = sum(line.amount + line.discount for line in part)
        return ratio(sum(line.discount for line in part), asked)

    def is_free(order: Order) -> bool:
        return sum(line.discount for line in order.lines) <= 0

    last = let_off(orders[0].lines) if orders else None
    values = {
        "discount_share_max_lifetime": max((let_off([line]) for line in bought), default=None),
        "days_since_discount": min((line.ago for line in lowered), default=None),
        "days_since_full_price": min((line.ago for line in full), default=None),
        "discount_share_last": last,
        "discount_share_last_change": less(last, let_off(bought)),
        "orders_discounted_share_lifetime": share(orders, lambda order: not is_free(order)),
        "orders_discounted_streak": next((i for i, order in enumerate(orders) if is_free(order)), len(orders)),
    }
    for days in (30, 60, *LONG):
        recent = within(bought, days)
        values[f"discount_share_{name(days)}"] = let_off(recent)
        values[f"discounted_lines_share_{name(days)}"] = share(recent, lambda line: line.discount > 0)
        values[f"discount_sum_{name(days)}"] = sum(line.discount for line in recent)
        # In cents: thirty of a hundred is not less than thirty because a float says so.
        values[f"clearance_lines_share_{name(days)}"] = share(
            recent, lambda line: 10 * round(100 * line.discount) >= 3 * round(100 * (line.amount + line.discount))
        )
    return values


def channels(bought: list[Line], orders: list[Order]) -> Values:
    of = defaultdict(list)
    for line in bought:
        of[line.channel].append(line)
    through = [min(line.channel for line in order.lines) for order in orders]
    steps = list(zip(through, through[1:]))
    values = {
        "days_since_new_channel": min((max(line.ago for line in part) for part in of.values()), default=None),
        "channel_top_share_lifetime": top_share(len(part) for part in of.values()),
        "channel_entropy_lifetime": entropy(len(part) for part in of.values()),
        "channel_switch_share_lifetime": share(steps, lambda step: step[0] != step[1]),
        "channel_switched_last": bool(steps) and steps[0][0] != steps[0][1],
    }
    for days in LONG:
        values[f"channels_{name(days)}"] = len({line.channel for line in within(bought, days)})
    return values


# ------------------------------------------------------------------------------------------------------ events


def latest(events: list[Event], kind: str) -> int | None:
    return min((event.ago for event in events if event.kind == kind), default=None)


def earliest(events: list[Event], kind: str) -> int | None:
    return max((event.ago for event in events if event.kind == kind), default=None)


def of_kind(events: list[Event], kind: str) -> list[Event]:
    return [event for event in events if event.kind == kind]


def interest(events: list[Event]) -> Values:
    seen = of_kind(events, "visit")
    age = max((event.ago for event in events), default=None)
    values = {
        "visit_pages_max_30d": max((visit.value for visit in within(seen, 30) if visit.value is not None), default=None),
        "visits_weekend_share_lifetime": share(seen, lambda visit: visit.at.isoweekday() >= 6),
        "visits_evening_share_lifetime": share(seen, lambda visit: visit.at.hour >= 17),
        "visit_hour_avg_lifetime": mean(visit.at.hour for visit in seen),
    }
    for days in (7, 14, 30, 60, 90):
        values[f"visits_faded_{days}d"] = faded(seen, days)
        values[f"replies_faded_{days}d"] = faded(of_kind(events, "reply"), days)
        values[f"visits_pace_{days}d"] = (
            (len(within(seen, days)) / min(days, age)) / (len(seen) / age) if seen else None
        )
    for days in (30, 90, None):
        values[f"visit_pages_avg_{name(days)}"] = mean(visit.value for visit in within(seen, days))
    return values


def funnel(events: list[Event]) -> Values:
    mailings, seen = of_kind(events, "newsletter"), of_kind(events, "visit")
    ages = [event.ago for event in events]
    values = {
        "visits_per_mailing_lifetime": ratio(len(seen), len(mailings)),
        "sign_up_to_visit_days": less(earliest(events, "sign_up"), earliest(events, "visit")),
        "visit_after_mailing_days": less(latest(events, "newsletter"), latest(events, "visit")),
        "event_span_share": (max(ages) - min(ages)) / max(ages) if ages else None,
    }
    for days in (180, 365, None):
        recent = within(events, days)
        values[f"reply_rate_{name(days)}"] = ratio(
            len(of_kind(recent, "reply")), len(of_kind(recent, "newsletter"))
        )
    for days in (90, None):
        # That a complaint was closed is no touch of the customer's.
        values[f"touch_kinds_{name(days)}"] = len({event.kind for event in within(events, days)} - {"complaint_closed"})
    return values


def complaints(events: list[Event]) -> Values:
    made, closed = of_kind(events, "complaint"), of_kind(events, "complaint_closed")
    last, visit = latest(events, "complaint"), latest(events, "visit")
    return {
        "complaints_open": max(len(made) - len(closed), 0),
        "complaint_open_days": last if len(made) > len(closed) else None,
        "complaints_closed_share_lifetime": ratio(len(closed), len(made)),
        "complaint_close_days_avg_lifetime":
            mean(one.ago - other.ago for one, other in zip(in_time(made), in_time(closed)))
            if len(made) == len(closed) else None,
        "complained_last": last is not None and visit is not None and last < visit,
    }


def in_time(events: list[Event]) -> list[Event]:
    return sorted(events, key=lambda event: event.at)


def satisfaction(events: list[Event]) -> Values:
    said = in_time(of_kind(events, "satisfaction"))[::-1]
    marks = [event.value for event in said]
    values = {
        "satisfaction_last": nth(marks, 1),
        "satisfaction_change_last": less(nth(marks, 1), nth(marks, 2)),
        "satisfaction_min_lifetime": min(marks, default=None),
        "days_since_dissatisfied": min((event.ago for event in said if event.value <= 2), default=None),
    }
    for days in (180, 365, None):
        values[f"satisfaction_avg_{name(days)}"] = mean(event.value for event in within(said, days))
    return values


def visits(events: list[Event]) -> Values:
    days = sorted({event.ago for event in of_kind(events, "visit")})
    gaps = [before - day for day, before in zip(days, days[1:])]
    usual, spread = mean(gaps), deviation(gaps)
    values = {
        "visit_gap_days_mean": usual,
        "visit_gap_days_last": nth(gaps, 1),
        "visit_overdue_ratio": ratio(nth(days, 1), usual),
        "visit_burstiness": None if spread is None else ratio(spread - usual, spread + usual),
        "visits_missed": len(days) * days[0] / days[-1] if days else None,
        "days_since_second_last_visit": nth(days, 2),
    }
    for window in (30, 90, None):
        values[f"visit_days_{name(window)}"] = len([day for day in days if window is None or day <= window])
    return values
