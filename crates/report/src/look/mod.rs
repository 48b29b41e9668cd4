//! The look: one style for every page, one for a chart that stands alone.

/// Style of pages, with that of the charts in them.
pub(crate) const PAGE_STYLE: &str = concat!(
    include_str!("palette.css"),
    include_str!("chart.css"),
    include_str!("page.css")
);

/// Style of a chart that stands alone.
pub(crate) const SVG_STYLE: &str = concat!(include_str!("palette.css"), include_str!("chart.css"));
