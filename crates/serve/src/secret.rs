//! A connection in clear or under TLS, whose handshake happens while the first bytes are read: nobody else waits for it.

use crate::tls::Certificates;
use bytes::Bytes;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::server::TlsStream;
use tokio_rustls::{Accept, TlsAcceptor};

/// A connection in clear or under TLS.
pub(crate) struct Stream<C, O> {
    session: Session<C>,
    /// What was read and comes once more.
    unread: Bytes,
    /// What those who answer may know of the connection.
    pub(crate) origin: O,
}

impl<C, O> std::fmt::Debug for Stream<C, O> {
    /// Without what was read, which may hold a key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stream")
            .field("session", &self.session)
            .field("n_unread", &self.unread.len())
            .finish_non_exhaustive()
    }
}

enum Session<C> {
    Clear(C),
    Shaking(Accept<C>, Arc<Certificates>),
    Secret(Box<TlsStream<C>>),
    Failed,
}

impl<C> std::fmt::Debug for Session<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Session::Clear(_) => "Clear",
            Session::Shaking(..) => "Shaking",
            Session::Secret(_) => "Secret",
            Session::Failed => "Failed",
        })
    }
}

impl<C: AsyncRead + AsyncWrite + Unpin, O> Stream<C, O> {
    /// In clear without certificates.
    pub(crate) fn new(connection: C, origin: O, certificates: Option<&Arc<Certificates>>) -> Stream<C, O> {
        let session = match certificates {
            None => Session::Clear(connection),
            Some(certificates) => {
                let accept = TlsAcceptor::from(certificates.current()).accept(connection);
                Session::Shaking(accept, Arc::clone(certificates))
            }
        };
        Stream {
            session,
            unread: Bytes::new(),
            origin,
        }
    }

    /// Gives back what was read, to come once more.
    pub(crate) fn unread(&mut self, bytes: Bytes) {
        self.unread = bytes;
    }

    /// Ends the handshake, if it has not ended.
    fn shake(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Session::Shaking(accept, certificates) = &mut self.session else {
            return Poll::Ready(Ok(()));
        };
        let shaken = ready!(Pin::new(accept).poll(context));
        if shaken.is_err() {
            certificates.counts.failed_handshakes.fetch_add(1, Relaxed);
        }
        let (session, result) = match shaken {
            Ok(stream) => (Session::Secret(Box::new(stream)), Ok(())),
            Err(error) => (Session::Failed, Err(error)),
        };
        self.session = session;
        Poll::Ready(result)
    }
}

/// Calls `$method` of whatever bytes go through.
macro_rules! through {
    ($self:ident, $context:ident, $method:ident($($argument:expr),*)) => {{
        let stream = $self.get_mut();
        ready!(stream.shake($context))?;
        match &mut stream.session {
            Session::Clear(connection) => Pin::new(connection).$method($context, $($argument),*),
            Session::Secret(connection) => Pin::new(&mut **connection).$method($context, $($argument),*),
            Session::Shaking(..) | Session::Failed => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }};
}

impl<C: AsyncRead + AsyncWrite + Unpin, O: Unpin> AsyncRead for Stream<C, O> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.unread.is_empty() {
            let n_bytes = self.unread.len().min(buffer.remaining());
            buffer.put_slice(&self.unread.split_to(n_bytes));
            return Poll::Ready(Ok(()));
        }
        through!(self, context, poll_read(buffer))
    }
}

impl<C: AsyncRead + AsyncWrite + Unpin, O: Unpin> AsyncWrite for Stream<C, O> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        through!(self, context, poll_write(bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        through!(self, context, poll_write_vectored(slices))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        through!(self, context, poll_flush())
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Nobody says goodbye who has not been greeted.
        if matches!(self.session, Session::Shaking(..) | Session::Failed) {
            return Poll::Ready(Ok(()));
        }
        through!(self, context, poll_shutdown())
    }

    fn is_write_vectored(&self) -> bool {
        match &self.session {
            Session::Clear(connection) => connection.is_write_vectored(),
            Session::Secret(connection) => connection.is_write_vectored(),
            Session::Shaking(..) | Session::Failed => true,
        }
    }
}
