//! Filters of SCIM lists (RFC 7644 §3.4.2.2): comparisons joined by `and`.

use crate::webex::people::Account;
use crate::webex::scim::Failure;

/// Comparisons that must all hold.
pub(super) struct Filter(Vec<Comparison>);

struct Comparison {
    attribute: String,
    operator: Operator,
    value: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    Contains,
    StartsWith,
    EndsWith,
}

impl Filter {
    /// The address that every fitting person must have.
    pub(super) fn address(&self) -> Option<&str> {
        let named = |attribute: &str| matches!(attribute, "username" | "emails" | "emails.value");
        let exact = self.0.iter().find(|part| part.operator == Operator::Equal && named(&part.attribute));
        exact.map(|part| part.value.as_str())
    }

    pub(super) fn fits(&self, account: &Account) -> bool {
        self.0.iter().all(|part| part.fits(account))
    }
}

impl Comparison {
    fn fits(&self, account: &Account) -> bool {
        let profile = &account.profile;
        let value = match self.attribute.as_str() {
            "username" | "emails" | "emails.value" => account.email.clone(),
            "id" => account.id.to_string(),
            "displayname" => profile.display_name.clone(),
            "name.givenname" => profile.first_name.clone().unwrap_or_default(),
            "name.familyname" => profile.last_name.clone().unwrap_or_default(),
            "title" => profile.title.clone().unwrap_or_default(),
            "active" => account.login_enabled.to_string(),
            _ => profile.department.clone().unwrap_or_default(),
        };
        let value = value.to_lowercase();
        match self.operator {
            Operator::Equal => value == self.value,
            Operator::Contains => value.contains(&self.value),
            Operator::StartsWith => value.starts_with(&self.value),
            Operator::EndsWith => value.ends_with(&self.value),
        }
    }
}

const KNOWN: [&str; 10] = [
    "username",
    "emails",
    "emails.value",
    "id",
    "displayname",
    "name.givenname",
    "name.familyname",
    "title",
    "active",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:user:department",
];

/// Reads a filter; what it does not know it refuses.
pub(super) fn parse(text: &str) -> Result<Filter, Failure> {
    let mut rest = text.trim();
    let mut parts = Vec::new();
    loop {
        let (part, behind) = comparison(rest).ok_or_else(|| Failure::invalid("The filter is not valid."))?;
        parts.push(part);
        if behind.is_empty() {
            return Ok(Filter(parts));
        }
        rest = behind
            .strip_prefix("and ")
            .or_else(|| behind.strip_prefix("AND "))
            .ok_or_else(|| Failure::invalid("Comparisons can be joined by 'and' only."))?;
    }
}

fn comparison(text: &str) -> Option<(Comparison, &str)> {
    let (attribute, rest) = text.trim_start().split_once(' ')?;
    let (operator, rest) = rest.trim_start().split_once(' ')?;
    let operator = match operator.to_lowercase().as_str() {
        "eq" => Operator::Equal,
        "co" => Operator::Contains,
        "sw" => Operator::StartsWith,
        "ew" => Operator::EndsWith,
        _ => return None,
    };
    let rest = rest.trim_start();
    let (value, rest) = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"')?,
        None => rest.split_once(' ').unwrap_or((rest, "")),
    };
    let attribute = attribute.to_lowercase();
    let known = KNOWN.contains(&attribute.as_str());
    known.then(|| (Comparison { attribute, operator, value: value.to_lowercase() }, rest.trim_start()))
}
