//! Why a chart was not drawn.

/// Why a chart was not drawn.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ChartError {
    /// The scale makes no picture.
    #[error(
        "the scale of a picture is {found}: expected a number above 0 and at most 10, and 20,000 pixels on a side at most"
    )]
    Scale {
        /// What was asked for.
        found: f64,
    },
    /// The picture cannot be drawn, which is a bug of ours.
    #[error("`{title}` cannot be drawn: {reason}; please report this")]
    Picture {
        /// The chart's title.
        title: String,
        /// What the renderer said.
        reason: String,
    },
}
