use crate::math::{cos, exp, ln, pow, sin, sqrt, tanh};

/// A formula as a tree.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    Number(f64),
    /// The values of a column, by its position.
    Column(usize),
    /// One number to be found, by its position.
    Parameter(usize),
    Binary(Operator, Box<Self>, Box<Self>),
    Call(Function, Box<Self>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Plus,
    Minus,
    Times,
    Over,
    ToThe,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Minus,
    Exp,
    Ln,
    Sqrt,
    Sin,
    Cos,
    Tanh,
    Atan,
}

impl Function {
    /// The names under which functions are called.
    pub(super) const NAMES: [(&'static str, Self); 9] = [
        ("exp", Self::Exp),
        ("ln", Self::Ln),
        ("log", Self::Ln),
        ("sqrt", Self::Sqrt),
        ("sin", Self::Sin),
        ("cos", Self::Cos),
        ("tanh", Self::Tanh),
        ("atan", Self::Atan),
        ("arctan", Self::Atan),
    ];

    /// Value and derivative at `x`.
    fn at(self, x: f64) -> (f64, f64) {
        match self {
            Self::Minus => (-x, -1.0),
            Self::Exp => (exp(x), exp(x)),
            Self::Ln => (ln(x), 1.0 / x),
            Self::Sqrt => (sqrt(x), 0.5 / sqrt(x)),
            Self::Sin => (sin(x), cos(x)),
            Self::Cos => (cos(x), -sin(x)),
            Self::Tanh => (tanh(x), 1.0 - tanh(x) * tanh(x)),
            Self::Atan => (libm::atan(x), 1.0 / (1.0 + x * x)),
        }
    }
}

impl Operator {
    /// The value, and the derivatives by either side.
    fn at(self, a: f64, b: f64) -> (f64, f64, f64) {
        match self {
            Self::Plus => (a + b, 1.0, 1.0),
            Self::Minus => (a - b, 1.0, -1.0),
            Self::Times => (a * b, b, a),
            Self::Over => (a / b, 1.0 / b, -(a / b) / b),
            Self::ToThe if b == 2.0 => (a * a, 2.0 * a, a * a * ln(a)),
            Self::ToThe if b == 3.0 => (a * a * a, 3.0 * a * a, a * a * a * ln(a)),
            Self::ToThe => (pow(a, b), b * pow(a, b - 1.0), pow(a, b) * ln(a)),
        }
    }
}

/// Values row by row, and their derivatives by each parameter; `None` where the value does not depend on it.
#[derive(Debug, Clone)]
pub(super) struct Dual {
    pub(super) values: Vec<f64>,
    pub(super) slopes: Vec<Option<Vec<f64>>>,
}

impl Expression {
    /// Evaluates all rows at once, with derivatives carried forwards.
    pub(super) fn evaluate(&self, columns: &[&[f64]], parameters: &[f64]) -> Dual {
        let n_rows = columns.first().map_or(0, |column| column.len());
        let plain = |values| Dual {
            values,
            slopes: vec![None; parameters.len()],
        };
        match self {
            Self::Number(number) => plain(vec![*number; n_rows]),
            Self::Column(place) => plain(columns[*place].to_vec()),
            Self::Parameter(place) => {
                let mut dual = plain(vec![parameters[*place]; n_rows]);
                dual.slopes[*place] = Some(vec![1.0; n_rows]);
                dual
            }
            Self::Call(function, inner) => inner.evaluate(columns, parameters).mapped(*function),
            Self::Binary(operator, a, b) => {
                let (a, b) = (a.evaluate(columns, parameters), b.evaluate(columns, parameters));
                a.joined(&b, *operator)
            }
        }
    }
}

impl Dual {
    fn mapped(mut self, function: Function) -> Self {
        for row in 0..self.values.len() {
            let (value, slope) = function.at(self.values[row]);
            self.values[row] = value;
            for slopes in self.slopes.iter_mut().flatten() {
                slopes[row] *= slope;
            }
        }
        self
    }

    fn joined(&self, other: &Self, operator: Operator) -> Self {
        let both = self.values.iter().zip(&other.values);
        let at: Vec<(f64, f64, f64)> = both.map(|(&a, &b)| operator.at(a, b)).collect();
        let slope = |(a, b): (&Option<Vec<f64>>, &Option<Vec<f64>>)| {
            let rows = at.iter().enumerate();
            // a side that does not move is not asked: its derivative may be no number
            match (a, b) {
                (None, None) => None,
                (Some(a), None) => Some(rows.map(|(row, at)| a[row] * at.1).collect()),
                (None, Some(b)) => Some(rows.map(|(row, at)| b[row] * at.2).collect()),
                (Some(a), Some(b)) => Some(rows.map(|(row, at)| a[row] * at.1 + b[row] * at.2).collect()),
            }
        };
        Self {
            slopes: self.slopes.iter().zip(&other.slopes).map(slope).collect(),
            values: at.iter().map(|at| at.0).collect(),
        }
    }
}
