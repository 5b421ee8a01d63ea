"""The tokens of printed LaTeX, taken one by one."""

import re

TOKEN = re.compile(r"\\[a-zA-Z]+|\\.|[0-9]+(?:\.[0-9]+)?|[^\s]")
GREEK = dict(epsilon="varepsilon", eps="varepsilon", lam="lambda")
ACCENTS = ("hat", "tilde", "bar", "dot")


def key_of(identifier):
    """What a name is whichever way it is written: its letter, accents, primes, subscripts."""
    head, *rest = [part for part in identifier.split("_") if part]
    letter = re.sub(r"(?<=\D)\d+$", "", head)
    below = ([head[len(letter) :]] if letter != head else []) + [
        part for part in rest if part not in (*ACCENTS, "prime")
    ]
    return (
        GREEK.get(letter, letter),
        tuple(part for part in rest if part in ACCENTS),
        rest.count("prime"),
        tuple(GREEK.get(part, part) for part in below),
    )


class Tokens:
    """Tokens from the first to the last; what is expected and not there is an error."""

    def __init__(self, latex, names, functions=()):
        self.tokens, self.at, self.ends = TOKEN.findall(latex), 0, set()
        self.tokens = [t for t in self.tokens if t not in (r"\,", r"\:", r"\ ", r"\displaystyle")]
        self.names = {key_of(name): value for name, value in names.items()}
        self.functions = {key_of(name): f for name, f in dict(functions).items()}

    @property
    def ahead(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def peek(self, *tokens):
        return tuple(self.tokens[self.at : self.at + len(tokens)]) == tokens

    def take(self, *expected):
        for token in expected or (self.ahead,):
            assert self.ahead == token != "", f"{token} expected at {self.tokens[self.at :][:12]}"
            self.at += 1
        return self.tokens[self.at - 1]

    def takes(self, *tokens):
        found = self.peek(*tokens)
        self.at += len(tokens) * found
        return found

    def up_to_brace(self):
        word = ""
        while not self.takes("}"):
            word += self.take()
        return word
