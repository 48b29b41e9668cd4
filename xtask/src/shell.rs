//! Commands, run in the root of the repository.

use std::path::PathBuf;
use std::process::Command;

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent().map(PathBuf::from).unwrap_or(here)
}

/// What `cargo run` tells a program of itself. Build scripts look at it (ring's does), so that what is built from here
/// would not be what is built without us, and everything above would be compiled again each time.
const OF_OURSELVES: [&str; 5] = [
    "CARGO_PKG_",
    "CARGO_MANIFEST_",
    "CARGO_BIN_NAME",
    "CARGO_CRATE_NAME",
    "CARGO_PRIMARY_PACKAGE",
];

/// A command in the root.
pub(crate) fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    for (name, _) in std::env::vars_os() {
        let is_ours = |name: &str| OF_OURSELVES.iter().any(|begin| name.starts_with(begin));
        if name.to_str().is_some_and(is_ours) {
            command.env_remove(&name);
        }
    }
    command
}

/// Runs a command; its output goes where ours goes.
pub(crate) fn run(program: &str, arguments: &[&str]) -> Result<(), String> {
    eprintln!("$ {program} {}", arguments.join(" "));
    let status = command(program, arguments)
        .status()
        .map_err(|error| format!("cannot start `{program}`: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{program} {}` ended with {status}", arguments.join(" ")))
    }
}

/// What a command prints, if it ends well.
pub(crate) fn output(program: &str, arguments: &[&str]) -> Result<String, String> {
    let output = command(program, arguments)
        .output()
        .map_err(|error| format!("cannot start `{program}`: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!(
            "`{program} {}`: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr)
        ))
    }
}

pub(crate) fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}
