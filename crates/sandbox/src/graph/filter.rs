//! OData `$filter` and `$orderby`: the part that mail, calendar and directory clients use (OData 4.01 URL conventions).

use serde_json::Value;

/// A filter longer than this is refused before it is read.
const LONGEST: usize = 8_000;
const DEEPEST: usize = 30;

/// A parsed boolean expression over a resource's JSON form.
#[derive(Debug, PartialEq)]
pub(crate) enum Filter {
    Or(Box<Filter>, Box<Filter>),
    And(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    Compare { left: Operand, with: Comparison, right: Operand },
    Text { test: TextTest, of: Operand, part: Operand },
    Any { of: Vec<String>, item: String, holds: Box<Filter> },
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Comparison {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum TextTest {
    StartsWith,
    EndsWith,
    Contains,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Operand {
    Path(Vec<String>),
    Literal(Value),
}

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

    /// Whether a resource satisfies the filter.
    pub(crate) fn holds(&self, resource: &Value) -> bool {
        self.test(resource, &[])
    }

    fn test(&self, root: &Value, bound: &[(&str, &Value)]) -> bool {
        match self {
            Self::Or(a, b) => a.test(root, bound) || b.test(root, bound),
            Self::And(a, b) => a.test(root, bound) && b.test(root, bound),
            Self::Not(inner) => !inner.test(root, bound),
            Self::Compare { left, with, right } => {
                compare(left.value(root, bound), *with, right.value(root, bound), left.is_id())
            }
            Self::Text { test, of, part } => match (of.value(root, bound), part.value(root, bound)) {
                (Value::String(text), Value::String(part)) => {
                    test.holds(&text.to_lowercase(), &part.to_lowercase())
                }
                _ => false,
            },
            Self::Any { of, item, holds } => match look_up(of, root, bound) {
                Value::Array(items) => items.iter().any(|value| {
                    let inner: Vec<_> = bound.iter().copied().chain([(item.as_str(), value)]).collect();
                    holds.test(root, &inner)
                }),
                _ => false,
            },
        }
    }
}

impl TextTest {
    fn holds(self, text: &str, part: &str) -> bool {
        match self {
            Self::StartsWith => text.starts_with(part),
            Self::EndsWith => text.ends_with(part),
            Self::Contains => text.contains(part),
        }
    }
}

impl Operand {
    fn value<'a>(&'a self, root: &'a Value, bound: &[(&str, &'a Value)]) -> &'a Value {
        match self {
            Self::Path(path) => look_up(path, root, bound),
            Self::Literal(value) => value,
        }
    }

    /// Ids and the names of extended properties are case-sensitive, other text is not.
    fn is_id(&self) -> bool {
        matches!(self, Self::Path(path) if path.last().is_some_and(|last| last.eq_ignore_ascii_case("id")))
    }
}

static NOTHING: Value = Value::Null;

fn look_up<'a>(path: &[String], root: &'a Value, bound: &[(&str, &'a Value)]) -> &'a Value {
    let Some((first, rest)) = path.split_first() else { return &NOTHING };
    match bound.iter().rev().find(|(name, _)| name == first) {
        Some((_, value)) => descend(value, rest),
        None => descend(root, path),
    }
}

fn descend<'a>(mut value: &'a Value, path: &[String]) -> &'a Value {
    for name in path {
        let Some(object) = value.as_object() else { return &NOTHING };
        let found = object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        value = found.map_or(&NOTHING, |(_, value)| value);
    }
    value
}

/// The value at a slash-separated path, property names in any letter case.
pub(crate) fn at_path<'a>(resource: &'a Value, path: &str) -> &'a Value {
    let path: Vec<String> = path.split('/').map(str::to_owned).collect();
    descend(resource, &path)
}

fn compare(left: &Value, with: Comparison, right: &Value, exact: bool) -> bool {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let order = match (left, right) {
        (Value::String(a), Value::String(b)) if exact => Some(a.cmp(b)),
        (Value::String(a), Value::String(b)) => Some(compare_text(a, b)),
        (Value::Number(a), Value::Number(b)) => a.as_f64().partial_cmp(&b.as_f64()),
        (a, b) if a == b => Some(Equal),
        _ => None,
    };
    match with {
        Comparison::Eq => order == Some(Equal),
        Comparison::Ne => order != Some(Equal),
        Comparison::Gt => order == Some(Greater),
        Comparison::Ge => matches!(order, Some(Greater | Equal)),
        Comparison::Lt => order == Some(Less),
        Comparison::Le => matches!(order, Some(Less | Equal)),
    }
}

/// Instants compare as instants, whatever their fraction; other text without letter case.
pub(crate) fn compare_text(a: &str, b: &str) -> std::cmp::Ordering {
    match (super::zone::read_local(a), super::zone::read_local(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => a.to_lowercase().cmp(&b.to_lowercase()),
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn holds(filter: &str, resource: &Value) -> bool {
        Filter::parse(filter).unwrap_or_else(|| panic!("does not parse: {filter}")).holds(resource)
    }

    #[test]
    fn an_extended_property_is_found_by_id_and_value() {
        let event =
            json!({"singleValueExtendedProperties": [{"id": "String {a} Name Key", "value": "Booking-7"}]});
        let found = "singleValueExtendedProperties/Any(ep: ep/id eq 'String {a} Name Key' and ep/value eq 'booking-7')";
        assert!(holds(found, &event));
        assert!(!holds(&found.replace("Name Key", "Name key"), &event));
        assert!(!holds(&found.replace("booking-7", "booking-8"), &event));
    }

    #[test]
    fn comparisons_functions_and_precedence_work() {
        let user = json!({"mail": "o'neil@x.test", "displayName": "Ada", "n": 3, "start": {"dateTime": "2026-01-02T00:00:00.0000000"}});
        assert!(holds("mail eq 'O''Neil@x.test'", &user));
        assert!(holds("n eq 4 or startswith(displayName,'ad') and not (n gt 3)", &user));
        assert!(holds(
            "start/dateTime ge '2026-01-01T00:00:00' and start/dateTime lt 2026-01-03T00:00:00Z",
            &user
        ));
        assert!(holds("jobTitle eq null", &user));
        assert!(!holds("n ne 3", &user));
    }

    #[test]
    fn nonsense_is_refused_without_harm() {
        for bad in ["", "eq", "a eq", "a eq 'x", "(a eq 1", "a eq 1 b", "x/any(", "any(x:y)", "a like 'b'"] {
            assert!(Filter::parse(bad).is_none(), "{bad}");
        }
        assert!(Filter::parse(&"(".repeat(5_000)).is_none());
        assert!(Filter::parse(&"not ".repeat(2_000)).is_none());
    }
}
