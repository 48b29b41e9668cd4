"""Hypothesis tests, under the names and in the order of arguments that scipy's users know.

    found = spanwise.stats.ttest_ind(a, b)
    found.p_value, found.effect, found.assumptions

Missing values are dropped and counted; undefined cases are refused by :class:`spanwise.SpanwiseError`.
"""

from ._spanwise.stats import (
    Effect,
    TestResult,
    chi2_contingency,
    f_oneway,
    fisher_exact,
    kruskal,
    ks_2samp,
    levene,
    mannwhitneyu,
    multipletests,
    normaltest,
    pearsonr,
    proportion_confint,
    proportions_ztest,
    shapiro,
    spearmanr,
    ttest_1samp,
    ttest_ind,
    ttest_rel,
    welch_anova,
)

__all__ = [
    "Effect",
    "TestResult",
    "chi2_contingency",
    "f_oneway",
    "fisher_exact",
    "kruskal",
    "ks_2samp",
    "levene",
    "mannwhitneyu",
    "multipletests",
    "normaltest",
    "pearsonr",
    "proportion_confint",
    "proportions_ztest",
    "shapiro",
    "spearmanr",
    "ttest_1samp",
    "ttest_ind",
    "ttest_rel",
    "welch_anova",
]
