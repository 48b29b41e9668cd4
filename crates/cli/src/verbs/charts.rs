//! Charts as files and in letters, for the verbs that have some.

use crate::print::Shell;
use anyhow::{Context, Error};
use report::Chart;
use std::path::{Path, PathBuf};

/// Pixels for each unit of a picture.
const SCALE: f64 = 2.0;

/// What to do with the pictures.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ChartArguments {
    /// Write every picture into this folder: as `.svg`, as `.png` and as a Plotly figure, `.json`.
    #[arg(long, value_name = "FOLDER")]
    charts: Option<PathBuf>,
    /// Draw pictures in letters beside the result, even where it goes to no terminal.
    #[arg(long)]
    draw: bool,
}

impl ChartArguments {
    /// Whether pictures are drawn in letters.
    pub(crate) fn are_drawn(&self, shell: &Shell) -> bool {
        !shell.json && (self.draw || shell.is_terminal())
    }

    /// Writes the pictures where they were asked for; `prefix` tells those of one result from those of others.
    pub(crate) fn write(&self, prefix: &str, charts: &[(String, Chart)], shell: &Shell) -> Result<(), Error> {
        let Some(folder) = &self.charts else {
            return Ok(());
        };
        std::fs::create_dir_all(folder).with_context(|| format!("the folder `{}`", folder.display()))?;
        for (place, (name, chart)) in charts.iter().enumerate() {
            let stem = format!("{prefix}{}", report::file_stem(place + 1, name));
            write(folder, &format!("{stem}.svg"), chart.to_svg().as_bytes())?;
            write(folder, &format!("{stem}.png"), &chart.to_png(SCALE)?)?;
            write(
                folder,
                &format!("{stem}.json"),
                chart.to_plotly().to_string().as_bytes(),
            )?;
        }
        shell.note(&format!("charts: {} in {}", charts.len(), folder.display()));
        Ok(())
    }
}

fn write(folder: &Path, name: &str, content: &[u8]) -> Result<(), Error> {
    let path = folder.join(name);
    table::file::write_atomic(&path, content).with_context(|| format!("the chart `{}`", path.display()))
}
