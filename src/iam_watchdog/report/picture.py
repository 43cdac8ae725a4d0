"""The gates as a drawing: walls across the way from the caller over the function to the target."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from iam_watchdog.report.escape import MORE
from iam_watchdog.report.gates import State
from iam_watchdog.report.markup import Markup, el
from iam_watchdog.report.way import Place, described, stops_at

SIGNS = {State.OPEN: "✓", State.SHUT: "✕", State.UNREAD: "?", State.ABSENT: ""}


def wide(places: Sequence[Place]) -> Markup:
    """From left to right, for a screen or a page."""
    middles, x = [], 0
    for place in places:
        middles.append(x + WIDTHS[place.kind] // 2)
        x += WIDTHS[place.kind]
    stop = stops_at(places)
    drawn = [_line(a, MIDDLE, b, MIDDLE, class_) for a, b, class_ in _track(middles, stop)]
    for index, (place, middle) in enumerate(zip(places, middles, strict=True)):
        beyond = 0 <= stop < index
        drawn.append(_node(middle, place, beyond) if place.kind == "node" else _gate(middle, place, index == stop))
    return _svg("wide", x, 178, places, drawn)


def _track(middles: Sequence[int], stop: int) -> list[tuple[int, int, str]]:
    """The way itself: it ends at the gate where the call stops and is a mere hint behind it."""
    end = middles[stop]
    whole = (middles[0], end, "track")
    return [whole] if stop < 0 else [whole, (end, middles[-1], "track beyond")]


def _svg(name: str, width: int, height: int, places: Sequence[Place], drawn: Sequence[Markup]) -> Markup:
    title = el("title", "The gates on the way of the call", id=f"{name}-title")
    desc = el("desc", described(places), id=f"{name}-desc")
    return el(
        "svg",
        title,
        desc,
        *drawn,
        class_=f"way {name}",
        viewBox=f"0 0 {width} {height}",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
    )


WIDTHS = {"node": 150, "gate": 76}
MIDDLE = 70
"""Height of the way in the wide drawing."""


def _line(x1: int, y1: int, x2: int, y2: int, class_: str) -> Markup:
    return el("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def _node(x: int, place: Place, beyond: bool) -> Markup:
    rows = _two_rows(place.label)
    box = el("rect", x=x - 72, y=MIDDLE - 34, width=144, height=68, rx=10)
    top = MIDDLE - 3 - 7 * len(rows)
    texts = [_words(x, top + 19 + 16 * i, row, "name") for i, row in enumerate(rows)]
    drawn = (box, _words(x, top, place.small, "small"), *texts)
    return el("g", el("title", place.label), *drawn, class_="node beyond" if beyond else "node")


def _two_rows(label: str, width: int = 15) -> list[str]:
    """A long name keeps its beginning and its end: that is where people tell names apart."""
    rows = textwrap.wrap(label, width, break_on_hyphens=False, break_long_words=False)
    if len(rows) <= 2 and all(len(row) <= width for row in rows):
        return rows or ["?"]
    if len(label) <= 2 * width:
        return [label[: len(label) // 2 + 1], label[len(label) // 2 + 1 :]]
    return [label[:width], MORE + label[1 - width :]]


def _words(x: int, y: int, words: str, class_: str) -> Markup:
    return el("text", words, x=x, y=y, class_=class_, text_anchor="middle")


def _gate(x: int, place: Place, stops: bool) -> Markup:
    gate = place.gate
    assert gate is not None  # noqa: S101 - a place of kind gate has one
    rows = textwrap.wrap(place.label, 11)[:2]
    labels = [_words(x, 136 + 14 * i, row, "label") for i, row in enumerate(rows)]
    state = _words(x, 136 + 14 * len(rows) + 3, gate.word if gate.state is not State.ABSENT else "–", "state")
    class_ = f"gate {gate.state}" + (" stops" if stops else "")
    return el("g", el("title", f"{gate.title}: {gate.because}"), *_wall(x, gate.state), *labels, state, class_=class_)


def _wall(x: int, state: State) -> list[Markup]:
    """A wall with a gap where the gate is open, or with a shut door, or with one that nobody has seen."""
    upper = _line(x, 18, x, MIDDLE - 17, "wall")
    lower = _line(x, MIDDLE + 17, x, 122, "wall")
    if state is State.ABSENT:
        return [upper, lower]
    disc = el("circle", cx=x, cy=MIDDLE, r=15, class_="door")
    return [upper, lower, disc, _words(x, MIDDLE + 6, SIGNS[state], "sign")]


def tall(places: Sequence[Place]) -> Markup:
    """From top to bottom, for a phone; gates that are not in play are left out, the list below has them."""
    shown = [p for p in places if p.gate is None or p.gate.state is not State.ABSENT]
    stop, middles = stops_at(shown), [34 + 58 * i for i in range(len(shown))]
    drawn = [_line(34, a, 34, b, class_) for a, b, class_ in _track(middles, stop)]
    drawn += [_row(middles[i], p, i == stop, 0 <= stop < i) for i, p in enumerate(shown)]
    return _svg("tall", 360, 58 * len(shown) + 10, places, drawn)


def _row(y: int, place: Place, stops: bool, beyond: bool) -> Markup:
    if place.gate is None:
        box = el("rect", x=4, y=y - 24, width=352, height=48, rx=10)
        end = place.label if len(place.label) <= 42 else place.label[:20] + MORE + place.label[-21:]
        words = [_left(18, y - 5, place.small, "small"), _left(18, y + 14, end, "name")]
        return el("g", el("title", place.label), box, *words, class_="node beyond" if beyond else "node")
    gate = place.gate
    marks = [el("circle", cx=34, cy=y, r=15, class_="door"), _words(34, y + 6, SIGNS[gate.state], "sign")]
    words = [_left(70, y - 2, gate.title, "label"), _left(70, y + 15, gate.word, "state")]
    return el("g", el("title", gate.because), *marks, *words, class_=f"gate {gate.state}" + (" stops" if stops else ""))


def _left(x: int, y: int, words: str, class_: str) -> Markup:
    return el("text", words, x=x, y=y, class_=class_)
