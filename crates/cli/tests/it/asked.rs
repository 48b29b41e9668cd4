//! `spanwise test`: questions of a project and about a file.

use crate::support::{json, run, shared, write};
use tempfile::TempDir;

/// 300 visits of 100 people in three shops; spending rises from shop to shop, for all alike.
fn visits(folder: &TempDir) {
    let mut text = "person,shop,spent,bought\n".to_owned();
    for person in 0..100 {
        for (code, shop) in ["north", "south", "west"].into_iter().enumerate() {
            let spent = 20.0
                + f64::from(person % 17)
                + 0.4 * code as f64
                + f64::from((person * 13 + code as i32) % 5) / 10.0;
            let bought = if (person * 3 + code as i32 * 2) % 10 < 3 + 2 * code as i32 {
                "yes"
            } else {
                "no"
            };
            text.push_str(&format!("p{person},{shop},{spent},{bought}\n"));
        }
    }
    write(folder.path(), "visits.csv", &text);
}

const PROJECT: &str = r#"
[data.visits]
source = "visits.csv"
[question.spending]
outcome = "spent"
by = "shop"
[question.buying]
outcome = "bought"
by = "shop"
positive = "yes"
each_pair = true
"#;

#[test]
fn a_file_is_asked_without_a_project() {
    let folder = TempDir::new().unwrap();
    visits(&folder);
    let asked = ["test", "-f", "visits.csv", "--outcome", "spent", "--by", "shop"];
    let plain = json(folder.path(), &asked)["questions"][0].clone();
    assert_eq!(plain["method"], "Welch's ANOVA");
    assert!(plain["p_value"].as_f64().unwrap() > 0.05);
    let paired = json(folder.path(), &[&asked[..], &["--paired", "person"]].concat())["questions"][0].clone();
    assert_eq!(
        (&paired["method"], &paired["n_used"]),
        (&"Friedman test".into(), &100.into())
    );
    assert!(paired["p_value"].as_f64().unwrap() < 1e-20);
    let text = run(
        folder.path(),
        &[
            &asked[..2],
            &["visits.csv", "--outcome", "bought", "--by", "shop", "--each-pair"],
        ]
        .concat(),
    );
    let text = text.stdout;
    for part in [
        "Does `bought` differ by `shop`?",
        "chi-square test",
        "west less north",
        "share of ",
    ] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn a_project_asks_its_questions_and_corrects_over_all_of_them() {
    let folder = TempDir::new().unwrap();
    visits(&folder);
    write(folder.path(), "spanwise.toml", PROJECT);
    let all = json(folder.path(), &["test"]);
    let all = all["questions"].as_array().unwrap();
    assert_eq!(all.len(), 2);
    let one = json(folder.path(), &["test", "buying"]);
    assert_eq!(one["questions"].as_array().unwrap().as_slice(), &all[1..]);
    let p = |key: &str| all[1][key].as_f64().unwrap();
    assert!(p("p_value") < 0.01 && (p("p_adjusted") - 2.0 * p("p_value")).abs() < 1e-12);
    let whole = json(folder.path(), &["run"]);
    assert_eq!(
        whole["questions"].as_array().unwrap(),
        all,
        "run and test say the same"
    );
    let wrong = run(folder.path(), &["test", "bying"]);
    assert_eq!(wrong.code, 2);
    let text = wrong.stderr;
    assert!(
        text.contains("no `[question.bying]`") && text.contains("did you mean `buying`?"),
        "{text}"
    );
}

#[test]
fn wrong_flags_are_refused_with_what_was_expected() {
    let folder = TempDir::new().unwrap();
    visits(&folder);
    for (flags, code, part) in [
        (&["--outcome", "spent"][..], 2, "no `by`"),
        (
            &["--outcome", "spent", "--by", "shop", "--method", "welsh"],
            2,
            "welch",
        ),
        (&["--outcome", "spnt", "--by", "shop"], 3, "spent"),
        (
            &["--outcome", "spent", "--by", "shop", "--level", "95"],
            2,
            "above 0 and below 1",
        ),
        (&["--outcome", "person", "--by", "shop"], 3, "at most 20 values"),
        (
            &["--outcome", "spent", "--by", "shop", "--equivalent-within", "1"],
            3,
            "3 groups",
        ),
        (
            &["--outcome", "bought", "--by", "shop", "--method", "welch"],
            3,
            "chi-square or fisher",
        ),
    ] {
        let refused = run(folder.path(), &[&["test", "-f", "visits.csv"], flags].concat());
        let text = refused.stderr;
        assert_eq!(refused.code, code, "{flags:?}: {text}");
        assert!(text.contains(part), "{flags:?}: {text}");
    }
}

#[test]
fn churn_of_a_real_carrier_differs_by_contract() {
    let Some(data) = shared("data/churn/telco_customer_churn.csv") else {
        return;
    };
    let folder = TempDir::new().unwrap();
    let data = data.display().to_string();
    let asked = [
        "test",
        "-f",
        &data,
        "--outcome",
        "Churn",
        "--by",
        "Contract",
        "--positive",
        "Yes",
    ];
    let found = json(folder.path(), &asked)["questions"][0].clone();
    // scipy 1.15: chi2_contingency without correction
    let p = found["ln_p_value"].as_f64().unwrap();
    assert!((found["statistic"][1].as_f64().unwrap() - 1184.5965720837926).abs() < 1e-6);
    assert!((p - -592.2982860418963).abs() < 1e-6, "{p}");
}
