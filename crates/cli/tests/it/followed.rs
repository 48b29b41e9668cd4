//! What stays true of a column behind a query: keys, rules, what is private.

use crate::support::{Served, files, run, write};
use tempfile::TempDir;

/// 200 customers, and orders of every second one; `left` leans on `age`.
fn tables(project: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let customer = |i: usize| {
        let left = if (i * 37 % 100) < 20 + 60 * (i % 2) {
            "Yes"
        } else {
            "No"
        };
        format!(
            "{i},{},{},{left}\n",
            i % 2 + 30,
            ["SECRETA", "SECRETB", "SECRETC"][i / 2 % 3]
        )
    };
    let order = |i: usize| format!("{},{i},{}\n", 1_000 + i, i % 17 + 1);
    let customers = "cid,age,word,left\n".to_owned() + &(0..200).map(customer).collect::<String>();
    let orders = "oid,cid,amount\n".to_owned() + &(0..200).step_by(2).map(order).collect::<String>();
    write(folder.path(), "c.csv", &customers);
    write(folder.path(), "o.csv", &orders);
    let data = "[data.c]\nsource = \"c.csv\"\nkey = \"cid\"\n[data.o]\nsource = \"o.csv\"\nkey = \"oid\"\n";
    write(folder.path(), "spanwise.toml", &format!("{data}{project}"));
    folder
}

fn bundle(project: &str) -> (TempDir, bundle::Bundle) {
    let folder = tables(project);
    let ended = run(folder.path(), &["run"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let bundle = bundle::Bundle::load(&folder.path().join("out/m.bundle")).unwrap();
    (folder, bundle)
}

fn features(bundle: &bundle::Bundle) -> Vec<&str> {
    bundle
        .recipe
        .features
        .iter()
        .map(|feature| feature.name.as_str())
        .collect()
}

#[test]
fn nothing_is_required_where_a_join_found_no_partner() {
    let (_folder, bundle) = bundle(
        "[expect.o]\namount = { min = 0, required = true }\n[expect.c]\nage = { required = true }\n\
         [data.j]\nsql = \"SELECT c.cid, c.age, o.amount AS paid, c.left FROM c LEFT JOIN o ON c.cid = o.cid\"\n\
         [model.m]\ndata = \"j\"\ntrainer = \"linear\"\ntarget = \"left\"\npositive = \"Yes\"\n",
    );
    let rules: Vec<String> = bundle
        .contract
        .columns
        .iter()
        .filter(|rule| rule.declared)
        .map(|rule| format!("{} {:?}", rule.column, rule.rule))
        .collect();
    assert_eq!(rules, ["age Required", "paid Min(0.0)"]);
}

#[test]
fn keys_stay_keys_through_unions_and_choices_and_foreign_keys_are_features() {
    let model = "[model.m]\ndata = \"u\"\ntrainer = \"linear\"\ntarget = \"left\"\npositive = \"Yes\"\n";
    let (_folder, united) = bundle(&format!(
        "[data.u]\nsql = \"SELECT cid AS a, coalesce(cid, 0) AS b, CAST(cid AS DOUBLE) AS c, age, left FROM c \
         UNION ALL SELECT cid + 0 AS a, cid AS b, CAST(cid AS DOUBLE) AS c, age, left FROM c\"\n{model}"
    ));
    assert_eq!(features(&united), ["a", "age"], "only a sum of a key is no key");
    let (_folder, foreign) = bundle(&format!(
        "[data.u]\nsql = \"SELECT o.cid, o.amount, c.left FROM o JOIN c ON c.cid = o.cid\"\n{model}"
    ));
    assert_eq!(
        features(&foreign),
        ["cid", "amount"],
        "the key of another table names no row here"
    );
}

#[test]
fn a_recursive_query_may_be_called_as_its_table_is() {
    let (_folder, bundle) = bundle(
        "[data.r]\nsql = \"WITH RECURSIVE r AS (SELECT age, left FROM c UNION ALL SELECT age + 100, left FROM r WHERE age < 100) \
         SELECT age, left FROM r\"\n\
         [model.m]\ndata = \"r\"\ntrainer = \"linear\"\ntarget = \"left\"\npositive = \"Yes\"\n",
    );
    assert_eq!(features(&bundle), ["age"]);
}

#[test]
fn a_private_target_is_named_by_no_story() {
    let model = "[model.m]\ndata = \"c\"\ntrainer = \"boost\"\ntarget = \"word\"\nparams = { rounds = 5 }\n";
    let folder = tables(model);
    let text = std::fs::read_to_string(folder.path().join("spanwise.toml")).unwrap();
    let private = text.replace("key = \"cid\"", "key = \"cid\"\nprivate = [\"word\"]");
    write(folder.path(), "spanwise.toml", &private);
    assert_eq!(run(folder.path(), &["run"]).code, 0);
    let story = std::fs::read_to_string(folder.path().join("out/story.html")).unwrap();
    assert!(story.contains("word = class 1") && !story.contains("SECRET"));
}

#[test]
fn what_becomes_private_is_no_longer_logged_for_an_older_champion() {
    let model = "[data.t]\nsql = \"SELECT age, word AS other, left FROM c\"\n\
                 [model.m]\ndata = \"t\"\ntrainer = \"linear\"\ntarget = \"left\"\npositive = \"Yes\"\n\
                 [service.m]\nmodel = \"m@champion\"\nlog = \"audit\"\n";
    let (folder, _) = bundle(model);
    let text = std::fs::read_to_string(folder.path().join("spanwise.toml")).unwrap();
    let private = text.replace("key = \"cid\"", "key = \"cid\"\nprivate = [\"word\"]");
    write(folder.path(), "spanwise.toml", &private);
    assert_eq!(run(folder.path(), &["run"]).code, 0);
    let served = Served::start(folder.path(), &["m"]);
    let body = b"{\"dataframe_records\":[{\"age\":31,\"other\":\"SECRETA\"}]}";
    let (status, answer) = served.post("/invocations", "application/json", body);
    assert_eq!(status, 200, "{answer}");
    served.stop();
    let log: Vec<Vec<u8>> = files(&folder.path().join(".spanwise/log"))
        .into_iter()
        .map(|(_, bytes)| bytes)
        .collect();
    assert!(!log.is_empty());
    let holds = |bytes: &Vec<u8>| bytes.windows(7).any(|part| part == b"SECRETA");
    assert!(!log.iter().any(holds), "the champion is older than the wish");
}
