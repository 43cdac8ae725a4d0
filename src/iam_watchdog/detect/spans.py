"""Where a principal, a resource or a policy ARN begins and ends inside a text; AWS puts no marks round them."""

from __future__ import annotations

import re

from iam_watchdog.detect.vocabulary import has

_PIECE = (
    r"[^\s\"'`<>,;()\[\]{}\\|:$]+"
    r"|:(?: ?\.\.\. ?(?=:)|[A-Za-z]{1,20}(?: [A-Za-z]{1,20}){1,3}(?=:[\w*]))?"
    r"|<<[^<>\n]{1,60}>>|<(?!/|br|Error)[^<>\n]{1,60}>|\[(?!ERROR|INFO|WARN)[^\[\]\n]{1,60}\]|\$?\{[^{}\n]{1,60}\}|\$"
    r"|\((?!Service)[^()\n]{1,40}\)(?=[:/])|,(?=[^\s\"'`])|(?<=:)\"[\w ]{1,40}\"(?=:)"
)
"""Plain characters, or a redaction, which may hold blanks: <account id>, [id], ${ID}, (id), ` ... `, my number."""
_TOKEN = rf"(?:{_PIECE})++"
TOKEN = re.compile(_TOKEN)
_PLAIN_ARN = re.compile(
    r"arn:(?:[\w-]*:){4}[\w/.:@=+*-]*+(?<=[\w*])(?<!\*\*)(?=[\"'`);\]}|\\]|\Z| \((?!most)"
    r"|[ \n]because no [\w-]+ [\w-]|[ \n]with an explicit deny)"
)
"""An ARN without a redaction, right before what ends it in any case: the usual one, and no second look is needed."""
_UNCLOSED = re.compile(r"<(?!br|p\b|div|/)[^<>\s\"'`/]{1,60}")
"""A redaction that the text was cut in."""
_CLAUSES = (" because", " with", "\nbecause", "\nwith")
_GLUED = (("Traceback", " (most"), ("END", " RequestId"), ("START", " RequestId"), ("REPORT", " RequestId"))
_BEHIND_GLUED = (" (most", " RequestId")
NOUN = (
    r"(?:role|policy path|policy|user|group|instance profile|server certificate|mfa device|oidc-provider|saml-provider"
    r"|table|queue|topic|bucket|secret|function|key)[ \n]+"
)
_NOUNS = re.compile(NOUN)
_MORE = re.compile(rf"[ \n][a-z]+/{_TOKEN}")
_NEXT_LINE = re.compile(rf"\n[ \t]*(?!at\b|status\b|Traceback|Caused|END|START|REPORT)({_TOKEN})")
_SLASH = re.compile(rf"\n(/[\w@-]{_TOKEN})(?=[\"')]|\s+(?:because|with an explicit))")
"""The same where a path inside the ARN was broken before a slash, and the message clearly ends behind it."""
_LINE_ENDS = re.compile(r"\s*(?:$|[\"')])")
_QUOTED = {
    '"': re.compile(r'"\s*([^"]{1,2000}?)\s*"'),
    "'": re.compile(r"'(?!\s*\n) *([^']{1,2000}?)\s*'"),
    "`": re.compile(r"`(?!\s*\n) *([^`']{1,2000}?)\s*[`']"),
}
_PARTING = ('"', "'", "`", "(Service", "\n\n", "User:", " ...", "; ")
"""What no resource goes on behind."""
_LATER_QUOTE = re.compile(r'"(?=[\s*]*(?:because|with)\b)')
_BOLD = re.compile(r"(?<!\*)\*\*(?!\*)")
_SERVICE = re.compile(r"[\w-]+(?:\.[\w-]+){0,3}\.amazonaws\.com(?:\.cn)?\Z")
_NEXT_WORDS = re.compile(r" (?:\w*(?:Error|Exception)\b|(?!because\b|with\b)\w+=)")
"""What a tool prints behind a colon after a message: another error's name, or a member of its own."""


def resource(text: str, at: int, stop: int, reason: int) -> tuple[str, int] | None:
    """The resource that begins at a place and its end; reason: where the clause after it begins, or -1."""
    if (plain := _PLAIN_ARN.match(text, at, stop)) and reason == (
        plain.end() + 1 if text.startswith(_CLAUSES, plain.end()) else -1
    ):
        return plain.group(), plain.end()
    if text.startswith("**", at) and not text.startswith("***", at):
        at += 2
    if at >= stop:
        return None
    if (quote := text[at]) in _QUOTED:
        return _quoted(text, at, stop, quote)
    end = _end(text, at, stop)
    if reason > end + 1 and _one_piece(text[end:reason]):
        end = reason
    value = _trimmed(text, at, end)
    return (value, at + len(value)) if value.strip(".…") else None


def _quoted(text: str, at: int, stop: int, quote: str) -> tuple[str, int] | None:
    """S3 quotes its ARNs; an object key may itself hold a quote, so the one before the reason wins."""
    if quote == '"' and (last := _LATER_QUOTE.search(text, at + 1, min(stop, at + 2100))):
        return text[at + 1 : last.start()].strip(), last.end()
    match = _QUOTED[quote].match(text, at, stop)
    if match:
        return match.group(1), match.end()
    token = TOKEN.match(text, at + 1, stop)
    return (token.group(), token.end()) if token else None


def _end(text: str, at: int, stop: int) -> int:
    noun = _NOUNS.match(text, at, stop)
    token = TOKEN.match(text, noun.end() if noun else at, stop)
    if token is None:
        return at
    end = token.end()
    if text.startswith("arn:", at):
        end = _longer(text, at, end, stop)
    return unglued(text, at, end)


def unglued(text: str, at: int, end: int) -> int:
    """Without the first word of what a runtime prints right behind a message."""
    if not text.startswith(_BEHIND_GLUED, end):
        return end
    for word, rest in _GLUED:
        if text.endswith(word, at, end) and text.startswith(rest, end):
            return end - len(word)
    return end


def _longer(text: str, at: int, end: int, stop: int) -> int:
    """An ARN that a line break or a blank in its type cuts goes on behind it."""
    value = text[at:end]
    if value.count(":") < 5 or value.endswith("/"):
        match = _NEXT_LINE.match(text, end, stop)
        whole = match and value.count(":") < 5 <= (value + match.group(1)).count(":")
        return match.end() if match and (whole or _LINE_ENDS.match(text, match.end(), stop)) else end
    if match := _SLASH.match(text, end, stop):
        return match.end()
    if value.rsplit(":", 1)[1].isalpha() and (match := _MORE.match(text, end, stop)):
        return match.end()
    return end


def _one_piece(rest: str) -> bool:
    """True if what stands between a token and the reason still belongs to the token."""
    return not has(rest, _PARTING) or not rest.strip()


def _trimmed(text: str, at: int, end: int) -> str:
    value = text[at:end].rstrip()
    if value[-1:].isalnum():
        return value
    if value.endswith(".") and not value.endswith(".."):
        value = value[:-1]
    if value.endswith("**") and len(value) > 2 and _bold(text[max(0, at - 2_000) : at]) % 2:
        value = value[:-2]
    while value and value[-1] in ",;)]}'\"`>" and not _balanced(value):
        value = value[:-1]
    if value.endswith(".") and not value.endswith(".."):
        value = value[:-1]
    if value.endswith(":") and _NEXT_WORDS.match(text, at + len(value)):
        value = value[:-1]
    return value


def _bold(before: str) -> int:
    """How often markdown's bold begins or ends."""
    return len(_BOLD.findall(before)) if "***" in before else before.count("**")


def _balanced(value: str) -> bool:
    last = value[-1]
    opening = {")": "(", "]": "[", "}": "{", ">": "<"}.get(last)
    return opening is not None and value.count(opening) >= value.count(last)


def policy_arn(text: str, at: int, stop: int) -> tuple[str, int] | None:
    """A policy ARN, whole or as abridged by its author; the full stop after it ends the sentence."""
    token = TOKEN.match(text, at, stop)
    end = unglued(text, at, token.end()) if token else at
    if opened := _UNCLOSED.match(text, end, stop):
        end = opened.end()
    value = _FOOTNOTE.sub("", text[at:end]).rstrip("*_.,;:)\"'`")
    if "..." in (rest := text[at + len(value) : end]):
        value += rest[: rest.index("...") + 3]
    if not value.startswith(("arn", ".", "<", "$", "[")) and "/" not in value:
        return None
    return value, at + len(value)


_FOOTNOTE = re.compile(r"(?:\.\[[^\[\]]*\]|\[\d+\])\Z")
"""A mark of citation glued to the end."""
_LABELS = ("User:", "Principal:", "User ")
_COMMON = frozenset(
    {"user", "you", "function", "role", "caller", "account", "it", "principal", "service", "who", "that"}
)
_AFTER_USER = re.compile(r"\bUser [\w+=,.@-]{1,128}\Z")
_ACCOUNT_ID = re.compile(r"User with accountId:\s*\S+\Z")


def principal(text: str, start: int, end: int) -> tuple[str | None, int]:
    """Who is refused, and where the sentence begins; None when nothing names anyone."""
    window = max(start, end - 700)
    for label in _LABELS:
        at = text.rfind(label, window, end)
        if at >= 0 and (label != "User " or text[at + 5 : at + 9] in ("arn:", '"arn') or text[at + 5] in "`'\""):
            return _named(text[at + len(label) : end]), at
    return _last_word(text, window, end)


def _named(raw: str) -> str | None:
    value = raw.strip()
    if value.startswith("arn:") and value[-1].isalnum() and len(value) <= 600:
        return value
    value = value.strip("`'\"").strip()
    if value.startswith("**") and value[2:3] != "*" and value.count("**") % 2:
        value = value[2:]
    if not value.strip(".…") or len(value) > 600 or (value.count(" ") > 8 and "arn:" not in value):
        return None
    return value


def _last_word(text: str, start: int, end: int) -> tuple[str | None, int]:
    """Without a label only an ARN, a service principal, `User name` or a bracketed redaction names a caller."""
    head = text[start:end].rstrip()
    if "accountId" in head and _ACCOUNT_ID.search(head):
        return None, start + head.rfind("User")
    word = head.rsplit(None, 1)[-1] if head else ""
    word = word[max(word.rfind('"', 0, -1), word.rfind("'", 0, -1)) + 1 :]
    if (at := word.find("arn:")) >= 0:
        return word[at:].strip("`'\"*("), start + len(head) - len(word) + at
    if head.endswith(">") and start + len(head) < end and (at := head.rfind("<")) >= 0 and len(head) - at < 80:
        return head[at:], start + at
    bare = word.strip("`'\"*(")
    if "amazonaws.com" in bare and (service := _SERVICE.search(bare)):
        return service.group(), start + len(head) - len(word)
    if bare == "anonymous" or (
        "User " in head and _AFTER_USER.search(head) and bare.lower() not in _COMMON and bare.strip(".…")
    ):
        return bare, start + len(head) - len(word)
    return None, start + len(head) - len(word) if word.lower() in _COMMON else end
