//! Whose directory is asked.

use std::fmt;
use std::str::FromStr;

/// The tenant in Entra's paths (identity platform, "protocol endpoints").
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Tenant {
    /// Work, school and personal accounts; not for single-tenant apps.
    Common,
    /// Any work or school account.
    Organizations,
    /// Personal accounts only.
    Consumers,
    /// One directory by its id, a GUID in lower case.
    Id(String),
    /// One directory by a verified domain, in lower case.
    Domain(String),
}

/// The text names no tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is not a tenant; write the directory (tenant) ID, a verified domain such as contoso.com, \
     or one of common, organizations, consumers"
)]
pub struct InvalidTenant;

impl FromStr for Tenant {
    type Err = InvalidTenant;

    fn from_str(text: &str) -> Result<Self, InvalidTenant> {
        let text = text.trim().to_ascii_lowercase();
        match text.as_str() {
            "common" => Ok(Self::Common),
            "organizations" => Ok(Self::Organizations),
            "consumers" => Ok(Self::Consumers),
            guid if is_guid(guid) => Ok(Self::Id(text)),
            domain if is_domain(domain) => Ok(Self::Domain(text)),
            _ => Err(InvalidTenant),
        }
    }
}

impl fmt::Display for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Common => "common",
            Self::Organizations => "organizations",
            Self::Consumers => "consumers",
            Self::Id(text) | Self::Domain(text) => text,
        })
    }
}

/// Whether the text is a GUID in its usual form, 8-4-4-4-12 hex digits.
pub(super) fn is_guid(text: &str) -> bool {
    let groups: Vec<_> = text.split('-').collect();
    let is_hex = |group: &str| group.bytes().all(|byte| byte.is_ascii_hexdigit());
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12]) && groups.into_iter().all(is_hex)
}

fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        let inner = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        (1..=63).contains(&label.len()) && inner && !label.starts_with('-') && !label.ends_with('-')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_tenant_is_read_and_written_back() {
        for text in
            ["common", "organizations", "consumers", "9188040d-6c67-4c5b-b112-36a304b66dad", "contoso.com"]
        {
            assert_eq!(text.parse::<Tenant>().unwrap().to_string(), text);
        }
        let tenant = " 9188040D-6C67-4C5B-B112-36A304B66DAD ".parse();
        assert_eq!(tenant, Ok(Tenant::Id("9188040d-6c67-4c5b-b112-36a304b66dad".into())));
    }

    #[test]
    fn what_could_change_the_path_is_no_tenant() {
        for text in
            ["", "contoso", "a/b.com", "..", ".com", "a..b", "-a.com", "a.com?x", "a b.com", "ä.com", "{x}.y"]
        {
            assert_eq!(text.parse::<Tenant>(), Err(InvalidTenant), "{text}");
        }
    }
}
