"""One line a check, and what became of all of them."""


class Report:
    def __init__(self) -> None:
        self.passed = self.failed = self.skipped = 0

    def check(self, what: str, faults: list[str], detail: str = "") -> None:
        """A check has passed where it found no faults."""
        if faults:
            self.failed += 1
            print(f"FAIL  {what}")
            for fault in faults[:10]:
                print(f"      {fault}")
            if len(faults) > 10:
                print(f"      and {len(faults) - 10} more")
        else:
            self.passed += 1
            print(f"ok    {what}{': ' if detail else ''}{detail}")

    def skip(self, what: str) -> None:
        self.skipped += 1
        print(f"skip  {what}")

    def end(self) -> int:
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped")
        return 1 if self.failed or not self.passed else 0


def near(ours: float | None, theirs: float | None, tolerance: float) -> bool:
    """Whether two figures agree, relative to their size where they are above 1."""
    if ours is None or theirs is None:
        return ours is None and theirs is None
    return abs(ours - theirs) <= tolerance * max(1.0, abs(theirs))
