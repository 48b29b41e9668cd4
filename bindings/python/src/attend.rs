//! Long work beside Python: the interpreter is free meanwhile, ctrl-c is heard, and progress told.

use learn::Progress;
use pyo3::prelude::*;
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// How often signals are looked for and progress is told.
const PERIOD: Duration = Duration::from_millis(50);

/// What the work says of itself, and whether it should stop.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    stop: AtomicBool,
    last: Mutex<Option<Progress>>,
    losses: Mutex<Vec<f64>>,
}

impl Desk {
    /// Notes progress; breaks off when ctrl-c was heard.
    pub(crate) fn tell(&self, progress: Progress) -> ControlFlow<()> {
        if let (Ok(mut losses), Some(loss), false) =
            (self.losses.lock(), progress.held_out_loss, progress.choosing)
        {
            losses.push(loss);
        }
        if let Ok(mut last) = self.last.lock() {
            *last = Some(progress);
        }
        match self.stop.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    /// Whether ctrl-c was heard.
    pub(crate) fn is_over(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// The mean losses of the held-out rows, round by round.
    pub(crate) fn losses(&self) -> Vec<f64> {
        self.losses
            .lock()
            .map(|losses| losses.clone())
            .unwrap_or_default()
    }

    /// Tells Python of what is new.
    fn pass_on(&self, py: Python<'_>, listener: Option<&Py<PyAny>>) -> PyResult<()> {
        let news = self.last.lock().ok().and_then(|mut last| last.take());
        if let (Some(listener), Some(news)) = (listener, news) {
            listener.call1(py, (news.round, news.n_rounds, news.held_out_loss, news.choosing))?;
        }
        Ok(())
    }
}

/// Runs `work` on a thread of its own; a signal or an error of the listener stops it and is raised.
pub(crate) fn attend<T: Send>(
    py: Python<'_>,
    listener: Option<&Py<PyAny>>,
    desk: &Desk,
    work: impl FnOnce() -> T + Send,
) -> PyResult<T> {
    attend_with(py, &desk.stop, |py| desk.pass_on(py, listener), work)
}

/// The same where `listen` passes on what is new, now and then and in the end, and `stop` is what the work looks at.
pub(crate) fn attend_with<T: Send>(
    py: Python<'_>,
    stop: &AtomicBool,
    listen: impl Fn(Python<'_>) -> PyResult<()> + Sync,
    work: impl FnOnce() -> T + Send,
) -> PyResult<T> {
    let outcome = py.detach(|| {
        let (sender, receiver) = channel::<()>();
        std::thread::scope(|scope| {
            let worker = scope.spawn(move || {
                // Dropped when the work ends, in whatever way.
                let _sender = sender;
                work()
            });
            let mut raised = None;
            while receiver.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
                let heard = |py: Python<'_>| py.check_signals().and_then(|()| listen(py));
                if raised.is_none()
                    && let Err(error) = Python::attach(heard)
                {
                    stop.store(true, Ordering::Relaxed);
                    raised = Some(error);
                }
            }
            (worker.join(), raised)
        })
    });
    match outcome {
        (_, Some(raised)) => Err(raised),
        (Ok(result), None) => listen(py).map(|()| result),
        (Err(panic), None) => std::panic::resume_unwind(panic),
    }
}
