//! `[score.*]`

use super::problem::Located;
use super::read::Reader;
use super::sections::ScoreSection;
use super::service::one_of;
use crate::batch::FORMATS;
use std::path::PathBuf;

pub(super) fn score(name: Located<String>, reader: &Reader<'_>) -> Option<ScoreSection> {
    let texts = |key: &str| {
        let texts = reader.texts(key)?;
        Some(texts.into_iter().map(|text| text.value).collect::<Vec<String>>())
    };
    let count = |key: &str| {
        let found = reader.whole(key);
        found.map_or(0, |found| usize::try_from(found.value).unwrap_or(usize::MAX))
    };
    let inputs = texts("input").unwrap_or_default();
    if inputs.is_empty() {
        let expected = "files, folders or patterns such as [\"in/**/*.csv\"]";
        reader.wrong("input", "none".to_owned(), expected, name.span.clone());
    }
    let format = reader.text("format");
    let format = format.and_then(|format| one_of(reader, "format", &format, &FORMATS).map(str::to_owned));
    let out = reader.text("out").map(|out| out.value);
    Some(ScoreSection {
        model: reader.text("model").unwrap_or_else(|| name.clone()),
        inputs: inputs.into_iter().map(PathBuf::from).collect(),
        out: out.unwrap_or_else(|| format!("scores/{}", name.value)).into(),
        format,
        keep: texts("keep"),
        n_reasons: count("reasons"),
        n_pairs: count("interactions"),
        name,
    })
}
