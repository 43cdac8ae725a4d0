"""Matches CloudWatch Logs filter patterns of terms: word, "phrase", -x and ?x, and %regex%.

The emulator asks for every word of the pattern, optional or not. AWS ignores `?x` beside other terms.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

import re

_TERM = re.compile(r'([-?]?)(?:"((?:[^"\\]|\\.)*)"|%((?:[^%\\]|\\.)*)%|(\S+))')


def install() -> None:
    """Use one matcher for subscriptions, live tail and FilterLogEvents."""
    from ministack.services import cloudwatch_logs

    cloudwatch_logs._subscription_pattern_matches = matches
    cloudwatch_logs._compile_filter_pattern = lambda raw: lambda message: matches(raw, message)


def matches(pattern: str | None, message: str | None) -> bool:
    """Tell whether a pattern of terms matches one event; JSON and space-delimited patterns match nothing here."""
    pattern, message = (pattern or "").strip(), message or ""
    if not pattern:
        return True
    if pattern[0] in "{[":
        return False
    terms: dict[str, list[bool]] = {"": [], "?": [], "-": []}
    for sign, phrase, regex, word in _TERM.findall(pattern):
        found = bool(re.search(regex, message)) if regex else _unescaped(phrase or word) in message
        terms[sign].append(found)
    if terms["?"] and not terms[""] and not terms["-"]:
        return any(terms["?"])
    return all(terms[""]) and not any(terms["-"])


def _unescaped(text: str) -> str:
    return text.replace('\\"', '"')
