//! Progress of a run: a bar on a terminal, a line a step elsewhere.

use crate::print::Shell;
use indicatif::{ProgressBar, ProgressStyle};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

/// Tells the user which step runs, and the run whether the user wants to stop.
#[derive(Debug)]
pub(crate) struct Progress {
    shell: Shell,
    bar: Option<ProgressBar>,
    began: std::cell::Cell<Instant>,
    stop: Arc<AtomicBool>,
}

impl Progress {
    pub(crate) fn new(shell: &Shell) -> Progress {
        let bar = shell.is_live().then(|| {
            let bar = ProgressBar::new(0);
            let style = ProgressStyle::with_template("{spinner} {pos}/{len} {msg} {elapsed}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Progress {
            shell: *shell,
            bar,
            began: std::cell::Cell::new(Instant::now()),
            stop: stop_flag(),
        }
    }
}

/// How many rows have been seen, where a terminal shows it.
#[derive(Debug)]
pub(crate) struct Counted {
    bar: Option<ProgressBar>,
}

impl Counted {
    pub(crate) fn new(shell: &Shell) -> Counted {
        let bar = shell.is_live().then(|| {
            let bar = ProgressBar::new_spinner();
            let style = ProgressStyle::with_template("{spinner} {human_pos} rows, {per_sec} {elapsed}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Counted { bar }
    }

    pub(crate) fn seen(&self, n_rows: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(n_rows);
        }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// How far files are: bytes of so many on a terminal, elsewhere a line every ten seconds.
#[derive(Debug)]
pub(crate) struct Bytes {
    shell: Shell,
    bar: Option<ProgressBar>,
    began: Instant,
    told: Mutex<Instant>,
    of_bytes: AtomicU64,
    stop: Arc<AtomicBool>,
}

impl Bytes {
    pub(crate) fn new(shell: &Shell) -> Bytes {
        let bar = shell.is_live().then(|| {
            let bar = ProgressBar::new(0);
            let style =
                ProgressStyle::with_template("{spinner} {wide_bar} {bytes}/{total_bytes}, {msg}, {eta} left");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Bytes {
            shell: *shell,
            bar,
            began: Instant::now(),
            told: Mutex::new(Instant::now()),
            of_bytes: AtomicU64::new(0),
            stop: stop_flag(),
        }
    }

    /// Says how many bytes there are.
    pub(crate) fn begin(&self, of_bytes: u64) {
        self.of_bytes.store(of_bytes, Ordering::Relaxed);
        if let Some(bar) = &self.bar {
            bar.set_length(of_bytes);
        }
    }

    /// So many bytes and rows are done; `files` says of which files.
    pub(crate) fn at(&self, n_bytes: u64, n_rows: u64, files: &str) {
        let seconds = self.began.elapsed().as_secs_f64();
        let pace = table::count_text((n_rows as f64 / seconds.max(1e-3)) as u64);
        let Some(bar) = &self.bar else {
            let of_bytes = self.of_bytes.load(Ordering::Relaxed);
            return self.tell(&format!(
                "{files}: {pace} rows/s{}",
                left(n_bytes, of_bytes, seconds)
            ));
        };
        bar.set_position(n_bytes);
        bar.set_message(format!("{files}, {pace} rows/s"));
    }

    fn tell(&self, line: &str) {
        let Ok(mut told) = self.told.try_lock() else {
            return;
        };
        if Duration::from_secs(10) <= told.elapsed() {
            *told = Instant::now();
            self.shell.note(line);
        }
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }
}

/// The time that is left, at the pace so far.
fn left(n_bytes: u64, of_bytes: u64, seconds: f64) -> String {
    match n_bytes {
        0 => String::new(),
        _ => {
            let left = of_bytes.saturating_sub(n_bytes) as f64 / n_bytes as f64 * seconds;
            format!(", about {left:.0} s left")
        }
    }
}

impl Drop for Bytes {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// One thing after another that takes a while: a spinner on a terminal, elsewhere a line for each that took a second and more.
#[derive(Debug)]
pub(crate) struct Steps {
    shell: Shell,
    bar: Option<ProgressBar>,
}

impl Steps {
    pub(crate) fn new(shell: &Shell) -> Steps {
        let bar = shell.is_live().then(|| {
            let bar = ProgressBar::new_spinner();
            let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Steps { shell: *shell, bar }
    }

    /// Does `work`, which is `what`, such as `reading march.csv`.
    pub(crate) fn take<T>(&self, what: &str, work: impl FnOnce() -> T) -> T {
        if let Some(bar) = &self.bar {
            bar.reset_elapsed();
            bar.set_message(what.to_owned());
        }
        let began = Instant::now();
        let done = work();
        if let (None, Some(line)) = (&self.bar, took(what, began.elapsed())) {
            self.shell.note(&line);
        }
        done
    }
}

/// What is told of work that is done; nothing of what nobody waited for.
fn took(what: &str, time: Duration) -> Option<String> {
    (Duration::from_secs(1) <= time).then(|| format!("{what} ({:.1} s)", time.as_secs_f64()))
}

impl Drop for Steps {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Set by ctrl-c; the second one ends the process at once.
pub(crate) fn stop_flag() -> Arc<AtomicBool> {
    static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    let flag = FLAG.get_or_init(|| {
        let flag = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&flag);
        // Without a handler, ctrl-c ends the process, which loses no finished step either.
        let _ = ctrlc::set_handler(move || {
            if seen.swap(true, Ordering::SeqCst) {
                std::process::exit(130);
            }
        });
        flag
    });
    Arc::clone(flag)
}

impl project::Observer for Progress {
    fn started(&self, step: &str, done: usize, total: usize) {
        self.began.set(Instant::now());
        if let Some(bar) = &self.bar {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
            bar.set_message(step.to_owned());
        }
    }

    fn finished(&self, step: &str, cached: bool, done: usize, total: usize) {
        match &self.bar {
            Some(bar) => bar.set_position(done as u64),
            None if !cached => {
                let seconds = self.began.get().elapsed().as_secs_f64();
                self.shell
                    .note(&format!("[{done}/{total}] {step} ({seconds:.1} s)"));
            }
            None => {}
        }
    }

    fn told(&self, step: &str, news: &str) {
        let line = format!("{step}: {news}");
        match &self.bar {
            Some(bar) => bar.suspend(|| self.shell.note(&line)),
            None => self.shell.note(&line),
        }
    }

    fn interrupted(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_follows_from_the_pace() {
        assert_eq!(left(0, 100, 3.0), "");
        assert_eq!(left(25, 100, 3.0), ", about 9 s left");
        assert_eq!(left(120, 100, 3.0), ", about 0 s left");
    }

    #[test]
    fn work_of_a_second_and_more_is_told() {
        assert_eq!(took("reading a.csv", Duration::from_millis(999)), None);
        let told = took("reading a.csv", Duration::from_millis(2_340));
        assert_eq!(told.as_deref(), Some("reading a.csv (2.3 s)"));
    }
}
