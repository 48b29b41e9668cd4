//! Server reflection: which services and messages there are. Both versions of it have the same messages.

use super::answer::{self, Sender};
use super::describe::read;
use super::frame::Messages;
use super::messages::{
    Descriptor, DescriptorSet, ReflectionAnswer, ReflectionError, ReflectionFiles, ReflectionQuestion,
    ReflectionRequest, ReflectionResponse, ReflectionService, ReflectionServices,
};
use super::refusal::Code;
use super::stopping;
use crate::app::App;
use crate::refusal::{Refusal, clip};
use axum::response::Response;
use bytes::Bytes;
use prost::Message;
use std::sync::{Arc, LazyLock};

/// Made of `proto/` by `cargo xtask proto`; no file imports another.
const DESCRIPTORS: &[u8] = include_bytes!("../../../../proto/descriptors.bin");

/// The files as they are told, each with what it says.
static FILES: LazyLock<Vec<(Bytes, Descriptor)>> = LazyLock::new(|| {
    let set = DescriptorSet::decode(DESCRIPTORS).expect("a test reads the descriptors");
    let read = |file: Bytes| {
        let descriptor = Descriptor::decode(file.clone()).expect("a test reads the descriptors");
        (file, descriptor)
    };
    set.files.into_iter().map(read).collect()
});

/// Begins to answer questions, one after another.
pub(super) fn start(app: Arc<App>, messages: Messages) -> Response {
    let (sender, response) = answer::many();
    tokio::spawn(run(app, messages, sender));
    response
}

async fn run(app: Arc<App>, mut messages: Messages, sender: Sender) {
    loop {
        let next = tokio::select! {
            next = messages.next() => next,
            () = sender.closed() => return,
            () = stopping(&app) => Err(Refusal::Stopping),
        };
        let answer = next.and_then(|message| message.map(answer_to).transpose());
        match answer {
            Ok(Some(answer)) => {
                if !sender.send(&answer).await {
                    return;
                }
            }
            Ok(None) => return sender.end(None).await,
            Err(refusal) => return sender.end(Some(&refusal)).await,
        }
    }
}

fn answer_to(message: Bytes) -> Result<Vec<u8>, Refusal> {
    let request = read::<ReflectionRequest>(message)?;
    let question = request.question.clone();
    let answer = question.and_then(|question| told(&question)).unwrap_or_else(|| {
        ReflectionAnswer::Error(ReflectionError {
            error_code: Code::NotFound as i32,
            error_message: match &request.question {
                Some(question) => format!("nothing is found for `{}`", clip(question.asked())),
                None => "found no question".to_owned(),
            },
        })
    });
    let response = ReflectionResponse {
        valid_host: request.host.clone(),
        original_request: Some(request),
        answer: Some(answer),
    };
    Ok(response.encode_to_vec())
}

fn told(question: &ReflectionQuestion) -> Option<ReflectionAnswer> {
    let file = |is_it: &dyn Fn(&Descriptor) -> bool| {
        let (bytes, _) = FILES.iter().find(|(_, descriptor)| is_it(descriptor))?;
        Some(ReflectionAnswer::Files(ReflectionFiles {
            file_descriptor_proto: vec![bytes.clone()],
        }))
    };
    match question {
        ReflectionQuestion::FileByFilename(name) => file(&|descriptor| descriptor.name == *name),
        ReflectionQuestion::FileContainingSymbol(symbol) => file(&|descriptor| descriptor.has(symbol)),
        ReflectionQuestion::ListServices(_) => Some(ReflectionAnswer::Services(ReflectionServices {
            service: services().map(|name| ReflectionService { name }).collect(),
        })),
        // Messages of this syntax have no extensions.
        ReflectionQuestion::FileContainingExtension(_) | ReflectionQuestion::AllExtensionNumbersOfType(_) => {
            None
        }
    }
}

fn services() -> impl Iterator<Item = String> {
    FILES.iter().flat_map(|(_, descriptor)| {
        let services = descriptor.services.iter();
        services.map(|service| format!("{}.{}", descriptor.package, service.name))
    })
}

impl Descriptor {
    /// Whether the file declares `symbol`, or what it lies in.
    fn has(&self, symbol: &str) -> bool {
        let within = symbol
            .strip_prefix(&self.package)
            .and_then(|rest| rest.strip_prefix('.'));
        let head = within.and_then(|rest| rest.split('.').next());
        let mut names = self.messages.iter().chain(&self.enums).chain(&self.services);
        head.is_some_and(|head| names.any(|named| named.name == head))
    }
}

impl ReflectionQuestion {
    fn asked(&self) -> &str {
        match self {
            ReflectionQuestion::FileByFilename(text)
            | ReflectionQuestion::FileContainingSymbol(text)
            | ReflectionQuestion::AllExtensionNumbersOfType(text)
            | ReflectionQuestion::ListServices(text) => text,
            ReflectionQuestion::FileContainingExtension(extension) => &extension.containing_type,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_descriptors_tell_every_service_and_its_messages() {
        let known: Vec<String> = services().collect();
        assert_eq!(
            known,
            [
                "inference.GRPCInferenceService",
                "grpc.health.v1.Health",
                "grpc.reflection.v1.ServerReflection",
                "grpc.reflection.v1alpha.ServerReflection"
            ]
        );
        let file_of = |symbol: &str| {
            let question = ReflectionQuestion::FileContainingSymbol(symbol.to_owned());
            match told(&question) {
                Some(ReflectionAnswer::Files(files)) => {
                    let file = Descriptor::decode(files.file_descriptor_proto[0].clone()).unwrap();
                    Some(file.name)
                }
                _ => None,
            }
        };
        for symbol in [
            "inference.GRPCInferenceService.ModelInfer",
            "inference.ModelInferRequest.InferInputTensor",
            "inference.DataType",
        ] {
            assert_eq!(file_of(symbol).as_deref(), Some("inference.proto"), "{symbol}");
        }
        assert_eq!(
            file_of("grpc.reflection.v1alpha.ErrorResponse").as_deref(),
            Some("grpc/reflection/v1alpha/reflection.proto")
        );
        for symbol in [
            "inference",
            "inference.Nothing",
            "",
            "inferenceX.DataType",
            "grpc.health.v1",
        ] {
            assert_eq!(file_of(symbol), None, "{symbol}");
        }
    }
}
