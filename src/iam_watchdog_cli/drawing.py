"""A diagnosis in a terminal: the gates one under another, then why, then what ends it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from iam_watchdog.model import Answer, Denial, Diagnosis, Evidence, Fix, Proof
from iam_watchdog.report import escape
from iam_watchdog.report.fix_json import kind, target
from iam_watchdog.report.formats import render, short_sam
from iam_watchdog.report.gates import NOT_IN_PLAY, Gate, State, gates
from iam_watchdog_cli.streams import paint

MARKS = {State.OPEN: "open  ", State.SHUT: "SHUT  ", State.UNREAD: "unread", State.ABSENT: "  –   "}
COLOURS = {State.OPEN: "32", State.SHUT: "31;1", State.UNREAD: "33", State.ABSENT: "2"}

HEADINGS = {
    "attach_managed_policy": "attach a managed policy to",
    "add_role_statements": "add to",
    "add_invoke_permission": "add a permission to",
    "advice": "for the owner of",
}


class Explained(Protocol):
    """What there is to draw."""

    @property
    def denial(self) -> Denial | None: ...
    @property
    def evidence(self) -> Evidence: ...
    @property
    def diagnosis(self) -> Diagnosis: ...
    @property
    def proof(self) -> Proof | None: ...


def drawn(function: str, findings: Sequence[Explained]) -> str:
    """All findings; nothing found is said as that, and not as health."""
    if not findings:
        return (
            f"{escape.terminal(function)}: nothing that it needs is refused by what could be read, and its log of the "
            "last day holds no denial.\nIf it still fails, give the message: iam-watchdog explain --message -"
        )
    drawn_fixes: set[Fix] = set()
    return "\n\n".join("\n".join(_finding(one, drawn_fixes)) for one in findings)


def _finding(found: Explained, above: set[Fix]) -> Iterator[str]:
    diagnosis, region = found.diagnosis, found.denial.region if found.denial else ""
    if denial := found.denial:
        what = f"{denial.action or 'a call that is not named'} on {denial.resource or 'a resource that is not named'}"
        yield paint(f"{escape.terminal(denial.function or '?')}: {escape.terminal(what)}", "1")
    yield f"{diagnosis.rule} ({diagnosis.confidence}): {escape.terminal(diagnosis.because, 2_000)}"
    yield ""
    yield from _gates(gates(diagnosis, found.evidence.unread))
    yield from [""] if diagnosis.notes else ()
    yield from (f"  note: {escape.terminal(note, 1_000)}" for note in diagnosis.notes)
    for fix in diagnosis.fixes:
        yield from _same(fix) if fix in above else _fix(fix, region)
        above.add(fix)
    if diagnosis.fixes and diagnosis.instead:
        yield ""
        yield f"instead of {'that' if len(diagnosis.fixes) == 1 else 'those'}:"
    for fix in diagnosis.instead:
        yield from _fix(fix, region)
    for one in diagnosis.beside:
        yield from ("", f"recommended beside it: {escape.terminal(one.text, 1_000)}")
        yield from (f"  {escape.terminal(row, 4_000)}" for row in render(one)["json"].splitlines())
    if found.proof:
        yield ""
        yield _proof(found.proof)


def _gates(way: Sequence[Gate]) -> Iterator[str]:
    """One line for each gate in play, one for all that are not: seven lines of nothing hide the one that matters."""
    yield from (_gate(gate) for gate in way if gate.because != NOT_IN_PLAY)
    if absent := [gate.title for gate in way if gate.because == NOT_IN_PLAY]:
        yield paint(f"  [{MARKS[State.ABSENT]}] not in play: {', '.join(absent)}", COLOURS[State.ABSENT])


def _gate(gate: Gate) -> str:
    arrow = ">" if gate.decides else " "
    return paint(
        f"{arrow} [{MARKS[gate.state]}] {gate.title:<26} {escape.terminal(gate.because, 400)}", COLOURS[gate.state]
    )


def _fix(fix: Fix, region: str) -> Iterator[str]:
    yield ""
    yield f"{HEADINGS[kind(fix)]} {escape.terminal(target(fix))}:"
    if words := getattr(fix, "text", ""):
        yield f"  {escape.terminal(words, 2_000)}"
    forms = render(fix)
    yield from (f"  {escape.terminal(row, 4_000)}" for row in forms["json"].splitlines())
    if forms["cli"] and not forms["cli"].startswith("#"):
        yield f"  $ {escape.terminal(forms['cli'], 20_000)}"
    if short := short_sam(fix, region):
        surplus = f"   (also allows: {', '.join(short.surplus)})" if short.surplus else ""
        yield f"  shorter in SAM: {escape.terminal(' '.join(short.text.split()))}{escape.terminal(surplus)}"


def _same(fix: Fix) -> Iterator[str]:
    yield ""
    yield f"{HEADINGS[kind(fix)]} {escape.terminal(target(fix))}: the same fix as above"


def _refused(answer: Answer) -> str:
    return f"denied ({answer})" if answer in (Answer.IMPLICIT, Answer.EXPLICIT) else str(answer)


def _proof(proof: Proof) -> str:
    gained = "nothing else" if not proof.gained else ", ".join(proof.gained[:10])
    more = f"; the managed policy also allows {len(proof.surplus)} more" if proof.surplus else ""
    words = f"proof: {_refused(proof.before)} before, {proof.after} after, gains {escape.terminal(gained)}"
    return f"{words}{more} ({proof.probes} other requests tried)"
