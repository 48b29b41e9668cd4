//! The header says what this crate does: every function, structure and number of it, in C's words.

use std::fmt::Write as _;

const HEADER: &str = include_str!("../../include/spanwise.h");
const SOURCES: [&str; 5] = [
    include_str!("../../src/border.rs"),
    include_str!("../../src/about.rs"),
    include_str!("../../src/score.rs"),
    include_str!("../../src/rows/columns.rs"),
    include_str!("../../src/rows/claims.rs"),
];

/// A type in C's words, for what is in front of a name.
fn in_c(rust: &str) -> String {
    let rust = rust.trim();
    if let Some(to) = rust.strip_prefix("*const *mut ") {
        return format!("{}*const *", in_c(to));
    }
    if let Some(to) = rust.strip_prefix("*mut *const ") {
        return format!("const {}**", in_c(to));
    }
    if let Some(to) = rust.strip_prefix("*mut *mut ") {
        return format!("{}**", in_c(to));
    }
    if let Some(to) = rust.strip_prefix("*const ") {
        return format!("const {}*", in_c(to));
    }
    if let Some(to) = rust.strip_prefix("*mut ") {
        return format!("{}*", in_c(to));
    }
    let word = match rust {
        "c_char" => "char",
        "c_int" => "int",
        "c_void" => "void",
        "u8" => "uint8_t",
        "u32" => "uint32_t",
        "u64" => "uint64_t",
        "i32" => "int32_t",
        "i64" => "int64_t",
        "f64" => "double",
        "usize" => "size_t",
        "ArrowSchema" | "ArrowArray" => return format!("struct {rust} "),
        "SpanwiseColumn" | "SpanwiseOptions" | "SpanwiseScores" => rust,
        other => panic!("no word of C for `{other}`"),
    };
    format!("{word} ")
}

/// `name: type, ...` in C's words and order.
fn named(rust: &str, behind_each: &str) -> Vec<String> {
    let parts = rust.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (name, found) = part.split_once(": ").expect("a name and a type");
            format!("{}{name}{behind_each}", in_c(found))
        })
        .collect()
}

/// One space where there were several or a line's end, none within brackets' ends.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the sources export, as the header must write it.
fn exported() -> Vec<String> {
    let mut lines = Vec::new();
    for source in SOURCES {
        for rest in source.split("extern \"C\" fn spanwise_").skip(1) {
            let (name, rest) = rest.split_once('(').expect("arguments");
            let (arguments, rest) = rest.split_once(')').expect("their end");
            let answer = rest.trim_start().strip_prefix("-> ").expect("an answer");
            let answer = answer.split([' ', '{']).next().expect("its type");
            let arguments = match named(arguments, "") {
                none if none.is_empty() => "void".to_owned(),
                some => some.join(", "),
            };
            lines.push(format!("{}spanwise_{name}({arguments});", in_c(answer)));
        }
    }
    lines
}

#[test]
fn every_function_stands_in_the_header() {
    let header = plain(HEADER);
    let functions = exported();
    assert!(15 < functions.len(), "{functions:?}");
    for line in &functions {
        assert!(header.contains(line.as_str()), "the header lacks `{line}`");
    }
    // Every line that declares one begins with its type.
    let declared = HEADER
        .lines()
        .filter(|line| line.ends_with(");") && line.contains(" spanwise_"));
    assert_eq!(
        declared.count(),
        functions.len(),
        "the header has functions that are not there"
    );
}

#[test]
fn structures_have_the_same_fields_in_the_same_order() {
    // Comments stand between fields, and only there.
    let mut bare = String::new();
    let mut rest = HEADER;
    while let Some((before, behind)) = rest.split_once("/*") {
        bare.push_str(before);
        rest = behind.split_once("*/").expect("a comment ends").1;
    }
    bare.push_str(rest);
    let header = plain(&bare);
    let mut n_structures = 0;
    for source in SOURCES {
        for rest in source.split("#[repr(C)]").skip(1) {
            let (_, rest) = rest.split_once("pub struct ").expect("a structure");
            let (name, rest) = rest.split_once(" {").expect("fields");
            let (fields, _) = rest.split_once("\n}").expect("their end");
            let fields = fields
                .lines()
                .map(str::trim)
                .filter(|line| !line.starts_with("//"));
            let mut expected = format!("struct {name} {{");
            for field in fields.filter(|field| !field.is_empty()) {
                let field = field.trim_start_matches("pub ").trim_end_matches(',');
                let field = match field.contains("extern \"C\" fn") {
                    true => format!("void (*release)(struct {name} *);"),
                    false => named(field, ";").remove(0),
                };
                write!(expected, " {field}").expect("text grows");
            }
            assert!(
                header.contains(&format!("{expected} }}")),
                "the header lacks `{expected}`"
            );
            n_structures += 1;
        }
    }
    assert_eq!(n_structures, 5);
}

#[test]
fn numbers_have_the_same_names() {
    let has = |line: &str| plain(HEADER).contains(&format!("#define SPANWISE_{line} "));
    assert!(has(&format!("ABI {}", spanwise_c::spanwise_abi())));
    let (_, codes) = SOURCES[0].split_once("enum Code {").expect("codes");
    let (codes, _) = codes.split_once('}').expect("their end");
    let codes: Vec<(&str, &str)> = codes
        .lines()
        .filter_map(|line| line.trim().trim_end_matches(',').split_once(" = "))
        .collect();
    assert_eq!(codes.len(), 9);
    for (name, number) in codes {
        let mut words = String::new();
        for letter in name.chars() {
            // `NotABundle` is `NOT_A_BUNDLE`
            let gap = if letter.is_uppercase() && !words.is_empty() {
                "_"
            } else {
                ""
            };
            write!(words, "{gap}{}", letter.to_uppercase()).expect("text grows");
        }
        assert!(has(&format!("{words} {number}")), "{words} {number}");
    }
    for kind in table::Kind::ALL {
        let line = format!("{} {}", kind.name().to_uppercase(), crate::caller::code_of(kind));
        assert!(has(&line), "{line}");
    }
}
