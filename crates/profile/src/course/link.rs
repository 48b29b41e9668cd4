//! Which part of the rows stands behind a change or an odd stretch.

use super::{Course, Series, calendar};
use crate::pass::numbers_of;
use crate::why::{Effect, Metric, Options, Why, why};
use table::arrow::array::{ArrayRef, Float64Array};
use table::{Kind, Table};

/// Changes and odd stretches that are looked into.
const MOST_LINKED: usize = 4;
/// Rows looked at for each.
const MOST_ROWS: usize = 100_000;
/// Stretches that an odd one is held against: as many seasons away, or beside it without a season.
const MOST_BESIDE: usize = 8;
/// Stretches before and after a change, at least two seasons.
const AROUND: usize = 14;
/// The column of weights that rows are counted with, so that a stretch and the mean of several compare.
const WEIGHT: &str = "\u{1}one by number of stretches";

/// Segments behind a change or an odd stretch.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// The column whose mean it is; rows if `None`.
    pub column: Option<String>,
    /// The first stretch of the change, or the odd stretch.
    pub index: usize,
    /// Whether it is a change of the level.
    pub is_change: bool,
    /// What the rows after are held against: stretches before, or a season away.
    pub n_stretches: [usize; 2],
    /// The segments that moved beyond the rest, largest effect first, with their effect on the mean, or on rows a stretch, and
    /// its interval; empty where everything moved alike.
    pub segments: Vec<LinkedSegment>,
}

/// A segment behind a change.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkedSegment {
    /// Such as `shop is west`.
    pub label: String,
    /// How it moved.
    pub kind: Effect,
    /// How much of the change it makes.
    pub effect: stats::Estimate,
    /// The chance of it, corrected for every segment looked at.
    pub p_adjusted: f64,
}

/// One thing to be looked into.
struct Event<'a> {
    series: &'a Series,
    index: usize,
    is_change: bool,
    p_value: f64,
}

impl Course {
    /// Looks into the surest changes and odd stretches, with the rows of the table itself. What cannot be looked into, because
    /// too few rows are there, is left out, and so are columns that follow from time, such as months: they name when, not who.
    #[must_use]
    pub fn links(&self, table: &Table, level: f64, n_threads: usize) -> Vec<Link> {
        let events = self.events();
        let Some(times) = table.column(&self.time).ok().filter(|_| !events.is_empty()) else {
            return Vec::new();
        };
        let days = numbers_of(&times);
        let stretches: Vec<Option<usize>> = days.iter().map(|day| self.stretch(*day)).collect();
        let options = Options {
            exclude: std::iter::once(self.time.clone())
                .chain(calendar::follow(table, &self.time, self.unit))
                .collect(),
            level,
            n_threads,
            n_resamples: 200,
            ..Options::default()
        };
        let link = |event: &Event<'_>| self.link(event, table, &stretches, &options);
        events.iter().filter_map(link).collect()
    }

    /// The place of the stretch that a point in time lies in.
    fn stretch(&self, days: f64) -> Option<usize> {
        let first = self.unit.number(*self.starts.first()?);
        let at = days.is_finite().then(|| self.unit.number(days) - first)?;
        usize::try_from(at).ok().filter(|at| *at < self.starts.len())
    }

    /// The surest of each series first, then the others.
    fn events(&self) -> Vec<Event<'_>> {
        let mut events: Vec<(usize, Event<'_>)> = Vec::new();
        for series in &self.series {
            let changes = series
                .changes
                .iter()
                .map(|change| (change.index, true, change.p_value));
            let odd = series.odd.iter().map(|odd| (odd.index, false, odd.p_adjusted));
            let mut mine: Vec<(usize, bool, f64)> = changes.chain(odd).collect();
            mine.sort_by(|a, b| a.2.total_cmp(&b.2));
            events.extend(
                mine.into_iter()
                    .enumerate()
                    .map(|(rank, (index, is_change, p_value))| {
                        let event = Event {
                            series,
                            index,
                            is_change,
                            p_value,
                        };
                        (rank, event)
                    }),
            );
        }
        events.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.p_value.total_cmp(&b.1.p_value)));
        events
            .into_iter()
            .take(MOST_LINKED)
            .map(|(_, event)| event)
            .collect()
    }

    fn link(
        &self,
        event: &Event<'_>,
        table: &Table,
        stretches: &[Option<usize>],
        options: &Options,
    ) -> Option<Link> {
        let (before, after) = self.periods(event);
        let rows: Vec<(usize, bool)> = stretches
            .iter()
            .enumerate()
            .filter_map(|(row, stretch)| {
                let at = (*stretch)?;
                let is_after = after.contains(&at);
                (is_after || before.contains(&at)).then_some((row, is_after))
            })
            .collect();
        if rows.len() > MOST_ROWS {
            return None;
        }
        let places: Vec<usize> = rows.iter().map(|(row, _)| *row).collect();
        let mut part = table.take(&places).ok()?;
        let period: Vec<Option<bool>> = rows.iter().map(|(_, is_after)| Some(*is_after)).collect();
        let mut options = options.clone();
        let metric = match &event.series.column {
            Some(column) if part.kind(column) == Some(Kind::Boolean) => Metric::Rate {
                column: column.clone(),
                positive: Some("true".to_owned()),
            },
            Some(column) => Metric::Mean {
                column: column.clone(),
            },
            None => {
                let weight = |(_, is_after): &(usize, bool)| {
                    1.0 / if *is_after { after.len() } else { before.len() } as f64
                };
                let weights: ArrayRef =
                    std::sync::Arc::new(Float64Array::from_iter_values(rows.iter().map(weight)));
                part = part.with_column(WEIGHT, weights).ok()?;
                options.weight = Some(WEIGHT.to_owned());
                Metric::Count
            }
        };
        let found = why(&part, &period, &metric, &options).ok()?;
        Some(Link {
            column: event.series.column.clone(),
            index: event.index,
            is_change: event.is_change,
            n_stretches: [before.len(), after.len()],
            segments: segments(&found),
        })
    }

    /// The stretches before and after.
    fn periods(&self, event: &Event<'_>) -> (Vec<usize>, Vec<usize>) {
        let (series, at, n) = (event.series, event.index, self.starts.len());
        let season = series.seasons.iter().map(|season| season.season_length).max();
        if event.is_change {
            let place = series
                .changes
                .iter()
                .position(|change| change.index == at)
                .unwrap_or(0);
            let from = if place > 0 {
                series.changes[place - 1].index
            } else {
                0
            };
            let to = series.changes.get(place + 1).map_or(n, |next| next.index);
            let reach = AROUND.max(2 * season.unwrap_or(1));
            return (
                (from.max(at.saturating_sub(reach))..at).collect(),
                (at..to.min(at + reach)).collect(),
            );
        }
        let step = season
            .filter(|season| at + season < n || at >= *season)
            .unwrap_or(1);
        let is_odd = |at: &usize| series.odd.iter().any(|odd| odd.index == *at);
        let beside = (1..)
            .map(|k| k * step)
            .take_while(|away| *away <= at.max(n - 1 - at));
        let beside = beside.flat_map(|away| [at.checked_sub(away), Some(at + away).filter(|at| *at < n)]);
        (
            beside
                .flatten()
                .filter(|at| !is_odd(at))
                .take(MOST_BESIDE)
                .collect(),
            vec![at],
        )
    }
}

fn segments(found: &Why) -> Vec<LinkedSegment> {
    let segment = |finding: &crate::why::Finding| LinkedSegment {
        label: finding.label.clone(),
        kind: finding.effect_kind,
        effect: finding.effect,
        p_adjusted: finding.p_adjusted,
    };
    found.findings.iter().map(segment).collect()
}
