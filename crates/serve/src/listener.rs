//! Connections: only so many at a time, none that says nothing for long, and room for those that come.

use crate::secret::Stream;
use crate::tls::Certificates;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep};

/// A connection without a request under way for this long may be closed to make room for another.
const MIN_IDLE: Duration = Duration::from_millis(200);
/// How long to wait before looking again for one that may be closed.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Files that are not connections: the log, bundles that come, the registry.
const SPARE_FILES: usize = 64;

/// How many files this process may have open, as Linux tells it; many systems allow no more than there may be connections.
fn max_files() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Whether who came has gone already: then there is nobody to make room for.
fn has_gone(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

/// How long a connection may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// From the beginning of a request's head to its end, and from the first byte of a connection to that.
    pub(crate) head: Duration,
    /// Between two bytes, either way.
    pub(crate) silence: Duration,
}

/// Accepts a connection when there is room for it; if there is none, closes the one that has been idle for longest.
#[derive(Debug)]
pub(crate) struct LimitedListener {
    listener: TcpListener,
    /// Another address for the same.
    second: Option<TcpListener>,
    certificates: Option<Arc<Certificates>>,
    room: Arc<Semaphore>,
    patience: Patience,
    open: Vec<Weak<Shared>>,
}

/// A connection that ends with an error when it takes too long.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    patience: Patience,
    /// When something was read or written last.
    heard: Instant,
    /// When the head that is awaited is late.
    head_ends: Instant,
    /// Rings when either may be over, or earlier: it is set anew when it rings, not with every byte.
    alarm: Pin<Box<Sleep>>,
    shared: Arc<Shared>,
    _room: Option<OwnedSemaphorePermit>,
}

/// What a connection is doing, for those who accept and answer.
#[derive(Debug)]
struct Shared(Mutex<State>, SocketAddr);

#[derive(Debug)]
struct State {
    phase: Phase,
    /// Requests under way, several of them only over HTTP/2.
    n_requests: usize,
    /// Whether requests come side by side: then the bytes after an answer need not be the next request's head.
    is_multiplexed: bool,
    /// Since when, or of answers when something was written last.
    since: Instant,
    is_closed: bool,
    reader: Option<Waker>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The head of a request is awaited, or came in part.
    Head,
    /// A request is read, answered or scored.
    Request,
    /// An answer is written, or nothing happens.
    Rest,
}

/// The connection that a request came on.
#[derive(Clone, Debug)]
pub(crate) struct Origin(Arc<Shared>);

/// Marks a connection as busy for as long as it lives.
#[derive(Debug)]
pub(crate) struct Busy(Arc<Shared>);

impl Origin {
    /// Who is at the other end.
    pub(crate) fn address(&self) -> SocketAddr {
        self.0.1
    }

    /// A request begins.
    pub(crate) fn begin(&self, is_multiplexed: bool) -> Busy {
        let mut state = self.0.state();
        state.n_requests += 1;
        state.is_multiplexed |= is_multiplexed;
        state.enter(Phase::Request);
        drop(state);
        Busy(Arc::clone(&self.0))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.n_requests -= 1;
        if state.n_requests == 0 {
            state.enter(Phase::Rest);
        }
    }
}

impl State {
    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.since = Instant::now();
    }
}

impl Shared {
    fn new(address: SocketAddr) -> Shared {
        let state = State {
            phase: Phase::Head,
            n_requests: 0,
            is_multiplexed: false,
            since: Instant::now(),
            is_closed: false,
            reader: None,
        };
        Shared(Mutex::new(state), address)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Since when nobody would miss it; `None` while a request is under way.
    fn idle_since(&self) -> Option<Instant> {
        let state = self.state();
        (state.phase != Phase::Request && !state.is_closed).then_some(state.since)
    }

    fn close(&self) {
        let mut state = self.state();
        state.is_closed = true;
        if let Some(reader) = state.reader.take() {
            reader.wake();
        }
    }
}

impl LimitedListener {
    pub(crate) fn new(
        listener: TcpListener,
        second: Option<TcpListener>,
        certificates: Option<Arc<Certificates>>,
        max_connections: usize,
        patience: Patience,
    ) -> LimitedListener {
        let n_files = max_files().map_or(usize::MAX, |n| n.saturating_sub(SPARE_FILES).max(n / 2));
        let room = Arc::new(Semaphore::new(
            max_connections.min(n_files).min(Semaphore::MAX_PERMITS),
        ));
        LimitedListener {
            listener,
            second,
            certificates,
            room,
            patience,
            open: Vec::new(),
        }
    }

    /// The next who comes, at either address. Where the process may open nothing more, room is made as for one too many.
    async fn coming(&mut self) -> (TcpStream, SocketAddr) {
        loop {
            let coming = match &self.second {
                None => self.listener.accept().await,
                Some(second) => tokio::select! {
                    coming = self.listener.accept() => coming,
                    coming = second.accept() => coming,
                },
            };
            match coming {
                Ok(coming) => return coming,
                Err(error) if has_gone(&error) => {}
                Err(_) => {
                    self.close_idlest();
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
            }
        }
    }

    /// Room for one more, made by closing an idle connection if there is none.
    async fn room(&mut self) -> Option<OwnedSemaphorePermit> {
        let room = Arc::clone(&self.room);
        if let Ok(permit) = Arc::clone(&room).try_acquire_owned() {
            return Some(permit);
        }
        loop {
            self.close_idlest();
            let acquired = tokio::time::timeout(LOOK_AGAIN, Arc::clone(&room).acquire_owned()).await;
            if let Ok(permit) = acquired {
                // The semaphore is never closed.
                return permit.ok();
            }
        }
    }

    fn close_idlest(&mut self) {
        self.open.retain(|shared| 0 < shared.strong_count());
        let idle = self.open.iter().filter_map(|shared| {
            let shared = shared.upgrade()?;
            Some((shared.idle_since()?, shared))
        });
        if let Some((since, shared)) = idle.min_by_key(|(since, _)| *since)
            && MIN_IDLE <= since.elapsed()
        {
            shared.close();
        }
    }
}

impl LimitedListener {
    /// The next connection, once there is room for it.
    pub(crate) async fn accept(&mut self) -> Stream<Connection, Origin> {
        // Room is made when somebody comes, not before: until then an idle connection harms nobody.
        let (stream, address) = self.coming().await;
        let room = self.room().await;
        // Answers are written at once; waiting for more would only delay them.
        let _ = stream.set_nodelay(true);
        let shared = Arc::new(Shared::new(address));
        if self.open.capacity() == self.open.len() {
            self.open.retain(|shared| 0 < shared.strong_count());
        }
        self.open.push(Arc::downgrade(&shared));
        let now = Instant::now();
        let connection = Connection {
            stream,
            patience: self.patience,
            heard: now,
            head_ends: now + self.patience.head,
            alarm: Box::pin(tokio::time::sleep(self.patience.head.min(self.patience.silence))),
            shared: Arc::clone(&shared),
            _room: room,
        };
        Stream::new(connection, Origin(shared), self.certificates.as_ref())
    }
}

impl Connection {
    /// The first bytes after an answer are those of the next request's head; one that drips in is late all the same.
    fn read_some(&mut self) -> bool {
        let now = Instant::now();
        self.heard = now;
        let mut state = self.shared.state();
        match state.phase {
            Phase::Request => false,
            Phase::Head => self.head_ends <= now,
            Phase::Rest if state.is_multiplexed => false,
            Phase::Rest => {
                state.phase = Phase::Head;
                state.since = now;
                self.head_ends = now + self.patience.head;
                false
            }
        }
    }

    fn wrote_some(&mut self) {
        self.heard = Instant::now();
        let mut state = self.shared.state();
        if state.phase == Phase::Rest {
            state.since = self.heard;
        }
    }

    /// Whether time is up; wakes the reader when it may be.
    fn is_over(&mut self, context: &mut Context<'_>) -> bool {
        let phase = {
            let mut state = self.shared.state();
            if state.is_closed {
                return true;
            }
            if !state
                .reader
                .as_ref()
                .is_some_and(|reader| reader.will_wake(context.waker()))
            {
                state.reader = Some(context.waker().clone());
            }
            state.phase
        };
        let silence_ends = self.heard + self.patience.silence;
        let ends = match phase {
            Phase::Head => self.head_ends.min(silence_ends),
            Phase::Request | Phase::Rest => silence_ends,
        };
        if ends < self.alarm.deadline() {
            self.alarm.as_mut().reset(ends);
        }
        while self.alarm.as_mut().poll(context).is_ready() {
            if ends <= Instant::now() {
                return true;
            }
            self.alarm.as_mut().reset(ends);
        }
        false
    }

    /// Of a write that does not go on: who reads nothing can be closed as well, also while the next request is at hand and
    /// nobody reads.
    fn cut_off(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        match self.is_over(context) {
            true => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            false => Poll::Pending,
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let n_before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        let is_over = match read {
            Poll::Ready(_) => n_before < buffer.filled().len() && self.read_some(),
            Poll::Pending => self.is_over(context),
        };
        match is_over {
            true => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            false => read,
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        if written.is_ready() {
            self.wrote_some();
            return written;
        }
        self.cut_off(context)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        if written.is_ready() {
            self.wrote_some();
            return written;
        }
        self.cut_off(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
