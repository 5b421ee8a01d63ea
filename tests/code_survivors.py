"""Mutants of the code that no test kills, and why each does no harm."""

from tests.code_mutants import Mutant

SAME = "the same result: what else it lets through gives the same, or cannot occur"
ORDER = "the order of operands alone, which interning or simplification undoes"
SPEED = "the same result by more or less work, or more or less memory"
WORDS = "the wording of a message, a note or a name, which no result depends on"
LIMIT = "a limit that lies a little elsewhere: of work, of lengths shown, of what is tried"
EXPLAINED = (SAME, ORDER, SPEED, WORDS, LIMIT)
"""What may be said of a mutant that survives."""

DIFFERENTIAL, GRADIENT = "matcalc/differential.py", "matcalc/gradient.py"
ALGEBRA, KRONECKER = "matcalc/operators/algebra.py", "matcalc/operators/kronecker.py"
TERMS = "matcalc/prove/checker/terms.py"

PLACES: dict[tuple[str, str, str], str] = {
    (
        DIFFERENTIAL,
        "Graph.below",
        "() if isinstance(x, Symbol) else tuple(scalar_parts(x)) → "
        "() if False else tuple(scalar_parts(x))",
    ): SAME,
    (GRADIENT, "gradient", "refuse_ambiguous_names(loss, parameters) → pass"): SPEED,
    (
        GRADIENT,
        "gradient",
        "refuse_ambiguous_names(loss, parameters, *found.values()) → "
        "refuse_ambiguous_names(parameters, loss, *found.values())",
    ): WORDS,
    ("matcalc/directional.py", "vjp", "Inner(cotangent, f) → Inner(f, cotangent)"): ORDER,
    (ALGEBRA, "Product.canonical", "len(factors) > 1 → len(factors) >= 1"): SAME,
    (ALGEBRA, "_add", "Add(a, b) → Add(b, a)"): ORDER,
    (KRONECKER, "ContractRight.entry", "0 → -1"): SAME,
    ("matcalc/operators/generalised_inverses.py", "cofactors", "i + j → i - j"): SAME,
    ("matcalc/operators/matrix_functions.py", "MatrixFunction.infer", "b.rows → b.cols"): SAME,
    ("matcalc/operators/matrix_functions.py", "_short_power", "0 → -1"): SAME,
    (TERMS, "Terms.sum", "0 → -1"): LIMIT,
    (TERMS, "Terms._alike", "self._search >= 0 → self._search > 0"): LIMIT,
    (TERMS, "Terms.equal", "self.add(p, self.scaled(-1, q)) → self.add(self.scaled(-1, q), p)"): (
        ORDER
    ),
}
"""By file, function and change."""

FUNCTIONS: dict[tuple[str, str], str] = {}
"""By file and function, where it holds of every mutant that survives there."""


def reason(mutant: Mutant) -> str | None:
    """Why a mutant may survive."""
    found = PLACES.get(mutant.key)
    return found or FUNCTIONS.get((mutant.file, mutant.function))
