//! What is wrong with a project file, and where.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

/// A value and the bytes of the project file that it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Its place, in bytes.
    pub span: Range<usize>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What it is about, such as `[model.churn].target`.
    pub offender: String,
    /// What was found.
    pub found: String,
    /// What was expected.
    pub expected: String,
    /// The nearest right name or another way out.
    pub hint: Option<String>,
    /// Its place, in bytes.
    pub span: Range<usize>,
}

/// Everything that is wrong with one project file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems {
    /// The file.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
    /// The problems, in the order of the file.
    pub list: Vec<Problem>,
}

impl Problem {
    /// A problem without a hint.
    pub fn new(
        offender: impl Into<String>,
        found: impl Into<String>,
        expected: impl Into<String>,
        span: Range<usize>,
    ) -> Problem {
        Problem {
            offender: offender.into(),
            found: found.into(),
            expected: expected.into(),
            hint: None,
            span,
        }
    }

    /// The same with the name among `known` that is nearest to `wrong`.
    pub fn did_you_mean<'a>(mut self, wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Problem {
        self.hint = table::nearest(wrong, known).map(|name| format!("did you mean `{name}`?"));
        self
    }
}

impl Problems {
    /// Line and column of a place, both from 1; columns count characters.
    pub fn position(&self, at: usize) -> (usize, usize) {
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let before = &self.text[..at];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (
            before.matches('\n').count() + 1,
            before[line_start..].chars().count() + 1,
        )
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, problem) in self.list.iter().enumerate() {
            if 0 < position {
                writeln!(f)?;
            }
            let (line, column) = self.position(problem.span.start);
            write!(
                f,
                "{}:{line}:{column}: {}: found {}, expected {}",
                self.path.display(),
                problem.offender,
                problem.found,
                problem.expected
            )?;
            if let Some(hint) = &problem.hint {
                write!(f, "; hint: {hint}")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
