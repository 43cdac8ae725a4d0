"""The README says what is so: every command, parameter, alarm, tag, file and figure that it names exists."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from iam_watchdog import guard
from iam_watchdog.aws.survey import triggers
from iam_watchdog_cli import main
from iam_watchdog_cli.lab import template
from tests.bench import __main__ as bench

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
TEMPLATE: dict[str, Any] = template.load(ROOT / "template.yaml")
CODE = re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
COMMANDS = [
    *(line for block in CODE for line in block.splitlines()),
    *re.findall(r"`((?:\.venv/bin/)?iam-watchdog [^`…=]+)`", README),
]
OURS = sorted(
    {c[c.index("iam-watchdog ") :].split("#")[0].split("<")[0].strip() for c in COMMANDS if "iam-watchdog " in c}
)


@pytest.mark.parametrize("command", OURS)
def test_every_command_that_is_shown_is_understood(command: str) -> None:
    arguments = shlex.split(command)[1:]
    assert main.parser(arguments[0]).parse_args(arguments).command == arguments[0]


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:`|^|&& )make (\w+)", README, re.MULTILINE)) <= targets


def test_every_parameter_that_users_may_set_is_in_the_table_and_no_other() -> None:
    table = README[README.index("| parameter |") : README.index("`samconfig.toml` holds")]
    named = {
        name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1] if row else "")
    }
    assert named == set(TEMPLATE["Parameters"])


def test_the_defaults_in_the_table_are_the_templates() -> None:
    for row in re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", README, re.MULTILINE):
        name, default = row
        assert str(TEMPLATE["Parameters"][name]["Default"]) == default, name


def test_every_alarm_has_its_first_look_and_no_other() -> None:
    alarms = {
        r["Properties"]["AlarmName"]["Fn::Sub"].removeprefix("${AWS::StackName}-")
        for r in TEMPLATE["Resources"].values()
        if r["Type"] == "AWS::CloudWatch::Alarm"
    }
    table = README[README.index("| alarm |") : README.index("**Logs** are JSON")]
    named = {name for row in table.splitlines()[2:] if row for name in re.findall(r"`([\w-]+)`", row.split("|")[1])}
    assert named == alarms


def test_the_price_of_the_alarms_is_the_number_that_a_default_deployment_has() -> None:
    there = {None, "Trail", "WatchAccount", "TopicAlone"}
    alarms = [
        r
        for r in TEMPLATE["Resources"].values()
        if r["Type"] == "AWS::CloudWatch::Alarm" and r.get("Condition") in there
    ]
    assert f"{len(alarms)} alarms ${len(alarms) / 10:.2f}" in README


def test_every_file_in_the_layout_exists() -> None:
    layout = README[README.index("## Layout") :]
    rows = re.search(r"```\n(.*?)```", layout, re.DOTALL)
    assert rows
    for row in rows[1].splitlines():
        for path in re.split(r"\s{2,}", row)[:-1]:
            assert (ROOT / path).exists(), path


def test_every_output_that_is_named_exists() -> None:
    assert "`ApproveUrl`" in README
    assert "ApproveUrl" in TEMPLATE["Outputs"]


def test_what_the_sweep_looks_at_and_what_not_is_what_the_survey_reads() -> None:
    section = " ".join(README[README.index("## What the sweep looks at") : README.index("## Run it")].split())
    rows = re.findall(r"\| ([^|]+) \| (?:the |what decides)", section)
    assert sorted(name for row in rows[1:] for name in row.split(", ")) == sorted(triggers.SOURCES)
    listed = re.search(r"weekly digest: ([^.]+)\.", section)
    assert listed
    assert tuple(listed[1].split(", ")) == triggers.NOT_CHECKED


def test_no_placeholder_is_left() -> None:
    left = [line for line in README.splitlines() if re.fullmatch(r"[A-Z_]{4,}", line)]
    assert left == []


def test_the_message_is_one_that_the_demo_draws() -> None:
    message = README[README.index("┌─ IAM Watchdog") : README.index("└──")]
    for part in (
        "shop-reader: s3:GetObject refused",
        "Why:",
        "The way:",
        "Fix: add to the role:",
        "Gains:",
        "[ Dismiss ]",
    ):
        assert part in message


def test_the_figures_are_those_of_the_last_bench() -> None:
    text = (ROOT / "tests" / "bench" / "RESULTS.md").read_text()
    assert bench.quoted(README, text) == README
    assert "others" in bench.quoted(README, "others\n")


def test_what_an_approval_replaces_is_what_the_guard_says() -> None:
    names = list(guard.REFUSALS)
    said = re.search(r"an approval replaces those from `(\w+)` on, and `(\w+)`", README)
    assert said
    assert {*names[names.index(said[1]) :], said[2]} == guard.REPLACED_BY_APPROVAL
