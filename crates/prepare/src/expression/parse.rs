//! From SQL text to an expression tree.

use super::{Binary, CastTo, Expression, Function, Unary, function::FUNCTIONS};
use crate::PrepareError;
use sqlparser::ast::{self, BinaryOperator, UnaryOperator, Value};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;

/// The deepest nesting accepted.
const MAX_DEPTH: usize = 40;

/// Parses a row-wise expression. Column names keep their case; quote unusual ones with `"`.
///
/// # Errors
/// [`PrepareError::Expression`]: not valid, or outside of the subset (with the nearest known function).
pub fn parse(text: &str) -> Result<Expression, PrepareError> {
    let refuse = |found: String| PrepareError::Expression {
        expression: text.to_owned(),
        found,
    };
    let mut parser = Parser::new(&GenericDialect {})
        .with_recursion_limit(MAX_DEPTH)
        .try_with_sql(text)
        .map_err(|error| refuse(error.to_string()))?;
    let tree = parser.parse_expr().map_err(|error| refuse(error.to_string()))?;
    let next = parser.peek_token();
    if next.token != Token::EOF {
        return Err(refuse(format!(
            "`{}` after the end of the expression, at {}",
            next.token, next.span.start
        )));
    }
    convert(&tree).map_err(refuse)
}

fn convert(tree: &ast::Expr) -> Result<Expression, String> {
    use ast::Expr;
    match tree {
        Expr::Identifier(name) => Ok(Expression::Column(name.value.clone())),
        Expr::Nested(inner) => convert(inner),
        Expr::Value(value) => literal(&value.value),
        Expr::UnaryOp { op, expr } => unary(*op, expr),
        Expr::BinaryOp { left, op, right } => {
            Ok(Expression::Binary(operator(op)?, boxed(left)?, boxed(right)?))
        }
        Expr::IsNull(inner) => Ok(Expression::IsNull(boxed(inner)?)),
        Expr::IsNotNull(inner) => Ok(not(Expression::IsNull(boxed(inner)?))),
        Expr::IsTrue(inner) => Ok(both(not(Expression::IsNull(boxed(inner)?)), convert(inner)?)),
        Expr::InList { expr, list, negated } => {
            let list: Result<Vec<_>, _> = list.iter().map(convert).collect();
            Ok(negate_if(*negated, Expression::In(boxed(expr)?, list?)))
        }
        Expr::Between {
            expr,
            negated,
            low,
            high,
        } => {
            let above = Expression::Binary(Binary::GreaterOrEqual, boxed(expr)?, boxed(low)?);
            let below = Expression::Binary(Binary::LessOrEqual, boxed(expr)?, boxed(high)?);
            Ok(negate_if(*negated, both(above, below)))
        }
        Expr::Like {
            negated,
            expr,
            pattern,
            escape_char: None,
            any: false,
        } => match convert(pattern)? {
            Expression::Text(pattern) => Ok(negate_if(*negated, Expression::Like(boxed(expr)?, pattern))),
            _ => Err("`LIKE` needs a pattern in quotes".to_owned()),
        },
        Expr::Case {
            operand,
            conditions,
            else_result,
            ..
        } => case(operand.as_deref(), conditions, else_result.as_deref()),
        Expr::Cast { expr, data_type, .. } => Ok(Expression::Cast(boxed(expr)?, cast_target(data_type)?)),
        Expr::Extract { field, expr, .. } => call(&field.to_string(), vec![convert(expr)?]),
        Expr::Floor { expr, .. } => call("floor", vec![convert(expr)?]),
        Expr::Ceil { expr, .. } => call("ceil", vec![convert(expr)?]),
        Expr::Trim {
            expr,
            trim_where: None,
            trim_what: None,
            ..
        } => call("trim", vec![convert(expr)?]),
        Expr::Substring {
            expr,
            substring_from: Some(from),
            substring_for: Some(length),
            ..
        } => call("substr", vec![convert(expr)?, convert(from)?, convert(length)?]),
        Expr::Function(function) => named_call(function),
        other => Err(format!(
            "`{other}` is not part of the row-wise language; use it in `[data.*].sql`"
        )),
    }
}

fn boxed(tree: &ast::Expr) -> Result<Box<Expression>, String> {
    convert(tree).map(Box::new)
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

fn unary(op: UnaryOperator, inner: &ast::Expr) -> Result<Expression, String> {
    match op {
        UnaryOperator::Plus => convert(inner),
        UnaryOperator::Minus => Ok(match convert(inner)? {
            Expression::Number(number) => Expression::Number(-number),
            other => Expression::Unary(Unary::Negate, Box::new(other)),
        }),
        UnaryOperator::Not => Ok(not(convert(inner)?)),
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
) -> Result<Expression, String> {
    let mut branches = Vec::with_capacity(conditions.len());
    for when in conditions {
        let condition = match operand {
            Some(operand) => Expression::Binary(Binary::Equal, boxed(operand)?, boxed(&when.condition)?),
            None => convert(&when.condition)?,
        };
        branches.push((condition, convert(&when.result)?));
    }
    let otherwise = otherwise.map_or(Ok(Expression::Null), convert)?;
    Ok(Expression::Case(branches, Box::new(otherwise)))
}

fn cast_target(data_type: &ast::DataType) -> Result<CastTo, String> {
    let name = data_type.to_string().to_lowercase();
    let name = name.split('(').next().unwrap_or_default().trim();
    match name {
        "double" | "float" | "real" | "number" | "numeric" | "decimal" | "int" | "integer" | "bigint"
        | "double precision" => Ok(CastTo::Number),
        "text" | "varchar" | "string" | "char" => Ok(CastTo::Text),
        "boolean" | "bool" => Ok(CastTo::Boolean),
        other => Err(format!(
            "cannot cast to `{other}`; expected number, text or boolean"
        )),
    }
}

fn named_call(function: &ast::Function) -> Result<Expression, String> {
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
            ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(expr)) => convert(expr),
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
