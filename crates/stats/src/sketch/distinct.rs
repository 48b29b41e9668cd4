use super::{hash_bytes, hash_f64};
use crate::interval::{Estimate, two_sided_normal};
use crate::math::sqrt;
use crate::{StatsError, check};

/// Number of different values, in bounded memory.
///
/// Exact while few (a quarter of the registers), then HyperLogLog with 2^precision registers of one byte: a relative
/// standard error of `1.04 / sqrt(2^precision)`, 1.6 % at the default precision of 12. Independent of order and cut.
///
/// # Reference
/// P. Flajolet et al. (2007), AofA, 137-156; estimator of O. Ertl (2017), arXiv:1702.01284, which needs no bias tables.
#[derive(Debug, Clone)]
pub struct Distinct {
    precision: u8,
    content: Content,
}

#[derive(Debug, Clone)]
enum Content {
    /// Sorted hashes and some at the end that are not yet sorted in.
    Exact {
        sorted: Vec<u64>,
        recent: Vec<u64>,
    },
    Registers(Vec<u8>),
}

/// What a [`Distinct`] holds: either sorted hashes or registers, the other is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistinctParts {
    /// Log2 of the number of registers, in 4..=18.
    pub precision: u8,
    /// Different hashes, ascending, while exact.
    pub hashes: Vec<u64>,
    /// `2^precision` registers once no longer exact.
    pub registers: Vec<u8>,
}

impl Default for Distinct {
    fn default() -> Self {
        Self::with_precision(12)
    }
}

impl Distinct {
    /// An empty sketch of `2^precision` registers; `precision` is cut to 4..=18.
    #[must_use]
    pub fn with_precision(precision: u8) -> Self {
        let content = Content::Exact {
            sorted: Vec::new(),
            recent: Vec::new(),
        };
        Self {
            precision: precision.clamp(4, 18),
            content,
        }
    }

    /// Adds a value by its 64-bit hash, all of whose bits must be well mixed.
    pub fn add_hash(&mut self, hash: u64) {
        let limit = self.limit();
        match &mut self.content {
            Content::Registers(registers) => raise(registers, self.precision, hash),
            Content::Exact { sorted, recent } => {
                recent.push(hash);
                if recent.len() > 64 + sorted.len() {
                    sort_in(sorted, recent);
                    if sorted.len() > limit {
                        self.spill();
                    }
                }
            }
        }
    }

    /// Adds a value by its bytes.
    pub fn add_bytes(&mut self, bytes: &[u8]) {
        self.add_hash(hash_bytes(bytes));
    }

    /// Adds a number; 0 and -0 are one value, and so are all NaN.
    pub fn add_f64(&mut self, value: f64) {
        self.add_hash(hash_f64(value));
    }

    /// Adds everything that `other` has seen.
    ///
    /// # Errors
    /// [`StatsError::Incompatible`] if the precisions differ.
    pub fn merge(&mut self, other: &Self) -> Result<(), StatsError> {
        if self.precision != other.precision {
            return Err(StatsError::Incompatible {
                what: "precision of distinct counts",
                found: u64::from(other.precision),
                expected: u64::from(self.precision),
            });
        }
        match &other.content {
            Content::Exact { sorted, recent } => {
                for &hash in sorted.iter().chain(recent) {
                    self.add_hash(hash);
                }
            }
            Content::Registers(theirs) => {
                self.spill();
                if let Content::Registers(registers) = &mut self.content {
                    for (register, value) in registers.iter_mut().zip(theirs) {
                        *register = (*register).max(*value);
                    }
                }
            }
        }
        Ok(())
    }

    /// Number of different values with its interval at confidence `level`; without width while exact.
    ///
    /// # Errors
    /// A level outside (0, 1).
    pub fn estimate(&self, level: f64) -> Result<Estimate, StatsError> {
        check::level(level)?;
        let value = self.count();
        let half = two_sided_normal(level) * self.standard_error() * value;
        Ok(Estimate {
            value,
            low: (value - half).max(0.0),
            high: value + half,
        })
    }

    /// Number of different values, a whole number while exact.
    #[must_use]
    pub fn count(&self) -> f64 {
        match &self.settled().content {
            Content::Exact { sorted, .. } => sorted.len() as f64,
            Content::Registers(registers) => ertl_estimate(registers, self.precision),
        }
    }

    /// Relative standard error of the count; 0 while exact.
    #[must_use]
    pub fn standard_error(&self) -> f64 {
        match self.settled().content {
            Content::Exact { .. } => 0.0,
            Content::Registers(_) => 1.04 / sqrt((1_u64 << self.precision) as f64),
        }
    }

    /// The content in canonical form, for storing.
    #[must_use]
    pub fn parts(&self) -> DistinctParts {
        let (hashes, registers) = match self.settled().content {
            Content::Exact { sorted, .. } => (sorted, Vec::new()),
            Content::Registers(registers) => (Vec::new(), registers),
        };
        DistinctParts {
            precision: self.precision,
            hashes,
            registers,
        }
    }

    /// The sketch with this content.
    ///
    /// # Errors
    /// [`StatsError::Corrupt`] for sizes, orders or registers out of range.
    pub fn from_parts(parts: DistinctParts) -> Result<Self, StatsError> {
        let corrupt = |reason| {
            Err(StatsError::Corrupt {
                what: "distinct count",
                reason,
            })
        };
        if !(4..=18).contains(&parts.precision) {
            return corrupt("precision is not in 4..=18");
        }
        let mut sketch = Self::with_precision(parts.precision);
        if parts.registers.is_empty() {
            if parts.hashes.len() > sketch.limit() || parts.hashes.windows(2).any(|pair| pair[0] >= pair[1]) {
                return corrupt("hashes are too many or not ascending");
            }
            sketch.content = Content::Exact {
                sorted: parts.hashes,
                recent: Vec::new(),
            };
            return Ok(sketch);
        }
        if !parts.hashes.is_empty() || parts.registers.len() != 1 << parts.precision {
            return corrupt("registers do not fit the precision");
        }
        if parts
            .registers
            .iter()
            .any(|&register| register > 65 - parts.precision)
        {
            return corrupt("a register is out of range");
        }
        sketch.content = Content::Registers(parts.registers);
        Ok(sketch)
    }

    /// Hashes kept before registers take over.
    fn limit(&self) -> usize {
        1 << (self.precision - 2)
    }

    /// A copy without unsorted hashes: what is exact and what is not depends on the values alone.
    fn settled(&self) -> Self {
        let mut copy = self.clone();
        if let Content::Exact { sorted, recent } = &mut copy.content {
            sort_in(sorted, recent);
            if sorted.len() > self.limit() {
                copy.spill();
            }
        }
        copy
    }

    fn spill(&mut self) {
        if let Content::Exact { sorted, recent } = &self.content {
            let mut registers = vec![0; 1 << self.precision];
            for &hash in sorted.iter().chain(recent) {
                raise(&mut registers, self.precision, hash);
            }
            self.content = Content::Registers(registers);
        }
    }
}

/// The same values seen, in whatever order.
impl PartialEq for Distinct {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

fn sort_in(sorted: &mut Vec<u64>, recent: &mut Vec<u64>) {
    sorted.append(recent);
    sorted.sort_unstable();
    sorted.dedup();
}

/// The first bits choose the register, which keeps the longest run of leading zeros of the rest, plus 1.
fn raise(registers: &mut [u8], precision: u8, hash: u64) {
    let register = &mut registers[(hash >> (64 - precision)) as usize];
    let rest = (hash << precision) | (1 << (precision - 1));
    *register = (*register).max(rest.leading_zeros() as u8 + 1);
}

fn ertl_estimate(registers: &[u8], precision: u8) -> f64 {
    let m = registers.len() as f64;
    let q = usize::from(64 - precision);
    let mut counts = vec![0.0; q + 2];
    for &register in registers {
        counts[usize::from(register).min(q + 1)] += 1.0;
    }
    let mut z = m * tau(1.0 - counts[q + 1] / m);
    for count in counts[1..=q].iter().rev() {
        z = 0.5 * (z + count);
    }
    z += m * sigma(counts[0] / m);
    m * m / (2.0 * std::f64::consts::LN_2 * z)
}

/// `x + sum(x^(2^k) 2^(k-1))`.
fn sigma(mut x: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut z) = (1.0, x);
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if z == before {
            return z;
        }
    }
}

/// `(1 - x - sum((1 - x^(2^-k))^2 2^-k)) / 3`.
fn tau(mut x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = sqrt(x);
        let before = z;
        y *= 0.5;
        z -= (1.0 - x) * (1.0 - x) * y;
        if z == before {
            return z / 3.0;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn of(range: std::ops::Range<u64>) -> Distinct {
        let mut sketch = Distinct::default();
        for i in range {
            sketch.add_bytes(&i.to_le_bytes());
        }
        sketch
    }

    #[test]
    fn exact_while_few() {
        let mut sketch = of(0..1000);
        sketch.merge(&of(500..1024)).unwrap();
        assert_eq!((sketch.count(), sketch.standard_error()), (1024.0, 0.0));
        assert_eq!(Distinct::default().count(), 0.0);
        let mut numbers = Distinct::default();
        for x in [0.0, -0.0, f64::NAN, -f64::NAN, 1.5] {
            numbers.add_f64(x);
        }
        assert_eq!(numbers.count(), 3.0);
    }

    #[test]
    fn close_at_every_size() {
        for n in [1025, 3000, 10_000, 100_000, 1_000_000] {
            let sketch = of(0..n);
            let error = sketch.count() / n as f64 - 1.0;
            assert!(error.abs() < 3.0 * sketch.standard_error(), "{n}: {error}");
            assert!(sketch.estimate(0.999).unwrap().covers(n as f64));
        }
    }

    #[test]
    fn order_and_cut_change_nothing() {
        let whole = of(0..5000);
        let mut merged = of(4000..5000);
        merged.merge(&of(0..900)).unwrap();
        merged.merge(&of(800..4100)).unwrap();
        assert_eq!(whole.parts(), merged.parts());
        assert!(merged.merge(&Distinct::with_precision(5)).is_err());
    }

    #[test]
    fn parts_round_trip_and_hostile_parts_are_refused() {
        for sketch in [of(0..10), of(0..9000)] {
            assert_eq!(
                Distinct::from_parts(sketch.parts()).unwrap().parts(),
                sketch.parts()
            );
        }
        let parts = |precision, hashes, registers| DistinctParts {
            precision,
            hashes,
            registers,
        };
        assert!(Distinct::from_parts(parts(60, vec![], vec![])).is_err());
        assert!(Distinct::from_parts(parts(4, vec![2, 1], vec![])).is_err());
        assert!(Distinct::from_parts(parts(4, vec![1; 9], vec![])).is_err());
        assert!(Distinct::from_parts(parts(4, vec![], vec![0; 15])).is_err());
        assert!(Distinct::from_parts(parts(4, vec![], vec![62; 16])).is_err());
        assert!(Distinct::from_parts(parts(4, vec![1], vec![1; 16])).is_err());
        assert!(Distinct::from_parts(parts(4, vec![], vec![61; 16])).is_ok());
    }
}
