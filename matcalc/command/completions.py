"""``matcalc completions``: what a shell proposes, read off the parser of the arguments."""

from collections.abc import Callable
from typing import Any

from matcalc.command.output import OK

NEWLINE = "\n"
Offers = dict[str, dict[str, list[str]]]
"""From commands to their options, and from those to the values they have."""


def run_completions(options: Any) -> int:
    """Print a script for a shell."""
    print(SCRIPTS[options.shell](offers(options.parser)))
    return OK


def offers(top: Any) -> Offers:
    """Commands with their options and the values of these; positional values under ""."""
    (commands,) = (dict(a.choices) for a in top._actions if a.dest == "command")
    return {name: _options(command) for name, command in commands.items()}


def _options(command: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"": []}
    for action in command._actions:
        values = list(map(str, action.choices or []))
        for option in action.option_strings or [""]:
            found[option] = values
    return found


def bash(table: Offers) -> str:
    """A completion script for bash."""
    cases = "\n".join(_bash_case(name, options) for name, options in table.items())
    return f"""# completions of matcalc for bash: source <(matcalc completions bash)
_matcalc() {{
    local word="${{COMP_WORDS[COMP_CWORD]}}" before="${{COMP_WORDS[COMP_CWORD-1]}}" words=""
    if ((COMP_CWORD == 1)); then
        words="{" ".join([*table, "--help", "--version"])}"
    else
        case "${{COMP_WORDS[1]}} $before" in
            *" --file" | *" --out")
                COMPREPLY=($(compgen -f -- "$word"))
                return ;;
{cases}
        esac
    fi
    COMPREPLY=($(compgen -W "$words" -- "$word"))
}}
complete -F _matcalc matcalc"""


def _bash_case(name: str, options: dict[str, list[str]]) -> str:
    lines = [
        f'            "{name} {option}") words="{" ".join(values)}" ;;'
        for option, values in options.items()
        if option and values
    ]
    every = " ".join([*filter(None, options), *options[""]])
    return "\n".join([*lines, f'            "{name} "*) words="{every}" ;;'])


def zsh(table: Offers) -> str:
    """A completion script for zsh, which reads that of bash."""
    return f"""# completions of matcalc for zsh: source <(matcalc completions zsh)
autoload -U +X compinit && compinit
autoload -U +X bashcompinit && bashcompinit
{bash(table).partition(NEWLINE)[2]}"""


def fish(table: Offers) -> str:
    """A completion script for fish."""
    lines = ["# completions of matcalc for fish", "complete -c matcalc -f"]
    for name, options in table.items():
        lines.append(f"complete -c matcalc -n __fish_use_subcommand -a {name}")
        inside = f'-n "__fish_seen_subcommand_from {name}"'
        for option, values in options.items():
            offered = f' -a "{" ".join(values)}"' if values else ""
            if option.startswith("--"):
                files = " -r -F" if option in ("--file", "--out") else " -x" * bool(values)
                lines.append(f"complete -c matcalc {inside} -l {option[2:]}{files}{offered}")
            elif offered and not option:
                lines.append(f"complete -c matcalc {inside}{offered}")
    return "\n".join(lines)


SCRIPTS: dict[str, Callable[[Offers], str]] = {"bash": bash, "zsh": zsh, "fish": fish}
SHELLS = tuple(SCRIPTS)
