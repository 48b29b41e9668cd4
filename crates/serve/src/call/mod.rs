//! One request from its first byte to its answer: who may, which model, within which time, on which thread.

mod asked;
mod under_way;
mod work;

pub(crate) use asked::Asked;
pub(crate) use under_way::{InFlight, UnderWay};
pub(crate) use work::{Call, Done, INLINE_BYTES, Reply, caught};

use crate::app::App;
use crate::body;
use crate::guard::Caller;
use crate::listener::{Holder, Origin};
use crate::marks::echoed;
use crate::protocol;
use crate::refusal::Refusal;
use crate::route::{Protocol, Route};
use crate::telling::{Visit, address_of};
use asked::{next_name, see};
use axum::body::HttpBody;
use axum::extract::Request;
use axum::http::Version;
use axum::response::Response;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

/// How much is taken of a body that nobody reads.
const MAX_DISCARDED: usize = 64 << 10;

/// Answers any request; `origin` is the connection that it came on. The request stays where it is, since each future that
/// hands it on would hold it twice.
pub(crate) async fn handle(app: Arc<App>, mut origin: Option<Origin>, mut request: Box<Request>) -> Response {
    // Most rows are few, and nobody asks for their connection: what is kept beside a request takes three allocations.
    let is_light = is_light(&app, &request) && !app.teller.hears_visits();
    if !is_light {
        keep(&mut origin, &mut request);
    }
    let visit = Visit::begin(&app.teller, &mut request);
    let visit = visit.as_deref();
    if protocol::grpc::is_spoken(&request) {
        return Box::pin(protocol::grpc::handle(app, visit, *request)).await;
    }
    let mut response = answer_to(&app, visit, origin, request).await;
    if let Some(visit) = visit {
        visit.answer(&mut response);
    }
    response
}

/// Whether the body is known to be so small that it is read before anything is answered.
fn is_light(app: &App, request: &Request) -> bool {
    let limit = app.limits.max_body_bytes.min(INLINE_BYTES) as u64;
    request.version() != Version::HTTP_2 && request.body().size_hint().exact().is_some_and(|n| n <= limit)
}

/// Keeps the connection beside the request, for those who ask for it there.
fn keep(origin: &mut Option<Origin>, request: &mut Request) {
    if let Some(origin) = origin.take() {
        request.extensions_mut().insert(origin);
    }
}

/// Answers a request over HTTP; `origin` is where it came from, if that is not kept beside it.
async fn answer_to(
    app: &Arc<App>,
    visit: Option<&Visit>,
    mut origin: Option<Origin>,
    mut request: Box<Request>,
) -> Response {
    let protocol = Protocol::of(request.uri().path());
    let entered = enter(app, &request);
    if let (Some(visit), Ok((caller, route))) = (visit, &entered) {
        visit.know(caller, route.pattern());
    }
    match entered {
        Ok((
            caller,
            Route::Score {
                scoring,
                model,
                version,
            },
        )) => {
            let holder = Holder::of(origin, request.extensions());
            let under_way = UnderWay::begin(app, scoring, holder).await;
            let echoed = echoed(request.headers());
            let mut response = match under_way.score(model, version, request).await {
                Ok(reply) => reply.into_response(),
                Err(refusal) => protocol::refused(scoring.protocol(), &caller.hushed(refusal)),
            };
            response.headers_mut().extend(echoed);
            response
        }
        Ok((caller, route)) => {
            keep(&mut origin, &mut request);
            match Box::pin(protocol::answer(app, &caller, route, *request)).await {
                Ok(reply) => reply.into_response(),
                Err(refusal) => protocol::refused(protocol, &caller.hushed(refusal)),
            }
        }
        Err(refusal) => {
            keep(&mut origin, &mut request);
            app.refused_at_door.fetch_add(1, Relaxed);
            app.teller.refused(&refusal, address_of(request.extensions()));
            Box::pin(body::discard(request.into_body(), MAX_DISCARDED)).await;
            protocol::refused(protocol, &refusal)
        }
    }
}

fn enter(app: &App, request: &Request) -> Result<(Caller, Route), Refusal> {
    app.guard.check_source(request.headers(), request.uri())?;
    let route = Route::of(request.method(), request.uri().path(), app.platform.as_ref())?;
    let route = route.or_model(|| app.models.first_name());
    let caller = app.guard.caller(request.headers(), || (app.clock)());
    caller.check(&route)?;
    Ok((caller, route))
}
