//! A chart as it was drawn, kept to be shown again beside another.

use crate::Chart;

/// Elements that our charts are drawn with.
const ELEMENTS: [&str; 14] = [
    "svg", "g", "title", "desc", "rect", "line", "circle", "ellipse", "path", "polyline", "polygon", "text",
    "tspan", "clipPath",
];
/// Attributes that name something outside, or bring a style that was not ours.
const FORBIDDEN: [&str; 4] = ["href", "xlink:href", "src", "style"];

/// A chart that was drawn: its markup for a narrow place on a page of ours, and its numbers in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drawing {
    /// What it shows.
    pub title: String,
    /// Its numbers, for a reader who cannot see it.
    pub words: String,
    markup: String,
}

impl Drawing {
    /// A drawing of `chart`.
    #[must_use]
    pub fn of(chart: &Chart) -> Drawing {
        Drawing {
            title: chart.title.clone(),
            words: chart.description(),
            markup: chart.to_card(),
        }
    }

    /// A drawing that was kept; none where the markup is not what a chart of ours could be.
    #[must_use]
    pub fn kept(title: &str, words: &str, markup: &str) -> Option<Drawing> {
        let is_ours =
            markup.starts_with("<svg class=\"chart\"") && markup.ends_with("</svg>") && is_plain(markup);
        is_ours.then(|| Drawing {
            title: title.to_owned(),
            words: words.to_owned(),
            markup: markup.to_owned(),
        })
    }

    /// The markup, to be kept.
    #[must_use]
    pub fn markup(&self) -> &str {
        &self.markup
    }
}

/// Whether the text is one element with only elements and attributes of drawings in it, each closed in its turn.
fn is_plain(markup: &str) -> bool {
    let mut open: Vec<&str> = Vec::new();
    let mut pieces = markup.split('<');
    if pieces.next() != Some("") {
        return false;
    }
    for (position, piece) in pieces.enumerate() {
        let Some((tag, text)) = piece.split_once('>') else {
            return false;
        };
        // Only the first element may stand outside of all others.
        if text.contains('>') || (open.is_empty() && position > 0) {
            return false;
        }
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return false;
            }
            continue;
        }
        let inner = tag.strip_suffix('/');
        let (name, attributes) = inner
            .unwrap_or(tag)
            .split_once(' ')
            .unwrap_or((inner.unwrap_or(tag), ""));
        if !ELEMENTS.contains(&name) || !are_plain(attributes) {
            return false;
        }
        if inner.is_none() {
            open.push(name);
        }
    }
    open.is_empty()
}

/// Whether these are attributes of drawings: `name="value"`, no handlers, nothing from outside.
fn are_plain(attributes: &str) -> bool {
    let mut rest = attributes.trim_start();
    while !rest.is_empty() {
        let Some((name, after)) = rest.split_once("=\"") else {
            return false;
        };
        let Some((value, after)) = after.split_once('"') else {
            return false;
        };
        let is_name = !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | ':'));
        let (lower, text) = (name.to_ascii_lowercase(), value.to_ascii_lowercase());
        let is_handler = lower.starts_with("on");
        // every address is one within the drawing, and no other function takes one
        let leads_out =
            text.matches("url(").count() != text.matches("url(#").count() || text.contains("image");
        if !is_name || is_handler || FORBIDDEN.contains(&lower.as_str()) || leads_out {
            return false;
        }
        rest = after.trim_start();
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bar, Bars};

    fn chart() -> Chart {
        let items = vec![
            Bar::new("a <b> & \"c\"", 0.4).between(0.3, 0.5),
            Bar::new("d", 0.1),
        ];
        Chart::new(
            "Shares > 0",
            Bars {
                items,
                ..Bars::default()
            },
        )
    }

    #[test]
    fn our_own_charts_are_taken_back() {
        let drawing = Drawing::of(&chart());
        assert_eq!(
            Drawing::kept(&drawing.title, &drawing.words, drawing.markup()),
            Some(drawing)
        );
    }

    #[test]
    fn anything_else_is_not() {
        let open = "<svg class=\"chart\" viewBox=\"0 0 1 1\">";
        for hostile in [
            "<script>alert(1)</script>",
            "<rect onload=\"alert(1)\"/>",
            "<rect OnClick=\"alert(1)\"/>",
            "<rect STYLE=\"fill:red\"/>",
            "<rect XLINK:HREF=\"a\"/>",
            "<rect fill=\"URL(http://127.0.0.1/e)\"/>",
            "<rect fill=\"url(#a) url(http://127.0.0.1/e)\"/>",
            "<rect mask=\"image-set('http://127.0.0.1/e')\"/>",
            "<a href=\"https://example.org\"><text>x</text></a>",
            "<image href=\"https://example.org/x.png\"/>",
            "<rect style=\"fill:red\"/>",
            "<rect fill=\"url(https://example.org)\"/>",
            "<foreignObject></foreignObject>",
            "<rect",
            "</svg><text>",
            "<text>a > b</text>",
        ] {
            let markup = format!("{open}{hostile}</svg>");
            assert_eq!(Drawing::kept("t", "w", &markup), None, "{markup}");
        }
        assert_eq!(Drawing::kept("t", "w", "<p></p>"), None);
        assert!(Drawing::kept("t", "w", &format!("{open}<text x=\"1\">a</text></svg>")).is_some());
    }
}
