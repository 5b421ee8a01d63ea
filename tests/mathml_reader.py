"""MathML back as LaTeX, so that the reader of LaTeX judges it as well; no code is shared."""

from xml.etree import ElementTree

NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"
CORE = frozenset(
    """math mrow mi mn mo mtext mspace mfrac msqrt mroot msub msup msubsup munder mover munderover
    mstyle mtable mtr mtd""".split()
)
"""Elements of MathML Core that may occur."""
ACCENTS = {"^": "hat", "~": "tilde", "˙": "dot", "¯": "bar"}
GREEK = dict(
    zip(
        "αβγδεζηθικλμνξπρστυϕχψωΓΔΘΛΞΠΣΥΦΨΩ",
        """alpha beta gamma delta varepsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma
        tau upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi
        Omega""".split(),
        strict=True,
    )
)
SIGNS = {
    **{"−": "-", "⊙": r"\odot ", "⊗": r"\otimes ", "∗": r"\ast ", "×": r"\times ", "⋅": r"\cdot "},
    **{"↦": r"\mapsto ", "⊤": r"\top ", "′": r"\prime ", "∑": r"\sum", "∫": r"\int", "≤": r"\leq "},
    **{"≥": r"\geq ", "⟨": r"\langle ", "⟩": r"\rangle ", "∂": r"\partial "},
}
TABLE = r"\begin{bmatrix}"
WORDS = frozenset("exp log ln sin cos tan sinh cosh tanh det max min".split())


def latex_of(mathml):
    """LaTeX that says the same as one ``math`` element."""
    return _latex(ElementTree.fromstring(mathml))


def _latex(x):
    tag = x.tag.removeprefix(NAMESPACE)
    assert tag in CORE, f"{tag} is not in MathML Core"
    return globals().get(f"_{tag}", _inner)(x)


def _inner(x):
    parts, depth = [], 0
    for child in x:
        parts.append(_latex(child))
        bar = child.text in ("‖", "|")
        if bar:
            depth += 1
            left = depth % 2
            plain = {"‖": (r"\rVert ", r"\lVert "), "|": (r"\right|", r"\left|")}[child.text]
            parts[-1] = plain[left]
    if [child.text for child in x if child.text] == ["[", "]"] and parts[1].startswith(TABLE):
        return parts[1]
    if parts[1:] and x[0].text == "{" and parts[1].startswith(TABLE):
        return parts[1].replace("{bmatrix}", "{cases}")
    return "".join(parts).replace("[{:},", "[:,")


def _mi(x):
    text = x.text or ""
    if text in SIGNS:
        return SIGNS[text]
    if text in GREEK:
        return f"\\{GREEK[text]} "
    if len(text) == 1:
        return rf"\mathrm{{{text}}}" if x.get("mathvariant") == "normal" else text
    return f"\\{text} " if text in WORDS else rf"\mathrm{{{text}}}"


def _mn(x):
    return rf"\mathbf{{{x.text}}}" if "bold" in x.get("style", "") else x.text


def _mo(x):
    if x.text in ("(", ")", "[", "]") and (x.get("lspace") == "0" or x.get("minsize")):
        return (r"\left" if x.get("form") == "prefix" else r"\right") + x.text
    return "{:}" if x.text == ":" else SIGNS.get(x.text, x.text)


def _mtext(x):
    return rf"\text{{{x.text}}}"


def _mspace(x):
    return " "


def _mfrac(x):
    above, below = map(_latex, x)
    return rf"\frac{{{above}}}{{{below}}}"


def _msqrt(x):
    return rf"\sqrt{{{_inner(x)}}}"


def _mroot(x):
    inside, index = map(_latex, x)
    return rf"\sqrt[{index}]{{{inside}}}"


def _based(x):
    """The base of a script: in braces where it is more than a letter or a word."""
    tag = x.tag.removeprefix(NAMESPACE)
    shown = _latex(x)
    return f"{{{shown}}}" if tag in ("mrow", "msub", "msup", "msubsup", "mtable") else shown


def _msup(x):
    if _latex(x[1]).startswith(r"\prime"):
        return f"{{{_latex(x[0])}}}^{{{_latex(x[1])}}}"
    return f"{_based(x[0])}^{{{_latex(x[1])}}}"


def _msub(x):
    return f"{_based(x[0])}_{{{_latex(x[1])}}}"


def _msubsup(x):
    return f"{_based(x[0])}_{{{_latex(x[1])}}}^{{{_latex(x[2])}}}"


_munder, _munderover = _msub, _msubsup


def _mover(x):
    return rf"\{ACCENTS[x[1].text]}{{{_latex(x[0])}}}"


def _mtable(x):
    rows = [" & ".join(_inner(cell) for cell in row) for row in x]
    return TABLE + r" \\ ".join(rows) + "\\end{bmatrix}"


def _mstyle(x):
    plain = x.get("displaystyle") == "false" and x.get("scriptlevel") == "0"
    return r"\textstyle" * plain + _inner(x)
