//! Whose word is taken.

/// The place in Entra's issuer template where the tenant's id stands.
const TENANT: &str = "{tenantid}";

/// Which issuers are believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IssuerRule {
    /// This one, character by character.
    Exact(String),
    /// Entra's multi-tenant form, `https://…/{tenantid}/v2.0`: every tenant signs under its own name.
    Entra { template: String, tenants: Tenants },
}

/// Whose people may come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tenants {
    Any,
    /// Only these tenant ids.
    Only(Vec<String>),
}

impl IssuerRule {
    /// Whether this issuer is believed.
    pub fn accepts(&self, issuer: &str) -> bool {
        match self {
            Self::Exact(expected) => issuer == expected,
            Self::Entra { template, tenants } => {
                tenant_in(template, issuer).is_some_and(|tenant| tenants.contain(tenant))
            }
        }
    }

    /// Whether this issuer is believed and, where it names a tenant, the `tid` claim names the same one.
    pub(super) fn accepts_claims(&self, issuer: &str, tid: Option<&str>) -> bool {
        self.accepts(issuer)
            && match self {
                Self::Exact(_) => true,
                Self::Entra { template, .. } => tid.is_some() && tenant_in(template, issuer) == tid,
            }
    }
}

impl Tenants {
    fn contain(&self, tenant: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Only(tenants) => tenants.iter().any(|allowed| allowed.eq_ignore_ascii_case(tenant)),
        }
    }
}

/// The tenant that stands in `issuer` where the template has its placeholder.
pub(super) fn tenant_in<'a>(template: &str, issuer: &'a str) -> Option<&'a str> {
    let (before, after) = template.split_once(TENANT)?;
    let tenant = issuer.strip_prefix(before)?.strip_suffix(after)?;
    let is_one_segment = tenant.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'));
    (!tenant.is_empty() && is_one_segment).then_some(tenant)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "https://login.example/{tenantid}/v2.0";
    const T1: &str = "11111111-aaaa-4000-8000-000000000001";

    fn rule(tenants: Tenants) -> IssuerRule {
        IssuerRule::Entra { template: TEMPLATE.into(), tenants }
    }

    #[test]
    fn a_template_accepts_listed_tenants_only() {
        let issuer = TEMPLATE.replace(TENANT, T1);
        assert!(rule(Tenants::Any).accepts(&issuer));
        assert!(rule(Tenants::Only(vec![T1.to_uppercase()])).accepts(&issuer));
        assert!(!rule(Tenants::Only(vec![])).accepts(&issuer));
    }

    #[test]
    fn the_tenant_cannot_be_a_piece_of_another_address() {
        for tenant in ["", "x/../y", "evil.example/z", TENANT] {
            assert!(!rule(Tenants::Any).accepts(&TEMPLATE.replace(TENANT, tenant)), "{tenant}");
        }
    }

    #[test]
    fn issuer_and_tid_must_name_the_same_tenant() {
        let issuer = TEMPLATE.replace(TENANT, T1);
        assert!(rule(Tenants::Any).accepts_claims(&issuer, Some(T1)));
        assert!(!rule(Tenants::Any).accepts_claims(&issuer, Some("other")));
        assert!(!rule(Tenants::Any).accepts_claims(&issuer, None));
    }
}
