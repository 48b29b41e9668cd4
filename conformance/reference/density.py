"""Numbers for `stats::density`: scipy's gaussian_kde at fixed bandwidths, and Sheather and Jones's equation with every pair.

    python density.py        # scipy 1.17.1, numpy 2.x
"""

import numpy as np
import scipy
from scipy.optimize import brentq
from scipy.stats import gaussian_kde

VALUES = np.array([0.2, 0.5, 0.6, 0.9, 1.3, 1.4, 2.2, 2.6, 3.1, 4.8, 5.0, 7.5])
WEIGHTS = np.array([1, 2, 0.5, 3, 1, 1, 0, 2, 1, 1, 4, 1.0])
AT = np.array([-1.0, 0.0, 0.5, 2.0, 5.0, 30.0])


def density(values, h, weights=None):
    # scipy's factor is a multiple of the standard deviation
    fit = gaussian_kde(values, weights=weights)
    fit.set_bandwidth(h / (np.sqrt(fit.covariance[0, 0]) / fit.factor))
    return fit(AT)


def two_humps(n):
    """Numbers without a generator: normal quantiles, two thirds about 0, one third about 4 and half as wide."""
    u = scipy.stats.norm.ppf((np.arange(n) + 0.5) / n)
    return np.where(np.arange(n) % 3 == 0, 4 + 0.5 * u, u)


def sheather_jones(x):
    """Equation 12 of Sheather and Jones (1991) with all pairs, one by one."""
    n, iqr = len(x), np.subtract(*np.percentile(x, [75, 25]))
    scale = min(x.std(ddof=1), iqr / (2 * scipy.stats.norm.ppf(0.75)))
    apart = x[:, None] - x[None, :]
    phi = lambda z: np.exp(-z * z / 2) / np.sqrt(2 * np.pi)  # noqa: E731
    s = lambda a: (phi(apart / a) * ((apart / a) ** 4 - 6 * (apart / a) ** 2 + 3)).sum() / (n * (n - 1) * a**5)  # noqa: E731
    z = lambda b: apart / b  # noqa: E731
    t = lambda b: -(phi(z(b)) * (z(b) ** 6 - 15 * z(b) ** 4 + 45 * z(b) ** 2 - 15)).sum() / (n * (n - 1) * b**7)  # noqa: E731
    width = 2 * scipy.stats.norm.ppf(0.75) * scale
    a, b = 0.920 * width * n ** (-1 / 7), 0.912 * width * n ** (-1 / 9)
    factor = 1.357 * (s(a) / t(b)) ** (1 / 7)
    best = 1 / (2 * np.sqrt(np.pi) * n)
    return brentq(lambda h: (best / s(factor * h ** (5 / 7))) ** 0.2 - h, 1e-3, 5, xtol=1e-14)


print("scipy", scipy.__version__, "numpy", np.__version__)
print("density", density(VALUES, 0.7).tolist())
print("weighted", density(VALUES, 0.4, WEIGHTS).tolist())
for n in (30, 300, 1500):
    print("sheather-jones", n, sheather_jones(two_humps(n)))
