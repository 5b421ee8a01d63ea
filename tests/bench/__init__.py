"""Exports of matcalc timed beside what a user would run instead."""
