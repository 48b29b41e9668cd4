"""Hypothesis tests: the families that Spanwise has."""

import math

import counts_and_series
import sample_tests
import spanwise
from spanwise import stats


def options(case):
    params = case["params"]
    return {"alternative": params.get("alternative", "two-sided"), "level": params.get("conf", 0.95)}


def told(found):
    """What every test says, under the reference's names."""
    answer = {
        "statistic": found.statistic,
        "p": found.p_value,
        "log10_p": found.ln_p_value / math.log(10),
        "ci_low": found.effect.low,
        "ci_high": found.effect.high,
    }
    if found.df:
        answer |= {"df": found.df[0], "df1": found.df[0], "df2": found.df[-1]}
    for effect in (found.effect, *found.more_effects):
        answer[effect.name.lower().replace(" ", "_").replace("-", "_")] = effect.value
    return answer


def t_one_sample(case, folder):
    mean = case["params"].get("mu", 0.0)
    found = told(stats.ttest_1samp(case["data"]["x"], mean, **options(case)))
    # Our effect is the difference to the mean asked about, the reference's interval that of the mean.
    return found | {"ci_low": found["ci_low"] + mean, "ci_high": found["ci_high"] + mean}


def t_student(case, folder):
    return told(stats.ttest_ind(case["data"]["x"], case["data"]["y"], equal_var=True, **options(case)))


def t_welch(case, folder):
    return told(stats.ttest_ind(case["data"]["x"], case["data"]["y"], **options(case)))


def t_paired(case, folder):
    return told(stats.ttest_rel(case["data"]["x"], case["data"]["y"], **options(case)))


def mann_whitney(method):
    def answer(case, folder):
        found = stats.mannwhitneyu(
            case["data"]["x"], case["data"]["y"], method=method,
            use_continuity=case["params"].get("continuity", True), **options(case))
        return told(found) | {"cles": found.effect.value, "rank_biserial": 2 * found.effect.value - 1}

    return answer


def of_groups(test):
    return lambda case, folder: told(test(*case["data"]["groups"]))


def of_one(test):
    return lambda case, folder: told(test(case["data"]["x"]))


def of_pairs(test):
    return lambda case, folder: told(test(case["data"]["x"], case["data"]["y"], level=options(case)["level"]))


def degenerate(case, folder):
    """Whatever test the case names."""
    short = {"kruskal": "kruskal_wallis", "anova": "anova_one_way", "mann_whitney": "mann_whitney_asymptotic",
             "wilcoxon": "wilcoxon_signed_rank", "shapiro": "shapiro_wilk", "fligner": "fligner_killeen",
             "welch_anova": "anova_welch", "ks": "ks_two_sample"}
    test = short.get(case["params"]["test"], case["params"]["test"])
    if test not in FAMILIES or FAMILIES[test] is degenerate:
        return None
    try:
        return FAMILIES[test](case, folder)
    except spanwise.SpanwiseError as error:
        return {"error": str(error)}


FAMILIES = {
    "t_one_sample": t_one_sample,
    "t_student": t_student,
    "t_welch": t_welch,
    "t_paired": t_paired,
    "mann_whitney_exact": mann_whitney("exact"),
    "mann_whitney_asymptotic": mann_whitney("asymptotic"),
    "shapiro_wilk": of_one(stats.shapiro),
    "kruskal_wallis": of_groups(stats.kruskal),
    "anova_one_way": of_groups(stats.f_oneway),
    "anova_welch": of_groups(stats.welch_anova),
    "pearson": of_pairs(stats.pearsonr),
    "point_biserial": of_pairs(stats.pearsonr),
    "spearman": of_pairs(stats.spearmanr),
    "degenerate": degenerate,
} | sample_tests.FAMILIES | counts_and_series.FAMILIES
