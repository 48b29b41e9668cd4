use crate::test::check_codes;
use crate::{StatsError, check};

/// When an event counts for a metric: from `delay` after the unit's exposure, for `length`, in the unit of the times.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// How long after the exposure counting begins; 0 or more.
    pub delay: f64,
    /// How long it goes on; infinite for all that comes.
    pub length: f64,
}

/// One value per unit: its events within the window, summed.
#[derive(Debug, Clone, PartialEq)]
pub struct Windowed {
    /// `(n_units,)`: 0 for a unit without events, NaN for one whose window is still open or that was never exposed.
    pub values: Vec<f64>,
    /// Units whose window was still open at the end: their values would be too low.
    pub n_open: u64,
    /// Units without an exposure.
    pub n_unexposed: u64,
    /// Events before the exposure or the delay, which the treatment cannot have made.
    pub n_events_before: u64,
    /// Events after the window.
    pub n_events_after: u64,
    /// Events without a value or a time.
    pub n_events_missing: u64,
}

impl Window {
    /// Sums the events of each unit that fall into its window.
    ///
    /// # Shapes and units
    /// `exposed_at` is `(n_units,)`, NaN for a unit that never was; `event_units`, `event_times` and `event_values`
    /// are `(n_events,)`. Times are in one unit, such as days; `until` is when the data end. The start of a window
    /// counts, its end does not.
    ///
    /// # Errors
    /// [`StatsError::OutOfRange`] for a delay below 0, a length not above 0, a code out of range or an `until` that is
    /// NaN;
    /// [`StatsError::LengthMismatch`].
    pub fn sum(
        self,
        exposed_at: &[f64],
        event_units: &[u32],
        event_times: &[f64],
        event_values: &[f64],
        until: f64,
    ) -> Result<Windowed, StatsError> {
        self.check(until)?;
        check::same_length("event_times", event_times.len(), event_units.len())?;
        check::same_length("event_values", event_values.len(), event_units.len())?;
        check_codes("event_units", event_units, exposed_at.len())?;
        let mut found = self.empty(exposed_at, until);
        for (event, &unit) in event_units.iter().enumerate() {
            let (time, value) = (event_times[event], event_values[event]);
            let since = time - exposed_at[unit as usize] - self.delay;
            if time.is_nan() || value.is_nan() {
                found.n_events_missing += 1;
            } else if since < 0.0 {
                found.n_events_before += 1;
            } else if since >= self.length {
                found.n_events_after += 1;
            } else {
                found.values[unit as usize] += value;
            }
        }
        Ok(found)
    }

    fn empty(self, exposed_at: &[f64], until: f64) -> Windowed {
        // an endless window never closes: what has come by the end is what counts
        let is_open = |at: f64| self.length.is_finite() && at + self.delay + self.length > until;
        let start = |&at: &f64| if at.is_nan() || is_open(at) { f64::NAN } else { 0.0 };
        Windowed {
            values: exposed_at.iter().map(start).collect(),
            n_open: exposed_at.iter().filter(|&&at| is_open(at)).count() as u64,
            n_unexposed: exposed_at.iter().filter(|at| at.is_nan()).count() as u64,
            n_events_before: 0,
            n_events_after: 0,
            n_events_missing: 0,
        }
    }

    fn check(self, until: f64) -> Result<(), StatsError> {
        let fits = [
            ("delay", self.delay, self.delay >= 0.0 && self.delay.is_finite()),
            ("length", self.length, self.length > 0.0),
            ("until", until, !until.is_nan()),
        ];
        match fits.iter().find(|(_, _, fits)| !fits) {
            Some(&(what, found, _)) => Err(StatsError::OutOfRange {
                what,
                found,
                expected: "a finite delay from 0 up, a length above 0 and an end that is no NaN",
            }),
            None => Ok(()),
        }
    }
}
