//! From SQL text to an expression tree.

use super::{Binary, CastTo, Expression, Function, Unary, function::FUNCTIONS};
use crate::PrepareError;
use sqlparser::ast::{self, BinaryOperator, UnaryOperator, Value};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};

/// The most characters of an expression that a message shows.
const MAX_SHOWN: usize = 200;
/// The most brackets and signs in each other.
const MAX_DEPTH: usize = 40;
/// The most words and signs of an expression. A run of operators is parsed without recursion, but its tree is as deep as
/// the run is long.
const MAX_TOKENS: usize = 4_000;
/// The deepest tree that is converted.
const MAX_NESTING: usize = 64;
/// The deepest JSON that a bundle's expression may have: its reader stops at 128, some of which stand around it.
const MAX_JSON_DEPTH: usize = 110;

/// Parses a row-wise expression. Column names keep their case; quote unusual ones with `"`.
///
/// # Errors
/// [`PrepareError::Expression`]: not valid, or outside of the subset (with the nearest known function).
pub fn parse(text: &str) -> Result<Expression, PrepareError> {
    let refuse = |found: String| PrepareError::Expression {
        expression: text.chars().take(MAX_SHOWN).collect(),
        found,
    };
    let dialect = GenericDialect {};
    let tokens = Tokenizer::new(&dialect, text)
        .tokenize_with_location()
        .map_err(|error| refuse(error.to_string()))?;
    let is_word = |token: &&TokenWithSpan| !matches!(token.token, Token::Whitespace(_));
    let n_tokens = tokens.iter().filter(is_word).count();
    if MAX_TOKENS < n_tokens {
        return Err(refuse(format!(
            "{n_tokens} words and signs, expected at most {MAX_TOKENS}"
        )));
    }
    let mut parser = Parser::new(&dialect)
        .with_recursion_limit(MAX_DEPTH)
        .with_tokens_with_locations(tokens);
    let tree = parser.parse_expr().map_err(|error| refuse(error.to_string()))?;
    let next = parser.peek_token();
    if next.token != Token::EOF {
        return Err(refuse(format!(
            "`{}` after the end of the expression, at {}",
            next.token, next.span.start
        )));
    }
    let expression = convert(&tree, 0).map_err(refuse)?;
    if MAX_JSON_DEPTH < super::check::json_depth(&expression) {
        return Err(refuse(too_deep()));
    }
    Ok(expression)
}

fn too_deep() -> String {
    "too many operators in each other; hint: split it into several features".to_owned()
}

/// `depth` counts the levels above, so that no text can exhaust the stack.
fn convert(tree: &ast::Expr, depth: usize) -> Result<Expression, String> {
    use ast::Expr;
    if MAX_NESTING < depth {
        return Err(too_deep());
    }
    let depth = depth + 1;
    match tree {
        Expr::Identifier(name) => Ok(Expression::Column(name.value.clone())),
        Expr::Nested(inner) => convert(inner, depth),
        Expr::Value(value) => literal(&value.value),
        Expr::UnaryOp { op, expr } => unary(*op, expr, depth),
        Expr::BinaryOp { op, .. } if is_associative(op) => chain(tree, op, depth),
        Expr::BinaryOp { left, op, right } => Ok(Expression::Binary(
            operator(op)?,
            boxed(left, depth)?,
            boxed(right, depth)?,
        )),
        Expr::IsNull(inner) => Ok(Expression::IsNull(boxed(inner, depth)?)),
        Expr::IsNotNull(inner) => Ok(not(Expression::IsNull(boxed(inner, depth)?))),
        Expr::IsTrue(inner) => Ok(both(
            not(Expression::IsNull(boxed(inner, depth)?)),
            convert(inner, depth)?,
        )),
        Expr::InList { expr, list, negated } => {
            let list: Result<Vec<_>, _> = list.iter().map(|item| convert(item, depth)).collect();
            Ok(negate_if(*negated, Expression::In(boxed(expr, depth)?, list?)))
        }
        Expr::Between {
            expr,
            negated,
            low,
            high,
        } => {
            let above = Expression::Binary(Binary::GreaterOrEqual, boxed(expr, depth)?, boxed(low, depth)?);
            let below = Expression::Binary(Binary::LessOrEqual, boxed(expr, depth)?, boxed(high, depth)?);
            Ok(negate_if(*negated, both(above, below)))
        }
        Expr::Like {
            negated,
            expr,
            pattern,
            escape_char: None,
            any: false,
        } => match convert(pattern, depth)? {
            Expression::Text(pattern) => Ok(negate_if(
                *negated,
                Expression::Like(boxed(expr, depth)?, pattern),
            )),
            _ => Err("`LIKE` needs a pattern in quotes".to_owned()),
        },
        Expr::Case {
            operand,
            conditions,
            else_result,
            ..
        } => case(operand.as_deref(), conditions, else_result.as_deref(), depth),
        Expr::Cast {
            expr,
            data_type,
            format: None,
            ..
        } => Ok(Expression::Cast(boxed(expr, depth)?, cast_target(data_type)?)),
        Expr::Extract { field, expr, .. } => call(&field.to_string(), vec![convert(expr, depth)?]),
        Expr::Floor {
            expr,
            field: ast::CeilFloorKind::DateTimeField(ast::DateTimeField::NoDateTime),
        } => call("floor", vec![convert(expr, depth)?]),
        Expr::Ceil {
            expr,
            field: ast::CeilFloorKind::DateTimeField(ast::DateTimeField::NoDateTime),
        } => call("ceil", vec![convert(expr, depth)?]),
        Expr::Trim {
            expr,
            trim_where: None,
            trim_what: None,
            ..
        } => call("trim", vec![convert(expr, depth)?]),
        Expr::Substring {
            expr,
            substring_from: Some(from),
            substring_for: Some(length),
            ..
        } => call(
            "substr",
            vec![
                convert(expr, depth)?,
                convert(from, depth)?,
                convert(length, depth)?,
            ],
        ),
        Expr::Function(function) => named_call(function, depth),
        other => Err(format!(
            "`{other}` is not part of the row-wise language; use it in `[data.*].sql`"
        )),
    }
}

/// Operators whose sides can be bracketed in any way without changing a bit of the result.
fn is_associative(op: &BinaryOperator) -> bool {
    matches!(
        op,
        BinaryOperator::And | BinaryOperator::Or | BinaryOperator::StringConcat
    )
}

/// A run of one associative operator as a balanced tree, so that a long run is no deep one.
fn chain(tree: &ast::Expr, op: &BinaryOperator, depth: usize) -> Result<Expression, String> {
    let mut sides = Vec::new();
    let mut rest = tree;
    while let ast::Expr::BinaryOp {
        left,
        op: other,
        right,
    } = rest
        && other == op
    {
        sides.push(convert(right, depth)?);
        rest = left;
    }
    sides.push(convert(rest, depth)?);
    sides.reverse();
    let op = operator(op)?;
    while 1 < sides.len() {
        let mut pairs = Vec::with_capacity(sides.len().div_ceil(2));
        let mut sides_left = sides.into_iter();
        while let Some(left) = sides_left.next() {
            pairs.push(match sides_left.next() {
                Some(right) => Expression::Binary(op, Box::new(left), Box::new(right)),
                None => left,
            });
        }
        sides = pairs;
    }
    sides.pop().ok_or_else(|| "an operator without sides".to_owned())
}

fn boxed(tree: &ast::Expr, depth: usize) -> Result<Box<Expression>, String> {
    convert(tree, depth).map(Box::new)
}

fn not(expression: Expression) -> Expression {
    Expression::Unary(Unary::Not, Box::new(expression))
}

fn both(left: Expression, right: Expression) -> Expression {
    Expression::Binary(Binary::And, Box::new(left), Box::new(right))
}

fn negate_if(negated: bool, expression: Expression) -> Expression {
    if negated { not(expression) } else { expression }
}

fn literal(value: &Value) -> Result<Expression, String> {
    match value {
        Value::Number(text, _) => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Expression::Number(number)),
            _ => Err(format!("`{text}` is not a finite number")),
        },
        Value::SingleQuotedString(text) => Ok(Expression::Text(text.clone())),
        Value::Boolean(value) => Ok(Expression::Boolean(*value)),
        Value::Null => Ok(Expression::Null),
        other => Err(format!(
            "the literal `{other}` is not part of the row-wise language"
        )),
    }
}

fn unary(op: UnaryOperator, inner: &ast::Expr, depth: usize) -> Result<Expression, String> {
    match op {
        UnaryOperator::Plus => convert(inner, depth),
        UnaryOperator::Minus => Ok(match convert(inner, depth)? {
            Expression::Number(number) => Expression::Number(-number),
            other => Expression::Unary(Unary::Negate, Box::new(other)),
        }),
        UnaryOperator::Not => Ok(not(convert(inner, depth)?)),
        other => Err(format!(
            "the operator `{other}` is not part of the row-wise language"
        )),
    }
}

fn operator(op: &BinaryOperator) -> Result<Binary, String> {
    Ok(match op {
        BinaryOperator::Plus => Binary::Add,
        BinaryOperator::Minus => Binary::Subtract,
        BinaryOperator::Multiply => Binary::Multiply,
        BinaryOperator::Divide => Binary::Divide,
        BinaryOperator::Modulo => Binary::Remainder,
        BinaryOperator::Eq => Binary::Equal,
        BinaryOperator::NotEq => Binary::NotEqual,
        BinaryOperator::Lt => Binary::Less,
        BinaryOperator::LtEq => Binary::LessOrEqual,
        BinaryOperator::Gt => Binary::Greater,
        BinaryOperator::GtEq => Binary::GreaterOrEqual,
        BinaryOperator::And => Binary::And,
        BinaryOperator::Or => Binary::Or,
        BinaryOperator::StringConcat => Binary::Concat,
        other => {
            return Err(format!(
                "the operator `{other}` is not part of the row-wise language"
            ));
        }
    })
}

fn case(
    operand: Option<&ast::Expr>,
    conditions: &[ast::CaseWhen],
    otherwise: Option<&ast::Expr>,
    depth: usize,
) -> Result<Expression, String> {
    let mut branches = Vec::with_capacity(conditions.len());
    for when in conditions {
        let condition = match operand {
            Some(operand) => Expression::Binary(
                Binary::Equal,
                boxed(operand, depth)?,
                boxed(&when.condition, depth)?,
            ),
            None => convert(&when.condition, depth)?,
        };
        branches.push((condition, convert(&when.result, depth)?));
    }
    let otherwise = otherwise.map_or(Ok(Expression::Null), |otherwise| convert(otherwise, depth))?;
    Ok(Expression::Case(branches, Box::new(otherwise)))
}

fn cast_target(data_type: &ast::DataType) -> Result<CastTo, String> {
    let name = data_type.to_string().to_lowercase();
    match name.as_str() {
        "double" | "float" | "real" | "number" | "numeric" | "decimal" | "double precision" => {
            Ok(CastTo::Number)
        }
        "int" | "integer" | "bigint" => Ok(CastTo::Whole),
        "text" | "varchar" | "string" => Ok(CastTo::Text),
        "boolean" | "bool" => Ok(CastTo::Boolean),
        other => {
            let hint = if other.contains('(') || other == "char" {
                "; hint: digits are rounded with `round` and texts cut with `substr`"
            } else {
                ""
            };
            Err(format!(
                "cannot cast to `{other}`; expected number, integer, text or boolean{hint}"
            ))
        }
    }
}

fn named_call(function: &ast::Function, depth: usize) -> Result<Expression, String> {
    let name = function.name.to_string();
    let plain = function.over.is_none() && function.filter.is_none() && function.within_group.is_empty();
    let ast::FunctionArguments::List(list) = &function.args else {
        return Err(format!("`{name}` needs arguments in parentheses"));
    };
    if !plain || list.duplicate_treatment.is_some() || !list.clauses.is_empty() {
        return Err(format!("`{name}` looks at other rows; use it in `[data.*].sql`"));
    }
    let arguments: Result<Vec<Expression>, String> = list
        .args
        .iter()
        .map(|argument| match argument {
            ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(expr)) => convert(expr, depth),
            other => Err(format!("the argument `{other}` of `{name}` is not an expression")),
        })
        .collect();
    call(&name, arguments?)
}

fn call(name: &str, arguments: Vec<Expression>) -> Result<Expression, String> {
    match Function::named(name) {
        Some(spec) => Ok(Expression::Call(spec.function, arguments)),
        None => {
            let known = FUNCTIONS.iter().map(|spec| spec.name);
            let hint = table::nearest(name, known).map(|name| format!("; did you mean `{name}`?"));
            Err(format!("unknown function `{name}`{}", hint.unwrap_or_default()))
        }
    }
}
