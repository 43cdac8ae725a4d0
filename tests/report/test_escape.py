"""Text from outside for each target: what must not get through first."""

from __future__ import annotations

import html as html_library
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iam_watchdog.report import escape
from tests.report.hostile import TEXTS, UNSEEN

ANY = st.text(max_size=200)


@given(ANY)
def test_a_line_is_one_visible_line(text: str) -> None:
    """For a terminal, a log, a subject: nothing acts, nothing hides."""
    safe = escape.terminal(text)
    assert "\n" not in safe
    assert not UNSEEN & set(safe)
    assert len(safe) <= 500


def test_what_cannot_be_seen_is_written_out() -> None:
    """Dropped characters would make a forged name look like a real one."""
    assert escape.line("a\x1b[31m\u202eb\x00\n") == "a\\e[31m\\u202eb\\x00\\n"


@pytest.mark.parametrize(
    "char", ["\u202a", "\u202e", "\u2066", "\u2069", "\u200e", "\u061c", "\u200b", "\u00ad", "\ufeff"]
)
def test_bidirectional_and_invisible_characters_never_pass(char: str) -> None:
    """Trojan Source (CVE-2021-42574)."""
    assert char not in escape.lines(f"x{char}y")
    assert char not in escape.html(f"x{char}y")
    assert char not in escape.mrkdwn(f"x{char}y")


@given(ANY)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    """Letters of every script, once visible, are not touched again."""
    once = escape.line(text)
    assert escape.line(once) == once


@given(ANY)
def test_mrkdwn_holds_no_mention_link_or_formatting(text: str) -> None:
    """Slack's control characters are gone, and what is shown reads the same."""
    safe = escape.mrkdwn(text)
    assert not set("<>*_~`") & set(safe)
    assert not re.search(r"&(?!amp;|lt;|gt;)", safe)


@given(ANY, st.integers(2, 40))
def test_a_cut_leaves_no_half_entity(text: str, limit: int) -> None:
    """`&am` would be shown as such."""
    safe = escape.cap_entities(text.replace("&", "&amp;"), limit)
    assert len(safe) <= limit
    assert not re.search(r"&[a-z]*…$", safe)


@given(ANY)
def test_html_reads_back_as_the_visible_text(text: str) -> None:
    """In text and in quoted attributes alike."""
    safe = escape.html(text)
    assert not set("<>\"'") & set(safe)
    assert html_library.unescape(safe) == escape.lines(text, 4_000)


@given(ANY)
def test_a_subject_is_what_sns_takes(text: str) -> None:
    """ASCII, no line break, fewer than 100 characters, starting with a letter or digit."""
    assert re.fullmatch(r"[A-Za-z0-9][\x20-\x7e]{0,98}", escape.subject(text))


@given(ANY)
def test_a_metric_dimension_is_what_cloudwatch_takes(text: str) -> None:
    """1 to 250 printable ASCII characters, not starting with a colon."""
    assert re.fullmatch(r"[\x20-\x39\x3b-\x7e][\x20-\x7e]{0,249}", escape.metric(text))


@pytest.mark.parametrize("text", TEXTS)
def test_a_megabyte_is_cut_at_once(text: str) -> None:
    """No escape makes a capped text longer than its cap."""
    assert len(escape.line(text)) <= 500
    assert len(escape.mrkdwn(text)) <= 2_900
    assert len(escape.fallback(text)) <= 3_000
