use super::expression::{Expression, Function, Operator};
use crate::{StatsError, check};
use std::fmt;

/// Longer formulas, or deeper ones, are refused.
const MOST_PARTS: usize = 1000;
const MOST_DEPTH: usize = 100;

/// What a formula says of columns and parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Formula {
    pub(super) expression: Expression,
    pub(super) n_columns: usize,
    pub(super) n_parameters: usize,
}

/// Why a text is no formula.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormulaError {
    /// Where, in characters from 1.
    pub place: usize,
    /// What stands there.
    pub found: String,
    /// What could stand there.
    pub expected: String,
}

impl fmt::Display for FormulaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            place,
            found,
            expected,
        } = self;
        write!(
            f,
            "formula: found {found} at character {place}, expected {expected}"
        )
    }
}

impl std::error::Error for FormulaError {}

impl Formula {
    /// Reads a formula of numbers, these columns and parameters, `pi`, `+ - * / ^ **`, brackets, and the functions `exp`,
    /// `ln` (or `log`), `sqrt`, `sin`, `cos`, `tanh`, `atan` (or `arctan`). Powers bind before signs and from the right:
    /// `-x^2` is `-(x^2)`.
    ///
    /// # Errors
    /// [`FormulaError`] with the place of what cannot be read, or of a name that is neither column nor parameter.
    pub fn parse(text: &str, columns: &[&str], parameters: &[&str]) -> Result<Self, FormulaError> {
        let mut parser = Parser {
            tokens: tokens(text)?,
            next: 0,
            n_parts: 0,
            columns,
            parameters,
        };
        let expression = parser.sum(0)?;
        match parser.peek() {
            Token::End => Ok(Self {
                expression,
                n_columns: columns.len(),
                n_parameters: parameters.len(),
            }),
            _ => Err(parser.refusal("an operator or the end")),
        }
    }

    /// The value of a formula without parameters for each row of its columns.
    ///
    /// # Errors
    /// [`StatsError::LengthMismatch`] for other columns than those of the formula, or parameters.
    pub fn values(&self, columns: &[&[f64]]) -> Result<Vec<f64>, StatsError> {
        check::same_length("parameters", 0, self.n_parameters)?;
        check::same_length("columns", columns.len(), self.n_columns)?;
        for column in columns {
            check::same_length("a column", column.len(), columns[0].len())?;
        }
        Ok(self.expression.evaluate(columns, &[]).values)
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Number(f64),
    Name(String),
    Sign(char),
    End,
}

/// Tokens with their places; `**` is `^`, and brackets of both kinds are one.
fn tokens(text: &str) -> Result<Vec<(Token, usize)>, FormulaError> {
    let characters: Vec<char> = text.chars().collect();
    let (mut tokens, mut at) = (Vec::new(), 0);
    while at < characters.len() {
        let (start, c) = (at, characters[at]);
        let run = |is_in: &dyn Fn(char) -> bool| {
            characters[start..]
                .iter()
                .take_while(|c| is_in(**c))
                .collect::<String>()
        };
        if c.is_whitespace() {
            at += 1;
            continue;
        }
        let token = if c.is_ascii_digit() || c == '.' {
            let word = number_at(&characters[start..]);
            at += word.len();
            let number = word.parse().ok().filter(|number: &f64| number.is_finite());
            Token::Number(number.ok_or_else(|| refusal(start, &word, "a number"))?)
        } else if c.is_alphabetic() || c == '_' {
            let word = run(&|c| c.is_alphanumeric() || c == '_');
            at += word.chars().count();
            Token::Name(word)
        } else if "+-*/^()[]".contains(c) {
            let is_power = c == '*' && characters.get(at + 1) == Some(&'*');
            at += if is_power { 2 } else { 1 };
            Token::Sign(match c {
                _ if is_power => '^',
                '[' => '(',
                ']' => ')',
                _ => c,
            })
        } else {
            return Err(refusal(
                start,
                &c.to_string(),
                "a number, a name, an operator or a bracket",
            ));
        };
        tokens.push((token, start + 1));
    }
    tokens.push((Token::End, characters.len() + 1));
    Ok(tokens)
}

/// Digits, a point and an exponent.
fn number_at(characters: &[char]) -> String {
    let mut word = String::new();
    for (k, &c) in characters.iter().enumerate() {
        let after_e = word.ends_with(['e', 'E']);
        let begins_exponent = matches!(c, 'e' | 'E')
            && !word.contains(['e', 'E'])
            && characters[k + 1..]
                .iter()
                .find(|c| !matches!(c, '+' | '-'))
                .is_some_and(char::is_ascii_digit);
        if c.is_ascii_digit() || c == '.' || begins_exponent || (after_e && matches!(c, '+' | '-')) {
            word.push(c);
        } else {
            break;
        }
    }
    word
}

fn refusal(start: usize, found: &str, expected: &str) -> FormulaError {
    FormulaError {
        place: start + 1,
        found: format!("`{found}`"),
        expected: expected.to_owned(),
    }
}

struct Parser<'a> {
    tokens: Vec<(Token, usize)>,
    next: usize,
    n_parts: usize,
    columns: &'a [&'a str],
    parameters: &'a [&'a str],
}

impl Parser<'_> {
    fn peek(&self) -> &Token {
        &self.tokens[self.next].0
    }

    fn refusal(&self, expected: &str) -> FormulaError {
        let (token, place) = &self.tokens[self.next];
        let found = match token {
            Token::Number(number) => number.to_string(),
            Token::Name(name) => name.clone(),
            Token::Sign(sign) => sign.to_string(),
            Token::End => {
                return FormulaError {
                    place: *place,
                    found: "the end".to_owned(),
                    expected: expected.to_owned(),
                };
            }
        };
        refusal(place - 1, &found, expected)
    }

    /// Takes one of these signs, if it is next.
    fn take(&mut self, signs: &str) -> Option<char> {
        match *self.peek() {
            Token::Sign(sign) if signs.contains(sign) => {
                self.next += 1;
                Some(sign)
            }
            _ => None,
        }
    }

    fn part(&mut self, expression: Expression) -> Result<Expression, FormulaError> {
        self.n_parts += 1;
        if MOST_PARTS < self.n_parts {
            return Err(self.refusal("at most 1000 parts"));
        }
        Ok(expression)
    }

    fn sum(&mut self, depth: usize) -> Result<Expression, FormulaError> {
        if MOST_DEPTH < depth {
            return Err(self.refusal("at most 100 brackets within each other"));
        }
        let mut left = self.product(depth)?;
        while let Some(sign) = self.take("+-") {
            let operator = if sign == '+' {
                Operator::Plus
            } else {
                Operator::Minus
            };
            let right = self.product(depth)?;
            left = self.part(Expression::Binary(operator, Box::new(left), Box::new(right)))?;
        }
        Ok(left)
    }

    fn product(&mut self, depth: usize) -> Result<Expression, FormulaError> {
        let mut left = self.signed(depth)?;
        while let Some(sign) = self.take("*/") {
            let operator = if sign == '*' {
                Operator::Times
            } else {
                Operator::Over
            };
            let right = self.signed(depth)?;
            left = self.part(Expression::Binary(operator, Box::new(left), Box::new(right)))?;
        }
        Ok(left)
    }

    fn signed(&mut self, depth: usize) -> Result<Expression, FormulaError> {
        if MOST_DEPTH < depth {
            return Err(self.refusal("at most 100 signs before each other"));
        }
        match self.take("+-") {
            Some('-') => {
                let inner = self.signed(depth + 1)?;
                self.part(Expression::Call(Function::Minus, Box::new(inner)))
            }
            Some(_) => self.signed(depth + 1),
            None => self.power(depth),
        }
    }

    fn power(&mut self, depth: usize) -> Result<Expression, FormulaError> {
        let base = self.atom(depth)?;
        if self.take("^").is_none() {
            return Ok(base);
        }
        let exponent = self.signed(depth + 1)?;
        self.part(Expression::Binary(
            Operator::ToThe,
            Box::new(base),
            Box::new(exponent),
        ))
    }

    fn atom(&mut self, depth: usize) -> Result<Expression, FormulaError> {
        let token = self.peek().clone();
        match token {
            Token::Number(number) => {
                self.next += 1;
                self.part(Expression::Number(number))
            }
            Token::Name(name) => self.named(&name, depth),
            Token::Sign('(') => self.in_brackets(depth),
            _ => Err(self.refusal("a number, a name or `(`")),
        }
    }

    fn in_brackets(&mut self, depth: usize) -> Result<Expression, FormulaError> {
        if self.take("(").is_none() {
            return Err(self.refusal("`(`"));
        }
        let inner = self.sum(depth + 1)?;
        match self.take(")") {
            Some(_) => Ok(inner),
            None => Err(self.refusal("an operator or `)`")),
        }
    }

    fn named(&mut self, name: &str, depth: usize) -> Result<Expression, FormulaError> {
        let place_in = |names: &[&str]| names.iter().position(|known| *known == name);
        let expression = if let Some(place) = place_in(self.parameters) {
            Expression::Parameter(place)
        } else if let Some(place) = place_in(self.columns) {
            Expression::Column(place)
        } else if let Some((_, function)) = Function::NAMES.iter().find(|(known, _)| *known == name) {
            self.next += 1;
            let inner = self.in_brackets(depth)?;
            return self.part(Expression::Call(*function, Box::new(inner)));
        } else if name == "pi" {
            Expression::Number(std::f64::consts::PI)
        } else {
            let functions = Function::NAMES.map(|(name, _)| name);
            let known = [self.parameters, self.columns, &functions].concat().join("`, `");
            return Err(self.refusal(&format!("one of `{known}`")));
        };
        self.next += 1;
        self.part(expression)
    }
}
