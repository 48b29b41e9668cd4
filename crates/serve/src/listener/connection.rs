//! One connection: what is read and written, and when that takes too long.

use super::presence::Shared;
use super::state::Phase;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, Sleep};

/// A head and a body that are no longer together are written as one: the kernel takes longer over two than we over a copy.
const JOINED_BYTES: usize = 1024;

/// More than this may still be on its way when a connection ends, and is waited for.
const MUCH_BYTES: usize = 8 << 10;
/// For so long, and while no more than so much is said meanwhile.
const GOODBYE: Duration = Duration::from_secs(2);
const MAX_UNREAD: usize = 1 << 20;

/// How long a connection may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// From the beginning of a request's head to its end, and from the first byte of a connection to that.
    pub(crate) head: Duration,
    /// Between two bytes, either way.
    pub(crate) silence: Duration,
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
    /// How much was written since something was read last.
    n_written: usize,
    /// Once nothing more is written, how much may be read to no purpose.
    goodbye: Option<usize>,
    shared: Arc<Shared>,
    _room: Option<OwnedSemaphorePermit>,
}

impl Connection {
    pub(super) fn new(
        stream: TcpStream,
        patience: Patience,
        shared: Arc<Shared>,
        room: Option<OwnedSemaphorePermit>,
    ) -> Connection {
        let now = Instant::now();
        Connection {
            stream,
            patience,
            heard: now,
            head_ends: now + patience.head,
            alarm: Box::pin(tokio::time::sleep(patience.head.min(patience.silence))),
            n_written: 0,
            goodbye: None,
            shared,
            _room: room,
        }
    }

    /// Whether what was read came too late: the first bytes after an answer are those of the next request's head, and one that
    /// drips in is late all the same.
    fn read_some(&mut self) -> bool {
        let now = Instant::now();
        self.heard = now;
        self.n_written = 0;
        let mut state = self.shared.state();
        match state.phase {
            // who always has more to say does not wait to hear it
            _ if state.is_closed() => true,
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

    /// Notes what was written, and fails once the connection is closed for others.
    fn wrote_some(&mut self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        self.heard = Instant::now();
        if let Poll::Ready(Ok(n_bytes)) = written {
            self.n_written = self.n_written.saturating_add(n_bytes);
        }
        let mut state = self.shared.state();
        if state.phase == Phase::Rest {
            state.since = self.heard;
        }
        if let (true, Poll::Ready(Ok(n_bytes))) = (state.is_multiplexed, &written) {
            // who takes an answer is not waited for alone
            state.body.make_up(self.shared.crowd().fair(*n_bytes));
        }
        match state.is_closed() {
            true => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            false => written,
        }
    }

    /// Whether time is up; wakes the reader when it may be.
    fn is_over(&mut self, context: &mut Context<'_>) -> bool {
        let phase = {
            let mut state = self.shared.state();
            if state.is_closed() {
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

    /// Waits until the other side has ended as well, if much may still be on its way to it: whatever it says to a socket that
    /// is closed makes the kernel forget what was not sent yet (RFC 9112, section 9.6).
    fn poll_goodbye(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let mut unread = match self.goodbye {
            Some(unread) => unread,
            None => {
                let is_multiplexed = self.shared.state().is_multiplexed;
                if !is_multiplexed && self.n_written <= MUCH_BYTES {
                    return Poll::Ready(());
                }
                (self.heard, self.patience.silence) = (Instant::now(), GOODBYE);
                MAX_UNREAD
            }
        };
        let mut room = [MaybeUninit::uninit(); 4 << 10];
        loop {
            let mut buffer = ReadBuf::uninit(&mut room);
            let read = Pin::new(&mut self.stream).poll_read(context, &mut buffer);
            let n_read = buffer.filled().len();
            match read {
                Poll::Ready(Ok(())) if 0 < n_read && n_read <= unread => unread -= n_read,
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => break,
            }
        }
        self.goodbye = Some(unread);
        match self.is_over(context) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
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
            return self.wrote_some(written);
        }
        self.cut_off(context)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.goodbye.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
        }
        self.poll_goodbye(context).map(Ok)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let n_bytes: usize = slices.iter().map(|slice| slice.len()).sum();
        if 1 < slices.len() && n_bytes <= JOINED_BYTES {
            let (mut joined, mut at) = ([0; JOINED_BYTES], 0);
            for slice in slices {
                joined[at..at + slice.len()].copy_from_slice(slice);
                at += slice.len();
            }
            return self.poll_write(context, &joined[..at]);
        }
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        if written.is_ready() {
            return self.wrote_some(written);
        }
        self.cut_off(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
