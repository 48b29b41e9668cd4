//! Where a request comes from, and what it is called.

use crate::listener::Origin;
use crate::marks::name_of;
use axum::http::{Extensions, HeaderMap};
use std::net::SocketAddr;
use table::clip;

/// What a request says of itself besides what it asks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Requested {
    /// Who is at the other end of the connection: the caller, or what stands in front of the service.
    pub(crate) from: Option<SocketAddr>,
    /// The request's name, if it brought one.
    pub(crate) name: Option<String>,
}

impl Requested {
    pub(crate) fn of(headers: &HeaderMap, extensions: &Extensions) -> Requested {
        Requested {
            from: address_of(extensions),
            name: name_of(headers).map(|name| clip(&name)),
        }
    }
}

/// Who is at the other end of the connection that a request came on.
pub(crate) fn address_of(extensions: &Extensions) -> Option<SocketAddr> {
    extensions.get::<Origin>().map(Origin::address)
}
