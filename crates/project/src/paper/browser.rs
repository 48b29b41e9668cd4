//! The browser: where it is, how it is started, and what it left.

use crate::ProjectError;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// The environment variable that names the browser.
pub const BROWSER_VARIABLE: &str = "SPANWISE_BROWSER";

/// Programs looked for in the search path, in this order.
const NAMES: [&str; 7] = [
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
    "chrome",
    "headless_shell",
    "microsoft-edge",
];
/// Where the systems put it that have no search path for programs with windows.
const PLACES: [&str; 5] = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
];
/// How it is started: no window, no network, nothing of the user's own profile. Script cannot be turned off, because
/// the browser prints by one of its own; the page's policy forbids it there.
const ARGUMENTS: [&str; 18] = [
    // nothing is fetched, not even by what should not be on a page
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=http://127.0.0.1:1",
    "--proxy-bypass-list=<-loopback>",
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-extensions",
    "--disable-component-update",
    "--disable-background-networking",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-crash-reporter",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-pings",
    "--no-pdf-header-footer",
    "--generate-pdf-document-outline",
];
/// How long it may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is asked whether it is done.
const PAUSE: Duration = Duration::from_millis(25);

/// The browser that prints: the one that `SPANWISE_BROWSER` names, else Chromium, Chrome or Edge where it is found.
///
/// # Errors
/// [`ProjectError::Paper`] if there is none, with how to get one.
pub fn find_browser() -> Result<PathBuf, ProjectError> {
    if let Some(named) = std::env::var_os(BROWSER_VARIABLE).filter(|named| !named.is_empty()) {
        let path = PathBuf::from(named);
        return match path.is_file() {
            true => Ok(path),
            false => Err(ProjectError::Paper {
                found: format!("`{BROWSER_VARIABLE}` is `{}`, which is no file", path.display()),
                expected: "the path of Chromium or Chrome".to_owned(),
            }),
        };
    }
    let folders: Vec<PathBuf> = std::env::var_os("PATH")
        .map(|path| std::env::split_paths(&path).collect())
        .unwrap_or_default();
    let in_path = NAMES
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let known = PLACES.iter().map(PathBuf::from);
    // A relative folder in the path would start whatever lies where the user happens to be.
    let is_there = |path: &PathBuf| path.is_absolute() && path.is_file();
    in_path.chain(known).find(is_there).ok_or_else(|| ProjectError::Paper {
        found: "no browser".to_owned(),
        expected: format!(
            "Chromium, Chrome or Edge; hint: install one (Debian and Ubuntu: `apt-get install chromium`, macOS: \
             `brew install --cask chromium`), set `{BROWSER_VARIABLE}` to its path, or open the page and print it"
        ),
    })
}

/// A folder for one print, readable by nobody else, gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new() -> std::io::Result<Folder> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("spanwise-print-{}-{n}", std::process::id()));
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        // Fails where something of that name is there already, so that nobody can have put it there before us.
        builder.create(&path)?;
        Ok(Folder(path))
    }

    /// Whether we are root: what we make is ours.
    fn is_of_root(&self) -> bool {
        #[cfg(unix)]
        return std::fs::metadata(&self.0).is_ok_and(|meta| std::os::unix::fs::MetadataExt::uid(&meta) == 0);
        #[cfg(not(unix))]
        false
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // The system clears its temporary folder where we cannot.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Lets `browser` print `page`.
pub(super) fn print(browser: &Path, page: &[u8]) -> Result<Vec<u8>, ProjectError> {
    let machine = |source: std::io::Error| ProjectError::Paper {
        found: format!("`{}` cannot be used: {source}", browser.display()),
        expected: "a browser that can be started, and a temporary folder".to_owned(),
    };
    let folder = Folder::new().map_err(machine)?;
    let (html, pdf, said) = (
        folder.0.join("page.html"),
        folder.0.join("page.pdf"),
        folder.0.join("said.txt"),
    );
    std::fs::write(&html, page).map_err(machine)?;
    let mut command = Command::new(browser);
    command
        .args(ARGUMENTS)
        .arg(argument("--user-data-dir=", &folder.0.join("profile")))
        .arg(argument("--print-to-pdf=", &pdf));
    if folder.is_of_root() {
        // Chromium refuses to be root in its sandbox; the page holds no script that could want out of it.
        command.arg("--no-sandbox");
    }
    let errors = std::fs::File::create(&said).map_err(machine)?;
    let child = command
        .arg(argument("file://", &html))
        .env("HOME", &folder.0)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(errors)
        .spawn()
        .map_err(machine)?;
    let status = wait(child, PATIENCE).map_err(machine)?;
    let bytes = std::fs::read(&pdf).unwrap_or_default();
    if bytes.starts_with(b"%PDF-") {
        return Ok(bytes);
    }
    Err(ProjectError::Paper {
        found: format!("`{}` {}", browser.display(), ending(status, &said)),
        expected: "a PDF of the page".to_owned(),
    })
}

/// An option with a path, whatever bytes the path has.
fn argument(option: &str, path: &Path) -> std::ffi::OsString {
    let mut argument = std::ffi::OsString::from(option);
    argument.push(path);
    argument
}

/// How the child ended; none if it did not within `patience`, and was stopped.
fn wait(mut child: Child, patience: Duration) -> std::io::Result<Option<ExitStatus>> {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if patience < began.elapsed() {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(PAUSE);
    }
}

/// What is said of a browser that left no PDF.
fn ending(status: Option<ExitStatus>, said: &Path) -> String {
    let Some(status) = status else {
        return format!("was not done after {} seconds", PATIENCE.as_secs());
    };
    let text = std::fs::read(said).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let last = text.lines().rev().find(|line| !line.trim().is_empty());
    let last = last.map(|line| line.trim().chars().take(200).collect::<String>());
    match last {
        Some(last) => format!("left no PDF ({status}): {last}"),
        None => format!("left no PDF ({status})"),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// A program that stands in for a browser.
    fn script(folder: &Path, lines: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;
        let path = folder.join("browser");
        std::fs::write(&path, format!("#!/bin/sh\n{lines}\n")).expect("a temporary folder");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
        path
    }

    #[test]
    fn what_the_browser_wrote_is_taken_and_its_folder_removed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let browser = script(
            folder.path(),
            &format!(
                "for a in \"$@\"; do case $a in --print-to-pdf=*) printf '%%PDF-1.7' > \"${{a#*=}}\"; echo \"${{a#*=}}\" > {}/place;; esac; done",
                folder.path().display()
            ),
        );
        assert_eq!(print(&browser, b"page").expect("it prints"), b"%PDF-1.7");
        let place = std::fs::read_to_string(folder.path().join("place")).expect("it was told a place");
        assert!(!Path::new(place.trim()).parent().expect("a folder").exists());
    }

    #[test]
    fn a_browser_that_fails_is_quoted() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let browser = script(folder.path(), "echo 'no display' >&2; exit 3");
        let text = print(&browser, b"page")
            .expect_err("nothing was printed")
            .to_string();
        assert!(
            text.contains("no display") && text.contains("expected a PDF"),
            "{text}"
        );
    }

    #[test]
    fn a_browser_that_hangs_is_stopped() {
        let child = Command::new("sleep")
            .arg("60")
            .spawn()
            .expect("every unix can sleep");
        let began = Instant::now();
        assert_eq!(wait(child, Duration::from_millis(80)).expect("it is ours"), None);
        assert!(began.elapsed() < Duration::from_secs(10));
    }
}
