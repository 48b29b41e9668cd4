//! Broken inputs: each gets one paragraph that says what is wrong, the right exit code, and loses nothing.

use crate::support::{Ended, Served, demo, files, run, spanwise, write};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const ROWS: &str = "id,x,c,y\n";

/// A good table of 60 rows.
fn good() -> String {
    let row = |i: usize| {
        format!(
            "r{i},{},{},{}\n",
            i % 17,
            ["a", "b"][i % 2],
            if i % 17 < 6 { "yes" } else { "no" }
        )
    };
    ROWS.to_owned() + &(0..60).map(row).collect::<String>()
}

const PROJECT: &str =
    "[data.rows]\nsource = \"rows.csv\"\nkey = \"id\"\n\n[model.m]\ntarget = \"y\"\npositive = \"yes\"\n";

/// A project that ran once, and whose data then become `text`.
struct Case {
    folder: TempDir,
    before: Vec<(PathBuf, Vec<u8>)>,
}

impl Case {
    fn new() -> Case {
        let folder = TempDir::new().unwrap();
        write(folder.path(), "rows.csv", &good());
        write(folder.path(), "spanwise.toml", PROJECT);
        let ended = run(folder.path(), &["run"]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        let before = files(&folder.path().join("out"));
        assert!(!before.is_empty());
        Case { folder, before }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn with_data(bytes: &[u8]) -> Case {
        let case = Case::new();
        std::fs::write(case.path().join("rows.csv"), bytes).unwrap();
        case
    }

    fn with_project(text: &str) -> Case {
        let case = Case::new();
        write(case.path(), "spanwise.toml", text);
        case
    }

    /// Runs, expects a refusal, and looks whether anything was lost.
    fn refused(&self, code: i32, words: &[&str]) {
        let ended = run(self.path(), &["run"]);
        is_refusal(&ended, code, words);
        assert_eq!(
            files(&self.path().join("out")),
            self.before,
            "what was there before is untouched"
        );
    }
}

fn is_refusal(ended: &Ended, code: i32, words: &[&str]) {
    assert_eq!(ended.code, code, "{}", ended.stderr);
    let error = ended.stderr.split("error: ").last().unwrap();
    for word in words {
        assert!(error.contains(word), "expected `{word}` in: {error}");
    }
    assert!(
        !error.contains("\n\n") && error.len() < 2500,
        "one paragraph: {error}"
    );
    assert!(!error.contains("panicked") && !error.contains(".rs:"), "{error}");
}

#[test]
fn an_empty_file() {
    Case::with_data(b"").refused(3, &["rows.csv", "0 bytes"]);
}

#[test]
fn a_header_without_rows() {
    Case::with_data(ROWS.as_bytes()).refused(3, &["a header and no row"]);
}

#[test]
fn binary_junk() {
    Case::with_data(&[0, 159, 146, 150, 1, 2, 3, 0, 7, 8]).refused(3, &["not a text table", "control bytes"]);
}

#[test]
fn a_missing_file() {
    let case = Case::new();
    std::fs::remove_file(case.path().join("rows.csv")).unwrap();
    case.refused(4, &["rows.csv", "No such file"]);
}

#[test]
fn a_wrong_target_and_other_wrong_names_together() {
    let project = PROJECT
        .replace("target = \"y\"", "target = \"yy\"\nexclude = [\"cc\"]")
        .replace("key = \"id\"", "key = \"idd\"");
    let case = Case::with_project(&project);
    case.refused(
        2,
        &[
            "spanwise.toml:3:7",
            "did you mean `id`?",
            "spanwise.toml:6:10",
            "no column `yy`",
            "did you mean `y`?",
            "no column `cc`",
        ],
    );
}

#[test]
fn unknown_keys_and_wrong_types_are_all_reported() {
    let project = "[project]\nsed = 7\n\n[data.rows]\nsource = \"rows.csv\"\n\n[model.m]\ntarget = 3\nfolds = 99\n\n[modle.x]\n";
    Case::with_project(project).refused(
        2,
        &[
            ":2:1",
            "did you mean `seed`?",
            ":8:10",
            "expected a text",
            ":9:9",
            "2 to 20",
            ":11:2",
            "did you mean `model`?",
        ],
    );
}

#[test]
fn a_project_file_that_is_not_toml() {
    Case::with_project("[data.rows\nsource = ").refused(2, &["spanwise.toml:1", "expected TOML"]);
}

#[test]
fn no_project_at_all() {
    let folder = TempDir::new().unwrap();
    is_refusal(
        &run(folder.path(), &["run"]),
        4,
        &["spanwise.toml", "No such file"],
    );
}

#[test]
fn one_class() {
    Case::with_data(good().replace("yes", "no").as_bytes())
        .refused(2, &["[model.m].target", "the one value `no` in 60 rows"]);
}

#[test]
fn a_positive_class_that_does_not_occur() {
    Case::with_project(&PROJECT.replace("\"yes\"", "\"Yes\"")).refused(2, &["`Yes`", "did you mean `yes`?"]);
}

#[test]
fn too_few_rows_of_a_class() {
    let text = ROWS.to_owned()
        + &(0..60)
            .map(|i| format!("r{i},{i},a,{}\n", if i < 2 { "yes" } else { "no" }))
            .collect::<String>();
    Case::with_data(text.as_bytes()).refused(3, &["evaluate m", "cannot make 5 folds", "2 rows"]);
}

#[test]
fn constant_and_all_missing_columns_are_left_out_and_it_runs() {
    let text: String = good()
        .lines()
        .enumerate()
        .map(|(i, line)| format!("{line},{}\n", if i == 0 { "k,n" } else { "1," }))
        .collect();
    let case = Case::with_data(text.as_bytes());
    let ended = run(case.path(), &["run"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let bundle = bundle::Bundle::load(&case.path().join("out/m.bundle")).unwrap();
    let names: Vec<&str> = bundle
        .card
        .left_out
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(names, ["k", "n"]);
}

#[test]
fn nothing_left_to_learn_from() {
    let text = "id,k,y\n".to_owned()
        + &(0..60)
            .map(|i| format!("r{i},1,{}\n", ["yes", "no"][i % 2]))
            .collect::<String>();
    Case::with_data(text.as_bytes()).refused(3, &["no column is left", "`k` has one value"]);
}

#[test]
fn duplicate_names() {
    Case::with_data(good().replace("id,x,c,y", "id,x,x,y").as_bytes())
        .refused(3, &["names column `x` twice", "positions 2 and 3"]);
}

#[test]
fn ten_thousand_columns() {
    let header: String = (0..10_000).map(|i| format!("c{i},")).collect();
    let row = "1,".repeat(10_000);
    Case::with_data(format!("{header}y\n{row}yes\n").as_bytes())
        .refused(3, &["10001 columns", "at most 4096", "max_columns"]);
}

#[test]
fn a_folder_in_a_files_place() {
    let case = Case::new();
    std::fs::remove_file(case.path().join("rows.csv")).unwrap();
    std::fs::create_dir(case.path().join("rows.csv")).unwrap();
    case.refused(3, &["is a folder, expected a file"]);
}

#[test]
fn a_file_in_a_folders_place() {
    let folder = TempDir::new().unwrap();
    write(folder.path(), "rows.csv", &good());
    write(folder.path(), "spanwise.toml", PROJECT);
    write(folder.path(), ".spanwise", "I am a file");
    is_refusal(&run(folder.path(), &["run"]), 4, &["cannot", ".spanwise"]);
    assert_eq!(
        std::fs::read_to_string(folder.path().join(".spanwise")).unwrap(),
        "I am a file"
    );
}

/// A folder on a file system of its own with little room, which only this process and its children see; the rest of
/// the process goes on in it. `None` where the machine does not allow that.
fn small_disk(script: &str) -> Option<Ended> {
    let whole = format!("mount -t tmpfs -o size=4m,nr_inodes=2k tmpfs \"$0\" && cd \"$0\" && {script}");
    let folder = TempDir::new().unwrap();
    let can = std::process::Command::new("unshare")
        .args(["-rm", "mount", "-t", "tmpfs", "tmpfs"])
        .arg(folder.path())
        .output();
    if !can.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: this machine lets no test mount a file system");
        return None;
    }
    let output = std::process::Command::new("unshare")
        .args(["-rm", "bash", "-ec", &whole])
        .arg(folder.path())
        .output()
        .unwrap();
    Some(crate::support::ended(output))
}

#[test]
fn a_disk_that_is_full() {
    let case = Case::new();
    let (from, binary) = (case.path().display(), env!("CARGO_BIN_EXE_spanwise"));
    // What is left of the room is filled, one row of the data changes, and the run cannot write; then there is room again.
    let script = format!(
        "cp -r {from}/. . && find out -type f | sort | xargs sha256sum > /dev/shm/before-$$; \
         sed -i 's/^r1,/r1x,/' rows.csv; \
         cat /dev/zero > filler 2>/dev/null || true; \
         code=0; NO_COLOR=1 {binary} run || code=$?; \
         sha256sum --quiet --check /dev/shm/before-$$; rm /dev/shm/before-$$ filler; \
         {binary} run >/dev/null; exit $code"
    );
    let Some(ended) = small_disk(&script) else { return };
    is_refusal(&ended, 4, &["cannot", "No space left on device"]);
}

#[test]
fn a_file_that_may_not_grow() {
    let case = Case::new();
    let changed = good().replace("r1,", "r1x,");
    write(case.path(), "rows.csv", &changed);
    let script = format!(
        "ulimit -f 1; trap '' XFSZ; exec {} run",
        env!("CARGO_BIN_EXE_spanwise")
    );
    let output = std::process::Command::new("bash")
        .current_dir(case.path())
        .args(["-c", &script])
        .output()
        .unwrap();
    is_refusal(&crate::support::ended(output), 4, &["cannot"]);
    assert_eq!(files(&case.path().join("out")), case.before);
    assert_eq!(run(case.path(), &["run"]).code, 0, "with room again, it goes on");
}

#[test]
fn a_folder_that_may_not_be_written() {
    let output = spanwise()
        .args(["demo", "churn", "--into", "/proc/spanwise-demo"])
        .output()
        .unwrap();
    is_refusal(&crate::support::ended(output), 4, &["/proc/spanwise-demo"]);
}

#[test]
fn a_port_that_is_taken() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let bundle = demo().bundle();
    let ended = run(
        &demo().path(),
        &["serve", bundle.to_str().unwrap(), "--address", &address],
    );
    is_refusal(&ended, 4, &[&address]);
}

#[test]
fn off_loopback_without_keys() {
    let bundle = demo().bundle();
    let ended = run(
        &demo().path(),
        &["serve", bundle.to_str().unwrap(), "--address", "0.0.0.0:0"],
    );
    is_refusal(&ended, 2, &["key"]);
}

#[test]
fn bundles_cut_short_or_changed() {
    let folder = TempDir::new().unwrap();
    let bytes = std::fs::read(demo().bundle()).unwrap();
    let rows = demo().path().join("later.csv");
    let n = bytes.len();
    for cut in [0, 1, 8, 63, 64, 1000, n / 2, n - 1] {
        std::fs::write(folder.path().join("x.bundle"), &bytes[..cut]).unwrap();
        is_refusal(
            &run(folder.path(), &["score", "x.bundle", rows.to_str().unwrap()]),
            3,
            &["x.bundle", "not a sound bundle"],
        );
    }
    for at in [0, 9, 13, 20, 50, 70, n / 3, n - 40] {
        let mut changed = bytes.clone();
        changed[at] ^= 0x40;
        std::fs::write(folder.path().join("x.bundle"), changed).unwrap();
        is_refusal(
            &run(folder.path(), &["score", "x.bundle", rows.to_str().unwrap()]),
            3,
            &["not a sound bundle"],
        );
    }
}

#[test]
fn rows_that_lack_or_mistype_a_column() {
    let folder = TempDir::new().unwrap();
    let later = std::fs::read_to_string(demo().path().join("later.csv")).unwrap();
    let bundle = demo().bundle();
    let score = |text: &str| {
        write(folder.path(), "rows.csv", text);
        run(folder.path(), &["score", bundle.to_str().unwrap(), "rows.csv"])
    };
    is_refusal(
        &score(&later.replacen("support_calls", "suport_calls", 1)),
        3,
        &["no column `support_calls`", "did you mean `suport_calls`?"],
    );
    is_refusal(&score("a\n1\n"), 3, &["no column"]);
}

#[test]
fn a_request_with_a_bad_row_is_refused_by_name_and_the_service_lives() {
    let folder = TempDir::new().unwrap();
    let bundle = demo().bundle();
    let served = Served::start(folder.path(), &[bundle.to_str().unwrap()]);
    let rows = |tenure: &str| {
        format!(
            "contract,tenure_months,monthly_charge,support_calls,payment,region,age,channel,joined\nmonthly,{tenure},50,1,card,north,40,web,2020-01-01\n"
        )
    };
    let ask = |text: &str| served.post("/invocations", "text/csv", text.as_bytes());
    for (tenure, word) in [("500", "tenure_months"), ("", "tenure_months")] {
        let (status, body) = ask(&rows(tenure));
        assert_eq!(status, 400, "{body}");
        assert!(body.contains(word), "{body}");
    }
    let (status, body) = ask("contract\nmonthly\n");
    assert_eq!(status, 400, "{body}");
    assert!(
        body.contains("tenure_months") || body.contains("column"),
        "{body}"
    );
    assert_eq!(ask(&rows("5")).0, 200);
    served.stop();
}

#[test]
fn a_contract_that_refuses() {
    let case = Case::with_project(&format!(
        "{PROJECT}\n[expect.rows]\nx = {{ max = 10, action = \"refuse\" }}\n"
    ));
    case.refused(
        3,
        &[
            "table `rows` breaks its contract",
            "`max = 10` of column `x`",
            "first: row 12",
        ],
    );
}

#[test]
fn a_rule_about_the_table() {
    let case = Case::with_project(&format!(
        "{PROJECT}\n[expect.rows]\n\"*\" = {{ min_rows = 1000 }}\nc = {{ unique = true }}\n"
    ));
    case.refused(
        3,
        &["found 60 rows, expected at least 1000", "`c` repeats a value"],
    );
}

#[test]
fn queries_that_cannot_be_planned_or_repeated() {
    let sql = |query: &str| {
        format!(
            "[data.rows]\nsource = \"rows.csv\"\n[data.t]\nsql = \"{query}\"\n[model.m]\ntarget = \"y\"\npositive = \"yes\"\n"
        )
    };
    Case::with_project(&sql("SELECT * FROM row")).refused(2, &["no table `row`", "did you mean `rows`?"]);
    Case::with_project(&sql("SELECT xx, y FROM rows")).refused(2, &["no column `xx`"]);
    Case::with_project(&sql("SELECT x, y, random() AS r FROM rows"))
        .refused(2, &["`random` cannot be used in a training query"]);
    Case::with_project(&sql("SELECT * FROM t, rows")).refused(2, &["table"]);
}

#[test]
fn expressions_that_do_not_fit() {
    let project = format!("{PROJECT}\n[model.m.features]\na = \"x + c\"\nb = \"lenght(c)\"\n");
    Case::with_project(&project).refused(2, &["did you mean `length`?"]);
    let project = format!("{PROJECT}\n[model.m.features]\na = \"x + c\"\nb = \"xs * 2\"\n");
    Case::with_project(&project).refused(
        2,
        &[
            "[model.m].features.a",
            "found text, expected number",
            "no column `xs`",
        ],
    );
}

#[test]
fn parameters_out_of_range() {
    let project = format!("{PROJECT}trainer = \"boost\"\n[model.m.params]\nlearning_rte = 0.1\n");
    Case::with_project(&project).refused(2, &["did you mean `learning_rate`?"]);
    let project = format!("{PROJECT}trainer = \"boost\"\n[model.m.params]\nlearning_rate = 7\n");
    Case::with_project(&project).refused(2, &["learning_rate", "7"]);
}

#[test]
fn sources_that_need_an_environment_variable() {
    let project = PROJECT.replace("rows.csv", "${SPANWISE_TEST_NOWHERE}/rows.csv");
    Case::with_project(&project).refused(2, &["SPANWISE_TEST_NOWHERE", "--data rows=PATH"]);
}

#[test]
fn the_command_line_itself() {
    let folder = TempDir::new().unwrap();
    assert_eq!(run(folder.path(), &["rnu"]).code, 2);
    assert_eq!(run(folder.path(), &["--help"]).code, 0);
    is_refusal(
        &run(folder.path(), &["demo", "chrun"]),
        2,
        &["did you mean `churn`?"],
    );
    is_refusal(
        &run(folder.path(), &["explore", "nowhere.csv"]),
        4,
        &["nowhere.csv"],
    );
    is_refusal(
        &run(folder.path(), &["explore", "x.docx"]),
        2,
        &["unknown format", "docx"],
    );
    let object: serde_json::Value =
        serde_json::from_str(&run(folder.path(), &["--json", "explore", "nowhere.csv"]).stdout).unwrap();
    assert_eq!(object["exit_code"], 4);
}

#[test]
fn a_pipe_that_closes_early_is_no_failure() {
    let bundle = demo().bundle();
    let script = format!(
        "{} score {} later.csv | head -n 1; exit ${{PIPESTATUS[0]}}",
        env!("CARGO_BIN_EXE_spanwise"),
        bundle.display()
    );
    let output = std::process::Command::new("bash")
        .current_dir(demo().path())
        .args(["-c", &script])
        .output()
        .unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn intervals_that_cannot_be() {
    let intervals = |text: &str| format!("{PROJECT}intervals = {text}\n");
    Case::with_project(&intervals("0.9")).refused(2, &["spanwise.toml:8:13", "a classification task"]);
    Case::with_project(&intervals("\"90%\"")).refused(2, &[":8:13", "a number or a table"]);
    Case::with_project(&intervals("{ level = 90, of = \"c\" }")).refused(
        2,
        &[
            "unknown key `of`",
            "[model.m].intervals.level",
            "above 0 and below 1",
        ],
    );
    let number = |text: &str| intervals(text).replace("\"y\"\npositive = \"yes\"", "\"x\"");
    Case::with_project(&number("0.99")).refused(2, &[":7:13", "found 48 rows", "at least 99"]);
    Case::with_project(&number("{ level = 0.9, by = \"cc\" }"))
        .refused(2, &["no column `cc`", "did you mean `c`?"]);
    Case::with_project(&number("{ level = 0.9, by = \"id\" }")).refused(2, &["the key `id`"]);
}
