"""How names print: Greek letters, subscripts and accents from plain identifiers."""

import re

from matcalc.latex_subset import ESCAPED

GREEK = frozenset(
    """alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau
    upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega""".split()
)
VARIANTS = {"eps": "varepsilon", "epsilon": "varepsilon", "lam": "lambda"}
LOSS = "R"
"""What a loss is called where nothing else in it is."""
WHOLE = "the loss"
"""Where steps happen that go through no definition."""

PLAIN = re.compile(r"\w+", re.ASCII)
WORDS = re.compile(r"[\w ()\[\]'.,;:/+*=!?-]", re.ASCII)
ACCENTS = {"hat": "hat", "tilde": "tilde", "bar": "bar", "dot": "dot"}


def latex_name(name: str) -> str:
    r"""LaTeX of an identifier, in the portable subset.

    A trailing ``_hat``, ``_tilde``, ``_bar`` or ``_dot`` is an accent, other parts are subscripts.
    The name of a symbol made elsewhere may be anything: it stands as a word, without its commands.

    Examples
    --------
    >>> print(latex_name("Gamma_1"), latex_name("Z_tilde"), latex_name("mu_Z"))
    \Gamma_{1} \tilde{Z} \mu_{Z}
    >>> print(latex_name(r"a}\href{b}{$$"))
    \texttt{a??href?b??\$\$}
    """
    if not PLAIN.fullmatch(name):
        return rf"\texttt{{{''.join(map(_character, name))}}}"
    base, *rest = [part for part in name.split("_") if part] or [name]
    word = base.rstrip("0123456789")
    text = _word(word or base)
    subscripts = [base[len(word) :]] if word and word != base else []
    for part in rest:
        if part in ACCENTS:
            text = rf"\{ACCENTS[part]}{{{text}}}"
        elif part == "prime":
            text = rf"{{{text}}}^{{\prime}}"
        else:
            subscripts.append(_word(part))
    return text + (f"_{{{','.join(subscripts)}}}" if subscripts else "")


def _character(c: str) -> str:
    return f"\\{c}" if c in ESCAPED else c if WORDS.match(c) else "?"


def _word(part: str) -> str:
    if part in VARIANTS or part in GREEK:
        return "\\" + VARIANTS.get(part, part)
    return part if len(part) == 1 or part.isdigit() else rf"\mathrm{{{part}}}"
