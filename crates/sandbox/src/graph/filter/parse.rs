//! Reading filters: text to tokens, tokens to an expression.

use serde_json::Value;

use super::{Comparison, Filter, Operand, TextTest};

/// A filter longer than this is refused before it is read.
const LONGEST: usize = 8_000;
const DEEPEST: usize = 30;

impl Filter {
    /// Parses a whole filter; `None` when it is not one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let tokens = tokens(text)?;
        let mut parser = Parser { tokens: &tokens, at: 0, depth: 0 };
        let filter = parser.or()?;
        (parser.at == tokens.len()).then_some(filter)
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Open,
    Close,
    Comma,
    Colon,
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, after) = match first {
            '(' => (Token::Open, &rest[1..]),
            ')' => (Token::Close, &rest[1..]),
            ',' => (Token::Comma, &rest[1..]),
            ':' => (Token::Colon, &rest[1..]),
            '\'' => quoted(&rest[1..])?,
            _ => word(rest),
        };
        found.push(token);
        rest = after.trim_start();
    }
    Some(found)
}

/// A quoted literal; a quote inside it is doubled.
fn quoted(rest: &str) -> Option<(Token, &str)> {
    let mut text = String::new();
    let mut from = rest;
    loop {
        let (part, after) = from.split_once('\'')?;
        text.push_str(part);
        match after.strip_prefix('\'') {
            Some(more) => {
                text.push('\'');
                from = more;
            }
            None => return Some((Token::Text(text), after)),
        }
    }
}

/// A name, number or instant. A colon ends a name, but not an instant.
fn word(rest: &str) -> (Token, &str) {
    let instant = rest.starts_with(|c: char| c.is_ascii_digit());
    let ends = |c: char| c.is_whitespace() || "(),'".contains(c) || (c == ':' && !instant);
    let end = rest.find(ends).unwrap_or(rest.len());
    (Token::Word(rest[..end].to_owned()), &rest[end..])
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn or(&mut self) -> Option<Filter> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let mut filter = self.and()?;
        while self.takes_word("or") {
            filter = Filter::Or(Box::new(filter), Box::new(self.and()?));
        }
        self.depth -= 1;
        Some(filter)
    }

    fn and(&mut self) -> Option<Filter> {
        let mut filter = self.unary()?;
        while self.takes_word("and") {
            filter = Filter::And(Box::new(filter), Box::new(self.unary()?));
        }
        Some(filter)
    }

    fn unary(&mut self) -> Option<Filter> {
        if self.takes_word("not") {
            self.depth += 1;
            if self.depth > DEEPEST {
                return None;
            }
            return Some(Filter::Not(Box::new(self.unary()?)));
        }
        if self.takes(&Token::Open) {
            let inner = self.or()?;
            return self.takes(&Token::Close).then_some(inner);
        }
        self.call().or_else(|| self.comparison())
    }

    /// `startswith(a,b)` and its kin, or `path/any(x: …)`; leaves the position alone when there is no call.
    fn call(&mut self) -> Option<Filter> {
        let Some(Token::Word(name)) = self.tokens.get(self.at) else { return None };
        if self.tokens.get(self.at + 1) != Some(&Token::Open) {
            return None;
        }
        let start = self.at;
        self.at += 2;
        let lower = name.to_ascii_lowercase();
        let filter = match lower.strip_suffix("/any") {
            Some(_) => self.any(&name[..name.len() - "/any".len()]),
            None => self.text_test(&lower),
        };
        if filter.is_none() {
            self.at = start;
        }
        filter
    }

    fn any(&mut self, of: &str) -> Option<Filter> {
        let Token::Word(item) = self.next()? else { return None };
        let found = self.takes(&Token::Colon).then(|| self.or())??;
        self.takes(&Token::Close).then(|| Filter::Any { of: path(of), item, holds: Box::new(found) })
    }

    fn text_test(&mut self, name: &str) -> Option<Filter> {
        let test = match name {
            "startswith" => TextTest::StartsWith,
            "endswith" => TextTest::EndsWith,
            "contains" => TextTest::Contains,
            _ => return None,
        };
        let of = self.operand()?;
        let part = self.takes(&Token::Comma).then(|| self.operand())??;
        self.takes(&Token::Close).then_some(Filter::Text { test, of, part })
    }

    fn comparison(&mut self) -> Option<Filter> {
        let left = self.operand()?;
        let Token::Word(with) = self.next()? else { return None };
        let with = match with.to_ascii_lowercase().as_str() {
            "eq" => Comparison::Eq,
            "ne" => Comparison::Ne,
            "gt" => Comparison::Gt,
            "ge" => Comparison::Ge,
            "lt" => Comparison::Lt,
            "le" => Comparison::Le,
            _ => return None,
        };
        Some(Filter::Compare { left, with, right: self.operand()? })
    }

    fn operand(&mut self) -> Option<Operand> {
        match self.next()? {
            Token::Text(text) => Some(Operand::Literal(Value::String(text))),
            Token::Word(word) => Some(literal_or_path(word)),
            _ => None,
        }
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn takes(&mut self, token: &Token) -> bool {
        let taken = self.tokens.get(self.at) == Some(token);
        self.at += usize::from(taken);
        taken
    }

    fn takes_word(&mut self, keyword: &str) -> bool {
        let taken =
            matches!(self.tokens.get(self.at), Some(Token::Word(w)) if w.eq_ignore_ascii_case(keyword));
        self.at += usize::from(taken);
        taken
    }
}

fn literal_or_path(word: String) -> Operand {
    match word.as_str() {
        "true" => Operand::Literal(Value::Bool(true)),
        "false" => Operand::Literal(Value::Bool(false)),
        "null" => Operand::Literal(Value::Null),
        number if number.parse::<i64>().is_ok() => {
            Operand::Literal(number.parse::<i64>().unwrap_or(0).into())
        }
        other if other.starts_with(|c: char| c.is_ascii_digit()) => Operand::Literal(Value::String(word)),
        other => Operand::Path(path(other)),
    }
}

fn path(text: &str) -> Vec<String> {
    text.split('/').map(str::to_owned).collect()
}
