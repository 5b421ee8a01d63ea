"""The claims of the founding problem's sources, each decided by the engine."""
