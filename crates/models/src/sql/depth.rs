//! Guards against texts that would cost the parser its stack or its time. A person's SQL never comes near them.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::start;
use crate::problem::Problem;

/// Deeper nesting than this is refused before parsing; DataFusion's own limit is 50.
pub(super) const MAX_NESTING: usize = 50;
/// A chain of operators is a tree as deep as the chain is long, and walking or dropping it costs stack.
const MAX_OPERATORS: usize = 1000;
/// Each UNION is a level too, and a costly one: cloning 500 of them overflows a thread's 2 MiB.
const MAX_UNIONS: usize = 50;
/// Before it gives up on a mistake, the parser tries the other readings of each call around it: twice the work for most,
/// more for some. Measured at 7 µs × 2^attempts, so this is half a second at worst.
const MAX_ATTEMPTS: u32 = 16;

pub(super) fn check(file: &str, tokens: &[TokenWithSpan]) -> Result<(), Problem> {
    let mut open: Vec<u32> = Vec::new();
    let (mut attempts, mut cases) = (0u32, 0u32);
    let (mut operators, mut unions) = (0, 0);
    let mut before = &Token::EOF;
    for token in tokens {
        match &token.token {
            Token::LParen | Token::LBracket | Token::LBrace => {
                open.push(attempts_of_call(before));
                attempts += attempts_of_call(before);
                // `int[][][]` is a chain as well.
                operators += usize::from(token.token == Token::LBracket);
            }
            Token::RParen | Token::RBracket | Token::RBrace => attempts -= open.pop().unwrap_or_default(),
            Token::Word(word) if word.keyword == Keyword::CASE => cases += 1,
            Token::Word(word) if matches!(word.keyword, Keyword::UNION | Keyword::EXCEPT | Keyword::INTERSECT) => {
                unions += 1
            }
            Token::Word(word) if word.keyword == Keyword::END => cases = cases.saturating_sub(1),
            other => operators += usize::from(is_operator(other)),
        }
        before = &token.token;
        if open.len() > MAX_NESTING || attempts + cases > MAX_ATTEMPTS {
            return Err(too_deep(file, token));
        }
        if operators > MAX_OPERATORS {
            return Err(too_many(file, token, &format!("{MAX_OPERATORS} operators")));
        }
        if unions > MAX_UNIONS {
            return Err(too_many(file, token, &format!("{MAX_UNIONS} UNIONs")));
        }
    }
    Ok(())
}

fn too_deep(file: &str, token: &TokenWithSpan) -> Problem {
    Problem::new(file, start(token.span), "nested too deeply").advise(NAME_PARTS)
}

fn too_many(file: &str, token: &TokenWithSpan, what: &str) -> Problem {
    Problem::new(file, start(token.span), format!("more than {what} in one query"))
        .advise("split it into several models, or put the values into a table")
}

pub(super) const NAME_PARTS: &str = "give the inner parts names: with part as (select …) select … from part";

/// By how much the parser's work doubles inside a bracket, after the token before it.
fn attempts_of_call(before: &Token) -> u32 {
    use Keyword::*;
    match before {
        Token::LParen => 1,
        Token::Word(word) => match word.keyword {
            POSITION => 3,
            CAST | TRY_CAST | SAFE_CAST | SUBSTRING | SUBSTR | CEIL | FLOOR | OVERLAY | CONVERT | TRY_CONVERT
            | INTERVAL => 2,
            ALL | AND | AS | BETWEEN | BY | ELSE | EXCEPT | EXISTS | FILTER | FROM | HAVING | IN | INTERSECT | JOIN
            | NOT | ON | OR | OVER | SELECT | THEN | UNION | USING | VALUES | WHEN | WHERE => 0,
            _ => 1,
        },
        _ => 0,
    }
}

/// What can make a tree deeper by being repeated: names, values and lists cannot, nor can the words of a clause.
fn is_operator(token: &Token) -> bool {
    use Keyword::*;
    match token {
        Token::Word(word) if word.quote_style.is_none() => matches!(
            word.keyword,
            AND | OR
                | XOR
                | NOT
                | IS
                | NOTNULL
                | IN
                | BETWEEN
                | LIKE
                | ILIKE
                | SIMILAR
                | REGEXP
                | OVERLAPS
                | COLLATE
                | AT
                | INTERVAL
                | PRIOR
        ),
        Token::Word(_) | Token::Comma | Token::Period | Token::Number(..) => false,
        Token::SingleQuotedString(_) | Token::SemiColon => false,
        _ => true,
    }
}
