//! The change told in lines: what everything did, what each finding did, and the rest.

use super::answer::{Effect, ShiftScale};
use stats::change::Level;

/// The lines of a story about a change.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) is_total: bool,
    pub(super) scale: ShiftScale,
    /// Whether sizes, and rates, of everything moved.
    pub(super) volume_moved: bool,
    pub(super) rate_moved: bool,
    /// The line and the movement of each finding.
    pub(super) findings: Vec<(usize, Effect)>,
}

/// What each line says of the change.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Told {
    /// The metric in both periods.
    pub(super) metric: [f64; 2],
    pub(super) volume: f64,
    pub(super) rate: f64,
    pub(super) findings: Vec<f64>,
    /// Growth of the sizes, and movement of the rates on their scale, of the rows outside all findings.
    pub(super) growth: f64,
    pub(super) shift: f64,
}

impl Told {
    pub(super) fn change(&self) -> f64 {
        self.metric[1] - self.metric[0]
    }

    pub(super) fn everything_else(&self) -> f64 {
        self.change() - self.volume - self.rate - self.findings.iter().sum::<f64>()
    }
}

impl Plan {
    /// Tells the change of `lines`, the last of which is of the rows outside all findings.
    ///
    /// With sizes `n`, shares `s` and rates `r`, a bar for the mean of both periods, `g` what the rest's rate did and `G` what
    /// its size did: rate `s' (dr - g)` or `n' (dr - g)`; mix `ds (r' - r'_others)`, with the rate of all other rows; volume `(dn - G n') r'`.
    pub(super) fn tell(&self, lines: &[Level]) -> Told {
        let size = [0, 1].map(|p| lines.iter().map(|line| line.size[p]).sum::<f64>());
        let sum = [0, 1].map(|p| lines.iter().map(|line| line.sum[p]).sum::<f64>());
        let metric = match self.is_total {
            true => sum,
            false => [0, 1].map(|p| sum[p] / size[p]),
        };
        let rest = lines.last().copied().unwrap_or_default();
        let (growth, shift) = (
            if self.volume_moved { growth(&rest) } else { 0.0 },
            self.shift(&rest),
        );
        // Of a mean each line counts by its share.
        let scale = if self.is_total { [1.0; 2] } else { size };
        let amount = |line: &Level| 0.5 * (line.size[0] / scale[0] + line.size[1] / scale[1]);
        let expected = |line: &Level| shift * self.slope(middle(line));
        let volume = match self.is_total {
            true => growth * lines.iter().map(|line| amount(line) * middle(line)).sum::<f64>(),
            false => 0.0,
        };
        let outside = |place: usize| {
            let others = lines.iter().enumerate().filter(|(other, _)| *other != place);
            others.fold(Level::default(), |all, (_, line)| all.with(line))
        };
        let effect = |(place, effect): &(usize, Effect)| {
            let line = &lines[*place];
            let rates = line.rates();
            match effect {
                Effect::Rate => amount(line) * (rates[1] - rates[0] - expected(line)),
                Effect::Mix => {
                    let gained = line.size[1] / scale[1] - line.size[0] / scale[0];
                    gained * (middle(line) - middle(&outside(*place)))
                }
                Effect::Volume => (line.size[1] - line.size[0] - growth * amount(line)) * middle(line),
            }
        };
        Told {
            metric,
            volume,
            rate: lines.iter().map(|line| amount(line) * expected(line)).sum(),
            findings: self.findings.iter().map(effect).collect(),
            growth,
            shift,
        }
    }

    /// How much the rest's rate moved, in units of the scale's slope.
    fn shift(&self, rest: &Level) -> f64 {
        let rates = rest.rates();
        let slope = self.slope(middle(rest));
        match self.rate_moved && slope > 0.0 {
            true => (rates[1] - rates[0]) / slope,
            false => 0.0,
        }
    }

    fn slope(&self, rate: f64) -> f64 {
        match self.scale {
            ShiftScale::Additive => 1.0,
            ShiftScale::Proportional => rate,
            ShiftScale::Odds => rate * (1.0 - rate),
        }
    }
}

/// Growth over the mean of both periods: a factor `f` is `2 (f - 1) / (f + 1)`, whichever period is the base.
fn growth(line: &Level) -> f64 {
    let both = line.size[0] + line.size[1];
    if both > 0.0 {
        2.0 * (line.size[1] - line.size[0]) / both
    } else {
        0.0
    }
}

fn middle(line: &Level) -> f64 {
    let [before, after] = line.rates();
    0.5 * (before + after)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(size: [f64; 2], sum: [f64; 2]) -> Level {
        Level { size, sum }
    }

    #[test]
    fn a_segment_and_a_shift_are_told_apart() {
        // Every mean rose from 10 to 11, that of the first line to 21.
        let lines = [
            level([10.0, 10.0], [100.0, 210.0]),
            level([90.0, 90.0], [900.0, 990.0]),
        ];
        let plan = Plan {
            is_total: false,
            scale: ShiftScale::Additive,
            volume_moved: false,
            rate_moved: true,
            findings: vec![(0, Effect::Rate)],
        };
        let told = plan.tell(&lines);
        assert!((told.rate - 1.0).abs() < 1e-12 && (told.findings[0] - 1.0).abs() < 1e-12);
        assert!(told.everything_else().abs() < 1e-12 && (told.change() - 2.0).abs() < 1e-12);
    }

    #[test]
    fn a_segment_that_grew_beside_growth() {
        // Everything doubled, the first line tripled besides.
        let lines = [
            level([10.0, 60.0], [50.0, 300.0]),
            level([90.0, 180.0], [90.0, 180.0]),
        ];
        let plan = Plan {
            is_total: true,
            scale: ShiftScale::Proportional,
            volume_moved: true,
            rate_moved: true,
            findings: vec![(0, Effect::Volume)],
        };
        let told = plan.tell(&lines);
        assert!(told.everything_else().abs() < 1e-12 && told.rate.abs() < 1e-12);
        let expected = (50.0 - 2.0 / 3.0 * 35.0) * 5.0;
        assert!((told.findings[0] - expected).abs() < 1e-9, "{}", told.findings[0]);
    }
}
