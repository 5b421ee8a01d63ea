"""Derivations, one module each: statement, call, expected form. No engine logic."""
