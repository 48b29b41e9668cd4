"""Tests of samples, sizes of effects and far tails of distributions."""

import math

from spanwise import stats


def options(case):
    params = case["params"]
    return {"alternative": params.get("alternative", "two-sided"), "level": params.get("conf", 0.95)}


def told(found):
    """Statistic and p, and effects under the reference's names."""
    renamed = {"excess_kurtosis": "kurtosis_excess", "skewness": "skew", "kendall's_w": "kendall_w",
               "z_of_skewness": "z_skew", "z_of_kurtosis": "z_kurt"}
    answer = {"statistic": found.statistic, "p": found.p_value, "log10_p": found.ln_p_value / math.log(10)}
    if found.df:
        answer["df"] = found.df[0]
    for effect in (found.effect, *found.more_effects):
        name = effect.name.lower().replace(" ", "_").replace("-", "_")
        answer[renamed.get(name, name)] = effect.value
    return answer


def wilcoxon_signed_rank(case, folder):
    params = case["params"]
    zeros = {"drop": "wilcox", "wilcox": "wilcox", "pratt": "pratt", "split": "zsplit", "zsplit": "zsplit"}
    found = stats.wilcoxon(
        case["data"]["x"], case["data"].get("y"), zeros[params.get("zero", "drop")],
        correction=params.get("continuity", False),
        method="exact" if params.get("exact") or params.get("method") == "exact" else "asymptotic",
        **options(case))
    return told(found) | {"V": found.statistic, "rank_biserial": found.effect.value}


def ks_one_sample(case, folder):
    params = case["params"]
    names = {"normal": "norm", "exponential": "expon", "exp": "expon", "unif": "uniform"}
    name = params["distribution"]
    two_sided = options(case)["alternative"] == "two-sided"
    # scipy's one-sided p-values are exact whatever the method
    limit = params.get("method", "exact") in ("asymp", "asymptotic") and two_sided
    return told(stats.ks_1samp(
        case["data"]["x"], names.get(name, name), (params.get("loc", 0.0), params.get("scale", 1.0)),
        method="limit" if limit else "exact", **options(case)))


def ks_two_sample(case, folder):
    x, y = case["data"]["x"], case["data"]["y"]
    if case["params"].get("method", "exact") == "exact":
        return told(stats.ks_2samp(x, y, method="exact", **options(case)))
    finite, limit = (stats.ks_2samp(x, y, method=method, **options(case)) for method in ("asymp", "limit"))
    return told(finite) | {"p_kstwo": finite.p_value, "p_limit": limit.p_value}


def kendall(case, folder):
    params = case["params"]
    found = stats.kendalltau(case["data"]["x"], case["data"]["y"], method=params.get("method", "auto"), **options(case))
    statistic = found.more_effects[0].value if params.get("variant") == "tau-c" else found.statistic
    return told(found) | {"statistic": statistic}


def friedman(case, folder):
    return told(stats.friedmanchisquare(*zip(*case["data"]["blocks"])))


def levene(case, folder):
    answer = {}
    for name, center in (("mean", "mean"), ("brown_forsythe", "median")):
        found = stats.levene(*case["data"]["groups"], center=center)
        answer |= {f"{name}_statistic": found.statistic, f"{name}_p": found.p_value}
    return answer


def of_groups(test):
    return lambda case, folder: told(test(*case["data"]["groups"]))


def of_one(test):
    return lambda case, folder: told(test(case["data"]["x"]))


def of_pairs(test):
    """Pairs in the order that the case asks for."""

    def answer(case, folder):
        params = case["params"]
        found = test(*case["data"]["groups"], level=params.get("conf", 0.95))
        by_groups = {(pair.first, pair.second): pair for pair in found.pairs}
        turned = {(pair.second, pair.first): pair for pair in found.pairs}
        asked = [tuple(pair) for pair in params.get("pairs", by_groups)]
        pairs = [(by_groups.get(pair) or turned[pair], 1 if pair in by_groups else -1) for pair in asked]
        p = [pair.p_value for pair, _ in pairs]
        return {
            "diff": [sign * pair.difference for pair, sign in pairs],
            "ci_low": [pair.low if sign > 0 else -pair.high for pair, sign in pairs],
            "ci_high": [pair.high if sign > 0 else -pair.low for pair, sign in pairs],
            "statistic": [sign * pair.statistic for pair, sign in pairs],
            "p": p,
            "p_holm": stats.multipletests(p, "holm"),
            "p_bonferroni": stats.multipletests(p, "bonferroni"),
        }

    return answer


def effect_size(case, folder):
    x, y = case["data"]["x"], case["data"]["y"]
    return {
        "cohen_d": stats.cohen_d(x, y).value,
        "hedges_g": stats.hedges_g(x, y).value,
        "hedges_g_approx": stats.hedges_g(x, y, exact=False).value,
        "glass_delta_sd_x": stats.glass_delta(x, y).value,
        "glass_delta_sd_y": -stats.glass_delta(y, x).value,
        "auc_of_y_over_x": stats.probability_of_superiority(y, x).value,
        "auc_of_x_over_y": stats.probability_of_superiority(x, y).value,
    }


def far_tail_distribution(case, folder):
    data, tail = case["data"], case["params"].get("tail", "upper")
    if "df1" in data:
        law, value = stats.f(data["df1"], data["df2"]), data["x"]
    elif "z" in data:
        law, value = stats.norm(), data["z"]
    elif "t" in data:
        law, value = stats.t(data["df"]), data["t"]
    elif "q" in data:
        law, value = stats.studentized_range(data["k"], data["df"]), data["q"]
    else:
        law, value = stats.chi2(data["df"]), data["x"]
    if tail == "lower":
        p = law.cdf(value)
        return {"p": p, "log10_p": math.log10(p) if p > 0 else None}
    sides, value = (2, abs(value)) if tail == "two-sided" else (1, value)
    return {"p": sides * law.sf(value), "log10_p": (math.log(sides) + law.logsf(value)) / math.log(10)}


FAMILIES = {
    "wilcoxon_signed_rank": wilcoxon_signed_rank,
    "ks_one_sample": ks_one_sample,
    "ks_two_sample": ks_two_sample,
    "kendall": kendall,
    "friedman": friedman,
    "levene": levene,
    "bartlett": of_groups(stats.bartlett),
    "fligner_killeen": of_groups(stats.fligner),
    "tukey_hsd": of_pairs(stats.tukey_hsd),
    "games_howell": of_pairs(stats.games_howell),
    "dunn": of_pairs(stats.posthoc_dunn),
    "jarque_bera": of_one(stats.jarque_bera),
    "dagostino_k2": of_one(stats.normaltest),
    "anderson_darling_normal": of_one(stats.normal_ad),
    "lilliefors": of_one(stats.lilliefors),
    "effect_size": effect_size,
    "far_tail_distribution": far_tail_distribution,
}
