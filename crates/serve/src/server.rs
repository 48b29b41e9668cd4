//! A running server: starts, listens, drains, stops.

use crate::ServeError;
use crate::app::{App, Clock};
use crate::config::{Config, Model};
use crate::connections::answer_all;
use crate::cost;
use crate::guardrail;
use crate::listener::{LimitedListener, Patience};
use crate::models::Slot;
use crate::telling::{AuditEntry, Event, Teller};
use crate::tls::Certificates;
use futures::FutureExt;
use std::net::{SocketAddr, TcpListener};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, watch};

/// The shortest time after which a silent connection is closed.
const MIN_SILENCE_MS: u64 = 60_000;
/// How often what answers take is shared out among models.
const SETTLE: Duration = Duration::from_secs(2);
/// How often the files of certificates are read, to see whether they changed.
const LOOK_AT_CERTIFICATES: Duration = Duration::from_secs(5);

/// How many may wait to be let in; the system may allow fewer.
const QUEUE: i32 = 4096;

/// A server that listens. It stops when it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    grpc_address: Option<SocketAddr>,
    app: Arc<App>,
    orders: mpsc::UnboundedSender<Order>,
    thread: Option<JoinHandle<Result<(), ServeError>>>,
}

#[derive(Debug)]
enum Order {
    Stop,
    /// Stop at a signal; the sender is told once signals are heard.
    StopAtSignal(std::sync::mpsc::Sender<std::io::Result<()>>),
}

/// Starts a server; it listens when this returns. It runs on threads of its own.
///
/// `clock` gives the microseconds since 1970-01-01 UTC, for the prediction log.
///
/// # Errors
/// [`ServeError`]: the configuration is not sound, a bundle cannot be loaded, the log's folder cannot be made, or
/// [`ServeError::Address`] if the address is taken.
pub fn start(config: Config, clock: Clock) -> Result<Server, ServeError> {
    let config = config.resolved(&|name| std::env::var(name).ok())?;
    let (listener, address) = bound(config.address)?;
    let second = config.grpc_address.map(bound).transpose()?;
    let (second, grpc_address) = second.unzip();
    let system = |action| move |source| ServeError::System { action, source };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(config.n_threads)
        .max_blocking_threads(config.n_threads + 2)
        .thread_name("serve")
        .enable_all()
        .build()
        .map_err(system("start threads"))?;
    // its threads begin while models are loaded
    let begun = App::new(&config, clock).and_then(|app| {
        tell_beginning(&app, &config, [Some(address), grpc_address])?;
        Ok(Arc::new(app))
    });
    let app = match begun {
        Ok(app) => app,
        Err(error) => {
            runtime.shutdown_background();
            return Err(error);
        }
    };
    // before anybody can bring another model
    app.models.begin(runtime.handle().clone());
    let (orders, received) = mpsc::unbounded_channel();
    let for_thread = Arc::clone(&app);
    let thread = std::thread::Builder::new()
        .name("server".to_owned())
        .spawn(move || run(runtime, (listener, second), for_thread, received))
        .map_err(system("start a thread"))?;
    Ok(Server {
        address,
        grpc_address,
        app,
        orders,
        thread: Some(thread),
    })
}

/// Tells that the service begins. It does not begin if that must be recorded and cannot be.
fn tell_beginning(app: &App, config: &Config, addresses: [Option<SocketAddr>; 2]) -> Result<(), ServeError> {
    let slots = app.models.slots();
    let of_slot = |slot: &Slot| {
        let hash = slot.loaded.as_ref().map(|loaded| loaded.bundle.hash().to_hex());
        format!(
            "{}@{} {}",
            slot.model.name,
            slot.model.version,
            hash.unwrap_or_default()
        )
    };
    let models: Vec<String> = slots.iter().map(of_slot).collect();
    app.teller
        .record_first(&AuditEntry::start(&app.configuration, &models))?;
    app.teller.tell(Event::started(&app.configuration, models.len()));
    for address in addresses.into_iter().flatten() {
        app.teller.tell(Event::listening(config.scheme(), address));
    }
    Ok(())
}

/// Listens on an address; names the port that was taken for port 0.
fn bound(address: SocketAddr) -> Result<(TcpListener, SocketAddr), ServeError> {
    let fail = |source| ServeError::Address { address, source };
    let listener = TcpListener::bind(address).map_err(fail)?;
    // who comes while the queue is full comes again a second later
    socket2::SockRef::from(&listener).listen(QUEUE).map_err(fail)?;
    listener.set_nonblocking(true).map_err(fail)?;
    let address = listener.local_addr().map_err(fail)?;
    Ok((listener, address))
}

impl Server {
    /// Where it listens; names the port that was taken for port 0.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `https` under TLS, else `http`.
    pub fn scheme(&self) -> &'static str {
        match self.app.certificates {
            Some(_) => "https",
            None => "http",
        }
    }

    /// Where else it listens, if a second address was asked for.
    pub fn grpc_address(&self) -> Option<SocketAddr> {
        self.grpc_address
    }

    /// Serves `model`, in the place of the same name and version if there is one; nobody is refused meanwhile.
    ///
    /// # Errors
    /// [`ServeError::Bundle`] and [`ServeError::NoRoom`]; what was served is still served then.
    pub fn load(&self, model: Model) -> Result<(), ServeError> {
        let name = model.name.clone();
        self.app
            .models
            .put(model)
            .map_err(|fault| ServeError::of(name, fault))
    }

    /// From here on SIGTERM and ctrl-c stop the server as [`Server::stop`] does; say that it listens only after this,
    /// or a signal may come too early to be heard.
    ///
    /// # Errors
    /// [`ServeError::System`] if signals cannot be heard; [`ServeError::Ended`] if the server had ended before.
    pub fn hear_signals(&self) -> Result<(), ServeError> {
        let (heard, hears) = std::sync::mpsc::channel();
        let _ = self.orders.send(Order::StopAtSignal(heard));
        let heard = hears.recv().map_err(|_| ServeError::Ended)?;
        heard.map_err(|source| ServeError::System {
            action: "wait for signals",
            source,
        })
    }

    /// From here on panics in this process are told as events, in one line and without what they say: that may be a
    /// caller's. For programs that do nothing but serve.
    pub fn hear_panics(&self) {
        self.app.teller.hear_panics();
    }

    /// Waits until the server has stopped.
    ///
    /// # Errors
    /// What ended the server, if no order did.
    pub fn wait(mut self) -> Result<(), ServeError> {
        self.join()
    }

    /// Takes no more connections, answers what is under way, and writes the log to its end.
    ///
    /// # Errors
    /// [`ServeError::Ended`] if the server had ended before.
    pub fn stop(mut self) -> Result<(), ServeError> {
        let _ = self.orders.send(Order::Stop);
        self.join()
    }

    fn join(&mut self) -> Result<(), ServeError> {
        match self.thread.take() {
            Some(thread) => thread.join().unwrap_or(Err(ServeError::Ended)),
            None => Ok(()),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.orders.send(Order::Stop);
        // Who wants to know how it ended calls `stop`.
        let _ = self.join();
    }
}

/// A listener, and another for the same.
type Listeners = (TcpListener, Option<TcpListener>);

fn run(
    runtime: Runtime,
    listeners: Listeners,
    app: Arc<App>,
    orders: mpsc::UnboundedReceiver<Order>,
) -> Result<(), ServeError> {
    let served = runtime.block_on(serve(listeners, Arc::clone(&app), orders));
    // Work whose caller has gone is not waited for.
    runtime.shutdown_timeout(Duration::from_millis(100));
    guardrail::look(&app);
    for (model, version, usage) in cost::usages(&app) {
        if 0 < usage.rows {
            app.teller
                .tell(Event::cost(&model, &version, usage, app.price.as_ref()));
        }
    }
    if let Some(log) = &app.log {
        log.close();
    }
    app.teller.close();
    served
}

async fn serve(
    (listener, second): Listeners,
    app: Arc<App>,
    mut orders: mpsc::UnboundedReceiver<Order>,
) -> Result<(), ServeError> {
    let system = |action| move |source| ServeError::System { action, source };
    let of_runtime = |listener| tokio::net::TcpListener::from_std(listener).map_err(system("listen"));
    let listener = of_runtime(listener)?;
    let second = second.map(of_runtime).transpose()?;
    let timeout_ms = app.limits.timeout_ms;
    let patience = Patience {
        head: Duration::from_millis(app.limits.head_timeout_ms),
        silence: Duration::from_millis(timeout_ms.saturating_mul(2).max(MIN_SILENCE_MS)),
    };
    let certificates = app.certificates.clone();
    let refreshing = tokio::spawn(refresh(certificates.clone(), Arc::clone(&app.teller)));
    let listener = LimitedListener::new(
        listener,
        second,
        certificates,
        app.limits.max_connections,
        patience,
        Arc::clone(&app.crowd),
    );
    let (drain, draining) = watch::channel(false);
    if let Some(every) = app.watch {
        tokio::spawn(look(Arc::clone(&app), every));
    }
    tokio::spawn(settle(Arc::clone(&app)));
    // on this thread: who lets others in must not wait in the queue of those who are in
    let answering = AssertUnwindSafe(answer_all(listener, Arc::clone(&app), draining));
    let mut served = Box::pin(answering.catch_unwind());
    let reason = tokio::select! {
        reason = wait_for_order(&mut orders) => reason,
        _ = &mut served => return Err(ServeError::Ended),
    };
    refreshing.abort();
    app.teller
        .tell(Event::draining(reason, app.in_flight.load(Relaxed)));
    app.teller
        .record_own(&AuditEntry::stop(&app.configuration, reason));
    app.is_stopping.store(true, Relaxed);
    let _ = drain.send(true);
    // No request takes longer than its limit; connections that only wait are cut off after it.
    let limit = Duration::from_millis(timeout_ms.saturating_add(500));
    let _ = tokio::time::timeout(limit, served).await;
    Ok(())
}

/// Looks for other versions again and again; a look that takes long puts the next one off.
async fn look(app: Arc<App>, every: Duration) {
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let app = Arc::clone(&app);
        let looked = move || {
            // first: whom a guard takes out of service answers nobody from this look on
            guardrail::look(&app);
            app.models.refresh();
        };
        // what fails is counted, and looked at again at the next tick
        let _ = tokio::task::spawn_blocking(looked).await;
    }
}

/// Shares out what answers take, every few seconds.
async fn settle(app: Arc<App>) {
    loop {
        tokio::time::sleep(SETTLE).await;
        cost::settle(&app);
    }
}

/// Looks every few seconds whether certificates changed.
async fn refresh(certificates: Option<Arc<Certificates>>, teller: Arc<Teller>) {
    while let Some(certificates) = certificates.clone() {
        tokio::time::sleep(LOOK_AT_CERTIFICATES).await;
        let read = tokio::task::spawn_blocking(move || certificates.refresh()).await;
        match read.ok().flatten() {
            None => {}
            Some(Ok(())) => teller.tell(Event::certificates_read()),
            Some(Err(fault)) => teller.tell(Event::certificates_stale(&fault.to_string())),
        }
    }
}

/// Resolves when the server is to stop, with the reason.
async fn wait_for_order(orders: &mut mpsc::UnboundedReceiver<Order>) -> &'static str {
    const ORDER: &str = "its program";
    let Some(Order::StopAtSignal(heard)) = orders.recv().await else {
        return ORDER;
    };
    match Signals::new() {
        Ok(mut signals) => {
            let _ = heard.send(Ok(()));
            tokio::select! {
                signal = signals.recv() => signal,
                _ = orders.recv() => ORDER,
            }
        }
        Err(error) => {
            let _ = heard.send(Err(error));
            let _ = orders.recv().await;
            ORDER
        }
    }
}

/// SIGTERM and ctrl-c, heard from the moment that this is made.
#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn recv(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Signals)
    }

    async fn recv(&mut self) -> &'static str {
        self.0.recv().await;
        "ctrl-c"
    }
}
