//! Rising edges that numbers are counted against, sixteen side by side.

const ABREAST: usize = 16;

/// Edges in levels: an upper level holds the last edge of each sixteen of the level below.
#[derive(Clone, Debug)]
pub(super) struct Edges {
    /// From the top, which is sixteen edges; infinities fill what is over, of which each level has one at least.
    levels: Vec<Vec<[f64; ABREAST]>>,
    n: usize,
}

impl Edges {
    /// Takes edges that rise.
    pub(super) fn new(rising: &[f64]) -> Edges {
        let mut levels = vec![sixteens(rising.iter().copied())];
        while 1 < levels[0].len() {
            let lasts = levels[0].iter().map(|edges| edges[ABREAST - 1]);
            // The last of all is infinite and need not be told.
            let above = sixteens(lasts.take(levels[0].len() - 1));
            levels.insert(0, above);
        }
        Edges {
            levels,
            n: rising.len(),
        }
    }

    /// How many edges there are.
    pub(super) fn len(&self) -> usize {
        self.n
    }

    /// How many edges are below a value.
    #[inline(always)]
    pub(super) fn n_below(&self, value: f64) -> usize {
        let mut position = 0;
        for level in &self.levels {
            let below = level[position].iter().map(|edge| u64::from(*edge < value));
            position = position * ABREAST + below.sum::<u64>() as usize;
        }
        position
    }
}

/// Edges by sixteens, with infinities at the end.
fn sixteens(edges: impl Iterator<Item = f64>) -> Vec<[f64; ABREAST]> {
    let mut out = Vec::new();
    let mut n = 0;
    for edge in edges {
        if n % ABREAST == 0 {
            out.push([f64::INFINITY; ABREAST]);
        }
        out[n / ABREAST][n % ABREAST] = edge;
        n += 1;
    }
    if n % ABREAST == 0 {
        out.push([f64::INFINITY; ABREAST]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_below_is_counted() {
        for n in (0..40).chain([255, 256, 257, 4095, 4096, 5000]) {
            let rising: Vec<f64> = (0..n).map(f64::from).collect();
            let edges = Edges::new(&rising);
            assert_eq!(edges.len(), n as usize);
            let values = (-1..=n).flat_map(|value| [f64::from(value), f64::from(value) + 0.5]);
            for value in values.chain([f64::INFINITY, f64::NEG_INFINITY, f64::NAN]) {
                let expected = rising.iter().filter(|edge| **edge < value).count();
                assert_eq!(edges.n_below(value), expected, "{n} edges, {value}");
            }
        }
    }
}
