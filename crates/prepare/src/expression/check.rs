//! The kind of an expression, checked before a row is seen.

use super::{Binary, CastTo, Expression, Function, Unary};
use crate::PrepareError;
use std::collections::BTreeSet;
use table::{Kind, nearest, quoted_list};

/// The casts whose inner expression may give a day or a text where its kind is a time.
pub(super) fn casts_of_times(expression: &Expression, columns: &[(String, Kind)]) -> Vec<*const Expression> {
    let mut casts = Vec::new();
    visit(expression, &mut |node| {
        if let Expression::Cast(inner, _) = node
            && !matches!(**inner, Expression::Column(_))
            && matches!(optional_kind(inner, columns), Ok(Some(Kind::Time)))
        {
            casts.push(std::ptr::from_ref(node));
        }
    });
    casts
}

/// How deep objects and lists stand in each other when `expression` is written as JSON.
pub(super) fn json_depth(expression: &Expression) -> usize {
    let deepest = |inner: &[&Expression]| inner.iter().map(|inner| json_depth(inner)).max().unwrap_or(0);
    match expression {
        Expression::Column(_) | Expression::Number(_) | Expression::Text(_) | Expression::Boolean(_) => 1,
        Expression::Null => 0,
        Expression::IsNull(inner) => 1 + json_depth(inner),
        Expression::Unary(_, inner) | Expression::Like(inner, _) | Expression::Cast(inner, _) => {
            2 + json_depth(inner)
        }
        Expression::Binary(_, left, right) => 2 + deepest(&[left, right]),
        Expression::In(inner, list) => {
            3 + json_depth(inner).max(list.iter().map(json_depth).max().unwrap_or(0))
        }
        Expression::Call(_, arguments) => 3 + arguments.iter().map(json_depth).max().unwrap_or(0),
        Expression::Case(branches, otherwise) => {
            let branches = branches
                .iter()
                .map(|(condition, value)| deepest(&[condition, value]));
            4 + json_depth(otherwise).max(branches.max().unwrap_or(0))
        }
    }
}

/// The columns that `expression` reads.
pub fn columns_of(expression: &Expression) -> BTreeSet<String> {
    let mut columns = BTreeSet::new();
    visit(expression, &mut |node| {
        if let Expression::Column(name) = node {
            columns.insert(name.clone());
        }
    });
    columns
}

fn visit(expression: &Expression, see: &mut impl FnMut(&Expression)) {
    see(expression);
    match expression {
        Expression::Unary(_, inner)
        | Expression::IsNull(inner)
        | Expression::Like(inner, _)
        | Expression::Cast(inner, _) => visit(inner, see),
        Expression::Binary(_, left, right) => {
            visit(left, see);
            visit(right, see);
        }
        Expression::In(inner, list) => {
            visit(inner, see);
            list.iter().for_each(|item| visit(item, see));
        }
        Expression::Case(branches, otherwise) => {
            for (condition, value) in branches {
                visit(condition, see);
                visit(value, see);
            }
            visit(otherwise, see);
        }
        Expression::Call(_, arguments) => arguments.iter().for_each(|argument| visit(argument, see)),
        Expression::Column(_)
        | Expression::Number(_)
        | Expression::Text(_)
        | Expression::Boolean(_)
        | Expression::Null => {}
    }
}

/// The kind of an expression's result; whole numbers count as numbers.
pub(super) fn kind(expression: &Expression, columns: &[(String, Kind)]) -> Result<Kind, PrepareError> {
    optional_kind(expression, columns).map(|kind| kind.unwrap_or(Kind::Text))
}

/// `None` is the kind of a bare `NULL`, which fits everywhere.
fn optional_kind(expression: &Expression, columns: &[(String, Kind)]) -> Result<Option<Kind>, PrepareError> {
    let of = |inner: &Expression| optional_kind(inner, columns);
    Ok(match expression {
        Expression::Column(name) => Some(column_kind(name, columns)?),
        Expression::Number(_) => Some(Kind::Number),
        Expression::Text(_) => Some(Kind::Text),
        Expression::Boolean(_) => Some(Kind::Boolean),
        Expression::Null => None,
        Expression::Unary(Unary::Negate, inner) => expect(of(inner)?, Kind::Number, "-")?,
        Expression::Unary(Unary::Not, inner) => expect(of(inner)?, Kind::Boolean, "NOT")?,
        Expression::Binary(op, left, right) => binary(*op, of(left)?, of(right)?)?,
        Expression::IsNull(inner) => of(inner).map(|_| Some(Kind::Boolean))?,
        Expression::In(inner, list) => {
            let kind = of(inner)?;
            list.iter()
                .try_for_each(|item| same(kind, of(item)?, "IN").map(drop))?;
            Some(Kind::Boolean)
        }
        Expression::Like(inner, _) => expect(of(inner)?, Kind::Text, "LIKE").map(|_| Some(Kind::Boolean))?,
        Expression::Case(branches, otherwise) => {
            let mut result = of(otherwise)?;
            for (condition, value) in branches {
                expect(of(condition)?, Kind::Boolean, "WHEN")?;
                result = same(of(value)?, result, "CASE")?;
            }
            result
        }
        Expression::Cast(inner, to) => of(inner).map(|_| {
            Some(match to {
                CastTo::Number | CastTo::Whole => Kind::Number,
                CastTo::Text => Kind::Text,
                CastTo::Boolean => Kind::Boolean,
            })
        })?,
        Expression::Call(function, arguments) => {
            let kinds: Result<Vec<_>, _> = arguments.iter().map(of).collect();
            call(*function, &kinds?)?
        }
    })
}

fn column_kind(name: &str, columns: &[(String, Kind)]) -> Result<Kind, PrepareError> {
    let known = || columns.iter().map(|(name, _)| name.as_str());
    match columns.iter().find(|(column, _)| column == name) {
        Some((_, kind)) if kind.is_numeric() => Ok(Kind::Number),
        Some((_, kind)) => Ok(*kind),
        None => Err(PrepareError::UnknownColumn {
            column: name.to_owned(),
            found: quoted_list(known(), 12),
            nearest: nearest(name, known()).map(str::to_owned),
        }),
    }
}

fn binary(op: Binary, left: Option<Kind>, right: Option<Kind>) -> Result<Option<Kind>, PrepareError> {
    let symbol = op.symbol();
    match op {
        Binary::And | Binary::Or => {
            expect(left, Kind::Boolean, symbol)?;
            expect(right, Kind::Boolean, symbol)
        }
        Binary::Concat => {
            expect(left, Kind::Text, symbol)?;
            expect(right, Kind::Text, symbol)
        }
        Binary::Subtract if is_temporal(left) && is_temporal(right) => Ok(Some(Kind::Number)),
        Binary::Add | Binary::Subtract if left == Some(Kind::Date) => {
            expect(right, Kind::Number, symbol).map(|_| Some(Kind::Date))
        }
        Binary::Add | Binary::Subtract | Binary::Multiply | Binary::Divide | Binary::Remainder => {
            expect(left, Kind::Number, symbol)?;
            expect(right, Kind::Number, symbol)
        }
        _ => same(left, right, symbol).map(|_| Some(Kind::Boolean)),
    }
}

fn is_temporal(kind: Option<Kind>) -> bool {
    matches!(kind, Some(Kind::Date | Kind::Time))
}

fn call(function: Function, kinds: &[Option<Kind>]) -> Result<Option<Kind>, PrepareError> {
    let spec = function.spec();
    let least = if spec.variadic {
        spec.arguments
            .len()
            .max(if function == Function::NullIf { 2 } else { 1 })
    } else {
        spec.arguments.len()
    };
    let most = if function == Function::NullIf {
        2
    } else if spec.variadic {
        usize::MAX
    } else {
        least
    };
    if !(least..=most).contains(&kinds.len()) {
        let expected = if spec.variadic {
            format!("at least {least}")
        } else {
            least.to_string()
        };
        return Err(PrepareError::Operands {
            operator: spec.name.to_owned(),
            found: format!("{} arguments", kinds.len()),
            expected,
        });
    }
    if spec.arguments.is_empty() {
        let common = kinds
            .iter()
            .try_fold(None, |kind, next| same(kind, *next, spec.name))?;
        return Ok(match (function, kinds) {
            (Function::NullIf, [first, ..]) => first.or(common),
            _ => common,
        });
    }
    for (position, kind) in kinds.iter().enumerate() {
        let wanted = spec.arguments[position.min(spec.arguments.len() - 1)];
        if !(wanted == Kind::Time && is_temporal(*kind)) {
            expect(*kind, wanted, spec.name)?;
        }
    }
    Ok(spec.result)
}

fn expect(found: Option<Kind>, expected: Kind, operator: &str) -> Result<Option<Kind>, PrepareError> {
    match found {
        Some(kind) if kind != expected => Err(PrepareError::Operands {
            operator: operator.to_owned(),
            found: kind.to_string(),
            expected: expected.to_string(),
        }),
        _ => Ok(Some(expected)),
    }
}

/// Both kinds, if they can be compared; days compare with times.
fn same(left: Option<Kind>, right: Option<Kind>, operator: &str) -> Result<Option<Kind>, PrepareError> {
    match (left, right) {
        (Some(left), Some(right))
            if left != right && !(is_temporal(Some(left)) && is_temporal(Some(right))) =>
        {
            // A day or time may be compared with its ISO text.
            let text_and_time = (left == Kind::Text && is_temporal(Some(right)))
                || (right == Kind::Text && is_temporal(Some(left)));
            if text_and_time {
                return Ok(Some(Kind::Time));
            }
            Err(PrepareError::Operands {
                operator: operator.to_owned(),
                found: format!("{left} and {right}"),
                expected: "two sides of one kind".to_owned(),
            })
        }
        // A day among times is the time at which it begins.
        (Some(left), Some(right)) if left != right => Ok(Some(Kind::Time)),
        (left, right) => Ok(left.or(right)),
    }
}

impl Binary {
    /// The operator as it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Binary::Add => "+",
            Binary::Subtract => "-",
            Binary::Multiply => "*",
            Binary::Divide => "/",
            Binary::Remainder => "%",
            Binary::Equal => "=",
            Binary::NotEqual => "<>",
            Binary::Less => "<",
            Binary::LessOrEqual => "<=",
            Binary::Greater => ">",
            Binary::GreaterOrEqual => ">=",
            Binary::And => "AND",
            Binary::Or => "OR",
            Binary::Concat => "||",
        }
    }
}
