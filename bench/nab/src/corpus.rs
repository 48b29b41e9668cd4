//! The labelled series, as they lie in the folder of NAB.

use std::fs;
use std::path::Path;

/// A series and the rows that are labelled.
#[derive(Debug)]
pub(crate) struct Series {
    /// When each value was taken.
    pub(crate) times: Vec<String>,
    /// The values.
    pub(crate) values: Vec<f64>,
    /// First and last row of each window.
    pub(crate) windows: Vec<(usize, usize)>,
}

impl Series {
    /// How many rows at the start are not judged: 15 %, of 5,000 at most.
    pub(crate) fn n_probation(&self) -> usize {
        (self.values.len() * 15 / 100).min(750)
    }

    /// Minutes between values, by the most common of the first hundred distances.
    pub(crate) fn step_minutes(&self) -> usize {
        let mut steps: Vec<usize> = self
            .times
            .windows(2)
            .take(100)
            .map(|pair| minutes(&pair[1]).abs_diff(minutes(&pair[0])))
            .collect();
        steps.sort_unstable();
        let longest = steps.chunk_by(|a, b| a == b).max_by_key(|run| run.len());
        longest.map_or(5, |run| run[0].max(1))
    }
}

/// Minutes since the start of the month, which is enough for distances.
fn minutes(time: &str) -> usize {
    let number = |from: usize| {
        time.get(from..from + 2)
            .and_then(|text| text.parse().ok())
            .unwrap_or(0_usize)
    };
    (number(8) * 24 + number(11)) * 60 + number(14)
}

/// All series that `windows.json` names, in its order.
pub(crate) fn read(folder: &Path) -> Result<Vec<Series>, String> {
    let path = folder.join("windows.json");
    let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let mut labelled: Vec<(String, Vec<String>)> = Vec::new();
    // Names of files and times are all the strings that there are.
    for word in text.split('"').skip(1).step_by(2) {
        match labelled.last_mut() {
            _ if word.ends_with(".csv") => labelled.push((word.to_owned(), Vec::new())),
            Some((_, times)) => times.push(word.chars().take(19).collect()),
            None => return Err(format!("{}: `{word}` stands before any file", path.display())),
        }
    }
    labelled
        .into_iter()
        .map(|(name, limits)| series(folder, name, &limits))
        .collect()
}

fn series(folder: &Path, name: String, limits: &[String]) -> Result<Series, String> {
    let text = fs::read_to_string(folder.join(&name)).map_err(|e| format!("{name}: {e}"))?;
    let (mut times, mut values) = (Vec::new(), Vec::new());
    for (i, line) in text.lines().enumerate().skip(1) {
        let (time, value) = line
            .split_once(',')
            .ok_or(format!("{name}, line {}: no comma", i + 1))?;
        times.push(time.to_owned());
        values.push(
            value
                .trim()
                .parse()
                .map_err(|e| format!("{name}, line {}: {e}", i + 1))?,
        );
    }
    let row = |time: &String| {
        let found = times.iter().position(|t| t == time);
        found.ok_or(format!("{name}: no row at `{time}`"))
    };
    let windows: Result<Vec<_>, String> = limits
        .chunks(2)
        .map(|pair| Ok((row(&pair[0])?, row(pair.get(1).unwrap_or(&pair[0]))?)))
        .collect();
    Ok(Series {
        windows: windows?,
        times,
        values,
    })
}
