//! What a tree must keep to: directions of features, and which features may meet on a path.

/// The values between which the leaves below a node must lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Limits {
    pub(super) low: f64,
    pub(super) high: f64,
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
    pub(super) fn hold(&self, value: f64) -> f64 {
        value.max(self.low).min(self.high)
    }

    /// The limits of the children of a split whose left side has the smaller values (`direction` 1) or the larger
    /// (-1); their sides meet in the middle, as in LightGBM's basic method.
    pub(super) fn parted(self, direction: i8, values: [f64; 2]) -> [Limits; 2] {
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
pub(super) struct Interactions {
    sets: Vec<Vec<bool>>,
}

/// The sets that hold every feature of a path.
#[derive(Clone, Debug, Default)]
pub(super) struct Paths {
    sets: Vec<usize>,
}

impl Interactions {
    /// Takes sets of features of `0..n_features`; a feature in none of them meets no other.
    pub(super) fn new(sets: &[Vec<usize>], n_features: usize) -> Interactions {
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

    /// The path of the root.
    pub(super) fn start(&self) -> Paths {
        Paths {
            sets: (0..self.sets.len()).collect(),
        }
    }
}

impl Paths {
    pub(super) fn allow(&self, feature: usize, interactions: &Interactions) -> bool {
        interactions.sets.is_empty() || self.sets.iter().any(|&set| interactions.sets[set][feature])
    }

    pub(super) fn after(&self, feature: usize, interactions: &Interactions) -> Paths {
        let sets = self.sets.iter().copied();
        Paths {
            sets: sets.filter(|&set| interactions.sets[set][feature]).collect(),
        }
    }
}
