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
