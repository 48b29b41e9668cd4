#![allow(clippy::unwrap_used)]
use super::*;
use crate::read::{Format, from_bytes};
use crate::write::cell_text;

fn options(change: impl FnOnce(&mut Options)) -> Options {
    let mut options = Options::default();
    change(&mut options);
    options
}

fn read_with(bytes: &[u8], options: &Options) -> Read {
    from_bytes(bytes, Format::Csv, "t.csv", options).unwrap()
}

fn csv(text: &str) -> Read {
    read_with(text.as_bytes(), &Options::default())
}

/// Names and rows, `|` between cells and `∅` for missing.
fn told(read: &Read) -> Vec<String> {
    let columns = read.table.batch().columns();
    let rows = (0..read.table.n_rows()).map(|row| {
        let cell = |column: &ArrayRef| cell_text(column.as_ref(), row).unwrap_or_else(|| "∅".to_owned());
        columns.iter().map(cell).collect::<Vec<_>>().join("|")
    });
    std::iter::once(read.table.names().join("|"))
        .chain(rows)
        .collect()
}

/// Each complaint as its kind, how often, and the row and line of the first place.
fn complaints(read: &Read) -> Vec<(ComplaintKind, u64, u64, u64)> {
    let first = |complaint: &Complaint| (complaint.examples[0].row, complaint.examples[0].line);
    read.complaints
        .iter()
        .map(|complaint| {
            (
                complaint.kind,
                complaint.count,
                first(complaint).0,
                first(complaint).1,
            )
        })
        .collect()
}

#[test]
fn lines_around_a_table_are_left_out_and_told() {
    let read = csv(
        "Sales of 2024\n# made by hand\n\nid,name,price\n1,a,1.5\n\n2,b,2.5\n3,c,3.5\nSource: the till\n",
    );
    assert_eq!(told(&read), ["id|name|price", "1|a|1.5", "2|b|2.5", "3|c|3.5"]);
    use ComplaintKind::{BlankLine, CommentLine, Footer, Preamble};
    let expected = [
        (Preamble, 1, 0, 1),
        (CommentLine, 1, 0, 2),
        (Footer, 1, 0, 9),
        (BlankLine, 1, 0, 6),
    ];
    assert_eq!(complaints(&read), expected);
}

#[test]
fn headers_are_told_from_rows() {
    let names = |text: &str| csv(text).table.names().join("|");
    assert_eq!(names("1,2,x\n3,4,y\n"), "column_1|column_2|column_3");
    assert_eq!(names("name,city\nanna,rome\nbob,oslo\n"), "name|city");
    assert_eq!(names("q1,q2,y\na1,b2,1\na3,b4,2\na5,b6,3\na7,b8,1\n"), "q1|q2|y");
    assert_eq!(
        names("country,2019,2020\nNorway,5,6\nChile,7,8\n"),
        "country|2019|2020"
    );
    assert_eq!(
        names("MG-8769,Oslo\nRI-3895,Rome\nRI-8070,Bern\nCC-9259,Lima\nCC-1697,Kyiv\n"),
        "column_1|column_2"
    );
    assert_eq!(
        names("run,,walk,\nx,y,x,y\n1,2,3,4\n5,6,7,8\n"),
        "run x|run y|walk x|walk y"
    );
    assert_eq!(names("#id,n\n1,2\n3,4\n"), "#id|n");
    assert_eq!(names("a,b,a,a\n1,2,3,4\n"), "a|b|a_2|a_3");
    let doubled = csv("id,n\nid,n\n1,2\nid,n\n3,4\n");
    assert_eq!(told(&doubled), ["id|n", "1|2", "3|4"]);
    assert_eq!(complaints(&doubled), [(ComplaintKind::RepeatedHeader, 2, 0, 2)]);
    // Where a row may be the same as the header, it is a row.
    assert_eq!(csv("x,y\na,b\nx,y\nc,d\n").table.n_rows(), 3);
}

#[test]
fn of_several_tables_the_first_is_read_and_the_others_are_named() {
    let read = csv("a,b\n1,2\n3,4\n5,6\n\nsecond\nx,y,z\n7,8,9\n1,2,3\n4,5,6\n");
    assert_eq!(told(&read), ["a|b", "1|2", "3|4", "5|6"]);
    assert_eq!(complaints(&read), [(ComplaintKind::OtherTable, 1, 0, 7)]);
    let found = &read.complaints.iter().next().unwrap().examples[0].found;
    assert_eq!(found, "4 lines from `x, y, z` on");
}

/// Six sound rows and `odd` in place of the fourth.
fn among(odd: &str) -> Read {
    let rows = [
        "12/01/2024,AB-1001,3,ok then,x",
        "13/01/2024,AB-1002,4,\"so, so\",y",
        "14/01/2024,AB-1003,5,fine,z",
    ];
    let more = [
        "16/01/2024,AB-1005,12,well then,x",
        "17/01/2024,AB-1006,1,so be it,y",
    ];
    csv(&format!(
        "day,code,n,text,tail\n{}\n{odd}\n{}\n",
        rows.join("\n"),
        more.join("\n")
    ))
}

#[test]
fn rows_with_a_slip_are_read_as_fits_their_columns() {
    use ComplaintKind::{
        ExtraSeparator, JoinedCells, MissingSeparator, OtherSeparator, StrayQuote, UnclosedQuote,
    };
    for (odd, row, kind) in [
        (
            "15/01/2024,AB-1004,6,good,x,",
            "2024-01-15|AB-1004|6|good|x",
            ExtraSeparator,
        ),
        (
            "15/01/2024,,AB-1004,6,good,x",
            "2024-01-15|AB-1004|6|good|x",
            ExtraSeparator,
        ),
        (
            "15/01/2024AB-1004,6,good,x",
            "2024-01-15|AB-1004|6|good|x",
            MissingSeparator,
        ),
        (
            "15/01/2024,AB-10046,good,x",
            "2024-01-15|AB-1004|6|good|x",
            MissingSeparator,
        ),
        (
            "15/01/2024,AB-1004,6,\"good, yes\"\"x\"",
            "2024-01-15|AB-1004|6|good, yes|x",
            MissingSeparator,
        ),
        (
            "15/01/2024;AB-1004;6;good;x",
            "2024-01-15|AB-1004|6|good|x",
            OtherSeparator,
        ),
        (
            "15/01/2024,\"AB-1004,6,good,x",
            "2024-01-15|\"AB-1004|6|good|x",
            UnclosedQuote,
        ),
        (
            "15/01/2024,AB-1004,6,\"so \"good\" it is\",x",
            "2024-01-15|AB-1004|6|so \"good\" it is|x",
            StrayQuote,
        ),
        (
            "15/01/2024,AB-1004,6,\"go\"od,x",
            "2024-01-15|AB-1004|6|good|x",
            StrayQuote,
        ),
        (
            "15/01/2024,AB,-1004,6,good,x",
            "2024-01-15|AB,-1004|6|good|x",
            JoinedCells,
        ),
    ] {
        let read = among(odd);
        assert_eq!(read.table.n_rows(), 6, "{odd}");
        assert_eq!(told(&read)[4], row, "{odd}");
        assert_eq!(complaints(&read), [(kind, 1, 4, 5)], "{odd}");
    }
}

#[test]
fn what_cannot_be_mended_is_padded_or_cut_and_told() {
    let short = csv("a,b\nx,y\nz\nu,v\n");
    assert_eq!(told(&short), ["a|b", "x|y", "z|∅", "u|v"]);
    assert_eq!(complaints(&short), [(ComplaintKind::ShortRow, 1, 2, 3)]);
    let long = csv("a,b\nx,y\nz,w,more\nu,v\n");
    assert_eq!(told(&long), ["a|b", "x|y", "z|w", "u|v"]);
    assert_eq!(complaints(&long), [(ComplaintKind::LongRow, 1, 2, 3)]);
    let found = &long.complaints.iter().next().unwrap().examples[0].found;
    assert!(found.ends_with("dropped `more`"), "{found}");
    let plain = read_with(b"a,b\n1,\"x\"y\n2,z\n", &Options::plain());
    assert_eq!(told(&plain), ["a|b", "1|xy", "2|z"]);
}

#[test]
fn an_unclosed_quote_hides_no_row_behind_it() {
    let rows: String = (0..2000).map(|i| format!("{i},\"r{i}\"\n")).collect();
    let read = csv(&format!("a,b\n{rows}7,\"open\n{rows}"));
    assert_eq!(read.table.n_rows(), 4001);
    assert_eq!(complaints(&read), [(ComplaintKind::StrayQuote, 1, 2001, 2002)]);
}

#[test]
fn dialects_are_found_from_the_bytes() {
    for (text, expected) in [
        ("a;b\n1,5;x\n2,5;y\n", "a|b 1.5|x 2.5|y"),
        ("a||b\n1||x|y\n2||z\n", "a|b 1|x|y 2|z"),
        ("a\t\tb\n1\t\tx\n2\t\ty\n", "a|b 1|x 2|y"),
        ("a\u{1}b\n1\u{1}x\n2\u{1}y\n", "a|b 1|x 2|y"),
        ("a, b\n1, \"x, y\"\n2, z\n", "a|b 1|x, y 2|z"),
        ("a,b\r1,x\r2,y\r", "a|b 1|x 2|y"),
        ("a,b\n1,'x, y'\n2,'z'\n3,'it''s'\n", "a|b 1|x, y 2|z 3|it's"),
        ("a,b\n1,\"x \\\"y\\\", z\"\n2,w\n", "a|b 1|x \"y\", z 2|w"),
        ("a b c\n1 2 3\n4 5 6\n7 8 9\n", "a|b|c 1|2|3 4|5|6 7|8|9"),
        (
            "day\n2024-01-02 10:00\n2024-01-03 11:00\n",
            "day 2024-01-02T10:00:00Z 2024-01-03T11:00:00Z",
        ),
        ("said\nwell, yes\nno\nperhaps\n", "said well, yes no perhaps"),
    ] {
        assert_eq!(told(&csv(text)).join(" "), expected, "{text:?}");
    }
}

#[test]
fn every_guess_can_be_overridden() {
    let text = "x;y\n1;2,5\n'a;b';3\n";
    let read =
        |change: &dyn Fn(&mut Options)| told(&read_with(text.as_bytes(), &options(|o| change(o)))).join(" ");
    let comma = options(|o| o.separator = Some(b','.into()));
    assert_eq!(
        told(&read_with(b"a;b,c\n1;2,5\n3;4,6\n", &comma)),
        ["a;b|c", "1;2|5", "3;4|6"]
    );
    assert_eq!(read(&|o| o.quote = Some(Mark::Byte(b'\''))), "x|y 1|2.5 a;b|3");
    assert_eq!(read(&|o| o.header = Some(0)), "column_1|column_2 x|y 1|2,5 a;b|3");
    assert_eq!(read(&|o| o.skip = Some(1)), "column_1|column_2 1|2.5 a;b|3");
    let days = |change: &dyn Fn(&mut Options)| {
        told(&read_with(
            b"d,n\n01/02/2024,-999\n02/02/2024,5\n",
            &options(|o| change(o)),
        ))
        .join(" ")
    };
    assert_eq!(
        days(&|o| o.dates = Some(DayOrder::DayMonthYear)),
        "d|n 2024-02-01|-999 2024-02-02|5"
    );
    assert_eq!(
        days(&|o| o.dates = Some(DayOrder::MonthDayYear)),
        "d|n 2024-01-02|-999 2024-02-02|5"
    );
    assert_eq!(
        days(&|o| o.marked_values = false),
        "d|n 01/02/2024|-999 02/02/2024|5"
    );
    let sentinel = |o: &mut Options| {
        o.sentinels = vec![-999.0];
        o.dates = Some(DayOrder::DayMonthYear);
    };
    assert_eq!(days(&sentinel), "d|n 2024-02-01|∅ 2024-02-02|5");
    let comma = options(|o| o.decimal = Some(','));
    assert_eq!(
        told(&read_with(b"n\n\"1,234\"\n\"5,678\"\n", &comma)),
        ["n", "1.234", "5.678"]
    );
    let marked = options(|o| o.comment = Some(Mark::Byte(b'%')));
    assert_eq!(told(&read_with(b"a,b\n%1,2\n3,4\n", &marked)), ["a|b", "3|4"]);
    let asked = options(|o| {
        o.kinds.insert("n".to_owned(), Kind::Number);
    });
    let read = read_with(b"n,m\n\"1,234\",a\nnone of these,b\n\"5,678.5\",c\n", &asked);
    assert_eq!(told(&read), ["n|m", "∅|a", "∅|b", "∅|c"]);
}

#[test]
fn numbers_and_days_are_read_as_people_write_them() {
    let column = |cells: &[&str]| {
        let rows: String = cells.iter().map(|cell| format!("\"{cell}\",x\n")).collect();
        let read = csv(&format!("v,w\n{rows}"));
        let values: Vec<String> = told(&read)[1..]
            .iter()
            .map(|row| row[..row.len() - 2].to_owned())
            .collect();
        (read.table.kind("v").unwrap(), values.join(" "), read.guesses)
    };
    let kind_and_values = |cells: &[&str]| {
        let (kind, values, _) = column(cells);
        (kind, values)
    };
    assert_eq!(
        kind_and_values(&["$1,234.50", "($3.00)", "-$7"]),
        (Kind::Number, "1234.5 -3 -7".to_owned())
    );
    assert_eq!(
        kind_and_values(&["1,234", "56", "7,890,123"]),
        (Kind::Integer, "1234 56 7890123".to_owned())
    );
    assert_eq!(
        kind_and_values(&["1.234,5", "0,5", "7"]),
        (Kind::Number, "1234.5 0.5 7".to_owned())
    );
    assert_eq!(
        kind_and_values(&["5%", "12.5 %"]),
        (Kind::Number, "5 12.5".to_owned())
    );
    assert_eq!(
        kind_and_values(&["31/12/2012", "01/02/2014"]),
        (Kind::Date, "2012-12-31 2014-02-01".to_owned())
    );
    let times = ["5/19/2006 1:30 PM", "12/31/2006 0:00 AM", "1/2/2007 12:00 AM"];
    assert_eq!(
        kind_and_values(&times).0,
        Kind::Text,
        "there is no hour 0 before noon"
    );
    // Different units, codes and telephone numbers are no numbers.
    for cells in [
        ["$5", "€6"],
        ["5%", "6"],
        ["007", "$8"],
        ["555 123 456", "555 987 654"],
    ] {
        assert_eq!(column(&cells).0, Kind::Text, "{cells:?}");
    }
    assert!(
        column(&["1,234", "5,678"])
            .2
            .iter()
            .any(|guess| guess.contains("thousands or decimals"))
    );
    assert!(
        column(&["01/02/2024", "03/04/2024"])
            .2
            .iter()
            .any(|guess| guess.contains("more than one way"))
    );
}

#[test]
fn words_and_numbers_for_missing_are_told() {
    let rows: String = (0..40).map(|i| format!("{i},t{i}\n")).collect();
    let read = csv(&format!("n,t\n-999,N/A\n-999,NA\n#REF!,None\n{rows}"));
    let kinds: Vec<(ComplaintKind, Option<&str>, u64)> = read
        .complaints
        .iter()
        .map(|c| (c.kind, c.column.as_deref(), c.count))
        .collect();
    assert_eq!(
        kinds,
        [
            (ComplaintKind::NullWord, Some("t"), 1),
            (ComplaintKind::NullWord, Some("n"), 1)
        ]
    );
    assert_eq!(read.table.column("n").unwrap().null_count(), 1);
    assert!(
        read.guesses
            .iter()
            .any(|guess| guess.contains("-999 stands in 2 cells")),
        "{:?}",
        read.guesses
    );
}

#[test]
fn encodings_are_found() {
    let text = "name,n\nÅsa Öberg,1\nJosé,2\n";
    let utf16 = |to: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(to).collect::<Vec<u8>>();
    for bytes in [
        utf16(u16::to_le_bytes),
        utf16(u16::to_be_bytes),
        [&[0xfe, 0xff], utf16(u16::to_be_bytes).as_slice()].concat(),
        encoding_rs::WINDOWS_1252.encode(text).0.into_owned(),
    ] {
        assert_eq!(told(&read_with(&bytes, &Options::default()))[1], "Åsa Öberg|1");
    }
    for (encoding, text) in [
        (encoding_rs::EUC_KR, "이름,나이\n김철수,1\n이영희,2\n박민수,3\n"),
        (encoding_rs::SHIFT_JIS, "名前,年齢\n田中さくら,1\n佐藤,2\n"),
        (encoding_rs::WINDOWS_1251, "имя,возраст\nИван Петров,1\nМария,2\n"),
        (encoding_rs::GBK, "姓名,年龄\n张伟,1\n王芳,2\n李娜,3\n"),
    ] {
        let bytes = encoding.encode(text).0.into_owned();
        let names = read_with(&bytes, &Options::default()).table.names().join(",");
        assert_eq!(names, text.lines().next().unwrap(), "{}", encoding.name());
    }
    let nul = csv("a,b\n\0x,1\ny,2\nz,3\nu,4\nv,5\n");
    assert_eq!(told(&nul)[1], "x|1");
    assert_eq!(complaints(&nul), [(ComplaintKind::Nul, 1, 0, 2)]);
    let mixed = [
        b"name,n\n".as_slice(),
        "Zoë,1\nChloë,2\nÅsa,3\nØre,4\nÆsa,5\n".as_bytes(),
        b"caf\xe9,6\n",
    ]
    .concat();
    let read = read_with(&mixed, &Options::default());
    assert_eq!(
        (told(&read)[1].as_str(), told(&read)[6].as_str()),
        ("Zoë|1", "caf\u{fffd}|6")
    );
}

/// Text of several parts, where lines within quotes look like rows.
fn long_text() -> String {
    (0..400_000)
        .map(|i| match i % 7 {
            0 => format!("{i},\"two\n{i},lines\",{}.5\n", i * 3),
            3 => format!("{i},\"a \"\"quoted\"\" word\",\n"),
            5 if i % 1000 == 5 => format!("{i},\"open,1.5\n"),
            _ => format!(
                "{i},some plain text here to fill the line up with,{}.25\n",
                i % 91
            ),
        })
        .collect()
}

#[test]
fn parts_of_many_threads_are_those_of_one() {
    let text = long_text();
    let cells = CellReader::new(&[]);
    let forms = vec![looks::Form::default(); 3];
    let plan = Plan {
        tokenizer: Tokenizer::new(&text, Dialect::plain(b','.into())),
        body: 0..text.len(),
        width: 3,
        header: &[],
        is_comment_asked: false,
        is_mended: true,
        forms: &forms,
        cells: &cells,
        kinds: vec![Some(Kind::Integer), Some(Kind::Text), Some(Kind::Number)],
    };
    let of = |n_threads: usize| joined(part::parts(&plan, n_threads), "t").unwrap();
    let (one, three) = (of(1), of(3));
    assert!(2 < text.len() / (4 << 20));
    assert_eq!(one.0.len(), 400_000);
    assert_eq!((&one.0, &one.1), (&three.0, &three.1));
    assert_eq!(format!("{:?}", one.2), format!("{:?}", three.2));
}

#[test]
fn what_was_written_is_read_again_whatever_it_looks_like() {
    for text in [
        "a,b\n1,x\n2,y\n",
        "date,Total: 5\n2024-01-01,\n2024-01-02,x\n",
        "t\nx\nt\n",
        "a,b,c\n,,\n1,2,3\n,,\n",
        "a,b\n\"x\ny\",\"#1\"\n#2,z\n",
    ] {
        let table = from_bytes(text.as_bytes(), Format::Csv, "t", &Options::plain())
            .unwrap()
            .table;
        let bytes = crate::write::to_bytes(&table, Format::Csv).unwrap();
        let again = from_bytes(&bytes, Format::Csv, "t", &Options::plain())
            .unwrap()
            .table;
        assert_eq!(again, table, "{text:?}");
    }
}

#[test]
fn marks_that_are_no_characters_are_refused() {
    for change in [
        &|o: &mut Options| o.quote = Some(Mark::Byte(0xe9)),
        &|o: &mut Options| o.separator = Some(0xe9.into()),
    ] as [&dyn Fn(&mut Options); 2]
    {
        let refused = from_bytes(b"a,b\n1,2\n", Format::Csv, "t", &options(|o| change(o))).unwrap_err();
        assert!(refused.to_string().contains("an ASCII character"), "{refused}");
    }
}

#[test]
fn damaged_texts_never_panic_and_are_read_the_same_twice() {
    let texts = [
        "id;naïve name;price\n1;\"a; b\";1,5\n2;\"c \"\"d\"\"\";2,5\n3;é;3,5\n",
        "# note\nday,code\n01/02/2024,AB-1\n03/02/2024,AB-2\n\nSource: x\n",
        "a,b\r\n'x, y',\\\"z\r\n$5,(3)\r\n",
    ];
    let mut draw = 12_345u64;
    let mut next = |n: usize| {
        draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (draw >> 33) as usize % n
    };
    let marks = [
        b'"', b'\'', b',', b';', b'\n', b'\r', b'\\', b'#', b'\t', b' ', 0, 0xe9, 0xff, b'9',
    ];
    for _ in 0..6000 {
        let mut bytes = texts[next(3)].repeat(1 + next(3)).into_bytes();
        for _ in 0..next(12) {
            let at = next(bytes.len());
            match next(3) {
                0 => bytes[at] = marks[next(marks.len())],
                1 => bytes.insert(at, marks[next(marks.len())]),
                _ => drop(bytes.remove(at)),
            }
        }
        let read = || from_bytes(&bytes, Format::Csv, "t", &Options::default());
        if let Ok(read_once) = read() {
            assert_eq!(told(&read_once), told(&read().unwrap()));
        }
    }
}
