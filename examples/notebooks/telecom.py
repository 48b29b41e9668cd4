"""A made-up telecom whose truth is known: what the notebooks find can be held against it."""

import numpy as np
import pandas as pd


def customers(n=6_000, month="february", seed=7):
    """Customers of one month; the same numbers for the same seed.

    Leaving hangs on the contract, on calls to support and on how long somebody has been here; region and age do nothing.
    In March the price of fibre rises, and those who have it by the month leave more often.
    """
    draw = np.random.default_rng(seed + (month == "march"))
    contract = draw.choice(["monthly", "one year", "two years"], n, p=[0.55, 0.25, 0.2])
    internet = draw.choice(["fibre", "dsl", "none"], n, p=[0.45, 0.35, 0.2])
    tenure = np.minimum(draw.exponential(28, n).astype(int), 72)
    calls = draw.poisson(1.4, n)
    base = np.select([internet == "fibre", internet == "dsl"], [70.0, 45.0], 20.0)
    charge = np.round(base + draw.normal(0, 6, n).clip(-15, 15), 2)
    odds = -2.3 + 1.1 * (contract == "monthly") + 0.35 * (calls - 1.4) - 0.02 * tenure
    if month == "march":
        rise = internet == "fibre"
        charge = np.round(charge * np.where(rise, 1.12, 1.0), 2)
        odds = odds + 1.0 * (rise & (contract == "monthly"))
    left = draw.random(n) < 1 / (1 + np.exp(-odds))
    frame = pd.DataFrame(
        {
            "customer": [f"{month[0].upper()}{i:05d}" for i in range(n)],
            "contract": contract,
            "internet": internet,
            "tenure_months": tenure,
            "support_calls": calls,
            "monthly_charge": charge,
            "region": draw.choice(["north", "south", "east", "west"], n),
            "age": draw.integers(18, 90, n),
            "left": np.where(left, "yes", "no"),
        }
    )
    frame.loc[draw.random(n) < 0.03, "age"] = None
    return frame
