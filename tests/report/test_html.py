"""The report page: hostile text is text, nothing is loaded, the picture has words."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iam_watchdog.model import Incident, Witness
from iam_watchdog.report.html import page
from tests.report.hostile import TEXTS, UNSEEN, filled
from tests.report.incidents import NOW, SETTINGS, advice, denial, diagnosis, incident, proposed


class Reader(HTMLParser):
    """Collects elements, attributes and text as a browser's parser would see them."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inside: dict[str, str] = {}
        self.words = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        tag = self._open[-1] if self._open else ""
        self.inside[tag] = self.inside.get(tag, "") + data
        self.words += data


HTML = frozenset(
    [
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "header",
        "p",
        "span",
        "h1",
        "h2",
        "h3",
        "h4",
        "ul",
        "ol",
        "li",
        "main",
        "section",
        "strong",
        "code",
        "div",
        "input",
        "label",
        "button",
        "pre",
        "table",
        "tbody",
        "tr",
        "th",
        "td",
        "time",
        "footer",
        "script",
        "details",
        "summary",
        "svg",
        "desc",
        "g",
        "rect",
        "circle",
        "line",
        "text",
    ]
)
LOADING = frozenset({"src", "href", "srcset", "action", "formaction", "data", "poster", "background", "xlink:href"})


def read(of: Incident) -> Reader:
    return Reader(page(of, SETTINGS, NOW))


def assert_inert(reader: Reader) -> None:
    """Only our own elements, one script, nothing that loads, no handler and no inline style."""
    assert {tag for tag, _ in reader.elements} <= HTML
    assert [tag for tag, _ in reader.elements].count("script") == 1
    names = {name for _, attributes in reader.elements for name in attributes}
    assert not names & LOADING
    assert not [name for name in names if name.startswith("on") or name == "style"]


@pytest.mark.parametrize("advised", [False, True])
@pytest.mark.parametrize("text", TEXTS)
def test_hostile_text_is_text_wherever_it_stands(text: str, advised: bool) -> None:
    """Every field that a stranger may fill, filled; and nothing that acts without being seen."""
    drawn = page(filled(text, advice=advised), SETTINGS, NOW)
    assert_inert(Reader(drawn))
    assert not UNSEEN & set(drawn)
    assert len(drawn) < 3_000_000


@given(st.text(max_size=60))
def test_any_text_is_text(text: str) -> None:
    """Whatever it holds."""
    assert_inert(read(filled(text)))


def test_a_page_without_a_diagnosis_is_a_page() -> None:
    """The incident is known before its cause."""
    reader = read(incident())
    assert_inert(reader)
    assert "not diagnosed yet" in reader.words


def test_the_policy_names_the_style_and_the_script_by_their_hashes() -> None:
    """A changed byte and the browser runs neither."""
    reader = read(incident(proposed()))
    policy = next(a["content"] for tag, a in reader.elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy
    assert policy.startswith("default-src 'none'; ")
    for part, tag in (("style-src", "style"), ("script-src", "script")):
        digest = base64.b64encode(hashlib.sha256(reader.inside[tag].encode()).digest()).decode()
        assert f"{part} 'sha256-{digest}'" in policy
    assert not re.search(r"unsafe-|\bhttps?:", policy)


def test_the_picture_has_words_for_who_cannot_see_it() -> None:
    """Title and description, and a list of the gates below."""
    reader = read(incident(proposed()))
    pictures = [a for tag, a in reader.elements if tag == "svg"]
    assert [a["role"] for a in pictures] == ["img", "img"]
    ids = {a.get("id") for _, a in reader.elements}
    assert all(name in ids for a in pictures for name in str(a["aria-labelledby"]).split())
    assert "The call stops at the role's policies." in reader.words
    assert "Nearest: Allow in inline/data, statement 1 (ReadOrders)" in reader.words


def test_every_form_of_the_fix_stands_on_the_page_with_a_button_to_copy_it() -> None:
    """Tabs that need no script; the copy buttons appear with one."""
    reader = read(incident(proposed()))
    copies = [str(a["data-copies"]) for tag, a in reader.elements if tag == "button"]
    assert copies == [f"f0-{form}-text" for form in ("json", "sam", "cloudformation", "cli", "terraform", "cdk")]
    ids = [a["id"] for _, a in reader.elements if "id" in a]
    assert len(ids) == len(set(ids))
    assert set(copies) <= set(ids)


def test_advice_says_whose_it_is_and_draws_no_proof() -> None:
    """Nothing to apply: nothing about who may."""
    words = read(incident(proposed(diagnosis(advice())))).words
    assert "For its owner:" in words
    assert "Who may apply it" not in words
    assert "Proof" not in words


def test_a_log_witness_is_named_before_anything_else() -> None:
    """Whoever can make the function print can print a perfect denial."""
    words = read(incident(proposed(), of=denial(witness=Witness.LOG))).words
    assert words.index("Only this function's own log claims this.") < words.index("Why")
