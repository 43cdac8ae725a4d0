"""Every fact and trait that a reader can say is listed with its meaning, and no listed one is never said."""

from __future__ import annotations

import re
from pathlib import Path

import iam_watchdog.aws
from iam_watchdog.aws.read import known

HERE = Path(iam_watchdog.aws.__file__).parent
FILES = [
    *(HERE / "read").glob("*.py"),
    *(HERE / f"{name}.py" for name in ("authorization", "confirm", "decode", "makers", "called")),
]
SOURCE = "\n".join(path.read_text() for path in FILES if path.name != "known.py")


def test_every_fact_that_is_said_is_listed() -> None:
    said = set(re.findall(r'facts(?:=|\.get\(|\[)\{?"(\w+)"', SOURCE))
    said |= {
        name
        for part in re.findall(r"facts[^\n]*=[^\n]*\{([^\n}]*)\}", SOURCE)
        for name in re.findall(r'"(\w+)":', part)
    }
    assert said
    assert said <= set(known.FACTS)


def test_every_listed_fact_and_trait_is_said_somewhere() -> None:
    names = [*known.FACTS, *known.TRAITS]
    unsaid = [name for name in names if f'"{name.split("<")[0].rstrip(":")}' not in SOURCE and f"{name}=" not in SOURCE]
    assert [name for name in unsaid if not name.startswith(("document:", "validation_"))] == []


def test_every_trait_that_is_said_is_listed() -> None:
    said = {
        name for part in re.findall(r"traits=?[^\n]*\{([^\n}]*)\}", SOURCE) for name in re.findall(r'"(\w+)":', part)
    }
    said |= set(re.findall(r"_traits\(bucket, (\w+)=", SOURCE)) | set(re.findall(r'traits\["(\w+)"\]', SOURCE))
    assert said
    assert said <= set(known.TRAITS)
