"""`iam-watchdog demo` and `lab up`: what they print comes from what happened, and they fail if it did not."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest

from iam_watchdog_cli import demo, main, scenarios, slack_view
from iam_watchdog_cli.lab import confined, landlock, state
from iam_watchdog_cli.scenarios import owner


def last_json(out: str) -> dict[str, list[dict[str, object]]]:
    return dict(json.loads([line for line in out.splitlines() if line.startswith("{")][-1]))


@pytest.mark.slow
def test_one_scenario_is_told_and_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["demo", "--only", "reader", "--json", "--reports", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    [played] = last_json(out)["scenarios"]
    assert (played["name"], played["rule"], played["status"]) == ("reader", "identity_missing_allow", "proposed")
    assert set(played) == {"name", "rule", "expected", "status", "seconds"}
    assert '"Action": "s3:GetObject"' in out
    assert "[ Dismiss ]" in out
    page = (tmp_path / "reader.html").read_text()
    assert "shop-reader" in page
    assert "Content-Security-Policy" in page


def test_a_sabotaged_scenario_ends_with_1_and_leaves_nothing_behind(
    lab: state.Lab, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the shim that keeps back its log lines the function is not mute: the demo has to notice."""
    state.write(lab)
    arguments = ["demo", "--only", "mute", "--json", "--without", "silent_roles", "--reports", str(tmp_path)]
    assert main.main(arguments) == 1
    out = capsys.readouterr().out
    [played] = last_json(out)["scenarios"]
    assert played["status"] == "unexpected"
    assert "NOT AS MEANT" in out
    assert state.read() == lab
    state.forget()
    assert [path for path in state.directory().glob("lab-*") if str(path) != lab.home] == []


def test_reports_that_cannot_be_written_are_refused_before_anything_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert main.main(["demo", "--reports", str(tmp_path / "file" / "x")]) == 2
    assert "--reports: " in capsys.readouterr().err


def test_up_prints_what_is_promised_and_down_ends_it(capsys: pytest.CaptureFixture[str]) -> None:
    state.forget()
    assert main.main(["lab", "up", "--mode", "propose", "--json"]) == 0
    captured = capsys.readouterr()
    assert captured.err == f"Functions in the lab are held by {confined.held(landlock.version())}.\n"
    printed = json.loads(captured.out)
    assert set(printed) == {
        *("endpoint", "region", "account", "stack", "pid", "slack_inbox", "sns_inbox", "admin"),
    }
    assert set(printed["admin"]) == {"access_key", "secret_key"}
    assert main.main(["lab", "up", "--mode", "propose", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == printed
    assert main.main(["lab", "up", "--mode", "auto"]) == 1
    assert "lab down" in capsys.readouterr().err
    assert main.main(["incidents", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"incidents": []}
    assert main.main(["lab", "down"]) == 0
    assert not state.alive(printed["pid"])
    assert not Path(printed["slack_inbox"]).exists()
    assert main.main(["lab", "down", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"stopped": None}


def test_a_drawn_message_cannot_act_in_the_terminal() -> None:
    hostile = "a\x1b[2Jb\u202ec\rd"
    runs = [{"type": "text", "text": hostile}]
    blocks = [
        {"type": "section", "text": {"type": "mrkdwn", "text": hostile}},
        {"type": "rich_text", "elements": [{"type": "rich_text_preformatted", "elements": runs}]},
        {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Apply"}}]},
    ]
    drawn = slack_view.draw({"blocks": blocks})
    assert not {"\x1b", "\u202e", "\r"} & set(drawn)
    assert "[ Apply ]" in drawn


def test_a_long_line_is_folded_beside_its_time_and_names_stay_whole() -> None:
    path = "/a-very-long/path-with-hyphens/" + "x" * 90
    assert demo.told(3.0, "short") == "  [  3.0 s] short"
    rows = demo.told(15.24, f"the report: {path}\n┌─ box").splitlines()
    assert rows == ["  [ 15.2 s] the report:", f"            {path}", "┌─ box"]


def test_an_error_of_a_function_is_shown_whole_or_seen_to_be_cut() -> None:
    assert owner.said({"errorMessage": "not allowed, on that"}) == "not allowed, on that"
    assert owner.said({"errorMessage": "x" * 700}).endswith("…")
    assert "\x1b" not in owner.said("\x1b[2J")


def test_a_drawn_message_names_who_pressed() -> None:
    run = {"type": "user", "user_id": "U0LAB000001"}
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": "by "}, run]}
    assert "by @U0LAB000001" in slack_view.draw({"blocks": [{"type": "rich_text", "elements": [section]}]})


def test_every_end_that_a_scenario_may_have_is_explained_below_the_table() -> None:
    expected = {importlib.import_module(f"{scenarios.__name__}.{name}").EXPECTED for name in scenarios.SCENARIOS}
    assert expected <= set(demo.ENDS)


def test_the_table_marks_what_did_not_end_as_meant() -> None:
    fine = demo.Outcome("a", "r", "verified", "verified", 1.0, as_meant=True)
    wrong = demo.Outcome("b", "r", "verified", "undone", 2.0, as_meant=False)
    rows = demo.table([fine, wrong]).splitlines()
    assert [row[-1] for row in rows if row.startswith(("a ", "b "))] == ["✓", "✗"]
