//! Charts, stories and monitor pages: *how does a stakeholder read the result?*
//!
//! The main types are [`Chart`] (static SVG), [`Story`] (question, answer, evidence, caveats, next step) and
//! [`MonitorPage`]. Each page is one file without script, font or address of its own. Everything is rendered and nothing
//! computed: numbers come with their intervals from whoever measured them. All text is taken as hostile and escaped;
//! characters that could turn or hide text are shown as `⟨U+202E⟩`.
//!
//! ```
//! use report::{Bar, Bars, Chart, Evidence, Format, Section, Story};
//!
//! let contracts = Bars {
//!     items: vec![
//!         Bar::new("Month-to-month", 0.427).between(0.411, 0.443),
//!         Bar::new("Two year", 0.028).between(0.021, 0.037),
//!     ],
//!     format: Format::Percent,
//!     ..Bars::default()
//! };
//! let story = Story {
//!     title: "Why customers leave".to_owned(),
//!     lead: vec!["Customers without a contract leave fifteen times as often.".to_owned()],
//!     sections: vec![Section {
//!         question: "Does the contract matter?".to_owned(),
//!         answer: "Yes, more than anything else.".to_owned(),
//!         evidence: vec![Evidence::Chart(Chart::new("Share that left, by contract", contracts))],
//!         ..Section::default()
//!     }],
//!     ..Story::default()
//! };
//! assert!(story.to_html().contains("42.7%"));
//! ```

mod number;
mod text;

pub mod chart;
mod drawing;
mod look;
mod page;
mod story;

pub use chart::{
    Axis, Bar, BarStyle, Bars, Cells, Chart, ChartError, ChartKind, Effect, Effects, Fan, Group, HeatMap,
    Histogram, Lines, Mark, Missing, MissingColumn, Reliability, ReliabilityBin, Scatter, Series, Share,
    Shares, Spread, Step, Swarm, SwarmBin, SwarmFeature, Tidy, TidyCell, Waterfall, file_stem, spark,
};
pub use drawing::Drawing;
pub use number::{
    Format, format_count, format_level, format_ln_p_value, format_number, format_p_value, format_percent,
};
pub use page::{
    Beside, ChangedNumber, ChangedPart, ChangesPage, ColumnCard, Fate, MonitorPage, MonitorRow, ProfilePage,
    Sides, Verdict,
};
pub use story::{Evidence, Fact, Section, Standing, Story};
