"""Constants of control charts for samples of n normally distributed values, by their formulas.

Source: D. C. Montgomery, *Introduction to Statistical Quality Control*, appendix VI, where they
are tabled; NIST/SEMATECH e-Handbook, 6.3.2.
"""

from math import exp, lgamma, sqrt

import numpy as np

from mgg_kernel.errors import LotError

__all__ = ["c4", "d2", "d3"]

_FAR, _POINTS = 9.0, 361


def c4(n: int) -> float:
    """Return E[s] / σ = √(2 / (n − 1)) Γ(n / 2) / Γ((n − 1) / 2).

    Raises:
        LotError: n is below 2.
    """
    _check(n)
    return sqrt(2.0 / (n - 1)) * exp(lgamma(n / 2) - lgamma((n - 1) / 2))


def d2(n: int) -> float:
    """Return E[range] / σ = ∫ (1 − Φⁿ − (1 − Φ)ⁿ) dx; for n = 2 it is 2 / √π.

    Raises:
        LotError: n is below 2.
    """
    from scipy.special import ndtr

    _check(n)
    # The trapezoidal rule converges faster than any power on smooth functions that vanish.
    x = np.linspace(-_FAR, _FAR, _POINTS)
    return float(np.trapezoid(1.0 - ndtr(x) ** n - ndtr(-x) ** n, x))


def d3(n: int) -> float:
    """Return the standard deviation of the range / σ; for n = 2 it is √(2 − 4 / π).

    E[range²] = ∫∫ (1 − Φ(y)ⁿ − (1 − Φ(x))ⁿ + (Φ(y) − Φ(x))ⁿ) dx dy over all x < y, twice.

    Raises:
        LotError: n is below 2.
    """
    from scipy.special import ndtr

    _check(n)
    # With y = x + w the integral over x is smooth, and the one over w > 0 is done by Gauss.
    nodes, weights = np.polynomial.legendre.leggauss(80)
    w = _FAR * (nodes + 1.0)
    x = np.linspace(-_FAR - 2 * _FAR, _FAR, 2 * _POINTS)[:, None]
    inside = 1.0 - ndtr(x + w) ** n - ndtr(-x) ** n + (ndtr(x + w) - ndtr(x)) ** n
    square = 2.0 * _FAR * float(weights @ np.trapezoid(inside, x, axis=0))
    return sqrt(square - d2(n) ** 2)


def _check(n: int) -> None:
    if n != int(n) or n < 2:
        raise LotError(f"A sample with a spread has at least 2 values, not {n}.")
