"""The answer to the founding question: every claim with its verdict, ready to be posted."""

from collections.abc import Iterator, Sequence

from derivations.verdicts import layer, net, rules
from derivations.verdicts.decision import Decision
from derivations.verdicts.sources import Source
from matcalc import Claim, names_in
from matcalc.wording import marked

CLAIMS = (*net.CLAIMS, *rules.CLAIMS, *layer.CLAIMS)


def decisions() -> list[Decision]:
    """C1 to C28, decided."""
    return sorted((decide() for decide in CLAIMS), key=lambda made: int(made.number[1:]))


class Markdown:
    """Markdown that a notebook shows as it is meant."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        return self.text


def table(made: Sequence[Decision]) -> Markdown:
    """One row a claim: what is said, the verdict, and why."""
    rows = [("claim", "source", "says", "verdict", "because")]
    rows += [(d.number, d.source, d.says, f"**{headline(d)}**", d.because) for d in made]
    return Markdown(_table(rows))


def headline(decision: Decision) -> str:
    """The verdict, with the condition it depends on."""
    first = decision.parts[0].judged
    if isinstance(first, Claim) and first.conditions:
        return marked(first.reason, names_in(first.formula, first.truth))
    return decision.verdict


def source_table(rebuilt: Sequence[Source]) -> Markdown:
    """One row a source: what is rebuilt, where, and what became of every part."""
    rows = [("source", "rebuilt", "in", "checked")]
    for source in rebuilt:
        done = f"{source.right} of {len(source.parts)} parts proved or reproduced"
        rows.append((source.number, source.what, source.where, done))
    return Markdown(_table(rows))


def details(made: Sequence[Decision]) -> Markdown:
    """Every claim that is not simply true: the mistake, the true formula, a counterexample."""
    false = (d for d in made if d.verdict != "proved")
    return Markdown("\n\n".join("\n\n".join(_section(d)) for d in false))


def _section(decision: Decision) -> Iterator[str]:
    yield f"### {decision.number} {headline(decision)}"
    yield f"“{decision.says}”"
    yield decision.because
    for part in decision.parts:
        judged = part.judged
        yield f"*{part.reading}:* {judged.reason}."
        if isinstance(judged, Claim) and judged.verdict != "proved":
            yield from _evidence(judged)


def _evidence(claim: Claim) -> Iterator[str]:
    """Claimed and true formula, and numbers that show that they are two."""
    yield f"$$\n{claim.to_latex()}\n$$"
    if claim.outcome.verdict == "disproved":
        yield f"A counterexample, the true side first:\n\n```python\n{claim.script()}```"


def _table(rows: Sequence[Sequence[str]]) -> str:
    head, *body = (f"| {' | '.join(cell.replace('|', '∣') for cell in row)} |" for row in rows)
    rule = "|" + " --- |" * len(rows[0])
    return "\n".join([head, rule, *body])
