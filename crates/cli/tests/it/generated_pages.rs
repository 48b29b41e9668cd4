//! Pages made from declarations: a stale one fails; `SPANWISE_WRITE_PAGES=1` writes them anew.

use std::path::PathBuf;

fn check(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs")
        .join(name);
    if std::env::var_os("SPANWISE_WRITE_PAGES").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        there == text,
        "docs/{name} is stale; write it with `cargo xtask docs`"
    );
}

#[test]
fn generated_pages_are_not_stale() {
    check("project-file.md", &project::file::reference_page());
    check("trainers.md", &learn::trainers::reference_page());
    check("expressions.md", &expressions_page());
}

fn expressions_page() -> String {
    let mut page = String::from(
        "# Row-wise expressions\n\nMade from the declarations in `crates/prepare` by `cargo xtask docs`; do not edit.\n\n\
         Operators: `+ - * / %`, `= <> < <= > >=`, `AND OR NOT`, `||`, `IN`, `BETWEEN`, `LIKE`, `IS NULL`, `CASE`, `CAST(x AS number | integer | text | boolean)`.\n\n\
         | function | gives | meaning |\n|---|---|---|\n",
    );
    for spec in prepare::expression::FUNCTIONS {
        let mut arguments: Vec<String> = spec.arguments.iter().map(ToString::to_string).collect();
        if spec.variadic {
            arguments.push("...".to_owned());
        }
        let gives = spec
            .result
            .map_or("as the first".to_owned(), |kind| kind.to_string());
        page.push_str(&format!(
            "| `{}({})` | {gives} | {} |\n",
            spec.name,
            arguments.join(", "),
            spec.help
        ));
    }
    page
}
