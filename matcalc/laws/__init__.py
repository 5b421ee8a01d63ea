"""The laws: one table a theme, every row an identity in the expression language."""
