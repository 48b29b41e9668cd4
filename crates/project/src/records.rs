//! What steps leave for later steps, as JSON in the store.

use bundle::BundleError;
use prepare::contract::{Action, RowReport};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use table::Complaints;

/// What reading a source found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SourceRecord {
    /// Rows read.
    pub n_rows: u64,
    /// Columns read.
    pub n_columns: u64,
    /// What was repaired.
    pub complaints: Vec<ComplaintRecord>,
    /// What was found out or done by itself.
    pub notes: Vec<String>,
}

/// One complaint about a source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ComplaintRecord {
    /// Its kind.
    pub kind: String,
    /// The column.
    pub column: Option<String>,
    /// How often.
    pub count: u64,
    /// The first rows, from 1.
    pub rows: Vec<u64>,
    /// The sentence, with a clipped value of the file: for the terminal, never for a page.
    pub sentence: String,
}

/// What checking a contract found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ContractRecord {
    /// Rows looked at.
    pub n_rows: u64,
    /// Rows left out.
    pub n_quarantined: u64,
    /// Broken row rules.
    pub breaches: Vec<BreachRecord>,
}

/// One broken row rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BreachRecord {
    /// The column.
    pub column: String,
    /// The rule.
    pub rule: String,
    /// `quarantined`, `refused` or `flagged`.
    pub action: String,
    /// Rows that broke it.
    pub n_rows: u64,
    /// The first of them, from 1.
    pub rows: Vec<u64>,
}

impl SourceRecord {
    pub(crate) fn new(table: &table::Table, complaints: &Complaints, notes: Vec<String>) -> SourceRecord {
        let record = |complaint: &table::Complaint| ComplaintRecord {
            kind: complaint.kind.name().to_owned(),
            column: complaint.column.clone(),
            count: complaint.count,
            rows: complaint
                .examples
                .iter()
                .map(|example| example.row)
                .filter(|row| 0 < *row)
                .collect(),
            sentence: complaint.to_string(),
        };
        SourceRecord {
            n_rows: table.n_rows() as u64,
            n_columns: table.n_columns() as u64,
            complaints: complaints.iter().map(record).collect(),
            notes,
        }
    }
}

impl ContractRecord {
    /// The same about rows that so many of their file are before.
    pub(crate) fn behind(mut self, n_rows: u64) -> ContractRecord {
        let rows = self.breaches.iter_mut().flat_map(|breach| &mut breach.rows);
        rows.for_each(|row| *row += n_rows);
        self
    }

    pub(crate) fn new(report: &RowReport, n_quarantined: u64) -> ContractRecord {
        let record = |breach: &prepare::contract::Breach| BreachRecord {
            column: breach.column.clone(),
            rule: breach.rule.clone(),
            action: match breach.action {
                Action::Flag => "flagged",
                Action::Refuse => "refused",
                Action::Quarantine | Action::Default => "quarantined",
            }
            .to_owned(),
            n_rows: breach.rows.len() as u64,
            rows: breach.rows.iter().take(5).map(|row| *row as u64 + 1).collect(),
        };
        ContractRecord {
            n_rows: report.n_rows as u64,
            n_quarantined,
            breaches: report.breaches.iter().map(record).collect(),
        }
    }
}

/// A record as the store keeps it.
pub(crate) fn to_json(record: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(record).expect("records are texts, finite numbers and lists")
}

/// A record from the store.
pub(crate) fn from_json<T: DeserializeOwned>(bytes: &[u8], what: &str) -> Result<T, BundleError> {
    serde_json::from_slice(bytes).map_err(|error| BundleError::Format {
        name: what.to_owned(),
        part: "the stored record".to_owned(),
        found: error.to_string(),
        expected: "what this version writes".to_owned(),
    })
}
