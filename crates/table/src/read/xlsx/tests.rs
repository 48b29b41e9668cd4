#![allow(clippy::unwrap_used)]

use crate::read::{Format, Options, Read, from_bytes};
use crate::{Kind, TableError};
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;

const RELATIONS: &str =
    r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">"#;
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
/// Formats: none, a day, a time, a length of time.
const STYLES: &str = r#"<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy-mm-dd hh:mm:ss"/><numFmt numFmtId="165" formatCode="[h]:mm"/></numFmts><cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs></styleSheet>"#;

/// A workbook of sheets: name, attributes of the sheet's entry, what is in its `worksheet`.
fn workbook(sheets: &[(&str, &str, &str)]) -> Vec<u8> {
    let (mut entries, mut relations) = (String::new(), RELATIONS.to_owned());
    let mut files = Vec::new();
    for (i, (name, attributes, content)) in sheets.iter().enumerate() {
        let n = i + 1;
        entries += &format!(r#"<sheet name="{name}" sheetId="{n}" r:id="rId{n}" {attributes}/>"#);
        relations += &format!(
            r#"<Relationship Id="rId{n}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet{n}.xml"/>"#
        );
        files.push((
            format!("xl/worksheets/sheet{n}.xml"),
            format!(r#"<worksheet xmlns="{MAIN}">{content}</worksheet>"#),
        ));
    }
    relations += r#"<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#;
    let book = format!(
        r#"<workbook xmlns="{MAIN}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>{entries}</sheets></workbook>"#
    );
    let root = format!(
        r#"{RELATIONS}<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
    );
    files.push(("_rels/.rels".to_owned(), root));
    files.push(("xl/workbook.xml".to_owned(), book));
    files.push(("xl/_rels/workbook.xml.rels".to_owned(), relations));
    files.push(("xl/styles.xml".to_owned(), STYLES.to_owned()));
    archive(&files)
}

fn archive(files: &[(String, String)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        writer
            .start_file(name.as_str(), SimpleFileOptions::default())
            .unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Rows of cells, `(row from 1, [(column, cell)])`, where a cell is `s:text`, `n:1.5`, `n1:45000` (with format 1), `b:1`,
/// `e:#REF!` or `f:SUM(A1)` (without a result).
fn rows(rows: &[(u32, &[(&str, &str)])]) -> String {
    let cell = |row: u32, (column, cell): &(&str, &str)| {
        let (kind, value) = cell.split_once(':').unwrap();
        let place = format!(r#"r="{column}{row}""#);
        match kind {
            "s" => format!(r#"<c {place} t="inlineStr"><is><t>{value}</t></is></c>"#),
            "b" => format!(r#"<c {place} t="b"><v>{value}</v></c>"#),
            "e" => format!(r#"<c {place} t="e"><v>{value}</v></c>"#),
            "f" => format!("<c {place}><f>{value}</f></c>"),
            format => format!(
                r#"<c {place} s="{}"><v>{value}</v></c>"#,
                format.trim_start_matches('n')
            )
            .replace(r#"s="""#, ""),
        }
    };
    let row = |(number, cells): &(u32, &[(&str, &str)])| {
        let cells: String = cells.iter().map(|found| cell(*number, found)).collect();
        format!(r#"<row r="{number}">{cells}</row>"#)
    };
    format!(
        "<sheetData>{}</sheetData>",
        rows.iter().map(row).collect::<String>()
    )
}

fn read(bytes: &[u8], options: &Options) -> Result<Read, TableError> {
    from_bytes(bytes, Format::Xlsx, "book.xlsx", options)
}

fn csv(read: &Read) -> String {
    String::from_utf8(crate::write::to_csv(&read.table, ',')).unwrap()
}

fn told(read: &Read) -> Vec<String> {
    read.complaints.iter().map(ToString::to_string).collect()
}

#[test]
fn cells_are_what_their_format_says() {
    let sheet = rows(&[
        (
            3,
            &[
                ("B", "s:id"),
                ("C", "s:day"),
                ("D", "s:at"),
                ("E", "s:spent"),
                ("F", "s:ok"),
                ("G", "s:code"),
                ("H", "s:price"),
            ],
        ),
        (
            4,
            &[
                ("B", "n:1"),
                ("C", "n1:45322"),
                ("D", "n2:45322.75"),
                ("E", "n3:1.5"),
                ("F", "b:1"),
                ("G", "s:007"),
                ("H", "n:2.5"),
            ],
        ),
        (
            6,
            &[
                ("B", "n:2"),
                ("C", "n1:60"),
                ("D", "n2:45323"),
                ("F", "b:0"),
                ("G", "s:008"),
                ("H", "e:#REF!"),
            ],
        ),
        (
            7,
            &[
                ("B", "n:3"),
                ("C", "n1:45324"),
                ("D", "f:NOW()"),
                ("E", "n3:0.25"),
                ("G", "s:N/A"),
                ("H", "s:3.5"),
            ],
        ),
    ]);
    let found = read(&workbook(&[("Sheet1", "", &sheet)]), &Options::default()).unwrap();
    let kinds: Vec<Kind> = found.table.columns().into_iter().map(|(_, kind)| kind).collect();
    use Kind::{Boolean, Date, Integer, Number, Text, Time};
    assert_eq!(kinds, [Integer, Text, Time, Number, Boolean, Text, Number]);
    let without = sheet.replace("<v>60</v>", "<v>45323</v>");
    let found = read(&workbook(&[("Sheet1", "", &without)]), &Options::default()).unwrap();
    assert_eq!(found.table.kind("day"), Some(Date));
    assert_eq!(
        csv(&found),
        "id,day,at,spent,ok,code,price\n\
         1,2024-01-31,2024-01-31T18:00:00Z,1.5,true,007,2.5\n\
         2,2024-02-01,2024-02-01T00:00:00Z,,false,008,\n\
         3,2024-02-02,,0.25,,N/A,3.5\n"
    );
    assert_eq!(
        told(&found),
        [
            "column `at`: 1 formula had no stored result and became missing; hint: save the workbook in a program that computes it (first: row 3, line 7)",
            "column `price`: 1 cell held an error and became missing (first: row 2, line 6, found `#REF!`)",
        ]
    );
    assert_eq!(
        found.guesses,
        ["`spent`: times of day or durations, as shares of a day"]
    );
}

#[test]
fn what_numbers_cannot_say_is_told_and_not_lost() {
    let sheet = rows(&[
        (1, &[("A", "s:x"), ("B", "s:id"), ("C", "s:note"), ("D", "s:day")]),
        (
            2,
            &[
                ("A", "n:NaN"),
                ("B", "n:9007199254740991"),
                ("C", "s:a"),
                ("D", "n1:45322"),
            ],
        ),
        (
            3,
            &[
                ("A", "n:1.5"),
                ("B", "n:9007199254740993"),
                ("C", "n:NaN"),
                ("D", "n1:NaN"),
            ],
        ),
        (
            4,
            &[
                ("A", "n:-inf"),
                ("B", "n:12345678901234567890"),
                ("C", "s:b"),
                ("D", "n1:45323"),
            ],
        ),
        (
            5,
            &[("A", "n:1e999"), ("B", "n:7"), ("C", "e:#N/A"), ("D", "n1:45324")],
        ),
    ]);
    let found = read(&workbook(&[("Sheet1", "", &sheet)]), &Options::default()).unwrap();
    assert_eq!(
        csv(&found),
        "x,id,note,day\n,9007199254740991,a,2024-01-31\n1.5,9007199254740992,,\n\
         ,12345678901234567000,b,2024-02-01\n,7,,2024-02-02\n"
    );
    assert_eq!(
        told(&found),
        [
            "column `x`: 1 cell held an error and became missing (first: row 1, line 2, found `NaN`)",
            "column `x`: 2 infinite numbers became missing (first: row 3, line 4, found `-inf`)",
            "column `id`: 2 whole numbers were too large to be kept to their last digit (first: row 2, line 3, found `9007199254740992`)",
            "column `note`: 2 cells held an error and became missing (first: row 2, line 3, found `NaN`)",
            "column `day`: 1 cell held an error and became missing (first: row 2, line 3, found `NaN`)",
        ]
    );
}

#[test]
fn a_sheet_of_what_has_none_is_refused() {
    let asked = Options {
        sheet: Some("May".to_owned()),
        ..Options::default()
    };
    let refused = from_bytes(b"a,b\n1,2\n", Format::Csv, "a.csv", &asked).unwrap_err();
    assert!(
        refused
            .to_string()
            .starts_with("`a.csv` has no sheets: found the sheet `May`, expected a workbook (.xlsx)"),
        "{refused}"
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    std::fs::write(&path, "a,b\n1,2\n").unwrap();
    let seen = crate::read::in_blocks(&path, &asked, |_| Ok::<_, TableError>(()), |_| Ok(()));
    assert!(matches!(seen, Err(TableError::NoSheets { .. })), "{seen:?}");
}

#[test]
fn sheets_are_chosen_and_named() {
    let one = rows(&[
        (1, &[("A", "s:a"), ("B", "s:b")]),
        (2, &[("A", "n:1"), ("B", "n:2")]),
    ]);
    let two = rows(&[
        (1, &[("A", "s:c"), ("B", "s:d")]),
        (2, &[("A", "n:3"), ("B", "n:4")]),
    ]);
    let book = workbook(&[
        ("Empty", "", "<sheetData/>"),
        ("Hidden", r#"state="hidden""#, &two),
        ("May", "", &one),
        ("June", "", &two),
    ]);
    let found = read(&book, &Options::default()).unwrap();
    assert_eq!(csv(&found), "a,b\n1,2\n");
    assert_eq!(
        found.guesses,
        ["sheet `May` was read; others are `Empty`, `Hidden`, `June`; hint: `sheet = \"NAME\"`"]
    );
    let of = |sheet: &str| Options {
        sheet: Some(sheet.to_owned()),
        ..Options::default()
    };
    assert_eq!(csv(&read(&book, &of("Hidden")).unwrap()), "c,d\n3,4\n");
    let refused = read(&book, &of("Jun")).unwrap_err().to_string();
    assert!(
        refused.contains("no sheet `Jun`") && refused.contains("did you mean `June`?"),
        "{refused}"
    );
    let empty = read(&workbook(&[("Empty", "", "<sheetData/>")]), &Options::default()).unwrap_err();
    assert!(empty.to_string().contains("in every sheet"), "{empty}");
}

#[test]
fn titles_notes_and_merged_cells_stand_around_a_table() {
    let sheet = rows(&[
        (1, &[("A", "s:Sales of 2024")]),
        (3, &[("A", "s:region"), ("B", "s:city"), ("C", "s:sales")]),
        (4, &[("A", "s:north"), ("B", "s:Oslo"), ("C", "n:5")]),
        (5, &[("B", "s:Bergen"), ("C", "n:6")]),
        (6, &[("A", "s:south"), ("B", "s:Rome, old"), ("C", "n:7")]),
        (7, &[("B", "s:Bari"), ("C", "n:8.5")]),
        (9, &[("A", "s:Source: the books of the house")]),
    ]) + r#"<mergeCells count="3"><mergeCell ref="A1:C1"/><mergeCell ref="A4:A5"/><mergeCell ref="A6:A7"/></mergeCells>"#;
    let found = read(&workbook(&[("Sheet1", "", &sheet)]), &Options::default()).unwrap();
    assert_eq!(
        csv(&found),
        "region,city,sales\nnorth,Oslo,5\nnorth,Bergen,6\nsouth,\"Rome, old\",7\nsouth,Bari,8.5\n"
    );
    let told = told(&found);
    assert!(
        told.iter()
            .any(|text| text.contains("line before the table") && text.contains("line 1")),
        "{told:?}"
    );
    assert!(
        told.iter()
            .any(|text| text.contains("line behind the table") && text.contains("line 9")),
        "{told:?}"
    );
    assert_eq!(
        found.guesses,
        ["2 cells stand under a merged cell and have its value"]
    );
}

#[test]
fn numbers_stored_as_text_count_beside_numbers_and_are_texts_alone() {
    let sheet = rows(&[
        (1, &[("A", "s:mixed"), ("B", "s:alone"), ("C", "s:odd")]),
        (2, &[("A", "n:1"), ("B", "s:10"), ("C", "n:1")]),
        (3, &[("A", "s:2"), ("B", "s:20"), ("C", "s:two")]),
    ]);
    let book = workbook(&[("Sheet1", "", &sheet)]);
    let found = read(&book, &Options::default()).unwrap();
    let kinds: Vec<Kind> = found.table.columns().into_iter().map(|(_, kind)| kind).collect();
    assert_eq!(kinds, [Kind::Integer, Kind::Text, Kind::Text]);
    assert_eq!(found.guesses.len(), 1);
    let asked = Options {
        kinds: [("alone".to_owned(), Kind::Number)].into(),
        ..Options::default()
    };
    assert_eq!(
        read(&book, &asked).unwrap().table.kind("alone"),
        Some(Kind::Number)
    );
}

#[test]
fn far_corners_are_two_cells_and_not_a_table_of_billions() {
    let sheet = rows(&[
        (1, &[("A", "s:a"), ("XFD", "s:b")]),
        (1_048_576, &[("A", "n:1"), ("XFD", "n:2")]),
    ]);
    let refused = read(&workbook(&[("Sheet1", "", &sheet)]), &Options::default()).unwrap_err();
    assert!(refused.to_string().contains("16384 columns"), "{refused}");
    let wide = Options {
        max_columns: 20_000,
        ..Options::default()
    };
    let found = read(&workbook(&[("Sheet1", "", &sheet)]), &wide).unwrap();
    assert_eq!((found.table.n_rows(), found.table.n_columns()), (1, 16_384));
    let beyond = sheet.replace("XFD1\"", "XFE1\"");
    let refused = read(&workbook(&[("Sheet1", "", &beyond)]), &wide).unwrap_err();
    assert!(
        refused.to_string().contains("is not an Excel workbook"),
        "{refused}"
    );
}

#[test]
fn what_is_no_workbook_is_told() {
    let sheet = rows(&[(1, &[("A", "s:a")]), (2, &[("A", "n:1")])]);
    let whole = workbook(&[("Sheet1", "", &sheet)]);
    let refused = |bytes: &[u8]| read(bytes, &Options::default()).unwrap_err().to_string();
    for length in (1..whole.len()).step_by(97) {
        let found = refused(&whole[..length]);
        assert!(
            found.starts_with("`book.xlsx` is not an Excel workbook (.xlsx): "),
            "{length}: {found}"
        );
    }
    assert!(refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1").contains("password"));
    assert!(refused(b"id,name\n1,a\n").contains("is not an Excel workbook"));
    assert!(refused(&archive(&[("a.txt".to_owned(), "b".to_owned())])).contains("is not an Excel workbook"));
    for torn in [
        "<sheetData><row><c r=\"A1\"",
        "<sheetData><row r=\"x\"><c r=\"1A\"><v>1</v></c></row>",
        "<other/>",
    ] {
        let found = refused(&workbook(&[("Sheet1", "", torn)]));
        assert!(found.contains("is not an Excel workbook"), "{torn}: {found}");
    }
    // Damaged bytes are refused or read, and never more than that.
    for place in (0..whole.len()).step_by(11) {
        let mut damaged = whole.clone();
        damaged[place] ^= 0x55;
        let _ = read(&damaged, &Options::default());
    }
}

#[test]
fn a_bomb_is_refused_before_it_is_believed() {
    let text = format!(
        "<c r=\"A1\" t=\"inlineStr\"><is><t>{}</t></is></c>",
        "a".repeat(3 << 20)
    );
    let sheet = format!("<sheetData><row r=\"1\">{text}</row></sheetData>");
    let small = Options {
        max_bytes: 1 << 20,
        ..Options::default()
    };
    let book = workbook(&[("Sheet1", "", &sheet)]);
    assert!(book.len() < 1 << 16);
    let refused = read(&book, &small).unwrap_err().to_string();
    assert!(refused.contains("larger than 1048576 bytes"), "{refused}");
    // What is unpacked is small enough by itself, and five times as much is not.
    let held = Options {
        max_bytes: 4 << 20,
        ..Options::default()
    };
    assert!(read(&book, &held).is_err());
    // One long text that many cells share is held as often as it stands there.
    let long = format!("s:{}", "a".repeat(500));
    let (first, other) = ([("A", long.as_str())], [("A", "n:1")]);
    let cells = |row: u32| {
        if row == 2 {
            first.as_slice()
        } else {
            other.as_slice()
        }
    };
    let shared: Vec<(u32, &[(&str, &str)])> = (1..2000).map(|row| (row, cells(row))).collect();
    let merged = rows(&shared) + r#"<mergeCells count="1"><mergeCell ref="A2:A1999"/></mergeCells>"#;
    let tiny = Options {
        max_bytes: 600_000,
        ..Options::default()
    };
    let refused = read(&workbook(&[("Sheet1", "", &merged)]), &tiny)
        .unwrap_err()
        .to_string();
    assert!(refused.contains("larger than 600000 bytes"), "{refused}");
}
