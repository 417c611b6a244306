//! What a provider's word is good for.

use oauth::oidc::{IdClaims, IssuerRule};

/// The address that may find an existing account the first time somebody comes.
///
/// Providers vouch for an address by `email_verified`. Entra never says it: its `email` can be set to anybody's
/// address by the administrators of whichever tenant, but in one chosen tenant `preferred_username` is a user
/// principal name in a domain which that tenant has proved to own (Entra ID token claims reference). With Entra's
/// shared paths, where any tenant may come, no address is believed.
pub(super) fn vouched_email<'a>(claims: &'a IdClaims, rule: &IssuerRule) -> Option<&'a str> {
    if claims.email_verified {
        return claims.email.as_deref();
    }
    match rule {
        IssuerRule::Exact(_) if claims.tid.is_some() => claims.preferred_username.as_deref(),
        _ => None,
    }
}

/// What to call a new account's person.
pub(super) fn display_name(claims: &IdClaims, email: &str) -> String {
    let name: String = claims.name.iter().flat_map(|name| name.chars()).filter(|c| !c.is_control()).collect();
    let name: String = name.trim().chars().take(100).collect();
    if name.is_empty() { email.to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use oauth::oidc::Tenants;

    use super::*;

    fn claims() -> IdClaims {
        IdClaims {
            iss: "https://login.example/t1/v2.0".into(),
            sub: "s".into(),
            oid: None,
            tid: None,
            email: Some("ada@library.example".into()),
            email_verified: false,
            name: Some(" Ada\n Lindqvist ".into()),
            preferred_username: Some("ada@tenant.example".into()),
        }
    }

    #[test]
    fn only_vouched_addresses_are_believed() {
        let exact = IssuerRule::Exact("https://login.example/t1/v2.0".into());
        let any = IssuerRule::Entra {
            template: "https://login.example/{tenantid}/v2.0".into(),
            tenants: Tenants::Any,
        };
        assert_eq!(vouched_email(&claims(), &exact), None);
        let verified = IdClaims { email_verified: true, ..claims() };
        assert_eq!(vouched_email(&verified, &exact), Some("ada@library.example"));
        let entra = IdClaims { tid: Some("t1".into()), ..claims() };
        assert_eq!(vouched_email(&entra, &exact), Some("ada@tenant.example"));
        assert_eq!(vouched_email(&entra, &any), None);
    }

    #[test]
    fn a_name_is_one_line() {
        assert_eq!(display_name(&claims(), "x"), "Ada Lindqvist");
        assert_eq!(display_name(&IdClaims { name: None, ..claims() }, "x"), "x");
    }
}
