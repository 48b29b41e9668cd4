//! Forests: many deep trees, each grown by itself, and their mean.
//!
//! [`draws`] say which rows a tree learns from and which features its nodes look at, [`search`] finds a node's split by
//! a [`criterion`], [`grow`] grows a tree, [`fit`] all of them; [`prune`] leaves of a tree what each class needs.

mod criterion;
mod draws;
mod fit;
mod grow;
mod params;
mod prune;
mod search;
mod settings;
#[cfg(test)]
mod tests;

use bundle::{Link, Model};

pub use params::{Bootstrapping, Params};

use crate::{Context, LearnError, Target, Trainer, Training};

/// A random forest for yes or no, classes and numbers.
///
/// Each tree draws its rows with replacement and is grown as far as they differ; a node looks at some features that are
/// drawn for it, and takes the best of their splits: by the squared error of numbers, by Gini's impurity of classes. The
/// margin is the mean of the trees: a number, or the share of a class itself ([`Link::Share`]), which adds up to one
/// over the classes, bit for bit.
///
/// # Defaults
/// Parameters that are `None` follow Breiman's rules: of `p` features, a node looks at the root of `p` for classes and
/// at a third for numbers, and a leaf holds at least 1 row for classes and 5 for numbers.
///
/// # What is drawn
/// Rows are drawn by seed, tree and number: each unit of weight by Poisson's law of mean `row_sample`, which is drawing
/// with replacement from many rows. Units are numbered through the rows, so a whole weight is drawn as the row repeated
/// in its place, and the model is the same bit for bit. Where weights are no whole numbers, or more than 16 times the
/// number of rows together, a row is drawn as one and its weight counts as often: the same on average only. Repeated
/// rows elsewhere in the table have other numbers, and give another, equally good forest; without bootstrap the order
/// of rows changes nothing at all.
///
/// # Categories
/// Levels are put in the order of their means, or of the share of the heaviest class; missing is a level of its own. A
/// missing number goes to the side that is better, and where a node met none, to the heavier one.
///
/// # Reference
/// L. Breiman (2001), Random forests, Machine Learning 45; Poisson's law in place of drawing: N. C. Oza, S. Russell
/// (2001), Online bagging and boosting, AISTATS.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Forest {
    params: Params,
}

/// Extremely randomised trees for yes or no, classes and numbers: a [`Forest`] whose splits are drawn.
///
/// Of each feature that a node looks at one split is drawn, and the best of these is taken: for a number an edge,
/// uniform among the bins between the least and the greatest here (so that no monotone change of a feature changes the
/// model); for a category a side for each level; for missing numbers a side. All rows are learnt from unless
/// `bootstrap` says otherwise. Draws follow from seed, tree and node.
///
/// # Reference
/// P. Geurts, D. Ernst, L. Wehenkel (2006), Extremely randomized trees, Machine Learning 63; there thresholds are
/// uniform in value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExtraTrees {
    params: Params,
}

/// What rows are told by the trees that did not learn from them: an estimate as from cross-validation.
#[derive(Clone, Debug, PartialEq)]
pub struct OutOfBag {
    /// Margins per row.
    pub n_outputs: usize,
    /// What they mean.
    pub link: Link,
    /// The margins, `(n_rows, n_outputs)`; `NaN` in rows that every tree learnt from.
    pub margins: Vec<f64>,
    /// How many trees did not learn from each row, `(n_rows,)`.
    pub n_trees: Vec<u32>,
}

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Forest,
    ExtraTrees,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Forest => "random forest",
            Kind::ExtraTrees => "extra trees",
        }
    }

    fn link(self, target: &Target) -> Link {
        match target {
            Target::Binary(_) | Target::Classes { .. } => Link::Share,
            target => target.link(),
        }
    }

    fn fit(
        self,
        params: &Params,
        data: &Training<'_>,
        context: &Context<'_>,
        with_out_of_bag: bool,
    ) -> Result<(Model, Option<OutOfBag>), LearnError> {
        let weights = data.check()?;
        if with_out_of_bag && !params.leave_rows_out(self) {
            return Err(LearnError::OutOfBag {
                trainer: self.name(),
                problem: "each tree learns from every row; hint: `bootstrap = \"yes\"`, or `row_sample` below 1",
            });
        }
        context.pool()?.install(|| {
            let fitted = fit::fit(self, params, data, &weights, context)?;
            let out_of_bag = with_out_of_bag.then(|| fitted.out_of_bag());
            Ok((fitted.model(data.feature_levels())?, out_of_bag))
        })
    }
}

macro_rules! trainer {
    ($name:ident) => {
        impl $name {
            fn checked(params: Params) -> $name {
                $name { params }
            }

            /// The parameters, which were checked.
            pub fn params(&self) -> &Params {
                &self.params
            }
        }

        impl Trainer for $name {
            fn name(&self) -> &'static str {
                Kind::$name.name()
            }

            fn link(&self, target: &Target) -> Link {
                Kind::$name.link(target)
            }

            fn fit(&self, data: &Training<'_>, context: &Context<'_>) -> Result<Model, LearnError> {
                let (model, _) = Kind::$name.fit(&self.params, data, context, false)?;
                Ok(model)
            }

            fn fit_out_of_bag(
                &self,
                data: &Training<'_>,
                context: &Context<'_>,
            ) -> Result<(Model, OutOfBag), LearnError> {
                let (model, out_of_bag) = Kind::$name.fit(&self.params, data, context, true)?;
                Ok((model, out_of_bag.expect("it was asked for")))
            }
        }
    };
}

trainer!(Forest);
trainer!(ExtraTrees);
