"""`make bench`: every figure of the README in one run, as ratios where the machine matters; asserts nothing."""

from __future__ import annotations

import importlib
import platform
import re
import sys
import sysconfig
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

BENCHES = ("bench_detect", "bench_policy", "bench_cold", "bench_diagnose", "bench_sweep", "bench_loop")
"""Each module has run(), which returns its figures by name."""
RESULTS = Path(__file__).parent / "RESULTS.md"
README = Path(__file__).parents[2] / "README.md"


def rows(chosen: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Each bench's figures; one that cannot run here says why and the others go on."""
    for name in chosen:
        started = time.perf_counter()
        try:
            figures: Mapping[str, float | str] = importlib.import_module(f"tests.bench.{name}").run()
        except Exception as why:  # noqa: BLE001 - a bench that fails is a row, not the end
            figures = {f"{name} did not run": f"{type(why).__name__}: {why}"}
        print(f"{name}: {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
        yield from ((what, written(value)) for what, value in figures.items())


def written(value: float | str) -> str:
    """Three digits that mean something."""
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def table(found: list[tuple[str, str]]) -> str:
    """The figures as Markdown."""
    machine = f"{platform.system()} {platform.machine()}, CPython {platform.python_version()} {_build()}"
    head = ["| measure | figure |", "|---|---|"]
    return "\n".join([*head, *(f"| {what} | {value} |" for what, value in found), "", f"({machine}, one run)"]) + "\n"


def _build() -> str:
    """How the interpreter was compiled: it moves every figure of pure Python by a tenth or more."""
    guided = "--enable-optimizations" in str(sysconfig.get_config_var("CONFIG_ARGS"))
    return f"compiled with{'' if guided else 'out'} profile-guided optimisation"


def quoted(readme: str, text: str) -> str:
    """The README with these figures between its marks."""
    return re.sub(r"(?s)(?<=<!-- bench -->\n).*(?=<!-- /bench -->)", lambda _: text, readme)


if __name__ == "__main__":
    wanted = tuple(sys.argv[1:]) or BENCHES
    text = table(list(rows(wanted)))
    print(text)
    if wanted == BENCHES:
        RESULTS.write_text(text)
        README.write_text(quoted(README.read_text(), text))
