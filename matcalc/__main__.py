"""``python -m matcalc`` is the command ``matcalc``."""

from matcalc.command import run

if __name__ == "__main__":
    run()
