"""NIST's certified data sets: summaries, analysis of variance, linear and nonlinear regression."""

import functools
import json
import re

import spanwise
from spanwise import stats


@functools.cache
def inputs(folder):
    return json.loads((folder / "01_nist_strd_inputs.json").read_text())["data"]


def data_of(case, folder):
    """The table that the case names, or the data that it brings."""
    ref = case["data"].get("ref")
    return case["data"] if ref is None else inputs(folder)[ref]


def univariate(case, folder):
    y = data_of(case, folder)["y"]
    found = stats.describe(y)
    return {"mean": found.mean, "sd": found.sd, "autocorr1": stats.autocorrelation(y, 1)[0]}


def anova(case, folder):
    found = stats.anova_table(*data_of(case, folder)["groups"])
    return {
        "df_between": found.df_between, "df_within": found.df_within,
        "ss_between": found.ss_between, "ss_within": found.ss_within,
        "f": found.f_statistic, "p": found.p_value,
        "r_squared": found.r_squared, "residual_sd": found.residual_sd,
    }


def linear(case, folder):
    """The model is written `y ~ 1 + x + x^2`, `y ~ 0 + x` or `y ~ 1 + x1 + ... + x6`."""
    data, model = data_of(case, folder), case["params"].get("model", "y ~ 1 + x")
    columns = [name for name in data if name.startswith("x")]
    degree = max([int(power) for power in re.findall(r"x\^(\d+)", model)], default=1)
    if 1 < degree:
        found = stats.polynomial_regression(data["x"], data["y"], degree)
    else:
        rows = list(zip(*(data[name] for name in columns)))
        found = stats.linear_regression(data["y"], rows, intercept="~ 0" not in model)
    return {
        "coef": found.coefficients, "se": found.standard_errors, "residual_sd": found.residual_sd,
        "r_squared": found.r_squared, "f": found.f_statistic, "df_resid": found.df_residual,
    }


def nonlinear(case, folder):
    """The model is written `y = b1*exp(-b2*x)`; of the fits from both starts the lower one counts."""
    data, params = data_of(case, folder), case["params"]
    formula = params["model"].split("=", 1)[1]
    refusals, fits = [], []
    for start in (params["start1"], params["start2"]):
        try:
            p0 = {f"b{k}": value for k, value in enumerate(start, 1)}
            fits.append(stats.curve_fit(formula, data["x"], data["y"], p0))
        except spanwise.SpanwiseError as refusal:
            refusals.append(refusal)
    if not fits:
        raise refusals[0]
    found = min(fits, key=lambda fit: fit.residual_sum_of_squares)
    return {
        "params": found.coefficients, "se": found.standard_errors, "rss": found.residual_sum_of_squares,
        "residual_sd": found.residual_sd, "df": found.df_residual,
    }


FAMILIES = {"nonlinear": nonlinear, "univariate": univariate, "anova": anova, "linear": linear}
