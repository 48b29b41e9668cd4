//! A bounded queue before a thread that writes: who offers never waits, and what does not fit is counted.

use crate::ServeError;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The most that is written at once.
const MAX_BATCH: usize = 1024;
/// How long closing waits for a thread that cannot write: whoever reads its lines may have stopped reading.
const PATIENCE: Duration = Duration::from_secs(2);
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// The end that those hold who offer.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    /// `None` asks the thread to end.
    sender: SyncSender<Option<T>>,
    counts: Arc<Counts>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What became of what was offered.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) done: AtomicU64,
    /// It did not fit the queue.
    pub(crate) dropped: AtomicU64,
    /// It could not be written.
    pub(crate) failed: AtomicU64,
}

impl<T: Send + 'static> Queue<T> {
    /// Starts a thread that hands what comes to `work`, in its order. After each piece of work it rests for `pause`: those
    /// who offer meanwhile need not wake it.
    pub(crate) fn start(
        name: &str,
        capacity: usize,
        pause: Duration,
        work: impl FnMut(Vec<T>) -> io::Result<()> + Send + 'static,
    ) -> Result<Queue<T>, ServeError> {
        let (sender, receiver) = sync_channel(capacity);
        let counts = Arc::new(Counts::default());
        let for_thread = Arc::clone(&counts);
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || run(&receiver, pause, &for_thread, work))
            .map_err(|source| ServeError::System {
                action: "start a thread",
                source,
            })?;
        Ok(Queue {
            sender,
            counts,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Never waits.
    pub(crate) fn offer(&self, item: T) {
        if self.sender.try_send(Some(item)).is_err() {
            self.counts.dropped.fetch_add(1, Relaxed);
        }
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Has the thread write what waits and end; a thread that cannot is left alone after a while.
    pub(crate) fn close(&self) {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(thread) = thread else { return };
        let deadline = Instant::now() + PATIENCE;
        let mut is_asked = false;
        while !thread.is_finished() && Instant::now() < deadline {
            is_asked = is_asked || self.sender.try_send(None).is_ok();
            std::thread::sleep(LOOK_AGAIN);
        }
        if thread.is_finished() {
            // Its work is done, or it panicked and has told so.
            let _ = thread.join();
        }
    }
}

fn run<T>(
    receiver: &Receiver<Option<T>>,
    pause: Duration,
    counts: &Counts,
    mut work: impl FnMut(Vec<T>) -> io::Result<()>,
) {
    let mut is_over = false;
    while !is_over {
        let mut batch = Vec::new();
        let mut next = receiver.recv().ok();
        while let Some(message) = next {
            match message {
                Some(item) => batch.push(item),
                None => is_over = true,
            }
            let is_full = MAX_BATCH <= batch.len() || is_over;
            next = (!is_full).then(|| receiver.try_recv().ok()).flatten();
        }
        let n = batch.len() as u64;
        if n == 0 {
            // Asked to end, or nobody can offer any more.
            return;
        }
        let count = match work(batch) {
            Ok(()) => &counts.done,
            Err(_) => &counts.failed,
        };
        count.fetch_add(n, Relaxed);
        // a full batch has others behind it
        if !is_over && n < MAX_BATCH as u64 && !pause.is_zero() {
            std::thread::sleep(pause);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_writer_that_hangs_costs_those_who_offer_nothing() {
        let (go_on, waits) = std::sync::mpsc::channel::<()>();
        let work = move |_: Vec<u32>| {
            let _ = waits.recv();
            Ok(())
        };
        let queue = Queue::start("test", 4, Duration::ZERO, work).unwrap();
        let begin = Instant::now();
        for number in 0..100 {
            queue.offer(number);
        }
        assert!(begin.elapsed() < Duration::from_millis(500));
        // four wait, and no more than the first ones are being written
        assert!(90 <= queue.counts().dropped.load(Relaxed));
        drop(go_on);
        queue.close();
        assert_eq!(
            queue.counts().done.load(Relaxed) + queue.counts().dropped.load(Relaxed),
            100
        );
    }

    #[test]
    fn all_that_fits_is_written_in_its_order_before_the_end() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&seen);
        let work = move |batch: Vec<u32>| {
            kept.lock().unwrap().extend(batch);
            Ok(())
        };
        let queue = Queue::start("test", 5000, Duration::from_millis(1), work).unwrap();
        (0..3000).for_each(|number| queue.offer(number));
        queue.close();
        assert_eq!(*seen.lock().unwrap(), (0..3000).collect::<Vec<_>>());
    }
}
