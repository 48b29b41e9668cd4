//! Where a model is weak: by rows with the truth, and by the folds of a project.

use crate::support::{demo, json, run, write};
use std::fmt::Write;
use std::path::Path;

/// Rows in which `y` is `a` and noise, four times as much of it where shop is d.
fn rows(n: u32, from: u32) -> String {
    let mut text = "a,shop,secret,y\n".to_owned();
    for row in from..from + n {
        let step = |by: f64| (f64::from(row) * by).fract() - 0.5;
        let shop = ["b", "c", "d", "e"][(row.wrapping_mul(2_654_435_761) >> 20) as usize % 4];
        let noise = step(0.414_213_56) * if shop == "d" { 4.0 } else { 1.0 };
        writeln!(
            text,
            "{:.5},{shop},s{shop},{:.5}",
            step(0.618_033_98),
            step(0.618_033_98) * 3.0 + noise
        )
        .unwrap();
    }
    text
}

fn learnt(folder: &Path) {
    write(folder, "rows.csv", &rows(1_200, 0));
    write(folder, "new.csv", &rows(1_600, 5_000));
    let ended = run(
        folder,
        &[
            "train",
            "rows.csv",
            "--target",
            "y",
            "--set",
            "rounds=60",
            "--out",
            "m.bundle",
        ],
    );
    assert_eq!(ended.code, 0, "{}", ended.stderr);
}

#[test]
fn planted_noise_is_named_by_score_and_told_on_a_page() {
    let folder = tempfile::tempdir().unwrap();
    learnt(folder.path());
    let score = ["score", "m.bundle", "new.csv", "--weak", "--exclude", "secret"];
    let found = json(folder.path(), &score);
    assert_eq!(found["weak"][0]["label"], "shop is d");
    assert_eq!(found["loss_name"], "squared error");
    let mut told = score.to_vec();
    told.extend(["--out", "weak.html"]);
    let told = run(folder.path(), &told);
    assert!(
        told.stdout
            .starts_with("The model is weakest where shop is d: typical error"),
        "{}",
        told.stdout
    );
    let page = std::fs::read_to_string(folder.path().join("weak.html")).unwrap();
    assert!(page.contains("shop is d") && !page.contains("<script"));
    let refused = run(
        folder.path(),
        &["score", "m.bundle", "new.csv", "--weak", "--reasons", "2"],
    );
    assert_ne!(refused.code, 0);
}

#[test]
fn a_project_tells_its_held_out_weakness_without_private_columns() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "rows.csv", &rows(2_400, 0));
    let project = "[data.rows]\nsource = \"rows.csv\"\nprivate = [\"secret\"]\n\n[model.y]\ntarget = \"y\"\ntrainer = \"boost\"\n";
    write(folder.path(), "spanwise.toml", project);
    let ran = run(folder.path(), &["run"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let story = std::fs::read_to_string(folder.path().join("out/story.html")).unwrap();
    assert!(
        story.contains("Where is the model weak?") && story.contains("The model is weakest where shop is d")
    );
    assert!(story.contains("Each row is judged by folds that had not seen it"));
    assert!(!story.contains("secret is "), "a private column is named");
}

#[test]
fn the_demo_is_told_where_it_is_weak() {
    let story = std::fs::read_to_string(demo().path().join("out/churn.html")).unwrap();
    assert!(story.contains("Where is the model weak?"));
}
