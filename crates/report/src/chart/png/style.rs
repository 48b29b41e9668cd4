//! The style sheet of our charts, read for a renderer that is no browser.

use crate::look;
use std::sync::LazyLock;

/// How a mark is painted.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Style {
    pub(super) fill: Option<[u8; 3]>,
    pub(super) stroke: Option<[u8; 3]>,
    pub(super) stroke_width: f32,
    pub(super) dashes: Vec<f32>,
    pub(super) opacity: f32,
    pub(super) fill_opacity: f32,
    pub(super) font_size: f32,
    pub(super) is_bold: bool,
    pub(super) has_round_joins: bool,
}

/// A selector's classes (`text` for a bare element) and what it sets.
struct Rule {
    classes: Vec<&'static str>,
    sets: Vec<(&'static str, String)>,
}

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| rules(include_str!("../../look/chart.css")));

/// The style of an element (`text` or anything else) with these classes: rules in their order, later ones over earlier.
pub(super) fn style(element: &str, classes: &str) -> Style {
    let mut style = Style {
        fill: Some([0, 0, 0]),
        stroke_width: 1.0,
        opacity: 1.0,
        fill_opacity: 1.0,
        font_size: 13.0,
        ..Style::default()
    };
    let has = |name: &&str| *name == element || classes.split(' ').any(|class| class == *name);
    for (name, value) in RULES
        .iter()
        .filter(|rule| rule.classes.iter().all(&has))
        .flat_map(|rule| &rule.sets)
    {
        style.set(name, value);
    }
    style
}

impl Style {
    fn set(&mut self, name: &str, value: &str) {
        let number = || value.trim_end_matches("px").parse::<f32>().ok();
        match name {
            "fill" => self.fill = colour(value),
            "stroke" => self.stroke = colour(value),
            "stroke-width" => self.stroke_width = number().unwrap_or(1.0),
            "stroke-dasharray" => {
                self.dashes = value.split(' ').filter_map(|part| part.parse().ok()).collect()
            }
            "stroke-linejoin" => self.has_round_joins = value == "round",
            "opacity" => self.opacity = number().unwrap_or(1.0),
            "fill-opacity" => self.fill_opacity = number().unwrap_or(1.0),
            "font-size" => self.font_size = number().unwrap_or(13.0),
            "font-weight" => self.is_bold = number().is_some_and(|weight| 550.0 <= weight),
            _ => {}
        }
    }
}

fn colour(value: &str) -> Option<[u8; 3]> {
    let hex = match value.strip_prefix("var(--") {
        Some(rest) => look::colour(rest.trim_end_matches(')')),
        None => value.to_owned(),
    };
    let part = |from: usize| u8::from_str_radix(hex.get(from..from + 2)?, 16).ok();
    Some([part(1)?, part(3)?, part(5)?])
}

fn rules(sheet: &'static str) -> Vec<Rule> {
    let mut rules = Vec::new();
    for (selectors, block) in sheet.split('}').filter_map(|rule| rule.split_once('{')) {
        let sets = block.split(';').filter_map(|set| set.split_once(':'));
        let sets: Vec<(&str, String)> = sets
            .map(|(name, value)| (name.trim(), value.trim().to_owned()))
            .collect();
        for selector in selectors.split(',') {
            // `.chart` alone is about the whole picture
            let Some(inner) = selector.trim().strip_prefix(".chart ") else {
                continue;
            };
            let classes = inner.split('.').filter(|part| !part.is_empty()).collect();
            rules.push(Rule {
                classes,
                sets: sets.clone(),
            });
        }
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_and_closer_rules_win() {
        let blue = Some([0x1f, 0x6f, 0xb2]);
        assert_eq!(style("rect", "b").fill, blue);
        assert_eq!(style("circle", "d").fill, blue);
        assert_eq!(style("circle", "d q").fill, style("rect", "q").fill);
        assert_eq!(
            (style("text", "t inv").fill, style("text", "t").font_size),
            (Some([255, 255, 255]), 12.0)
        );
        let line = style("path", "s s1 dash");
        assert_eq!(
            (line.fill, line.stroke, line.dashes.as_slice()),
            (None, Some([0xc8, 0x50, 0x1a]), &[6.0, 4.0][..])
        );
        assert!(style("text", "h").is_bold && style("text", "v").is_bold && !style("text", "l").is_bold);
    }

    #[test]
    fn every_rule_of_the_sheet_is_understood() {
        for rule in RULES.iter() {
            for (name, value) in &rule.sets {
                let is_colour = matches!(*name, "fill" | "stroke") && value != "none";
                assert!(!is_colour || colour(value).is_some(), "{name}: {value}");
            }
        }
        assert!(30 < RULES.len());
    }
}
