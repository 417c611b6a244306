//! The refresh token grant: every use gives a new token; the old one stays usable unless the switch says strict.

use super::answer::Granted;
use super::{Call, keep_refresh_token, narrowed};
use crate::entra::refusal::Refusal;
use crate::entra::state::{NINETY_DAYS, RefreshToken};
use crate::switches::EntraRefresh;
use crate::world::{Revocation, lock};

pub(super) fn refresh(call: &Call) -> Result<Granted, Refusal> {
    let value = call.params.need("refresh_token")?;
    let strict = call.world.switches().entra_refresh == EntraRefresh::Strict;
    let token = lock(&call.world.entra).refresh_tokens.get(value).cloned().ok_or(Refusal::RefreshUnknown)?;
    check(call, &token)?;
    let mut granted = narrowed(call, &token.email, &token.asked)?;
    spend(call, value, strict)?;
    granted.refresh_token = Some(keep_refresh_token(call, &token.email, &token.asked));
    Ok(granted)
}

fn check(call: &Call, token: &RefreshToken) -> Result<(), Refusal> {
    let now = call.world.clock.now();
    let state = lock(&call.world.entra);
    if token.client_id != call.app.client_id {
        return Err(Refusal::RefreshUnknown);
    }
    if state.is_disabled(&token.email) {
        return Err(Refusal::UserDisabled);
    }
    match token.ended {
        Some((Revocation::Revoked, _)) => return Err(call.consent_missing()),
        Some((_, revoked)) => return Err(Refusal::GrantRevoked { issued: token.issued, revoked }),
        None => {}
    }
    if now.duration_since(token.issued) >= NINETY_DAYS {
        return Err(Refusal::RefreshIdle { issued: token.issued });
    }
    Ok(())
}

/// Marks a token as used; in strict mode only one of several uses succeeds.
fn spend(call: &Call, value: &str, strict: bool) -> Result<(), Refusal> {
    let mut state = lock(&call.world.entra);
    let token = state.refresh_tokens.get_mut(value).ok_or(Refusal::RefreshUnknown)?;
    let used_before = std::mem::replace(&mut token.used, true);
    if strict && used_before { Err(Refusal::RefreshUnknown) } else { Ok(()) }
}
