"""Behaviours that rows of transactions show, one customer at a time."""

import math
import statistics
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime

from arithmetic import Values, deviation, entropy, faded, less, mean, name, nth, ratio, share, slope, top_share, within


@dataclass
class Line:
    """A row of transactions, seen from the cutoff."""

    ago: int
    at: datetime
    order: str
    product: str
    quantity: int
    amount: float
    discount: float | None


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

    @property
    def quantity(self) -> int:
        return sum(line.quantity for line in self.lines)


def behaviours(past: list[Line], columns: set[str]) -> Values:
    bought = [line for line in past if line.quantity >= 0]
    orders = orders_of(bought)
    values = {}
    for part in (rhythm(sorted({line.ago for line in bought})), months(bought), sequence(orders), pace(orders),
                 products(bought), shape(orders), prices(bought), habits(bought), returns(past), net(past)):
        values |= part
    # A shop may not know what it let customers off.
    if "discount_sum_lifetime" in columns:
        values |= discounts(bought)
    return values


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
        "gap_change_last": less(nth(gaps, 1), nth(gaps, 2)),
        "gap_burstiness": None if spread is None else ratio(spread - usual, spread + usual),
        "gap_memory": memory,
        "overdue_days": less(silence, usual),
        "overdue_deviations": None if spread is None else (silence - usual) / (1 + spread),
        "orders_missed": len(days) * days[0] / days[-1] if days else None,
        "active_span_share": (days[-1] - days[0]) / days[-1] if days else None,
    }
    for n in (3, 5):
        values[f"gap_days_mean_last_{n}"] = mean(gaps[:n])
        values[f"overdue_ratio_last_{n}"] = ratio(silence, mean(gaps[:n]))
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
        forward = [counted[month] for month in reversed(range(days // 30))]
        values[f"lines_slope_{days}d"] = ratio(slope(forward), sum(forward) / len(forward))
        recent = [spent[month] for month in range(days // 30)]
        active = [spent[month] for month in range(days // 30) if month in spent]
        values[f"amount_month_top_share_{days}d"] = ratio(max(recent), sum(recent))
        values[f"amount_month_max_{days}d"] = max(recent)
        values[f"amount_month_avg_{days}d"] = mean(active)
    for month in (1, 2, 3):
        values[f"amount_month_before_{month}"] = spent[month]
        values[f"lines_month_before_{month}"] = counted[month]
    return values


def sequence(orders: list[Order]) -> Values:
    worth = [order.amount for order in orders]
    sizes = [len(order.lines) for order in orders]
    pieces = [order.quantity for order in orders]
    values = {
        "order_quantity_last": nth(pieces, 1),
        "order_top_line_share_last":
            ratio(max(line.amount for line in orders[0].lines), worth[0]) if orders else None,
        "order_lines_last_ratio": ratio(nth(sizes, 1), mean(sizes)),
        "order_amount_avg_last_3": mean(worth[:3]),
        "order_amount_max_last_3": max(worth[:3], default=None),
        "order_amount_first": worth[-1] if worth else None,
        "days_of_last_4_orders": orders[3].ago - orders[0].ago if len(orders) > 3 else None,
        "order_amount_slope_last_5": slope(worth[4::-1]),
    }
    for place, word in enumerate(("last", "second_last", "third_last"), 1):
        values[f"order_amount_{word}"] = nth(worth, place)
        values[f"order_lines_{word}"] = nth(sizes, place)
    return values


def pace(orders: list[Order]) -> Values:
    values = {}
    age = max((order.ago for order in orders), default=None)
    spent = sum(order.amount for order in orders)
    for days in (30, 60):
        recent = within(orders, days)
        lived = min(days, age) if orders else None
        values[f"orders_pace_{days}d"] = (len(recent) / lived) / (len(orders) / age) if orders else None
        amount = sum(order.amount for order in recent)
        values[f"amount_pace_{days}d"] = (amount / lived) / (spent / age) if orders else None
    for days in (14, 30, 60, 90, 180):
        values[f"orders_faded_{days}d"] = faded(orders, days)
        values[f"amount_faded_{days}d"] = faded(orders, days, lambda order: order.amount)
    for days in (180, 365, None):
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
    silences, pauses = [], []
    for part in of.values():
        days = [line.ago for line in part]
        if max(days) > min(days):
            silences.append(min(days))
            pauses.append((max(days) - min(days)) / (len(days) - 1))
    values = {
        "days_since_new_product": min(first, default=None),
        "products_regular_lifetime": len([count for count in counts if count >= 3]),
        "product_amount_top_share_lifetime": top_share(sum(line.amount for line in part) for part in of.values()),
        "product_top_share_lifetime": top_share(counts),
        "products_repeat_share_lifetime": share(counts, lambda count: count > 1),
        "product_evenness_lifetime": ratio(entropy(counts), math.log(len(counts))) if counts else None,
        "product_reorder_days_avg": mean(pauses),
        "products_due": len([silence for silence, pause in zip(silences, pauses) if silence >= pause]),
    }
    for days in (30, 60, 90):
        recent = {line.product for line in within(bought, days)}
        values[f"products_new_share_{days}d"] = ratio(len([ago for ago in first if ago <= days]), len(recent))
    return values


def shape(orders: list[Order]) -> Values:
    values = {"order_lines_stddev_lifetime": deviation([len(order.lines) for order in orders])}
    for days in (90, 180, 365):
        recent = within(orders, days)
        worth = [order.amount for order in recent]
        pieces = [order.quantity for order in recent]
        values[f"order_amount_variation_{days}d"] = ratio(deviation(worth), mean(worth))
        values[f"order_quantity_max_{days}d"] = max(pieces, default=None)
        values[f"order_quantity_stddev_{days}d"] = deviation(pieces)
    return values


def prices(bought: list[Line]) -> Values:
    def price(part: list[Line]) -> float | None:
        return ratio(sum(line.amount for line in part), sum(line.quantity for line in part))

    values = {
        "lines_single_piece_share_lifetime": share(bought, lambda line: line.quantity == 1),
        "piece_price_change_90d": ratio(price(within(bought, 90)), price(bought)),
    }
    for days in (30, 60, 90, 180):
        values[f"quantity_faded_{days}d"] = faded(bought, days, lambda line: line.quantity)
    for days in (90, 180, 365):
        pieces = [line.quantity for line in within(bought, days)]
        values[f"piece_price_avg_{days}d"] = price(within(bought, days))
        values[f"line_quantity_avg_{days}d"] = mean(pieces)
        values[f"line_quantity_stddev_{days}d"] = deviation(pieces)
    return values


def habits(bought: list[Line]) -> Values:
    ahead = [line for line in bought if 275 < line.ago <= 365]
    hours = [line.at.hour for line in bought]
    return {
        "quarter_4_share_lifetime": share(bought, lambda line: line.at.month >= 10),
        "lines_year_ago_90d": len(ahead),
        "amount_year_ago_90d": sum(line.amount for line in ahead),
        "hour_stddev_lifetime": deviation(hours),
        "hour_entropy_lifetime": entropy(Counter(hours).values()),
        "thursday_share_lifetime": share(bought, lambda line: line.at.isoweekday() == 4),
    }


def net(past: list[Line]) -> Values:
    values = {f"amount_net_sum_{days}d": sum(line.amount for line in within(past, days)) for days in (90, 180, 365)}
    age = max((line.ago for line in past), default=None)
    values["amount_net_per_month_lifetime"] = 30.4375 * sum(line.amount for line in past) / age if past else None
    return values


def returns(past: list[Line]) -> Values:
    values = {}
    for days in (90, 180, 365):
        recent = within(past, days)
        back = len([line for line in recent if line.quantity < 0])
        values[f"return_lines_share_{days}d"] = ratio(back, len(recent) - back)
    return values


def discounts(bought: list[Line]) -> Values:
    values = {}
    for days in (180, 365, None):
        recent = within(bought, days)
        off = sum(line.discount for line in recent)
        values[f"discount_sum_{name(days)}"] = off
        values[f"discount_share_{name(days)}"] = ratio(off, off + sum(line.amount for line in recent))
        # In cents: thirty of a hundred is not less than thirty because a float says so.
        values[f"clearance_lines_share_{name(days)}"] = share(
            recent, lambda line: 10 * round(100 * line.discount) >= 3 * round(100 * (line.amount + line.discount))
        )
    return values
