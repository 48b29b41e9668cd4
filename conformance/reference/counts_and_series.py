"""Hypothesis tests of counts, series and regressions, and power."""

import math

from spanwise import stats


def level(case):
    return case["params"].get("conf", 0.95)


def alternative(case):
    """The direction, whose side where there is one is the upper."""
    params = case["params"]
    return params.get("alternative", "two-sided" if params.get("two_sided", True) else "greater")


def told(found):
    answer = {"statistic": found.statistic, "p": found.p_value, "log10_p": found.ln_p_value / math.log(10)}
    return answer | {"df": found.df[0]} if found.df else answer


def both_sides(test, answer):
    return answer | {"p_less": test("less").p_value, "p_greater": test("greater").p_value}


def z_two_proportions(case, folder):
    count, nobs = case["data"]["count"], case["data"]["nobs"]

    def test(side):
        return stats.proportions_ztest(count, nobs, alternative=side, pooled=case["params"].get("pooled", True))

    return both_sides(test, told(test(alternative(case))))


def z_one_proportion(case, folder):
    count, nobs = case["data"]["count"], case["data"]["nobs"]
    variance = "null" if "null" in case["params"].get("variance", "under null") else "sample"

    def test(side):
        return stats.proportions_ztest(count, nobs, case["params"]["p0"], alternative=side, prop_var=variance)

    return both_sides(test, told(test(alternative(case))))


def binomial_exact(case, folder):
    count, nobs = case["data"]["count"], case["data"]["nobs"]

    def test(side):
        return stats.binomtest(count, nobs, case["params"].get("p0", 0.5), alternative=side)

    return both_sides(test, told(test(alternative(case))))


def ci_proportion(case, folder):
    count, nobs = case["data"]["count"], case["data"]["nobs"]
    names = {"wilson": "wilson", "clopper_pearson": "beta", "agresti_coull": "agresti_coull", "jeffreys": "jeffreys"}
    answer = {}
    for name, method in names.items():
        _, answer[f"{name}_low"], answer[f"{name}_high"] = stats.proportion_confint(
            count, nobs, method=method, level=level(case))
    return answer


def ci_two_proportions(case, folder):
    (a, b), (n, m) = case["data"]["count"], case["data"]["nobs"]
    if case["params"].get("of", "p1-p2") == "p2-p1":
        a, b, n, m = b, a, m, n
    answer = {}
    for name, method in {"newcombe": "newcomb", "wald": "wald"}.items():
        _, answer[f"{name}_low"], answer[f"{name}_high"] = stats.confint_proportions_2indep(
            a, n, b, m, method=method, level=level(case))
    return answer


def chi2_independence(case, folder):
    table = case["data"]["table"]
    found = stats.chi2_contingency(table, correction=case["params"].get("correction", True))
    return told(found) | {"expected_counts": stats.expected_freq(table).ravel()}


def g_test(case, folder):
    return told(stats.g_test(case["data"]["table"], correction=case["params"].get("correction", False)))


def chi2_goodness_of_fit(case, folder):
    data, params = case["data"], case["params"]
    expected = data.get("expected", data.get("shares", params.get("shares")))
    return told(stats.chisquare(data["observed"], expected, params.get("ddof", 0)))


def mcnemar(case, folder):
    params = case["params"]
    return told(stats.mcnemar(case["data"]["table"], params.get("exact", True), params.get("correction", True)))


def fisher_exact(case, folder):
    table = case["data"]["table"]
    if len(table) != 2 or len(table[0]) != 2:
        return told(stats.fisher_exact(table))

    def test(side):
        return stats.fisher_exact(table, alternative=side, level=level(case))

    found = test(alternative(case))
    return both_sides(test, told(found) | {
        "ci_low": found.effect.low,
        "ci_high": found.effect.high,
        "odds_ratio_sample": found.statistic,
        "odds_ratio_conditional": found.effect.value,
    })


def effect_size_table(case, folder):
    table = case["data"]["table"]
    methods = {"cramers_v": "cramer", "cramers_v_bias_corrected": "cramer_corrected", "tschuprow_t": "tschuprow",
               "contingency_c": "pearson"}
    answer = {name: stats.association(table, method).value for name, method in methods.items()}
    if len(table) == 2 and len(table[0]) == 2:
        answer["phi"] = stats.association(table, "phi").value
        answer["odds_ratio"] = stats.odds_ratio(table).value
        answer["risk_ratio"] = stats.risk_ratio(table).value
    return answer


def multiple_testing(case, folder):
    methods = ["bonferroni", "holm", "bh", "by", "sidak", "hommel", "hochberg"]
    return {method: stats.multipletests(case["data"]["p"], method) for method in methods}


def size_of(params):
    """The number of rows asked about, of the first group where there are two."""
    names = ("n", "n_per_group", "n1", "n_total", "nobs", "nobs1")
    return next((params[name] for name in names if name in params), None)


def solved(case, solve, effect, key="n", **options):
    """The power for a number of rows, or the number for a power."""
    params = case["params"]
    alpha = params.get("alpha", 0.05)
    if params.get("solve", "n").startswith("power"):
        return {"power": solve(effect, size_of(params), alpha, None, **options)}
    n = solve(effect, None, alpha, params["power"], **options)
    return {key: n, "n_ceil": math.ceil(n)}


def ratio(params):
    return params.get("ratio", params["n2"] / params["n1"] if {"n1", "n2"} <= set(params) else 1.0)


def power_t_two_sample(case, folder):
    params = case["params"]
    return solved(case, stats.tt_ind_solve_power, params["d"], ratio=ratio(params), alternative=alternative(case))


def power_t_one_sample(case, folder):
    return solved(case, stats.tt_solve_power, case["params"]["d"], alternative=alternative(case))


def power_two_proportions(case, folder):
    params, side = case["params"], alternative(case)
    a, b, alpha = params["p1"], params["p2"], params.get("alpha", 0.05)
    h = stats.proportion_effectsize(a, b)
    options = {"ratio": ratio(params), "alternative": side}
    if side != "two-sided":
        options["alternative"] = "greater" if b > a else "less"
    if params.get("solve", "n").startswith("power"):
        return {"cohen_h": h, "power": stats.proportions_solve_power(a, b, size_of(params), alpha, None, **options)}
    return {
        "cohen_h": h,
        "n_arcsine": stats.zt_ind_solve_power(-h, None, alpha, params["power"], **options),
        "n_pooled_normal": stats.proportions_solve_power(a, b, None, alpha, params["power"], **options),
    }


def power_anova(case, folder):
    return solved(case, stats.anova_solve_power, case["params"]["f"], "n_total", k_groups=case["params"]["k"])


def power_chi2(case, folder):
    params = case["params"]
    df = params["df"] if "df" in params else params["bins"] - 1
    return solved(case, stats.chi2_solve_power, params["w"], df=df)


def ljung_box(case, folder):
    x, lags = case["data"]["x"], case["params"]["lags"]
    found, plain = stats.acorr_ljungbox(x, lags), stats.acorr_ljungbox(x, lags, boxpierce=True)
    return {
        "ljung_box": found.statistic, "ljung_box_p": found.p_value,
        "box_pierce": plain.statistic, "box_pierce_p": plain.p_value,
    }


TRENDS = {"none": "n", "constant": "c", "level": "c", "constant+trend": "ct", "trend": "ct"}


def trend(params):
    word = params.get("regression", "constant")
    return "ctt" if "quadratic" in word else TRENDS.get(word, word)


def adf(case, folder):
    params = case["params"]
    if params.get("autolag"):
        # a rule in words is Schwert's, which is the default
        most = params.get("maxlag") if isinstance(params.get("maxlag"), int) else None
        found = stats.adfuller(case["data"]["x"], most, trend(params), params["autolag"])
    else:
        found = stats.adfuller(case["data"]["x"], params["lags"], trend(params), None)
    critical = {f"crit_{share[:-1]}": value for share, value in found.critical_values.items()}
    return {"statistic": found.statistic, "p": found.p_value, "lag": found.lags} | critical


def kpss(case, folder):
    lags = case["params"].get("lags", "auto")
    found = stats.kpss(case["data"]["x"], trend(case["params"]), lags)
    return {"statistic": found.statistic, "p": found.p_value, "lag": found.lags}


def regression_diagnostics(case, folder):
    x = case["data"]["x"]
    columns = list(x.values()) if isinstance(x, dict) else [x]
    found = stats.regression_diagnostics(case["data"]["y"], list(zip(*columns)), nlags=2)
    answer = {"vif": found.vif, "cooks_max": max(found.cooks_distance), "leverage_max": max(found.leverage)}
    names = {
        "breusch_pagan_koenker": found.breusch_pagan,
        "breusch_pagan_original": found.breusch_pagan_original,
        "white": found.white,
        "breusch_godfrey2": found.breusch_godfrey,
    }
    for name, test in names.items():
        if test is not None:
            answer |= {name: test.statistic, f"{name}_p": test.p_value}
    alone = {"durbin_watson": found.durbin_watson, "jarque_bera_resid": found.jarque_bera, "reset_f": found.reset}
    answer |= {name: test.statistic for name, test in alone.items() if test is not None}
    return answer | ({"reset_p": found.reset.p_value} if found.reset is not None else {})


FAMILIES = {
    "z_two_proportions": z_two_proportions,
    "z_one_proportion": z_one_proportion,
    "binomial_exact": binomial_exact,
    "ci_proportion": ci_proportion,
    "ci_two_proportions": ci_two_proportions,
    "chi2_independence": chi2_independence,
    "g_test": g_test,
    "chi2_goodness_of_fit": chi2_goodness_of_fit,
    "mcnemar": mcnemar,
    "fisher_exact": fisher_exact,
    "effect_size_table": effect_size_table,
    "multiple_testing": multiple_testing,
    "power_t_two_sample": power_t_two_sample,
    "power_t_one_sample": power_t_one_sample,
    "power_two_proportions": power_two_proportions,
    "power_anova": power_anova,
    "power_chi2": power_chi2,
    "ljung_box": ljung_box,
    "adf": adf,
    "kpss": kpss,
    "regression_diagnostics": regression_diagnostics,
}
