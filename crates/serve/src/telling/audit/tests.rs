#![allow(clippy::unwrap_used)]
use super::*;
use std::sync::Arc;

fn clock() -> Clock {
    Arc::new(|| 1_700_000_000_000_000)
}

fn written(path: &Path, actions: &[&str]) -> Audit {
    let audit = Audit::open(path, &clock()).unwrap();
    for action in actions {
        audit.record(&Entry::swap("churn", action), 5).unwrap();
    }
    audit
}

#[test]
fn a_log_goes_on_where_it_ended_and_every_line_fits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/audit.jsonl");
    drop(written(&path, &["1", "2"]));
    drop(written(&path, &["3"]));
    let chain = verify(&path, None).unwrap();
    assert_eq!((chain.n_lines, chain.fault.clone()), (3, None));
    let kept = chain.last_hash.unwrap();
    drop(written(&path, &["4"]));
    assert!(verify(&path, Some(&kept)).unwrap().holds);
    // who cuts the log leaves lines that fit, and the hash that was kept is not among them
    let text = std::fs::read_to_string(&path).unwrap();
    let first: String = text.split_inclusive('\n').take(2).collect();
    std::fs::write(&path, first).unwrap();
    let chain = verify(&path, Some(&kept)).unwrap();
    assert_eq!((chain.n_lines, chain.fault, chain.holds), (2, None, false));
}

#[test]
fn the_first_line_that_was_changed_removed_or_added_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    drop(written(&path, &["1", "2", "3", "4"]));
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let first_fault = |lines: &[&str]| {
        std::fs::write(&path, lines.concat()).unwrap();
        verify(&path, None).unwrap().fault.map(|fault| fault.line)
    };
    assert_eq!(first_fault(&lines), None);
    let changed = lines[1].replace("\"2\"", "\"9\"");
    assert_eq!(first_fault(&[lines[0], &changed, lines[2], lines[3]]), Some(3));
    assert_eq!(first_fault(&[lines[0], lines[2], lines[3]]), Some(2));
    assert_eq!(first_fault(&[lines[0], lines[1], lines[1], lines[2]]), Some(3));
    assert_eq!(first_fault(&[lines[0], lines[2], lines[1], lines[3]]), Some(2));
    assert_eq!(first_fault(&[lines[1], lines[2]]), Some(1));
    assert_eq!(first_fault(&["what\n"]), Some(1));
}

#[test]
fn a_torn_line_is_told_and_kept_aside() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    drop(written(&path, &["1", "2"]));
    let text = std::fs::read(&path).unwrap();
    let whole = text.iter().rposition(|byte| *byte == b'\n').unwrap();
    let first = text.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    for cut in [first + 1, first + 40, whole] {
        std::fs::write(&path, &text[..cut]).unwrap();
        assert_eq!(verify(&path, None).unwrap().fault.unwrap().line, 2);
        let _ = std::fs::remove_file(beside(&path));
        drop(written(&path, &["3"]));
        let chain = verify(&path, None).unwrap();
        assert_eq!((chain.n_lines, chain.fault), (3, None));
        let kept = std::fs::read(beside(&path)).unwrap();
        assert_eq!(kept, [&text[first..cut], b"\n"].concat());
        let now = std::fs::read_to_string(&path).unwrap();
        assert!(
            now.lines().nth(1).unwrap().contains("torn_line_set_aside"),
            "{now}"
        );
    }
}

#[test]
fn what_is_no_audit_log_or_another_ones_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    std::fs::write(&path, "my notes\n").unwrap();
    let error = Audit::open(&path, &clock()).unwrap_err().to_string();
    assert!(
        error.contains("notes.txt") && error.contains("an audit log"),
        "{error}"
    );
    assert_eq!(std::fs::read(&path).unwrap(), b"my notes\n");
    let path = folder.path().join("audit.jsonl");
    let first = written(&path, &["1"]);
    let error = Audit::open(&path, &clock()).unwrap_err().to_string();
    assert!(error.contains("another process"), "{error}");
    drop(first);
    assert!(Audit::open(&path, &clock()).is_ok());
}
