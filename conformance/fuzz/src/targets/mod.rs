//! Every target.

mod bundles;
mod guard;
mod language;
mod requests;
mod tables;

use crate::Target;

pub use requests::last_status;

pub(crate) use guard::key_set_seed;
pub(crate) use requests::{bundle_path, framed};

/// Manifest and sections of a sound bundle.
pub(crate) fn parts_of(bytes: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let parts = bundles::Parts::of(bytes).expect("a sound bundle");
    (parts.manifest, parts.sections)
}

const JSON: &[&str] = &[
    "null",
    "true",
    "NaN",
    "-Infinity",
    "[]",
    "{}",
    "\"\\ud800\"",
    "\\u0000",
    "\"rows\"",
    "\"instances\"",
    "\"inputs\"",
    "\"data\"",
    "\"shape\"",
    "\"datatype\"",
    "\"FP64\"",
    "\"BYTES\"",
    "\"parameters\"",
    "\"binary_data_size\"",
    "\"contract\"",
    "\"tenure_months\"",
    "\"dataframe_split\"",
    "\"columns\"",
    "\"reasons\"",
];
const CSV: &[&str] = &[
    "\"\"",
    "\r\n",
    "\r",
    ";",
    "\t",
    "\u{feff}",
    "contract,",
    "\"",
    "# ",
    "1.234,5",
    "2024-02-30",
    "$1,000",
];
const WIRE: &[&str] = &[
    "\x0a", "\x12", "\x2a", "churn", "FP64", "BYTES", "INT64", "contract",
];
const HEAD: &[&str] = &[
    "accept: ",
    "text/csv",
    ";q=0",
    "*/*",
    "content-encoding: gzip\n",
    "host: [::1]:80\n",
    "origin: null\n",
    "x-request-id: ",
    "inference-header-content-length: ",
    "/v2/models/churn/versions/1",
    "?reasons=3",
    "%2e%2e",
    "application/x-npy",
];

const WIRE_HEAD: &[&str] = &[
    "\r\n",
    "\n",
    " HTTP/1.1\r\n",
    " HTTP/1.0\r\n",
    "content-length: 1\r\n",
    "content-length:",
    "transfer-encoding: chunked\r\n",
    "connection: close\r\n",
    "expect: 100-continue\r\n",
    "\r\n ",
    "\t",
    "0",
    ",",
    "#",
    "%0d%0a",
];

const fn target(name: &'static str, run: fn(&[u8]), n_runs: u64, words: &'static [&'static str]) -> Target {
    Target {
        name,
        run,
        n_runs,
        words,
    }
}

/// All of them, in the order of the work.
pub const TARGETS: &[Target] = &[
    target("native_json", requests::native_json, 2000, JSON),
    target("explain_json", requests::explain_json, 1000, JSON),
    target("mlflow_json", requests::mlflow_json, 2000, JSON),
    target("oip_json", requests::oip_json, 2000, JSON),
    target("oip_binary", requests::oip_binary, 2000, JSON),
    target("grpc_message", requests::grpc_message, 2000, WIRE),
    target("grpc_frames", requests::grpc_frames, 1500, WIRE),
    target("grpc_small", requests::grpc_small, 1500, WIRE),
    target("lines", requests::lines, 2000, JSON),
    target("lines_flow", requests::lines_flow, 1000, JSON),
    target("csv", requests::csv, 2000, CSV),
    target(
        "libsvm",
        requests::libsvm,
        2000,
        &["0:1", " 7:", "#", "nan", "inf"],
    ),
    target(
        "npy",
        requests::npy,
        2000,
        &["'descr'", "<f8", "|O", "(1, 9)", "'fortran_order': True"],
    ),
    target("arrow", requests::arrow, 1000, &[]),
    target("arrow_flow", requests::arrow_flow, 1000, &[]),
    target("parquet", requests::parquet, 1000, &["PAR1"]),
    target("encoded", requests::encoded, 1000, &[]),
    target("head", requests::head, 2000, HEAD),
    target("plain_head", requests::plain_head, 2000, WIRE_HEAD),
    target(
        "token",
        guard::token,
        500,
        &[
            "\"exp\"",
            "\"aud\"",
            "\"nbf\"",
            "\"spanwise_models\"",
            "null",
            "1e400",
        ],
    ),
    target(
        "keys_file",
        guard::keys_file,
        2000,
        &["[[key]]", "models = [\"*\"]", "expires = ", "admin = true"],
    ),
    target(
        "key_set",
        guard::key_set,
        2000,
        &["\"OKP\"", "\"RSA\"", "\"EC\"", "\"oct\"", "\"crv\"", "\"P-256\""],
    ),
    target("table_csv", tables::csv, 750, CSV),
    target("table_lines", tables::lines, 1000, JSON),
    target("table_parquet", tables::parquet, 750, &["PAR1"]),
    target("table_arrow", tables::arrow, 750, &[]),
    target("segment", tables::segment, 750, &["SPANSEG1"]),
    target("bundle", bundles::whole, 750, &["SPANWISE"]),
    target("bundle_manifest", bundles::manifest, 750, JSON),
    target("bundle_sections", bundles::sections, 750, &[]),
    target(
        "import",
        bundles::import,
        750,
        &["Tree=0", "num_leaves=", "\"learner\"", "[$l#L", "left_child="],
    ),
    target(
        "expression",
        language::expression,
        1500,
        &[
            "CASE WHEN ",
            " END",
            "coalesce(",
            " LIKE '%'",
            " IN (",
            "CAST(",
            "NULL",
            "(((",
        ],
    ),
    target(
        "contract",
        language::contract,
        750,
        &["\"matches\"", "\"one_of\"", "\"min\"", "(a|b)*", "[[:alpha:]]{9}"],
    ),
    #[cfg(feature = "project")]
    target(
        "project_file",
        language::project_file,
        300,
        &[
            "[model.x]",
            "[data.x]",
            "sql = ",
            "${A}",
            "\"\"\"",
            "budget = \"1s\"",
        ],
    ),
];
