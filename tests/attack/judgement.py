"""What has to be true after every attack: no change, nothing over-broad, nothing that acts where it is shown."""

from __future__ import annotations

import ast
import json
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass

import hcl2
import yaml

from iam_watchdog.guard import NEVER
from iam_watchdog.guard.lists import NEVER_SERVICES
from iam_watchdog.model import (
    AddInvokePermission,
    AddRoleStatements,
    Allow,
    AttachManagedPolicy,
    Denial,
    Diagnosis,
    Evidence,
    Fix,
    Incident,
    Proof,
    Proposed,
    StepKind,
)
from iam_watchdog.remedy.document import policy_document
from iam_watchdog.report import html, slack, sns, text
from iam_watchdog.report.formats import render
from iam_watchdog.report.slack_text import as_text
from iam_watchdog_cli.drawing import drawn
from tests.attack.siege import SETTINGS, Remembering, genuine, incident_of
from tests.aws.answers import ACCOUNT
from tests.fakes import NOON, FakeWorld
from tests.report.test_html import Reader, assert_inert
from tests.slack.block_kit import objections, texts

CLOSED = (
    r"arn:aws[\w-]*:logs:[\w-]+:\d{12}:log-group:[^*?$:]+:\*",
    r"arn:aws[\w-]*:secretsmanager:[\w-]+:\d{12}:secret:[^*?$]+-\?{6}",
    r"arn:aws[\w-]*:s3:::[^*?$/]+/[^*?$]*[^*?$/]/\*",
    r"arn:aws[\w-]*:dynamodb:[\w-]+:\d{12}:table/[^*?$/]+/index/\*",
)
"""DESIGN section 7's closed list, written down a second time: the guard's own would only agree with itself."""
LITERALLY = re.compile(r"\$\{[*?$]\}|\$(?!\{)")
"""How a policy writes a star, a question mark or a dollar sign that means itself: reference_policies_variables.html"""
FORBIDDEN = frozenset(action.lower() for actions in NEVER.values() for action in actions)
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\u2028\u2029\ud800-\udfff]"
)


def assert_unmoved(made: FakeWorld) -> None:
    """No hand was lifted, and nobody was even asked to lift one."""
    assert (made.hands.held, made.hands.calls) == ({}, [])
    assert isinstance(made.queue, Remembering)
    assert [step for step in made.queue.sent if step.kind is StepKind.APPLY] == []


def assert_modest(made: FakeWorld) -> None:
    """What is proposed is for the refused function's own role, exact or of the closed list, and never escalates."""
    for incident in made.facts.listing():
        found = incident.last(Proposed)
        if found is None:
            continue
        fixes = (*found.diagnosis.fixes, *found.diagnosis.instead, *(found.plan.grants if found.plan else ()))
        for fix in fixes:
            _modest(fix, incident.denial)


def _modest(fix: Fix, denial: Denial) -> None:
    if isinstance(fix, AttachManagedPolicy):
        assert fix.policy_arn.startswith("arn:aws:iam::aws:policy/service-role/AWSLambda")
    if isinstance(fix, AddInvokePermission):
        assert fix.source_arn or fix.source_account
        assert "*" not in (fix.source_arn or "").removesuffix(":*")
    if isinstance(fix, AddRoleStatements):
        assert fix.role.split(":")[4] == ACCOUNT
        for statement in fix.statements:
            _narrow(statement)
    if not isinstance(fix, AttachManagedPolicy | AddInvokePermission | AddRoleStatements):
        assert "*" not in {action for s in fix.statements for action in s.actions}


def _narrow(statement: Allow) -> None:
    for action in statement.actions:
        assert not set("*?$") & set(action), action
        assert action.lower() not in FORBIDDEN, action
        assert action.split(":")[0].lower() not in NEVER_SERVICES, action
    for written in statement.resources:
        resource = LITERALLY.sub("x", written)
        exact = not set("*?") & set(resource) and "${" not in resource
        listed = any(re.fullmatch(pattern, resource) for pattern in CLOSED)
        assert exact or listed or _knows_no_resource(resource, statement), resource


def _knows_no_resource(resource: str, statement: Allow) -> bool:
    """Network interfaces, traces and metrics have no ARN that a policy could name."""
    services = {action.split(":")[0] for action in statement.actions}
    return resource == "*" and services <= {"ec2", "xray", "cloudwatch"}


# ---------------------------------------------------------------- what people and machines are shown


@dataclass
class Shown:
    """An incident as `explain` would draw it."""

    denial: Denial
    evidence: Evidence
    diagnosis: Diagnosis
    proof: Proof | None


def assert_inert_everywhere(incidents: Iterable[Incident]) -> None:
    """Slack, mail, machines, browser, terminal and all six languages."""
    for incident in incidents:
        _slack(incident)
        _topic(incident)
        _page(incident)
        _terminal(incident)
        found = incident.last(Proposed)
        for fix in (*found.diagnosis.fixes, *found.diagnosis.instead) if found else ():
            _languages(fix)


def _slack(incident: Incident) -> None:
    posts = [slack.message(incident, SETTINGS, NOW), slack.reply(incident, SETTINGS, NOW)]
    if more := slack.other_forms(incident):
        posts.append(more)
    for post in posts:
        assert objections(post.text, post.blocks) == []
        assert "mrkdwn" not in json.dumps(post.blocks)
        assert not re.search(r"<[!@#a-zA-Z]", post.text)
        assert not UNSEEN.search("".join(texts(post.blocks)) + post.text)


def _topic(incident: Incident) -> None:
    sent = sns.publication(incident, SETTINGS, NOW)
    assert sent["Subject"].isprintable()
    assert sent["Subject"].isascii()
    assert len(json.dumps(sent).encode()) < 262_144
    for protocol, body in json.loads(sent["Message"]).items():
        assert not UNSEEN.search(body), protocol
        if protocol in sns.MACHINES:
            json.loads(body)


def _page(incident: Incident) -> None:
    page = html.page(incident, SETTINGS, NOW)
    assert_inert(Reader(page))
    assert not UNSEEN.search(page)


def _terminal(incident: Incident) -> None:
    found = incident.last(Proposed)
    said = [text.text(incident, SETTINGS, NOW), as_text(slack.message(incident, SETTINGS, NOW).blocks)]
    if found:
        shown = Shown(incident.denial, Evidence(NOW, unread=found.unread), found.diagnosis, found.proof)
        said.append(drawn(incident.denial.function, [shown]))
    assert not UNSEEN.search("".join(said))


def _languages(fix: Fix) -> None:
    forms = render(fix)
    if not any(forms.values()):
        return
    parsed = json.loads(forms["json"])
    yaml.safe_load(forms["sam"])
    yaml.safe_load(forms["cloudformation"])
    ast.parse(forms["cdk"])
    if isinstance(fix, AddRoleStatements):
        document = policy_document(fix.statements)
        assert parsed == document
        assert yaml.safe_load(forms["sam"])["Policies"] == [document]
        words = shlex.split(forms["cli"])
        assert words[:3] == ["aws", "iam", "put-role-policy"]
        assert json.loads(words[words.index("--policy-document") + 1]) == document
        assert set(hcl2.loads(forms["terraform"] + "\n")) == {"resource"}
    for line in forms["cli"].splitlines():
        assert line.startswith(("aws ", "# ", " ", "}")) or isinstance(fix, AddRoleStatements)


NOW = NOON


# ---------------------------------------------------------------- the real incident


def assert_real_one_is_told(made: FakeWorld) -> None:
    """The function's own denial is an incident of its own, understood, told, and its fix is ready."""
    real = incident_of(made, genuine())
    found = real.last(Proposed)
    assert found
    assert found.diagnosis.bound, found.diagnosis.because
    (grant,) = found.plan.grants if found.plan else ()
    assert isinstance(grant, AddRoleStatements)
    assert [(s.actions, s.resources) for s in grant.statements] == [
        (("s3:GetObject",), ("arn:aws:s3:::shop-orders/incoming/*",))
    ]
    told = [incident for incident in made.notifier.told if real.denial in incident.denials]
    assert told
    said = " ".join(text.text(told[0], SETTINGS, NOW).split())
    assert "s3:GetObject refused on arn:aws:s3:::shop-orders/incoming/" in said


def assert_repelled(made: FakeWorld) -> None:
    """All of it."""
    assert_unmoved(made)
    assert_modest(made)
    assert_inert_everywhere(i for i in made.facts.listing() if i.denial.excerpt != TRUE)


TRUE = genuine().excerpt
"""How the real one is drawn is seen once, not in every case."""
