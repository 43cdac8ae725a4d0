"""The report page: one file that loads nothing and runs nothing but what its own policy names by hash.

https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/CSP
"""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from functools import cache
from importlib import resources

from iam_watchdog.happened import background
from iam_watchdog.model import Incident, Proposed, Status
from iam_watchdog.ports import Settings
from iam_watchdog.report import evidence, outcome, sections, words
from iam_watchdog.report.markup import Markup, el, join
from iam_watchdog.report.text import mail_subject
from iam_watchdog.status import derive

NAMES = {
    Status.OPEN: "not diagnosed yet",
    Status.PROPOSED: "fix proposed",
    Status.ADVISED: "advice for an owner",
    Status.APPROVED: "approved",
    Status.APPLIED: "applied, being tried",
    Status.NOT_YET: "not verified yet",
    Status.VERIFIED: "fixed, verified",
    Status.UNDONE: "taken back",
    Status.DISMISSED: "dismissed",
    Status.SNOOZED: "snoozed",
    Status.HEALED: "over",
    Status.STALE: "not applied",
    Status.FAILED: "needs a person",
}
OVER = frozenset({Status.VERIFIED, Status.HEALED})
_TONES = {Status.VERIFIED: " good", Status.HEALED: " good"} | dict.fromkeys(
    (Status.APPROVED, Status.APPLIED, Status.NOT_YET, Status.SNOOZED, Status.DISMISSED), " wait"
)


def page(incident: Incident, settings: Settings, now: datetime) -> str:
    """The whole page as it stands at `now`."""
    found = incident.last(Proposed)
    parts = [
        sections.claim(incident),
        sections.result(incident, now),
        *(sections.diagnosed(incident, found, settings, now) if found else []),
    ]
    parts += [evidence.history(incident), evidence.evidence(incident, found)]
    body = join(_top(incident, settings, now), el("main", *parts), _foot(incident, settings, now))
    title = mail_subject(incident, now)
    return f"<!doctype html>\n{el('html', _head(title), el('body', body, _script()), lang='en')}\n"


@cache
def _read(name: str) -> Markup:
    """Our own style or script, as it lies beside this file."""
    return Markup(resources.files(__package__).joinpath(name).read_text(encoding="utf-8"))


def _hash(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


@cache
def policy() -> str:
    """Nothing is loaded, sent or framed; the one style and the one script are those with these hashes."""
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src {_hash(_read('page.css'))}",
            f"script-src {_hash(_read('page.js'))}",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
        )
    )


def _head(title: str) -> Markup:
    return el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=policy()),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="referrer", content="no-referrer"),
        el("meta", name="robots", content="noindex"),
        el("title", title),
        el("style", _read("page.css")),
    )


def _script() -> Markup:
    return el("script", _read("page.js"))


def _top(incident: Incident, settings: Settings, now: datetime) -> Markup:
    denial, status = incident.denial, derive(incident, now)
    pill = el("span", NAMES[status], class_=f"pill{_TONES.get(status, '')}")
    found = incident.last(Proposed)
    rule = el("span", found.diagnosis.rule.replace("_", " ")) if found else None
    brand = el("p", pill, rule, el("span", f"incident {incident.id}, cycle {incident.cycle}"), class_="brand")
    headline = el("h1", f"{words.name(denial)}: {words.refused(denial)}")
    still = words.still(incident, now)
    look = "over" if status in OVER else "going" if still.startswith("still") else None
    facts = [
        (f"{words.account(denial, settings)} {denial.region}", None),
        (words.often(incident, now), None),
        (still, look),
        (words.changed(incident), None),
        *((said, None) for said in background(incident)),
        (outcome.ready(incident, settings, now), "next"),
    ]
    listed = el("ul", *(el("li", said, class_=look) for said, look in facts if said), class_="facts")
    return el("header", brand, headline, listed, class_="top")


def _foot(incident: Incident, settings: Settings, now: datetime) -> Markup:
    drawn = f"Drawn {now:%Y-%m-%d %H:%M:%S} UTC by the IAM Watchdog stack {settings.stack} in {settings.region}."
    return el(
        "footer",
        el("p", f"{drawn} Incident {incident.id}, cycle {incident.cycle}. Nothing here loads or sends anything."),
    )
