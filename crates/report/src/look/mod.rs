//! The look: one style for every page, one for a chart that stands alone.

/// Style of pages, with that of the charts in them, on screens and on paper.
///
/// On paper labels have no halo: it would stand in the PDF as a second text, and a reader who searches or copies finds
/// each letter twice.
pub(crate) const PAGE_STYLE: &str = concat!(
    include_str!("palette.css"),
    include_str!("chart.css"),
    include_str!("page.css"),
    include_str!("print.css")
);

/// Style of a chart that stands alone.
pub(crate) const SVG_STYLE: &str = concat!(include_str!("palette.css"), include_str!("chart.css"));

/// The light colours of [`PAGE_STYLE`] by name, such as `one` and `#1f6fb2`.
fn colours() -> impl Iterator<Item = (&'static str, &'static str)> {
    let palette = include_str!("palette.css");
    let light = palette.split_once('{').and_then(|(_, rest)| rest.split_once('}'));
    let pairs = light.map_or("", |(light, _)| light).split(';');
    pairs.filter_map(|pair| pair.trim().strip_prefix("--")?.split_once(':'))
}

/// A light colour of the palette as `#rrggbb`; black where there is none of that name.
pub(crate) fn colour(name: &str) -> String {
    let found = colours().find(|(known, _)| *known == name);
    let value = found.map_or("#000000", |(_, value)| value);
    match value.len() {
        4 => value
            .chars()
            .flat_map(|c| std::iter::repeat_n(c, if c == '#' { 1 } else { 2 }))
            .collect(),
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_have_names() {
        assert_eq!(
            (colour("one"), colour("paper")),
            ("#1f6fb2".to_owned(), "#ffffff".to_owned())
        );
        assert_eq!(colour("no such colour"), "#000000");
    }
}
