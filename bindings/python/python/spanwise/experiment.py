"""Experiments: does the treatment change the metric, by how much, and may one believe it?

    control, treatment = spanwise.experiment.proportion(2100, 20_000), spanwise.experiment.proportion(2290, 20_100)
    found = spanwise.experiment.fixed_horizon(control, treatment, difference="relative")
    found.effect, found.p_value, found.checks, found.caveats

An experiment of a project is planned and analysed as the command line does it:

    spanwise.experiment.plan("my-project", "page")               # sized and registered, before its data are read
    spanwise.experiment.analyse("my-project", "page").to_frame()

The control comes first. Missing values are dropped and counted; what has no answer is refused by
:class:`spanwise.SpanwiseError`.
"""

from ._planned import ProjectAnalysis, ProjectPlan, analyse, plan
from ._spanwise.experiment import (
    Adjustment,
    Arm,
    BetaComparison,
    Boundaries,
    Comparison,
    Estimate,
    Exposures,
    Look,
    Plan,
    Posterior,
    SampleRatio,
    Segments,
    Sums,
    alpha_spent,
    assignment_mismatch,
    beta_binomial,
    cap_at_quantile,
    chances_to_be_best,
    confidence_sequence,
    cuped,
    exposures,
    family,
    fixed_horizon,
    group_sequential,
    mean,
    msprt,
    post_stratify,
    posterior,
    proportion,
    quantile,
    ratio,
    sample_ratio,
    segments,
    variance_factor,
    window_sums,
)

__all__ = [
    "Adjustment",
    "Arm",
    "BetaComparison",
    "Boundaries",
    "Comparison",
    "Estimate",
    "Exposures",
    "Look",
    "Plan",
    "Posterior",
    "ProjectAnalysis",
    "ProjectPlan",
    "SampleRatio",
    "Segments",
    "Sums",
    "alpha_spent",
    "analyse",
    "assignment_mismatch",
    "beta_binomial",
    "cap_at_quantile",
    "chances_to_be_best",
    "confidence_sequence",
    "cuped",
    "exposures",
    "family",
    "fixed_horizon",
    "group_sequential",
    "mean",
    "msprt",
    "plan",
    "post_stratify",
    "posterior",
    "proportion",
    "quantile",
    "ratio",
    "sample_ratio",
    "segments",
    "variance_factor",
    "window_sums",
]
