"""Text → refusals. First the sentence, then the services' own words, then a bare denying code; else what else it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from iam_watchdog.detect import bare, clean, negatives, sieve, wrapping
from iam_watchdog.detect.sentence import Sentence, sentences
from iam_watchdog.model import DENIALS, Kind, Layer, Message

EXCERPT = 2_000
MOST = 64
"""Distinct refusals that are told of one event; nobody reads more."""
_ENCODED = re.compile(r"Encoded\s+authorization\s+failure\s+message:\s*([A-Za-z0-9_-]{20,}(?:\n[A-Za-z0-9_-]{12,})*)")
_AUTHORIZATION = re.compile(r"authorization\s+id:\s*([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})")
_SERVICE = re.compile(r"[\w-]+\.amazonaws\.com(?:\.cn)?\Z")
_ACCOUNT = re.compile(r"arn:[\w-]+:\w+:[\w-]*:(\d{12}):")


def read(text: str) -> tuple[Message, ...]:
    """All refusals in a text, in order, each once; () for everything else."""
    if not sieve.suspicious(text):
        return ()
    plain = clean.readable(text)
    found = tuple(_from_sentences(plain))
    return bare.beside(plain, found) if found else bare.read(plain)


def classify(text: str) -> Message:
    """What a text is about: its first refusal, or what else it is with the code, operation and id it names."""
    if found := read(text):
        return found[0]
    plain = clean.readable(text)
    code = wrapping.any_code(plain) or negatives.named_code(plain)
    kind = negatives.kind_of(code, plain)
    prefix = wrapping.invocation(plain, 0, len(plain))
    if kind is Kind.NOT_AWS:
        return Message(kind, request_id=prefix, excerpt=plain[:EXCERPT])
    return bare.authorizer(
        Message(
            kind,
            error_code=code or bare.leading_code(plain),
            operation=wrapping.operation(plain, 0, len(plain)),
            request_id=prefix or wrapping.service_id(plain, 0, len(plain)),
            excerpt=plain[:EXCERPT],
        ),
        plain,
    )


def _from_sentences(text: str) -> Iterator[Message]:
    told = [s for s in sentences(text) if not s.template]
    if not told or negatives.foreign_sentence(text):
        return
    firsts = _distinct(told)
    for number, said in enumerate(firsts):
        head = firsts[number - 1].end if number else 0
        tail = _line_start(text, firsts[number + 1].start, said.end) if number + 1 < len(firsts) else len(text)
        yield _message(text, said, head, tail)


def _distinct(told: list[Sentence]) -> list[Sentence]:
    """Each refusal once; one that was cut short gives way to the same one in full."""
    firsts = list({said.key: said for said in reversed(told)}.values())[::-1]
    firsts.sort(key=lambda s: s.start)
    whole = [s for s in firsts if s.action] or firsts
    kept = [s for s in whole if not any(_cut_of(s, other) for other in whole)]
    return kept[:MOST]


def _cut_of(said: Sentence, other: Sentence) -> bool:
    if said is other or said.action != other.action or said.effect or not other.end:
        return False
    mine, others = said.resource or "", other.resource or ""
    same = said.principal == other.principal or said.principal is None
    return same and others.startswith(mine) and (others != mine or other.effect is not None)


def _line_start(text: str, at: int, floor: int) -> int:
    found = text.rfind("\n", floor, at)
    return found if found >= 0 else floor + (at - floor) // 2


def _message(text: str, said: Sentence, head: int, tail: int) -> Message:
    code = wrapping.botocore(text, head, said.start)
    plain = code[0] if code else wrapping.denial_code(text, head, said.start, last=True)
    plain = plain or wrapping.denial_code(text, said.end, tail, last=False)
    message = Message(
        kind=_kind(text, said),
        principal=said.principal,
        action=said.action,
        resource=said.resource,
        effect=said.effect,
        layer=said.layer,
        policy_arn=said.policy_arn,
        error_code=plain or wrapping.handler_code(text, said.end, tail),
        operation=code[1] if code else said.operation or wrapping.operation(text, head, said.start),
        request_id=_request_id(text, head, said, tail),
        excerpt=text[said.start : said.end][:EXCERPT],
    )
    return extras(message, text, said.end, tail)


def extras(message: Message, text: str, at: int, stop: int) -> Message:
    """Add the encoded message and the authorization id that may follow a refusal."""
    encoded = _ENCODED.search(text, at, stop) if text.find("Encoded", at, stop) >= 0 else None
    granted = _AUTHORIZATION.search(text, at, stop) if text.find("authorization", at, stop) >= 0 else None
    if encoded is None and granted is None:
        return message
    return replace(
        message,
        encoded="".join(encoded.group(1).split()) if encoded else None,
        authorization_id=granted.group(1) if granted else None,
    )


def _request_id(text: str, head: int, said: Sentence, tail: int) -> str | None:
    return (
        wrapping.invocation(text, 0, said.start)
        or wrapping.service_id(text, said.end, tail)
        or wrapping.service_id(text, head, said.start)
    )


def _kind(text: str, said: Sentence) -> Kind:
    if "environment variables" in text and bare.env_kms(text):
        return Kind.LAMBDA_ENV_KMS
    if said.action and said.action.lower().startswith("lambda:invoke") and _by_service(text, said):
        return Kind.INVOKE_PERMISSION
    return Kind.IAM_DENIAL


def _by_service(text: str, said: Sentence) -> bool:
    """A service starts the function: as itself, or (Cognito) by a role of AWS's own account."""
    if said.principal and _SERVICE.match(said.principal):
        return True
    caller, owner = _ACCOUNT.match(said.principal or ""), _ACCOUNT.match(said.resource or "")
    foreign = caller and owner and caller.group(1) != owner.group(1)
    return bool(foreign and "invocation failed with error" in text[max(0, said.start - 80) : said.start])


def is_denial(message: Message) -> bool:
    """True for the five classes that the watchdog reports."""
    return message.kind in DENIALS


__all__ = ["Layer", "classify", "is_denial", "read"]
