//! Which trace a request belongs to: W3C Trace Context, and which traces are recorded.

use crate::ServeError;
use axum::http::HeaderMap;
use ring::rand::{SecureRandom, SystemRandom};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A request's place in its trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Context {
    pub(super) trace: [u8; 16],
    pub(super) span: [u8; 8],
    /// The caller's span.
    pub(super) parent: Option<[u8; 8]>,
    pub(crate) is_sampled: bool,
}

/// Which traces are recorded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sampler {
    /// Whether a caller's decision counts.
    by_parent: bool,
    /// The share of the others.
    ratio: f64,
}

/// Gives requests their places.
#[derive(Debug)]
pub(crate) struct Tracing {
    sampler: Sampler,
    /// What names are drawn from, with the number of those drawn.
    key: [u8; 32],
    n_drawn: AtomicU64,
}

impl Sampler {
    /// Of `OTEL_TRACES_SAMPLER` and its argument.
    ///
    /// # Errors
    /// [`ServeError::Variable`].
    pub(super) fn of(word: Option<String>, argument: Option<String>) -> Result<Sampler, ServeError> {
        let ratio = match argument {
            None => 1.0,
            Some(text) => text
                .parse()
                .ok()
                .filter(|ratio| (0.0..=1.0).contains(ratio))
                .ok_or_else(|| ServeError::Variable {
                    name: "OTEL_TRACES_SAMPLER_ARG",
                    found: table::clip(&text),
                    expected: "a share from 0 to 1",
                })?,
        };
        let word = word.unwrap_or_else(|| "parentbased_always_on".to_owned());
        let (by_parent, ratio) = match word.as_str() {
            "always_on" => (false, 1.0),
            "always_off" => (false, 0.0),
            "traceidratio" => (false, ratio),
            "parentbased_always_on" => (true, 1.0),
            "parentbased_always_off" => (true, 0.0),
            "parentbased_traceidratio" => (true, ratio),
            _ => {
                return Err(ServeError::Variable {
                    name: "OTEL_TRACES_SAMPLER",
                    found: table::clip(&word),
                    expected: "always_on, always_off, traceidratio, or one of them behind parentbased_",
                });
            }
        };
        Ok(Sampler { by_parent, ratio })
    }

    /// By the last 56 bits of the trace's name, so that everybody along the way decides alike.
    fn takes(self, trace: [u8; 16], parent: Option<bool>) -> bool {
        if let Some(is_sampled) = parent.filter(|_| self.by_parent) {
            return is_sampled;
        }
        let [.., a, b, c, d, e, f, g] = trace;
        let place = u64::from_be_bytes([0, a, b, c, d, e, f, g]);
        (place as f64) < self.ratio * (1u64 << 56) as f64
    }
}

impl Tracing {
    pub(super) fn new(sampler: Sampler) -> Result<Tracing, ServeError> {
        let mut key = [0; 32];
        SystemRandom::new()
            .fill(&mut key)
            .map_err(|_| ServeError::System {
                action: "draw random bits",
                source: std::io::ErrorKind::Other.into(),
            })?;
        Ok(Tracing {
            sampler,
            key,
            n_drawn: AtomicU64::new(0),
        })
    }

    /// The place of a request with these headers: in its caller's trace, or at the beginning of one.
    pub(crate) fn context(&self, headers: &HeaderMap) -> Context {
        let number = self.n_drawn.fetch_add(1, Relaxed);
        let drawn = blake3::keyed_hash(&self.key, &number.to_le_bytes());
        let (trace, rest) = drawn.as_bytes().split_at(16);
        let own = |bytes: &[u8]| <[u8; 8]>::try_from(&bytes[..8]).unwrap_or([1; 8]);
        let parent = headers
            .get("traceparent")
            .and_then(|value| parse(value.to_str().ok()?));
        let (trace, parent, flag) = match parent {
            Some((trace, span, is_sampled)) => (trace, Some(span), Some(is_sampled)),
            None => (<[u8; 16]>::try_from(trace).unwrap_or([1; 16]), None, None),
        };
        Context {
            trace,
            span: own(rest),
            parent,
            is_sampled: self.sampler.takes(trace, flag),
        }
    }
}

impl Context {
    /// As callers and those behind them read it.
    pub(crate) fn traceparent(&self) -> String {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        format!(
            "00-{}-{}-{:02x}",
            hex(&self.trace),
            hex(&self.span),
            u8::from(self.is_sampled)
        )
    }
}

/// Trace, span and whether they are recorded; `None` of what the standard says is to be left alone.
fn parse(text: &str) -> Option<([u8; 16], [u8; 8], bool)> {
    let mut parts = text.split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_known = version == "00" && parts.next().is_none();
    // Later versions may say more behind.
    let is_later = version.len() == 2 && bytes::<1>(version).is_some() && version != "ff" && version != "00";
    if !is_known && !is_later {
        return None;
    }
    let (trace, span, [flags]) = (bytes::<16>(trace)?, bytes::<8>(span)?, bytes::<1>(flags)?);
    let is_sound = trace != [0; 16] && span != [0; 8];
    is_sound.then_some((trace, span, flags & 1 == 1))
}

/// Lower-case hexadecimal digits, exactly so many.
fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let is_hex = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if text.len() != 2 * N || !text.as_bytes().iter().all(is_hex) {
        return None;
    }
    let mut bytes = [0; N];
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * place..2 * place + 2], 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn tracing(sampler: &str, argument: &str) -> Tracing {
        Tracing::new(Sampler::of(Some(sampler.into()), Some(argument.into())).unwrap()).unwrap()
    }

    fn headers(parent: &str) -> HeaderMap {
        [("traceparent".parse().unwrap(), parent.parse().unwrap())]
            .into_iter()
            .collect()
    }

    #[test]
    fn a_callers_trace_goes_on_and_others_begin() {
        let tracing = tracing("parentbased_always_on", "1");
        let found = tracing.context(&headers(PARENT));
        assert!(
            found
                .traceparent()
                .starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-")
        );
        assert_eq!(
            found.parent.unwrap(),
            [0, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7]
        );
        assert_ne!(found.span, found.parent.unwrap());
        let (one, two) = (
            tracing.context(&HeaderMap::new()),
            tracing.context(&HeaderMap::new()),
        );
        assert!(one.parent.is_none() && one.trace != two.trace && one.span != two.span);
        for broken in [
            "",
            "00",
            "00-0-0-0",
            &PARENT.to_uppercase(),
            &PARENT.replace("00-4", "ff-4"),
            &format!("{PARENT}-more"),
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        ] {
            assert_eq!(tracing.context(&headers(broken)).parent, None, "{broken}");
        }
        assert!(
            tracing
                .context(&headers(&PARENT.replace("00-4", "cc-4")))
                .parent
                .is_some()
        );
    }

    #[test]
    fn samplers_heed_the_caller_or_take_a_share() {
        let not_sampled = PARENT.replace("-01", "-00");
        assert!(
            !tracing("parentbased_always_on", "1")
                .context(&headers(&not_sampled))
                .is_sampled
        );
        assert!(
            tracing("parentbased_traceidratio", "0")
                .context(&headers(PARENT))
                .is_sampled
        );
        assert!(
            tracing("always_on", "0")
                .context(&headers(&not_sampled))
                .is_sampled
        );
        let tenth = tracing("parentbased_traceidratio", "0.1");
        let n = (0..5000)
            .filter(|_| tenth.context(&HeaderMap::new()).is_sampled)
            .count();
        // five standard deviations
        assert!((n as f64 - 500.0).abs() < 5.0 * (5000.0_f64 * 0.09).sqrt(), "{n}");
        assert!(Sampler::of(Some("sometimes".into()), None).is_err());
        assert!(Sampler::of(None, Some("2".into())).is_err());
    }
}
