//! Writes a small bundle to try a server with: `sample_bundle PATH [simple|every-kind|one]`.
#![allow(unreachable_pub, dead_code, clippy::print_stderr)]

#[path = "../tests/served/sample.rs"]
mod sample;

use sample::Columns;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (path, columns) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [path] | [path, "simple"] => (path, Columns::Simple),
        [path, "every-kind"] => (path, Columns::EveryKind),
        [path, "one"] => (path, Columns::One),
        _ => return Err("usage: sample_bundle PATH [simple|every-kind|one]".into()),
    };
    sample::bundle(columns, sample::binary(), Vec::new(), &[]).save(path.as_ref())?;
    eprintln!("wrote {path}");
    Ok(())
}
