//! What the conditions of an as-of join say.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Column, DFSchema, Result, plan_err};
use datafusion::logical_expr::expr::BinaryExpr;
use datafusion::logical_expr::type_coercion::binary::comparison_coercion;
use datafusion::logical_expr::utils::split_conjunction_owned;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, Operator, cast};

/// Both sides of a join.
pub(super) struct Sides {
    pub(super) left: LogicalPlan,
    pub(super) right: LogicalPlan,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
    Both,
}

impl Sides {
    fn side(&self, expression: &Expr) -> Side {
        let columns = expression.column_refs();
        let is_of = |schema: &DFSchema| columns.iter().all(|column| schema.has_column(column));
        match (
            columns.is_empty(),
            is_of(self.left.schema()),
            is_of(self.right.schema()),
        ) {
            (false, true, false) => Side::Left,
            (false, false, true) => Side::Right,
            _ => Side::Both,
        }
    }
}

/// What the words of a condition say.
pub(super) struct Matched {
    pub(super) moment: Expr,
    pub(super) event: Option<Expr>,
    pub(super) known: Vec<Expr>,
    pub(super) is_strict: bool,
}

pub(super) fn column(plan: &LogicalPlan, name: &str) -> Result<Column> {
    let found = plan
        .schema()
        .columns()
        .into_iter()
        .find(|column| column.name == name);
    match found {
        Some(column) => Ok(column),
        None => plan_err!("the as-of join names `{name}` in USING, expected a column of both sides"),
    }
}

/// `moment >= event AND moment >= known ...`, or the moment alone.
pub(super) fn matched(condition: Expr, sides: &Sides) -> Result<Matched> {
    let parts = split_conjunction_owned(condition);
    if let [only] = parts.as_slice()
        && sides.side(only) == Side::Left
        && !matches!(only, Expr::BinaryExpr(BinaryExpr { op, .. }) if is_comparison(op))
    {
        return Ok(Matched {
            moment: only.clone(),
            event: None,
            known: Vec::new(),
            is_strict: false,
        });
    }
    let mut found: Option<Matched> = None;
    for part in parts {
        let (left, is_strict, right) = compared(part, sides)?;
        match &mut found {
            None => {
                found = Some(Matched {
                    moment: left,
                    event: Some(right),
                    known: Vec::new(),
                    is_strict,
                });
            }
            Some(first) if first.moment != left => {
                return plan_err!(
                    "the as-of join compares `{}` and `{left}` with the right side, expected one moment of the left row",
                    first.moment
                );
            }
            Some(_) if is_strict => {
                return plan_err!(
                    "the as-of join compares when `{right}` became known by `>`, expected `>=`"
                );
            }
            Some(first) => first.known.push(right),
        }
    }
    match found {
        Some(found) => Ok(found),
        None => plan_err!(
            "an as-of join without a condition, expected MATCH_CONDITION (left.moment >= right.event)"
        ),
    }
}

fn is_comparison(operator: &Operator) -> bool {
    use Operator::{Eq, Gt, GtEq, Lt, LtEq, NotEq};
    matches!(operator, Eq | NotEq | Lt | LtEq | Gt | GtEq)
}

/// A comparison as `(left, whether it is strict, right)`, either way round.
fn compared(part: Expr, sides: &Sides) -> Result<(Expr, bool, Expr)> {
    let told = part.to_string();
    let Expr::BinaryExpr(BinaryExpr { left, op, right }) = part else {
        return plan_err!("the as-of join matches by `{told}`, expected left.moment >= right.event");
    };
    let (left, op, right) = match (sides.side(&left), sides.side(&right)) {
        (Side::Left, Side::Right) => (*left, op, *right),
        (Side::Right, Side::Left) => (*right, op.swap().unwrap_or(op), *left),
        _ => return plan_err!("the as-of join matches by `{told}`, expected a column of each side"),
    };
    match op {
        Operator::GtEq => Ok((left, false, right)),
        Operator::Gt => Ok((left, true, right)),
        Operator::Lt | Operator::LtEq => plan_err!(
            "the as-of join matches by `{told}`, which looks into the future, expected left.moment >= right.event"
        ),
        _ => plan_err!("the as-of join matches by `{told}`, expected left.moment >= right.event"),
    }
}

pub(super) fn keys(condition: Expr, sides: &Sides) -> Result<Vec<(Expr, Expr)>> {
    let mut keys = Vec::new();
    for part in split_conjunction_owned(condition) {
        let told = part.to_string();
        let pair = match part {
            Expr::BinaryExpr(BinaryExpr {
                left,
                op: Operator::Eq,
                right,
            }) => match (sides.side(&left), sides.side(&right)) {
                (Side::Left, Side::Right) => Some((*left, *right)),
                (Side::Right, Side::Left) => Some((*right, *left)),
                _ => None,
            },
            _ => None,
        };
        let Some((left, right)) = pair else {
            return plan_err!("the as-of join has ON `{told}`, expected equalities of a column of each side");
        };
        keys.push(alike(left, right, sides)?);
    }
    Ok(keys)
}

/// Both keys in one type.
pub(super) fn alike(left: Expr, right: Expr, sides: &Sides) -> Result<(Expr, Expr)> {
    let of_left = left.get_type(sides.left.schema())?;
    let of_right = right.get_type(sides.right.schema())?;
    if of_left == of_right {
        return Ok((left, right));
    }
    let is_text = |of: &DataType| matches!(of, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
    let common = match is_text(&of_left) == is_text(&of_right) {
        true => comparison_coercion(&of_left, &of_right),
        false => None,
    };
    match common {
        Some(common) => Ok((cast(left, common.clone()), cast(right, common))),
        None => plan_err!(
            "the as-of join compares `{left}` of type {of_left} with `{right}` of type {of_right}, expected one type; hint: CAST one of them"
        ),
    }
}
