//! The same picture as a program for Matplotlib, to be run, read and changed.

use super::plot::{Bars, Colour, Grid, Layer, Mark, Plot, Side, shade};
use super::{Chart, Group};
use crate::Format;
use crate::text::visible;
use std::fmt::Write;

/// Characters of a caption in a line below the plot.
const LINE: usize = 96;

impl Chart {
    /// The picture as a Python program that needs Matplotlib alone: a function `draw(ax)`, and a main part that shows it.
    ///
    /// Every text is written as a Python string, so that no name in the data can become code.
    #[must_use]
    pub fn to_matplotlib_code(&self) -> String {
        let plot = Plot::of(self).with_room();
        let mut code = Code::default();
        code.head(&self.title, &plot);
        for layer in &plot.layers {
            code.layer(layer);
        }
        code.axis("x", &plot.x);
        code.axis("y", &plot.y);
        code.foot(self, &plot);
        code.0
    }
}

/// A program in the making.
#[derive(Default)]
struct Code(String);

impl Code {
    fn head(&mut self, title: &str, plot: &Plot) {
        let height = match plot.y.names.len() {
            0 => 3.8,
            n => 1.4 + 0.38 * n as f64,
        };
        self.0.push_str("import matplotlib.pyplot as plt\n");
        self.0.push_str("from matplotlib import ticker\n\n");
        let _: std::fmt::Result = writeln!(self.0, "# inches\nSIZE = (7.3, {height:.1})\n\n");
        self.0.push_str("def draw(ax):\n");
        self.line(&format!(
            "\"\"\"{}\"\"\"",
            visible(title).replace('\\', "\\\\").replace('"', "'")
        ));
        self.line("nan = float(\"nan\")");
    }

    fn line(&mut self, text: &str) {
        let _: std::fmt::Result = writeln!(self.0, "    {text}");
    }

    fn layer(&mut self, layer: &Layer) {
        let (colour, label) = (quoted(&layer.colour.hex()), named(&layer.name));
        match &layer.mark {
            Mark::Bars(held) => self.bars(held, &colour, &label),
            Mark::Line { points, dashed } => {
                let (x, y) = unzip(points);
                let style = if *dashed { "--" } else { "-" };
                let width = if layer.colour == Colour::Ink { 1.0 } else { 2.0 };
                self.line(&format!(
                    "ax.plot({}, {}, {style:?}, color={colour}, linewidth={width:?}{label})",
                    numbers(&x),
                    numbers(&y)
                ));
            }
            Mark::Band { x, low, high } => self.line(&format!(
                "ax.fill_between({}, {}, {}, color={colour}, alpha=0.2, linewidth=0{label})",
                numbers(x),
                numbers(low),
                numbers(high)
            )),
            Mark::Area(points) => {
                let (x, y) = unzip(points);
                let (x, y) = (numbers(&x), numbers(&y));
                self.line(&format!(
                    "ax.fill({x}, {y}, color={colour}, alpha=0.8, linewidth=0{label})"
                ));
            }
            Mark::Dots { points, sizes, .. } => {
                let (x, y) = unzip(points);
                let areas: Vec<f64> = sizes.iter().map(|size| 40.0 * size * size).collect();
                let alpha = if 40 < points.len() { 0.5 } else { 1.0 };
                self.line(&format!(
                    "ax.scatter({}, {}, s={}, color={colour}, alpha={alpha:?}, edgecolors=\"white\", linewidths=0.8, zorder=3{label})",
                    numbers(&x),
                    numbers(&y),
                    numbers(&areas)
                ));
            }
            Mark::Whiskers {
                across,
                at,
                low,
                high,
            } => {
                let lines = if *across { "hlines" } else { "vlines" };
                let width = if layer.colour == Colour::OneTint { 5.0 } else { 1.2 };
                self.line(&format!(
                    "ax.{lines}({}, {}, {}, color={colour}, linewidth={width:?}{label})",
                    numbers(at),
                    numbers(low),
                    numbers(high)
                ));
            }
            Mark::Boxes(groups) => self.boxes(groups),
            Mark::Grid(held) => self.grid(held),
            Mark::Rule { upright, at, label } => self.rule(*upright, *at, label),
        }
    }

    fn bars(&mut self, held: &Bars, colour: &str, label: &str) {
        let lengths: Vec<f64> = held
            .from
            .iter()
            .zip(&held.to)
            .map(|(from, to)| to - from)
            .collect();
        let colour = match held.shades.is_empty() {
            true => colour.to_owned(),
            false => list(held.shades.iter().map(|value| quoted(&shade(*value)))),
        };
        let (bar, start, thick) = if held.across {
            ("barh", "left", "height")
        } else {
            ("bar", "bottom", "width")
        };
        let edge = if held.across {
            ""
        } else {
            ", edgecolor=\"white\", linewidth=0.6"
        };
        self.line(&format!(
            "ax.{bar}({}, {}, {start}={}, {thick}={}, color={colour}{edge}{label})",
            numbers(&held.at),
            numbers(&lengths),
            numbers(&held.from),
            numbers(&held.thick)
        ));
        for (place, word) in held.words.iter().enumerate() {
            let (side, apart) = if held.is_leftward(place) {
                ("right", -4)
            } else {
                ("left", 4)
            };
            let at = [held.words_at[place], held.at[place]].map(number);
            self.line(&format!(
                "ax.annotate({}, ({}, {}), xytext=({apart}, 0), textcoords=\"offset points\", ha={side:?}, va=\"center\", fontsize=9, fontweight=\"bold\")",
                quoted(&plain(word)),
                at[0],
                at[1]
            ));
        }
    }

    fn boxes(&mut self, groups: &[Group]) {
        let drawn = || groups.iter().enumerate().filter(|(_, group)| group.is_drawable());
        let stats = drawn().map(|(_, group)| {
            let number = |x: f64| number(x);
            let notch = group.notch.map_or(String::new(), |(low, high)| {
                format!(", \"cilo\": {}, \"cihi\": {}", number(low), number(high))
            });
            let far = group.far.iter().copied().filter(|x| x.is_finite()).collect::<Vec<_>>();
            format!(
                "{{\"whislo\": {}, \"q1\": {}, \"med\": {}, \"q3\": {}, \"whishi\": {}, \"mean\": {}, \"fliers\": {}{notch}}}",
                number(group.low),
                number(group.first),
                number(group.median),
                number(group.third),
                number(group.high),
                number(group.mean.unwrap_or(f64::NAN)),
                numbers(&far)
            )
        });
        let places: Vec<f64> = drawn().map(|(place, _)| place as f64).collect();
        let all = |of: fn(&Group) -> bool| drawn().all(|(_, group)| of(group));
        let notch = if all(|group| group.notch.is_some()) {
            "True"
        } else {
            "False"
        };
        let means = if all(|group| group.mean.is_some_and(f64::is_finite)) {
            "True"
        } else {
            "False"
        };
        let (one, tint) = (quoted(&Colour::One.hex()), quoted(&Colour::OneTint.hex()));
        self.line(&format!("boxes = {}", list(stats)));
        // what lies down has had two names
        self.line("from inspect import signature");
        self.line("");
        self.line("lying = {\"orientation\": \"horizontal\"} if \"orientation\" in signature(ax.bxp).parameters else {\"vert\": False}");
        self.line(&format!("line = {{\"color\": {one}, \"linewidth\": 1.2}}"));
        self.line(&format!(
            "ax.bxp(boxes, positions={}, widths=0.5, shownotches={notch}, showmeans={means}, patch_artist=True, manage_ticks=False, boxprops={{\"facecolor\": {tint}, \"edgecolor\": {one}}}, medianprops={{\"color\": {one}, \"linewidth\": 2}}, whiskerprops=line, capprops=line, flierprops={{\"markersize\": 4, \"markerfacecolor\": \"none\"}}, meanprops={{\"marker\": \"o\", \"markersize\": 5, \"markerfacecolor\": {one}, \"markeredgecolor\": \"white\"}}, **lying)",
            numbers(&places)
        ));
    }

    fn grid(&mut self, held: &Grid) {
        let rows = list(held.shades.iter().map(|row| numbers(row)));
        self.line("from matplotlib.colors import LinearSegmentedColormap");
        self.line("");
        let colours = list([-1.0, 0.0, 1.0].map(|value| quoted(&shade(value))).into_iter());
        self.line(&format!(
            "shades = LinearSegmentedColormap.from_list(\"shades\", {colours})"
        ));
        self.line(&format!("values = {rows}"));
        let n_columns = held.shades.first().map_or(0, Vec::len);
        let edge = if n_columns <= 24 {
            ", edgecolors=\"white\", linewidth=0.4"
        } else {
            ""
        };
        self.line(&format!(
            "ax.pcolormesh({}, {}, values, cmap=shades, vmin=-1, vmax=1{edge})",
            numbers(&held.x_edges),
            numbers(&held.y_edges)
        ));
        if !held.words.is_empty() {
            let words = list(
                held.words
                    .iter()
                    .map(|row| list(row.iter().map(|word| quoted(&plain(word))))),
            );
            self.line(&format!("for y, row in enumerate({words}):"));
            self.line("    for x, word in enumerate(row):");
            self.line("        tone = \"white\" if abs(values[y][x]) >= 0.6 else \"#1b1d21\"");
            self.line("        ax.text(x, y, word, ha=\"center\", va=\"center\", fontsize=9, color=tone)");
        }
    }

    fn rule(&mut self, upright: bool, at: f64, label: &str) {
        let (line, at, label) = (
            if upright { "axvline" } else { "axhline" },
            number(at),
            quoted(&plain(label)),
        );
        self.line(&format!(
            "ax.{line}({at}, color=\"#1b1d21\", linewidth=1, linestyle=\"--\", alpha=0.65)"
        ));
        if upright {
            self.line(&format!(
                "ax.annotate({label}, ({at}, 1), xycoords=(\"data\", \"axes fraction\"), xytext=(0, 3), textcoords=\"offset points\", ha=\"center\", fontsize=9, color=\"#5a616b\")"
            ));
        }
    }

    fn axis(&mut self, name: &str, side: &Side) {
        if !side.title.is_empty() {
            self.line(&format!(
                "ax.set_{name}label({}, color=\"#5a616b\")",
                quoted(&plain(&side.title))
            ));
        }
        if !side.names.is_empty() {
            let places = numbers(
                &(0..side.names.len())
                    .map(|place| place as f64)
                    .collect::<Vec<_>>(),
            );
            let names = list(side.names.iter().map(|name| quoted(&plain(name))));
            let turn = if name == "x" && 6 < side.names.len() {
                ", rotation=90"
            } else {
                ""
            };
            self.line(&format!("ax.set_{name}ticks({places}, {names}{turn})"));
            let n = side.names.len() as f64;
            let (from, to) = if side.downward {
                (n - 0.5, -0.5)
            } else {
                (-0.5, n - 0.5)
            };
            self.line(&format!("ax.set_{name}lim({from:?}, {to:?})"));
            return;
        }
        if let Some((low, high)) = side.range {
            self.line(&format!("ax.set_{name}lim({}, {})", number(low), number(high)));
        }
        let formatter = match &side.format {
            Format::Percent => "ticker.PercentFormatter(1, decimals=0)".to_owned(),
            Format::Change => "lambda value, _: f\"{value:+.0%}\"".to_owned(),
            Format::Points => "lambda value, _: f\"{100 * value:+.3g}\"".to_owned(),
            Format::Signed => "lambda value, _: f\"{value:+,.10g}\"".to_owned(),
            Format::Prefix(unit) => {
                format!("lambda value, _: {} + f\"{{value:,.10g}}\"", quoted(&plain(unit)))
            }
            Format::Suffix(unit) => {
                format!(
                    "lambda value, _: f\"{{value:,.10g}} \" + {}",
                    quoted(&plain(unit))
                )
            }
            Format::Number => "lambda value, _: f\"{value:,.10g}\"".to_owned(),
            // Matplotlib counts days from 1970-01-01, as we do
            Format::Date => return self.line(&format!("ax.{name}axis_date()")),
        };
        self.line(&format!("ax.{name}axis.set_major_formatter({formatter})"));
    }

    fn foot(&mut self, chart: &Chart, plot: &Plot) {
        let has_grid = plot
            .layers
            .iter()
            .any(|layer| matches!(layer.mark, Mark::Grid(_)));
        let axis = if plot.y.names.is_empty() { "both" } else { "x" };
        let n_named = plot.layers.iter().filter(|layer| !layer.name.is_empty()).count();
        let pad = if plot.has_legend() {
            14 + 15 * n_named.div_ceil(4)
        } else {
            18
        };
        self.line(&format!(
            "ax.set_title({}, loc=\"left\", fontweight=\"bold\", wrap=True, pad={})",
            quoted(&plain(&chart.title)),
            pad
        ));
        if !has_grid {
            self.line(&format!("ax.grid(axis={axis:?}, color=\"#e6e8ec\")"));
        }
        self.line("ax.set_axisbelow(True)");
        self.line("ax.spines[[\"top\", \"right\", \"left\"]].set_visible(False)");
        self.line("ax.tick_params(length=0)");
        if plot.has_legend() {
            self.line("ax.legend(frameon=False, loc=\"lower left\", bbox_to_anchor=(0, 1), ncols=4, borderaxespad=0, fontsize=9)");
        }
        if !chart.caption.is_empty() {
            // names beside the plot take from the width of what stands below it
            let names = plot
                .y
                .names
                .iter()
                .map(|name| name.chars().count())
                .max()
                .unwrap_or(0);
            let room = LINE - (names * 5 / 4).min(LINE / 2);
            let caption = quoted(&wrapped(&plain(&chart.caption), room));
            let below = if plot.x.title.is_empty() { -26 } else { -42 };
            self.line(&format!(
                "ax.annotate({caption}, (0, 0), xycoords=\"axes fraction\", xytext=(0, {below}), textcoords=\"offset points\", va=\"top\", fontsize=9, color=\"#5a616b\")"
            ));
        }
        self.line("return ax");
        self.0.push_str("\n\nif __name__ == \"__main__\":\n");
        self.line("figure, ax = plt.subplots(figsize=SIZE, layout=\"constrained\")");
        self.line("draw(ax)");
        self.line("plt.show()");
    }
}

fn unzip(points: &[(f64, f64)]) -> (Vec<f64>, Vec<f64>) {
    points.iter().copied().unzip()
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

fn numbers(values: &[f64]) -> String {
    list(values.iter().map(|x| number(*x)))
}

/// A number as Python reads it; a name of the program's head where it is not finite.
fn number(x: f64) -> String {
    if x.is_finite() {
        format!("{x:?}")
    } else {
        "nan".to_owned()
    }
}

fn named(name: &str) -> String {
    match name {
        "" => String::new(),
        name => format!(", label={}", quoted(&plain(name))),
    }
}

/// A Python string: JSON's are, but for what it leaves as it is and Python would not read.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A text that Matplotlib takes as it is: a dollar would begin a formula.
fn plain(text: &str) -> String {
    visible(text).replace('$', "\\$")
}

/// A caption cut into lines.
fn wrapped(text: &str, room: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines
            .last_mut()
            .filter(|line| line.chars().count() + word.chars().count() < room)
        {
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}
