"""The proposal on the report page: each fix in every form, as tabs that need no script."""

from __future__ import annotations

from collections.abc import Mapping

from iam_watchdog.model import Fix, Guardrail, Proposed
from iam_watchdog.remedy.arns import part
from iam_watchdog.report.fix_json import kind, target
from iam_watchdog.report.forms import NAMES, forms, short_sam
from iam_watchdog.report.markup import Markup, code, el, section
from iam_watchdog.report.outcome import nothing
from iam_watchdog.report.standing import Standing
from iam_watchdog.report.text import NOUNS, VERBS


def proposal(found: Proposed, stands: Standing = Standing.TO_DO) -> Markup:
    """What to do or what was done, what to do instead, each in every form."""
    diagnosis, region = found.diagnosis, part(found.function_arn, 3)
    verbs = VERBS if stands is Standing.TO_DO else NOUNS
    drawn = [_fix(fix, f"f{n}", region, verbs) for n, fix in enumerate(diagnosis.fixes)]
    drawn = drawn or [el("p", f"{nothing(found).capitalize()}.")]
    together = el("p", "These belong together.", class_="quiet") if len(drawn) > 1 else None
    others = [_fix(fix, f"o{n}", region, verbs) for n, fix in enumerate(diagnosis.instead)]
    or_else = "Or instead of all that" if stands is Standing.TO_DO else "What would do instead"
    instead = el("div", el("h3", or_else), *others) if others else None
    beside = [_beside(one, f"b{n}") for n, one in enumerate(diagnosis.beside)]
    return section(stands[:1].upper() + stands[1:], together, *drawn, instead, *beside, id_="fix")


def _fix(fix: Fix, name: str, region: str, verbs: Mapping[str, str]) -> Markup:
    verb = verbs.get(kind(fix))
    said = el("p", el("strong", verb), " ", el("code", target(fix))) if verb else _advice(fix)
    tabs = [part for n, form in enumerate(forms(fix).items()) for part in _form(*form, name, n == 0)]
    return el("div", said, el("div", *tabs, class_="forms") if tabs else None, _short(fix, region), class_="fix")


def _beside(one: Guardrail, name: str) -> Markup:
    head = el("h3", "Recommended beside it")
    tabs = [part for n, form in enumerate(forms(one).items()) for part in _form(*form, name, n == 0)]
    return el("div", head, el("p", one.text, " ", el("code", one.role)), el("div", *tabs, class_="forms"), class_="fix")


def _advice(fix: Fix) -> Markup:
    where = (" ", el("code", target(fix))) if target(fix) else ()
    return el("p", el("strong", "For its owner: "), getattr(fix, "text", ""), *where)


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


def _short(fix: Fix, region: str) -> Markup | None:
    short = short_sam(fix, region)
    if short is None:
        return None
    extra = ", ".join(short.surplus)
    words = f"It also allows: {extra}." if extra else "It allows nothing else."
    summary = el("summary", "The shorter SAM form people like")
    return el("details", summary, el("p", words, class_="gain more" if extra else "gain none"), el("pre", short.text))
