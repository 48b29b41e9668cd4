//! Chores: `cargo xtask test | check | docs | fuzz | proto | wheel | bench`.
//!
//! Only the standard library, so that this is compiled in a second and shares nothing with the workspace.

mod arrows;
mod check;
mod fuzz;
mod proto;
mod python;
mod shell;
mod test;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask COMMAND

  test    everything that proves the project; installs what it needs
  check   formatting, lints, crate dependencies, generated pages
  docs    write the generated pages anew
  fuzz    parsers under libFuzzer with a sanitizer: [--minutes N] [--target NAME ...] [--keep]
  proto   compile the descriptions of gRPC's services
  wheel   build the Python wheel and install it into .venv
  bench   time our side beside the peers' (bench/README.md)";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["test"] => test::run(),
        ["check"] => check::run(),
        ["docs"] => check::write_pages(),
        ["fuzz", rest @ ..] => fuzz::run(rest),
        ["proto"] => proto::write(),
        ["wheel"] => python::wheel(),
        ["bench", rest @ ..] => python::bench(rest),
        _ => Err(USAGE.to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
