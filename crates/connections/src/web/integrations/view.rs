//! What pages show of an integration, in words.

use super::expiry::SecretView;
use crate::{
    Integration, IntegrationId, Provider,
    integrations::{Verdict, VerdictKind},
};

/// The badge of a verdict.
pub(super) fn badge(verdict: Option<&Verdict>) -> &'static str {
    match verdict.map(|verdict| verdict.kind) {
        None => "off",
        Some(VerdictKind::Accepted) => "ok",
        Some(VerdictKind::Propagating | VerdictKind::ProviderUnreachable) => "waiting",
        Some(VerdictKind::NoSecret) => "attention",
        Some(_) => "failed",
    }
}

fn is_accepted(verdict: Option<&Verdict>) -> bool {
    verdict.is_some_and(|verdict| verdict.kind == VerdictKind::Accepted)
}

/// A Client ID short enough for a table: its beginning and its end.
pub(super) fn shortened(client_id: &str) -> String {
    let characters: Vec<char> = client_id.chars().collect();
    match (characters.get(..8), characters.len().checked_sub(6).and_then(|end| characters.get(end..))) {
        (Some(first), Some(last)) if characters.len() > 16 => {
            first.iter().chain(['…'].iter()).chain(last).collect()
        }
        _ => client_id.to_owned(),
    }
}

/// How many connections this integration has, from the counts of all.
pub(super) fn connections_of(counts: &[(IntegrationId, i64, Provider)], integration: &Integration) -> i64 {
    counts.iter().find(|(id, ..)| *id == integration.id).map_or(0, |(_, count, _)| *count)
}

/// The next thing to do about an integration.
pub(super) fn next_step(integration: &Integration, secrets: &[SecretView], connections: i64) -> String {
    let name = integration.provider.title();
    if !integration.enabled {
        return "Switched off for everyone; everything is kept. Switch it on when people may use it.".into();
    }
    if integration.is_trial {
        return "Only for looking around. Register an app of your own for real work.".into();
    }
    if let Some(trouble) = &integration.trouble {
        return trouble.next.clone();
    }
    match &integration.verdict {
        None => return "Press Check to see whether the provider accepts it.".into(),
        Some(verdict) if verdict.kind != VerdictKind::Accepted => return verdict.say.clone(),
        Some(_) => {}
    }
    // A second secret that works and lives longer is the replacement already.
    let lasts = |view: &SecretView| is_accepted(view.secret.verdict.as_ref()) && !view.expiry.is_close();
    if secrets.iter().any(|view| view.expiry.is_close()) && !secrets.iter().any(lasts) {
        return format!("Create a new client secret at {name} and add it here before the current one ends.");
    }
    if connections == 0 {
        return "Ready. Ask people to authorize under My account → Connections.".into();
    }
    "Nothing to do.".into()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use platform::Instant;

    use super::*;
    use crate::integrations::{Secret, SecretPlace};

    const ID: &str = "019aa5c0-0000-7000-8000-000000000000";

    fn verdict(kind: VerdictKind) -> Verdict {
        Verdict { kind, say: format!("It is {kind}."), next_check_at: None }
    }

    fn integration(kind: VerdictKind) -> Integration {
        let now = Instant::from_micros(0);
        Integration {
            organization_id: ID.parse().unwrap(),
            id: ID.parse().unwrap(),
            provider: Provider::Webex,
            name: "Webex".into(),
            client_id: "C1".into(),
            tenant: String::new(),
            purposes: crate::purpose::PurposeScopes::default(),
            is_trial: false,
            enabled: true,
            version: 1,
            verdict: Some(verdict(kind)),
            checked_at: Some(now),
            registered_at: now,
            trouble: None,
            trouble_since: None,
            trouble_until: None,
            changed_by: "Ada".into(),
            created_at: now,
            updated_at: now,
        }
    }

    fn secret(kind: VerdictKind, days: Option<u64>) -> SecretView {
        let now = Instant::from_micros(0);
        let secret = Secret {
            organization_id: ID.parse().unwrap(),
            id: ID.parse().unwrap(),
            integration_id: ID.parse().unwrap(),
            place: SecretPlace::Current,
            sealed: String::new(),
            hint: "abc".into(),
            expires_on: days.map(|days| now.after(Duration::from_secs(days * 86_400))),
            warned_days: None,
            verdict: Some(verdict(kind)),
            created_at: now,
        };
        SecretView::new(secret, now)
    }

    #[test]
    fn the_next_step_names_the_most_pressing_thing() {
        let accepted = VerdictKind::Accepted;
        let off = Integration { enabled: false, ..integration(VerdictKind::WrongSecret) };
        assert!(next_step(&off, &[], 1).starts_with("Switched off"));
        assert_eq!(next_step(&integration(VerdictKind::WrongSecret), &[], 1), "It is wrong secret.");
        assert!(next_step(&Integration { verdict: None, ..off.clone() }, &[], 0).starts_with("Switched off"));
        assert!(next_step(&integration(accepted), &[secret(accepted, None)], 0).starts_with("Ready."));
        assert_eq!(next_step(&integration(accepted), &[secret(accepted, Some(400))], 2), "Nothing to do.");
    }

    #[test]
    fn only_a_secret_that_works_replaces_one_that_ends() {
        let accepted = VerdictKind::Accepted;
        let ending = || secret(accepted, Some(20));
        let asks =
            |other| next_step(&integration(accepted), &[ending(), other], 1).starts_with("Create a new");
        assert!(asks(secret(VerdictKind::WrongSecret, None)));
        assert!(asks(secret(accepted, Some(30))));
        assert!(!asks(secret(accepted, Some(400))));
        assert!(!asks(secret(accepted, None)));
    }

    #[test]
    fn long_client_ids_keep_their_ends_and_short_ones_stay() {
        assert_eq!(shortened("C0123456789abcdef0123456789"), "C0123456…456789");
        assert_eq!(shortened("C0ffee"), "C0ffee");
        assert_eq!(shortened("ééééééééééééééééééé"), "éééééééé…éééééé");
        assert_eq!(shortened(""), "");
    }
}
