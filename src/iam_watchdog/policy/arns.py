"""ARN patterns in Resource and NotResource: segments, incomplete ARNs, and the forms whose reading is not documented.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
"""

from __future__ import annotations

import re

from iam_watchdog.policy.call import Call
from iam_watchdog.policy.truth import Truth
from iam_watchdog.policy.variables import Part, keys, resolve, template
from iam_watchdog.policy.wildcards import Piece, Wild, compiled, everything, expression, pieces, wild

UNTYPED = frozenset(
    {"aws-marketplace", "codecommit", "codepipeline", "execute-api", "mapcredits", "mediaconnect", "mgh", "neptune-db"}
    | {"s3", "servicequotas", "sns", "sqs", "ssm-sap", "wafv2"}
)
"""Services whose resource part does not start with a fixed type (from their ARN formats)."""
_VARIABLE = re.compile(r"\$\{[^}]*\}")
_SEPARATOR = re.compile(r"[:/]")
_COLON = re.compile(r"\$\{[^}]*\}|:")


class Pattern:
    """One entry of Resource or NotResource."""

    __slots__ = ("complete", "parts", "segments", "static", "text", "typed")

    def __init__(self, text: str, variables: bool, completes: bool) -> None:
        self.text = text
        fields = _fields(text)
        self.segments = fields[:5]
        rest = fields[5] if len(fields) > 5 else None
        # An incomplete ARN of an identity policy is completed with stars; elsewhere only if it has a wildcard.
        self.complete = rest is not None or completes or wild(text)
        self.parts: tuple[Part, ...] | None = None
        if rest is not None:
            self.parts = template(rest) if variables else pieces(rest)
        self.typed = rest is not None and _wild_type(rest) and fields[2] not in UNTYPED
        self.static = self._expressions(self.parts) if not keys(self.parts or ()) else None

    def covers(self, call: Call, sure: bool) -> Truth:
        """Does the pattern match the called resource? `sure`: also where AWS calls the usage incorrect (a Deny)."""
        found = self.static
        if found is None:
            resolved = resolve(self.parts or (), call)
            if resolved is None or resolved is False:
                return resolved
            found = self._expressions(resolved)
        strict, loose = found
        if self.complete and strict.fullmatch(call.resource):
            return None if self.typed and not sure and _has_type(call.resource) else True
        if loose is not None and loose.fullmatch(call.resource):
            return None  # Only if the star at the end of a segment really goes on beyond the colon.
        return False

    def _expressions(self, parts: tuple[Part, ...] | None) -> tuple[re.Pattern[str], re.Pattern[str] | None]:
        last = _plain(parts) if parts is not None else (Wild.STAR,)
        missing = [".*"] if parts is None else []
        segments = [expression(pieces(s), "[^:]") for s in self.segments] + ["[^:]*"] * (5 - len(self.segments))
        strict = compiled(":".join([*segments, *(missing or [expression(last)])]))
        if not any(s.endswith("*") for s in self.segments):
            return strict, None
        given = [expression(pieces(s), "[^:]", ".") for s in self.segments]
        return strict, compiled(":".join([*given, *([] if missing else [expression(last)])]))


def _plain(parts: tuple[Part, ...]) -> tuple[Piece, ...]:
    return tuple(part for part in parts if isinstance(part, str | Wild))


def _fields(text: str) -> list[str]:
    """The six fields of an ARN; the colons inside `${…}` do not separate."""
    fields: list[str] = []
    at = 0
    for found in _COLON.finditer(text):
        if found[0] == ":" and len(fields) < 5:
            fields.append(text[at : found.start()])
            at = found.end()
    return [*fields, text[at:]]


def _wild_type(rest: str) -> bool:
    """A wildcard in the resource type (`u*` for users): AWS calls it incorrect usage and leaves the result open."""
    return not everything(rest) and wild(_SEPARATOR.split(_VARIABLE.sub("", rest), maxsplit=1)[0])


def _has_type(resource: str) -> bool:
    fields = resource.split(":", 5)
    return len(fields) == 6 and _SEPARATOR.search(fields[5]) is not None


class Resources:
    """The Resource or NotResource element of one statement."""

    __slots__ = ("everything", "inverted", "literals", "open", "patterns", "texts")

    def __init__(self, texts: tuple[str, ...], *, inverted: bool, variables: bool, completes: bool) -> None:
        self.texts = texts
        self.inverted = inverted
        self.everything = any(everything(text) for text in texts)
        plain = [t for t in texts if not wild(t) and not (variables and "${" in t) and t.count(":") >= 5]
        self.literals = frozenset(plain)
        self.patterns = [
            Pattern(t, variables, completes) for t in texts if t not in self.literals and not everything(t)
        ]
        self.open = [bool(keys(p.parts or ())) for p in self.patterns]

    def match(self, call: Call, allow: bool) -> Truth:
        """Does the element cover the called resource?"""
        if self.everything or call.resource in self.literals:
            return not self.inverted
        if call.resource == "*":  # An action without resource types: only "*" names it.
            return self.inverted
        return self._beyond(call) if self.inverted else self._within(call, not allow)

    def _within(self, call: Call, sure: bool) -> Truth:
        result: Truth = False
        for pattern in self.patterns:
            covered = pattern.covers(call, sure)
            if covered:
                return True
            if covered is None:
                result = None
        return result

    def _beyond(self, call: Call) -> Truth:
        """NotResource; what a valueless variable leaves out there is not documented."""
        result: Truth = True
        for pattern, variable in zip(self.patterns, self.open, strict=True):
            covered = pattern.covers(call, False)
            if covered:
                return False
            if covered is None or (variable and _valueless(pattern, call)):
                result = None
        return result


def _valueless(pattern: Pattern, call: Call) -> bool:
    return resolve(pattern.parts or (), call) is False
