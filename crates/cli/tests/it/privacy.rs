//! A secret is planted in data, and looked for in everything that leaves the project.

use crate::support::{Served, demo, files, json, run, write};

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
