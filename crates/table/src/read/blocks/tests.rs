#![allow(clippy::unwrap_used)]

use super::*;
use crate::ComplaintKind;
use crate::read::csv;

fn cut(block_bytes: usize) -> Cut<'static> {
    Cut {
        block_bytes,
        ..Cut::default()
    }
}

fn in_parts(text: &str, block_bytes: usize) -> (Vec<(String, Kind)>, Table, Blocks) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    std::fs::write(&path, text).unwrap();
    let (mut columns, mut tables) = (Vec::new(), Vec::new());
    let seen = std::cell::RefCell::new(&mut tables);
    let found = separated::<TableError>(
        &path,
        &Options::default(),
        &cut(block_bytes),
        &mut |begun| {
            columns = begun.to_vec();
            seen.borrow_mut().clear();
            Ok(())
        },
        &mut |table| {
            seen.borrow_mut().push(table.clone());
            Ok(())
        },
    );
    let found = found.unwrap().unwrap();
    (columns, Table::concat(&tables).unwrap(), found)
}

fn rows(n: usize) -> String {
    let row = |k: usize| {
        let note = if k % 97 == 5 {
            format!("\"two\nlines, {k}\"")
        } else {
            format!("note {k}")
        };
        format!("{k},{}.5,2024-01-{:02},{note}\n", k % 13, k % 28 + 1)
    };
    format!("id,price,day,note\n{}", (0..n).map(row).collect::<String>())
}

#[test]
fn blocks_are_the_file() {
    let text = rows(5000);
    let whole = csv::read(text.as_bytes(), None, "t", &Options::default()).unwrap();
    // by steps that meet every place of a row, in quotes and between them
    for block_bytes in (900..1100).step_by(7).chain([7919, 60_000, 1 << 20]) {
        let (columns, table, found) = in_parts(&text, block_bytes);
        assert_eq!(columns, whole.table.columns());
        assert_eq!(table.hash(), whole.table.hash(), "{block_bytes}");
        assert_eq!(found.complaints, whole.complaints);
    }
}

#[test]
fn a_kind_that_does_not_last_is_widened() {
    let mut text = rows(200_000);
    // far from every piece that was looked at
    let late = "200000,4.5,2024-01-01,x\n77.25,1,2024-01-02,y\n";
    let middle = text.len() / 64 * 7;
    let at = middle + text[middle..].find('\n').unwrap() + 1;
    let at = at + text[at..].find("\n1").unwrap() + 1;
    text.insert_str(at, late);
    let (columns, table, found) = in_parts(&text, 1 << 20);
    assert_eq!(columns[0].1, Kind::Number);
    assert_eq!(table.n_rows(), 200_002);
    assert!(
        found
            .complaints
            .iter()
            .all(|complaint| complaint.column.as_deref() != Some("id"))
    );
}

fn is_cut(text: &[u8], block_bytes: usize) -> bool {
    is_cut_as(text, block_bytes, &Options::default())
}

fn is_cut_as(text: &[u8], block_bytes: usize, options: &Options) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    std::fs::write(&path, text).unwrap();
    let found = separated::<TableError>(
        &path,
        options,
        &cut(block_bytes),
        &mut |_| Ok(()),
        &mut |_| Ok(()),
    );
    found.unwrap().is_some()
}

#[test]
fn what_cannot_be_cut_with_certainty_is_not() {
    let of = |row: &dyn Fn(usize) -> String| format!("a,b\n{}", (0..3000).map(row).collect::<String>());
    assert!(is_cut(of(&|k| format!("{k},x\n")).as_bytes(), 1000));
    assert!(!is_cut(
        of(&|k| format!("{k},{:02}/{:02}/2024\n", k % 12 + 1, k % 28 + 1)).as_bytes(),
        1000
    ));
    assert!(!is_cut(
        of(&|k| format!("{k},\"{},{:03}.5\"\n", k % 9 + 1, k % 1000)).as_bytes(),
        1000
    ));
    let mut late = of(&|k| format!("{k},x\n")).into_bytes();
    late.extend_from_slice(b"1,caf\xe9\n");
    assert!(!is_cut(&late, 1000));
    let mut late = of(&|k| format!("{k},x\n")).into_bytes();
    late.extend_from_slice(b"1,\0x\n");
    assert!(!is_cut(&late, 1000));
    let long = of(&|k| {
        if k == 1500 {
            format!("{k},\"{}\"\n", "x\n".repeat(9000))
        } else {
            format!("{k},x\n")
        }
    });
    assert!(!is_cut(long.as_bytes(), 1000) && is_cut(long.as_bytes(), 10_000));
}

#[test]
fn numbers_that_were_asked_for_keep_their_kind_and_their_forms() {
    let mut options = Options::default();
    options.kinds.insert("b".to_owned(), Kind::Number);
    let of = |row: &dyn Fn(usize) -> String| format!("a,b\n{}", (0..3000).map(row).collect::<String>());
    let few = |k: usize| format!("{k},{}\n", if k % 200 == 7 { "free" } else { "3" });
    assert!(is_cut_as(of(&few).as_bytes(), 1000, &options));
    // marks may stand for numbers of which a whole column tells
    let many = |k: usize| format!("{k},{}\n", if k % 20 == 7 { "$3" } else { "3" });
    assert!(!is_cut_as(of(&many).as_bytes(), 1000, &options));
}

#[test]
fn repeated_headers_and_lines_behind_the_rows_are_found_as_at_once() {
    // both far from every piece that is looked at first
    let mut text = rows(200_000);
    let at = text.len() / 64 * 7;
    let at = at + text[at..].find("\n2").unwrap() + 1;
    text.insert_str(at, "id,price,day,note\n");
    text.push_str("\nSource: the office of statistics\n");
    let whole = csv::read(text.as_bytes(), None, "t", &Options::default()).unwrap();
    for block_bytes in [60_000, 1 << 20] {
        let (_, table, found) = in_parts(&text, block_bytes);
        assert_eq!(table.hash(), whole.table.hash(), "{block_bytes}");
        for kind in [ComplaintKind::RepeatedHeader, ComplaintKind::Footer] {
            let of = |complaints: &Complaints| complaints.iter().find(|one| one.kind == kind).cloned();
            assert!(of(&whole.complaints).is_some(), "{kind:?}");
            assert_eq!(of(&found.complaints), of(&whole.complaints), "{block_bytes}");
        }
    }
}

#[test]
fn headers_with_empty_names_and_quotes_in_cells_are_read_as_at_once() {
    let row = |k: usize| match k % 50 {
        7 => format!("{k},5\" pipe,\"two\nlines, and a \"\"word\"\"\"\n"),
        _ => format!("{k},{} pipe,note\n", k % 9),
    };
    let text = format!(",size,note\n{}", (0..4000).map(row).collect::<String>());
    let whole = csv::read(text.as_bytes(), None, "t", &Options::default()).unwrap();
    for block_bytes in [900, 5003, 1 << 20] {
        let (columns, table, found) = in_parts(&text, block_bytes);
        assert_eq!(
            (columns, table.hash()),
            (whole.table.columns(), whole.table.hash()),
            "{block_bytes}"
        );
        assert!(
            found
                .complaints
                .iter()
                .any(|one| one.kind == ComplaintKind::UnnamedColumn)
        );
    }
}

#[test]
fn complaints_know_their_rows() {
    let mut text = rows(3000);
    text.push_str("3000,free,2024-01-01,z\n");
    let (_, _, found) = in_parts(&text, 9000);
    let odd = found
        .complaints
        .iter()
        .find(|complaint| complaint.kind == ComplaintKind::NotOfKind)
        .unwrap();
    assert_eq!(
        (odd.column.as_deref(), odd.count, odd.examples[0].row),
        (Some("price"), 1, 3001)
    );
}
