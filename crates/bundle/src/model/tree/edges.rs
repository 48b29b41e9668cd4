//! Rising edges that numbers are counted against, sixteen side by side in memory.

const ABREAST: usize = 16;
/// Levels at most: four hold 65,535 edges.
const MOST_LEVELS: usize = 4;

/// Edges in levels: an upper level holds the last edge of each sixteen of the level below.
#[derive(Clone, Debug)]
pub(super) struct Edges {
    /// Level after level from the top, which is sixteen edges; infinities fill what is over, of which each level has one
    /// at least.
    sixteens: Vec<[f64; ABREAST]>,
    /// Where levels begin.
    starts: [u32; MOST_LEVELS],
    n_levels: usize,
    n: usize,
}

impl Edges {
    /// Takes at most 65,535 edges that rise.
    pub(super) fn new(rising: &[f64]) -> Edges {
        let mut levels = vec![sixteens(rising.iter().copied())];
        while 1 < levels[0].len() {
            let lasts = levels[0].iter().map(|edges| edges[ABREAST - 1]);
            // The last of all is infinite and need not be told.
            let above = sixteens(lasts.take(levels[0].len() - 1));
            levels.insert(0, above);
        }
        let mut starts = [0; MOST_LEVELS];
        for level in 1..levels.len() {
            starts[level] = starts[level - 1] + levels[level - 1].len() as u32;
        }
        Edges {
            sixteens: levels.concat(),
            starts,
            n_levels: levels.len(),
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
        for level in 0..self.n_levels {
            position = self.look(level, position, value);
        }
        position
    }

    /// The position in the level below, or in the end how many edges are below, given the sixteen of a level to look at.
    /// The last edge of the sixteen is never below the value: it is infinite, or the level above would have gone past it.
    #[inline(always)]
    fn look(&self, level: usize, position: usize, value: f64) -> usize {
        let edges = &self.sixteens[self.starts[level] as usize + position];
        // All are looked at: which side it is on would be guessed wrong half the time, and one look waits for no other.
        let below: u64 = edges.iter().map(|edge| u64::from(*edge < value)).sum();
        position * ABREAST + below as usize
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
        for n in (0..40).chain([255, 256, 257, 4095, 4096, 5000, 65_535]) {
            let mut rising: Vec<f64> = (0..n).map(f64::from).collect();
            if let (0, Some(last)) = (n % 2, rising.last_mut()) {
                *last = f64::INFINITY;
            }
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
