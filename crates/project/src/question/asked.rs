//! What is asked, however it was said: by a section of the project file, the command line or Python.

use stats::test::Alternative;

/// A question about one table.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The column that may differ.
    pub outcome: String,
    /// The column whose groups are compared, or with whose numbers the outcome is correlated.
    pub by: Option<String>,
    /// For an outcome of few values: the one whose share is compared.
    pub positive: Option<String>,
    /// The test.
    pub method: Method,
    /// The column that names a unit whose rows in the groups belong together.
    pub paired: Option<String>,
    /// The number that the mean, or the share of the positive value, is compared with.
    pub against: Option<f64>,
    /// Ask whether the means are nearer than this, instead of whether they differ.
    pub equivalent_within: Option<f64>,
    /// The direction asked about: the first of two groups against the second, or the outcome against the number.
    pub alternative: Alternative,
    /// Whether each pair of groups is compared too.
    pub each_pair: bool,
    /// The confidence level of all intervals.
    pub level: f64,
}

/// Which test answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// The one that the shape of the data asks for.
    #[default]
    Auto,
    /// Means, whose groups may have different spreads: Welch's t-test or ANOVA.
    Welch,
    /// Means of equal spreads: Student's t-test or the one-way ANOVA.
    Student,
    /// Ranks: Mann-Whitney, Kruskal-Wallis, Wilcoxon's signed ranks, Friedman.
    Ranks,
    /// Means by permutation of the labels of two groups, or of the signs of pairs.
    Permutation,
    /// Pearson's chi-square test of counts.
    ChiSquare,
    /// Fisher's exact test of counts.
    Fisher,
    /// Pearson's correlation with the numbers of `by`.
    Pearson,
    /// Spearman's rank correlation with the numbers of `by`.
    Spearman,
    /// Kendall's rank correlation with the numbers of `by`.
    Kendall,
}

impl Method {
    /// All methods and their words.
    pub const WORDS: [(&'static str, Method); 10] = [
        ("auto", Method::Auto),
        ("welch", Method::Welch),
        ("student", Method::Student),
        ("ranks", Method::Ranks),
        ("permutation", Method::Permutation),
        ("chi-square", Method::ChiSquare),
        ("fisher", Method::Fisher),
        ("pearson", Method::Pearson),
        ("spearman", Method::Spearman),
        ("kendall", Method::Kendall),
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        let found = Method::WORDS.iter().find(|(_, method)| *method == self);
        found.map_or("auto", |(word, _)| word)
    }

    /// Whether it relates two columns of numbers.
    pub(super) fn is_relation(self) -> bool {
        matches!(self, Method::Pearson | Method::Spearman | Method::Kendall)
    }

    /// Whether it compares counts of classes.
    pub(super) fn is_of_counts(self) -> bool {
        matches!(self, Method::ChiSquare | Method::Fisher)
    }
}

/// The directions and their words.
pub const ALTERNATIVES: [(&str, Alternative); 3] = [
    ("two-sided", Alternative::TwoSided),
    ("less", Alternative::Less),
    ("greater", Alternative::Greater),
];

/// The confidence level where none is said.
pub const LEVEL: f64 = 0.95;

/// A key of a question that cannot be answered, what was found there and what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The key, such as `outcome`.
    pub key: &'static str,
    /// What was found.
    pub found: String,
    /// What was expected.
    pub expected: String,
}

impl Refusal {
    pub(super) fn new(key: &'static str, found: impl Into<String>, expected: impl Into<String>) -> Refusal {
        Refusal {
            key,
            found: found.into(),
            expected: expected.into(),
        }
    }
}

impl Asked {
    /// A question in its simplest form: does `outcome` differ by `by`?
    pub fn new(outcome: &str, by: Option<&str>) -> Asked {
        Asked {
            outcome: outcome.to_owned(),
            by: by.map(str::to_owned),
            positive: None,
            method: Method::Auto,
            paired: None,
            against: None,
            equivalent_within: None,
            alternative: Alternative::TwoSided,
            each_pair: false,
            level: LEVEL,
        }
    }

    /// The question as a person asks it.
    pub fn sentence(&self) -> String {
        let outcome = &self.outcome;
        match (&self.by, self.against) {
            (Some(by), _) if self.method.is_relation() => format!("Does `{outcome}` go with `{by}`?"),
            (Some(by), _) if self.equivalent_within.is_some() => {
                format!("Is `{outcome}` the same by `{by}`?")
            }
            (Some(by), _) => format!("Does `{outcome}` differ by `{by}`?"),
            (None, Some(against)) => format!("Does `{outcome}` differ from {against}?"),
            (None, None) => format!("What is `{outcome}`?"),
        }
    }

    /// What does not go together, whatever the data are.
    ///
    /// # Errors
    /// The first key that has no meaning beside the others.
    pub fn check(&self) -> Result<(), Refusal> {
        let is_level = 0.0 < self.level && self.level < 1.0;
        if !is_level {
            return Err(Refusal::new(
                "level",
                self.level.to_string(),
                "a confidence level above 0 and below 1",
            ));
        }
        self.check_sides()?;
        self.check_equivalence()?;
        if self.each_pair && (self.by.is_none() || self.paired.is_some() || self.method.is_relation()) {
            return Err(Refusal::new(
                "each_pair",
                "a question without groups of their own rows",
                "`by`, no `paired`, and no correlation",
            ));
        }
        Ok(())
    }

    fn check_sides(&self) -> Result<(), Refusal> {
        match (&self.by, self.against) {
            (None, None) => {
                return Err(Refusal::new(
                    "by",
                    "no `by`",
                    "the column of groups, or `against`, a number",
                ));
            }
            (Some(_), Some(against)) => {
                return Err(Refusal::new(
                    "against",
                    format!("{against} beside `by`"),
                    "one of the two",
                ));
            }
            (None, Some(against)) if !against.is_finite() => {
                return Err(Refusal::new("against", against.to_string(), "a finite number"));
            }
            _ => {}
        }
        match (&self.paired, &self.by) {
            (Some(_), None) => Err(Refusal::new(
                "paired",
                "no `by` beside it",
                "the column whose groups are paired",
            )),
            (Some(unit), Some(by)) if unit == by || *unit == self.outcome => Err(Refusal::new(
                "paired",
                format!("`{unit}`, which is asked about"),
                "the column that names a unit",
            )),
            _ if self.by.as_ref() == Some(&self.outcome) => {
                Err(Refusal::new("by", "the outcome itself", "another column"))
            }
            _ if self.method.is_relation() && (self.paired.is_some() || self.by.is_none()) => {
                Err(Refusal::new(
                    "method",
                    format!("`{}`", self.method.word()),
                    "`by`, a column of numbers, and no `paired`",
                ))
            }
            _ => Ok(()),
        }
    }

    fn check_equivalence(&self) -> Result<(), Refusal> {
        let Some(margin) = self.equivalent_within else {
            return Ok(());
        };
        if !(0.0 < margin && margin.is_finite()) {
            return Err(Refusal::new(
                "equivalent_within",
                margin.to_string(),
                "a difference above 0, in the outcome's unit",
            ));
        }
        if !matches!(self.method, Method::Auto | Method::Welch | Method::Student) {
            let found = format!("`{}` beside `equivalent_within`", self.method.word());
            return Err(Refusal::new(
                "method",
                found,
                "auto, welch or student: means are compared",
            ));
        }
        if self.alternative != Alternative::TwoSided {
            let found = format!("`{}` beside `equivalent_within`", self.alternative.as_str());
            return Err(Refusal::new(
                "alternative",
                found,
                "two-sided: both ends of the margin are asked about",
            ));
        }
        Ok(())
    }
}
