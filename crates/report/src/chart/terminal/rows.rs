//! Charts with a line for each name: bars, boxes, shades.

use super::super::Group;
use super::super::axis::Scale;
use super::super::plot::{Bars, Colour, Grid, Mark, Plot};
use super::{Paper, cut, n_columns, padded};

/// What one name's line holds: a letter and its colour for each column.
type Strip = Vec<(char, Colour)>;

/// Draws a line for each name, two where bars stand side by side.
pub(super) fn draw(paper: &mut Paper, plot: &Plot) {
    if let Some(grid) = plot.layers.iter().find_map(|layer| match &layer.mark {
        Mark::Grid(grid) => Some(grid),
        _ => None,
    }) {
        return draw_grid(paper, plot, grid);
    }
    let names = names_room(paper, &plot.y.names);
    let words = plot.layers.iter().filter_map(|layer| match &layer.mark {
        Mark::Bars(bars) => bars.words.iter().map(|word| n_columns(word)).max(),
        _ => None,
    });
    let words = words.max().map_or(0, |widest| widest.min(paper.width / 4) + 1);
    let room = paper.width.saturating_sub(names + 1 + words).max(8);
    let (low, high) = plot.x.range.unwrap_or_else(|| Scale::span(ends(plot)));
    let scale = Scale {
        low,
        high,
        from: 0.0,
        to: room as f64,
    };
    let is_double = plot
        .layers
        .iter()
        .any(|layer| matches!(&layer.mark, Mark::Bars(bars) if bars.at.iter().any(|at| at.fract() != 0.0)));
    if plot.has_legend() {
        draw_legend(paper, plot);
    }
    for (place, name) in plot.y.names.iter().enumerate() {
        let halves: &[f64] = if is_double { &[-0.25, 0.25] } else { &[0.0] };
        for (line, half) in halves.iter().enumerate() {
            let at = place as f64 + half;
            let (strip, word) = strip(plot, at, &scale, room);
            let name = if line == 0 {
                padded(name, names)
            } else {
                " ".repeat(names)
            };
            let drawn = painted(paper, &strip);
            paper.line(&format!("{name} {drawn} {}", cut(&word, words.saturating_sub(1))));
        }
    }
    draw_foot(paper, plot, &scale, names + 1);
}

fn names_room(paper: &Paper, names: &[String]) -> usize {
    names
        .iter()
        .map(|name| n_columns(name))
        .max()
        .unwrap_or(0)
        .min(paper.width * 2 / 5)
}

/// Every value that the scale must hold; bars hold zero by where they begin.
fn ends(plot: &Plot) -> impl Iterator<Item = f64> {
    plot.layers.iter().flat_map(|layer| -> Vec<f64> {
        match &layer.mark {
            Mark::Bars(bars) => bars.from.iter().chain(&bars.to).copied().collect(),
            Mark::Whiskers { low, high, .. } => low.iter().chain(high).copied().collect(),
            Mark::Dots { points, .. } => points.iter().map(|(x, _)| *x).collect(),
            Mark::Boxes(groups) => groups
                .iter()
                .filter(|group| group.is_drawable())
                .flat_map(Group::ends)
                .collect(),
            Mark::Rule {
                upright: true, at, ..
            } => vec![*at],
            _ => Vec::new(),
        }
    })
}

/// What stands on the line at `at`, and the word behind it.
fn strip(plot: &Plot, at: f64, scale: &Scale, room: usize) -> (Strip, String) {
    let mut strip: Strip = vec![(' ', Colour::Ink); room];
    let mut word = String::new();
    for layer in &plot.layers {
        match &layer.mark {
            Mark::Bars(bars) => {
                for place in (0..bars.at.len()).filter(|place| (bars.at[*place] - at).abs() < 0.25) {
                    draw_bar(&mut strip, bars, place, layer.colour, scale);
                    word = bars.words.get(place).cloned().unwrap_or_default();
                }
            }
            Mark::Whiskers {
                across: true,
                at: places,
                low,
                high,
            } => {
                let mine = (0..places.len()).filter(|place| (places[*place] - at).abs() < 0.5);
                for place in mine.filter(|place| low[*place].is_finite() && high[*place].is_finite()) {
                    let (from, to) = (cell(scale, low[place], room), cell(scale, high[place], room));
                    (from..=to).for_each(|column| strip[column] = ('─', layer.colour));
                }
            }
            Mark::Dots { points, .. } => {
                for (x, _) in points
                    .iter()
                    .filter(|(x, y)| (y - at).abs() < 0.5 && x.is_finite())
                {
                    strip[cell(scale, *x, room)] = ('●', layer.colour);
                }
            }
            Mark::Boxes(groups) => {
                if let Some(group) = groups.get(at as usize).filter(|group| group.is_drawable()) {
                    draw_box(&mut strip, group, scale, room);
                }
            }
            Mark::Rule {
                upright: true, at, ..
            } => {
                let column = cell(scale, *at, room);
                if strip[column].0 == ' ' {
                    strip[column] = ('┊', Colour::Grey);
                }
            }
            _ => {}
        }
    }
    (strip, word)
}

fn cell(scale: &Scale, x: f64, room: usize) -> usize {
    (scale.at(x) as usize).min(room.saturating_sub(1))
}

/// Whole blocks, and a part of one at the end of a bar that goes to the right.
fn draw_bar(strip: &mut Strip, bars: &Bars, place: usize, colour: Colour, scale: &Scale) {
    const PARTS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    let (from, to) = (bars.from[place], bars.to[place]);
    if !(from.is_finite() && to.is_finite()) {
        return;
    }
    let colour = match bars.shades.get(place) {
        Some(shade) if *shade < 0.0 => Colour::Two,
        Some(_) => Colour::One,
        None => colour,
    };
    let (left, right) = (scale.at(from.min(to)), scale.at(from.max(to)));
    let room = strip.len();
    let (first, last) = ((left.round() as usize).min(room - 1), right.floor() as usize);
    (first..last.min(room)).for_each(|column| strip[column] = ('█', colour));
    if bars.words.is_empty() {
        // a swarm: how high it stands is what it says
        let letter = super::block(bars.thick[place] / 0.84);
        (first..last.max(first + 1).min(room)).for_each(|column| strip[column] = (letter, colour));
        return;
    }
    let part = ((right - right.floor()) * 8.0) as usize;
    if last < room && first <= last && 0 < part {
        strip[last] = (PARTS[part], colour);
    } else if last <= first && from != to {
        strip[first] = ('▏', colour);
    }
}

fn draw_box(strip: &mut Strip, group: &Group, scale: &Scale, room: usize) {
    let at = |x: f64| cell(scale, x, room);
    for far in group.far.iter().filter(|x| x.is_finite()) {
        strip[at(*far)] = ('∘', Colour::Grey);
    }
    (at(group.low)..=at(group.high)).for_each(|column| strip[column] = ('─', Colour::Ink));
    strip[at(group.low)] = ('├', Colour::Ink);
    strip[at(group.high)] = ('┤', Colour::Ink);
    (at(group.first)..=at(group.third)).for_each(|column| strip[column] = ('▒', Colour::One));
    strip[at(group.median)] = ('┃', Colour::Ink);
}

/// The letters, each run of one colour painted at once.
fn painted(paper: &Paper, strip: &Strip) -> String {
    let mut out = String::new();
    for run in strip.chunk_by(|a, b| a.1 == b.1) {
        let text: String = run.iter().map(|(letter, _)| *letter).collect();
        out.push_str(&paper.painted(&text, run[0].1));
    }
    out
}

pub(super) fn draw_legend(paper: &mut Paper, plot: &Plot) {
    let named = plot.layers.iter().filter(|layer| !layer.name.is_empty());
    let items: Vec<String> = named
        .map(|layer| {
            let swatch = match layer.mark {
                Mark::Line { dashed: true, .. } => "╌╌",
                Mark::Line { .. } | Mark::Whiskers { .. } => "──",
                Mark::Dots { .. } => "●",
                _ => "■",
            };
            format!(
                "{} {}",
                paper.painted(swatch, layer.colour),
                cut(&layer.name, paper.width / 2)
            )
        })
        .collect();
    paper.line(&items.join("   "));
}

/// The ends of the scale below the lines, and what it measures.
fn draw_foot(paper: &mut Paper, plot: &Plot, scale: &Scale, left: usize) {
    let room = scale.to as usize;
    let [low, high] = [scale.low, scale.high].map(|end| cut(&plot.x.format.value(end), room / 2));
    let gap = room.saturating_sub(n_columns(&low) + n_columns(&high));
    paper.line(&format!("{}{low}{}{high}", " ".repeat(left), " ".repeat(gap)));
    if !plot.x.title.is_empty() {
        let title = cut(&plot.x.title, room);
        paper.line(&format!(
            "{}{title}",
            " ".repeat(left + room.saturating_sub(n_columns(&title)))
        ));
    }
}

/// Shades: names of columns are numbered where there are words in the cells.
fn draw_grid(paper: &mut Paper, plot: &Plot, grid: &Grid) {
    let names = names_room(paper, &plot.y.names);
    let n = grid.shades.first().map_or(0, Vec::len);
    let room = paper.width.saturating_sub(names + 1);
    let widest = grid
        .words
        .iter()
        .flatten()
        .chain(&plot.x.names)
        .map(|word| n_columns(word))
        .max()
        .unwrap_or(0);
    let widest_cell = if grid.words.is_empty() {
        2
    } else {
        (widest + 2).max(4)
    };
    let cell = room.checked_div(n).map_or(1, |cell| cell.clamp(1, widest_cell));
    if !plot.x.names.is_empty() && 3 < cell {
        let heads: String = plot
            .x
            .names
            .iter()
            .map(|name| padded(&cut(name, cell - 1), cell))
            .collect();
        paper.line(&format!("{} {heads}", " ".repeat(names)));
    }
    let n_shown = n.min(room / cell);
    for (row, name) in plot.y.names.iter().enumerate() {
        let cells = (0..n_shown).map(|column| {
            let value = grid.shades[row].get(column).copied().unwrap_or(f64::NAN);
            let colour = if value < 0.0 { Colour::Two } else { Colour::One };
            let word = grid.words.get(row).and_then(|words| words.get(column));
            match word.filter(|word| n_columns(word) < cell) {
                Some(word) => paper.painted(&padded(word, cell), colour),
                None => paper.painted(&shade(value).to_string().repeat(cell), colour),
            }
        });
        let cells: String = cells.collect();
        paper.line(&format!("{} {cells}", padded(name, names)));
    }
    if !plot.x.title.is_empty() {
        paper.line(&format!("{} {}", " ".repeat(names), cut(&plot.x.title, room)));
    }
}

/// How dark a share is.
pub(super) fn shade(value: f64) -> char {
    match value.abs() {
        size if !size.is_finite() => ' ',
        size if size <= 0.001 => '·',
        size if size < 0.3 => '░',
        size if size < 0.55 => '▒',
        size if size < 0.8 => '▓',
        _ => '█',
    }
}
