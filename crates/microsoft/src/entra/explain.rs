//! Entra's error numbers in plain words (Entra error reference). For people to read; nothing is decided by it.

/// What an error number means and what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explanation {
    pub what: &'static str,
    pub next: &'static str,
}

/// Explains an AADSTS number, where it is one of those that matter here.
pub fn explain(aadsts: u32) -> Option<Explanation> {
    let (_, what, next) = TABLE.iter().find(|(numbers, ..)| numbers.contains(&aadsts))?;
    Some(Explanation { what, next })
}

/// Finds the number in a text such as `AADSTS7000222: The provided client secret…`.
pub fn aadsts_number(text: &str) -> Option<u32> {
    let (_, after) = text.split_once("AADSTS")?;
    let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
    after[..end].parse().ok()
}

const RECONNECT: &str = "Press Reconnect and sign in with the Microsoft account again.";
const SIGN_IN_AGAIN: &str = "Start again from the Connections page and sign in once more.";
const WAIT: &str = "Nothing to do: the next attempt follows by itself.";
const REPORT: &str =
    "Nothing you can set right: report this with the number and the time to whoever runs this server.";
const CHECK_TENANT: &str = "In the integration, enter the directory (tenant) ID that the app registration's Overview \
     page shows, then check again.";
const GIVE_PERMISSIONS: &str = "In Entra, open the app registration's API permissions, add the permissions listed in \
     the integration, and grant admin consent.";

const TABLE: &[(&[u32], &str, &str)] = &[
    (
        &[7_000_222],
        "The app's client secret has expired.",
        "In Entra, open the app registration, Certificates & secrets, create a new client secret, and paste its Value \
         into the integration. Nobody has to reconnect.",
    ),
    (
        &[7_000_215],
        "The client secret is wrong, was deleted, or was created only seconds ago; often the secret's ID was pasted \
         instead of its Value.",
        "In Entra, open the app registration, Certificates & secrets, and copy the secret's Value, not its Secret ID. \
         The Value is shown only once: if it is gone, create a new secret.",
    ),
    (
        &[70002],
        "Entra does not accept the app's credentials.",
        "Check Client ID and Client Secret of the integration against the app registration in Entra.",
    ),
    (
        &[7_000_218],
        "The request carried no client secret.",
        "Enter the client secret in the integration; if one is there, report this number.",
    ),
    (
        &[700_025],
        "The app is registered as a public client, which must not have a secret.",
        "In Entra, open the app registration's Authentication page, register the redirect URL under the platform Web, \
         and switch off \"Allow public client flows\".",
    ),
    (
        &[700_027, 50012, 700_030],
        "The app's certificate or signed assertion is not accepted.",
        "In Entra, open the app registration, Certificates & secrets, and check that the certificate is there and valid.",
    ),
    (
        &[70021],
        "No federated credential of the app matches yet.",
        "Check issuer and subject of the federated credential in Entra; a new one takes some minutes to work.",
    ),
    (
        &[700_016, 700_011],
        "The app is not known in this directory: the Client ID is wrong, or the tenant is another one.",
        "Compare Client ID and directory (tenant) ID with the app registration's Overview page in Entra.",
    ),
    (
        &[70001, 7_000_112],
        "The app has been disabled in Entra.",
        "In Entra, open Enterprise applications, the app, Properties, and set \"Enabled for users to sign in\" to Yes.",
    ),
    (
        &[50194],
        "The app is registered for one directory only, but the shared address was used.",
        CHECK_TENANT,
    ),
    (
        &[9_001_023, 90124, 90130],
        "What was asked for is not offered at the address that all directories share.",
        CHECK_TENANT,
    ),
    (&[90002], "There is no directory of this name.", CHECK_TENANT),
    (
        &[50011],
        "The redirect URL is not registered with the app.",
        "In Entra, open the app registration's Authentication page and add the redirect URL shown in the integration \
         under the platform Web, letter by letter.",
    ),
    (
        &[500_011],
        "The resource that was asked for does not exist in this directory.",
        "Check the scopes of the integration; for Microsoft 365 they belong to Microsoft Graph.",
    ),
    (
        &[65001],
        "The person or their administrator has not consented to the app's permissions, or has withdrawn it.",
        "Press Reconnect and accept; if that is not allowed, send the prepared text to your Microsoft administrator.",
    ),
    (
        &[65004],
        "The permissions were declined.",
        "Start again and press Accept if the app should have access.",
    ),
    (
        &[65005, 650_052, 650_054, 650_056, 650_057],
        "The app registration lacks a permission, or the organization a subscription, that was asked for.",
        GIVE_PERMISSIONS,
    ),
    (
        &[90094],
        "Only an administrator may consent to these permissions.",
        "Send the prepared text to your Microsoft administrator; after their consent, authorize again.",
    ),
    (
        &[90095],
        "The permissions need an administrator's approval; a request has been offered.",
        "Send the request, or the prepared text, to your Microsoft administrator; after approval, authorize again.",
    ),
    (
        &[90093],
        "The signed-in person may not grant these permissions.",
        "Have an administrator who may grant consent (Cloud Application Administrator or higher) do it.",
    ),
    (&[90008], "The app may not sign people in.", GIVE_PERMISSIONS),
    (&[50173], "The authorization was revoked, for instance after a changed password.", RECONNECT),
    (&[70000], "The stored authorization is no longer valid.", RECONNECT),
    (&[70008], "The authorization has expired or was revoked.", RECONNECT),
    (&[700_082], "The authorization was not used for 90 days and has expired.", RECONNECT),
    (
        &[700_084],
        "The authorization ended after 24 hours, because the redirect URL is registered for a single-page application.",
        "In Entra, move the redirect URL to the platform Web on the app registration's Authentication page, then reconnect.",
    ),
    (&[70043], "The organization's policy wants people to sign in again from time to time.", RECONNECT),
    (&[54005], "The sign-in's one-time code was used twice.", SIGN_IN_AGAIN),
    (&[501_481, 50147, 501_491], "The sign-in could not be matched with its beginning (PKCE).", REPORT),
    (&[700_005], "The sign-in was finished at another tenant address than it was begun at.", REPORT),
    (
        &[50076, 50079, 50072, 50074, 50078],
        "The organization asks for multi-factor authentication.",
        "Press Reconnect and go through the additional sign-in step.",
    ),
    (
        &[53000, 53001, 53002, 53003, 53004, 530_032, 50131],
        "A Conditional Access policy of the organization does not let this sign-in through.",
        "Sign in from a managed device or network; otherwise ask your Microsoft administrator about the policy.",
    ),
    (
        &[50105],
        "The person is not assigned to the app.",
        "In Entra, open Enterprise applications, the app, Users and groups, and assign the person.",
    ),
    (
        &[50020, 50034, 51004, 90072, 16000],
        "The account does not belong to this directory.",
        "Sign in with an account of the organization, or have the account invited as a guest.",
    ),
    (
        &[50055, 50144],
        "The Microsoft password has expired.",
        "Change the Microsoft password, then press Reconnect.",
    ),
    (
        &[50057],
        "The Microsoft account is disabled.",
        "Ask your Microsoft administrator to enable the account, then press Reconnect.",
    ),
    (
        &[50053],
        "The Microsoft account is locked after too many attempts, or the network address is blocked.",
        "Wait some minutes, then press Reconnect; if it stays so, ask your Microsoft administrator.",
    ),
    (&[50058], "Nobody was signed in at Microsoft in this browser.", SIGN_IN_AGAIN),
    (&[50126], "User name or password is wrong.", SIGN_IN_AGAIN),
    (&[50132, 50133], "The Microsoft session was revoked or is no longer valid.", RECONNECT),
    (&[50196], "Entra saw the same request too often in a short time.", WAIT),
    (
        &[70011],
        "A scope is written in a way that Entra does not know.",
        "Check the scopes of the integration.",
    ),
    (
        &[700_022, 28002, 28003],
        "Scopes of several resources, or none, were asked for at once.",
        "Check the scopes of the integration: all must belong to Microsoft Graph.",
    ),
    (&[70003], "The way of asking for a token is not supported for this app.", REPORT),
    (&[900_144, 90014, 900_561, 9_002_313], "The request was incomplete or malformed.", REPORT),
    (&[90055], "The directory receives too many requests at the moment.", WAIT),
    (&[90006, 90024, 90033, 90090, 50033], "Microsoft's sign-in service has a passing fault.", WAIT),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_is_found_wherever_it_stands() {
        assert_eq!(aadsts_number("AADSTS7000222: expired"), Some(7_000_222));
        assert_eq!(aadsts_number("Error AADSTS65001"), Some(65001));
        for text in ["", "AADSTS", "AADSTSx", "AADSTS99999999999"] {
            assert_eq!(aadsts_number(text), None, "{text}");
        }
    }

    #[test]
    fn no_number_is_explained_twice_and_every_explanation_is_whole_sentences() {
        let mut numbers: Vec<u32> = TABLE.iter().flat_map(|(numbers, ..)| numbers.iter().copied()).collect();
        let all = numbers.len();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), all);
        for number in numbers {
            let explanation = explain(number).unwrap();
            for sentence in [explanation.what, explanation.next] {
                assert!(sentence.ends_with('.') && !sentence.contains("  "), "{number}: {sentence}");
            }
        }
        assert_eq!(explain(1), None);
    }
}
