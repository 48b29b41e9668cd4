//! Valid requests and files, from which mutation begins: the golden rows of a kept bundle in every form.

use crate::targets::{bundle_path, framed, key_set_seed, parts_of};
use bundle::Bundle;
use flate2::Compression;
use flate2::read::{GzEncoder, ZlibEncoder};
use std::io::Read;
use table::read::Format;
use table::write::{cell_text, to_bytes};
use table::{Kind, Table};

/// A seed: the target, the seed's name, the bytes.
pub type Seed = (&'static str, &'static str, Vec<u8>);

/// All of them; the same each time.
pub fn all() -> Vec<Seed> {
    let rows = rows("v1/churn");
    let mut seeds = Vec::new();
    seeds.extend(json(&rows));
    seeds.extend(wire(&rows));
    seeds.extend(columnar(&rows));
    seeds.extend(plain());
    seeds.extend(files(&rows));
    seeds
}

/// Three golden rows of a bundle.
fn rows(name: &str) -> Table {
    let bundle = Bundle::load(&bundle_path(name)).expect("a kept bundle");
    bundle
        .golden_rows()
        .expect("checked when it was loaded")
        .slice(0, 3)
}

/// A cell as JSON has it.
fn cell(rows: &Table, name: &str, row: usize) -> String {
    let cells = rows.column(name).expect("a column of the rows");
    let is_text = matches!(rows.kind(name), Some(Kind::Text | Kind::Date | Kind::Time));
    match cell_text(cells.as_ref(), row) {
        None => "null".to_owned(),
        Some(text) if is_text => serde_json::Value::from(text).to_string(),
        Some(text) => text,
    }
}

fn object(rows: &Table, row: usize) -> String {
    let fields = rows
        .names()
        .into_iter()
        .map(|name| format!("\"{name}\":{}", cell(rows, &name, row)));
    format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
}

fn list(rows: &Table, row: usize) -> String {
    let cells = rows.names().into_iter().map(|name| cell(rows, &name, row));
    format!("[{}]", cells.collect::<Vec<_>>().join(","))
}

/// `one` for every row, between commas.
fn each(rows: &Table, one: impl Fn(&Table, usize) -> String) -> String {
    (0..rows.n_rows())
        .map(|row| one(rows, row))
        .collect::<Vec<_>>()
        .join(",")
}

fn json(rows: &Table) -> Vec<Seed> {
    let (objects, lists) = (each(rows, object), each(rows, list));
    let names = serde_json::to_string(&rows.names()).expect("texts are JSON");
    let native = format!("{{\"rows\":[{objects}],\"decision\":true,\"broken\":true}}");
    let lines = (0..rows.n_rows())
        .map(|row| object(rows, row) + "\n")
        .collect::<String>();
    let of_lists = (0..rows.n_rows())
        .map(|row| format!("{{\"features\":{}}}\n", list(rows, row)))
        .collect::<String>();
    let split = format!("{{\"columns\":{names},\"data\":[{lists}]}}");
    let mut seeds: Vec<(&str, &str, String)> = vec![
        ("native_json", "rows", native.clone()),
        (
            "native_json",
            "lists",
            format!("{{\"rows\":[{lists}],\"reasons\":2}}"),
        ),
        (
            "native_json",
            "instances",
            format!("{{\"instances\":[{objects}]}}"),
        ),
        (
            "native_json",
            "bare",
            format!("{{\"instances\":[{}]}}", lists.replacen("null", "NaN", 2)),
        ),
        ("explain_json", "rows", native.clone()),
        (
            "explain_json",
            "instances",
            format!("{{\"instances\":[{lists}],\"n_reasons\":4}}"),
        ),
        ("mlflow_json", "split", format!("{{\"dataframe_split\":{split}}}")),
        (
            "mlflow_json",
            "records",
            format!("{{\"dataframe_records\":[{objects}]}}"),
        ),
        ("mlflow_json", "instances", format!("{{\"instances\":[{lists}]}}")),
        ("mlflow_json", "list", format!("[{lists}]")),
        ("mlflow_json", "input_data", format!("{{\"input_data\":{split}}}")),
        (
            "mlflow_json",
            "inputs",
            format!("{{\"inputs\":{{{}}}}}", by_column(rows)),
        ),
        (
            "oip_json",
            "rows",
            format!("{{\"id\":\"a\",\"inputs\":[{}]}}", tensors(rows)),
        ),
        (
            "oip_json",
            "outputs",
            format!(
                "{{\"inputs\":[{}],\"outputs\":[{{\"name\":\"probability\",\"parameters\":{{\"binary_data\":true}}}},{{\"name\":\"reasons\"}}],\"parameters\":{{\"n_reasons\":2}}}}",
                tensors(rows)
            ),
        ),
        ("lines", "objects", lines.clone()),
        ("lines", "features", of_lists),
        ("lines_flow", "objects", lines.clone() + &lines),
        ("table_lines", "objects", lines),
        (
            "table_lines",
            "mixed",
            "{\"a\":1,\"b\":\"x\"}\n{\"b\":null,\"c\":[1,{}]}\n{\"a\":1.5}\n".to_owned(),
        ),
    ];
    let mut packed: Vec<Seed> = seeds
        .drain(..)
        .map(|(target, name, text)| (target, name, text.into_bytes()))
        .collect();
    packed.push((
        "encoded",
        "gzip",
        behind(0, GzEncoder::new(native.as_bytes(), Compression::fast())),
    ));
    packed.push((
        "encoded",
        "deflate",
        behind(1, ZlibEncoder::new(native.as_bytes(), Compression::fast())),
    ));
    packed.push(("encoded", "identity", behind(2, native.as_bytes())));
    packed
}

fn behind(first: u8, mut rest: impl Read) -> Vec<u8> {
    let mut bytes = vec![first];
    rest.read_to_end(&mut bytes).expect("memory is read");
    bytes
}

/// `"name":[cells]`, column after column.
fn by_column(rows: &Table) -> String {
    let column = |name: String| format!("\"{name}\":[{}]", each(rows, |rows, row| cell(rows, &name, row)));
    rows.names().into_iter().map(column).collect::<Vec<_>>().join(",")
}

/// The data type of a column in the Open Inference Protocol.
fn datatype(rows: &Table, name: &str) -> &'static str {
    match rows.kind(name) {
        Some(Kind::Integer) => "INT64",
        Some(Kind::Number) => "FP64",
        Some(Kind::Boolean) => "BOOL",
        _ => "BYTES",
    }
}

fn tensors(rows: &Table) -> String {
    let tensor = |name: String| {
        let cells = each(rows, |rows, row| cell(rows, &name, row));
        let datatype = datatype(rows, &name);
        format!(
            "{{\"name\":\"{name}\",\"shape\":[{}],\"datatype\":\"{datatype}\",\"data\":[{cells}]}}",
            rows.n_rows()
        )
    };
    rows.names().into_iter().map(tensor).collect::<Vec<_>>().join(",")
}

/// A column as raw bytes: little-endian numbers, texts behind their lengths.
fn raw(rows: &Table, name: &str) -> Vec<u8> {
    let cells = rows.column(name).expect("a column of the rows");
    let mut bytes = Vec::new();
    for row in 0..rows.n_rows() {
        let text = cell_text(cells.as_ref(), row).unwrap_or_default();
        match datatype(rows, name) {
            "INT64" => bytes.extend(text.parse::<i64>().unwrap_or(0).to_le_bytes()),
            "FP64" => bytes.extend(text.parse::<f64>().unwrap_or(f64::NAN).to_le_bytes()),
            "BOOL" => bytes.push(u8::from(text == "true")),
            _ => {
                bytes.extend((text.len() as u32).to_le_bytes());
                bytes.extend(text.bytes());
            }
        }
    }
    bytes
}

fn wire(rows: &Table) -> Vec<Seed> {
    let (mut headers, mut tail) = (Vec::new(), Vec::new());
    for name in rows.names() {
        let bytes = raw(rows, &name);
        let datatype = datatype(rows, &name);
        headers.push(format!("{{\"name\":\"{name}\",\"shape\":[{}],\"datatype\":\"{datatype}\",\"parameters\":{{\"binary_data_size\":{}}}}}", rows.n_rows(), bytes.len()));
        tail.extend(bytes);
    }
    let json = format!(
        "{{\"inputs\":[{}],\"parameters\":{{\"binary_data_output\":true}}}}",
        headers.join(",")
    );
    let binary = [&(json.len() as u16).to_le_bytes(), json.as_bytes(), &tail].concat();
    let (raw, typed) = (message(rows, true), message(rows, false));
    let twice = [framed(&raw), framed(&typed)].concat();
    let mut zipped = vec![1];
    let packed = behind(0, GzEncoder::new(raw.as_slice(), Compression::fast())).split_off(1);
    zipped.extend((packed.len() as u32).to_be_bytes());
    zipped.extend(packed);
    let named = field(1, b"churn");
    let small = |which: u8, message: &[u8]| [&[which], message].concat();
    vec![
        ("oip_binary", "tensors", binary),
        (
            "oip_binary",
            "raw",
            [&[0, 0], &1.5_f64.to_le_bytes()[..]].concat(),
        ),
        ("grpc_message", "raw", raw.clone()),
        ("grpc_message", "typed", typed),
        ("grpc_frames", "one", behind(0, framed(&raw).as_slice())),
        ("grpc_frames", "stream", behind(1, twice.as_slice())),
        ("grpc_frames", "gzip", behind(0, zipped.as_slice())),
        ("grpc_small", "live", small(0, b"")),
        ("grpc_small", "server", small(1, b"")),
        ("grpc_small", "ready", small(2, &named)),
        (
            "grpc_small",
            "metadata",
            small(3, &[named.clone(), field(2, b"1")].concat()),
        ),
        ("grpc_small", "config", small(4, &named)),
        ("grpc_small", "statistics", small(5, &named)),
        ("grpc_small", "index", small(6, &[0x10, 1])),
        ("grpc_small", "load", small(7, &field(2, b"churn"))),
        ("grpc_small", "health", small(8, &named)),
        (
            "grpc_small",
            "reflection",
            small(9, &field(4, b"inference.GRPCInferenceService")),
        ),
    ]
}

/// A field of bytes in protobuf's wire format.
fn field(number: u8, value: &[u8]) -> Vec<u8> {
    let mut bytes = vec![number << 3 | 2];
    let mut length = value.len();
    while 0x80 <= length {
        bytes.push(length as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
    bytes.extend(value);
    bytes
}

/// A `ModelInferRequest` of the rows, raw or in typed contents.
fn message(rows: &Table, is_raw: bool) -> Vec<u8> {
    let mut bytes = [field(1, b"churn"), field(3, b"id")].concat();
    for name in rows.names() {
        let mut input = [
            field(1, name.as_bytes()),
            field(2, datatype(rows, &name).as_bytes()),
        ]
        .concat();
        input.extend(field(3, &[rows.n_rows() as u8]));
        if !is_raw {
            input.extend(field(5, &contents(rows, &name)));
        }
        bytes.extend(field(5, &input));
    }
    if is_raw {
        rows.names()
            .iter()
            .for_each(|name| bytes.extend(field(7, &raw(rows, name))));
    }
    bytes
}

/// An `InferTensorContents` of a column.
fn contents(rows: &Table, name: &str) -> Vec<u8> {
    let cells = rows.column(name).expect("a column of the rows");
    let texts = (0..rows.n_rows()).map(|row| cell_text(cells.as_ref(), row).unwrap_or_default());
    match datatype(rows, name) {
        "INT64" => field(
            3,
            &texts
                .map(|text| text.parse().unwrap_or(0_u8) & 0x7F)
                .collect::<Vec<u8>>(),
        ),
        "FP64" => field(7, &raw(rows, name)),
        "BOOL" => field(
            1,
            &texts.map(|text| u8::from(text == "true")).collect::<Vec<u8>>(),
        ),
        _ => texts.flat_map(|text| field(8, text.as_bytes())).collect(),
    }
}

fn columnar(rows: &Table) -> Vec<Seed> {
    let bytes = |format| to_bytes(rows, format).expect("a table is written");
    let (arrow, parquet, csv) = (bytes(Format::Arrow), bytes(Format::Parquet), bytes(Format::Csv));
    let headless = csv
        .splitn(2, |byte| *byte == b'\n')
        .nth(1)
        .unwrap_or_default()
        .to_vec();
    let folder = std::env::temp_dir().join(format!("spanwise-seeds-{}.seg", std::process::id()));
    let mut writer = table::segment::Writer::open(&folder).expect("a temporary file");
    (0..2).for_each(|_| writer.append(rows).expect("a frame is written"));
    let segment = std::fs::read(&folder).expect("just written");
    let _ = std::fs::remove_file(&folder);
    vec![
        ("arrow", "rows", arrow.clone()),
        ("arrow_flow", "rows", arrow.clone()),
        ("table_arrow", "rows", arrow),
        ("parquet", "rows", parquet.clone()),
        ("table_parquet", "rows", parquet),
        ("csv", "rows", csv.clone()),
        ("csv", "headless", headless),
        ("table_csv", "rows", csv),
        ("table_csv", "semicolons", b"\xef\xbb\xbf# a note\nTag;Preis;Menge\n31.01.2024;1.234,50;3\n01.02.2024;;\"4\"\nSumme;1.234,50;7\n".to_vec()),
        ("table_csv", "latin", b"name,city\nJos\xe9,Malm\xf6\n\"a\"\"b\",\"x\ny\"\n".to_vec()),
        ("segment", "two", segment),
    ]
}

fn plain() -> Vec<Seed> {
    let texts: [(&str, &str, &str); 21] = [
        (
            "libsvm",
            "rows",
            "1 0:1.5 1:2\n0 0:-3\n\n# note\n1 1:7 0:2.5 # end\n",
        ),
        (
            "head",
            "predict",
            "POST /v1/models/churn:predict?reasons=2&decision=true\nhost: localhost\ncontent-type: text/csv; charset=utf-8\naccept: application/json;q=0.5, text/csv\naccept-encoding: gzip\nx-request-id: r1\n\ncontract\nmonthly\n",
        ),
        (
            "head",
            "metadata",
            "GET /v2/models/churn/versions/1\nhost: [::1]:8080\norigin: http://localhost\naccept: */*\n\n",
        ),
        (
            "head",
            "openapi",
            "GET /openapi.json\nhost: 127.0.0.1\nif-none-match: \"x\"\n\n",
        ),
        ("head", "metrics", "GET /metrics\nhost: localhost\n\n"),
        (
            "head",
            "invocations",
            "POST /invocations\nhost: localhost\ncontent-type: application/x-npy\naccept: application/vnd.apache.parquet\nx-amzn-sagemaker-custom-attributes: a=b\n\nx",
        ),
        (
            "head",
            "repository",
            "POST /v2/repository/models/churn/load\nhost: localhost\nx-api-key: k\n\n{}",
        ),
        (
            "head",
            "index",
            "POST /v2/repository/index\nhost: localhost\n\n{\"ready\":true}",
        ),
        (
            "token",
            "signed",
            "{\"alg\":\"EdDSA\",\"kid\":\"k\"}\n\n{\"iss\":\"https://issuer.example\",\"aud\":[\"spanwise\",\"b\"],\"exp\":1700001000,\"nbf\":1699990000,\"spanwise_models\":[\"churn\"]}",
        ),
        (
            "token",
            "all",
            "{\"alg\":\"EdDSA\"}\n\n{\"iss\":\"https://issuer.example\",\"aud\":\"spanwise\",\"exp\":1.8e9,\"spanwise_models\":\"*\"}",
        ),
        ("token", "none", "eyJhbGciOiJub25lIn0.e30."),
        (
            "keys_file",
            "two",
            "[[key]]\nname = \"a\"\nblake3 = \"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"\nmodels = [\"churn\"]\nexpires = \"2027-01-31\"\n\n[[key]]\nname = \"b\"\nblake3 = \"ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"\nmodels = [\"*\"]\nadmin = true\n",
        ),
        (
            "key_set",
            "rsa",
            "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"r\",\"alg\":\"RS256\",\"n\":\"u1SU1LfVLPHCozMxH2Mo\",\"e\":\"AQAB\"},{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}",
        ),
        (
            "expression",
            "case",
            "CASE WHEN price > 10 AND NOT is THEN lower(name) WHEN city LIKE 'B%' THEN 'b' ELSE city || 'x' END",
        ),
        (
            "expression",
            "numbers",
            "coalesce(-price / (n - 3), abs(n) % 2, 1e3) + CAST('4' AS DOUBLE)",
        ),
        (
            "expression",
            "dates",
            "day + 1 IN (day, NULL) OR seen IS NOT NULL",
        ),
        (
            "expression",
            "functions",
            "round(sqrt(abs(price)), 2) + length(trim(name)) + extract(month FROM day)",
        ),
        (
            "contract",
            "rules",
            "{\"columns\":[{\"column\":\"price\",\"rule\":{\"min\":0.5},\"action\":\"refuse\",\"declared\":true},{\"column\":\"city\",\"rule\":{\"one_of\":[\"Oslo\"]},\"action\":\"flag\",\"declared\":false},{\"column\":\"name\",\"rule\":{\"matches\":\"[a-z]+|Ü\"},\"action\":\"default\",\"declared\":true},{\"column\":\"n\",\"rule\":\"required\",\"action\":\"quarantine\",\"declared\":true},{\"column\":\"n\",\"rule\":{\"kind\":\"integer\"},\"action\":\"flag\",\"declared\":true}],\"table\":[{\"null_share\":{\"column\":\"price\",\"at_most\":0.1}},{\"unique\":{\"column\":\"name\"}},{\"min_rows\":2},{\"fresh\":{\"column\":\"day\",\"within_s\":60}}]}",
        ),
        (
            "project_file",
            "whole",
            "[project]\nname = \"x\"\nseed = 7\n[data.a]\nsource = \"a.csv\"\nkey = \"id\"\n[data.b]\nsql = \"SELECT * FROM a WHERE n > 0\"\n[expect.a]\nn = { min = 0, max = 120 }\nc = { one_of = [\"x\", \"y\"] }\n[question.q]\nask = \"why?\"\noutcome = \"y\"\nby = \"c\"\n[model.m]\ntask = \"classification\"\ndata = \"b\"\ntarget = \"y\"\npositive = \"yes\"\nbudget = \"60s\"\ndecide = { gain = 120, cost = 15 }\n[model.m.features]\nbilled = \"n * 2\"\n[report.m]\ntitle = \"T\"\n[service.m]\nmodel = \"m@champion\"\n[monitor.m]\nwindow = \"1d\"\nfalse_alarms = \"1 per 12 weeks\"\n",
        ),
        (
            "project_file",
            "sources",
            "[project]\nmemory = \"2GB\"\n[data.d]\nsource = \"postgres://user@host/db?table=t\"\npassword = \"${PASSWORD}\"\n[data.s]\nsource = [\"s3://bucket/a.parquet\", \"*.csv\"]\n",
        ),
        (
            "project_file",
            "wrong",
            "[model.x]\ntarget = 3\ntrget = \"y\"\n[mdel.y]\n",
        ),
    ];
    let bytes =
        |(target, name, text): (&'static str, &'static str, &str)| (target, name, text.as_bytes().to_vec());
    texts.map(bytes).to_vec()
}

fn files(rows: &Table) -> Vec<Seed> {
    let mut seeds = vec![("key_set", "ed25519", key_set_seed().into_bytes())];
    let n_inputs = self::rows("v2/exp").n_columns();
    for (name, descr, width) in [("doubles", "<f8", 8), ("singles", ">f4", 4), ("bytes", "|i1", 1)] {
        let head = format!(
            "{{'descr': '{descr}', 'fortran_order': False, 'shape': ({}, {n_inputs}), }}\n",
            rows.n_rows()
        );
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((head.len() as u16).to_le_bytes());
        bytes.extend(head.bytes());
        bytes.resize(bytes.len() + rows.n_rows() * n_inputs * width, 0);
        seeds.push(("npy", name, bytes));
    }
    for (name, file) in [("softmax", "v2/softmax"), ("exp", "v2/exp")] {
        let bytes = std::fs::read(bundle_path(file)).expect("a kept bundle");
        let (manifest, sections) = parts_of(&bytes);
        seeds.push(("bundle_manifest", name, manifest));
        seeds.push(("bundle_sections", name, sections));
        seeds.push(("bundle", name, bytes));
    }
    seeds
}
