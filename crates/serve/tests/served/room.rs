//! Many bundles in little memory: loaded when asked for, dropped for others, and refused where they do not fit.

use crate::client::{Running, serve, serve_with};
use crate::forms;
use crate::sample::{self, Columns};
use serde_json::json;

fn simple() -> bundle::Bundle {
    sample::bundle(Columns::Simple, sample::binary(), vec![], &[])
}

/// About what a bundle takes, and a server of a folder of `n` with room for `n_fit`.
fn folder_of(n: usize, n_fit: u64) -> Running {
    serve_with(simple(), |config, folder| {
        let models = folder.path().join("models");
        std::fs::create_dir(&models).unwrap();
        for at in 0..n {
            std::fs::copy(
                folder.path().join("a.bundle"),
                models.join(format!("m{at}.bundle")),
            )
            .unwrap();
        }
        let size = std::fs::metadata(folder.path().join("a.bundle")).unwrap().len() * 4 + (64 << 10);
        config.models.clear();
        config.folder = Some(models);
        config.memory_bytes = Some(size * n_fit + 1000);
    })
}

fn loaded(running: &Running) -> Vec<String> {
    let page = running.get("/metrics").text();
    let of_line = |line: &str| {
        let name = line.strip_prefix("spanwise_model_loaded_info{model=\"")?;
        Some(name.split('"').next()?.to_owned())
    };
    page.lines().filter_map(of_line).collect()
}

#[test]
fn those_asked_for_longest_ago_make_room() {
    let running = folder_of(5, 2);
    let body = json!({ "instances": forms::records(&sample::rows(Columns::Simple, 3, 2)) });
    let ask = |name: &str| running.post(&format!("/v1/models/{name}:predict"), &body).ok();
    assert_eq!(
        loaded(&running),
        [""; 0],
        "nothing is loaded before it is asked for"
    );
    assert_eq!(running.get("/v2/health/ready").status, 200);
    let first = ask("m0");
    for (name, expected) in [
        ("m1", ["m0", "m1"]),
        ("m0", ["m0", "m1"]),
        ("m2", ["m0", "m2"]),
        ("m4", ["m2", "m4"]),
        ("m1", ["m1", "m4"]),
    ] {
        assert_eq!(ask(name), first);
        assert_eq!(loaded(&running), expected, "after {name}");
    }
    assert_eq!(running.get("/v1/models/m3").ok()["ready"], json!(true));
    assert_eq!(running.get("/v2/models/m3").ok()["name"], json!("m3"));
    let unknown = running.post("/v1/models/m:predict", &body).refused(404);
    assert!(unknown.contains("no model `m`; found `m0`, `m1`"), "{unknown}");
    let slip = running.post("/v1/models/m11:predict", &body).refused(404);
    assert!(slip.contains("did you mean `m1`?"), "{slip}");
    assert!(
        running
            .post("/v1/models/..%2Fa:predict", &body)
            .refused(404)
            .contains("no model")
    );
    let models = running.folder.path().join("models");
    std::fs::copy(models.join("m1.bundle"), models.join("later.bundle")).unwrap();
    assert_eq!(ask("later"), first, "a file that came since");
    std::fs::write(models.join("broken.bundle"), "none").unwrap();
    assert!(
        running
            .post("/v1/models/broken:predict", &body)
            .refused(500)
            .contains("missing or not sound")
    );
}

#[test]
fn many_ask_at_once() {
    let running = folder_of(6, 2);
    let body = json!({ "instances": forms::records(&sample::rows(Columns::Simple, 3, 2)) });
    std::thread::scope(|scope| {
        for thread in 0..6 {
            let (running, body) = (&running, &body);
            scope.spawn(move || {
                for turn in 0..20 {
                    let name = format!("m{}", (thread * 7 + turn) % 6);
                    running.post(&format!("/v1/models/{name}:predict"), body).ok();
                }
            });
        }
    });
    assert!(loaded(&running).len() <= 2);
}

#[test]
fn what_never_fits_is_refused() {
    let running = folder_of(1, 0);
    let body = json!({ "instances": [] });
    let sentence = running.post("/v1/models/m0:predict", &body).refused(507);
    assert!(
        sentence.contains("model `m0` needs about") && sentence.contains("may take 1000"),
        "{sentence}"
    );
    let fine = serve(simple());
    let model = serve::Model {
        name: "m".into(),
        path: fine.folder.path().join("a.bundle"),
        ..Default::default()
    };
    let mut config = serve::Config::new("127.0.0.1:0".parse().unwrap(), vec![model]);
    config.memory_bytes = Some(1000);
    let error = serve::start(config, std::sync::Arc::new(|| 0)).unwrap_err();
    assert!(
        matches!(
            error,
            serve::ServeError::NoRoom {
                limit_bytes: 1000,
                ..
            }
        ),
        "{error}"
    );
}
