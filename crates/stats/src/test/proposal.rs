//! What to take instead of a test whose assumption fails.

use super::{Assumption, TestResult};

/// The other test for each assumption that tests check; a method given says that the line is about it alone.
const INSTEAD: [(&str, Option<&str>, &str); 16] = [
    (
        "mean is near normal",
        Some("paired t-test"),
        "Wilcoxon's signed-rank test or a permutation test of pairs",
    ),
    (
        "mean is near normal",
        Some("one-sample t-test"),
        "Wilcoxon's signed-rank test",
    ),
    (
        "mean is near normal",
        Some("one-way ANOVA"),
        "the Kruskal-Wallis test",
    ),
    (
        "mean is near normal",
        Some("Welch's ANOVA"),
        "the Kruskal-Wallis test",
    ),
    (
        "mean is near normal",
        None,
        "the Mann-Whitney test or a permutation test",
    ),
    ("equal variances", Some("one-way ANOVA"), "Welch's ANOVA"),
    ("equal variances", None, "Welch's t-test"),
    (
        "spreads alike, or Welch's t",
        None,
        "a permutation test of Welch's t",
    ),
    (
        "groups are large enough",
        None,
        "Mann-Whitney tests of pairs, which are exact in small groups, with Holm's correction",
    ),
    (
        "expected counts are large enough",
        Some("chi-square test of goodness of fit"),
        "rare classes joined",
    ),
    (
        "expected counts are large enough",
        None,
        "Fisher's exact test, or rare levels joined",
    ),
    ("enough pairs changed", None, "McNemar's exact test"),
    (
        "enough successes and failures",
        Some("z-test of one proportion"),
        "the exact binomial test",
    ),
    ("enough successes and failures", None, "Fisher's exact test"),
    ("tails like the normal's", None, "Levene's test"),
    (
        "enough values for the chi-square law",
        None,
        "D'Agostino and Pearson's test",
    ),
];

impl TestResult {
    /// The tests to take instead, one for each assumption that does not hold and has a better one, in the order of
    /// [`TestResult::assumptions`] and each once.
    #[must_use]
    pub fn proposals(&self) -> Vec<&'static str> {
        let failed = self.assumptions.iter().filter(|assumption| !assumption.holds);
        let mut found: Vec<&str> = Vec::new();
        for proposal in failed.filter_map(|assumption| instead(assumption, self.method)) {
            if !found.contains(&proposal) {
                found.push(proposal);
            }
        }
        found
    }
}

fn instead(assumption: &Assumption, method: &str) -> Option<&'static str> {
    let of_name = || INSTEAD.iter().filter(|(name, _, _)| *name == assumption.name);
    let own = of_name().find(|(_, of, _)| *of == Some(method));
    own.or_else(|| of_name().find(|(_, of, _)| of.is_none()))
        .map(|(_, _, proposal)| *proposal)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::test::{Alternative, anova, chi_square, student_t, welch_t};

    #[test]
    fn an_assumption_that_fails_names_the_test_to_take() {
        let few = student_t(
            &[1.0, 2.0, 4.0],
            &[100.0, 500.0, 1200.0],
            Alternative::TwoSided,
            0.95,
        )
        .unwrap();
        let proposals = few.proposals();
        assert!(proposals.contains(&"Welch's t-test"), "{proposals:?}");
        let sparse = chi_square(&[1, 2, 3, 1], 2, false, 0.95).unwrap();
        assert_eq!(sparse.proposals(), ["Fisher's exact test, or rare levels joined"]);
        let groups = [0, 0, 0, 1, 1, 1, 2, 2, 2];
        let spread = [1.0, 2.0, 3.0, 10.0, 20.0, 30.0, 100.0, 200.0, 300.0];
        let proposals = anova(&spread, &groups, 3, 0.95).unwrap().proposals();
        assert!(proposals.contains(&"Welch's ANOVA"), "{proposals:?}");
    }

    #[test]
    fn a_test_that_holds_proposes_nothing() {
        let a: Vec<f64> = (0..50).map(f64::from).collect();
        let b: Vec<f64> = (3..53).map(f64::from).collect();
        assert!(
            welch_t(&a, &b, Alternative::TwoSided, 0.95)
                .unwrap()
                .proposals()
                .is_empty()
        );
    }
}
