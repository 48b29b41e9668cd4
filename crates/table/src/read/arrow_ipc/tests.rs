#![allow(clippy::unwrap_used)]
use super::*;
use crate::read::{Format, from_bytes};
use arrow::array::{Array, DictionaryArray, Int64Array, StringArray};
use arrow::datatypes::Int32Type;
use arrow::ipc::CompressionType;
use arrow::ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};

const N_ROWS: usize = 5000;

fn batch() -> RecordBatch {
    let cells = || Arc::new(Int64Array::from(vec![7; N_ROWS])) as Arc<dyn Array>;
    RecordBatch::try_from_iter([("x", cells()), ("y", cells())]).unwrap()
}

fn options(codec: Option<CompressionType>) -> IpcWriteOptions {
    IpcWriteOptions::default().try_with_compression(codec).unwrap()
}

fn stream(batches: &[RecordBatch], codec: Option<CompressionType>) -> Vec<u8> {
    let mut writer =
        StreamWriter::try_new_with_options(Vec::new(), &batches[0].schema(), options(codec)).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.into_inner().unwrap()
}

fn file(batch: &RecordBatch, codec: Option<CompressionType>) -> Vec<u8> {
    let mut writer = FileWriter::try_new_with_options(Vec::new(), &batch.schema(), options(codec)).unwrap();
    writer.write(batch).unwrap();
    writer.into_inner().unwrap()
}

fn read(bytes: &[u8], max_rows: u64, max_bytes: u64) -> Result<usize, TableError> {
    let options = Options {
        max_rows,
        max_bytes,
        ..Options::default()
    };
    from_bytes(bytes, Format::Arrow, "t", &options).map(|read| read.table.n_rows())
}

/// The codecs that are compiled in: DataFusion brings them, and this crate alone has none.
fn codecs() -> Vec<Option<CompressionType>> {
    let has = |codec: &Option<CompressionType>| {
        let mut writer =
            StreamWriter::try_new_with_options(Vec::new(), &batch().schema(), options(*codec)).unwrap();
        writer.write(&batch()).is_ok()
    };
    let known = [
        None,
        Some(CompressionType::LZ4_FRAME),
        Some(CompressionType::ZSTD),
    ];
    known.into_iter().filter(has).collect()
}

/// `bytes` with each of these numbers as another.
fn with(bytes: &[u8], from: u64, to: u64) -> Vec<u8> {
    let (from, to) = (from.to_le_bytes(), to.to_le_bytes());
    let (mut changed, mut n) = (bytes.to_vec(), 0);
    for at in 0..bytes.len() - 8 {
        if bytes[at..at + 8] == from {
            changed[at..at + 8].copy_from_slice(&to);
            n += 1;
        }
    }
    assert!(0 < n, "the number stands somewhere");
    changed
}

#[test]
fn what_messages_say_is_held_against_limits_and_against_them() {
    let bytes_of_column = 8 * N_ROWS as u64;
    for codec in codecs() {
        for bytes in [stream(&[batch()], codec), file(&batch(), codec)] {
            assert_eq!(read(&bytes, 5000, 100_000).unwrap(), N_ROWS);
            assert!(matches!(
                read(&bytes, 4999, 100_000),
                Err(TableError::TooManyRows { limit: 4999, .. })
            ));
            assert!(matches!(
                read(&bytes, 5000, 79_000),
                Err(TableError::TooLarge { .. })
            ));
            let many = with(&bytes, 5000, 1 << 60);
            assert!(matches!(
                read(&many, 5000, 100_000),
                Err(TableError::TooManyRows { .. })
            ));
            assert!(read(&many, u64::MAX, u64::MAX).is_err());
            if codec.is_some() {
                // more than a machine has: asking for it would end the process
                let huge = with(&bytes, bytes_of_column, 1 << 56);
                assert!(matches!(
                    read(&huge, 5000, 100_000),
                    Err(TableError::TooLarge { .. })
                ));
            }
        }
    }
    if codecs().contains(&Some(CompressionType::LZ4_FRAME)) {
        let cells = Arc::new(Int64Array::from(vec![7; 100_000])) as Arc<dyn Array>;
        let large = RecordBatch::try_from_iter([("x", cells)]).unwrap();
        let sly = with(&stream(&[large], Some(CompressionType::LZ4_FRAME)), 800_000, 16);
        let found = read(&sly, u64::MAX, 100_000).unwrap_err().to_string();
        // ours or the decoder's own, which stops at what was said
        let refusals = ["holds more than it says", "Expected compressed length of 16"];
        assert!(refusals.iter().any(|refusal| found.contains(refusal)), "{found}");
    }
    let plain = stream(&[batch()], None);
    assert!(
        read(&plain[..plain.len() / 2], 5000, 100_000)
            .unwrap_err()
            .to_string()
            .contains("within a message")
    );
    let found = read(&with(&plain, bytes_of_column, 2 * bytes_of_column), 5000, 1 << 20)
        .unwrap_err()
        .to_string();
    assert!(
        found.contains("overlap") || found.contains("beyond its message"),
        "{found}"
    );
    let behind = [plain, b"more than it".to_vec()].concat();
    assert!(
        read(&behind, 5000, 100_000)
            .unwrap_err()
            .to_string()
            .contains("behind its end")
    );
}

/// A dictionary of one long text says little and holds much.
#[test]
fn dictionaries_count_as_often_as_they_are_pointed_at() {
    let values = StringArray::from(vec!["x".repeat(1000)]);
    let keys = arrow::array::Int32Array::from(vec![0; N_ROWS]);
    let cells: DictionaryArray<Int32Type> = DictionaryArray::try_new(keys, Arc::new(values)).unwrap();
    let batch = RecordBatch::try_from_iter([("x", Arc::new(cells) as Arc<dyn Array>)]).unwrap();
    let bytes = stream(&[batch], None);
    assert!(matches!(
        read(&bytes, 5000, 1_000_000),
        Err(TableError::TooLarge { .. })
    ));
    assert_eq!(read(&bytes, 5000, 10_000_000).unwrap(), N_ROWS);
}

#[test]
fn a_stream_in_pieces_is_the_stream() {
    let batches: Vec<RecordBatch> = (0..4).map(|_| batch()).chain([batch().slice(0, 0)]).collect();
    let bytes = stream(&batches, *codecs().last().unwrap());
    for piece in [1, 7, 1000, bytes.len()] {
        // rows and bytes of one batch are allowed, not of all
        let options = Options {
            max_rows: 5000,
            max_bytes: 90_000,
            ..Options::default()
        };
        let mut pieces = ArrowStream::new("t", &options);
        let mut found = Vec::new();
        for part in bytes.chunks(piece) {
            pieces.push(part);
            while let Some(read) = pieces.next_batch().unwrap() {
                found.push(read.table.n_rows());
            }
        }
        pieces.end();
        while let Some(read) = pieces.next_batch().unwrap() {
            found.push(read.table.n_rows());
        }
        assert_eq!(found, [N_ROWS, N_ROWS, N_ROWS, N_ROWS, 0], "pieces of {piece}");
    }
    let mut cut = ArrowStream::new("t", &Options::default());
    cut.push(&bytes[..bytes.len() - 20]);
    while cut.next_batch().unwrap().is_some() {}
    cut.end();
    assert!(cut.next_batch().is_err());
}
