//! A graph under construction: nodes, constants, inputs and outputs, numbered by the fields of `onnx.proto`.

use super::proto::Message;

/// The newest version of the format that is understood widely.
const IR_VERSION: i64 = 10;
/// The version of the plain operators.
const OPSET: i64 = 21;

/// What a tensor holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    Float,
    Double,
    Int64,
    Text,
}

impl Element {
    fn code(self) -> i64 {
        match self {
            Element::Float => 1,
            Element::Int64 => 7,
            Element::Text => 8,
            Element::Double => 11,
        }
    }
}

/// An attribute of a node.
#[derive(Clone, Debug)]
pub(super) enum Attribute {
    Int(i64),
    Ints(Vec<i64>),
    Float(f32),
    Floats(Vec<f32>),
    Text(&'static str),
    Texts(Vec<String>),
    Tensor(Message),
}

/// The graph.
#[derive(Debug)]
pub(super) struct Graph {
    /// The type of all numbers that are computed.
    pub(super) element: Element,
    /// The version of `ai.onnx.ml`.
    pub(super) ml_version: i64,
    nodes: Vec<Message>,
    constants: Vec<Message>,
    inputs: Vec<Message>,
    outputs: Vec<Message>,
    n_names: usize,
}

impl Graph {
    pub(super) fn new(element: Element) -> Graph {
        Graph {
            element,
            ml_version: 3,
            nodes: Vec::new(),
            constants: Vec::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            n_names: 0,
        }
    }

    pub(super) fn to_bytes(&self, name: &str) -> Vec<u8> {
        let mut graph = Message::default();
        for node in &self.nodes {
            graph = graph.message(1, node);
        }
        graph = graph.text(2, name);
        for (field, list) in [(5, &self.constants), (11, &self.inputs), (12, &self.outputs)] {
            for item in list {
                graph = graph.message(field, item);
            }
        }
        let opset = |domain: &str, version| Message::default().text(1, domain).int(2, version);
        Message::default()
            .int(1, IR_VERSION)
            .text(2, "spanwise")
            .text(3, env!("CARGO_PKG_VERSION"))
            .message(7, &graph)
            .message(8, &opset("", OPSET))
            .message(8, &opset("ai.onnx.ml", self.ml_version))
            .into_bytes()
    }

    /// A name that no input has: those of bundles hold no control characters at their start.
    fn fresh(&mut self, word: &str) -> String {
        self.n_names += 1;
        format!("/{word}/{}", self.n_names)
    }

    pub(super) fn input(&mut self, name: &str, element: Element, n_columns: usize) {
        self.inputs.push(value(name, element, &[None, Some(n_columns)]));
    }

    pub(super) fn number_output(&mut self, name: &str, n_columns: usize) {
        self.outputs
            .push(value(name, self.element, &[None, Some(n_columns)]));
    }

    /// A node of a plain operator with one output.
    pub(super) fn node(&mut self, operator: &str, inputs: &[&str]) -> String {
        let output = self.fresh(operator);
        self.named_node("", operator, inputs, &output, &[]);
        output
    }

    pub(super) fn node_with(
        &mut self,
        domain: &str,
        operator: &str,
        inputs: &[&str],
        attributes: &[(&str, Attribute)],
    ) -> String {
        let output = self.fresh(operator);
        self.named_node(domain, operator, inputs, &output, attributes);
        output
    }

    pub(super) fn named_node(
        &mut self,
        domain: &str,
        operator: &str,
        inputs: &[&str],
        output: &str,
        attributes: &[(&str, Attribute)],
    ) {
        let mut node = Message::default();
        for input in inputs {
            node = node.text(1, input);
        }
        node = node.text(2, output).text(4, operator);
        for (name, value) in attributes {
            node = node.message(5, &attribute(name, value));
        }
        self.nodes.push(node.text(7, domain));
    }

    /// The values of each row in rising order.
    pub(super) fn rising(&mut self, from: &str, n_columns: usize, output: &str) {
        let count = self.integers(&[n_columns as i64]);
        let positions = self.fresh("TopK");
        let mut node = Message::default().text(1, from).text(1, &count);
        node = node.text(2, output).text(2, &positions).text(4, "TopK");
        for (name, value) in [("axis", 1), ("largest", 0), ("sorted", 1)] {
            node = node.message(5, &attribute(name, &Attribute::Int(value)));
        }
        self.nodes.push(node.text(7, ""));
    }

    /// Gives a value the name of an output.
    pub(super) fn name_output(&mut self, from: &str, name: &str) {
        self.named_node("", "Identity", &[from], name, &[]);
    }

    pub(super) fn scalar(&mut self, value: f64) -> String {
        self.numbers(&[value], &[1, 1])
    }

    /// A constant of the graph's type.
    pub(super) fn numbers(&mut self, values: &[f64], shape: &[usize]) -> String {
        let name = self.fresh("constant");
        let tensor = tensor(self.element, values, shape).text(8, &name);
        self.constants.push(tensor);
        name
    }

    pub(super) fn integers(&mut self, values: &[i64]) -> String {
        let name = self.fresh("constant");
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let tensor = Message::default()
            .int(1, values.len() as i64)
            .int(2, Element::Int64.code())
            .text(8, &name)
            .bytes(9, &bytes);
        self.constants.push(tensor);
        name
    }

    pub(super) fn cast(&mut self, from: &str, to: Element) -> String {
        self.node_with("", "Cast", &[from], &[("to", Attribute::Int(to.code()))])
    }

    /// Columns side by side.
    pub(super) fn concat(&mut self, columns: &[&str], output: &str) {
        self.named_node("", "Concat", columns, output, &[("axis", Attribute::Int(1))]);
    }

    pub(super) fn flatten(&mut self, from: &str) -> String {
        let shape = self.integers(&[-1]);
        self.node("Reshape", &[from, &shape])
    }

    pub(super) fn softmax(&mut self, from: &str) -> String {
        self.node_with("", "Softmax", &[from], &[("axis", Attribute::Int(1))])
    }

    pub(super) fn arg_max(&mut self, from: &str) -> String {
        let attributes = [("axis", Attribute::Int(1)), ("keepdims", Attribute::Int(0))];
        self.node_with("", "ArgMax", &[from], &attributes)
    }

    /// The output `label` from positions, `(n,)`.
    pub(super) fn label(&mut self, positions: &str, classes: &[&str]) {
        let keys = (0..classes.len() as i64).collect();
        let values = classes.iter().map(|class| (*class).to_owned()).collect();
        let attributes = [
            ("keys_int64s", Attribute::Ints(keys)),
            ("values_strings", Attribute::Texts(values)),
        ];
        self.named_node("ai.onnx.ml", "LabelEncoder", &[positions], "label", &attributes);
        self.outputs.push(value("label", Element::Text, &[None]));
    }
}

/// A tensor of numbers in one of two types.
pub(super) fn tensor(element: Element, values: &[f64], shape: &[usize]) -> Message {
    let mut tensor = Message::default();
    for &size in shape {
        tensor = tensor.int(1, size as i64);
    }
    let bytes: Vec<u8> = match element {
        Element::Float => values
            .iter()
            .flat_map(|value| (*value as f32).to_le_bytes())
            .collect(),
        _ => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
    };
    tensor.int(2, element.code()).bytes(9, &bytes)
}

/// A tensor of bytes.
pub(super) fn byte_tensor(values: &[u8]) -> Message {
    Message::default()
        .int(1, values.len() as i64)
        .int(2, 2)
        .bytes(9, values)
}

fn attribute(name: &str, value: &Attribute) -> Message {
    let message = Message::default().text(1, name);
    match value {
        Attribute::Float(value) => message.float(2, *value).int(20, 1),
        Attribute::Int(value) => message.int(3, *value).int(20, 2),
        Attribute::Text(value) => message.text(4, value).int(20, 3),
        Attribute::Tensor(value) => message.message(5, value).int(20, 4),
        Attribute::Floats(values) => message.floats(7, values).int(20, 6),
        Attribute::Ints(values) => message.ints(8, values).int(20, 7),
        Attribute::Texts(values) => {
            let texts = values
                .iter()
                .fold(message, |message, value| message.text(9, value));
            texts.int(20, 8)
        }
    }
}

/// A typed value; an unknown size is the number of rows.
fn value(name: &str, element: Element, shape: &[Option<usize>]) -> Message {
    let mut dimensions = Message::default();
    for size in shape {
        let dimension = match size {
            Some(size) => Message::default().int(1, *size as i64),
            None => Message::default().text(2, "n"),
        };
        dimensions = dimensions.message(1, &dimension);
    }
    let tensor = Message::default().int(1, element.code()).message(2, &dimensions);
    Message::default()
        .text(1, name)
        .message(2, &Message::default().message(1, &tensor))
}
