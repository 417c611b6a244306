//! OData `$filter` and `$orderby`: the part that mail, calendar and directory clients use (OData 4.01 URL conventions).

mod parse;

use serde_json::Value;

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
    match (crate::graph::zone::read_local(a), crate::graph::zone::read_local(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => a.to_lowercase().cmp(&b.to_lowercase()),
    }
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
