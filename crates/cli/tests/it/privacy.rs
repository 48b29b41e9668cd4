//! A secret is planted in data, and looked for in everything that leaves the project.

use crate::support::{Served, demo, files, json, run, write};
use tempfile::TempDir;

const SECRET: &str = "Zq7SecretXw";
const SECRET_NUMBER: &str = "987654321.25";

#[test]
fn a_planted_secret_is_in_no_bundle_story_page_lock_registry_or_log() {
    let copy = demo().copy();
    let folder = copy.path();
    std::fs::remove_dir_all(folder.join(".spanwise")).unwrap();
    std::fs::remove_dir_all(folder.join("out")).unwrap();
    let rows = std::fs::read_to_string(folder.join("customers.csv")).unwrap();
    let mut lines: Vec<String> = rows.lines().map(str::to_owned).collect();
    lines[0].push_str(",note,card_number,email");
    for (row, line) in lines.iter_mut().enumerate().skip(1) {
        // A rare category, a rare number, and a private column that is common.
        let rare = row % 2000 == 5;
        let note = if rare {
            SECRET.to_owned()
        } else {
            format!("kind {}", row % 4)
        };
        let number = if rare {
            SECRET_NUMBER.to_owned()
        } else {
            format!("{}", row % 50)
        };
        line.push_str(&format!(",{note},{number},{SECRET}@mail {}", row % 3));
    }
    write(folder, "customers.csv", &(lines.join("\n") + "\n"));
    let project = std::fs::read_to_string(folder.join("spanwise.toml")).unwrap();
    let project = project.replace(
        "key = \"customer_id\"",
        "key = \"customer_id\"\nprivate = [\"email\"]",
    );
    let project = project.replace("exclude = [\"joined\"]", "exclude = [\"joined\", \"email\"]");
    let project = project + "\n[question.note]\noutcome = \"churned\"\nby = \"note\"\n";
    write(folder, "spanwise.toml", &project);
    json(folder, &["run"]);
    let served = Served::start(folder, &["churn"]);
    let request = format!(
        "{{\"dataframe_records\":[{{\"contract\":\"monthly\",\"tenure_months\":3,\"monthly_charge\":50.0,\"support_calls\":1,\"payment\":\"card\",\"region\":\"north\",\"age\":40,\"channel\":\"web\",\"joined\":\"2020-01-01\",\"note\":\"kind 1\",\"card_number\":5,\"email\":\"{SECRET}@mail 1\"}}]}}"
    );
    let (status, answer) = served.post("/invocations", "application/json", request.as_bytes());
    assert_eq!(status, 200, "{answer}");
    served.stop();
    run(folder, &["monitor", "churn", "--table", "customers.csv"]);
    let mut looked_at = 0;
    for (path, bytes) in files(folder) {
        let is_data =
            path.ends_with("customers.csv") || path.components().any(|part| part.as_os_str() == "cache");
        if is_data {
            continue;
        }
        looked_at += 1;
        for secret in [
            SECRET.as_bytes().to_vec(),
            SECRET_NUMBER.as_bytes().to_vec(),
            987_654_321.25f64.to_le_bytes().to_vec(),
        ] {
            let found = bytes.windows(secret.len()).any(|window| window == secret);
            assert!(!found, "the secret is in {}", path.display());
        }
    }
    assert!(6 < looked_at, "{looked_at} files");
}

/// 300 rows whose private column has three common values, read by a model, a question and a monitor under other names.
fn renamed() -> TempDir {
    let folder = TempDir::new().unwrap();
    let row = |i: usize| {
        let note = format!("{SECRET} {}", ["a", "b", "c"][i % 3]);
        let left = if (i * 31 + i / 7) % 10 < 2 + 3 * (i % 3) {
            "Yes"
        } else {
            "No"
        };
        format!("u{i},{},{note},{left}\n", i * 7919 % 101)
    };
    let rows = "id,x,note,left\n".to_owned() + &(0..300).map(row).collect::<String>();
    write(folder.path(), "d.csv", &rows);
    write(
        folder.path(),
        "spanwise.toml",
        r#"
[data.d]
source = "d.csv"
key = "id"
private = ["note"]

[data.middle]
sql = "SELECT id, x, note AS remark, left FROM d"

[data.training]
sql = "SELECT id AS number, x, m.remark, upper(remark) AS loud, left FROM middle AS m"

[expect.d]
x = { min = 0, max = 100 }

[question.remark]
data = "training"
outcome = "left"
by = "remark"

[question.loud]
data = "training"
outcome = "left"
by = "loud"

[model.m]
trainer = "boost"
# Both names of the column are to be used, which say the same.
params = { column_sample = 0.5 }
data = "training"
target = "left"
positive = "Yes"

[service.m]
model = "m@champion"
log = "audit"

[monitor.m]
"#,
    );
    folder
}

#[test]
fn a_private_column_stays_private_under_another_name() {
    let copy = renamed();
    let folder = copy.path();
    let record = json(folder, &["run"]);
    let drivers = record["models"]["m"]["drivers"].as_array().unwrap();
    let features: Vec<&str> = drivers
        .iter()
        .map(|one| one["feature"].as_str().unwrap())
        .collect();
    assert!(
        features.contains(&"remark") && features.contains(&"loud"),
        "{features:?}"
    );
    assert!(!features.contains(&"number"), "a renamed key is a key");
    let served = Served::start(folder, &["m"]);
    let request = format!(
        "{{\"dataframe_records\":[{{\"x\":3,\"remark\":\"{SECRET} a\",\"loud\":\"ZQ7SECRETXW A\"}}]}}"
    );
    let (status, answer) = served.post("/invocations", "application/json", request.as_bytes());
    assert_eq!(status, 200, "{answer}");
    served.stop();
    json(folder, &["query", "SELECT * FROM training"]);
    let table = folder.join("training.csv");
    let saved = run(
        folder,
        &["query", "SELECT * FROM training", "--out", "training.csv"],
    );
    assert_eq!(saved.code, 0, "{}", saved.stderr);
    let watched = run(
        folder,
        &["--json", "monitor", "m", "--table", table.to_str().unwrap()],
    );
    assert!(watched.stdout.contains("remark"), "{}", watched.stdout);
    let mut looked_at = vec![record.to_string(), watched.stdout];
    for (path, bytes) in files(folder) {
        let text = path.to_string_lossy();
        // Data are data, and a recipe must know the levels of its columns.
        let holds_values = [".csv", ".bundle", "/cache/", "/bundles/"];
        if !holds_values.iter().any(|part| text.contains(part)) {
            looked_at.push(String::from_utf8_lossy(&bytes).into_owned());
        }
    }
    assert!(6 < looked_at.len(), "{}", looked_at.len());
    for text in &looked_at {
        let at = text.to_lowercase().find(&SECRET.to_lowercase());
        let around = at.map(|at| text.get(at.saturating_sub(200)..at + 40).unwrap_or_default());
        assert_eq!(around, None);
    }
}
