//! What a service tells of itself: its section, and what the command line decides instead.

use crate::ProjectError;
use crate::file::Service;
use serve::{AccessLog, Level, LineFormat, ServeError, Sink, Telling};
use std::path::{Path, PathBuf};

/// What the command line decides of what a service tells, and whom it has to tell.
#[derive(Clone, Debug, Default)]
pub struct TellOverrides {
    /// Takes the service's own events.
    pub events: Option<Sink>,
    /// Takes the access log where it is called `-`.
    pub lines: Option<Sink>,
    /// The form of lines.
    pub format: Option<LineFormat>,
    /// The least of what is told.
    pub level: Option<Level>,
    /// The file of the access log, or `-`.
    pub access: Option<String>,
    /// Where traces and logs go over OTLP.
    pub otlp: Option<String>,
    /// The file of the audit log.
    pub audit: Option<PathBuf>,
}

impl TellOverrides {
    /// What is told; the files of a section lie where the project does.
    ///
    /// # Errors
    /// [`ProjectError`]: lines are to go to `-`, and nobody takes them.
    pub(super) fn telling(&self, section: Option<(&Service, &Path)>) -> Result<Telling, ProjectError> {
        let own = section.map(|(service, _)| service);
        let placed = |path: &Path| section.map_or(path.to_owned(), |(_, root)| root.join(path));
        let access = match (&self.access, own.and_then(|own| own.access_log.as_ref())) {
            (Some(path), _) if path != "-" => Some(AccessLog::File(path.into())),
            (None, Some(path)) if path != "-" => Some(AccessLog::File(placed(Path::new(path)))),
            (None, None) => None,
            _ => Some(AccessLog::Lines(self.lines.clone().ok_or(ServeError::NoTaker)?)),
        };
        let own_audit = || own.and_then(|own| own.audit_log.as_deref()).map(placed);
        Ok(Telling {
            events: self.events.clone(),
            format: self
                .format
                .or(own.and_then(|own| own.log_format))
                .unwrap_or_default(),
            level: self
                .level
                .or(own.and_then(|own| own.log_level))
                .unwrap_or_default(),
            access,
            otlp: self.otlp.clone().or(own.and_then(|own| own.otlp.clone())),
            audit: self.audit.clone().or_else(own_audit),
        })
    }
}
