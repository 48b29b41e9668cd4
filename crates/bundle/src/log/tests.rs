#![allow(clippy::unwrap_used)]
use super::files::name_of;
use super::*;
use std::path::{Path, PathBuf};
use table::{MICROS_PER_DAY, Table, segment};

const DAY: i64 = 20_000 * MICROS_PER_DAY;

fn refused_at(time_micros: i64, request: &str) -> Refused {
    Refused {
        time_micros,
        request: request.into(),
        bundle: "b".into(),
        reason: "r".into(),
        n_rows: 3,
    }
}

/// A segment of requests, one a row: what is about refusals and about answers differs in nothing but the name here.
fn segment_of(folder: &Path, number: u64, day: i64, requests: &[&str]) -> PathBuf {
    let path = folder.join(segment_name("b", 1, number, false));
    let mut writer = segment::Writer::open(&path).unwrap();
    for (place, request) in requests.iter().enumerate() {
        let row = refused_at(day * MICROS_PER_DAY + place as i64, request);
        writer.append(&refusals(&[row], 1.0).unwrap()).unwrap();
    }
    path
}

fn segment(folder: &Path, about_refusals: bool) -> PathBuf {
    let path = folder.join(segment_name("b", 1, 0, about_refusals));
    let mut writer = segment::Writer::open(&path).unwrap();
    writer
        .append(&refusals(&[refused_at(5, "q")], 1.0).unwrap())
        .unwrap();
    path
}

fn requests(folder: &Path) -> Vec<String> {
    let tables = answers(folder).unwrap();
    let cell = |table: &Table, row| {
        let cells = table.column("request").unwrap();
        table::write::cell_text(cells.as_ref(), row).unwrap()
    };
    let mut found: Vec<String> = tables
        .iter()
        .flat_map(|table| (0..table.n_rows()).map(move |row| cell(table, row)))
        .collect();
    found.sort();
    found
}

fn merged(folder: &Path, now: i64, min_files: usize) -> Merged {
    merge(folder, now, min_files, &mut || true).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    files(folder).unwrap().iter().map(|path| name_of(path)).collect()
}

#[test]
fn a_segment_beside_its_compacted_file_counts_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = segment(folder.path(), false);
    let kept = std::fs::read(&path).unwrap();
    compact(&path).unwrap();
    std::fs::write(&path, kept).unwrap();
    let rows: usize = answers(folder.path()).unwrap().iter().map(Table::n_rows).sum();
    assert_eq!(rows, 1);
}

#[test]
fn a_segment_that_is_compacted_meanwhile_is_read_from_its_new_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = segment(folder.path(), false);
    let listed = files(folder.path()).unwrap();
    compact(&path).unwrap();
    assert_eq!(read(&listed[0]).unwrap()[0].n_rows(), 1);
}

#[test]
fn refusals_are_no_answers() {
    let folder = tempfile::tempdir().unwrap();
    segment(folder.path(), true);
    assert!(answers(folder.path()).unwrap().is_empty());
    assert_eq!(refused(folder.path()).unwrap()[0].n_rows(), 1);
}

#[test]
fn days_that_are_over_are_one_file_and_today_once_it_is_worth_it() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    segment_of(at, 0, 20_000, &["a", "b"]);
    compact(&segment_of(at, 1, 20_000, &["c"])).unwrap();
    segment_of(at, 2, 20_001, &["d"]);
    let noon = DAY + MICROS_PER_DAY + 5;
    let done = merged(at, noon, 2);
    assert_eq!((done.n_days, done.n_files, done.n_rows), (1, 2, 3));
    assert_eq!(
        names(at),
        ["b-2024-10-04.parquet", "b-0000000000000001-000002.seg"]
    );
    assert_eq!(requests(at), ["a", "b", "c", "d"]);
    segment_of(at, 3, 20_001, &["e"]);
    merged(at, noon, 2);
    // what comes late goes to the file that is there
    segment_of(at, 4, 20_000, &["f"]);
    assert_eq!(merged(at, noon, 2).n_rows, 4);
    assert_eq!(names(at), ["b-2024-10-04.parquet", "b-2024-10-05.parquet"]);
    assert_eq!(requests(at), ["a", "b", "c", "d", "e", "f"]);
    assert_eq!(merged(at, noon, 1), Merged::default());
}

#[test]
fn a_kill_in_the_middle_of_a_merge_loses_nothing_and_doubles_nothing() {
    let whole = tempfile::tempdir().unwrap();
    let sources = [
        segment_of(whole.path(), 0, 20_000, &["a", "b"]),
        segment_of(whole.path(), 1, 20_000, &["c"]),
    ];
    let kept: Vec<Vec<u8>> = sources.iter().map(|path| std::fs::read(path).unwrap()).collect();
    let now = DAY + 3 * MICROS_PER_DAY;
    merged(whole.path(), now, 1);
    // renamed, and none, one or two of the files that were taken in are gone
    for left in [&[0, 1][..], &[1], &[0]] {
        for place in left {
            std::fs::write(&sources[*place], &kept[*place]).unwrap();
        }
        assert_eq!(requests(whole.path()), ["a", "b", "c"]);
        assert_eq!(names(whole.path()), ["b-2024-10-04.parquet"]);
        merged(whole.path(), now, 1);
        assert!(sources.iter().all(|path| !path.exists()));
        assert_eq!(requests(whole.path()), ["a", "b", "c"]);
    }
    // half written beside
    let half = whole.path().join(".b-2024-10-04.parquet.merging-part");
    std::fs::write(&half, b"PAR1").unwrap();
    assert_eq!(requests(whole.path()), ["a", "b", "c"]);
    merged(whole.path(), now, 1);
    assert!(!half.exists());
    // another file of the same name is no file that was taken in
    segment_of(whole.path(), 0, 20_000, &["z"]);
    assert_eq!(requests(whole.path()), ["a", "b", "c", "z"]);
}

#[test]
fn a_merge_that_is_stopped_leaves_everything_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    segment_of(folder.path(), 0, 20_000, &["a", "b", "c"]);
    let now = DAY + 3 * MICROS_PER_DAY;
    for n_steps in 0..4 {
        let mut left = n_steps;
        let stopped = merge(folder.path(), now, 1, &mut || {
            left -= 1;
            0 <= left
        });
        assert!(stopped.is_err());
        assert_eq!(requests(folder.path()), ["a", "b", "c"]);
        assert_eq!(names(folder.path()), ["b-0000000000000001-000000.seg"]);
    }
    assert_eq!(merged(folder.path(), now, 1).n_rows, 3);
}

#[test]
fn a_segment_that_is_written_is_left_alone_and_a_torn_end_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = segment_of(folder.path(), 0, 20_000, &["a"]);
    let held = hold(&path).unwrap();
    assert_eq!(hold(&path).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    let now = DAY + 3 * MICROS_PER_DAY;
    assert_eq!(merged(folder.path(), now, 1), Merged::default());
    drop(held);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.extend([9; 7]);
    std::fs::write(&path, &bytes).unwrap();
    assert_eq!(merged(folder.path(), now, 1).n_files, 1);
    let mut torn = path.into_os_string();
    torn.push(".torn");
    assert_eq!(std::fs::read(PathBuf::from(torn)).unwrap(), bytes);
    assert_eq!(requests(folder.path()), ["a"]);
}

#[test]
fn rows_with_other_columns_are_merged_with_gaps() {
    let folder = tempfile::tempdir().unwrap();
    let path = segment_of(folder.path(), 0, 20_000, &["a"]);
    let other = folder.path().join(segment_name("b", 1, 7, false));
    let table = refusals(&[refused_at(DAY, "b")], 0.5).unwrap();
    let names: Vec<String> = table
        .names()
        .into_iter()
        .filter(|name| name != "reason")
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    segment::Writer::open(&other)
        .unwrap()
        .append(&table.select(&names).unwrap())
        .unwrap();
    merged(folder.path(), DAY + 3 * MICROS_PER_DAY, 1);
    assert!(!path.exists() && !other.exists());
    let tables = answers(folder.path()).unwrap();
    assert_eq!(tables.len(), 1);
    let cells = |name: &str| {
        let cells = tables[0].column(name).unwrap();
        (0..2)
            .map(|row| table::write::cell_text(cells.as_ref(), row))
            .collect::<Vec<_>>()
    };
    assert_eq!(cells("reason"), [Some("r".to_owned()), None]);
    assert_eq!(cells(SHARE), [Some("1".to_owned()), Some("0.5".to_owned())]);
}

#[test]
fn days_expire_whole() {
    let folder = tempfile::tempdir().unwrap();
    segment_of(folder.path(), 0, 20_000, &["a"]);
    segment_of(folder.path(), 1, 20_001, &["b"]);
    let now = DAY + 9 * MICROS_PER_DAY;
    merged(folder.path(), now, 1);
    assert_eq!(expire(folder.path(), DAY + MICROS_PER_DAY - 1).unwrap().len(), 0);
    let gone = expire(folder.path(), DAY + MICROS_PER_DAY).unwrap();
    assert_eq!(
        gone.iter().map(|path| name_of(path)).collect::<Vec<_>>(),
        ["b-2024-10-04.parquet"]
    );
    assert_eq!(requests(folder.path()), ["b"]);
}

#[test]
fn a_share_is_of_the_same_requests_everywhere_and_within_every_larger_one() {
    let names: Vec<String> = (0..20_000).map(|number| format!("q-{number}")).collect();
    let taken = |share: f64| names.iter().filter(|name| is_sampled(name, share)).count();
    // five standard deviations
    assert!((taken(0.1) as f64 - 2000.0).abs() < 5.0 * (20_000.0 * 0.09_f64).sqrt());
    assert_eq!((taken(0.0), taken(1.0)), (0, 20_000));
    assert!(
        names
            .iter()
            .all(|name| !is_sampled(name, 0.1) || is_sampled(name, 0.3))
    );
    // fixed for good: rows of different services are joined by it
    assert!(is_sampled("q-7", 0.9) != is_sampled("q-7", 0.0));
}

#[test]
fn masked_cells_are_joined_and_counted_without_being_shown() {
    let cells =
        table::arrow::array::StringArray::from(vec![Some("ann@x"), None, Some("ann@x"), Some("bob@x")]);
    let texts = |mask: &Mask, column: &str| -> Vec<Option<String>> {
        let hashes = mask.hashes(column, &cells).unwrap();
        (0..4)
            .map(|row| table::write::cell_text(hashes.as_ref(), row))
            .collect()
    };
    let mask = Mask::new(["email".to_owned()], Some("secret"));
    let found = texts(&mask, "email");
    assert_eq!(found[0], found[2]);
    assert_ne!(found[0], found[3]);
    assert_eq!(found[1], None);
    assert_eq!(found[0].as_ref().unwrap().len(), 32);
    assert_ne!(found, texts(&mask, "phone"));
    assert_ne!(
        found,
        texts(&Mask::new(["email".to_owned()], Some("other")), "email")
    );
    assert!(
        Mask::new(["email".to_owned()], None)
            .hashes("email", &cells)
            .is_none()
    );
    assert!(!format!("{mask:?}").contains("secret"));
}
