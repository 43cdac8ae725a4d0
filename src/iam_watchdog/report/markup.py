"""HTML that cannot be forgotten to be escaped: elements are built, every plain string in them is text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from iam_watchdog.report.escape import html

VOID = frozenset({"meta", "input", "br", "hr", "path", "line", "rect", "circle", "use"})
_NAME = re.compile(r"[a-z][A-Za-z0-9-]*\Z")


class Markup(str):
    """A piece of finished HTML; whatever is not one is escaped."""

    __slots__ = ()


LONGEST = 40_000
"""Characters of one text: more than the longest policy, less than a page that no browser opens."""

type Child = str | Markup | None


def el(name: str, /, *children: Child, **attributes: str | bool | int | None) -> Markup:
    """One element; `class_` is class, `aria_label` is aria-label; an attribute that is None or False is left out."""
    given = "".join(_attribute(key, value) for key, value in attributes.items() if value is not None)
    if name in VOID and not children:
        return Markup(f"<{name}{given}/>" if name in {"path", "line", "rect", "circle", "use"} else f"<{name}{given}>")
    return Markup(f"<{name}{given}>{join(*children)}</{name}>")


def join(*children: Child) -> Markup:
    """Children one after another, each escaped unless it is markup."""
    return Markup("".join(c if isinstance(c, Markup) else html(c) for c in children if c))


def code(text: str) -> Markup:
    """A whole document as text."""
    return Markup(html(text, LONGEST))


def _attribute(key: str, value: str | bool | int) -> str:
    name = key.rstrip("_").replace("_", "-") if not key.startswith("viewBox") else key
    if not _NAME.match(name):
        raise ValueError(f"attribute {name!r}: attribute names are ours, never a stranger's")
    if value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{html(value, 4_000)}"'


def section(heading: str, *children: Markup | str | None, id_: str) -> Markup:
    """A part of the page with its heading."""
    return el("section", el("h2", heading, id=id_), *children, aria_labelledby=id_)


def items(values: Sequence[str]) -> Markup | None:
    """A plain list, nothing for none."""
    return el("ul", *(el("li", value) for value in values)) if values else None
