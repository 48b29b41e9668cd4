use thiserror::Error;

/// Why the parts of a model were refused, or why it cannot answer for these features.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum ModelError {
    /// The caller asked for an end before the work was done.
    #[error("stopped before the end, as the caller asked")]
    Stopped,
    /// The exponent of the margin's grid.
    #[error("grid exponent {found} is outside -900 to 900")]
    Exponent {
        /// The exponent given.
        found: i32,
    },
    /// A list has a length that does not fit the others.
    #[error("`{list}` has {found} entries, expected {expected}")]
    Length {
        /// The list's name.
        list: &'static str,
        /// Its length.
        found: usize,
        /// The length that fits.
        expected: usize,
    },
    /// A count is outside its limits.
    #[error("`{count}` is {found}, expected {least} to {most}")]
    Count {
        /// What is counted.
        count: &'static str,
        /// The count given.
        found: usize,
        /// The smallest allowed.
        least: usize,
        /// The largest allowed.
        most: usize,
    },
    /// An index points outside its list.
    #[error("`{list}` entry {position} is {found}, expected less than {limit}")]
    Index {
        /// The list's name.
        list: &'static str,
        /// Where in the list.
        position: usize,
        /// The index given.
        found: usize,
        /// The first index that is too large.
        limit: usize,
    },
    /// A number is not usable in its place.
    #[error("`{list}` entry {position} is {found}, expected {expected}")]
    Value {
        /// The list's name.
        list: &'static str,
        /// Where in the list.
        position: usize,
        /// The number given.
        found: f64,
        /// What would do.
        expected: &'static str,
    },
    /// The nodes of a tree do not form one tree.
    #[error("tree {tree}: {problem} at node {node}")]
    Shape {
        /// The tree's position.
        tree: usize,
        /// The node's position in the tree.
        node: usize,
        /// What is wrong.
        problem: &'static str,
    },
    /// Sums of the model's values could leave the range in which they are exact.
    #[error("values of output {output} can add up to {found} units, expected less than 2^52")]
    Overflow {
        /// The output.
        output: usize,
        /// The largest sum possible.
        found: i128,
    },
    /// Sums of an imported model's values could become infinite.
    #[error("values of output {output} can add up to {found}, expected less than {most}")]
    TooLarge {
        /// The output.
        output: usize,
        /// The largest sum possible.
        found: f64,
        /// The first that is too large.
        most: f64,
    },
    /// The features have another number of columns.
    #[error("the model has {expected} features, found {found} columns")]
    Columns {
        /// The model's features.
        expected: usize,
        /// The columns given.
        found: usize,
    },
    /// A feature is of another kind than in training.
    #[error("feature {column} is {found}, expected {expected}")]
    Kind {
        /// The feature's position.
        column: usize,
        /// The kind given.
        found: String,
        /// The kind the model knows.
        expected: String,
    },
    /// Rows were asked for that are not there.
    #[error("rows {start} to {end} were asked for, the features have {n_rows}")]
    Rows {
        /// The first row.
        start: usize,
        /// One past the last row.
        end: usize,
        /// The rows that there are.
        n_rows: usize,
    },
    /// The buffer for results has another size.
    #[error("the buffer for results holds {found} numbers, expected {expected}")]
    Buffer {
        /// Its size.
        found: usize,
        /// The size that fits.
        expected: usize,
    },
    /// Contributions so large that their sum would not be exact.
    #[error(
        "contributions of row {row} add up beyond 2^53 units of the grid, so their sum would not be exact"
    )]
    Inexact {
        /// The row.
        row: usize,
    },
}
