//! What is asked, in the words of `[why.*]`.

use super::Periods;
use crate::question::Refusal;
use profile::why::{Metric, Options};

/// What kind of number it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MetricWord {
    /// How many rows.
    #[default]
    Count,
    /// The sum of a column.
    Sum,
    /// The mean of a column.
    Mean,
    /// The share of a class.
    Rate,
    /// The sum of one column over that of another.
    Ratio,
}

impl MetricWord {
    /// The words of `metric`.
    pub const WORDS: [(&str, MetricWord); 5] = [
        ("count", MetricWord::Count),
        ("sum", MetricWord::Sum),
        ("mean", MetricWord::Mean),
        ("rate", MetricWord::Rate),
        ("ratio", MetricWord::Ratio),
    ];

    fn word(self) -> &'static str {
        MetricWord::WORDS
            .iter()
            .find(|(_, metric)| *metric == self)
            .map_or("", |(word, _)| word)
    }
}

/// Why a number changed: which number, between which periods.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asked {
    /// What kind of number it is.
    pub metric: MetricWord,
    /// Its column; none for a count.
    pub of: Option<String>,
    /// The column below, for a ratio.
    pub per: Option<String>,
    /// The class, for a rate.
    pub positive: Option<String>,
    /// The periods of one table; none if another table is the period before.
    pub periods: Option<Periods>,
    /// How to look.
    pub options: Options,
}

impl Asked {
    pub(super) fn metric(&self) -> Result<Metric, Refusal> {
        let refused = |key, found: &str, expected: &str| Refusal {
            key,
            found: found.to_owned(),
            expected: expected.to_owned(),
        };
        let column = || {
            let expected = format!("the column of the {}", self.metric.word());
            self.of
                .clone()
                .ok_or_else(|| refused("of", "no column", &expected))
        };
        if self.per.is_some() && self.metric != MetricWord::Ratio {
            return Err(refused("per", "a column", "none, or `metric = \"ratio\"`"));
        }
        if self.positive.is_some() && self.metric != MetricWord::Rate {
            return Err(refused("positive", "a class", "none, or `metric = \"rate\"`"));
        }
        Ok(match self.metric {
            MetricWord::Count => match &self.of {
                Some(_) => return Err(refused("of", "a column", "none, for a count of rows")),
                None => Metric::Count,
            },
            MetricWord::Sum => Metric::Sum { column: column()? },
            MetricWord::Mean => Metric::Mean { column: column()? },
            MetricWord::Rate => Metric::Rate {
                column: column()?,
                positive: self.positive.clone(),
            },
            MetricWord::Ratio => Metric::Ratio {
                numerator: column()?,
                denominator: self
                    .per
                    .clone()
                    .ok_or_else(|| refused("per", "no column", "the column below"))?,
            },
        })
    }

    /// Refuses columns that cannot do what they are named for beside the others.
    pub(super) fn check_columns(&self) -> Result<(), Refusal> {
        let by = self.periods.as_ref().map(|periods| &periods.by);
        let taken = [
            by,
            self.of.as_ref(),
            self.per.as_ref(),
            self.options.weight.as_ref(),
        ];
        let refused = |key, column: &str, expected: &str| {
            Err(Refusal {
                key,
                found: format!("`{column}`, which is the metric's or tells the periods apart"),
                expected: expected.to_owned(),
            })
        };
        if let Some(column) = self
            .options
            .dimensions
            .iter()
            .find(|column| taken.contains(&Some(*column)))
        {
            return refused("dimensions", column, "other columns");
        }
        match &self.options.cluster {
            Some(cluster) if taken.contains(&Some(cluster)) => refused("cluster", cluster, "another column"),
            _ => Ok(()),
        }
    }

    /// The number in words: `mean of Sales`.
    #[must_use]
    pub fn number(&self) -> String {
        let of = self.of.as_deref().unwrap_or_default();
        match (self.metric, &self.per, &self.positive) {
            (MetricWord::Count, ..) => "number of rows".to_owned(),
            (MetricWord::Ratio, Some(per), _) => format!("{of} per {per}"),
            (MetricWord::Rate, _, Some(positive)) => format!("share of {of} {positive}"),
            (MetricWord::Rate, ..) => format!("share of {of}"),
            (metric, ..) => format!("{} of {of}", metric.word()),
        }
    }

    pub(crate) fn sentence(&self) -> String {
        match &self.periods {
            None => format!("Why did the {} change?", self.number()),
            Some(periods) => format!(
                "Why did the {} change between {} {} and {}?",
                self.number(),
                periods.by,
                periods.before,
                periods.after
            ),
        }
    }
}
