//! The binary that ships: a service is exercised under watch first, and the compiler then lays out its code for the ways
//! that it goes (profile-guided optimisation).
//!
//! Some 16% of a request's time on the machines of `bench/results`; what it computes is the same to the bit.

use crate::shell::{cargo, command, output, root};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Below the root.
const FOLDER: &str = "target/profiled";
/// The program that is watched, and for how many seconds.
const EXERCISE: &str = "bench-exercise";
const SECONDS: &str = "20";
const USAGE: &str = "usage: cargo xtask release [--bin NAME]";

pub(crate) fn run(arguments: &[&str]) -> Result<(), String> {
    let name = match arguments {
        [] => "spanwise",
        ["--bin", name] => name,
        _ => return Err(USAGE.to_owned()),
    };
    let (host, tool) = toolchain()?;
    let folder = root().join(FOLDER);
    let (raw, profile) = (folder.join("raw"), folder.join("profile"));
    // what an older build left would be mixed in
    let _ = std::fs::remove_dir_all(&raw);
    let watch = format!("-Cprofile-generate={}", raw.display());
    let program = build(EXERCISE, &folder.join("watched"), &host, &watch)?;
    succeed(Command::new(program).arg(SECONDS))?;
    succeed(Command::new(tool).arg("merge").arg("-o").arg(&profile).arg(&raw))?;
    let using = format!("-Cprofile-use={}", profile.display());
    // the profile has its old name, so that cargo would keep what it built by the old one
    let _ = std::fs::remove_dir_all(folder.join("built"));
    let built = build(name, &folder.join("built"), &host, &using)?;
    println!("{}", built.display());
    Ok(())
}

/// This machine's target, and LLVM's tool for profiles, which must be the compiler's own.
fn toolchain() -> Result<(String, PathBuf), String> {
    let told = output("rustc", &["-vV"])?;
    let host = told.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.ok_or("`rustc -vV` names no host")?.to_owned();
    let sysroot = output("rustc", &["--print", "sysroot"])?;
    let tool = Path::new(sysroot.trim()).join(format!("lib/rustlib/{host}/bin/llvm-profdata"));
    match tool.exists() {
        true => Ok((host, tool)),
        false => Err(format!(
            "there is no {}; `rustup component add llvm-tools` brings it",
            tool.display()
        )),
    }
}

/// Builds a program in the profile that ships, with more flags for its own code, not for that of build scripts.
fn build(name: &str, folder: &Path, host: &str, flags: &str) -> Result<PathBuf, String> {
    eprintln!("$ RUSTFLAGS={flags} cargo build --profile dist --bin {name} (some minutes)");
    let target_dir = folder.display().to_string();
    let arguments = [
        "build",
        "--profile",
        "dist",
        "--workspace",
        "--bin",
        name,
        "--target",
        host,
        "--target-dir",
        &target_dir,
    ];
    // one flag, whatever is in the path
    succeed(command(&cargo(), &arguments).env("CARGO_ENCODED_RUSTFLAGS", flags))?;
    Ok(folder.join(host).join("dist").join(name))
}

fn succeed(command: &mut Command) -> Result<(), String> {
    let status = command
        .status()
        .map_err(|error| format!("cannot start {:?}: {error}", command.get_program()))?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("{:?} ended with {status}", command.get_program())),
    }
}
