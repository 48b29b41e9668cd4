//! The wheel, and tests that need Python: real clients, a real browser.

use crate::shell::{cargo, command, output, root, run};
use std::path::PathBuf;

/// What the tests use, from the package registry.
const PACKAGES: &[&str] = &[
    "maturin>=1.16,<2",
    "pytest",
    "numpy",
    "pandas",
    "polars",
    "pyarrow",
    "scikit-learn",
    "scipy",
    "statsmodels",
    "hypothesis",
    "matplotlib",
    "seaborn",
    "plotly",
    "requests",
    "tritonclient[all]",
    "grpcio-health-checking",
    "grpcio-reflection",
    // What a collector decodes.
    "opentelemetry-proto",
    // Certificates and tokens for tests of TLS and keys.
    "cryptography",
    "lightgbm",
    "xgboost",
    "onnx",
    "onnxruntime",
    "shap",
    "playwright",
    "axe-playwright-python",
    "pypdfium2",
    "nbclient",
    "ipykernel",
    // Sources of tables as others write and serve them.
    "openpyxl",
    "duckdb",
    "moto[server]",
    // Asks everything that `/openapi.json` promises.
    "schemathesis>=4.32,<5",
];

fn venv() -> PathBuf {
    root().join(".venv")
}

fn in_venv(program: &str) -> String {
    venv().join("bin").join(program).display().to_string()
}

/// Makes `.venv` and installs `packages` into it, unless it was done for this list already.
fn install() -> Result<(), String> {
    let list = PACKAGES.join("\n");
    let mark = venv().join("packages.txt");
    if std::fs::read_to_string(&mark).is_ok_and(|there| there == list) {
        return Ok(());
    }
    let python = ["python3.11", "python3"]
        .into_iter()
        .find(|python| output(python, &["--version"]).is_ok());
    run(
        python.ok_or("found no python3, expected Python 3.11 or later")?,
        &["-m", "venv", ".venv"],
    )?;
    let mut arguments = vec!["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    arguments.extend(PACKAGES);
    run(&in_venv("python"), &arguments)?;
    std::fs::write(&mark, list).map_err(|error| format!("cannot write `{}`: {error}", mark.display()))
}

/// Builds the wheel from what `cargo build --release` makes, and installs it into `.venv`.
pub(crate) fn wheel() -> Result<(), String> {
    install()?;
    // The same selection of packages as every other build, so that maturin finds everything compiled.
    run(&cargo(), &["build", "--release"])?;
    let folder = root().join("target/wheels");
    let _ = std::fs::remove_dir_all(&folder);
    run(
        &in_venv("maturin"),
        &[
            "build",
            "--release",
            "--manifest-path",
            "bindings/python/Cargo.toml",
            "--out",
            "target/wheels",
            "--interpreter",
            &in_venv("python"),
        ],
    )?;
    let wheel = std::fs::read_dir(&folder)
        .map_err(|error| format!("cannot list `{}`: {error}", folder.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|ending| ending == "whl"))
        .ok_or("maturin made no wheel")?;
    run(
        &in_venv("python"),
        &[
            "-m",
            "pip",
            "install",
            "--quiet",
            "--force-reinstall",
            "--no-deps",
            &wheel.display().to_string(),
        ],
    )?;
    eprintln!("installed {} into .venv", wheel.display());
    Ok(())
}

/// Debian's chromium, for tests that look at pages.
fn browser() -> Result<(), String> {
    if std::path::Path::new("/usr/bin/chromium").exists() {
        return Ok(());
    }
    run("apt-get", &["update", "-qq"])?;
    run(
        "apt-get",
        &[
            "install",
            "-y",
            "-qq",
            "--no-install-recommends",
            "chromium",
            "fonts-dejavu-core",
        ],
    )
}

/// Debian's Postgres, for tests that read from a server of their own.
fn postgres() -> Result<(), String> {
    let is_there = std::path::Path::new("/usr/lib/postgresql").exists();
    if is_there || output("postgres", &["--version"]).is_ok() {
        return Ok(());
    }
    run("apt-get", &["update", "-qq"])?;
    run(
        "apt-get",
        &["install", "-y", "-qq", "--no-install-recommends", "postgresql"],
    )
}

/// The tests under `conformance/` with the real clients; gives what pytest printed.
pub(crate) fn conformance() -> Result<String, String> {
    wheel()?;
    browser()?;
    postgres()?;
    let mut pytest = command(&in_venv("python"), &["-m", "pytest", "-q", "-rs", "conformance"]);
    pytest.env("SPANWISE_BINARY", root().join("target/release/spanwise"));
    let output = pytest
        .output()
        .map_err(|error| format!("cannot start pytest: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    println!("{text}");
    if output.status.success() {
        Ok(text)
    } else {
        Err("the conformance tests failed".to_owned())
    }
}

/// `bench/*.py` with its own arguments.
pub(crate) fn bench(arguments: &[&str]) -> Result<(), String> {
    let Some((name, rest)) = arguments.split_first() else {
        return Err("usage: cargo xtask bench NAME [ARGUMENT ...]; names are the files in bench/".to_owned());
    };
    let script = format!("bench/{name}.py");
    let mut all = vec![script.as_str()];
    all.extend(rest);
    run("python3", &all)
}
