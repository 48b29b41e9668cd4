//! Rows in files, segments of a log, arrays of NumPy and bundles.

use super::Seed;
use crate::targets::{bundle_path, key_set_seed, parts_of};
use table::Table;
use table::arrow::ipc::writer::StreamWriter;
use table::read::Format;
use table::write::to_bytes;

pub(super) fn columnar(rows: &Table) -> Vec<Seed> {
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
        ("arrow_flow", "rows", stream(rows)),
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

/// An Arrow IPC stream of a batch for each row.
fn stream(rows: &Table) -> Vec<u8> {
    let mut writer = StreamWriter::try_new(Vec::new(), &rows.batch().schema()).expect("memory is written");
    for row in 0..rows.n_rows() {
        writer
            .write(rows.slice(row, 1).batch())
            .expect("memory is written");
    }
    writer.into_inner().expect("memory is written")
}

pub(super) fn files(rows: &Table) -> Vec<Seed> {
    let mut seeds = vec![("key_set", "ed25519", key_set_seed().into_bytes())];
    let n_inputs = super::rows("v2/exp").n_columns();
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
