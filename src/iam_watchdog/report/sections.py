"""The parts of the report page, from the cause to the evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from iam_watchdog.guard import REFUSALS
from iam_watchdog.model import Answer, Denial, Diagnosis, Fix, Incident, Proof, Proposed, Status, Witness, Words
from iam_watchdog.ports import Settings
from iam_watchdog.report.forms import NAMES, forms, short_sam
from iam_watchdog.report.gates import NOT_IN_PLAY, Gate, State, gates, statement
from iam_watchdog.report.markup import Markup, code, el, join
from iam_watchdog.report.missing import commands, missing
from iam_watchdog.report.notification import kind, target
from iam_watchdog.report.picture import tall, way, wide
from iam_watchdog.report.text import VERBS, gains
from iam_watchdog.report.words import CLAIM
from iam_watchdog.status import timeline


def section(heading: str, *children: Markup | str | None, id_: str) -> Markup:
    """A part of the page with its heading."""
    return el("section", el("h2", heading, id=id_), *children, aria_labelledby=id_)


def items(values: Sequence[str]) -> Markup | None:
    """A plain list, nothing for none."""
    return el("ul", *(el("li", value) for value in values)) if values else None


def claim(incident: Incident) -> Markup:
    """Before anything else: a log line alone proves nothing."""
    if incident.denial.witness is not Witness.LOG:
        return Markup("")
    words = f"{CLAIM[0].upper()}{CLAIM[1:]}. Whoever can make the function print can print a perfect denial."
    return el("p", words, class_="claim")


def diagnosed(incident: Incident, found: Proposed, settings: Settings, status: Status) -> Iterator[Markup]:
    """Why, the way, the proposal, its proof, and what may be done with it."""
    yield _why(found.diagnosis)
    yield _way(incident.denial, found)
    yield _proposal(found)
    if found.proof:
        yield _proof(found.proof)
    if status is Status.PROPOSED:
        yield _allowed(found, settings)


def _why(diagnosis: Diagnosis) -> Markup:
    sure = {
        "verified": "Verified: evaluating all that was read says the same.",
        "reported": "Reported: this is what AWS's message says; evaluating what was read does not decide it.",
        "incomplete": "Incomplete: a layer that decides could not be read.",
    }[diagnosis.confidence]
    named = f" Layer: {diagnosis.layer}." if diagnosis.layer else ""
    because = el("p", diagnosis.because, class_="because")
    return section("Why", because, el("p", sure + named, class_="quiet"), items(diagnosis.notes), id_="why")


def _way(denial: Denial, found: Proposed) -> Markup:
    shown = gates(found.diagnosis, found.unread)
    places = way(shown, denial)
    idle = [gate.title for gate in shown if gate.state is State.ABSENT and gate.because == NOT_IN_PLAY]
    drawn = [_gate(gate) for gate in shown if gate.title not in idle]
    rest = el("li", f"Not in play: {', '.join(idle)}.", class_="absent") if idle else None
    listed = el("ol", *drawn, rest, class_="gates")
    return section("The way of the refused call", wide(places), tall(places), listed, id_="way")


def _gate(gate: Gate) -> Markup:
    class_ = gate.state.value + (" decides" if gate.decides else "")
    title = gate.title[0].upper() + gate.title[1:] + (" (decides)" if gate.decides else "")
    parts = (el("span", gate.state.value, class_="word"), el("span", title, class_="title"))
    return el("li", *parts, el("span", gate.because, class_="said"), class_=class_)


def _proposal(found: Proposed) -> Markup:
    diagnosis = found.diagnosis
    if not diagnosis.fixes:
        nothing = "No fix is known. What could not be read and what was found is listed below."
        return section("What to do", el("p", nothing), id_="fix")
    drawn = [_fix(fix, f"f{n}") for n, fix in enumerate(diagnosis.fixes)]
    together = el("p", "These belong together.", class_="quiet") if len(drawn) > 1 else None
    others = [_fix(fix, f"o{n}") for n, fix in enumerate(diagnosis.instead)]
    instead = el("div", el("h3", "Or instead of all that"), *others) if others else None
    return section("What to do", together, *drawn, instead, id_="fix")


def _fix(fix: Fix, name: str) -> Markup:
    verb = VERBS.get(kind(fix))
    said = el("p", el("strong", verb), " ", el("code", target(fix))) if verb else _advice(fix)
    tabs = [part for n, form in enumerate(forms(fix).items()) for part in _form(*form, name, n == 0)]
    return el("div", said, el("div", *tabs, class_="forms") if tabs else None, _short(fix), class_="fix")


def _advice(fix: Fix) -> Markup:
    return el("p", el("strong", "For its owner: "), getattr(fix, "text", ""), " ", el("code", target(fix)))


def _form(language: str, text: str, name: str, first: bool) -> tuple[Markup, ...]:
    """A radio, its label and its panel: tabs that need no script, and all of them on paper."""
    own = f"{name}-{language}"
    title = NAMES[language]
    copy = el("button", "Copy", type="button", class_="copy", data_copies=f"{own}-text", hidden=True)
    shown = el("pre", el("code", code(text), id=f"{own}-text"), tabindex=0, aria_label=title)
    return (
        el("input", type="radio", name=name, id=own, checked=first),
        el("label", title, for_=own),
        el("div", el("h4", title), copy, shown, class_="panel"),
    )


def _short(fix: Fix) -> Markup | None:
    short = short_sam(fix)
    if short is None:
        return None
    extra = ", ".join(short.surplus)
    words = f"It also allows: {extra}." if extra else "It allows nothing else."
    summary = el("summary", "The shorter SAM form people like")
    return el("details", summary, el("p", words, class_="gain more" if extra else "gain none"), el("pre", short.text))


_CHIPS = {Answer.ALLOWED: "open", Answer.IMPLICIT: "shut", Answer.EXPLICIT: "shut", Answer.UNKNOWN: "unread"}
_SAID = {
    Answer.ALLOWED: "allowed",
    Answer.IMPLICIT: "refused (nothing allows it)",
    Answer.EXPLICIT: "refused (a statement denies it)",
    Answer.UNKNOWN: "unknown",
    Answer.ABSENT: "not in play",
}


def _proof(proof: Proof) -> Markup:
    before, after = (el("span", _SAID[a], class_=f"chip {_CHIPS.get(a, '')}") for a in (proof.before, proof.after))
    verdicts = el("p", "Before: ", before, " With the fix: ", after, class_="verdicts")
    more = proof.gained or proof.surplus
    gain = el("p", gains(proof)[:1].upper() + gains(proof)[1:], class_="gain more" if more else "gain none")
    return section("Proof", verdicts, gain, items(more[12:200]), id_="proof")


def _allowed(found: Proposed, settings: Settings) -> Markup:
    """Who may apply it, and what speaks against it."""
    against = missing(found, settings)
    person = el("p", "An approver may apply it from Slack.") if not against else el("p", "No Apply button, because:")
    unasked = [REFUSALS.get(name, name) for name in found.refusals.get("watchdog", ())]
    automatic = el("p", "It is not applied unasked, because:") if unasked else el("p", "It is applied unasked.")
    by_hand = "\n".join(commands(found))
    hand = join(el("h3", "By hand"), el("pre", code(by_hand))) if against and by_hand else None
    return section("Who may apply it", person, items(against), automatic, items(unasked), hand, id_="may")


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
    quoted = join(el("h3", "As the log says it (the matched part only)"), said) if said else None
    parts = [_table(_rows(denial)), quoted]
    if found:
        parts += [*_read(found)]
    return section("Evidence", *parts, id_="evidence")


def _rows(denial: Denial) -> list[tuple[str, str]]:
    recovered = [f"{name} from {source}" for name, source in denial.recovered.items()]
    rows = [
        ("Witness", denial.witness.value),
        ("Brought by", denial.origin),
        ("Caller", denial.principal or "not named"),
        ("Action", denial.action or "not named"),
        ("Resource", denial.resource or "not named"),
        ("Counted as", denial.scope),
        ("Trigger", denial.source_arn or ""),
        ("Request id", (denial.said.request_id or "") if denial.said else ""),
        ("Found elsewhere", "; ".join(recovered)),
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
