"""Experiments: the families that Spanwise has."""

from spanwise import experiment


def sums_of(arm, *columns, products):
    """Sums of an arm from its columns' totals; ``products`` are the totals of products of two columns, by (row, column)."""
    squares = {(i, i): column["sum_squares"] for i, column in enumerate(columns)} | products
    cells = [squares[i, j] for i in range(len(columns)) for j in range(i + 1)]
    return experiment.Sums.of_totals(arm["n"], [column["sum"] for column in columns], cells)


def arm_of(arm):
    kind = arm["kind"]
    if kind == "proportion":
        return experiment.proportion(int(arm["sum"]), arm["n"])
    if kind == "mean":
        return sums_of(arm, arm, products={}).arm()
    if kind == "ratio":
        return sums_of(arm, arm["num"], arm["den"], products={(1, 0): arm["num_den_sum"]}).arm("ratio")
    return None


def arms_of(case):
    """Control and treatment, and the slope along the covariate where there is one."""
    a, b = case["data"]["a"], case["data"]["b"]
    if a["kind"] == "cuped":
        of = lambda arm: sums_of(arm, arm["post"], arm["pre"], products={(1, 0): arm["post_pre_sum"]})
        found = experiment.cuped(of(a), of(b))
        return found.control, found.treatment, found.theta[0]
    return arm_of(a), arm_of(b), None


def options(case):
    params = case["params"]
    return {
        "difference": params.get("difference", "absolute"),
        "alternative": params.get("alternative", "two-sided"),
        "level": 1 - params.get("alpha", 0.05),
    }


def told(found):
    return {
        "effect": found.effect.value,
        "p": found.p_value,
        "ci_low": found.effect.low,
        "ci_high": found.effect.high,
        "se": found.standard_error,
    }


def frequentist(case, folder):
    control, treatment, theta = arms_of(case)
    found = experiment.fixed_horizon(control, treatment, **options(case))
    return told(found) | {
        "dof": found.df,
        "theta": theta,
        "var_a": control.variance,
        "var_b": treatment.variance,
    }


def sequential(case, folder):
    control, treatment, _ = arms_of(case)
    tuning = case["params"].get("tuning", 5000)
    return told(experiment.confidence_sequence(control, treatment, tuning=tuning, **options(case)))


def bayesian(case, folder):
    control, treatment, _ = arms_of(case)
    params = case["params"]
    prior = params.get("prior")
    asked = {}
    if prior is not None:
        unit = "relative" if prior.get("scale", "relative").startswith("relative") else "absolute"
        asked = {"prior": (prior["mean"], prior["sd"]), "prior_unit": unit}
    found = experiment.posterior(
        control, treatment, difference=params["difference"], lower_is_better=params.get("inverse", False),
        level=1 - params.get("alpha", 0.05), **asked)
    return {
        "chance_to_win": found.chance_to_win,
        "expected": found.effect.value,
        "ci_low": found.effect.low,
        "ci_high": found.effect.high,
        "posterior_sd": found.sd,
        "risk_control": found.risk_control,
        "risk_treatment": found.risk_treatment,
    }


def srm(case, folder):
    return {"p": experiment.sample_ratio(case["data"]["users"], case["data"]["weights"]).p_value}


def msprt(case, folder):
    data, params = case["data"], case["params"]
    arm = lambda side: experiment.Arm(data[f"n_{side}"], data[f"mean_{side}"], data[f"var_{side}"])
    found = experiment.msprt(
        arm("a"), arm("b"), params["tau2"], level=1 - params["alpha"], null=params.get("H0", 0))
    return told(found) | {"likelihood_ratio": found.statistic, "p_always_valid": found.p_value}


def group_sequential(case, folder):
    params = case["params"]
    boundary = params.get("boundary", params.get("design"))
    if boundary is None:
        return None  # looks and alpha alone do not say which boundaries are asked for
    looks = params["looks"] if params.get("spacing", "equal") == "equal" else params["spacing"]
    found = experiment.group_sequential(boundary, looks, alpha=params["alpha"], two_sided=params["two_sided"])
    return {"z_boundaries": found.z}


def alpha_spending(case, folder):
    alpha, t = case["params"]["alpha"], case["params"]["t"]
    return {name: experiment.alpha_spent(name, alpha, t) for name in ("obrien_fleming", "pocock")}


def beta_binomial(case, folder):
    data = case["data"]
    found = experiment.beta_binomial(
        (data["successes_a"], data["n_a"]), (data["successes_b"], data["n_b"]), prior=tuple(case["params"]["prior"]))
    return {
        "prob_b_beats_a": found.chance_to_win,
        "expected_loss_choose_b": found.risk_treatment,
        "expected_loss_choose_a": found.risk_control,
        "posterior_mean_a": found.control.value,
        "ci_a": [found.control.low, found.control.high],
    }


def planning(case, folder):
    params = case["params"]
    if "rho" in params:
        factor = experiment.variance_factor(params["rho"])
        return {"variance_factor": factor, "n_with": params["n_without"] * factor}
    plan = experiment.Plan(alpha=params["alpha"], power=params["power"], two_sided=params.get("two_sided", True))
    if "baseline" in params:
        known = {"share": params["baseline"], "null_variance": "baseline"}
    elif "sd" in params or "variance" in params:
        known = {"variance": params["variance"] if "variance" in params else params["sd"] ** 2}
    else:
        return None
    for size in ("n_per_arm", "n"):
        if size in params:
            return {"mde": plan.detectable(params[size], **known)}
    effect = params.get("mde_absolute", params.get("mde"))
    if effect is None:
        effect = params["mde_relative"] * params["baseline"]
    return {"n_per_arm": plan.sample_size(effect, **known)[0]}


def by_arm(case, *columns):
    """The columns of each arm, one list of columns for arm 0 and one for arm 1."""
    data = case["data"]
    rows = [[row for row, arm in enumerate(data["arm"]) if arm == side] for side in (0, 1)]
    return [[[data[column][row] for row in of_side] for column in columns] for of_side in rows]


def ratio_rows(case, folder):
    control, treatment = (experiment.ratio(*columns) for columns in by_arm(case, "numerator", "denominator"))
    found = experiment.fixed_horizon(control, treatment, normal=True)
    return told(found) | {
        "ratio_a": control.value,
        "ratio_b": treatment.value,
        "var_a": control.standard_error**2,
        "var_b": treatment.standard_error**2,
        "z": found.statistic,
    }


def cuped_rows(case, folder):
    adjusted = experiment.cuped(*(experiment.Sums(*columns) for columns in by_arm(case, "post", "pre")))
    found = experiment.fixed_horizon(adjusted.control, adjusted.treatment, level=options(case)["level"])
    return told(found) | {
        "theta": adjusted.theta[0],
        "adjusted_mean_a": adjusted.control.value,
        "adjusted_mean_b": adjusted.treatment.value,
        "t": found.statistic,
        "variance_ratio": adjusted.variance_ratio,
    }


FAMILIES = {
    "frequentist": frequentist,
    "sequential": sequential,
    "bayesian": bayesian,
    "srm": srm,
    "msprt": msprt,
    "group_sequential": group_sequential,
    "alpha_spending": alpha_spending,
    "beta_binomial": beta_binomial,
    "planning": planning,
    "ratio_rows": ratio_rows,
    "degenerate": frequentist,
    "cuped_rows": cuped_rows,
}
