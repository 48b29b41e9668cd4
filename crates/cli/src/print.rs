//! The one place that prints.

use anyhow::{Context, Error};
use serde::Serialize;
use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the one object was printed.
static PRINTED: AtomicBool = AtomicBool::new(false);

/// A wrong use of the command line that only the verb can see.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// Where results and messages go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shell {
    /// Whether results are JSON.
    pub(crate) json: bool,
    /// Whether progress is silent.
    pub(crate) quiet: bool,
    colour: bool,
}

impl Shell {
    pub(crate) fn new(json: bool, quiet: bool) -> Shell {
        let colour = std::io::stderr().is_terminal()
            && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Shell { json, quiet, colour }
    }

    /// Whether progress may move on the terminal.
    pub(crate) fn is_live(&self) -> bool {
        !self.quiet && std::io::stderr().is_terminal()
    }

    /// Whether results go to a terminal, where pictures in letters help.
    pub(crate) fn is_terminal(&self) -> bool {
        !self.json && std::io::stdout().is_terminal()
    }

    /// Whether results may be painted.
    pub(crate) fn is_coloured(&self) -> bool {
        std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
    }

    /// The columns of the terminal: what the environment says, else 80.
    pub(crate) fn width(&self) -> usize {
        let columns = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
        columns.filter(|n| (30..=200).contains(n)).unwrap_or(80)
    }

    /// A line of the result.
    pub(crate) fn line(&self, text: &str) -> Result<(), Error> {
        self.bytes(format!("{text}\n").as_bytes())
    }

    /// The result as bytes.
    pub(crate) fn bytes(&self, bytes: &[u8]) -> Result<(), Error> {
        let mut out = std::io::stdout().lock();
        out.write_all(bytes)
            .and_then(|()| out.flush())
            .context("cannot write the result")
    }

    /// The result as one JSON object: a process prints one, and no more.
    pub(crate) fn object(&self, object: &impl Serialize) -> Result<(), Error> {
        if PRINTED.swap(true, Ordering::SeqCst) {
            return Ok(());
        }
        let mut text = serde_json::to_vec_pretty(object).context("the result cannot be written as JSON")?;
        text.push(b'\n');
        self.bytes(&text)
    }

    /// Something the user should know that is no result.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            Self::write_error(&format!("{text}\n"));
        }
    }

    /// Something that may be wrong.
    pub(crate) fn warning(&self, text: &str) {
        Self::write_error(&format!("{}: {text}\n", self.painted("warning", "33")));
    }

    /// A refusal, its causes behind it.
    pub(crate) fn error(&self, error: &Error, code: u8) {
        let message = messages(error).join(": ");
        self.refusal(&message, code);
        Self::write_error(&format!("{}: {message}\n", self.painted("error", "31")));
    }

    /// The object that stands for a result that there is not; none without `--json`, or behind a result.
    pub(crate) fn refusal(&self, message: &str, code: u8) {
        if self.json {
            // If standard output is gone, standard error still says what happened.
            let _ = self.object(&serde_json::json!({ "error": message, "exit_code": code }));
        }
    }

    fn painted(&self, text: &str, code: &str) -> String {
        if self.colour {
            format!("\u{1b}[1;{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    fn write_error(text: &str) {
        // Nothing can be done about a closed standard error.
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    }
}

/// The messages of an error and its causes; one that the message before already holds is left out.
fn messages(error: &Error) -> Vec<String> {
    let mut messages: Vec<String> = Vec::new();
    for cause in error.chain() {
        let text = cause.to_string();
        if !messages.iter().any(|message| message.contains(&text)) {
            messages.push(text);
        }
    }
    messages
}
