"""The sweep with remembering fakes: silent on the healthy, resumable, closes what healed, sends again what stayed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from iam_watchdog import story
from iam_watchdog.expect import Feed, View
from iam_watchdog.healing import by_whom
from iam_watchdog.model import (
    Applied,
    Change,
    Evidence,
    Fact,
    Function,
    Healed,
    Layer,
    Policy,
    Role,
    Shown,
    Status,
    Trial,
    Tried,
    Witness,
    Words,
)
from iam_watchdog.ports import Page, Settings, SweepWorld
from iam_watchdog.status import derive
from iam_watchdog.sweeping import FEW, recheck, sweep
from tests.fakes import NOON, Crash, FakeWorld
from tests.report.incidents import proposed

ACCOUNT = "111122223333"
SETTINGS = Settings(account=ACCOUNT, region="us-east-1")
TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
LOGS = {
    "Effect": "Allow",
    "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
    "Resource": "*",
}
LATER = NOON + timedelta(hours=1)


def document(*statements: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def view(name: str, *statements: object, trust: object = TRUST) -> View:
    role = f"arn:aws:iam::{ACCOUNT}:role/{name}-role"
    function = Function(f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}", role, log_group=f"/aws/lambda/{name}")
    policies = [Policy(Layer.TRUST, "trust policy", document(trust), role)]
    policies += [Policy(Layer.IDENTITY, "inline/p", document(*statements), role)] if statements else []
    return View(function, tuple(policies))


@dataclass
class FakeSurveyor:
    """Pages as a test lists them; remembers from where it was asked."""

    views: list[View]
    size: int = 2
    asked: list[str] = field(default_factory=list)

    def touched(self, role: str, function: str, policy: str) -> Iterator[View]:
        for seen in self.views:
            names = (seen.function.role.rsplit("/")[-1], seen.function.name)
            if (role, function) in ((names[0], ""), ("", names[1])) or policy in [p.name for p in seen.policies]:
                yield seen

    def alone(self, function: str) -> View | None:
        return next((seen for seen in self.views if seen.function.name == function), None)

    def blind_spots(self) -> Words:
        return ("/aws/lambda/f: not subscribed",)

    def pages(self, cursor: str = "") -> Iterator[Page]:
        self.asked.append(cursor)
        for start in range(int(cursor or 0), max(len(self.views), 1), self.size):
            end = start + self.size
            yield Page(tuple(self.views[start:end]), str(end) if end < len(self.views) else "")


def world(surveyor: FakeSurveyor, settings: Settings = SETTINGS) -> tuple[SweepWorld, FakeWorld]:
    fake = FakeWorld(lambda: Evidence(NOON), settings)
    return SweepWorld(surveyor, fake.reader, fake.facts, fake.queue, fake.clock, settings), fake


def test_healthy_functions_leave_no_word() -> None:
    swept, fake = world(FakeSurveyor([view(f"f{n}", LOGS) for n in range(5)]))
    tally = sweep(swept, LATER)
    assert (tally.functions, tally.denials, tally.finished) == (5, 0, True)
    assert not fake.queue.asked


def test_a_mute_function_is_one_denial_with_a_witness_nobody_can_print() -> None:
    swept, fake = world(FakeSurveyor([view("mute"), view("well", LOGS)]))
    assert sweep(swept, LATER).sent == 1
    (incident,) = fake.facts.listing()
    assert (incident.denial.function, incident.denial.witness) == ("mute", Witness.CONFIG)
    assert incident.denial.action.startswith("logs:")
    sweep(swept, LATER)
    assert len(fake.queue.asked) == 1


def test_a_trust_policy_without_lambda_is_found() -> None:
    swept, fake = world(FakeSurveyor([view("f", LOGS, trust=TRUST | {"Principal": {"Service": "ec2.amazonaws.com"}})]))
    sweep(swept, LATER)
    assert [i.denial.action for i in fake.facts.listing()] == ["sts:AssumeRole"]


def test_our_own_functions_and_ignored_ones_are_left_alone() -> None:
    own, ignored, by_role = view("own"), view("ignored"), view("by-role")
    ignored = replace(ignored, function=replace(ignored.function, tags={"iam-watchdog": "ignore"}))
    by_role = replace(by_role, tags={by_role.function.role: {"iam-watchdog": "ignore"}})
    swept, fake = world(FakeSurveyor([own, ignored, by_role]), replace(SETTINGS, own_functions=(own.function.arn,)))
    assert sweep(swept, LATER).functions == 0
    assert not fake.facts.incidents


def test_a_sweep_out_of_time_goes_on_where_it_stopped() -> None:
    surveyor = FakeSurveyor([view(f"f{n}", LOGS) for n in range(5)])
    swept, _ = world(surveyor)
    assert not sweep(swept, NOON).finished
    assert sweep(swept, LATER).finished
    sweep(swept, LATER)
    assert surveyor.asked == ["", "2", ""]


def test_what_a_crash_left_unsent_is_sent_again() -> None:
    surveyor = FakeSurveyor([view("mute")])
    swept, fake = world(surveyor)
    fake.queue.breaks = 1
    with pytest.raises(Crash):
        sweep(swept, LATER)
    (incident,) = fake.facts.listing()
    surveyor.views = []
    fake.clock.pass_by(600)
    assert sweep(swept, LATER).resent == 1
    assert fake.queue.asked == [incident.id]
    assert incident.last(Healed) is None


def test_many_findings_of_a_first_sweep_are_one_digest() -> None:
    swept, fake = world(FakeSurveyor([view(f"mute{n}") for n in range(FEW + 3)], size=50))
    sweep(swept, LATER)
    assert len(fake.queue.asked) == len(fake.queue.quiet) == FEW + 3
    assert fake.queue.digests == ["first-sweep"]
    digest = fake.facts.digest("first-sweep")
    assert f"{FEW + 3} things" in digest.title
    assert len(digest.lines) == FEW + 3


def test_a_few_findings_are_told_one_by_one_and_later_ones_always_are() -> None:
    surveyor = FakeSurveyor([view("mute0"), view("mute1")], size=50)
    swept, fake = world(surveyor)
    sweep(swept, LATER)
    assert (len(fake.queue.asked), fake.queue.quiet, fake.queue.digests) == (2, [], [])
    surveyor.views = [view(f"later{n}") for n in range(FEW + 3)]
    sweep(swept, LATER)
    assert (len(fake.queue.asked), fake.queue.quiet) == (FEW + 5, [])


def test_a_quiet_day_has_no_digest_and_a_week_tells_its_blind_spots_once() -> None:
    swept, fake = world(FakeSurveyor([view("f", LOGS)]))
    sweep(swept, LATER)
    fake.clock.pass_by(86_400 * 7)
    for _ in range(3):
        sweep(swept, fake.clock.now() + timedelta(hours=1))
    assert fake.queue.digests == ["weekly-2026-W49"]
    assert fake.facts.digest("weekly-2026-W49").lines == ("/aws/lambda/f: not subscribed",)


def test_a_changed_role_is_looked_at_before_its_function_next_runs() -> None:
    swept, fake = world(FakeSurveyor([view("f"), view("g", LOGS)]))
    assert recheck({"requestParameters": {"roleName": "g-role"}}, swept).denials == 0
    assert recheck({"requestParameters": {"roleName": "f-role"}}, swept).denials == 1
    assert recheck({"requestParameters": None}, swept).functions == 0
    assert [i.denial.function for i in fake.facts.listing()] == ["f"]


def test_a_new_version_of_a_policy_is_looked_at_in_every_role_that_carries_it_once_it_counts() -> None:
    seen = [view("f"), view("g", LOGS), view("h")]
    carried = Policy(Layer.IDENTITY, "arn:aws:iam::111122223333:policy/shared", document(), seen[0].function.role)
    seen = [replace(one, policies=(*one.policies, carried)) for one in seen[:2]] + seen[2:]
    swept, fake = world(FakeSurveyor(seen))

    def change(name: str, **asked: object) -> dict[str, object]:
        return {"eventName": name, "requestParameters": {"policyArn": carried.name, **asked}}

    assert recheck(change("CreatePolicyVersion"), swept).functions == 0
    assert recheck(change("CreatePolicyVersion", setAsDefault=False), swept).functions == 0
    assert recheck(change("CreatePolicyVersion", setAsDefault=True), swept).functions == 2
    assert recheck(change("SetDefaultPolicyVersion", versionId="v1"), swept).functions == 2
    assert [i.denial.function for i in fake.facts.listing()] == ["f"]


def test_what_our_own_hands_took_back_is_no_news() -> None:
    swept, fake = world(FakeSurveyor([view("f")]))
    ours = f"arn:aws:iam::{ACCOUNT}:role/iam-watchdog-hands-auto-us-east-1"
    swept = replace(swept, settings=replace(SETTINGS, own_roles=(ours,)))

    def change(by: str) -> dict[str, object]:
        issuer = {"type": "Role", "arn": by}
        return {
            "requestParameters": {"roleName": "f-role"},
            "userIdentity": {"type": "AssumedRole", "sessionContext": {"sessionIssuer": issuer}},
        }

    assert recheck(change(ours), swept).functions == 0
    assert recheck(change(ours + "-not"), swept).denials == 1
    assert [i.denial.function for i in fake.facts.listing()] == ["f"]


def test_an_incident_that_the_policies_allow_by_now_is_healed() -> None:
    swept, fake = world(FakeSurveyor([view("mute")]))
    sweep(swept, LATER)
    (incident,) = fake.facts.listing()
    fake.facts.enqueued(incident)
    mended = view("mute", LOGS)
    role = Role(mended.function.role)
    fake.reader.account = lambda: Evidence(NOON, mended.function, role, policies=mended.policies)
    fake.clock.pass_by(600)
    assert sweep(replace(swept, surveyor=FakeSurveyor([mended])), LATER).healed == 1
    healed = fake.facts.load(incident.id)
    assert derive(healed, fake.clock.now()) is Status.HEALED


@pytest.mark.parametrize("heard", [(), (Shown(NOON, "C1", "1.0", "proposed x"),)])
def test_only_who_heard_of_it_hears_that_it_is_over(heard: tuple[Shown, ...]) -> None:
    """A message that stays red sends somebody to look at what was mended a week ago."""
    swept, fake = world(FakeSurveyor([view("mute")]))
    sweep(swept, LATER)
    (incident,) = fake.facts.listing()
    fake.facts.enqueued(incident)
    facts: tuple[Fact, ...] = (proposed(), *heard)
    for fact in facts:
        fake.facts.add(incident, fact)
    mended = view("mute", LOGS)
    fake.reader.account = lambda: Evidence(NOON, mended.function, Role(mended.function.role), policies=mended.policies)
    fake.clock.pass_by(600)
    fake.queue.asked.clear()
    assert sweep(replace(swept, surveyor=FakeSurveyor([mended])), LATER).healed == 1
    assert fake.queue.asked == [incident.id] * len(heard)
    story.respond(fake.facts.load(incident.id), fake.reading)
    assert [derive(told, fake.clock.now()) for told in fake.notifier.told] == [Status.HEALED] * len(heard)


def test_who_took_something_away_is_not_named_before_who_gave() -> None:
    def change(hours: int, event: str, who: str) -> Change:
        return Change(NOON + timedelta(hours=hours), who, event, "shop-role")

    given, taken, before = (
        change(1, "PutRolePolicy", "bob"),
        change(2, "DetachRolePolicy", "carol"),
        change(-1, "PutRolePolicy", "dave"),
    )
    assert by_whom((taken, given, before), NOON) == "the policies allow it now (after PutRolePolicy by bob)"
    assert by_whom((taken, before), NOON) == "the policies allow it now (after DetachRolePolicy by carol)"
    assert by_whom((before,), NOON) == "the policies allow it now"


def fed(*gaps: str, state: str = "Enabled") -> View:
    """A function whose mapping reads a queue that its role may not read."""
    queue = Feed(f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders", state)
    return replace(view("fed", LOGS), feeds=(queue,), gaps=gaps, heard=frozenset({queue.source}))


@pytest.mark.parametrize(
    ("later", "now", "healed"),
    [
        (timedelta(days=2), fed(state="Disabled"), 1),
        (timedelta(hours=2), fed(state="Disabled"), 0),
        (timedelta(days=2), fed("its mappings: AccessDenied", state="Disabled"), 0),
        (timedelta(days=2), fed(), 0),
        (timedelta(days=2), replace(fed(), role_exists=False), 0),
    ],
    ids=["switched off", "a moment ago", "not read to its end", "still there", "no role to ask for it"],
)
def test_what_nothing_asks_for_any_more_is_over_a_day_later(later: timedelta, now: View, healed: int) -> None:
    """The policies never allowed it, so that nothing else would ever close it."""
    swept, fake = world(FakeSurveyor([fed()]))
    sweep(swept, LATER)
    incidents = fake.facts.listing()
    for incident in incidents:
        fake.facts.enqueued(incident)
    fake.reader.account = lambda: Evidence(NOON, now.function, Role(now.function.role), policies=now.policies)
    fake.clock.pass_by(int(later.total_seconds()))
    assert sweep(replace(swept, surveyor=FakeSurveyor([now])), fake.clock.now() + timedelta(hours=1)).healed == healed
    assert len(incidents) == 1


def test_what_cannot_be_read_is_not_taken_for_healed() -> None:
    swept, fake = world(FakeSurveyor([view("mute")]))
    sweep(swept, LATER)
    fake.clock.pass_by(600)
    assert sweep(replace(swept, surveyor=FakeSurveyor([])), LATER).healed == 0


def test_what_the_sweep_has_just_seen_again_is_not_called_healed() -> None:
    """AWS reports it although the policies allow it: one long sweep after the other, it stays open."""
    seen = view("mute")
    surveyor = FakeSurveyor([seen])
    swept, fake = world(surveyor)
    sweep(swept, LATER)
    (incident,) = fake.facts.listing()
    fake.facts.enqueued(incident)
    mended = view("mute", LOGS)
    fake.reader.account = lambda: Evidence(NOON, mended.function, Role(mended.function.role), policies=mended.policies)
    fake.clock.pass_by(3_600)
    assert sweep(swept, fake.clock.now() + timedelta(hours=1)).healed == 0
    surveyor.views = []
    fake.clock.pass_by(3_600)
    assert sweep(swept, fake.clock.now() + timedelta(hours=1)).healed == 1


def _given_up(trial: Trial, *, seen_again: bool = False) -> tuple[SweepWorld, FakeWorld]:
    """A mute function whose fix was applied, whose trials ended so, and whose policies allow it by now."""
    swept, fake = world(FakeSurveyor([view("mute")]))
    sweep(swept, LATER)
    (incident,) = fake.facts.listing()
    fake.facts.enqueued(incident)
    applied = Applied(NOON + timedelta(minutes=1), "p", "U1")
    incident = fake.facts.add(incident, proposed())
    for fact in (applied, Tried(NOON + timedelta(minutes=9), trial, 8, final=True)):
        incident = fake.facts.add(incident, fact)
    fake.clock.pass_by(1_200)
    if seen_again:
        fake.facts.record([replace(incident.denial, at=fake.clock.now(), event_id="again")])
    mended = view("mute", LOGS)
    fake.reader.account = lambda: Evidence(NOON, mended.function, Role(mended.function.role), policies=mended.policies)
    fake.clock.pass_by(1_200)
    return replace(swept, surveyor=FakeSurveyor([mended])), fake


UNSEEN = Trial(False, "observe", "applied, not observed", clear=False)


def test_a_fix_that_was_refused_after_all_is_not_called_healed() -> None:
    swept, _ = _given_up(UNSEEN, seen_again=True)
    assert sweep(swept, NOON + timedelta(days=1)).healed == 0


def test_what_is_about_to_be_undone_is_not_called_healed() -> None:
    swept, _ = _given_up(Trial(False, "invoke", "the same", same_denial=True))
    assert sweep(swept, NOON + timedelta(days=1)).healed == 0


def test_a_fix_that_nobody_could_observe_is_over_when_the_policies_allow_it_and_nothing_was_refused_since() -> None:
    swept, fake = _given_up(UNSEEN)
    assert sweep(swept, NOON + timedelta(days=1)).healed == 1
    (incident,) = fake.facts.listing()
    assert derive(incident, fake.clock.now()) is Status.HEALED
