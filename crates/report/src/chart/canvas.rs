//! Where charts are drawn: marks in, SVG out.

use crate::text::{self, escape, visible};
use std::fmt::Write;

/// Size of labels and values, in the chart's units.
pub(super) const LABEL: f64 = 13.0;
/// Size of axis labels and notes.
pub(super) const SMALL: f64 = 12.0;
const HEADING: f64 = 16.0;

/// Which end of a text its position means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A drawing that grows downwards: `y` is where the next free line begins.
#[derive(Debug)]
pub(super) struct Canvas {
    pub(super) width: f64,
    pub(super) y: f64,
    body: String,
    /// The same marks for pixels; `None` where only the SVG is wanted.
    strokes: Option<Vec<Stroke>>,
}

/// One mark, as the SVG has it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stroke {
    pub(super) class: String,
    pub(super) shape: Shape,
}

/// The shape of a [`Stroke`].
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    /// Rectangles: left, top, width, height.
    Boxes(Vec<(f64, f64, f64, f64)>),
    Circle {
        x: f64,
        y: f64,
        radius: f64,
    },
    Path {
        points: Vec<(f64, f64)>,
        is_closed: bool,
    },
    Text {
        x: f64,
        y: f64,
        anchor: Anchor,
        is_upward: bool,
        content: String,
    },
}

impl Canvas {
    pub(super) fn new(width: f64) -> Canvas {
        Canvas {
            width,
            y: 0.0,
            body: String::new(),
            strokes: None,
        }
    }

    /// A drawing that keeps its marks beside the SVG.
    pub(super) fn recording(width: f64) -> Canvas {
        Canvas {
            strokes: Some(Vec::new()),
            ..Canvas::new(width)
        }
    }

    /// The marks of a drawing that keeps them, in their order.
    pub(super) fn strokes(&self) -> &[Stroke] {
        self.strokes.as_deref().unwrap_or_default()
    }

    fn keep(&mut self, class: &str, shape: impl FnOnce() -> Shape) {
        if let Some(strokes) = &mut self.strokes {
            let class = class.to_owned();
            strokes.push(Stroke {
                class,
                shape: shape(),
            });
        }
    }

    /// Whether labels need a line of their own.
    pub(super) fn is_narrow(&self) -> bool {
        self.width < 500.0
    }

    /// A visible title above the chart.
    pub(super) fn heading(&mut self, title: &str) {
        if !title.is_empty() {
            self.text_within(0.0, self.y + 20.0, Anchor::Start, "h", title, HEADING, self.width);
            self.y += 36.0;
        }
    }

    /// A filled rectangle; `tip` appears when it is pointed at.
    pub(super) fn rect(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), class: &str, tip: &str) {
        let size = (width.max(0.0), height.max(0.0));
        self.keep(class, || Shape::Boxes(vec![(x, y, size.0, size.1)]));
        self.write(format_args!(
            "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"",
            N(x),
            N(y),
            N(size.0),
            N(size.1)
        ));
        self.close("rect", tip);
    }

    pub(super) fn line(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64), class: &str) {
        let points = [(x1, y1), (x2, y2)];
        self.keep(class, || Shape::Path {
            points: points.to_vec(),
            is_closed: false,
        });
        self.write(format_args!(
            "<line class=\"{class}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>",
            N(x1),
            N(y1),
            N(x2),
            N(y2)
        ));
    }

    pub(super) fn circle(&mut self, (x, y): (f64, f64), radius: f64, class: &str, tip: &str) {
        self.keep(class, || Shape::Circle { x, y, radius });
        self.write(format_args!(
            "<circle class=\"{class}\" cx=\"{}\" cy=\"{}\" r=\"{}\"",
            N(x),
            N(y),
            N(radius)
        ));
        self.close("circle", tip);
    }

    /// A path through `points`, closed where `closed`.
    pub(super) fn path(&mut self, points: &[(f64, f64)], class: &str, closed: bool) {
        if points.is_empty() {
            return;
        }
        self.keep(class, || Shape::Path {
            points: points.to_vec(),
            is_closed: closed,
        });
        self.write(format_args!("<path class=\"{class}\" d=\""));
        for (place, (x, y)) in points.iter().enumerate() {
            // After the first point, further pairs mean lines.
            let before = if place == 0 { "M" } else { " " };
            self.write(format_args!("{before}{},{}", N(*x), N(*y)));
        }
        self.body.push_str(if closed { "Z\"/>" } else { "\"/>" });
    }

    /// A closed outline through `points`; `tip` appears when it is pointed at.
    pub(super) fn shape(&mut self, points: &[(f64, f64)], class: &str, tip: &str) {
        self.keep(class, || Shape::Path {
            points: points.to_vec(),
            is_closed: true,
        });
        self.write(format_args!("<path class=\"{class}\" d=\""));
        for (place, (x, y)) in points.iter().enumerate() {
            let before = if place == 0 { "M" } else { " " };
            self.write(format_args!("{before}{},{}", N(*x), N(*y)));
        }
        self.body.push_str("Z\"");
        self.close("path", tip);
    }

    /// Rectangles `(left, top, width, height)` of one class as one mark.
    pub(super) fn boxes(&mut self, boxes: &[(f64, f64, f64, f64)], class: &str, tip: &str) {
        if boxes.is_empty() {
            return;
        }
        self.keep(class, || Shape::Boxes(boxes.to_vec()));
        self.write(format_args!("<path class=\"{class}\" d=\""));
        for (left, top, width, height) in boxes {
            self.write(format_args!(
                "M{},{}h{}v{}h-{}z",
                N(*left),
                N(*top),
                N(*width),
                N(*height),
                N(*width)
            ));
        }
        self.body.push('"');
        self.close("path", tip);
    }

    /// Text on the base line `y`.
    pub(super) fn text(&mut self, x: f64, y: f64, anchor: Anchor, class: &str, content: &str) {
        self.words((x, y), anchor, class, &visible(content), None);
    }

    /// Text that runs upward from its beginning, cut to `room`.
    pub(super) fn text_upward(&mut self, x: f64, y: f64, class: &str, content: &str, room: f64) {
        let whole = visible(content);
        let shown = text::fit(&whole, SMALL, room);
        self.keep_text((x, y), Anchor::Start, class, &shown, true);
        self.write(format_args!(
            "<text class=\"{class}\" transform=\"translate({} {}) rotate(-90)\">",
            N(x),
            N(y)
        ));
        self.content(&shown, (shown != whole).then_some(&whole));
    }

    /// Text cut to `room`, with the whole text shown when it is pointed at.
    pub(super) fn text_within(
        &mut self,
        x: f64,
        y: f64,
        anchor: Anchor,
        class: &str,
        content: &str,
        size: f64,
        room: f64,
    ) {
        let whole = visible(content);
        let shown = text::fit(&whole, size, room);
        self.words((x, y), anchor, class, &shown, (shown != whole).then_some(&whole));
    }

    /// Text on the middle `y` in one line or two, ending at `x`.
    pub(super) fn label(&mut self, x: f64, y: f64, class: &str, content: &str, room: f64) {
        let whole = text::named(content);
        let (first, second) = text::two_lines(&whole, LABEL, room);
        match second {
            None => self.text_within(x, y + 4.5, Anchor::End, class, &whole, LABEL, room),
            Some(second) => {
                self.text(x, y - 2.5, Anchor::End, class, &first);
                let is_cut = second.ends_with('…') && !whole.ends_with('…');
                self.words(
                    (x, y + 11.5),
                    Anchor::End,
                    class,
                    &second,
                    is_cut.then_some(&whole),
                );
            }
        }
    }

    /// Text as it is to be seen, with `whole` shown when it is pointed at.
    fn words(
        &mut self,
        (x, y): (f64, f64),
        anchor: Anchor,
        class: &str,
        shown: &str,
        whole: Option<&String>,
    ) {
        self.keep_text((x, y), anchor, class, shown, false);
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        self.write(format_args!(
            "<text class=\"{class}\" x=\"{}\" y=\"{}\"{anchor}>",
            N(x),
            N(y)
        ));
        self.content(shown, whole);
    }

    fn content(&mut self, shown: &str, whole: Option<&String>) {
        if let Some(whole) = whole {
            self.body.push_str("<title>");
            escape(whole, &mut self.body);
            self.body.push_str("</title>");
        }
        escape(shown, &mut self.body);
        self.body.push_str("</text>");
    }

    fn keep_text(&mut self, (x, y): (f64, f64), anchor: Anchor, class: &str, shown: &str, is_upward: bool) {
        let content = || shown.to_owned();
        self.keep(class, || Shape::Text {
            x,
            y,
            anchor,
            is_upward,
            content: content(),
        });
    }

    /// A label on a line of its own, where a row has no room beside it.
    pub(super) fn label_above(&mut self, y: f64, class: &str, content: &str) {
        self.text_within(
            0.0,
            y,
            Anchor::Start,
            class,
            &text::named(content),
            LABEL,
            self.width,
        );
    }

    /// A line of quiet text below everything so far.
    pub(super) fn note(&mut self, content: &str) {
        self.text_within(0.0, self.y + 14.0, Anchor::Start, "m", content, SMALL, self.width);
        self.y += 20.0;
    }

    /// The whole picture; with `style` it stands alone, without it the page brings the style.
    pub(super) fn finish(self, title: &str, description: &str, style: Option<&str>) -> String {
        // A picture of its own brings its margin; on a page it keeps to the column's edges.
        let (namespace, margin) = match style {
            Some(_) => (" xmlns=\"http://www.w3.org/2000/svg\"", 16.0),
            None => ("", 0.0),
        };
        let (width, height) = (self.width + 2.0 * margin, self.y.max(20.0) + 2.0 * margin);
        let frame = format!("{0} {0} {1} {2}", N(-margin), N(width), N(height));
        let mut out = format!("<svg{namespace} class=\"chart\" viewBox=\"{frame}\" role=\"img\"><title>");
        escape(&visible(if title.is_empty() { "Chart" } else { title }), &mut out);
        out.push_str("</title><desc>");
        escape(&visible(description), &mut out);
        out.push_str("</desc>");
        if let Some(style) = style {
            let _: std::fmt::Result = write!(
                out,
                "<style>{style}</style><rect class=\"paper\" x=\"-16\" y=\"-16\""
            );
            let _: std::fmt::Result = write!(out, " width=\"{}\" height=\"{}\"/>", N(width), N(height));
        }
        out.push_str(&self.body);
        out.push_str("</svg>");
        out
    }

    fn close(&mut self, element: &str, tip: &str) {
        if tip.is_empty() {
            self.body.push_str("/>");
            return;
        }
        self.body.push_str("><title>");
        escape(&visible(tip), &mut self.body);
        self.write(format_args!("</title></{element}>"));
    }

    fn write(&mut self, parts: std::fmt::Arguments<'_>) {
        let _: std::fmt::Result = self.body.write_fmt(parts);
    }
}

/// A coordinate with one decimal, which is finer than a screen shows.
struct N(f64);

impl std::fmt::Display for N {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let x = if self.0.is_finite() {
            (self.0 * 10.0).round() / 10.0
        } else {
            0.0
        };
        write!(f, "{}", if x == 0.0 { 0.0 } else { x })
    }
}
