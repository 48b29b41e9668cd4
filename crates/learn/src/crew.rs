//! Threads that share out small pieces of work.
//!
//! A round of boosting is hundreds of pieces of some ten microseconds each. A thread that falls asleep in between is woken
//! by the operating system, which takes longer than that; so the threads of a crew look out for work a while before they
//! sleep. Which thread does what never matters to what is found.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::LearnError;

/// After so long without work a thread falls asleep.
const PATIENCE: Duration = Duration::from_millis(1);

/// How often it looks out before others may have its core for a moment.
const LOOKS: usize = 200;

/// What every thread of a crew does with its number.
type Work<'w> = &'w (dyn Fn(usize) + Sync);

/// The thread that leads, number zero, and its mates.
pub(crate) struct Crew {
    shared: Arc<Shared>,
    mates: Vec<JoinHandle<()>>,
}

/// What leader and mates tell each other.
#[derive(Default)]
struct Shared {
    post: Mutex<Post>,
    /// Rings for those asleep.
    bell: Condvar,
    /// How often something was posted; changed together with the post.
    number: AtomicUsize,
    /// The mates at work.
    n_inside: AtomicUsize,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

#[derive(Default)]
struct Post {
    work: Option<Work<'static>>,
    n_asleep: usize,
    is_over: bool,
}

impl Crew {
    /// A crew of so many threads, of which the caller's is one.
    pub(crate) fn new(n_threads: usize) -> Result<Crew, LearnError> {
        let mut crew = Crew::alone();
        for number in 1..n_threads {
            let shared = Arc::clone(&crew.shared);
            let mate = std::thread::Builder::new().spawn(move || shared.serve(number));
            crew.mates.push(mate.map_err(|error| LearnError::Threads {
                n_threads,
                reason: error.to_string(),
            })?);
        }
        Ok(crew)
    }

    /// The leader without mates.
    pub(crate) fn alone() -> Crew {
        Crew {
            shared: Arc::default(),
            mates: vec![],
        }
    }

    pub(crate) fn n_threads(&self) -> usize {
        1 + self.mates.len()
    }

    /// Does each task once, on any thread, which is told its number. Tasks must not share out tasks of this crew.
    pub(crate) fn each<T: Send>(&self, tasks: impl IntoIterator<Item = T>, work: impl Fn(usize, T) + Sync) {
        if self.mates.is_empty() {
            return tasks.into_iter().for_each(|task| work(0, task));
        }
        let tasks: Vec<Mutex<Option<T>>> = tasks.into_iter().map(|task| Mutex::new(Some(task))).collect();
        if tasks.len() == 1 {
            return tasks.into_iter().for_each(|task| work(0, taken(&task)));
        }
        // Each thread has a row of tasks, the same ones whenever there are as many, so that it finds in its cache what it
        // left there; then it helps the others out.
        let n_threads = self.n_threads();
        let begun: Vec<AtomicUsize> = (0..n_threads).map(AtomicUsize::new).collect();
        self.all(&|thread| {
            for row in (thread..n_threads).chain(0..thread) {
                while let Some(task) = tasks.get(begun[row].fetch_add(n_threads, Ordering::Relaxed)) {
                    work(thread, taken(task));
                }
            }
        });
    }

    /// What becomes of each task, in their order.
    pub(crate) fn map<T: Send, R: Send>(
        &self,
        tasks: impl IntoIterator<Item = T>,
        work: impl Fn(usize, T) -> R + Sync,
    ) -> Vec<R> {
        let tasks: Vec<T> = tasks.into_iter().collect();
        let mut found: Vec<Option<R>> = tasks.iter().map(|_| None).collect();
        let places = tasks.into_iter().zip(&mut found);
        self.each(places, |thread, (task, place)| *place = Some(work(thread, task)));
        found.into_iter().flatten().collect()
    }

    /// Has every thread do something that is good for a mate to miss.
    #[allow(unsafe_code)]
    fn all(&self, work: Work<'_>) {
        // SAFETY: only the lifetime changes. The leader withdraws the post before `work` ends, also when it panics, and
        // then waits for the mates that took it up; nobody else has the reference.
        let lasting = unsafe { std::mem::transmute::<Work<'_>, Work<'static>>(work) };
        let withdrawal = Withdrawal(&self.shared);
        self.shared.put_up(lasting);
        work(0);
        drop(withdrawal);
        let panic = locked(&self.shared.panic).take();
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        let mut post = locked(&self.shared.post);
        post.is_over = true;
        // Under the lock, as each new number: a mate that has just found nothing new sleeps before the bell rings.
        self.shared.number.fetch_add(1, Ordering::Release);
        drop(post);
        self.shared.bell.notify_all();
        for mate in self.mates.drain(..) {
            // A mate catches what panics.
            let _ = mate.join();
        }
    }
}

impl Shared {
    fn put_up(&self, work: Work<'static>) {
        let mut post = locked(&self.post);
        post.work = Some(work);
        self.number.fetch_add(1, Ordering::Release);
        if 0 < post.n_asleep {
            self.bell.notify_all();
        }
    }

    /// What a mate does until the end.
    fn serve(&self, thread: usize) {
        let mut seen = 0;
        loop {
            self.look_out(seen);
            let mut post = locked(&self.post);
            while seen == self.number.load(Ordering::Relaxed) {
                post.n_asleep += 1;
                post = self.bell.wait(post).unwrap_or_else(PoisonError::into_inner);
                post.n_asleep -= 1;
            }
            if post.is_over {
                return;
            }
            seen = self.number.load(Ordering::Relaxed);
            let Some(work) = post.work else {
                continue;
            };
            self.n_inside.fetch_add(1, Ordering::Relaxed);
            drop(post);
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| work(thread))) {
                *locked(&self.panic) = Some(panic);
            }
            self.n_inside.fetch_sub(1, Ordering::Release);
        }
    }

    /// Waits a while for a post that was not seen.
    fn look_out(&self, seen: usize) {
        let is_new = || seen != self.number.load(Ordering::Relaxed);
        let start = Instant::now();
        while !spin_until(is_new) && start.elapsed() < PATIENCE {
            std::thread::yield_now();
        }
    }
}

/// Takes the post down and waits until nobody is at it.
struct Withdrawal<'s>(&'s Shared);

impl Drop for Withdrawal<'_> {
    fn drop(&mut self) {
        locked(&self.0.post).work = None;
        while !spin_until(|| self.0.n_inside.load(Ordering::Acquire) == 0) {
            std::thread::yield_now();
        }
        // The leader's own panic goes on; what mates say of the same work is not kept for the next.
        if std::thread::panicking() {
            locked(&self.0.panic).take();
        }
    }
}

fn spin_until(is_so: impl Fn() -> bool) -> bool {
    (0..LOOKS).any(|_| {
        std::hint::spin_loop();
        is_so()
    })
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing is half done where these locks are held, so a panic elsewhere leaves nothing wrong.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn taken<T>(task: &Mutex<Option<T>>) -> T {
    locked(task).take().expect("a task is begun once")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_panic_of_all_threads_is_over_when_it_is_caught() {
        let crew = Crew::new(3).unwrap();
        let meet = std::sync::Barrier::new(3);
        let all = || {
            crew.each([(); 3], |_, ()| {
                meet.wait();
                panic!("of all")
            });
        };
        assert!(catch_unwind(AssertUnwindSafe(all)).is_err());
        assert_eq!(crew.map([1, 2], |_, task| task), [1, 2]);
    }

    #[test]
    fn every_task_is_done_once_and_keeps_its_place() {
        for n_threads in [1, 2, 3, 8] {
            let crew = Crew::new(n_threads).unwrap();
            for n_tasks in [0, 1, 2, 7, 1000] {
                let mut tasks = vec![0; n_tasks];
                crew.each(&mut tasks, |thread, task| {
                    assert!(thread < n_threads);
                    *task += 1;
                });
                assert!(tasks.iter().all(|&task| task == 1));
                let squares = crew.map(0..n_tasks, |_, number| number * number);
                assert!(squares.into_iter().eq((0..n_tasks).map(|number| number * number)));
            }
        }
    }

    #[test]
    fn threads_that_fell_asleep_are_woken() {
        let crew = Crew::new(2).unwrap();
        for _ in 0..3 {
            std::thread::sleep(10 * PATIENCE);
            let meet = std::sync::Barrier::new(2);
            crew.each([(), ()], |_, ()| {
                meet.wait();
            });
        }
    }

    #[test]
    fn a_crew_ends_whenever_it_is_told() {
        for nap in 0..300 {
            let crew = Crew::new(3).unwrap();
            crew.each([(); 6], |_, ()| ());
            // Some mates still look out then, some are about to fall asleep, some do.
            std::thread::sleep(PATIENCE * nap / 150);
        }
    }

    #[test]
    fn a_panic_of_any_thread_reaches_the_leader_and_the_crew_goes_on() {
        let crew = Crew::new(3).unwrap();
        for bad in [0, 1, 50] {
            let work = || crew.each(0..100, |_, task| assert!(task != bad, "task {task}"));
            let panic = catch_unwind(AssertUnwindSafe(work)).unwrap_err();
            assert_eq!(*panic.downcast::<String>().unwrap(), format!("task {bad}"));
            assert_eq!(crew.map([1, 2], |_, task| task), [1, 2]);
        }
        // Each has one task, the leader too, and only mates panic.
        let meet = std::sync::Barrier::new(3);
        let work = || {
            crew.each([(); 3], |thread, ()| {
                meet.wait();
                assert!(thread == 0, "a mate");
            });
        };
        let panic = catch_unwind(AssertUnwindSafe(work)).unwrap_err();
        assert_eq!(*panic.downcast::<&str>().unwrap(), "a mate");
    }
}
