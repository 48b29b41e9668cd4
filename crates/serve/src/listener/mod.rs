//! Connections: only so many at a time, none that says nothing for long, and room for those that come.

mod beside;
mod connection;
mod crowd;
mod members;
mod presence;
mod state;
mod taken;

pub(crate) use beside::Awaited;
pub(crate) use connection::{Connection, Patience};
pub(crate) use crowd::{Crowd, Held, Holder};
pub(crate) use presence::{Arrival, Busy, Origin};
pub(crate) use taken::{GivenUp, Taken};

use crate::secret::Stream;
use crate::tls::Certificates;
use presence::Shared;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

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

/// Accepts a connection when there is room for it; if there is none, closes the one that would be missed least.
#[derive(Debug)]
pub(crate) struct LimitedListener {
    listener: TcpListener,
    /// Another address for the same.
    second: Option<TcpListener>,
    certificates: Option<Arc<Certificates>>,
    room: Arc<Semaphore>,
    patience: Patience,
    crowd: Arc<Crowd>,
}

impl LimitedListener {
    pub(crate) fn new(
        listener: TcpListener,
        second: Option<TcpListener>,
        certificates: Option<Arc<Certificates>>,
        max_connections: usize,
        patience: Patience,
        crowd: Arc<Crowd>,
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
            crowd,
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
                    self.crowd.make_way(1);
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
            }
        }
    }

    /// Room for one more, made by closing connections that are idle or slow if there is none: twice as many at each look,
    /// since a house full of work hears it late, and others wait behind this one.
    async fn room(&mut self) -> Option<OwnedSemaphorePermit> {
        let room = Arc::clone(&self.room);
        if let Ok(permit) = Arc::clone(&room).try_acquire_owned() {
            return Some(permit);
        }
        let mut n_closing = 1;
        loop {
            self.crowd.make_way(n_closing);
            n_closing = n_closing.saturating_mul(2);
            let acquired = tokio::time::timeout(LOOK_AGAIN, Arc::clone(&room).acquire_owned()).await;
            if let Ok(permit) = acquired {
                // The semaphore is never closed.
                return permit.ok();
            }
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
        let shared = Arc::new(Shared::new(address, Arc::clone(&self.crowd)));
        self.crowd.enter(&shared);
        let connection = Connection::new(stream, self.patience, Arc::clone(&shared), room);
        Stream::new(connection, Origin::new(shared), self.certificates.as_ref())
    }
}
