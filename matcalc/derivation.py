"""What a derivation is: a statement, its results, and every step between them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sympy import Expr

from matcalc.errors import ReplayError
from matcalc.latex_document import as_latex
from matcalc.page import as_html
from matcalc.plain_text import as_text
from matcalc.presentation import Document, rows
from matcalc.rewrite import Replay, Rewriter, Step

Kind = Literal["gradient", "jacobian", "chain rule", "directional"]
VERIFIERS: dict[str, Callable[..., Any]] = {}
"""What proves the steps of a derivation; the prover fills it in."""
COUNTERS: dict[str, Callable[..., Any]] = {}
"""What counts the operations of a derivation; the lowering fills it in."""


@dataclass(frozen=True)
class Result:
    """What a derivation with a single result calls it: in code, in text, in LaTeX."""

    name: str
    text: str
    latex: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Derivation:
    """The gradient of a loss by one or several parameters, with its steps.

    Attributes
    ----------
    loss : sympy.Expr or Node
        What was differentiated: a scalar, or a matrix for Jacobians.
    gradients : mapping
        From each parameter to its gradient, a node of the parameter's shape
        (for a scalar parameter a scalar).
    steps : tuple of Step
        Every use of a law: its name, where, before and after.
    notes : tuple of str
        What a reader should know, such as a parameter that does not occur.
    derive : callable, optional
        The derivation itself, given what applies the laws; `replay` runs it again.
    cotangents : mapping
        From each named intermediate the sweep went through to ∂loss/∂(intermediate).
    kind : {"gradient", "jacobian", "chain rule", "directional"}
        What the results are: gradients of the loss, Jacobians of it, gradients of a loss of which
        only the cotangent of a part is known (``loss`` is then ⟨cotangent, part⟩), or the one
        derivative along directions.
    free : mapping
        From the free parameters of each structured parameter to the derivative by them.
    forms : mapping
        From parameters to their gradient in another form, shown beside it; see
        `matcalc.vec_form.both_forms`.
    """

    loss: Expr
    gradients: Mapping[Any, Any]
    steps: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()
    derive: Callable[[Rewriter], Mapping[Any, Any]] | None = field(
        default=None, repr=False, compare=False
    )
    cotangents: Mapping[Any, Any] = field(default_factory=dict)
    kind: Kind = "gradient"
    free: Mapping[Any, Any] = field(default_factory=dict)
    forms: Mapping[Any, Any] = field(default_factory=dict)

    def __getitem__(self, parameter: Any) -> Any:
        """Gradient by one parameter, itself or its name."""
        for key, gradient in self.gradients.items():
            if key is parameter or str(key) == parameter:
                return gradient
        raise KeyError(
            f"no gradient by {parameter}; there are {', '.join(map(str, self.gradients))}"
        )

    def by_free(self, parameter: Any) -> Any:
        """Derivative by the vector of free parameters of a structured matrix.

        With vec X = B t it is Bᵀ vec G for the gradient G, and J B for a Jacobian J.

        Examples
        --------
        >>> from matcalc import gradient, logdet, matrix
        >>> S = matrix("S", "n", "n", "positive definite")
        >>> gradient(logdet(S), S).by_free(S)
        duplication(n).T @ vec(inv(S))
        """
        for x, result in self.free.items():
            if parameter in (x.parameter, str(x.parameter)):
                return result
        raise KeyError(f"{parameter} has no declared structure with free parameters")

    @property
    def value(self) -> Any:
        """The only result."""
        (result,) = self.gradients.values()
        return result

    def document(self, detail: str = "steps") -> Document:
        """Everything that is shown, row by row, as `to_text` and its likes show it."""
        results = {**self.gradients, **self.free}
        found = rows(self.loss, results, self.cotangents, self.steps, self.forms)
        return Document(self.kind, tuple(found), self.steps, self.notes, detail)

    def to_text(self, detail: str = "steps", ascii_only: bool = False) -> str:
        """The derivation in plain text.

        Parameters
        ----------
        detail : {"brief", "steps", "every"}
            Statement and results; also the cotangents with the laws that lead to them; also
            every single rewrite.
        ascii_only : bool
            Whether signs such as ∂ and × are spelled out.

        Raises
        ------
        UnsupportedInput
            For another detail; here and in the other forms.
        """
        return as_text(self.document(detail), ascii_only)

    def to_latex(self, detail: str = "steps", sizes: bool = False) -> str:
        """The derivation in LaTeX, one aligned environment without delimiters.

        Parameters
        ----------
        detail : {"brief", "steps", "every"}
            As for `to_text`.
        sizes : bool
            Whether the size of a variable or an intermediate stands below its name.
        """
        return as_latex(self.document(detail), sizes)

    def to_markdown(self, detail: str = "steps", sizes: bool = False) -> str:
        """The derivation as a math block of GitHub's Markdown; parameters as for `to_latex`."""
        return f"```math\n{self.to_latex(detail, sizes)}\n```"

    def to_html(self, detail: str = "steps", sizes: bool = False) -> str:
        """The derivation as one HTML file that shows the mathematics by itself.

        MathML, no script, nothing from the network; the rewrites behind every row fold open.

        Parameters
        ----------
        detail : {"brief", "steps", "every"}
            Statement and results; also the cotangents, with laws that fold open to their
            rewrites; the same with all of them open.
        sizes : bool
            As for `to_latex`.
        """
        return as_html(self.document(detail), sizes)

    def _repr_latex_(self) -> str:
        return f"$$\n{self.to_latex()}\n$$"

    def __str__(self) -> str:
        return self.to_text("brief")

    def with_gradient(self, parameter: Any, formula: Any) -> "Derivation":
        """The same statement with one gradient replaced, to put a formula to the test."""
        return replace(self, gradients={**self.gradients, parameter: formula}, derive=None)

    def replay(self) -> int:
        """Repeat the derivation from its steps alone; the number of steps used.

        Raises
        ------
        ReplayError
            If a step's law does not give its right side, or the steps lead elsewhere.
        """
        if self.derive is None:
            raise ReplayError("this derivation carries no steps to replay: derive it again")
        again = Replay(self.steps)
        results = self.derive(again)
        for parameter, result in {**self.gradients, **self.free}.items():
            if results[parameter] != result:
                raise ReplayError(f"the steps do not lead to the derivative by {parameter}")
        return len(again.steps)

    def verify(self) -> Any:
        """Prove every step, and the whole apart from the laws that led to it.

        Returns
        -------
        matcalc.prove.steps.Verification
            With ``ok``; ``steps``, each proved by normal form, by its law, or by exact evaluation
            only; and ``whole``, the verdict on dR = Σ ⟨∂R/∂θ, dθ⟩ with dR from the entries alone.

        Examples
        --------
        >>> from matcalc import gradient, logdet, matrix
        >>> A = matrix("A", "n", "n")
        >>> print(gradient(logdet(A), A).verify())
        dR = Σ ⟨∂R/∂θ, dθ⟩: proved from the entries alone, for all sizes
        steps: 1 by normal form
        """
        return VERIFIERS["steps"](self)

    def cost(self, typical: Mapping[Any, int] | None = None) -> Any:
        """Operations and entries, as written and as exported; prints as a table.

        Parameters
        ----------
        typical : mapping from str or sympy.Symbol to int, optional
            How large sizes typically are, as for `matcalc.lower.numpy_source`.

        Returns
        -------
        matcalc.lower.cost.Cost
            With ``naive`` and ``chosen``, counts in polynomials in the sizes, and ``at(N=…)``.

        Examples
        --------
        >>> from matcalc import column, gradient, matrix, sum
        >>> X, w, y = matrix("X", "N", "p"), column("w", "p"), column("y", "N")
        >>> found = gradient(sum((X @ w - y) ** 2), w).cost()
        >>> found.chosen.multiply_adds
        2*N*p + N
        >>> found.at(N=1000, p=10).chosen.bytes()
        216320
        """
        return COUNTERS["cost"](self, typical)
