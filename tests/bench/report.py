"""The last results, kept with the code, and the table that the README shows of them."""

import json
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.running import Case, Row, ratio
from tests.bench.workloads import WORKLOADS

KEPT = Path(__file__).parent / "last.json"
README = Path(__file__).parent.parent.parent / "README.md"
MARKS = "<!-- benchmark -->", "<!-- end of benchmark -->"
COLUMNS = ("readable", "fast", "numba", "factored", "array api, jax.jit", "array api, torch")
AGAINST = ("floor", "hand", "jax", "torch", "torch native", "torch.compile", "autograd")


def table(case: Case, rows: list[Row], base: str) -> str:
    """Every contender of a case, the quickest first."""
    timed = {row.name: row for row in rows if row.turns}
    lines = [f"### {case}", "", f"| | median | / {base} | first call | peak MB | error |"]
    lines.append("|---|---:|---:|---:|---:|---:|")
    for row in sorted(timed.values(), key=lambda row: median(row.turns)):
        part = f"{ratio(row, timed[base]):.2f}" if base in timed else ""
        cells = row.name, seconds(median(row.turns)), part, f"{row.first:.2g} s"
        what = row.failed or f"{row.error:.0e}"
        lines.append("| " + " | ".join([*cells, f"{row.megabytes:.1f}", what]) + " |")
    lines += [f"| {r.name} | {r.failed} | | | | |" for r in rows if not r.turns]
    return "\n".join(lines) + "\n"


def seconds(t: float) -> str:
    """A time with its unit."""
    return f"{1e6 * t:.1f} µs" if t < 1e-3 else f"{1e3 * t:.2f} ms" if t < 1 else f"{t:.2f} s"


def keep(case: Case, rows: list[Row], about: dict[str, str]) -> None:
    """Write the results of a case; those of others stay."""
    old = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {"cases": {}}
    cases = old["cases"] | {str(case): {"case": asdict(case), "rows": [_kept(r) for r in rows]}}
    text = json.dumps({"about": about, "cases": cases}, indent=1, ensure_ascii=False)
    KEPT.write_text(text + "\n", encoding="utf-8")


def _kept(row: Row) -> dict[str, Any]:
    turns = [float(f"{t:.4g}") for t in row.turns]
    first, error = round(row.first, 4), float(f"{row.error:.1g}")
    figures = {"turns": turns, "first": first, "megabytes": round(row.megabytes, 1), "error": error}
    return {**asdict(row), **figures}


def summary() -> str:
    """A table of ratios: each export to the quickest peer of each kind."""
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    head = ["", *AGAINST, *COLUMNS]
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * (len(head) - 1)]
    entries = {_case(entry["case"]): entry for entry in kept["cases"].values()}
    for case in sorted(entries, key=_place):
        rows = {
            r["name"]: Row(**r) for r in entries[case]["rows"] if r["turns"] and not r["failed"]
        }
        if "readable" in rows:
            base = rows["hand"] if "hand" in rows else rows["readable"]
            cells = [_part(rows.get(name), base) for name in (*AGAINST, *COLUMNS)]
            lines.append("| " + " | ".join([_title(case), *cells]) + " |")
    return "\n".join(lines) + "\n\n" + _about(kept["about"]) + "\n"


def _case(kept: dict[str, Any]) -> Case:
    return Case(**{**kept, "size": tuple(kept["size"])})


def _place(case: Case) -> tuple[Any, ...]:
    """Where a case stands among all: by workload and size, double precision on one thread first."""
    work = list(WORKLOADS).index(case.work)
    return work, case.threads, case.kept, case.dtype != "float64", case.size


def _title(case: Case) -> str:
    size = "×".join(map(str, case.size))
    told = {
        "float32": case.dtype == "float32",
        f"{case.threads} threads": case.threads > 1,
        "memory kept": case.kept,
    }
    return ", ".join([f"{case.work} {size}", *(text for text, holds in told.items() if holds)])


def _part(row: Row | None, base: Row) -> str:
    if row is None:
        return ""
    part = ratio(row, base)
    return f"{part:.2g}" if part < 100 else f"{part:.0f}"


def _about(about: dict[str, str]) -> str:
    return "; ".join(f"{name} {version}" for name, version in about.items()) + "."


def write_readme() -> None:
    """Put the table between its marks."""
    text = README.read_text(encoding="utf-8")
    before, rest = text.split(MARKS[0])
    _, after = rest.split(MARKS[1])
    README.write_text(f"{before}{MARKS[0]}\n{summary()}{MARKS[1]}{after}", encoding="utf-8")
