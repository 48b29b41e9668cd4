//! What a tree must keep to: directions of features, and which features may meet on a path.

use prepare::FeatureColumn;

use crate::{LearnError, Training};

/// Per feature the direction of its effect, 1 up, -1 down, 0 any; empty if none has one.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Directions(Vec<i8>);

/// The values between which the leaves below a node must lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Limits {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Directions {
    /// The directions of features by name.
    ///
    /// # Errors
    /// [`LearnError::Feature`] if there is no such feature, or it is a category.
    pub(crate) fn new(named: &[(String, i64)], data: &Training<'_>) -> Result<Directions, LearnError> {
        let mut directions = vec![0; data.features.columns.len()];
        for (name, direction) in named {
            let feature = data.feature(name, "monotone")?;
            if matches!(data.features.columns[feature], FeatureColumn::Category { .. }) {
                return Err(LearnError::Feature {
                    parameter: "monotone",
                    name: name.clone(),
                    problem: "is a category, which has no direction".to_owned(),
                });
            }
            directions[feature] = *direction as i8;
        }
        // Where nothing has a direction, nothing needs to be held within limits.
        let is_free = directions.iter().all(|direction| *direction == 0);
        Ok(Directions(if is_free { vec![] } else { directions }))
    }

    /// Those of the features at `order`.
    pub(crate) fn in_order(&self, order: &[usize]) -> Directions {
        Directions(if self.are_free() {
            vec![]
        } else {
            taken(&self.0, order)
        })
    }

    pub(crate) fn are_free(&self) -> bool {
        self.0.is_empty()
    }

    /// The direction in which values must go along a feature.
    pub(crate) fn of(&self, feature: usize) -> i8 {
        self.0.get(feature).copied().unwrap_or(0)
    }
}

fn taken<T: Copy>(all: &[T], order: &[usize]) -> Vec<T> {
    order.iter().map(|&place| all[place]).collect()
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            low: f64::NEG_INFINITY,
            high: f64::INFINITY,
        }
    }
}

impl Limits {
    #[inline(always)]
    pub(crate) fn hold(&self, value: f64) -> f64 {
        value.max(self.low).min(self.high)
    }

    /// The limits of the children of a split whose left side has the smaller values (`direction` 1) or the larger
    /// (-1); their sides meet in the middle, as in LightGBM's basic method.
    pub(crate) fn parted(self, direction: i8, values: [f64; 2]) -> [Limits; 2] {
        let middle = 0.5 * (values[0] + values[1]);
        let below = Limits { high: middle, ..self };
        let above = Limits { low: middle, ..self };
        match direction {
            0 => [self, self],
            1.. => [below, above],
            _ => [above, below],
        }
    }
}

/// Sets of features that may meet on a path from root to leaf; without any, all may.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Interactions {
    sets: Vec<Vec<bool>>,
}

/// The sets that hold every feature of a path.
#[derive(Clone, Debug, Default)]
pub(crate) struct Paths {
    sets: Vec<usize>,
}

impl Interactions {
    /// The sets of features by name.
    ///
    /// # Errors
    /// [`LearnError::Feature`] if there is no such feature.
    pub(crate) fn named(named: &[Vec<String>], data: &Training<'_>) -> Result<Interactions, LearnError> {
        let feature = |name: &String| data.feature(name, "interactions");
        let set = |names: &Vec<String>| names.iter().map(feature).collect::<Result<Vec<usize>, _>>();
        let sets: Vec<Vec<usize>> = named.iter().map(set).collect::<Result<_, _>>()?;
        Ok(Interactions::new(&sets, data.features.columns.len()))
    }

    /// Takes sets of features of `0..n_features`; a feature in none of them meets no other.
    pub(crate) fn new(sets: &[Vec<usize>], n_features: usize) -> Interactions {
        if sets.is_empty() {
            return Interactions::default();
        }
        let is_in = |set: &[usize]| {
            let mut is_in = vec![false; n_features];
            set.iter().for_each(|&feature| is_in[feature] = true);
            is_in
        };
        let mut all: Vec<Vec<bool>> = sets.iter().map(|set| is_in(set)).collect();
        let free = (0..n_features).filter(|&feature| all.iter().all(|set| !set[feature]));
        let alone: Vec<Vec<bool>> = free.map(|feature| is_in(&[feature])).collect();
        all.extend(alone);
        Interactions { sets: all }
    }

    /// Those of the features at `order`.
    pub(crate) fn in_order(&self, order: &[usize]) -> Interactions {
        Interactions {
            sets: self.sets.iter().map(|set| taken(set, order)).collect(),
        }
    }

    /// The path of the root.
    pub(crate) fn start(&self) -> Paths {
        Paths {
            sets: (0..self.sets.len()).collect(),
        }
    }
}

impl Paths {
    pub(crate) fn allow(&self, feature: usize, interactions: &Interactions) -> bool {
        interactions.sets.is_empty() || self.sets.iter().any(|&set| interactions.sets[set][feature])
    }

    pub(crate) fn after(&self, feature: usize, interactions: &Interactions) -> Paths {
        let sets = self.sets.iter().copied();
        Paths {
            sets: sets.filter(|&set| interactions.sets[set][feature]).collect(),
        }
    }
}
