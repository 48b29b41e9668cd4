//! What a series is made of, where it changed, and which of its values are unlike those before.

use crate::array::Array;
use crate::numbers::{Numbers, refusal};
use crate::tidy::{Record, Tidy, result_class, row};
use crate::{add_functions, computed};
use pyo3::prelude::*;
use stats::series::{self, AnomalyParams, ChangeParams, Changing, StlParams};
use stats::{StatsError, series::Reading};

result_class! {
    /// A season that a series seems to have.
    "spanwise.stats" Season {
        /// After how many values it comes again.
        season_length: usize,
        /// The autocorrelation at that lag, without trend, wild values and the seasons found before.
        autocorrelation: f64,
        /// The share of the variation that it explains, of what the seasons found before leave.
        share: f64,
        /// The chance of a season as marked at any lag if there is none.
        p_value: f64,
    }

    fn __repr__(&self) -> String {
        let Season { season_length, share, p_value, .. } = self;
        format!("Season(of {season_length} values, share {share:?}, p = {p_value:?})")
    }
}

impl Tidy for Season {}

result_class! {
    /// A series split into parts that add up to it.
    "spanwise.stats" Decomposition {
        /// After how many values each season comes again, in rising order.
        season_lengths: Vec<usize>,
        /// How strong the trend is, from 0 to 1.
        trend_strength: f64,
        /// How strong each season is, from 0 to 1.
        seasonal_strengths: Vec<f64>,
        /// The slow part.
        trend: Array,
        /// One part for each season.
        seasonal: Vec<Array>,
        /// What is left over, NaN where the value is missing.
        remainder: Array,
        /// How much each value was believed, from 0 to 1.
        weights: Array,
    }

    fn __repr__(&self) -> String {
        let Decomposition { season_lengths, trend_strength, .. } = self;
        format!("<Decomposition: seasons {season_lengths:?}, strength of the trend {trend_strength:?}>")
    }
}

/// A row for each value.
impl Tidy for Decomposition {
    fn rows(&self) -> Vec<Record> {
        let seasons = self.season_lengths.iter().zip(&self.seasonal);
        let seasons = seasons.map(|(length, part)| (format!("seasonal_{length}"), part));
        let mut columns = vec![("trend".to_owned(), &self.trend)];
        columns.extend(seasons);
        columns.push(("remainder".to_owned(), &self.remainder));
        columns.push(("weight".to_owned(), &self.weights));
        by_value(&columns)
    }
}

/// A row for each value: its position and the number at its place in each column.
fn by_value(columns: &[(String, &Array)]) -> Vec<Record> {
    let columns: Vec<(&String, &[f64])> = columns
        .iter()
        .map(|(name, column)| (name, column.numbers_and_columns().0))
        .collect();
    let n = columns.first().map_or(0, |(_, numbers)| numbers.len());
    let at = |index: usize| {
        let numbers = columns.iter().map(|(name, numbers)| {
            (
                (*name).clone(),
                numbers.get(index).copied().unwrap_or(f64::NAN).into(),
            )
        });
        let mut cells = row([("index", (index as u64).into())]);
        cells.extend(numbers);
        cells
    };
    (0..n).map(at).collect()
}

result_class! {
    /// A place at which a series changed.
    "spanwise.stats" ChangePoint {
        /// Position of the first value after the change.
        index: usize,
        /// The first and the last position at which the change may have been.
        places: (usize, usize),
        /// The mean before.
        mean_before: f64,
        /// The mean after.
        mean_after: f64,
        /// The standard deviation before.
        sd_before: f64,
        /// The standard deviation after.
        sd_after: f64,
        /// Mean after less mean before.
        jump: f64,
        /// The lower end of its interval.
        low: f64,
        /// The upper end.
        high: f64,
        /// The jump in standard deviations of the noise.
        effect: f64,
        /// The chance of a change as marked if there is none.
        p_value: f64,
    }

    fn __repr__(&self) -> String {
        let ChangePoint { index, jump, low, high, p_value, .. } = self;
        format!("ChangePoint(at {index}: {jump:?}, {low:?} to {high:?}, p = {p_value:?})")
    }
}

impl Tidy for ChangePoint {
    fn rows(&self) -> Vec<Record> {
        vec![row([
            ("index", (self.index as u64).into()),
            ("first", (self.places.0 as u64).into()),
            ("last", (self.places.1 as u64).into()),
            ("mean_before", self.mean_before.into()),
            ("mean_after", self.mean_after.into()),
            ("jump", self.jump.into()),
            ("low", self.low.into()),
            ("high", self.high.into()),
            ("effect", self.effect.into()),
            ("p_value", self.p_value.into()),
        ])]
    }
}

result_class! {
    /// What is said of each value of a series from those before it.
    "spanwise.stats" Anomalies {
        /// The value that was expected.
        expected: Array,
        /// The lower end of where it was expected.
        low: Array,
        /// The upper end.
        high: Array,
        /// The chance of a value as odd.
        p_values: Array,
        /// How striking and how new, from 0 to below 1.
        scores: Array,
        /// Positions of the values that are called odd, at most the asked share of them wrongly.
        indices: Vec<usize>,
    }

    fn __repr__(&self) -> String {
        format!("<Anomalies: {} at {:?}>", self.indices.len(), self.indices)
    }
}

/// A row for each value.
impl Tidy for Anomalies {
    fn rows(&self) -> Vec<Record> {
        let columns = [
            ("expected", &self.expected),
            ("low", &self.low),
            ("high", &self.high),
            ("p_value", &self.p_values),
            ("score", &self.scores),
        ];
        by_value(&columns.map(|(name, column)| (name.to_owned(), column)))
    }
}

/// The seasons of a series with a p-value of at most ``significance``, at most four, in the order in which they are found.
///
/// Shapes: x (n,) in the order of time at equal distances; at least three seasons must fit in.
/// Missing: keeps its place in time.
/// Errors: ``SpanwiseError`` below 8 values that are there, infinities, a significance outside (0, 1).
/// Source: M. Vlachos, P. Yu, V. Castelli (2005), SIAM Data Mining, 449-460.
#[pyfunction]
#[pyo3(signature = (x, significance = 0.01))]
fn seasons(x: Numbers, significance: f64) -> PyResult<Vec<Season>> {
    let found = computed(|| series::seasons(&x, significance))?;
    let found = found.into_iter().map(|season| Season {
        season_length: season.season_length,
        autocorrelation: season.autocorrelation,
        share: season.share,
        p_value: season.p_value,
    });
    Ok(found.collect())
}

/// Splits a series into trend, one season and remainder (STL). ``seasonal`` is the window of the season, odd, from 3.
///
/// Shapes: endog (n,) in the order of time; each part (n,).
/// Missing: without weight; trend and season go on across it.
/// Errors: ``SpanwiseError`` below two seasons, a phase without any value, windows that are even, infinities.
/// Source: R. B. Cleveland and others (1990), J. Official Statistics 6, 3-73; statsmodels ``STL``.
#[pyfunction]
#[pyo3(signature = (endog, period, seasonal = 7, *, robust = false))]
fn stl(endog: Numbers, period: usize, seasonal: usize, robust: bool) -> PyResult<Decomposition> {
    decomposed(|| series::stl(&endog, &StlParams::with_seasonal_window(period, seasonal, robust)))
}

/// Splits a series into trend, several seasons and remainder (MSTL). Without ``periods`` the seasons are looked for.
///
/// Shapes: endog (n,) in the order of time; each part (n,).
/// Missing: without weight; trend and season go on across it.
/// Errors: ``SpanwiseError`` for too few values, a phase without any value, infinities.
/// Source: K. Bandara, R. J. Hyndman, C. Bergmeir (2021), arXiv:2107.13462; statsmodels ``MSTL``.
#[pyfunction]
#[pyo3(signature = (endog, periods = None, *, robust = false))]
fn mstl(endog: Numbers, periods: Option<Vec<usize>>, robust: bool) -> PyResult<Decomposition> {
    decomposed(|| {
        let looked_for = || {
            let found = series::seasons(&endog, 0.01)?;
            Ok(found.iter().map(|season| season.season_length).collect())
        };
        series::mstl(&endog, &periods.map_or_else(looked_for, Ok)?, robust)
    })
}

fn decomposed(
    work: impl FnOnce() -> Result<series::Decomposition, StatsError> + Send,
) -> PyResult<Decomposition> {
    let found = computed(work)?;
    Ok(Decomposition {
        season_lengths: found.seasonal.iter().map(|part| part.season_length).collect(),
        trend_strength: found.trend_strength(),
        seasonal_strengths: found.seasonal_strengths(),
        trend: Array::list(found.trend),
        seasonal: found
            .seasonal
            .into_iter()
            .map(|part| Array::list(part.values))
            .collect(),
        remainder: Array::list(found.remainder),
        weights: Array::list(found.weights),
    })
}

/// Where a series changed: each place with its interval, its jump with its interval, and the chance of so marked a change if
/// there is none; ``significance`` is the chance of any change point in a series without one.
///
/// ``changing`` is "mean", or "mean and variance". ``shortest`` is the fewest values between two changes.
///
/// Shapes: x (n,) in the order of time.
/// Missing: keeps its place in time.
/// Errors: ``SpanwiseError`` for fewer than two segments' values, infinities, numbers outside (0, 1).
/// Source: R. Killick, P. Fearnhead, I. A. Eckley (2012), JASA 107, 1590-1598.
#[pyfunction]
#[pyo3(signature = (x, changing = "mean", *, significance = 0.05, level = 0.95, shortest = 5))]
fn change_points(
    x: Numbers,
    changing: &str,
    significance: f64,
    level: f64,
    shortest: usize,
) -> PyResult<Vec<ChangePoint>> {
    let changing = match changing {
        "mean" => Changing::Mean,
        "mean and variance" => Changing::MeanAndVariance,
        other => {
            return Err(refusal(
                format!("changing {other:?}"),
                "\"mean\" or \"mean and variance\"",
            ));
        }
    };
    let params = ChangeParams {
        changing,
        significance,
        level,
        shortest,
    };
    let found = computed(|| series::change_points(&x, &params))?;
    Ok(found.points.iter().map(ChangePoint::from).collect())
}

impl From<&series::ChangePoint> for ChangePoint {
    fn from(point: &series::ChangePoint) -> ChangePoint {
        ChangePoint {
            index: point.index,
            places: point.places,
            mean_before: point.means.0,
            mean_after: point.means.1,
            sd_before: point.sds.0,
            sd_after: point.sds.1,
            jump: point.jump.0,
            low: point.jump.1,
            high: point.jump.2,
            effect: point.effect,
            p_value: point.p_value,
        }
    }
}

/// Judges each value of a series from those before it alone, as a service would that sees them come; after a first hundred.
///
/// ``season_length`` is after how many values the season comes again, 0 without one. ``forgetting`` is the share of the past
/// that each value makes forgotten, ``window`` how many values a shift is judged by. At most the share ``rate`` of the values
/// in ``indices`` is expected to be called odd wrongly (Benjamini and Hochberg over the whole series).
///
/// Shapes: x (n,) in the order of time; expectations, intervals, p-values and scores (n,).
/// Missing: is never odd.
/// Errors: ``SpanwiseError`` for numbers outside their range.
/// Source: S. Gelper, R. Fried, C. Croux (2010), J. Forecasting 29, 285-300; the Numenta benchmark.
#[pyfunction]
#[pyo3(signature = (x, season_length = 0, *, forgetting = 0.001, window = 12, level = 0.95, rate = 0.1))]
fn anomalies(
    x: Numbers,
    season_length: usize,
    forgetting: f64,
    window: usize,
    level: f64,
    rate: f64,
) -> PyResult<Anomalies> {
    let params = AnomalyParams {
        season_length,
        forgetting,
        window,
        level,
    };
    let (readings, is_odd) = computed(|| {
        let readings = series::anomalies(&x, &params)?;
        let p_values: Vec<f64> = readings.iter().map(|reading| reading.p_value).collect();
        let is_odd = series::flag_across(&p_values, rate)?;
        Ok::<_, StatsError>((readings, is_odd))
    })?;
    let column = |number: fn(&Reading) -> f64| Array::list(readings.iter().map(number).collect());
    Ok(Anomalies {
        expected: column(|reading| reading.expected),
        low: column(|reading| reading.interval.0),
        high: column(|reading| reading.interval.1),
        p_values: column(|reading| reading.p_value),
        scores: column(|reading| reading.score),
        indices: (0..is_odd.len()).filter(|index| is_odd[*index]).collect(),
    })
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Season>()?;
    module.add_class::<Decomposition>()?;
    module.add_class::<ChangePoint>()?;
    module.add_class::<Anomalies>()?;
    add_functions!(module, seasons, stl, mstl, change_points, anomalies);
    Ok(())
}
