//! Comparing what was asked of Entra with what it says it granted.

use oauth::ScopeSet;

/// A scope without a resource means Graph (identity platform, "scopes and permissions").
const GRAPH: &str = "https://graph.microsoft.com/";
/// Honoured, but not always repeated in the granted scopes.
const OIDC: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// The needed scopes that were not granted, whether Entra spells them in full or short; OpenID's own are left out.
pub fn missing_scopes(needed: &ScopeSet, granted: &ScopeSet) -> ScopeSet {
    let granted: ScopeSet = granted.iter().map(short).collect();
    let needed: ScopeSet = needed.iter().map(short).filter(|scope| !is_oidc(scope)).collect();
    needed.missing_from(&granted)
}

fn short(scope: &str) -> &str {
    match scope.get(..GRAPH.len()) {
        Some(resource) if resource.eq_ignore_ascii_case(GRAPH) => &scope[GRAPH.len()..],
        _ => scope,
    }
}

fn is_oidc(scope: &str) -> bool {
    OIDC.iter().any(|oidc| oidc.eq_ignore_ascii_case(scope))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(needed: &str, granted: &str) -> String {
        missing_scopes(&ScopeSet::parse(needed), &ScopeSet::parse(granted)).to_string()
    }

    #[test]
    fn full_and_short_spelling_are_one_scope() {
        assert_eq!(
            missing("User.Read Calendars.ReadWrite", "https://graph.microsoft.com/user.read"),
            "Calendars.ReadWrite"
        );
        assert_eq!(missing("HTTPS://Graph.Microsoft.com/User.Read", "User.Read openid"), "");
        assert_eq!(missing("api://other/User.Read", "User.Read"), "api://other/User.Read");
    }

    #[test]
    fn unrepeated_openid_scopes_are_not_missed() {
        assert_eq!(missing("openid profile email offline_access User.Read", "User.Read"), "");
    }
}
