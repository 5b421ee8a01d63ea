"""Arguments of the command line, with examples in every help text."""

import argparse
from typing import Any

from matcalc.check import DTYPES
from matcalc.command import derive, prove, tables
from matcalc.command.completions import SHELLS, run_completions
from matcalc.prove.prover import BUDGET
from matcalc.version import __version__

CODES = """exit codes: 0 proved or done, 1 disproved or failed, 2 wrong usage or input, 3 undecided,
130 interrupted"""
SHAPES = """names are declared by their sizes, after the expression:
  --shape X:N,p w:p            a matrix and a column
  --shape S:n,n:symmetric      facts after a second colon; several with commas
  --shape v:n*(n+1)/2          sizes are polynomials
  --shape lam::positive i::index a::function k::size
                               a scalar, an index, an abstract function, a size; c: is any scalar
or in a file of Python lines, read and never run:
  X, w = matrix("X", "N", "p"), column("w", "p")
  Z = let("Z", X @ w)
  sum(Z**2)"""
EXAMPLES = {
    "derive": """examples:
  matcalc derive "sum((X @ w - y)**2)" --wrt w --shape X:N,p w:p y:N
  matcalc derive "logdet(S)" --wrt S --shape S:n,n:positive-definite --format latex
  matcalc derive "squared_norm(T - U @ V.T)" --hessian --wrt U --shape T:m,n U:m,k V:n,k
  matcalc derive --file loss.py --wrt w --format json --verify""",
    "prove": """examples:
  matcalc prove "trace(A @ B)" "trace(B @ A)" --shape A:m,n B:n,m
  matcalc prove --loss "w.T @ A @ w" --wrt w --formula "2 * A @ w" --shape A:p,p w:p
  matcalc prove --loss "trace(A @ A)" --wrt A --shape A:p,p --formula 2*A.T --formula 2*A""",
    "check": """example:
  matcalc check "sum(tanh(X @ w)**2)" --wrt w --shape X:N,p w:p --sizes N=7""",
    "export": """examples:
  matcalc export "sum((X @ w - y)**2)" --wrt w --shape X:N,p w:p y:N --out net.py
  matcalc export --file loss.py --wrt w --format array-api""",
    "laws": """example:
  matcalc laws determinant""",
    "operators": """example:
  matcalc operators softmax --format markdown""",
    "completions": """examples:
  source <(matcalc completions bash)
  matcalc completions fish > ~/.config/fish/completions/matcalc.fish""",
}


def parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    top = argparse.ArgumentParser(
        prog="matcalc",
        description="Matrix calculus on the command line: derivatives, proofs, code.",
        epilog=f"{EXAMPLES['derive']}\n\n{CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"matcalc {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _derive(_command(commands, "derive", "derive gradients, Jacobians, Hessians"))
    _prove(_command(commands, "prove", "decide an identity or a derivative made by hand"))
    _check(_command(commands, "check", "compare the generated code with loops and differences"))
    _export(_command(commands, "export", "write a module of Python that needs matcalc no more"))
    _table(_command(commands, "laws", "list the laws"), tables.run_laws)
    _table(_command(commands, "operators", "list what may be written"), tables.run_operators)
    _completions(_command(commands, "completions", "print completions for a shell"), top)
    return top


def _command(commands: Any, name: str, what: str) -> argparse.ArgumentParser:
    shapes = "" if name in ("laws", "operators", "completions") else f"\n\n{SHAPES}"
    added: argparse.ArgumentParser = commands.add_parser(
        name,
        help=what,
        description=f"{what[0].upper()}{what[1:]}.",
        epilog=f"{EXAMPLES[name]}{shapes}\n\n{CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    return added


def _several(command: Any, option: str, metavar: str, what: str) -> None:
    command.add_argument(option, nargs="+", action="extend", default=[], metavar=metavar, help=what)


def _statement(command: Any) -> None:
    _several(command, "--shape", "NAME:SIZES[:FACTS]", "declare names by their sizes")
    command.add_argument(
        "--let",
        action="append",
        default=[],
        metavar="NAME=EXPRESSION",
        help="name an intermediate; may be repeated",
    )
    command.add_argument("--file", metavar="FILE", help="read declarations from a file; - is stdin")
    _several(command, "--wrt", "NAME", "what to differentiate by")


def _output(command: Any, formats: Any) -> None:
    command.add_argument(
        *("--format", "--to"),
        choices=list(formats),
        default=next(iter(formats)),
        help="form of the output",
    )
    command.add_argument("--out", metavar="FILE", help="write to a file, whole or not at all")
    command.add_argument("--force", action="store_true", help="replace the file if it exists")
    command.add_argument("--quiet", action="store_true", help="no progress on standard error")


def _derived(command: Any) -> None:
    command.add_argument("expression", nargs="?", metavar="EXPRESSION", help="the loss")
    _statement(command)
    kinds = command.add_mutually_exclusive_group()
    for kind in ("hessian", "jacobian"):
        kinds.add_argument(
            f"--{kind}",
            dest="kind",
            action="store_const",
            const=kind,
            help=f"the {kind.capitalize()} in place of the gradient",
        )
    command.add_argument(
        "--cotangent",
        action="append",
        default=[],
        metavar="B=W",
        help="what to call ∂R/∂B for an intermediate B",
    )
    _several(command, "--typical", "N=100000", "typical sizes, for the generated code")


def _derive(command: Any) -> None:
    _derived(command)
    command.add_argument(
        "--detail", choices=["brief", "steps", "every"], default="steps", help="of the derivation"
    )
    command.add_argument("--verify", action="store_true", help="prove every step and the whole")
    _output(command, derive.FORMATS)
    command.set_defaults(act=derive.run_derive)


def _prove(command: Any) -> None:
    command.add_argument("left", nargs="?", metavar="LEFT", help="one side of an identity")
    command.add_argument("right", nargs="?", metavar="RIGHT", help="the other side")
    _statement(command)
    command.add_argument("--loss", metavar="EXPRESSION", help="what was differentiated")
    command.add_argument(
        "--formula",
        action="append",
        default=[],
        metavar="EXPRESSION",
        help="the derivative made by hand; repeated for the lines of its derivation",
    )
    command.add_argument("--budget", type=int, default=BUDGET, help="monomials of one attempt")
    command.add_argument("--seed", type=int, default=0, help="of the points that are tried")
    _output(command, prove.FORMATS)
    command.set_defaults(act=prove.run_prove)


def _check(command: Any) -> None:
    _derived(command)
    _several(command, "--sizes", "N=7", "sizes to hold fixed")
    command.add_argument("--seed", type=int, default=0, help="of the data")
    command.add_argument("--dtype", choices=DTYPES, default=DTYPES[0], help="of the data")
    _output(command, ("text", "json"))
    command.set_defaults(act=derive.run_check)


def _export(command: Any) -> None:
    _derived(command)
    _output(command, derive.TARGETS)
    command.set_defaults(act=derive.run_export)


def _table(command: Any, act: Any) -> None:
    command.add_argument("word", nargs="?", metavar="WORD", help="only rows with this word")
    _output(command, tables.FORMATS)
    command.set_defaults(act=act)


def _completions(command: Any, top: argparse.ArgumentParser) -> None:
    command.add_argument("shell", choices=SHELLS, help="the shell")
    command.set_defaults(act=run_completions, parser=top)
