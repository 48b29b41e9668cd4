//! The six kinds of column that Spanwise computes with.

use arrow::datatypes::{DataType, TimeUnit};
use std::fmt;

/// Microseconds in a day of UTC.
pub const MICROS_PER_DAY: i64 = 86_400_000_000;

/// What the cells of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// True or false.
    Boolean,
    /// A whole number of 64 bits.
    Integer,
    /// A finite number of 64 bits.
    Number,
    /// Text in UTF-8.
    Text,
    /// A calendar day.
    Date,
    /// A point in time, microseconds, UTC.
    Time,
}

impl Kind {
    /// Every kind, in the order of the enum.
    pub const ALL: [Kind; 6] = [
        Kind::Boolean,
        Kind::Integer,
        Kind::Number,
        Kind::Text,
        Kind::Date,
        Kind::Time,
    ];

    /// The Arrow type that holds columns of this kind.
    pub fn data_type(self) -> DataType {
        match self {
            Kind::Boolean => DataType::Boolean,
            Kind::Integer => DataType::Int64,
            Kind::Number => DataType::Float64,
            Kind::Text => DataType::Utf8,
            Kind::Date => DataType::Date32,
            Kind::Time => DataType::Timestamp(TimeUnit::Microsecond, None),
        }
    }

    /// The kind whose Arrow type is `data_type`, if there is one.
    pub fn of(data_type: &DataType) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| &kind.data_type() == data_type)
    }

    /// The kind's name in project files, bundles and messages.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Boolean => "boolean",
            Kind::Integer => "integer",
            Kind::Number => "number",
            Kind::Text => "text",
            Kind::Date => "date",
            Kind::Time => "time",
        }
    }

    /// The kind called `name`, if there is one.
    pub fn from_name(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether cells are numbers.
    pub fn is_numeric(self) -> bool {
        matches!(self, Kind::Integer | Kind::Number)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
