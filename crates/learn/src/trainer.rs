use std::fmt::{self, Debug};
use std::ops::ControlFlow;

use bundle::{Link, Model};
use prepare::{FeatureColumn, Features};

use crate::forest::OutOfBag;
use crate::weights::Weights;
use crate::{LearnError, Parts, Target};

/// Something that learns; its parameters were checked when it was made.
pub trait Trainer: Debug + Send + Sync {
    /// A short name.
    fn name(&self) -> &'static str;

    /// The margins that its models of this target have per row.
    fn n_outputs(&self, target: &Target) -> usize {
        target.n_outputs()
    }

    /// What the margins of its models of this target mean.
    fn link(&self, target: &Target) -> Link {
        target.link()
    }

    /// The levels of the quantiles that its models of a number tell, a margin each; none if they tell no quantiles.
    fn levels(&self) -> &[f64] {
        &[]
    }

    /// The same trainer, going on from a model.
    ///
    /// # Errors
    /// [`LearnError::Continue`] if it cannot, or not from this one.
    fn after(&self, _model: &Model) -> Result<Box<dyn Trainer>, LearnError> {
        let (trainer, problem) = (self.name(), "it learns anew each time".to_owned());
        Err(LearnError::Continue { trainer, problem })
    }

    /// Learns from `data`. The result depends on data, parameters and seed alone, never on threads.
    ///
    /// # Errors
    /// [`LearnError`] if the data cannot be learnt from, or the caller interrupts.
    fn fit(&self, data: &Training<'_>, context: &Context<'_>) -> Result<Model, LearnError>;

    /// Learns as [`Trainer::fit`] does, but from all rows except the last `n_held_out`: their loss, weighted, chooses the
    /// number of rounds, and ends the training.
    ///
    /// # Errors
    /// [`LearnError::NoRounds`] if the trainer has none to choose; [`LearnError::NoRows`] if no other row has a positive
    /// weight; as [`Trainer::fit`].
    fn fit_holding_out(
        &self,
        data: &Training<'_>,
        n_held_out: usize,
        context: &Context<'_>,
    ) -> Result<Model, LearnError> {
        match n_held_out {
            0 => self.fit(data, context),
            _ => Err(LearnError::NoRounds { trainer: self.name() }),
        }
    }

    /// Learns as [`Trainer::fit`] does, and says what each row is told by the trees that did not learn from it.
    ///
    /// # Errors
    /// [`LearnError::OutOfBag`] if the trainer leaves out no row; as [`Trainer::fit`].
    fn fit_out_of_bag(
        &self,
        _data: &Training<'_>,
        _context: &Context<'_>,
    ) -> Result<(Model, OutOfBag), LearnError> {
        let problem = "only trees of forests learn from rows of their own";
        Err(LearnError::OutOfBag {
            trainer: self.name(),
            problem,
        })
    }

    /// Learns from a table that comes in parts, of which one is held at a time; target, weights and names count as those
    /// of [`Training`].
    ///
    /// # Errors
    /// [`LearnError::Parts`] if the trainer needs the whole table, or the parts do not fit the target or each other; what
    /// [`Parts::each`] says; as [`Trainer::fit`].
    fn fit_in_parts(
        &self,
        _parts: &dyn Parts,
        _target: &Target,
        _weights: Option<&[f64]>,
        _names: &[String],
        _context: &Context<'_>,
    ) -> Result<Model, LearnError> {
        let problem = format!(
            "are not enough for {}: it needs the whole, as boosted trees do not",
            self.name()
        );
        Err(LearnError::Parts { problem })
    }
}

/// What to learn from.
#[derive(Clone, Copy, Debug)]
pub struct Training<'a> {
    /// The inputs, `(n_rows, n_features)`.
    pub features: &'a Features,
    /// What to tell, `(n_rows,)`.
    pub target: &'a Target,
    /// How often each row counts, `(n_rows,)`, zero or more; 1 each if absent. Whole numbers equal repeated rows.
    pub weights: Option<&'a [f64]>,
    /// What the features are called, `(n_features,)`, for parameters that name them; empty if they have no names.
    pub names: &'a [String],
}

/// What surrounds the learning.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Everything that is drawn is drawn from this.
    pub seed: u64,
    /// How many threads may work, at least 1.
    pub n_threads: usize,
    /// Told after every round; breaking off ends the training with [`LearnError::Interrupted`].
    pub progress: Option<&'a (dyn Fn(Progress) -> ControlFlow<()> + Sync)>,
}

/// How far a training is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// The rounds done.
    pub round: usize,
    /// The rounds planned at most.
    pub n_rounds: usize,
    /// The mean loss on held-out rows, if there are any.
    pub held_out_loss: Option<f64>,
    /// Whether these rounds only find out how many rounds are good; the training proper follows.
    pub choosing: bool,
}

impl Context<'_> {
    /// One thread, nobody told.
    pub fn new(seed: u64) -> Context<'static> {
        Context {
            seed,
            n_threads: 1,
            progress: None,
        }
    }

    /// Tells how far the training is.
    pub(crate) fn tell(&self, progress: Progress) -> Result<(), LearnError> {
        match self.progress.map(|tell| tell(progress)) {
            Some(ControlFlow::Break(())) => Err(LearnError::Interrupted {
                round: progress.round,
            }),
            _ => Ok(()),
        }
    }

    /// A pool of the threads allowed.
    pub(crate) fn pool(&self) -> Result<rayon::ThreadPool, LearnError> {
        let n_threads = self.n_threads.max(1);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build();
        pool.map_err(|error| LearnError::Threads {
            n_threads,
            reason: error.to_string(),
        })
    }
}

impl Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("seed", &self.seed)
            .field("n_threads", &self.n_threads)
            .finish()
    }
}

impl Training<'_> {
    /// Checks lengths, target and weights, and takes the weights up.
    pub(crate) fn check(&self) -> Result<Weights, LearnError> {
        let expected = self.features.n_rows;
        for column in &self.features.columns {
            length("a column", column.len(), expected)?;
            check_column(column, 0)?;
        }
        length("target", self.target.len(), expected)?;
        self.target.check()?;
        let weights = Weights::new(self.weights, expected)?;
        if weights.total_units == 0 {
            Err(LearnError::NoRows)
        } else {
            Ok(weights)
        }
    }

    /// The number of the feature that a parameter names.
    pub(crate) fn feature(&self, name: &str, parameter: &'static str) -> Result<usize, LearnError> {
        let found = self.names.iter().position(|known| known == name);
        found
            .filter(|&feature| feature < self.features.columns.len())
            .ok_or_else(|| {
                let near = |known: &&String| strsim::jaro_winkler(known, name);
                let nearest = self.names.iter().max_by(|a, b| near(a).total_cmp(&near(b)));
                let problem = match nearest.filter(|known| 0.7 < near(known)) {
                    Some(known) => format!("is no feature; did you mean `{known}`?"),
                    None => "is no feature".to_owned(),
                };
                LearnError::Feature {
                    parameter,
                    name: name.to_owned(),
                    problem,
                }
            })
    }

    /// Per feature: 0 for a number, else the number of levels.
    pub(crate) fn feature_levels(&self) -> Vec<u32> {
        let levels = |column: &FeatureColumn| match column {
            FeatureColumn::Number(_) => 0,
            FeatureColumn::Category { n_levels, .. } => *n_levels,
        };
        self.features.columns.iter().map(levels).collect()
    }
}

/// Refuses values that cannot be learnt from; `first` is the number of the column's first row.
pub(crate) fn check_column(column: &FeatureColumn, first: usize) -> Result<(), LearnError> {
    let (found, row, expected) = match column {
        FeatureColumn::Number(values) => match values.iter().position(|value| value.is_infinite()) {
            Some(row) => (values[row], first + row, "a finite number or NaN"),
            None => return Ok(()),
        },
        FeatureColumn::Category { n_levels: 0, .. } => (0.0, 0, "a category of at least one level"),
        FeatureColumn::Category { .. } => return Ok(()),
    };
    Err(LearnError::Value {
        what: "a feature",
        row,
        found,
        expected,
    })
}

fn length(what: &'static str, found: usize, expected: usize) -> Result<(), LearnError> {
    if found == expected {
        Ok(())
    } else {
        Err(LearnError::Length {
            what,
            found,
            expected,
        })
    }
}
