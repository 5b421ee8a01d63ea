"""Mutants of the code that no test kills, and why each does no harm."""

from tests.code_mutants import Mutant

SAME = "the same result: what else it lets through gives the same, or cannot occur"
ORDER = "the order of operands alone, which interning or simplification undoes"
SPEED = "the same result by more or less work, or more or less memory"
WORDS = "the wording of a message, a note or a name, which no result depends on"
AS_TRUE = "another statement that is as true, or one that the checker refuses where it need not"
LIMIT = "a limit that lies a little elsewhere: of work, of lengths shown, of what is tried"
REFUSED = "a wrong proof, which the checker refuses: the verdict is the same"
EXPLAINED = (SAME, ORDER, SPEED, WORDS, AS_TRUE, LIMIT, REFUSED)
"""What may be said of a mutant that survives."""

DIFFERENTIAL, GRADIENT = "matcalc/differential.py", "matcalc/gradient.py"
ALGEBRA, KRONECKER = "matcalc/operators/algebra.py", "matcalc/operators/kronecker.py"
PROVER, CHECKER = "matcalc/prove", "matcalc/prove/checker"
AXIOMS, LAMBDA = f"{CHECKER}/axioms.py", "Axioms._function.<locals>.<lambda>"
CONTRACTION, DEFINITIONS = f"{CHECKER}/contraction.py", f"{CHECKER}/definitions.py"
DEFINING, OPERATORS = f"{CHECKER}/defining.py", f"{CHECKER}/operators.py"
TERMS = f"{CHECKER}/terms.py"
LOWER = "matcalc/lower"

PLACES: dict[tuple[str, str, str], str] = {
    (
        DIFFERENTIAL,
        "Graph.below",
        "() if isinstance(x, Symbol) else scalar_parts(x) → () if False else scalar_parts(x)",
    ): SAME,
    (
        GRADIENT,
        "gradient",
        "refuse_ambiguous_names(loss, parameters, *found.values()) → "
        "refuse_ambiguous_names(parameters, loss, *found.values())",
    ): WORDS,
    ("matcalc/directional.py", "vjp", "Inner(cotangent, f) → Inner(f, cotangent)"): ORDER,
    (ALGEBRA, "_add", "Add(a, b) → Add(b, a)"): ORDER,
    (KRONECKER, "ContractRight.entry", "0 → -1"): SAME,
    ("matcalc/operators/scalars.py", "Trace.latex", "0 → -1"): SAME,
    ("matcalc/operators/softmax.py", "LogSumExp.latex", "0 → 1"): SAME,
    ("matcalc/operators/generalised_inverses.py", "cofactors", "i + j → i - j"): SAME,
    ("matcalc/operators/matrix_functions.py", "MatrixFunction.infer", "b.rows → b.cols"): SAME,
    ("matcalc/operators/matrix_functions.py", "_short_power", "0 → -1"): SAME,
    (AXIOMS, LAMBDA, "self.times(p, f('sign', p)) → self.times(f('sign', p), p)"): ORDER,
    (
        AXIOMS,
        LAMBDA,
        "self.add(q, f('relu', minus(p, q))) → self.add(f('relu', minus(p, q)), q)",
    ): ORDER,
    (
        AXIOMS,
        "_primes",
        "factorint(value) if value <= 10 ** 12 else {value: 1} → "
        "factorint(value) if True else {value: 1}",
    ): SPEED,
    (CONTRACTION, "_change", "0 → -1"): SAME,
    (
        CONTRACTION,
        "side_by_side",
        "if a != b and a in sizes and (b in sizes) and all((_joined(w, a, b) for w in words)) → "
        "if False",
    ): AS_TRUE,
    (CONTRACTION, "side_by_side", "_joined(w, a, b) → _joined(w, b, a)"): AS_TRUE,
    (
        DEFINING,
        "Defining._penrose",
        "(a, b) if name == 'AA⁺A = A' else (b, a) → (a, b) if False else (b, a)",
    ): AS_TRUE,
    (
        DEFINING,
        "Defining._penrose",
        "(a, b) if name == 'AA⁺A = A' else (b, a) → (a, b) if True else (b, a)",
    ): AS_TRUE,
    (DEFINING, "Defining._triangular", "1 → 0"): AS_TRUE,
    (DEFINING, "Defining._adjugate", "a.rows → a.cols"): SAME,
    (DEFINING, "Defining._mask", "if name == 'a mask is 1 on its diagonal' → if False"): AS_TRUE,
    (DEFINITIONS, "Definitions.function", "min → max"): ORDER,
    (f"{CHECKER}/digits.py", "at_least_zero", "c >= 0 → c > 0"): SAME,
    (
        f"{CHECKER}/likeness.py",
        "index_looks",
        "for h, ws, e in factors if _count(k, ws) → for h, ws, e in factors",
    ): SPEED,
    (f"{CHECKER}/likeness.py", "index_looks", "if own → if True"): SPEED,
    (OPERATORS, "Operators.stack", "True → False"): SAME,
    (OPERATORS, "Operators.item", "True → False"): SAME,
    (
        OPERATORS,
        "Operators.diag",
        "self.times(v.poly, self.deltas(((k, n + k) for k in range(n)))) → "
        "self.times(self.deltas(((k, n + k) for k in range(n))), v.poly)",
    ): ORDER,
    (OPERATORS, "Operators.entrywise", "0 → 1"): SAME,
    (
        OPERATORS,
        "Operators.unvec",
        "refined(own.rows, radix(m) + radix(n)) → refined(radix(m) + radix(n), own.rows)",
    ): ORDER,
    (
        f"{CHECKER}/relations.py",
        "Relations._step_relation",
        "self._minus(self.add(entry, other), self.constant(1)) → "
        "self._minus(self.constant(1), self.add(entry, other))",
    ): AS_TRUE,
    (TERMS, "Terms.sum", "0 → -1"): LIMIT,
    (TERMS, "Terms._alike", "self._search >= 0 → self._search > 0"): LIMIT,
    (TERMS, "Terms.equal", "self.add(p, self.scaled(-1, q)) → self.add(self.scaled(-1, q), p)"): (
        ORDER
    ),
    (
        f"{PROVER}/closing.py",
        "Closing._is_log",
        "named and e == 1 and all((i >= 0 for word in words for i in word)) → "
        "named and all((i >= 0 for word in words for i in word))",
    ): REFUSED,
    (f"{PROVER}/closing.py", "Closing._without_inverse", "e != 1 → e == 1"): LIMIT,
    (f"{PROVER}/expand.py", "Expander.needed", "0 → -1"): SAME,
    (
        f"{PROVER}/relations.py",
        "_about",
        "h == head and (exponent is None or e == exponent) → "
        "h == head or (exponent is None or e == exponent)",
    ): LIMIT,
    (
        f"{PROVER}/saturation.py",
        "Echelon.reduced",
        "len(row) + len(combination) → len(row) - len(combination)",
    ): LIMIT,
    (
        f"{PROVER}/square.py",
        "SquareRules._diagonal_line",
        "f[0] == DELTA and f[1] in wanted → f[1] in wanted",
    ): SAME,
    (
        f"{PROVER}/square.py",
        "SquareRules._swap_at",
        "len(factors) != 1 or factors[0][0] not in self.chosen → factors[0][0] not in self.chosen",
    ): SAME,
    (f"{PROVER}/heads.py", "_look", "index in word → index not in word"): SPEED,
    (f"{PROVER}/labelling.py", "canonical.<locals>.<lambda>", "0 → -1"): ORDER,
    (f"{PROVER}/forms.py", "Builder.common", "form.cols → form.rows"): SPEED,
    (f"{PROVER}/powers.py", "PowerRules.never_negative", "0 → -1"): SAME,
    (f"{PROVER}/powers.py", "PowerRules.number_of", "1 → 2"): SAME,
    (f"{PROVER}/prover.py", "quickly", "proof or refuted(a, b, seed) → refuted(a, b, seed)"): SPEED,
    (
        f"{PROVER}/saturation.py",
        "instances",
        "relation.name == POWER → relation.name != POWER",
    ): LIMIT,
    # Lowering, and the derivatives it starts from.
    (
        DIFFERENTIAL,
        "Graph.differential",
        "substitute(local, zero, inside=_varies) if zero else local → "
        "substitute(local, zero, inside=_varies) if True else local",
    ): SPEED,
    (DIFFERENTIAL, "terms", "0 → -1"): SAME,
    ("matcalc/jacobian.py", "_derive", "if isinstance(f, Node) → if True"): SPEED,
    (f"{LOWER}/broadcasting.py", "merge_lines.<locals>.merged", "1 → 0"): SPEED,
    (f"{LOWER}/entry_text.py", "_product", "0 → -1"): SAME,
    (f"{LOWER}/example.py", "_number", "3 → 2"): LIMIT,
    (
        f"{LOWER}/graph.py",
        "_operand_parts",
        "scalar_nodes(operand) if isinstance(operand, Expr) else () → "
        "scalar_nodes(operand) if True else ()",
    ): SAME,
    (f"{LOWER}/numba_source.py", "NumbaModule._compute", "0 → -1"): LIMIT,
    (f"{LOWER}/numba_source.py", "NumbaModule._size", "0 → 1"): SAME,
    (
        f"{LOWER}/reuse.py",
        "is_turned_product",
        "isinstance(value, ast.Attribute) and value.attr == 'T' → isinstance(value, ast.Attribute)",
    ): SAME,
    (f"{LOWER}/sweep_order.py", "Order.home", "0 → -1"): SAME,
}
"""By file, function and change."""

FUNCTIONS: dict[tuple[str, str], str] = {}
"""By file and function, where it holds of every mutant that survives there."""


def reason(mutant: Mutant) -> str | None:
    """Why a mutant may survive."""
    found = PLACES.get(mutant.key)
    return found or FUNCTIONS.get((mutant.file, mutant.function))
