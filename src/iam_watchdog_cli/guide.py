"""What the help of each subcommand teaches: what it reads, what it changes, its exit codes, and examples that run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

NO_ACCOUNT = "no credentials, no permission, or nobody answers"
NO_STACK = f"{NO_ACCOUNT}; or no such stack"
NO_FUNCTION = "bad input, no such function"
BAD_INPUT = "bad input"
INTERRUPTED = "130 interrupted"


@dataclass(frozen=True, slots=True)
class Guide:
    """The lower half of a subcommand's help."""

    reads: str
    changes: str
    exits: Mapping[int, str]
    examples: tuple[str, ...]


GUIDES: Mapping[str, Guide] = {
    "explain": Guide(
        "with your own credentials: the function, its role and every policy in play; without --message also what its\n"
        "configuration needs and its log of the last day",
        "nothing",
        {
            0: "diagnosed, or nothing found that is refused",
            1: "undecided",
            2: NO_FUNCTION,
            3: NO_ACCOUNT,
        },
        (
            "iam-watchdog explain --function orders",
            "iam-watchdog explain --function orders --message - < error.txt",
            "iam-watchdog explain --function orders --json | jq '.findings[0].fixes[0].formats.sam'",
        ),
    ),
    "parse": Guide(
        "the text that you give it, and no account",
        "nothing",
        {0: "read, whatever it holds", 2: "the file cannot be opened"},
        (
            "some-command 2>&1 | iam-watchdog parse",
            "iam-watchdog parse error.txt --json",
            "iam-watchdog parse --jsonl < messages.jsonl",
        ),
    ),
    "evaluate": Guide(
        "the cases that you give it, and no account. A case is one line of JSON:\n"
        '{"id", "request": {"principal", "action", "resource", "context"}, "identity": [policy …],\n'
        ' "boundary": policy, "session": policy, "scps": [[policy …] …], "rcps": [[policy …] …],\n'
        ' "resource_policy": policy, "vpce": [policy …]}\n'
        "What is absent is not in play. Without --jsonl one case, or a list of them, may be spread over many lines",
        "nothing",
        {
            0: "decided, whatever the answers; with --jsonl also if a line could not be read: it says so in `error`",
            2: "the file cannot be opened; without --jsonl also: a case cannot be read, or there is none",
        },
        ("iam-watchdog evaluate cases.jsonl", "iam-watchdog evaluate --jsonl < cases.jsonl"),
    ),
    "sweep": Guide(
        "with your own credentials: every function of the Region, its role, triggers and targets",
        "nothing",
        {0: "nothing is broken", 1: "something is", 2: NO_FUNCTION, 3: NO_ACCOUNT},
        ("iam-watchdog sweep", "iam-watchdog sweep --function orders --json"),
    ),
    "incidents": Guide(
        "the table of the deployed watchdog",
        "nothing",
        {0: "listed", 3: NO_STACK},
        (
            "iam-watchdog incidents",
            "iam-watchdog incidents --json | jq '.incidents[] | select(.status == \"proposed\")'",
        ),
    ),
    "undo": Guide(
        "the incident",
        "orders the deployed watchdog to restore what stood there before its change; it refuses if anybody changed\n"
        "the same thing since",
        {0: "undone", 1: "refused, or not yet", 2: "bad input, no such incident, or nothing to undo", 3: NO_STACK},
        ("iam-watchdog undo 5943f9471ff0112ce917", "iam-watchdog undo 5943f9471ff0112ce917 --wait 0"),
    ),
    "watch": Guide(
        "the functions named and the deployed stack",
        "puts one subscription filter on each function's log group (which it makes if there is none); needed only\n"
        "where WatchScope=listed",
        {0: "all are watched", 1: "AWS refused one", 2: f"{NO_FUNCTION}, or it is the watchdog's own", 3: NO_STACK},
        ("iam-watchdog watch orders refunds",),
    ),
    "unwatch": Guide(
        "the functions named",
        "removes the subscription filter that watch made, and no other",
        {0: "none is watched any more", 1: "AWS refused one", 2: NO_FUNCTION, 3: NO_STACK},
        ("iam-watchdog unwatch orders",),
    ),
    "lab": Guide(
        "no AWS account",
        "starts a process on a free loopback port, and stops it; afterwards every command finds it by itself",
        {0: "done", 1: "it could not be started"},
        ("iam-watchdog lab up --mode auto", "iam-watchdog lab up --json", "iam-watchdog lab down"),
    ),
    "demo": Guide(
        "no AWS account",
        "nothing but a lab of its own that ends with it, and the reports that it writes",
        {
            0: "every scenario ended as it should",
            1: "one did not, or the lab could not be started",
            2: "bad input, or the reports cannot be written there",
        },
        ("iam-watchdog demo", "iam-watchdog demo --only reader --reports /tmp/reports"),
    ),
    "doctor": Guide(
        "the account and, where it stands, the deployed stack; before a first deployment the account alone",
        "nothing",
        {0: "nothing fails", 1: "something does; each line says what to do", 3: NO_ACCOUNT},
        ("iam-watchdog doctor", "iam-watchdog doctor --stack my-watchdog --json"),
    ),
    "uninstall": Guide(
        "the stack, the log groups and the roles",
        "with --plan nothing; with --apply it removes the subscriptions of watch, with --grants and --data what these\n"
        "name. Run it before `sam delete`",
        {0: "done", 1: "something could not be removed", 3: NO_STACK},
        ("iam-watchdog uninstall --plan", "iam-watchdog uninstall --apply --grants"),
    ),
}


def schema(command: str) -> Path:
    """The JSON Schema of a command's output."""
    return Path(__file__).parent / "schemas" / f"{command}.json"


def epilog(command: str) -> str:
    """The lower half of a subcommand's help."""
    return "\n".join(_lines(command, GUIDES[command]))


def _lines(command: str, guide: Guide) -> Iterator[str]:
    yield f"reads:\n  {_indented(guide.reads)}"
    yield f"changes:\n  {_indented(guide.changes)}"
    yield "examples:"
    yield from (f"  {example}" for example in guide.examples)
    yield "exit codes:"
    exits = {2: BAD_INPUT, **guide.exits}
    yield from (f"  {code:<3} {exits[code]}" for code in sorted(exits))
    yield f"  {INTERRUPTED}"
    yield f"The shape of the JSON: {schema(command)}"


def _indented(text: str) -> str:
    return text.replace("\n", "\n  ")
