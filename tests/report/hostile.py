"""What a stranger may make a function print, and the incident in which every field holds it."""

from __future__ import annotations

from datetime import timedelta

from iam_watchdog.model import (
    WATCHDOG,
    AddRoleStatements,
    Advice,
    Allow,
    Also,
    Change,
    Finding,
    Incident,
    Layer,
    Missed,
    Role,
    Unread,
)
from tests.report.incidents import NOW, denial, diagnosis, incident, proposed, verdict

TEXTS = (
    "<!channel> <@U1> *bold* `x` ```fence``` https://evil.example/ | <https://evil|ok>",
    "\"; DROP TABLE; ${jndi:ldap://x} ${aws:username} $(id) `id` '\\",
    "\x1b[31mred\x1b[0m\x1b]8;;http://evil\x07 \r\n\t\x00\x9b31m",
    "\u202egnp.exe\u202c \u2066x\u2069 \u200b\ufeff\u2028",
    "<script>alert(1)</script><img src=x onerror=alert(1)></title></style></pre></svg>",
    "'\"><svg/onload=alert(1)>&lt;b&gt;&#x3c;b>]]><!--",
    "A" * 1_100_000,
    "\x1b" * 50_000,
    "&" * 5_000,
    "\ud800 half a letter",
)
UNSEEN = frozenset("\x00\x07\x1b\x9b\r\u202e\u2066\u200b\ufeff\u2028\ud800")


def filled(text: str, *, advice: bool = False) -> Incident:
    """An incident with this text wherever one from outside can stand."""
    missed = Missed("resource", (text,), (text,), text)
    finding = Finding(Layer.IDENTITY, text, 0, text, "Allow", missed)
    statement = (Allow((text,), (text,), (("StringEquals", text, (text,)),)),)
    fix = Advice(Layer.RESOURCE, text, text, statement) if advice else AddRoleStatements(f"role/{text}", statement)
    found = diagnosis(fix, because=text, notes=(text,) * 9, verdict=verdict(near=(finding,), unknown=(text,)))
    hurt = proposed(
        found,
        role=Role(text, text, text, stack=text, shared_with=(text, text)),
        unread=(Unread(Layer.SCP, text, text),) * 30,
        changes=(Change(NOW - timedelta(minutes=20), text, text, text, text),),
        refusals={WATCHDOG: (text,), "person": ("tag", text)},
        also=(Also(text, denial(action=text, resource=text)),) * 5,
    )
    denied = denial(
        function=text, action=text, resource=text, excerpt=text, origin=text, qualifier=text, principal=text,
        source_arn=text, scope=text, recovered={text: text}, region=text, account=text,
    )  # fmt: skip
    return incident(hurt, of=denied)
