//! Pages on paper: a page of ours as a PDF, through the browser that is here.
//!
//! Our pages hold no script and load nothing, and nothing else is printed: a file that is no page of Spanwise is
//! refused, because a browser that opens it may run what it holds.

mod browser;

use crate::ProjectError;
use std::path::{Path, PathBuf};

pub use browser::{BROWSER_VARIABLE, find_browser};

/// What every page of ours begins with; behind it, the browser runs and loads nothing.
const BEGINNING: &str = "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">";

/// Writes the page at `page` as a PDF to `pdf`: A4, light, numbered, its headings as bookmarks.
///
/// The browser gets a copy of the page, a profile folder of its own that is removed afterwards, and a minute.
///
/// # Errors
/// [`ProjectError::Paper`]: there is no browser, it failed, or it took too long; [`ProjectError::Data`] if `page` is not
/// a page of Spanwise; [`ProjectError::Table`] if it cannot be read or `pdf` not be written.
pub fn print(page: &Path, pdf: &Path) -> Result<(), ProjectError> {
    let text = std::fs::read(page).map_err(|source| table::TableError::File {
        action: "read",
        path: page.to_owned(),
        source,
    })?;
    let bytes = print_bytes(&text, &page.display().to_string())?;
    Ok(table::file::write_atomic(pdf, &bytes)?)
}

/// The PDF of a page of ours; `name` is what a refusal calls it.
///
/// # Errors
/// As those of [`print`].
pub fn print_bytes(page: &[u8], name: &str) -> Result<Vec<u8>, ProjectError> {
    if !page.starts_with(BEGINNING.as_bytes()) || leads_elsewhere(&page[BEGINNING.len()..]) {
        return Err(ProjectError::data(
            format!("`{name}`"),
            "a file that Spanwise did not write",
            "a page of Spanwise: a story, profile, change, experiment or monitor page",
        ));
    }
    browser::print(&find_browser()?, page)
}

/// Whether behind the beginning something stands that no page of ours holds and that a policy does not stop: another
/// instruction to the browser, which may lead to another page, or something that is run or loaded.
fn leads_elsewhere(rest: &[u8]) -> bool {
    const STRANGE: [&[u8]; 8] = [
        b"script", b"iframe", b"frame", b"object", b"embed", b"base", b"link", b"form",
    ];
    const INSTRUCTION: &[u8] = b"http-equiv";
    let lower = rest.to_ascii_lowercase();
    lower.split(|byte| *byte == b'<').skip(1).any(|tag| {
        let tag = tag.split(|byte| *byte == b'>').next().unwrap_or_default();
        let name = tag
            .split(|byte| !byte.is_ascii_alphanumeric())
            .next()
            .unwrap_or_default();
        STRANGE.contains(&name)
            || name == b"meta" && tag.windows(INSTRUCTION.len()).any(|part| part == INSTRUCTION)
    })
}

/// The file beside `page` that its PDF goes to: `out/churn.html` becomes `out/churn.pdf`.
#[must_use]
pub fn beside(page: &Path) -> PathBuf {
    page.with_extension("pdf")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_ours_begin_as_expected() {
        let page = report::Story::default().to_html();
        assert!(page.starts_with(BEGINNING), "{}", &page[..200]);
        assert!(
            report::ProfilePage::default().to_html().starts_with(BEGINNING)
                && report::MonitorPage::default().to_html().starts_with(BEGINNING)
        );
    }

    #[test]
    fn pages_that_lead_elsewhere_are_refused() {
        for strange in [
            "<meta http-equiv=\"refresh\" content=\"0;url=http://127.0.0.1/\">",
            "<META content=\"0;url=file:///etc/passwd\" HTTP-EQUIV='refresh'>",
            "<Script>1</script>",
            "<iframe src=x>",
        ] {
            let page = format!("{BEGINNING}{strange}");
            assert!(print_bytes(page.as_bytes(), "made.html").is_err(), "{strange}");
        }
        assert!(!leads_elsewhere(b"<p>what http-equiv means</p>"));
    }

    #[test]
    fn other_pages_are_refused() {
        let error = print_bytes(b"<!DOCTYPE html><html><script>1</script></html>", "other.html");
        let text = error.expect_err("it is not ours").to_string();
        assert!(
            text.contains("`other.html`") && text.contains("expected a page of Spanwise"),
            "{text}"
        );
    }
}
