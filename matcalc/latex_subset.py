"""The commands of LaTeX that matcalc prints, all of them known to every host that shows it."""

LETTERS = dict(
    zip(
        r"""alpha beta gamma delta epsilon varepsilon zeta eta theta iota kappa lambda mu nu xi pi
        rho sigma tau upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi
        Omega partial ell infty""".split(),
        "αβγδϵεζηθικλμνξπρστυϕχψωΓΔΘΛΞΠΣΥΦΨΩ∂ℓ∞",
        strict=True,
    )
)
SIGNS = dict(
    zip(
        r"""odot otimes oplus oslash ast times cdot circ pm le leq ge geq ne neq to mapsto in prime
        top mid wedge vee neg sim approx ldots cdots colon""".split(),
        "⊙⊗⊕⊘∗×⋅∘±≤≤≥≥≠≠→↦∈′⊤∣∧∨¬∼≈…⋯:",
        strict=True,
    )
)
BIG = {"sum": "∑", "prod": "∏", "int": "∫"}
FENCES = {
    **{"langle": "⟨", "rangle": "⟩", "lVert": "‖", "rVert": "‖", "lvert": "|", "rvert": "|"},
    **{"lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "{": "{", "}": "}", "|": "‖"},
}
WORDS = frozenset(
    """exp log ln sin cos tan sec csc cot sinh cosh tanh coth arcsin arccos arctan max min det dim
    lim sup inf Pr arg""".split()
)
ACCENTS = {"hat": "^", "tilde": "~", "bar": "¯", "dot": "˙", "overline": "¯"}
FONTS = ("mathrm", "mathbf", "boldsymbol", "mathbb", "texttt", "text")
"""What is set upright, bold, double-struck, or as words."""
STYLES = ("displaystyle", "textstyle", "scriptstyle")
SPACES = {",": 3, ":": 4, ">": 4, ";": 5, "!": -3, " ": 4, "quad": 18, "qquad": 36}
"""Widths in eighteenths of an em."""
SIZES = ("bigl", "bigr", "Bigl", "Bigr", "big", "Big")
TABLES = ("aligned", "gathered", "bmatrix", "matrix", "cases", "array")
ESCAPED = frozenset("_#%&$")
OPERATORS = frozenset(SIGNS) - {"prime", "top", "ldots", "cdots"}
OPENERS, CLOSERS = frozenset("([⟨⌊⌈"), frozenset(")]⟩⌋⌉")
