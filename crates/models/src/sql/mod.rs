//! SQL text to tree, with problems at their place in the file, and what the tree tells: inputs, driving table, columns.
//!
//! The PostgreSQL grammar is used because of those that wharf's warehouses speak it allows the least beyond standard SQL.

mod depth;
mod inputs;
mod output;
mod plain;
mod scope;

use sqlparser::ast::{Expr, Statement};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Span, Token, TokenWithSpan, Tokenizer};

use depth::{MAX_NESTING, NAME_PARTS};
pub use inputs::Input;
pub(crate) use inputs::inputs;
pub(crate) use output::{driving, output_columns};
pub(crate) use plain::refuse;
pub(crate) use scope::{Scopes, ident_name, table_name};

use crate::problem::{Place, Problem};

/// A query and where it ends, before a closing semicolon.
pub(crate) struct Parsed {
    pub statement: Statement,
    /// The place of the closing semicolon, if there is one.
    pub semicolon: Option<Place>,
}

/// Exactly one query in the plain SQL that all warehouses share. `text` is padded so that its places are the file's.
pub(crate) fn parse_query(file: &str, text: &str) -> Result<Parsed, Vec<Problem>> {
    let tokens = tokens(file, text).map_err(one)?;
    let end = tokens.last().map_or_else(|| Place::of(text, text.len()), |token| place(token.span.end));
    let semicolon = tokens.iter().find(|token| token.token == Token::SemiColon).map(|token| place(token.span.start));
    begins_as_query(file, &tokens, end).map_err(one)?;
    let dialect = PostgreSqlDialect {};
    let mut parser = Parser::new(&dialect).with_recursion_limit(MAX_NESTING).with_tokens_with_locations(tokens);
    let statement = parser.parse_statement().map_err(|error| one(told(file, text, error, end)))?;
    while parser.consume_token(&Token::SemiColon) {}
    let next = parser.peek_token();
    if next.token != Token::EOF {
        return Err(one(left_over(file, &next, semicolon)));
    }
    let problems = refuse(file, text, &statement);
    if problems.is_empty() { Ok(Parsed { statement, semicolon }) } else { Err(problems) }
}

/// The tables that a query reads, without any place; none where it cannot be read.
pub fn tables_of(sql: &str) -> Vec<String> {
    let parsed = Parser::parse_sql(&PostgreSqlDialect {}, sql).unwrap_or_default();
    inputs(&parsed).into_iter().map(|input| input.name).collect()
}

/// One expression and nothing after it.
pub(crate) fn parse_expression(file: &str, text: &str) -> Result<Expr, Problem> {
    let tokens = tokens(file, text)?;
    let end = tokens.last().map_or_else(|| Place::of(text, text.len()), |token| place(token.span.end));
    let dialect = PostgreSqlDialect {};
    let mut parser = Parser::new(&dialect).with_recursion_limit(MAX_NESTING).with_tokens_with_locations(tokens);
    let expression = parser.parse_expr().map_err(|error| told(file, text, error, end))?;
    let next = parser.peek_token();
    if next.token != Token::EOF {
        return Err(left_over(file, &next, None));
    }
    match refuse(file, text, &expression).into_iter().next() {
        Some(problem) => Err(problem),
        None => Ok(expression),
    }
}

/// The words of a query that mean something, for fingerprints: no comments, no white space, plain names in lower case.
pub(crate) fn normalised(sql: &str) -> Vec<String> {
    let Ok(tokens) = Tokenizer::new(&PostgreSqlDialect {}, sql).tokenize() else { return vec![sql.to_owned()] };
    let meaning = tokens.into_iter().filter(|token| !matches!(token, Token::Whitespace(_)));
    let words = meaning.map(|token| match &token {
        Token::Word(word) if word.quote_style.is_none() => word.value.to_lowercase(),
        token => token.to_string(),
    });
    words.collect()
}

pub(crate) fn place(location: Location) -> Place {
    Place::new(location.line as usize, location.column as usize)
}

pub(crate) fn start(span: Span) -> Place {
    place(span.start)
}

fn one(problem: Problem) -> Vec<Problem> {
    vec![problem]
}

/// Tokens without white space, refused where a tree of them would be dangerously deep.
fn tokens(file: &str, text: &str) -> Result<Vec<TokenWithSpan>, Problem> {
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, text).tokenize_with_location();
    let tokens = tokens.map_err(|error| Problem::new(file, place(error.location), lower_first(&error.message)))?;
    let tokens: Vec<_> = tokens.into_iter().filter(|t| !matches!(t.token, Token::Whitespace(_))).collect();
    depth::check(file, &tokens)?;
    Ok(tokens)
}

fn begins_as_query(file: &str, tokens: &[TokenWithSpan], end: Place) -> Result<(), Problem> {
    let first = tokens.iter().find(|token| token.token != Token::LParen);
    let problem = |at, message: String| Err(Problem::new(file, at, message).advise("begin with `select` or `with`"));
    match first.map(|first| (&first.token, start(first.span))) {
        None | Some((Token::EOF, _)) => problem(end, "there is no SELECT here".to_owned()),
        Some((Token::Word(word), _)) if matches!(word.keyword, Keyword::SELECT | Keyword::WITH) => Ok(()),
        Some((Token::Word(word), at)) if word.quote_style.is_none() && word.keyword != Keyword::NoKeyword => {
            problem(at, format!("only a SELECT is allowed here, not {}", word.value.to_uppercase()))
        }
        Some((token, at)) => problem(at, format!("expected a SELECT, found {token}")),
    }
}

fn left_over(file: &str, next: &TokenWithSpan, semicolon: Option<Place>) -> Problem {
    let at = start(next.span);
    if semicolon.is_some_and(|semicolon| semicolon < at) {
        return Problem::new(file, at, "a second statement begins here").advise("write one SELECT a file");
    }
    Problem::new(file, at, format!("did not expect {} here", next.token))
}

/// The parser's error at its place; the parser writes the place into its text.
fn told(file: &str, text: &str, error: ParserError, end: Place) -> Problem {
    let message = match error {
        ParserError::RecursionLimitExceeded => {
            return Problem::new(file, end, "nested too deeply").advise(NAME_PARTS);
        }
        ParserError::TokenizerError(message) | ParserError::ParserError(message) => message,
    };
    let (message, at) = match message.rsplit_once(" at Line: ") {
        Some((message, numbers)) => {
            let mut numbers = numbers.split(", Column: ").map(|number| number.trim().parse().ok());
            match (numbers.next().flatten(), numbers.next().flatten()) {
                (Some(line), Some(column)) => (message, found_at(text, message, Place::new(line, column))),
                _ => (message, end),
            }
        }
        None => (message.as_str(), end),
    };
    Problem::new(file, at, lower_first(message).replace("found: EOF", "found the end").replace(", found: ", ", found "))
}

/// The place of a text in single quotes: the tree does not keep it.
fn string_place(text: &str, value: &str) -> Place {
    let tokens = tokens("", text).unwrap_or_default();
    let found = tokens.iter().find(|t| matches!(&t.token, Token::SingleQuotedString(string) if string == value));
    found.map_or(Place::default(), |token| start(token.span))
}

/// The parser names the word it found but at times the place of the next one.
fn found_at(text: &str, message: &str, told: Place) -> Place {
    let Some((_, found)) = message.rsplit_once(", found: ") else { return told };
    let tokens = tokens("", text).unwrap_or_default();
    let next = tokens.iter().position(|token| start(token.span) == told).unwrap_or(tokens.len());
    match tokens.get(next).filter(|token| token.token.to_string() == found) {
        Some(_) => told,
        None => match next.checked_sub(1).and_then(|before| tokens.get(before)) {
            Some(token) if token.token.to_string() == found => start(token.span),
            _ => told,
        },
    }
}

/// "Expected: x" reads "expected x".
fn lower_first(text: &str) -> String {
    let text = text.strip_prefix("sql parser error: ").unwrap_or(text);
    if let Some(rest) = text.strip_prefix("Expected: ") {
        return format!("expected {rest}");
    }
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}
