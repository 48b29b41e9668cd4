#![allow(clippy::unwrap_used)]
use super::*;
use stats::random::Draw;
use std::collections::BTreeMap;
use table::Hash;

fn open(folder: &std::path::Path) -> Registry {
    Registry::open(folder).unwrap()
}

fn add(registry: &Registry, model: &str, bytes: &[u8]) -> u64 {
    registry
        .add_bundle(model, bytes, &Hash::of(bytes).to_hex(), 1)
        .unwrap()
}

#[test]
fn versions_count_up_and_the_same_bundle_keeps_its_version() {
    let folder = tempfile::tempdir().unwrap();
    let registry = open(folder.path());
    assert_eq!(
        (
            add(&registry, "churn", b"a"),
            add(&registry, "churn", b"b"),
            add(&registry, "churn", b"a")
        ),
        (1, 2, 1)
    );
    assert_eq!(add(&registry, "other", b"b"), 1);
    let resolved = registry.resolve("churn@2").unwrap();
    assert_eq!(std::fs::read(&resolved.path).unwrap(), b"b");
    assert_eq!(
        registry.resolve("churn").unwrap().version,
        2,
        "the newest without a champion"
    );
    registry.set_alias("churn", "champion", 1, 5, "first").unwrap();
    assert_eq!(registry.resolve("churn").unwrap().version, 1);
    assert!(
        registry
            .add_bundle("churn", b"c", &Hash::of(b"d").to_hex(), 1)
            .is_err()
    );
}

#[test]
fn a_decision_is_done_once_and_keeps_its_evidence() {
    let folder = tempfile::tempdir().unwrap();
    let registry = open(folder.path());
    add(&registry, "churn", b"a");
    add(&registry, "churn", b"b");
    registry.set_alias("churn", "champion", 1, 5, "first").unwrap();
    registry.set_alias("churn", "challenger", 2, 6, "a try").unwrap();
    let expected = [("champion", 1), ("challenger", 2)];
    let decision = Decision {
        model: "churn",
        alias: "champion",
        version: 2,
        expected: &expected,
        why: "as good",
        evidence: "{\"limit\":0.01}",
    };
    assert!(registry.decide(&decision, 7).unwrap());
    // a second instance comes too late, and so does one that waited for an alias that is not there
    assert!(!open(folder.path()).decide(&decision, 8).unwrap());
    let expected = [("other", 2)];
    assert!(
        !registry
            .decide(
                &Decision {
                    expected: &expected,
                    ..decision
                },
                9
            )
            .unwrap()
    );
    registry.verify_ledger().unwrap();
    let ledger = registry.ledger(Some("churn")).unwrap();
    let evidence: Vec<_> = ledger.iter().map(|entry| entry.evidence.as_deref()).collect();
    assert_eq!(evidence, [None, None, Some("{\"limit\":0.01}")]);
    let mut changed = ledger[2].clone();
    changed.evidence = Some("{}".to_owned());
    assert_ne!(changed.expected_hash(&ledger[1].hash), changed.hash);
    changed.evidence.clone_from(&ledger[2].evidence);
    assert_eq!(changed.expected_hash(&ledger[1].hash), changed.hash);
}

#[test]
fn wrong_names_get_the_nearest() {
    let folder = tempfile::tempdir().unwrap();
    let registry = open(folder.path());
    add(&registry, "churn", b"a");
    registry.set_alias("churn", "champion", 1, 5, "first").unwrap();
    let error = |name: &str| registry.resolve(name).unwrap_err().to_string();
    assert!(error("chrun@1").contains("did you mean `churn`"));
    assert!(error("churn@champoin").contains("did you mean `champion`"));
    assert!(error("churn@7").contains("found `champion`, `1`"));
    for bad in ["", "a b", "../x", "1"] {
        assert!(registry.set_alias("churn", bad, 1, 5, "why").is_err(), "{bad:?}");
    }
    assert!(
        registry
            .add_bundle("../x", b"a", &Hash::of(b"a").to_hex(), 1)
            .is_err()
    );
}

#[test]
fn the_ledger_tells_what_was_promoted_and_notices_changes() {
    let folder = tempfile::tempdir().unwrap();
    let registry = open(folder.path());
    for (number, bytes) in [b"a", b"b", b"c"].iter().enumerate() {
        add(&registry, "churn", *bytes);
        registry
            .set_alias("churn", "champion", number as u64 + 1, number as i64, "better")
            .unwrap();
    }
    assert_eq!(
        registry
            .rollback("churn", "champion", 9, "worse")
            .unwrap()
            .version,
        2
    );
    assert_eq!(
        registry
            .rollback("churn", "champion", 9, "still")
            .unwrap()
            .version,
        1
    );
    assert!(registry.rollback("churn", "champion", 9, "again").is_err());
    let versions: Vec<u64> = registry
        .ledger(Some("churn"))
        .unwrap()
        .iter()
        .map(|entry| entry.version)
        .collect();
    assert_eq!(versions, [1, 2, 3, 2, 1]);
    registry.verify_ledger().unwrap();

    let sql = |text| sql(folder.path(), text);
    assert!(
        sql("UPDATE ledger SET why = 'other' WHERE entry = 2").is_err(),
        "the trigger refuses"
    );
    assert!(sql("DELETE FROM ledger").is_err());
    sql("DROP TRIGGER ledger_is_never_changed").unwrap();
    sql("UPDATE ledger SET why = 'other' WHERE entry = 2").unwrap();
    assert!(matches!(
        registry.verify_ledger().unwrap_err(),
        RegistryError::Tampered { entry: 2 }
    ));
}

fn sql(folder: &std::path::Path, text: &'static str) -> Result<(), sqlx::Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.join("registry.sqlite"));
        let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
        sqlx::raw_sql(text).execute(&pool).await.map(|_| ())
    })
}

/// A registry with versions 1 to 3 of `churn`, promoted in the order given.
fn promoted(versions: &[u64]) -> (tempfile::TempDir, Registry) {
    let folder = tempfile::tempdir().unwrap();
    let registry = open(folder.path());
    for bytes in [b"a", b"b", b"c"] {
        add(&registry, "churn", bytes);
    }
    for version in versions {
        registry
            .set_alias("churn", "champion", *version, 1, "better")
            .unwrap();
    }
    (folder, registry)
}

#[test]
fn a_version_promoted_again_by_hand_is_a_step_like_any_other() {
    let (_folder, registry) = promoted(&[1, 2, 1]);
    let back = || {
        registry
            .rollback("churn", "champion", 9, "worse")
            .map(|resolved| resolved.version)
    };
    assert_eq!(back().unwrap(), 2);
    assert_eq!(back().unwrap(), 1);
    assert!(matches!(back().unwrap_err(), RegistryError::NothingBefore { .. }));
    registry.set_alias("churn", "champion", 3, 9, "newest").unwrap();
    assert_eq!(back().unwrap(), 1);
    registry.verify_ledger().unwrap();
}

#[test]
fn a_moved_alias_and_a_cut_end_are_noticed() {
    let (folder, registry) = promoted(&[1, 2]);
    sql(folder.path(), "UPDATE aliases SET version = 3").unwrap();
    let error = registry.verify_ledger().unwrap_err().to_string();
    assert!(error.contains("found version 3, expected 2"), "{error}");
    sql(
        folder.path(),
        "UPDATE aliases SET version = 2; INSERT INTO aliases VALUES ('churn', 'canary', 1)",
    )
    .unwrap();
    assert!(
        matches!(registry.verify_ledger().unwrap_err(), RegistryError::Moved { alias, .. } if alias == "canary")
    );

    let (folder, registry) = promoted(&[1, 2]);
    sql(
        folder.path(),
        "DROP TRIGGER ledger_is_never_shortened; DELETE FROM ledger WHERE entry = 2; UPDATE aliases SET version = 1",
    )
    .unwrap();
    assert!(matches!(
        registry.verify_ledger().unwrap_err(),
        RegistryError::Cut {
            found: 1,
            expected: 2
        }
    ));
}

#[test]
fn nothing_moves_without_a_reason() {
    let (_folder, registry) = promoted(&[1, 2]);
    for why in ["", " \n"] {
        let error = registry.set_alias("churn", "champion", 3, 9, why).unwrap_err();
        assert!(matches!(error, RegistryError::NoReason { .. }));
        assert!(registry.rollback("churn", "champion", 9, why).is_err());
    }
    assert_eq!(registry.resolve("churn@champion").unwrap().version, 2);
}

#[test]
fn readers_write_nothing_and_wait_for_nobody() {
    let (folder, registry) = promoted(&[1, 2]);
    drop(registry);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join("registry.sqlite"));
    let pool = runtime.block_on(sqlx::SqlitePool::connect_with(options)).unwrap();
    let writing = runtime.block_on(pool.begin_with("BEGIN IMMEDIATE")).unwrap();
    let began = std::time::Instant::now();
    let reader = Registry::open_for_reading(folder.path()).unwrap();
    assert_eq!(reader.resolve("churn@champion").unwrap().version, 2);
    reader.verify_ledger().unwrap();
    assert!(began.elapsed() < std::time::Duration::from_secs(10));
    runtime.block_on(writing.rollback()).unwrap();
    assert!(
        reader.set_alias("churn", "champion", 1, 9, "why").is_err(),
        "it cannot write"
    );
    assert!(Registry::open_for_reading(&folder.path().join("nowhere")).is_err());
    assert!(!folder.path().join("nowhere").exists());
}

#[test]
fn a_registry_of_the_first_schema_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("registry.sqlite"), b"").unwrap();
    sql(folder.path(), include_str!("../migrations/0001_first.sql")).unwrap();
    sql(
        folder.path(),
        "INSERT INTO versions VALUES ('m', 1, 'h1', 1), ('m', 2, 'h2', 1); INSERT INTO aliases VALUES ('m', 'champion', 1)",
    )
    .unwrap();
    let first = LedgerEntry {
        evidence: None,
        entry: 1,
        time_micros: 5,
        model: "m".into(),
        alias: "champion".into(),
        version: 1,
        bundle_hash: "h1".into(),
        why: "first".into(),
        is_rollback: false,
        hash: String::new(),
    };
    let hash: &'static str = first.expected_hash("").leak();
    let insert: &'static str =
        format!("INSERT INTO ledger VALUES (1, 5, 'm', 'champion', 1, 'h1', 'first', '{hash}')").leak();
    sql(folder.path(), insert).unwrap();
    let registry = Registry::open_for_reading(folder.path()).unwrap();
    registry.verify_ledger().unwrap();
    registry.set_alias("m", "champion", 2, 6, "second").unwrap();
    assert_eq!(registry.rollback("m", "champion", 7, "no").unwrap().version, 1);
    registry.verify_ledger().unwrap();
}

#[test]
fn runs_keep_their_values() {
    let folder = tempfile::tempdir().unwrap();
    let registry = open(folder.path());
    let run = Run {
        project: "p".into(),
        started_micros: 1,
        finished_micros: 2,
        status: "done".into(),
        parameters: [("seed".to_owned(), "7".to_owned())].into(),
        metrics: [("churn.auc".to_owned(), 0.1 + 0.2)].into(),
    };
    assert_eq!(registry.record_run(&run).unwrap(), 1);
    assert_eq!(open(folder.path()).runs().unwrap(), [(1, run)]);
}

#[test]
fn two_at_once_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    std::thread::scope(|scope| {
        for worker in 0..4u8 {
            scope.spawn(move || {
                let registry = open(path);
                for item in 0..10u8 {
                    let version = add(&registry, "m", &[worker, item]);
                    registry.set_alias("m", "champion", version, 1, "next").unwrap();
                }
            });
        }
    });
    let registry = open(path);
    let numbers: Vec<u64> = registry
        .versions("m")
        .unwrap()
        .iter()
        .map(|version| version.version)
        .collect();
    assert_eq!(numbers, (1..=40).collect::<Vec<_>>());
    assert_eq!(registry.ledger(None).unwrap().len(), 40);
    registry.verify_ledger().unwrap();
}

#[test]
fn random_operations_agree_with_a_naive_model() {
    let folder = tempfile::tempdir().unwrap();
    let mut registry = open(folder.path());
    let mut draw = Draw::new(11, 1);
    let mut versions: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let mut aliases: BTreeMap<(String, String), u64> = BTreeMap::new();
    for _ in 0..120 {
        let model = format!("m{}", draw.below(3));
        match draw.below(4) {
            0 | 1 => {
                let content = draw.below(8);
                let known = versions.entry(model.clone()).or_default();
                let expected = known.iter().position(|c| *c == content).unwrap_or_else(|| {
                    known.push(content);
                    known.len() - 1
                });
                assert_eq!(
                    add(&registry, &model, &content.to_le_bytes()),
                    expected as u64 + 1
                );
            }
            2 => {
                let (alias, version) = (format!("a{}", draw.below(2)), 1 + draw.below(4));
                let exists = versions
                    .get(&model)
                    .is_some_and(|known| version <= known.len() as u64);
                assert_eq!(
                    registry.set_alias(&model, &alias, version, 1, "why").is_ok(),
                    exists
                );
                if exists {
                    aliases.insert((model, alias), version);
                }
            }
            _ => registry = open(folder.path()),
        }
        for ((model, alias), version) in &aliases {
            assert_eq!(
                registry.resolve(&format!("{model}@{alias}")).unwrap().version,
                *version
            );
        }
    }
    registry.verify_ledger().unwrap();
}

#[test]
fn plans_are_kept_and_the_same_one_keeps_its_version() {
    let folder = tempfile::tempdir().unwrap();
    let registry = open(folder.path());
    let register = |text: &str, at| registry.register_plan("page", text, at > 2, at).unwrap();
    let (first, is_new) = register("alpha = 0.05\n", 1);
    assert_eq!((first.version, is_new, first.had_data), (1, true, false));
    assert_eq!(register("alpha = 0.05\n", 2), (first.clone(), false));
    let (second, _) = register("alpha = 0.01\n", 3);
    assert!(second.version == 2 && second.had_data && second.hash != first.hash);
    // going back is another version
    assert_eq!(register("alpha = 0.05\n", 4).0.version, 3);
    assert_eq!(registry.plans("page").unwrap().len(), 3);
    assert!(registry.plans("other").unwrap().is_empty());
}

#[test]
fn plans_and_looks_are_never_changed() {
    let folder = tempfile::tempdir().unwrap();
    let registry = open(folder.path());
    registry
        .register_plan("page", "alpha = 0.05\n", false, 1)
        .unwrap();
    let look = |data: &str, version| Look {
        experiment: "page".to_owned(),
        plan_version: version,
        look: 0,
        data_hash: data.to_owned(),
        information: 0.5,
        record: "{}".to_owned(),
        taken_micros: 2,
    };
    assert_eq!(registry.record_look(&look("x", 1)).unwrap(), 1);
    assert_eq!(registry.record_look(&look("y", 1)).unwrap(), 2);
    assert_eq!(registry.record_look(&look("x", 1)).unwrap(), 1);
    assert!(
        registry.record_look(&look("x", 7)).is_err(),
        "a version that nobody registered"
    );
    assert_eq!(registry.looks("page").unwrap().len(), 2);
    for statement in [
        "UPDATE plans SET plan = 'alpha = 1'",
        "DELETE FROM plans",
        "UPDATE looks SET information = 0",
        "DELETE FROM looks",
    ] {
        assert!(
            sql(folder.path(), statement)
                .unwrap_err()
                .to_string()
                .contains("append-only"),
            "{statement}"
        );
    }
    sql(
        folder.path(),
        "DROP TRIGGER plans_are_never_changed; UPDATE plans SET plan = 'alpha = 1'",
    )
    .unwrap();
    let error = registry.plans("page").unwrap_err();
    assert!(
        matches!(error, RegistryError::TamperedPlan { version: 1, .. }),
        "{error}"
    );
    assert!(registry.register_plan("page", "alpha = 0.1", false, 9).is_err());
}

#[test]
fn issues_count_up_where_the_story_changed_and_damage_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let registry = open(folder.path());
    let add = |text: &[u8], now| registry.add_issue("churn", text, now).unwrap();
    assert_eq!(
        (add(b"a", 1), add(b"a", 2), add(b"b", 3), add(b"a", 4)),
        (1, 1, 2, 3)
    );
    assert_eq!(registry.add_issue("other", b"a", 5).unwrap(), 1);
    let made: Vec<i64> = registry
        .issues("churn")
        .unwrap()
        .iter()
        .map(|issue| issue.made_micros)
        .collect();
    assert_eq!(made, [1, 3, 4]);
    let (issue, bytes) = registry.issue("churn", 2).unwrap();
    assert_eq!((issue.issue, bytes.as_slice()), (2, b"b".as_slice()));
    let error = registry.issue("churn", 9).unwrap_err().to_string();
    assert!(
        error.contains("no issue 9") && error.contains("`1`, `2`, `3`"),
        "{error}"
    );
    let path = folder
        .path()
        .join("stories")
        .join(format!("{}.json", Hash::of(b"b").to_hex()));
    std::fs::write(path, b"c").unwrap();
    let damaged = registry.issue("churn", 2).unwrap_err().to_string();
    assert!(
        damaged.starts_with("issue 2 of the story `churn` has the hash ") && !damaged.contains("bundle"),
        "{damaged}"
    );
}
