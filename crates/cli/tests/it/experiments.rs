//! Experiments from plan to page, on real data and from outside.

use crate::support::{json, run, shared, write};
use serde_json::Value;
use std::path::Path;
use tempfile::TempDir;

const LANDING: &str = r#"
[data.visits]
source = "DATA"
[experiment.page]
ask = "Does the new page convert better?"
unit = "user_id"
arm = "group"
control = "control"
treatments = ["treatment"]
detect = { absolute = 0.005 }
baseline = { share = 0.12 }
agree = { column = "landing_page", control = "old_page", treatment = "new_page" }
[experiment.page.metrics.converted]
kind = "proportion"
"#;

const EMAIL: &str = r#"
[data.customers]
source = "DATA"
[experiment.email]
ask = "Does an e-mail bring customers back?"
arm = "segment"
control = "No E-Mail"
treatments = ["Mens E-Mail", "Womens E-Mail"]
primary = "visit"
detect = { absolute = 0.01 }
baseline = { share = 0.1 }
covariates = ["history", "recency"]
segments = ["channel", "newbie"]
[experiment.email.metrics.visit]
kind = "proportion"
[experiment.email.metrics.conversion]
kind = "proportion"
[experiment.email.metrics.spend]
kind = "mean"
"#;

fn project(text: &str, data: &Path) -> TempDir {
    let folder = TempDir::new().unwrap();
    write(
        folder.path(),
        "spanwise.toml",
        &text.replace("DATA", &data.display().to_string()),
    );
    folder
}

fn check<'r>(record: &'r Value, name: &str) -> &'r Value {
    let checks = record["health"].as_array().unwrap();
    checks
        .iter()
        .find(|check| check["name"] == name)
        .unwrap_or_else(|| panic!("no {name} in {checks:#?}"))
}

#[test]
fn the_landing_page_is_checked_before_it_is_judged() {
    let Some(data) = shared("data/experiments/ab_landing_page.csv.gz") else {
        return;
    };
    let folder = project(LANDING, &data);
    let refused = run(folder.path(), &["experiment", "analyse"]);
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert!(
        refused.stderr.contains("found no registered plan"),
        "{}",
        refused.stderr
    );

    let planned = json(folder.path(), &["experiment", "plan", "page"]);
    assert_eq!(
        (&planned["plan"]["version"], &planned["is_new"]),
        (&Value::from(1), &Value::from(true))
    );
    let found = json(folder.path(), &["experiment", "analyse", "page"]);
    let mismatch = check(&found, "assignment agrees with what was shown");
    assert_eq!(
        (&mismatch["n"], &mismatch["state"]),
        (&Value::from(3_893), &Value::from("look"))
    );
    assert_eq!(check(&found, "units in one arm")["n"], 1_895);
    assert_eq!(check(&found, "repeated rows")["n"], 3_894);
    assert_eq!(check(&found, "sample ratio")["state"], "sound");
    assert_eq!(found["n_units"], 290_584);
    assert_eq!(found["decision"]["verdict"], "do_not_ship");
    let effect = &found["effects"][0];
    let value = effect["effect"][0].as_f64().unwrap();
    assert!(
        (-0.0025..-0.0010).contains(&value) && effect["found"] == false,
        "{effect:#}"
    );
    let page = std::fs::read_to_string(folder.path().join("out/experiment-page.html")).unwrap();
    for told in [
        "3,893",
        "1,895",
        "Do not ship",
        "Does the new page convert better?",
    ] {
        assert!(page.contains(told), "no {told} on the page");
    }
}

#[test]
fn three_arms_of_e_mails_are_judged_together() {
    let Some(data) = shared("data/experiments/hillstrom_email.csv.gz") else {
        return;
    };
    let folder = project(EMAIL, &data);
    json(folder.path(), &["experiment", "plan"]);
    let found = json(folder.path(), &["experiment", "analyse"]);
    assert_eq!(found["decision"]["verdict"], "ship");
    assert_eq!(found["decision"]["treatment"], "Mens E-Mail");
    let effects = found["effects"].as_array().unwrap();
    assert_eq!(effects.len(), 6);
    let of = |metric: &str, treatment: &str| {
        let same = |effect: &&Value| effect["metric"] == metric && effect["treatment"] == treatment;
        effects.iter().find(same).unwrap()["effect"][0].as_f64().unwrap()
    };
    // raw rates 0.10617, 0.18276, 0.15140, moved a little by the covariates
    assert!((of("visit", "Mens E-Mail") - 0.07659).abs() < 0.001);
    assert!((of("visit", "Womens E-Mail") - 0.04523).abs() < 0.001);
    assert!(
        effects
            .iter()
            .all(|effect| effect["variance_ratio"].as_f64().unwrap() < 1.0)
    );
    assert_eq!(found["segments"].as_array().unwrap().len(), 4);
    let ended = json(folder.path(), &["experiment", "analyse", "--final"]);
    let caveats = ended["caveats"].to_string();
    assert!(
        !caveats.contains("below its planned size"),
        "three arms reached it together: {caveats}"
    );
}

#[test]
fn a_changed_plan_is_named_and_registered_as_another_version() {
    let folder = TempDir::new().unwrap();
    let rows: String = (0..400)
        .map(|user| format!("{user},{},{}\n", ["a", "b"][user % 2], user % 3 % 2))
        .collect();
    write(folder.path(), "rows.csv", &format!("user,arm,won\n{rows}"));
    let text = |detect: &str| {
        format!(
            "[data.rows]\nsource = \"rows.csv\"\n[experiment.e]\nunit = \"user\"\narm = \"arm\"\ncontrol = \"a\"\ntreatments = [\"b\"]\ndetect = {{ absolute = {detect} }}\nbaseline = {{ share = 0.3 }}\n[experiment.e.metrics.won]\nkind = \"proportion\"\n"
        )
    };
    write(folder.path(), "spanwise.toml", &text("0.2"));
    assert_eq!(json(folder.path(), &["experiment", "plan"])["plan"]["version"], 1);
    assert_eq!(json(folder.path(), &["experiment", "plan"])["is_new"], false);
    write(folder.path(), "spanwise.toml", &text("0.1"));
    let refused = run(folder.path(), &["experiment", "analyse"]);
    assert_eq!(refused.code, 2);
    assert!(
        refused
            .stderr
            .contains("`detect` was 0.2 absolute and is 0.1 absolute"),
        "{}",
        refused.stderr
    );
    let again = json(folder.path(), &["experiment", "plan"]);
    assert_eq!(
        (&again["plan"]["version"], &again["changes"][0]["key"]),
        (&Value::from(2), &Value::from("detect"))
    );
    let text = run(folder.path(), &["experiment", "plan"]).stdout;
    assert!(text.contains("registered already, as version 2"), "{text}");
}

#[test]
fn wrong_names_are_found_at_their_places() {
    let folder = TempDir::new().unwrap();
    write(folder.path(), "rows.csv", "user,arm,won\n1,a,0\n2,b,1\n");
    let text = "[data.rows]\nsource = \"rows.csv\"\n[experiment.e]\nunit = \"usr\"\narm = \"arm\"\ncontrol = \"a\"\ntreatments = [\"b\"]\ndetect = { absolute = 0.2 }\nbaseline = { share = 0.3 }\n[experiment.e.metrics.won]\nkind = \"proportion\"\n";
    write(folder.path(), "spanwise.toml", text);
    assert_eq!(run(folder.path(), &["experiment", "plan"]).code, 0);
    let refused = run(folder.path(), &["experiment", "analyse"]);
    assert_eq!(refused.code, 2);
    assert!(
        refused.stderr.contains("spanwise.toml:4:8") && refused.stderr.contains("did you mean `user`?"),
        "{}",
        refused.stderr
    );
    write(folder.path(), "spanwise.toml", &text.replace("detect", "detekt"));
    let refused = run(folder.path(), &["experiment", "plan"]);
    assert!(
        refused.stderr.contains("unknown key `detekt`") && refused.stderr.contains("did you mean `detect`?"),
        "{}",
        refused.stderr
    );
    let refused = run(folder.path(), &["experiment", "plan", "x"]);
    assert_eq!(refused.code, 2);
}
