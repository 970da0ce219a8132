"""Behaviours that events show, one customer at a time."""

from dataclasses import dataclass
from datetime import datetime

from arithmetic import Values, deviation, faded, less, mean, name, nth, ratio, share, within


@dataclass
class Event:
    ago: int
    at: datetime
    kind: str
    value: float | None


def behaviours(events: list[Event]) -> Values:
    return interest(events) | funnel(events) | complaints(events) | satisfaction(events) | visits(events)


def latest(events: list[Event], kind: str) -> int | None:
    return min((event.ago for event in events if event.kind == kind), default=None)


def earliest(events: list[Event], kind: str) -> int | None:
    return max((event.ago for event in events if event.kind == kind), default=None)


def of_kind(events: list[Event], kind: str) -> list[Event]:
    return [event for event in events if event.kind == kind]


def interest(events: list[Event]) -> Values:
    seen = of_kind(events, "visit")
    age = max((event.ago for event in events), default=None)
    pages = [visit.value for visit in within(seen, 30) if visit.value is not None]
    values = {
        "visit_pages_max_30d": max(pages, default=None),
        "visits_weekend_share_lifetime": share(seen, lambda visit: visit.at.isoweekday() >= 6),
        "visit_hour_avg_lifetime": mean(visit.at.hour for visit in seen),
    }
    for days in (7, 14, 30, 60, 90):
        values[f"visits_faded_{days}d"] = faded(seen, days)
    for days in (14, 30, 60, 90):
        usual = len(seen) / age if seen else None
        values[f"visits_pace_{days}d"] = len(within(seen, days)) / min(days, age) / usual if seen else None
    for days in (30, 90):
        values[f"visit_pages_avg_{days}d"] = mean(visit.value for visit in within(seen, days))
    return values


def funnel(events: list[Event]) -> Values:
    ages = [event.ago for event in events]
    values = {
        "sign_up_to_visit_days": less(earliest(events, "sign_up"), earliest(events, "visit")),
        "visit_after_mailing_days": less(latest(events, "newsletter"), latest(events, "visit")),
        "event_span_share": (max(ages) - min(ages)) / max(ages) if ages else None,
    }
    for days in (30, 90, 180):
        # That a complaint was closed is no touch of the customer's.
        values[f"touch_kinds_{days}d"] = len({event.kind for event in within(events, days)} - {"complaint_closed"})
    return values


def complaints(events: list[Event]) -> Values:
    made, closed = of_kind(events, "complaint"), of_kind(events, "complaint_closed")
    last, visit = latest(events, "complaint"), latest(events, "visit")
    return {
        "complaints_open": max(len(made) - len(closed), 0),
        "complained_last": last is not None and visit is not None and last < visit,
    }


def satisfaction(events: list[Event]) -> Values:
    said = [event for event in events if event.kind == "satisfaction"]
    values = {"satisfaction_last": max(said, key=lambda event: event.at).value if said else None}
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
