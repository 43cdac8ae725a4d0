"""Denials read per second, and ordinary lines turned away per second against one bare regular-expression search."""

from __future__ import annotations

import json
import re
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from iam_watchdog.detect import parse, sieve

CORPUS = Path(__file__).parents[1] / "detect" / "open.jsonl"
"""Real messages as people paste them: every SDK, escaped, quoted, cut, redacted; no two alike."""
EVENTS = Path(__file__).parents[2] / "events"
"""What functions themselves log."""
BARE = re.compile(r"AccessDenied|not authorized to perform|UnauthorizedOperation|Forbidden")
"""What a hand-written filter would search for."""
ORDINARY = (
    "START RequestId: 11112222-3333-4444-5555-666677778888 Version: $LATEST",
    "REPORT RequestId: 11112222-3333-4444-5555-666677778888\tDuration: 102.25 ms\tBilled Duration: 103 ms\tMemory Size:"
    " 128 MB\tMax Memory Used: 58 MB\tInit Duration: 233.45 ms",
    '{"level":"INFO","location":"handler:24","message":"order stored","timestamp":"2026-01-01 12:00:00",'
    '"service":'
    '"orders","cold_start":false,"function_name":"orders","function_request_id":"11112222-3333-4444-5555-666677778888",'
    '"order":{"id":"o-1","lines":[{"sku":"a","n":2},{"sku":"b","n":1}],"total":1299}}',
    "2026-01-01T12:00:00.000Z\t11112222-3333-4444-5555-666677778888\tINFO\tGET /orders/o-1 200 in 12 ms",
    "[INFO]\t2026-01-01T12:00:00.000Z\t11112222-3333-4444-5555-666677778888\tcache hit for key orders/o-1",
    'Traceback (most recent call last):\n  File "/var/task/app.py", line 12, in handler\n'
    "    return go(event)\nKeyError: 'id'",
)
REPEATS = 25


def run() -> dict[str, float | str]:
    """The best and the median of several runs in one process, JSON decoded beforehand.

    The best is what the code can do: whatever else the machine does only ever takes away from it.
    https://docs.python.org/3/library/timeit.html#timeit.Timer.repeat
    """
    rows = [json.loads(line) for line in CORPUS.read_text().splitlines()]
    denied = [row["message"] for row in rows if row["is_iam_denial"]]
    corpus = _per_second(parse.read, denied, 20)
    logged = _per_second(parse.read, list(_logged()), 200)
    ours, bare = _per_second(sieve.suspicious, ORDINARY, 5_000), _per_second(BARE.search, ORDINARY, 5_000)
    return {
        "denials read per second, one core, of the corpus": _both(corpus),
        "denials read per second, one core, as functions log them (events/)": _both(logged),
        "ordinary lines turned away per second": _both(ours),
        "ordinary lines: our time as a multiple of one bare regular-expression search": max(bare) / max(ours),
    }


def _both(rates: Sequence[float]) -> str:
    return f"{max(rates):,.0f} (median of {len(rates)} runs: {statistics.median(rates):,.0f})"


def _logged() -> Iterator[str]:
    """The log lines of events/ that hold a denial."""
    for path in sorted(EVENTS.glob("*.json")):
        for event in json.loads(path.read_text()).get("logEvents", ()):
            if parse.read(event["message"]):
                yield event["message"]


def _per_second(read: Callable[[str], object], texts: Sequence[str], times: int) -> list[float]:
    """Texts per second of processor time, run by run; the first one, in which patterns are compiled, is left out."""
    rates = []
    for _ in range(REPEATS + 1):
        started = time.process_time()
        for _ in range(times):
            for text in texts:
                read(text)
        rates.append(times * len(texts) / (time.process_time() - started))
    return rates[1:]
