"""The parts of the report page, from the cause to the evidence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from iam_watchdog.model import WATCHDOG, Answer, Diagnosis, Incident, Proof, Proposed, Status, Witness, Words
from iam_watchdog.ports import Settings
from iam_watchdog.report.became import HEADING, became
from iam_watchdog.report.gains import gains
from iam_watchdog.report.gates import NOT_IN_PLAY, Gate, State, gates
from iam_watchdog.report.markup import Markup, code, el, items, join, section
from iam_watchdog.report.missing import commands, missing, words
from iam_watchdog.report.picture import tall, wide
from iam_watchdog.report.proposal import proposal
from iam_watchdog.report.standing import Standing, past, standing
from iam_watchdog.report.way import way
from iam_watchdog.report.words import CLAIM, TOGETHER, clock, together
from iam_watchdog.status import derive


def claim(incident: Incident) -> Markup:
    """Before anything else: a log line alone proves nothing."""
    if incident.witness is not Witness.LOG:
        return Markup("")
    words = f"{CLAIM[0].upper()}{CLAIM[1:]}. Whoever can make the function print can print a perfect denial."
    return el("p", words, class_="claim")


def result(incident: Incident, now: datetime) -> Markup:
    """What became of it comes before what it was: whoever reads it a week later asks for that."""
    rows = became(incident, now)
    listed = (el("tr", el("th", label, scope="row"), el("td", *_with_code(words))) for label, words in rows)
    return section(HEADING, el("table", el("tbody", *listed)), id_="became") if rows else Markup("")


def _with_code(words: str) -> Iterator[Markup | str]:
    """What stands between backticks is a command."""
    yield from (el("code", part) if n % 2 else part for n, part in enumerate(words.split("`")))


def diagnosed(incident: Incident, found: Proposed, settings: Settings, now: datetime) -> Iterator[Markup]:
    """Why, the way, the proposal, its proof, and what may be done with it."""
    stands = standing(incident, now)
    yield _why(found.diagnosis, "Why it was refused" if past(incident, now) else "Why")
    yield _way(incident, found, now)
    yield from _together(incident)
    yield proposal(found, stands)
    if found.proof:
        yield _proof(found.proof)
    if derive(incident, now) is Status.PROPOSED:
        yield _allowed(found, settings)


def _why(diagnosis: Diagnosis, heading: str) -> Markup:
    sure = {
        "verified": "Verified: evaluating all that was read says the same.",
        "reported": "Reported: this is what AWS's message says; evaluating what was read does not decide it.",
        "incomplete": "Incomplete: a layer that decides could not be read.",
    }[diagnosis.confidence]
    named = f" Layer: {diagnosis.layer}." if diagnosis.layer else ""
    because = el("p", diagnosis.because, class_="because")
    return section(heading, because, el("p", sure + named, class_="quiet"), items(diagnosis.notes), id_="why")


def _together(incident: Incident) -> Iterator[Markup]:
    if calls := together(incident):
        yield section("What it ends", el("p", TOGETHER), items(calls), id_="ends")


def _way(incident: Incident, found: Proposed, now: datetime) -> Markup:
    before = past(incident, now)
    shown = gates(found.diagnosis, found.unread, past=before)
    places = way(shown, incident.denial)
    idle = [gate.title for gate in shown if gate.state is State.ABSENT and gate.because == NOT_IN_PLAY]
    drawn = [_gate(gate) for gate in shown if gate.title not in idle]
    rest = el("li", f"Not in play: {', '.join(idle)}.", class_="absent") if idle else None
    listed = el("ol", *drawn, rest, class_="gates")
    stood = el("p", _as_of(incident, found, now), class_="quiet")
    return section("The way of the refused call", stood, wide(places), tall(places), listed, id_="way")


def _as_of(incident: Incident, found: Proposed, now: datetime) -> str:
    """A picture of the past has to say so."""
    at = clock(found.at, now)
    if not past(incident, now):
        return f"As it was read at {at}."
    until = "before the change" if standing(incident, now) is Standing.MADE else "while the call was still refused"
    return f"As it stood at {at}, {until}: this is what refused the call, not how it is now."


def _gate(gate: Gate) -> Markup:
    class_ = gate.state.value + (" decides" if gate.decides else "")
    decides = f" ({'decided' if gate.past else 'decides'})" if gate.decides else ""
    title = gate.title[0].upper() + gate.title[1:] + decides
    parts = (el("span", gate.word, class_="word"), el("span", title, class_="title"))
    return el("li", *parts, el("span", gate.because, class_="said"), class_=class_)


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
    return section("Proof", verdicts, gain, _all(more), id_="proof")


def _all(more: Words) -> Markup | None:
    if not more:
        return None
    return el("details", el("summary", f"All {len(more)} that were tried and are allowed"), items(more[:200]))


def _allowed(found: Proposed, settings: Settings) -> Markup:
    """Who may apply it, and what speaks against it."""
    against = missing(found, settings)
    person = el("p", "An approver may apply it from Slack.") if not against else el("p", "No Apply button, because:")
    unasked = words(found.refusals.get(WATCHDOG, ("unproven",)))
    automatic = el("p", "It is not applied unasked, because:") if unasked else el("p", "It is applied unasked.")
    by_hand = "\n".join(commands(found))
    hand = join(el("h3", "By hand"), el("pre", code(by_hand))) if against and by_hand else None
    return section("Who may apply it", person, items(against), automatic, items(unasked), hand, id_="may")
