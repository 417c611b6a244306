//! The authorization code grant: a code is redeemed once, by the app, path and verifier it was issued for.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;

use super::answer::Granted;
use super::{Call, keep_refresh_token, narrowed};
use crate::entra::refusal::Refusal;
use crate::entra::state::{Challenge, Code};
use crate::random::sha256;
use crate::world::lock;

pub(super) fn redeem(call: &Call) -> Result<Granted, Refusal> {
    let value = call.params.need("code")?;
    let redirect_uri = call.params.need("redirect_uri")?;
    let code = lock(&call.world.entra).codes.get(value).cloned().ok_or(Refusal::CodeUnknown)?;
    check(call, &code, redirect_uri)?;
    let mut granted = narrowed(call, &code.email, &code.asked)?;
    burn(call, value)?;
    granted.nonce.clone_from(&code.nonce);
    if code.asked.has("offline_access") {
        granted.refresh_token = Some(keep_refresh_token(call, &code.email, &code.asked));
    }
    Ok(granted)
}

fn check(call: &Call, code: &Code, redirect_uri: &str) -> Result<(), Refusal> {
    if code.client_id != call.app.client_id {
        return Err(Refusal::CodeUnknown);
    }
    if code.redeemed {
        return Err(Refusal::CodeRedeemed);
    }
    if code.expired(call.world.clock.now()) {
        return Err(Refusal::CodeExpired);
    }
    if code.tenant != call.path {
        return Err(Refusal::CodeOfOtherTenant);
    }
    if code.redirect_uri != redirect_uri {
        let client_id = call.app.client_id.clone();
        let redirect_uri = redirect_uri.chars().take(300).collect();
        return Err(Refusal::RedirectMismatch { redirect_uri, client_id });
    }
    if !verifies(code.challenge.as_ref(), call.params.get("code_verifier")) {
        return Err(Refusal::WrongVerifier);
    }
    if lock(&call.world.entra).is_disabled(&code.email) {
        return Err(Refusal::UserDisabled);
    }
    Ok(())
}

/// Marks a code as used; of two that try at once only one succeeds.
fn burn(call: &Call, value: &str) -> Result<(), Refusal> {
    let mut state = lock(&call.world.entra);
    let code = state.codes.get_mut(value).ok_or(Refusal::CodeUnknown)?;
    if std::mem::replace(&mut code.redeemed, true) { Err(Refusal::CodeRedeemed) } else { Ok(()) }
}

/// RFC 7636 §4.6. A verifier without a challenge is refused as well: it belongs to another request.
fn verifies(challenge: Option<&Challenge>, verifier: Option<&str>) -> bool {
    match (challenge, verifier) {
        (None, None) => true,
        (Some(challenge), Some(verifier)) if challenge.hashed => {
            BASE64URL.encode(sha256(verifier.as_bytes())) == challenge.value
        }
        (Some(challenge), Some(verifier)) => challenge.value == verifier,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_7636_verifies() {
        let value = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned();
        let challenge = Challenge { value, hashed: true };
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert!(verifies(Some(&challenge), Some(verifier)));
        assert!(!verifies(Some(&challenge), Some("another")));
        assert!(!verifies(Some(&challenge), None));
        assert!(!verifies(None, Some(verifier)));
    }
}
