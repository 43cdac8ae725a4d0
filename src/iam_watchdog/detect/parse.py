"""Text → refusals. First the sentence, then the services' own words, then a bare denying code; else what else it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from iam_watchdog.detect import bare, blobs, clean, codes, marks, negatives, several, sieve, wrapping
from iam_watchdog.detect.draft import Draft
from iam_watchdog.detect.sentence import sentences
from iam_watchdog.detect.usual import Sentence
from iam_watchdog.model import Kind, Message

EXCERPT = 2_000
_DENIAL = Kind.IAM_DENIAL
MOST = 64
"""Distinct refusals that are told of one event; nobody reads more."""
_SERVICE = re.compile(r"[\w-]+\.amazonaws\.com(?:\.cn)?\Z")
_PATTERN = re.compile(r"%(?:[svdq]|\()|\.\*|\[\^|(?:\A|\\)S\+")
"""Source code that writes or reads such sentences: `User: %s is …`, `User: (.*) is …`."""
_OTHERS = ("acs:", "iam::", "sts::")
_LEAST = 11
"""Characters of the shortest code or request id: in less there is none."""
_TOLD_APART = ("kms:", "KMS:", "lambda:", "Lambda:")
"""Actions of which there are refusals of another kind."""
_ACCOUNT = re.compile(r"arn:[\w-]+:\w+:[\w-]*:(\d{12}):")


def read(text: str) -> tuple[Message, ...]:
    """All refusals in a text, in order, each once; () for everything else."""
    if not sieve.suspicious(text) and not ("\n" in text and sieve.suspicious(text.replace("\n", ""))):
        return ()
    plain = clean.readable(text)
    said = sentences(plain)
    if not said:
        return several.read(plain)
    if len(said) > 1:
        told = tuple(_messages(plain, _distinct([each for each in said if not _stranger(plain, each)])))
    else:
        told = () if _stranger(plain, said[0]) else (_message(plain, said[0], 0, len(plain)),)
    return several.beside(plain, told) if told and "when calling the" in plain else told


def classify(text: str) -> Message:
    """What a text is about: its first refusal, or what else it is with the code, operation and id it names."""
    if found := read(text):
        return found[0]
    plain = clean.readable(text)
    code = codes.any_of(plain) or negatives.named_code(plain) or codes.leading(plain)
    code = code or codes.first(plain, 0, len(plain))
    kind = negatives.kind_of(code, plain)
    prefix = wrapping.invocation(plain, 0, len(plain))
    if kind is Kind.NOT_AWS:
        return Message(kind, request_id=prefix, excerpt=plain[:EXCERPT])
    return bare.authorizer(
        Message(
            kind,
            error_code=code,
            operation=wrapping.operation(plain, 0, len(plain)),
            request_id=prefix or wrapping.service_id(plain, 0, len(plain)),
            excerpt=plain[:EXCERPT],
        ),
        plain,
    )


def _stranger(text: str, said: Sentence) -> bool:
    """True for Huawei's and LocalStack's words, and for an application's own `not authorized to perform PlaceOrder`."""
    if principal := said.principal:
        if principal[:7] != "arn:aws" and ("assumed-agency" in principal or principal.startswith(_OTHERS)):
            return True
        # Such code holds one of these signs; hardly any caller does.
        if ("%" in principal or "*" in principal or "^" in principal or "+" in principal) and _PATTERN.search(
            principal
        ):
            return True
    if said.operation is not None and not marks.marked(text):
        return True
    return text.find("inline policy:", said.end, said.end + 60) >= 0


def _distinct(told: list[Sentence]) -> list[Sentence]:
    """Each refusal once; one that was cut short gives way to the same one in full."""
    firsts: dict[str, Sentence] = {}
    for said in told:
        firsts.setdefault(said.key, said)
    whole = [s for s in firsts.values() if s.action] or list(firsts.values())
    return [s for s in whole[:MOST] if not any(_cut_of(s, other) for other in whole[:MOST])]


def _cut_of(said: Sentence, other: Sentence) -> bool:
    """True if `said` is the beginning of `other`: a client cut its body, the whole text follows."""
    if said is other or said.effect or (said.principal not in (None, other.principal)):
        return False
    mine, others = said.resource or "", other.resource or ""
    if said.action != other.action:
        return not mine and bool(said.action and other.action and other.action.startswith(said.action))
    return others.startswith(mine) and (others != mine or other.effect is not None)


def _messages(text: str, told: Sequence[Sentence]) -> Iterator[Message]:
    """Each sentence with its own wrapping: never the code or id of the one before or after it."""
    head = 0
    for number, said in enumerate(told):
        tail = len(text)
        if number + 1 < len(told):
            tail = several.head_of(text, told[number + 1].start, said.end)
        yield _message(text, said, head, max(tail, said.end))
        head = max(tail, said.end)


def _message(text: str, said: Sentence, head: int, tail: int) -> Message:
    """A sentence with what stands round it; each search waits for a word that it needs."""
    start, spoken, code, operation = said.start, said.spoken, None, said.operation
    before = text[:start] if start >= _LEAST else ""
    behind = text[spoken:tail] if tail - spoken >= _LEAST else ""
    encoded = granted = request = None
    asked = "equest" in before
    if before:
        code, operation = _called(text, said, head, before)
        if "Z" in before or (asked and "RequestId: " in before):
            request = wrapping.invocation(text, 0, start)
    if behind:
        if "authorization" in behind:
            encoded, granted = blobs.find(text, spoken, tail)
        if code is None:
            code = codes.behind(text, spoken, tail)
        if request is None and "equest" in behind:
            request = wrapping.service_id(text, spoken, tail)
    if request is None and asked:
        request = wrapping.service_id(text, head, start)
    told = Draft()
    told.action = action = said.action
    told.kind = _kind(text, said) if action is None or action.startswith(_TOLD_APART) else _DENIAL
    told.principal = said.principal
    told.resource = said.resource
    told.effect = said.effect
    told.layer = said.layer
    told.policy_arn = said.policy_arn
    told.encoded = encoded
    told.authorization_id = granted
    told.error_code = code
    told.operation = operation
    told.request_id = request
    told.excerpt = text[start : min(spoken, start + EXCERPT)]
    told.__class__ = Message  # type: ignore[assignment]
    return told  # type: ignore[return-value]


def _called(text: str, said: Sentence, head: int, before: str) -> tuple[str | None, str | None]:
    """The code and the operation that stand before a sentence."""
    if "when" in before and (call := wrapping.botocore(text, head, said.start)):
        return call
    operation = said.operation
    if operation is None and ("operation" in before or "Error executing" in before):
        operation = wrapping.other_operation(text, head, said.start)
    return codes.before(text, head, said.start), operation


def _kind(text: str, said: Sentence) -> Kind:
    action = (said.action or "kms:").lower()
    if action.startswith("kms:") and "environment variables" in text and bare.env_kms(text):
        return Kind.LAMBDA_ENV_KMS
    if action.startswith("lambda:invoke") and _by_service(text, said):
        return Kind.INVOKE_PERMISSION
    return _DENIAL


def _by_service(text: str, said: Sentence) -> bool:
    """A service starts the function: as itself, or (Cognito) by a role of AWS's own account."""
    if said.principal and _SERVICE.match(said.principal):
        return True
    caller, owner = _ACCOUNT.match(said.principal or ""), _ACCOUNT.match(said.resource or "")
    other = caller and owner and caller.group(1) != owner.group(1)
    return bool(other and "invocation failed with error" in text[max(0, said.start - 80) : said.start])
