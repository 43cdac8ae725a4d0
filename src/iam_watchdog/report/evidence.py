"""The evidence on the report page: what was said, by whom, what was read and what could not be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from iam_watchdog.happened import background, timeline
from iam_watchdog.model import Incident, Proposed, Witness, Words
from iam_watchdog.report.gates import statement
from iam_watchdog.report.markup import Markup, el, items, join, section


def history(incident: Incident) -> Markup:
    """What happened, oldest first."""
    rows = [el("li", _time(at), what) for at, what in timeline(incident)]
    return section("Timeline", el("ol", *rows, class_="timeline"), id_="timeline")


def _time(at: datetime) -> Markup:
    return el("time", f"{at:%Y-%m-%d %H:%M:%S} UTC", datetime=at.isoformat())


def evidence(incident: Incident, found: Proposed | None) -> Markup:
    """What was said, by whom, what was read and what could not be."""
    denial = incident.denial
    said = el("pre", el("code", denial.excerpt)) if denial.excerpt else None
    heading = "As the log says it (the matched part only)" if incident.witness is Witness.LOG else "As it was found"
    quoted = join(el("h3", heading), said) if said else None
    parts = [_table(_rows(incident)), quoted]
    if found:
        parts += [*_read(found)]
    return section("Evidence", *parts, id_="evidence")


def _rows(incident: Incident) -> list[tuple[str, str]]:
    denial = incident.denial
    recovered = [f"{name} from {source}" for name, source in denial.recovered.items()]
    rows = [
        ("Witness", incident.witness.value),
        ("Brought by", denial.origin),
        ("Caller", denial.principal or "not named"),
        ("Action", denial.action or "not named"),
        ("Resource", denial.resource or "not named"),
        ("Counted as", denial.scope),
        ("Trigger", denial.source_arn or ""),
        ("Request id", (denial.said.request_id or "") if denial.said else ""),
        ("Found elsewhere", "; ".join(recovered)),
        ("Before and after", "; ".join(background(incident))),
    ]
    return [(name, value) for name, value in rows if value]


def _table(rows: Sequence[tuple[str, str]]) -> Markup:
    return el(
        "table",
        el("tbody", *(el("tr", el("th", k, scope="row"), el("td", el("span", v, class_="mono"))) for k, v in rows)),
    )


def _read(found: Proposed) -> Iterator[Markup]:
    role = found.role
    if role:
        shared = ", ".join(role.shared_with)
        rows = [
            ("Role", role.arn),
            ("Role id", role.id),
            ("Boundary", role.boundary or ""),
            ("Stack", role.stack or ""),
            ("Logical id", role.logical_id or ""),
        ]
        yield el("h3", "The role")
        yield _table([(k, v) for k, v in (*rows, ("Also used by", shared)) if v])
    deciding = [statement(f) for f in found.diagnosis.verdict.deciding]
    yield from _listed("Statements that decide", deciding)
    yield from _listed("Statements that nearly allow it", [statement(f) for f in found.diagnosis.verdict.near])
    changes = [f"{c.at:%Y-%m-%d %H:%M} UTC: {c.who} did {c.event} on {c.on} {c.detail}" for c in found.changes]
    yield from _listed("What changed lately", changes)
    yield from _listed("Could not be read", [f"{u.what} ({u.layer}): {u.why}" for u in found.unread])
    yield from _listed("Could not be decided", found.diagnosis.verdict.unknown)


def _listed(heading: str, values: Sequence[str] | Words) -> Iterator[Markup]:
    if values:
        yield el("h3", heading)
        yield items(values[:100]) or Markup("")
