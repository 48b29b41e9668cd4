//! The same picture as a Plotly figure, for notebooks and pages with its script.

use super::plot::{Bars, Colour, Grid, Layer, Mark, Plot, Side, shade};
use super::{Chart, Group};
use crate::Format;
use crate::text::visible;
use serde_json::{Map, Value, json};

/// Milliseconds in a day, in which Plotly counts time.
const DAY: f64 = 86_400_000.0;

impl Chart {
    /// The picture as a Plotly figure: `data` and `layout`, in the colours of paper.
    ///
    /// Numbers that are not finite are null. Texts are escaped, because Plotly reads some of HTML in them.
    #[must_use]
    pub fn to_plotly(&self) -> Value {
        let plot = Plot::of(self).with_room();
        let scales = [&plot.x, &plot.y].map(unit);
        let data: Vec<Value> = plot
            .layers
            .iter()
            .flat_map(|layer| traces(layer, scales))
            .collect();
        let has_head = plot.has_legend()
            || plot
                .layers
                .iter()
                .any(|layer| matches!(layer.mark, Mark::Rule { .. }));
        let above = 48 + if self.caption.is_empty() { 0 } else { 24 } + if has_head { 30 } else { 0 };
        let mut layout = json!({
            "title": { "text": told(&self.title), "x": 0.0, "xref": "paper", "xanchor": "left", "y": 1.0, "yref": "container",
                "yanchor": "top", "pad": { "t": 16 },
                "font": { "size": 17 }, "subtitle": { "text": told(&self.caption), "font": { "size": 12 } } },
            "font": { "family": "Helvetica Neue, Helvetica, Arial, sans-serif", "size": 13, "color": Colour::Ink.hex() },
            "paper_bgcolor": "#ffffff", "plot_bgcolor": "#ffffff",
            "barmode": "overlay", "bargap": 0.0, "hovermode": "closest",
            "showlegend": plot.has_legend(),
            "legend": { "orientation": "h", "x": 0.0, "xanchor": "left", "y": 1.0, "yanchor": "bottom" },
            "margin": { "t": above, "r": 24, "b": 56, "l": 24 },
            "xaxis": axis(&plot.x, scales[0]), "yaxis": axis(&plot.y, scales[1]),
        });
        let rules: Vec<(Value, Value)> = plot
            .layers
            .iter()
            .filter_map(|layer| rule(layer, scales))
            .collect();
        if let Some(layout) = layout.as_object_mut() {
            layout.insert(
                "shapes".to_owned(),
                rules.iter().map(|(line, _)| line.clone()).collect(),
            );
            layout.insert(
                "annotations".to_owned(),
                rules.iter().map(|(_, label)| label.clone()).collect(),
            );
        }
        json!({ "data": data, "layout": layout })
    }
}

/// Days become milliseconds on an axis of time.
fn unit(side: &Side) -> f64 {
    if side.format == Format::Date { DAY } else { 1.0 }
}

fn axis(side: &Side, unit: f64) -> Value {
    let mut axis = Map::new();
    let mut set = |key: &str, value: Value| axis.insert(key.to_owned(), value);
    set("title", json!({ "text": told(&side.title) }));
    set("gridcolor", Value::from(crate::look::colour("grid")));
    set("linecolor", Value::from(crate::look::colour("soft")));
    set("zerolinecolor", Value::from(crate::look::colour("soft")));
    set("automargin", Value::from(true));
    if !side.names.is_empty() {
        let n = side.names.len() as f64;
        let ends = [n - 0.5, -0.5];
        set("tickvals", (0..side.names.len()).collect());
        set("ticktext", side.names.iter().map(|name| told(name)).collect());
        set(
            "range",
            json!(if side.downward { ends } else { [ends[1], ends[0]] }),
        );
        set("showgrid", Value::from(false));
        set("zeroline", Value::from(false));
    } else if let Some((low, high)) = side.range {
        set("range", json!([low * unit, high * unit]));
    }
    match &side.format {
        Format::Date => set("type", Value::from("date")),
        Format::Percent => set("tickformat", Value::from(",.0%")),
        Format::Change => set("tickformat", Value::from("+,.0%")),
        Format::Points => set("tickformat", Value::from("+,.1~%")),
        Format::Signed => set("tickformat", Value::from("+,.6~g")),
        Format::Prefix(unit) => set("tickprefix", Value::from(told(unit))),
        Format::Suffix(unit) => set("ticksuffix", Value::from(told(unit))),
        Format::Number => None,
    };
    Value::Object(axis)
}

fn traces(layer: &Layer, [x_unit, y_unit]: [f64; 2]) -> Vec<Value> {
    let colour = layer.colour.hex();
    let along = |values: &[f64]| values.iter().map(|x| x * x_unit).collect::<Vec<f64>>();
    let up = |values: &[f64]| values.iter().map(|y| y * y_unit).collect::<Vec<f64>>();
    let both = |points: &[(f64, f64)]| -> (Vec<f64>, Vec<f64>) {
        points.iter().map(|(x, y)| (x * x_unit, y * y_unit)).unzip()
    };
    let trace = match &layer.mark {
        Mark::Bars(held) => {
            let bars = named(bars(held, &colour, x_unit), &layer.name);
            return std::iter::once(bars).chain(words(held)).collect();
        }
        Mark::Line { points, dashed } => {
            let (x, y) = both(points);
            let dash = if *dashed { "dash" } else { "solid" };
            json!({ "type": "scatter", "mode": "lines", "x": x, "y": y, "line": { "color": colour, "width": 2.25, "dash": dash } })
        }
        Mark::Band { x, low, high } => {
            let x = along(&x.iter().chain(x.iter().rev()).copied().collect::<Vec<_>>());
            let y = up(&high.iter().chain(low.iter().rev()).copied().collect::<Vec<_>>());
            area(&x, &y, &colour, 0.2)
        }
        Mark::Area(points) => {
            let (x, y) = both(points);
            area(&x, &y, &colour, 0.8)
        }
        Mark::Dots { points, sizes, tips } => {
            let (x, y) = both(points);
            let sizes: Vec<f64> = sizes.iter().map(|size| size * 9.0).collect();
            let tips: Vec<String> = tips.iter().map(|tip| told(tip)).collect();
            let opacity = if 40 < points.len() { 0.55 } else { 1.0 };
            json!({ "type": "scatter", "mode": "markers", "x": x, "y": y, "text": tips, "hoverinfo": "text",
                "marker": { "color": colour, "size": sizes, "opacity": opacity, "line": { "color": "#ffffff", "width": 1 } } })
        }
        Mark::Whiskers {
            across,
            at,
            low,
            high,
        } => {
            // pairs of ends, with a gap behind each
            let ends: Vec<f64> = low
                .iter()
                .zip(high)
                .flat_map(|(low, high)| [*low, *high, f64::NAN])
                .collect();
            let at: Vec<f64> = at.iter().flat_map(|at| [*at, *at, f64::NAN]).collect();
            let (x, y) = if *across {
                (along(&ends), at)
            } else {
                (along(&at), up(&ends))
            };
            let width = if layer.colour == Colour::OneTint { 7.0 } else { 1.5 };
            json!({ "type": "scatter", "mode": "lines", "x": x, "y": y, "hoverinfo": "skip", "line": { "color": colour, "width": width } })
        }
        Mark::Boxes(groups) => return boxes(groups, x_unit),
        Mark::Grid(held) => grid(held, x_unit),
        Mark::Rule { .. } => return Vec::new(),
    };
    vec![named(trace, &layer.name)]
}

fn named(mut trace: Value, name: &str) -> Value {
    if let Some(trace) = trace.as_object_mut() {
        trace.insert("name".to_owned(), Value::from(told(name)));
        trace.insert("showlegend".to_owned(), Value::from(!name.is_empty()));
    }
    trace
}

fn bars(held: &Bars, colour: &str, x_unit: f64) -> Value {
    let lengths: Vec<f64> = held
        .from
        .iter()
        .zip(&held.to)
        .map(|(from, to)| to - from)
        .collect();
    let colours = match held.shades.is_empty() {
        true => Value::from(colour),
        false => held.shades.iter().map(|value| shade(*value)).collect(),
    };
    let tips: Vec<String> = held.tips.iter().map(|tip| told(tip)).collect();
    let (place, length) = if held.across { ("y", "x") } else { ("x", "y") };
    let unit = if held.across { 1.0 } else { x_unit };
    let at: Vec<f64> = held.at.iter().map(|at| at * unit).collect();
    let thick: Vec<f64> = held.thick.iter().map(|thick| thick * unit).collect();
    json!({ "type": "bar", "orientation": if held.across { "h" } else { "v" }, place: at, length: lengths, "base": held.from,
        "width": thick, "hovertext": tips, "hoverinfo": "text",
        "marker": { "color": colours, "line": { "width": if held.across { 0 } else { 1 }, "color": "#ffffff" } } })
}

/// What stands beyond the ends of bars.
fn words(held: &Bars) -> Option<Value> {
    let side = |place| {
        if held.is_leftward(place) {
            "middle left"
        } else {
            "middle right"
        }
    };
    let sides: Vec<&str> = (0..held.words.len()).map(side).collect();
    let words: Vec<String> = held
        .words
        .iter()
        .map(|word| format!(" {} ", told(word)))
        .collect();
    (!words.is_empty()).then(|| {
        json!({ "type": "scatter", "mode": "text", "x": held.words_at, "y": held.at, "text": words, "textposition": sides,
            "cliponaxis": false, "hoverinfo": "skip", "showlegend": false })
    })
}

fn area(x: &[f64], y: &[f64], colour: &str, opacity: f64) -> Value {
    json!({ "type": "scatter", "mode": "lines", "x": x, "y": y, "fill": "toself", "hoverinfo": "skip",
        "line": { "width": 0, "color": colour }, "fillcolor": colour, "opacity": opacity })
}

fn boxes(groups: &[Group], unit: f64) -> Vec<Value> {
    let drawn = groups.iter().enumerate().filter(|(_, group)| group.is_drawable());
    let trace = |(place, group): (usize, &Group)| {
        let one = |x: f64| json!([x * unit]);
        let mut trace = json!({ "type": "box", "orientation": "h", "y": [place], "q1": one(group.first), "median": one(group.median),
            "q3": one(group.third), "lowerfence": one(group.low), "upperfence": one(group.high), "width": 0.5,
            "line": { "color": Colour::One.hex(), "width": 1.5 }, "fillcolor": Colour::OneTint.hex() });
        if let Some(trace) = trace.as_object_mut() {
            if let Some(mean) = group.mean.filter(|mean| mean.is_finite()) {
                trace.insert("mean".to_owned(), one(mean));
            }
            if let Some((low, high)) = group.notch {
                trace.insert("notched".to_owned(), Value::from(true));
                trace.insert("notchspan".to_owned(), one((high - low) / 2.0));
            }
        }
        named(trace, "")
    };
    let far: Vec<(f64, usize)> = drawn
        .clone()
        .flat_map(|(place, group)| group.far.iter().map(move |x| (x * unit, place)))
        .collect();
    let (x, y): (Vec<f64>, Vec<usize>) = far.into_iter().unzip();
    let dots = json!({ "type": "scatter", "mode": "markers", "x": x, "y": y, "showlegend": false, "hoverinfo": "x",
        "marker": { "color": "#ffffff", "size": 6, "line": { "color": crate::look::colour("soft"), "width": 1.25 } } });
    drawn.map(trace).chain([dots]).collect()
}

fn grid(held: &Grid, x_unit: f64) -> Value {
    let told_all = |rows: &[Vec<String>]| -> Vec<Vec<String>> {
        rows.iter()
            .map(|row| row.iter().map(|text| told(text)).collect())
            .collect()
    };
    let x: Vec<f64> = held.x_edges.iter().map(|x| x * x_unit).collect();
    let gap = i32::from(held.x_edges.len() < 26);
    let mut trace = json!({ "type": "heatmap", "x": x, "y": held.y_edges, "z": held.shades, "zmin": -1, "zmax": 1,
        "colorscale": [[0, shade(-1.0)], [0.5, shade(0.0)], [1, shade(1.0)]], "showscale": false,
        "hovertext": told_all(&held.tips), "hoverinfo": "text", "xgap": gap, "ygap": 1 });
    if let Some(trace) = trace.as_object_mut().filter(|_| !held.words.is_empty()) {
        trace.insert("text".to_owned(), json!(told_all(&held.words)));
        trace.insert("texttemplate".to_owned(), Value::from("%{text}"));
    }
    trace
}

/// A dashed line over the whole plot, and its name above.
fn rule(layer: &Layer, [x_unit, y_unit]: [f64; 2]) -> Option<(Value, Value)> {
    let Mark::Rule { upright, at, label } = &layer.mark else {
        return None;
    };
    let line = json!({ "color": Colour::Ink.hex(), "width": 1, "dash": "dash" });
    let at = at * if *upright { x_unit } else { y_unit };
    Some(match upright {
        true => (
            json!({ "type": "line", "xref": "x", "yref": "paper", "x0": at, "x1": at, "y0": 0, "y1": 1, "line": line }),
            json!({ "xref": "x", "yref": "paper", "x": at, "y": 1, "yanchor": "bottom", "showarrow": false, "text": told(label) }),
        ),
        false => (
            json!({ "type": "line", "xref": "paper", "yref": "y", "x0": 0, "x1": 1, "y0": at, "y1": at, "line": line }),
            json!({ "xref": "paper", "yref": "y", "x": 1, "y": at, "xanchor": "right", "yanchor": "bottom", "showarrow": false, "text": told(label) }),
        ),
    })
}

/// A text that Plotly shows as it is: it would obey `<b>` and `<a href>`.
fn told(text: &str) -> String {
    visible(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
