//! A body that is read, scored and answered at the same time, in bounded memory.
//!
//! Answers that were not taken yet wait, up to the limit on bodies: many clients read nothing before they have sent all.

use crate::app::App;
use crate::body;
use crate::call::{Asked, Call, InFlight, Reply, caught};
use crate::listener::{Arrival, Busy, Origin};
use crate::protocol::{self, Flow};
use crate::refusal::Refusal;
use crate::route::Scoring;
use crate::scoring::Scored;
use axum::body::Body;
use bytes::Bytes;
use futures::stream::poll_fn;
use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// So many bytes are gathered before it is worth looking at them.
const GATHERED_BYTES: usize = 1 << 20;
/// What permits for waiting answers are counted in.
const ROOM_BYTES: usize = 1 << 10;
const MAX_ROOM: usize = 1 << 24;

/// A request whose body flows.
pub(crate) struct Stream {
    pub(crate) scoring: Scoring,
    pub(crate) asked: Arc<Asked>,
    /// What of the body was not read yet.
    pub(crate) rest: Body,
    /// The connection, which would be closed as idle without a request under way.
    pub(crate) origin: Option<Origin>,
    pub(crate) in_flight: Option<InFlight>,
}

/// The same under way.
struct Running {
    app: Arc<App>,
    scoring: Scoring,
    asked: Arc<Asked>,
    flow: Arc<Mutex<Flow>>,
    rest: Body,
    is_over: bool,
    origin: Option<Origin>,
    busy: Option<Busy>,
    in_flight: Option<InFlight>,
}

/// What goes to the caller.
enum Part {
    /// Some of the answer, and the room that it takes until it is sent.
    More(Bytes, OwnedSemaphorePermit),
    /// The end of it.
    Last(Bytes),
    /// It ends here without its end.
    Cut,
}

/// Where answers go.
struct Outlet {
    sender: UnboundedSender<Part>,
    room: Arc<Semaphore>,
    n_room: usize,
}

/// Begins to answer: what is wrong with the first rows is a refusal like any other. `begin` was read already.
pub(crate) async fn answer(stream: Stream, call: Call, begin: Bytes) -> Result<Reply, Refusal> {
    let app = Arc::clone(&call.app);
    let limit_bytes = app.limits.max_body_bytes;
    let mut flow = match Flow::of(call, stream.scoring) {
        Ok(flow) => flow,
        Err(refusal) => {
            body::discard(stream.rest, limit_bytes).await;
            return Err(refusal);
        }
    };
    stream.asked.see_read(begin.len());
    flow.push(&begin);
    drop(begin);
    let content_type = flow.content_type();
    let mut running = stream.begun(app, flow);
    let first = match running
        .part()
        .await
        .and_then(|first| first.ok_or(Refusal::NoRows))
    {
        Ok(first) => first,
        Err(refusal) => {
            body::discard(running.rest, limit_bytes).await;
            return Err(refusal);
        }
    };
    let (sender, receiver) = unbounded_channel();
    tokio::spawn(running.run(first, Outlet::new(sender, limit_bytes)));
    Ok(Reply {
        content_type,
        flow: Some(flowing(receiver)),
        ..Reply::default()
    })
}

fn flowing(mut receiver: UnboundedReceiver<Part>) -> Body {
    let mut is_over = false;
    let mut taken = move |part: Option<Part>| match part {
        // its room is free now
        Some(Part::More(bytes, _room)) => Some(Ok(bytes)),
        _ if is_over => None,
        part => {
            is_over = true;
            match part {
                Some(Part::Last(bytes)) => Some(Ok(bytes)),
                // whoever should have ended it did not
                _ => Some(Err(io::Error::from(io::ErrorKind::Interrupted))),
            }
        }
    };
    Body::from_stream(poll_fn(move |context| {
        receiver.poll_recv(context).map(&mut taken)
    }))
}

impl Stream {
    fn begun(self, app: Arc<App>, flow: Flow) -> Running {
        Running {
            app,
            scoring: self.scoring,
            asked: self.asked,
            flow: Arc::new(Mutex::new(flow)),
            rest: self.rest,
            is_over: false,
            origin: self.origin,
            busy: None,
            in_flight: self.in_flight,
        }
    }
}

impl Running {
    /// Answers to the end, or to the first refusal.
    async fn run(mut self, first: Vec<u8>, outlet: Outlet) {
        let (code, last) = match self.answered(first, &outlet).await {
            Ok(end) => (200, Some(end)),
            Err(refusal) => {
                self.asked.log_refusal(&self.app, &refusal);
                let response = protocol::refused(self.scoring.protocol(), &refusal);
                (response.status().as_u16(), self.flow().refuse(&refusal))
            }
        };
        self.asked.see_written(last.as_ref().map_or(0, Vec::len));
        if let Some(visit) = &self.asked.visit {
            visit.end(code);
        }
        // whoever asks on this connection next finds its place free
        (self.in_flight, self.busy) = (None, None);
        outlet.end(last);
        self.asked.see_end(code == 200);
        let counters = &self.asked.counters;
        counters.see_request(self.scoring, code, self.asked.started.elapsed());
    }

    /// Sends every part; gives the bytes that end the answer.
    async fn answered(&mut self, first: Vec<u8>, outlet: &Outlet) -> Result<Vec<u8>, Refusal> {
        let limit_ms = self.app.limits.timeout_ms;
        let mut part = Some(first);
        while let Some(bytes) = part {
            self.asked.see_written(bytes.len());
            timed(limit_ms, outlet.send(bytes)).await?;
            part = timed(limit_ms, self.part()).await?;
        }
        self.flow().finish()
    }

    /// The next part of the answer; `None` behind the last.
    async fn part(&mut self) -> Result<Option<Vec<u8>>, Refusal> {
        loop {
            if let Some((bytes, scored)) = self.scored().await? {
                self.asked.log_answer(&self.app, scored, None).await?;
                return Ok(Some(bytes));
            }
            if self.is_over {
                return Ok(None);
            }
            self.gather().await?;
        }
    }

    /// Scores what was gathered, on a thread of those that score.
    async fn scored(&mut self) -> Result<Option<(Vec<u8>, Box<Scored>)>, Refusal> {
        let permit = Arc::clone(&self.app.permits).acquire_owned().await;
        let permit = permit.map_err(|_| Refusal::Stopping)?;
        let flow = Arc::clone(&self.flow);
        let work = move || {
            let _permit = permit;
            caught(|| flow.lock().unwrap_or_else(PoisonError::into_inner).next())
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|_| Refusal::Internal)?
    }

    /// Reads some more of the body.
    async fn gather(&mut self) -> Result<(), Refusal> {
        let mut n_bytes = 0;
        while n_bytes < GATHERED_BYTES.min(self.app.limits.max_body_bytes) {
            // what was marked before is over first, or the mark would end with it
            self.busy = None;
            // the request itself has said whether others share its connection
            self.busy = self.origin.as_ref().map(|origin| origin.begin(Arrival::Alone));
            match body::next(&mut self.rest).await? {
                Some(bytes) => {
                    n_bytes += bytes.len();
                    self.asked.see_read(bytes.len());
                    self.flow().push(&bytes);
                }
                None => {
                    self.is_over = true;
                    self.flow().end();
                    break;
                }
            }
        }
        Ok(())
    }

    fn flow(&self) -> MutexGuard<'_, Flow> {
        self.flow.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outlet {
    fn new(sender: UnboundedSender<Part>, limit_bytes: usize) -> Outlet {
        let n_room = (limit_bytes / ROOM_BYTES).clamp(1, MAX_ROOM);
        let room = Arc::new(Semaphore::new(n_room));
        Outlet { sender, room, n_room }
    }

    /// Sends a part once there is room for it.
    async fn send(&self, bytes: Vec<u8>) -> Result<(), Refusal> {
        let n_room = bytes.len().div_ceil(ROOM_BYTES).clamp(1, self.n_room);
        let room = Arc::clone(&self.room).acquire_many_owned(n_room as u32).await;
        let room = room.map_err(|_| Refusal::Stopping)?;
        let part = Part::More(Bytes::from(bytes), room);
        self.sender.send(part).map_err(|_| Refusal::Stopping)
    }

    /// Ends with these last bytes, or by cutting off.
    fn end(self, last: Option<Vec<u8>>) {
        let last = last.map_or(Part::Cut, |bytes| Part::Last(Bytes::from(bytes)));
        // who has gone need not be told
        let _ = self.sender.send(last);
    }
}

async fn timed<T>(limit_ms: u64, work: impl Future<Output = Result<T, Refusal>>) -> Result<T, Refusal> {
    let done = tokio::time::timeout(Duration::from_millis(limit_ms), work).await;
    done.unwrap_or(Err(Refusal::Timeout { limit_ms }))
}
