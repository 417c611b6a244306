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
    // A second secret without a date, or with a late one, is the replacement already.
    if !secrets.is_empty() && secrets.iter().all(|view| view.expiry.is_close()) {
        return format!("Create a new client secret at {name} and add it here before this one ends.");
    }
    if connections == 0 {
        return "Ready. Ask people to authorize under My account → Connections.".into();
    }
    "Nothing to do.".into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_client_ids_keep_their_ends_and_short_ones_stay() {
        assert_eq!(shortened("C0123456789abcdef0123456789"), "C0123456…456789");
        assert_eq!(shortened("C0ffee"), "C0ffee");
        assert_eq!(shortened("ééééééééééééééééééé"), "éééééééé…éééééé");
        assert_eq!(shortened(""), "");
    }
}
