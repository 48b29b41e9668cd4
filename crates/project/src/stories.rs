//! The stories of a project, by name.

use crate::ProjectError;
use crate::file::Project;
use crate::story::names;

/// The story called `name`, or all stories.
///
/// # Errors
/// [`ProjectError::NoSuchSection`] if there is no such story.
pub fn named(project: &Project, name: Option<&str>) -> Result<Vec<String>, ProjectError> {
    let all = names(project);
    let Some(name) = name else { return Ok(all) };
    if all.iter().any(|story| story == name) {
        return Ok(vec![name.to_owned()]);
    }
    Err(ProjectError::NoSuchSection {
        kind: "report",
        name: Some(name.to_owned()),
        found: table::quoted_list(all.iter().map(String::as_str), 12),
        nearest: table::nearest(name, all.iter().map(String::as_str)).map(str::to_owned),
    })
}
