//! Pictures of columns side by side, and all pictures of a page by name.

use super::{Explored, format_of};
use profile::{ClassSpread, ColumnProfile, Plane, Profile};
use report::{Axis, Cells, Chart, Format, Group, Missing, MissingColumn, Scatter, Sides, Spread};

/// Different values below which boxes say nothing.
const FEWEST: f64 = 6.0;

/// A column's numbers in each class of the target.
pub(super) fn by_class(column: &ColumnProfile, target: &str) -> Option<Chart> {
    // a column of a few values is better told by its shares
    if column.by_class.is_empty() || column.distinct.value < FEWEST {
        return None;
    }
    let spread = Spread {
        groups: column.by_class.iter().map(group).collect(),
        axis: format!("{} by {target}", column.name),
        format: format_of(column),
    };
    let caption = "Outlines: how dense the values lie. Boxes: the middle half. Whiskers: 5% to 95%. Notches: about the median's 95% interval.";
    Some(Chart::new(format!("{} by {target}", column.name), spread).caption(caption))
}

fn group(found: &ClassSpread) -> Group {
    let [low, first, median, third, high] = found.quantiles;
    let ends = [found.min, found.max];
    Group {
        label: found.class.clone(),
        n: found.n,
        low,
        first,
        median,
        third,
        high,
        notch: Some(found.notch),
        far: ends
            .into_iter()
            .filter(|end| !(low..=high).contains(end))
            .collect(),
        density: found.density.clone(),
        ..Group::default()
    }
}

/// Where values are missing; nothing where gaps are few and lie anywhere.
pub(super) fn gaps(found: &Profile) -> Option<Chart> {
    let gaps = &found.relations.gaps;
    if !gaps.have_structure() {
        return None;
    }
    let share = |name: &str| found.column(name).map_or(0.0, ColumnProfile::missing_share);
    let mut columns: Vec<MissingColumn> = gaps
        .columns
        .iter()
        .map(|(name, blocks)| MissingColumn {
            name: name.clone(),
            share: share(name),
            blocks: blocks.clone(),
        })
        .collect();
    columns.sort_by(|a, b| b.share.total_cmp(&a.share));
    let missing = Missing {
        columns,
        n_rows: found.n_rows,
        together: gaps.together.clone(),
    };
    let sampled = match found.n_sampled < found.n_rows {
        true => ", in the sampled rows",
        false => "",
    };
    let caption = format!(
        "A strip for each column, first row to last: the darker, the more is missing there{sampled}."
    );
    Some(Chart::new("Gaps along the rows", missing).caption(caption))
}

/// The closest pairs of numbers.
pub(super) fn planes(found: &Profile) -> Vec<Chart> {
    found
        .relations
        .planes
        .iter()
        .map(|plane| picture(plane, found))
        .collect()
}

fn picture(plane: &Plane, found: &Profile) -> Chart {
    let axis = |name: &str| Axis::new(name, found.column(name).map_or(Format::Number, format_of));
    let cells = Cells {
        x_edges: plane.x_edges.clone(),
        y_edges: plane.y_edges.clone(),
        counts: plane.counts.clone(),
    };
    let scatter = Scatter {
        points: plane.points.clone(),
        cells: plane.points.is_empty().then_some(cells),
        x: axis(&plane.column),
        y: axis(&plane.other),
        ..Scatter::default()
    };
    let outside = match plane.n_outside {
        0 => String::new(),
        n => format!(
            "{} rows lie beyond the picture, in long tails.",
            report::format_count(n)
        ),
    };
    Chart::new(format!("{} against {}", plane.other, plane.column), scatter).caption(outside)
}

/// The part about gaps.
pub(super) fn missing_part(found: &Profile) -> Option<Sides> {
    let together = &found.relations.missing_together;
    let chart = gaps(found);
    if together.is_empty() && chart.is_none() {
        return None;
    }
    let words = |names: &Vec<String>| format!("Missing in exactly the same rows: {}.", names.join(", "));
    Some(Sides {
        heading: "Where values are missing".to_owned(),
        words: together.iter().map(words).collect(),
        chart,
        table: None,
    })
}

/// The parts about pairs of numbers.
pub(super) fn plane_parts(found: &Profile) -> impl Iterator<Item = Sides> {
    planes(found).into_iter().map(|chart| Sides {
        heading: chart.title.replacen(" against ", " and ", 1),
        words: Vec::new(),
        chart: Some(chart),
        table: None,
    })
}

/// Every picture of the page with a name of its own: `column`, `column-by-target`, `column-over-time`, `relations`, `missing`,
/// `other-against-column`; a name that stands already gets a number.
pub(super) fn all(explored: &Explored) -> Vec<(String, Chart)> {
    let found = &explored.profile;
    let against = explored.against.as_ref();
    let differences = against.and_then(|(other, found)| super::differences::picture(other, found));
    let mut charts: Vec<(String, Chart)> = differences
        .map(|chart| ("differences".to_owned(), chart))
        .into_iter()
        .collect();
    for column in &found.columns {
        let own = super::card::chart(column).map(|chart| (column.name.clone(), chart));
        let target = found.target.as_deref().unwrap_or_default();
        let by_class = by_class(column, target).map(|chart| (format!("{}-by-{target}", column.name), chart));
        charts.extend(own.into_iter().chain(by_class));
    }
    charts.extend(super::page::picture(&found.relations).map(|chart| ("relations".to_owned(), chart)));
    charts.extend(gaps(found).map(|chart| ("missing".to_owned(), chart)));
    let planes = found.relations.planes.iter().zip(planes(found));
    charts.extend(planes.map(|(plane, chart)| (format!("{}-against-{}", plane.other, plane.column), chart)));
    charts.extend(found.course.iter().flat_map(super::course::pictures));
    with_own_names(charts)
}

fn with_own_names(mut charts: Vec<(String, Chart)>) -> Vec<(String, Chart)> {
    let mut seen = std::collections::BTreeSet::new();
    for (name, _) in &mut charts {
        let plain = name.clone();
        for n in 2.. {
            if seen.insert(name.clone()) {
                break;
            }
            *name = format!("{plain}-{n}");
        }
    }
    charts
}
