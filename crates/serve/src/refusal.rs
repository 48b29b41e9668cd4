//! Why a request is not answered; each protocol has a table that gives every reason its status.

pub(crate) use table::clip;

/// One reason. The sentence is for the caller: it names what they sent, and nothing inside.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("nothing is found at `{path}`")]
    NoRoute { path: String },
    #[error("found {found}, expected {expected} at this path")]
    Method { found: String, expected: &'static str },
    #[error("the request is addressed to `{found}`, expected a name of this machine")]
    Host { found: String },
    #[error("found no valid key, expected one in `Authorization: Bearer` or `X-Api-Key`")]
    NoKey,
    #[error("loading and unloading need the admin key")]
    NotAdmin,
    #[error("the token {fault}")]
    Token { fault: &'static str },
    #[error("this key does not open model `{model}`")]
    NotYours { model: String },
    #[error("this key opens some models, and this shows all of them")]
    NotAllYours,
    #[error("no model `{name}`; found {known}")]
    NoModel { name: String, known: String },
    #[error("model `{name}` has no version `{version}`; found {known}")]
    NoVersion {
        name: String,
        version: String,
        known: String,
    },
    #[error("model `{name}` is not loaded")]
    NotReady { name: String },
    #[error("model `{name}` could not be loaded: its bundle is missing or not sound")]
    NotLoadable { name: String },
    #[error(
        "model `{name}` needs about {needed_bytes} bytes of memory, and all models may take {limit_bytes}"
    )]
    NoRoom {
        name: String,
        needed_bytes: u64,
        limit_bytes: u64,
    },
    #[error("model `{name}` is here already")]
    AlreadyHeld { name: String },
    #[error("no model can be had from `{found}`, expected one bundle in a folder of this container's models")]
    NoBundleAt { found: String },
    #[error(
        "no answer in the form `{found}`, expected one of application/json, text/csv, application/jsonlines, application/vnd.apache.arrow.stream, application/vnd.apache.arrow.file and application/vnd.apache.parquet"
    )]
    Accept { found: String },
    #[error("found content type `{found}`, expected {expected}")]
    MediaType { found: String, expected: &'static str },
    #[error("found content encoding `{found}`, expected gzip or deflate")]
    Encoding { found: String },
    #[error("the body is larger than {limit_bytes} bytes, also counting what it holds compressed")]
    TooLarge { limit_bytes: usize },
    #[error("the request has more than {limit} rows; hint: send several requests")]
    TooManyRows { limit: usize },
    #[error("found 0 rows, expected at least 1")]
    NoRows,
    #[error("cannot read the request: {found}")]
    Malformed { found: String },
    #[error("no column `{column}`; the model needs {expected}")]
    NoColumn { column: String, expected: String },
    #[error("no {what} `{name}`; found {known}")]
    NoTensor {
        what: &'static str,
        name: String,
        known: String,
    },
    #[error("column `{column}`, row {row} (counted from 0): found {found}, expected {expected}")]
    Cell {
        column: String,
        row: usize,
        found: String,
        expected: &'static str,
    },
    #[error("column `{column}`: found {found}, expected {expected}")]
    Kind {
        column: String,
        found: String,
        expected: &'static str,
    },
    #[error("{name}: found {found}, expected {expected}")]
    Wish {
        name: String,
        found: String,
        expected: String,
    },
    #[error("{sentences}")]
    Broken {
        sentences: String,
        /// Column and word of each rule: the sentences without values.
        rules: String,
        n_rows: u64,
    },
    #[error("the answer could not be recorded, so it is not given; try again")]
    NotRecorded,
    #[error("the request took longer than {limit_ms} ms")]
    Timeout { limit_ms: u64 },
    #[error("{limit} requests are under way, as many as are let in; try again")]
    Busy { limit: usize },
    #[error("the body came too slowly while others waited for its place; try again")]
    TooSlow,
    #[error("the server is stopping")]
    Stopping,
    #[error("the request could not be answered because of a fault in the server")]
    Internal,
}

impl Refusal {
    pub(crate) fn malformed(found: impl ToString) -> Refusal {
        Refusal::Malformed {
            found: found.to_string(),
        }
    }
}

impl Refusal {
    /// Why rows that came to a model were not scored, without any value of theirs, and how many were to blame; `None` if
    /// the reason is not in the rows.
    pub(crate) fn of_rows(&self) -> Option<(String, u64)> {
        match self {
            Refusal::Broken { rules, n_rows, .. } => Some((rules.clone(), *n_rows)),
            Refusal::Cell { column, expected, .. } | Refusal::Kind { column, expected, .. } => {
                Some((format!("column `{column}` is not {expected}"), 1))
            }
            Refusal::NoColumn { column, .. } => Some((format!("no column `{column}`"), 1)),
            Refusal::NoTensor { .. } => Some(("a tensor is missing".to_owned(), 1)),
            Refusal::Malformed { .. } => Some(("the request cannot be read".to_owned(), 1)),
            _ => None,
        }
    }
}
