//! What is told, in which form, and where it goes.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// What a service tells of itself, and to whom; nothing unless told otherwise.
#[derive(Clone, Debug, Default)]
pub struct Telling {
    /// Where the service's own events go, a line each.
    pub events: Option<Sink>,
    /// The form of lines.
    pub format: LineFormat,
    /// The least of what is told.
    pub level: Level,
    /// Where a line goes for each request.
    pub access: Option<AccessLog>,
    /// Where traces and logs go over OTLP, such as `http://127.0.0.1:4318`; else what the variables `OTEL_...` say.
    pub otlp: Option<String>,
    /// The file of the audit log: who changed what, each line carrying the hash of the line before.
    pub audit: Option<PathBuf>,
}

/// The form of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineFormat {
    /// For people.
    #[default]
    Text,
    /// An object of JSON.
    Json,
}

/// How much an event matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing is told.
    Off,
    /// Something failed.
    Error,
    /// Something is not as it should be, and goes on.
    Warn,
    /// Something happened.
    #[default]
    Info,
}

/// Where a line goes for each request.
#[derive(Clone, Debug)]
pub enum AccessLog {
    /// To the end of a file; one that was moved away is made anew.
    File(PathBuf),
    /// To whoever takes lines.
    Lines(Sink),
}

/// Takes whole lines, each with its end.
#[derive(Clone)]
pub struct Sink(Arc<Write>);

type Write = dyn Fn(&[u8]) -> io::Result<()> + Send + Sync;

impl Sink {
    /// Hands lines to `write`, which is called from one thread at a time for each log.
    pub fn new(write: impl Fn(&[u8]) -> io::Result<()> + Send + Sync + 'static) -> Sink {
        Sink(Arc::new(write))
    }

    pub(super) fn write(&self, lines: &[u8]) -> io::Result<()> {
        (self.0)(lines)
    }
}

impl std::fmt::Debug for Sink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sink")
    }
}

impl LineFormat {
    /// The words of the formats.
    pub const WORDS: [&'static str; 2] = ["text", "json"];

    /// The format of a word of [`LineFormat::WORDS`].
    pub fn of(word: &str) -> Option<LineFormat> {
        match word {
            "text" => Some(LineFormat::Text),
            "json" => Some(LineFormat::Json),
            _ => None,
        }
    }
}

impl Level {
    /// The words of the levels.
    pub const WORDS: [&'static str; 4] = ["off", "error", "warn", "info"];

    /// The level of a word of [`Level::WORDS`].
    pub fn of(word: &str) -> Option<Level> {
        let all = [Level::Off, Level::Error, Level::Warn, Level::Info];
        let position = Level::WORDS.iter().position(|known| *known == word)?;
        Some(all[position])
    }

    /// The level in a word.
    pub fn word(self) -> &'static str {
        Level::WORDS[self as usize]
    }
}
