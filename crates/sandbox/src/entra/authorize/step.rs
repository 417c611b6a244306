//! What comes next in a sign-in: pure decisions over the request, the person and what was granted.

use std::collections::BTreeSet;

use super::request::{AuthorizeRequest, Prompt};
use crate::apps::App;
use crate::entra::refusal::Refusal;
use crate::entra::scope;
use crate::seed::Person;

/// The next thing to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Show the people to choose from.
    SignIn,
    /// Show these scopes for consent.
    Consent(Vec<String>),
    /// Say that only an administrator can go on; nothing is redirected (AADSTS90094).
    Approval,
    /// Answer with an error at the redirect URI.
    Refuse(Refusal),
    /// Issue a code.
    Issue,
}

/// What was granted before: by the person, and by administrators for everybody.
pub(crate) struct Granted {
    pub(crate) all: BTreeSet<String>,
    pub(crate) for_all: BTreeSet<String>,
}

/// Decides the next step; `accepted` tells that the person has just accepted on the consent page.
pub(crate) fn next_step(
    request: &AuthorizeRequest,
    app: &App,
    person: Option<&Person>,
    granted: &Granted,
    accepted: bool,
) -> Step {
    let silent = request.prompt == Prompt::Nothing;
    let Some(person) = person else {
        return if silent { Step::Refuse(Refusal::SignInNeeded) } else { Step::SignIn };
    };
    let needed = needed(request, app, granted);
    let missing: Vec<String> = needed.iter().filter(|name| !granted.all.contains(*name)).cloned().collect();
    let blocked = app.blocked && !needed.iter().all(|name| granted.for_all.contains(name));
    let asks_again = request.prompt == Prompt::Consent && !accepted;
    if !blocked && missing.is_empty() && !asks_again {
        return Step::Issue;
    }
    if silent {
        let (client_id, name) = (app.client_id.clone(), app.name.clone());
        return Step::Refuse(Refusal::ConsentMissing { client_id, name });
    }
    if blocked || missing.iter().any(|name| !may_grant(person, name)) {
        return Step::Approval;
    }
    Step::Consent(needed)
}

/// The scopes that must be granted before a code is issued, OpenID Connect ones included.
fn needed(request: &AuthorizeRequest, app: &App, granted: &Granted) -> Vec<String> {
    let asked = &request.asked;
    let mut needed = asked.oidc.clone();
    if !asked.default {
        needed.extend(asked.permissions.iter().cloned());
    } else if granted.all.iter().all(|name| scope::find(name).is_none()) {
        // `.default` asks for all that is registered, but only where nothing was granted yet.
        needed.extend(app.scopes.iter().filter(|name| scope::find(name).is_some()).cloned());
    }
    needed
}

fn may_grant(person: &Person, name: &str) -> bool {
    scope::find(name).is_none_or(|permission| permission.person_may_grant) || may_grant_for_all(person, false)
}

/// Whether a person may consent on behalf of everybody; application permissions to Graph need the higher roles
/// (Microsoft Entra built-in roles).
pub(crate) fn may_grant_for_all(person: &Person, with_application_permissions: bool) -> bool {
    let roles = person.microsoft.as_ref().map_or(&[][..], |account| &account.roles);
    roles.iter().any(|role| match role.as_str() {
        "Global Administrator" | "Privileged Role Administrator" => true,
        "Application Administrator" | "Cloud Application Administrator" => !with_application_permissions,
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::super::reply::{Mode, Reply};
    use super::super::request::Params;
    use super::*;
    use crate::seed::Seed;

    fn granted(all: &[&str], for_all: &[&str]) -> Granted {
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Granted { all: own(&[all, for_all].concat()), for_all: own(for_all) }
    }

    fn step(query: &str, who: Option<usize>, granted: &Granted, blocked: bool, accepted: bool) -> Step {
        let seed = Seed::believable();
        let mut app = seed.apps[1].clone();
        app.blocked = blocked;
        let reply = Reply { redirect_uri: "http://localhost/".to_owned(), mode: Mode::Query, state: None };
        let params = Params::parse(format!("response_type=code&{query}").as_bytes());
        let request = AuthorizeRequest::read(&params, reply, &app, "http://sandbox.test").unwrap();
        next_step(&request, &app, who.map(|index| &seed.people[index]), granted, accepted)
    }

    const ADA: Option<usize> = Some(0);
    const BEN: Option<usize> = Some(1);

    #[test]
    fn a_person_signs_in_then_consents_once() {
        assert_eq!(step("scope=User.Read", None, &granted(&[], &[]), false, false), Step::SignIn);
        let consent = Step::Consent(vec!["User.Read".to_owned()]);
        assert_eq!(step("scope=User.Read", BEN, &granted(&[], &[]), false, false), consent);
        assert_eq!(step("scope=User.Read", BEN, &granted(&["User.Read"], &[]), false, false), Step::Issue);
        assert_eq!(
            step("scope=User.Read&prompt=consent", BEN, &granted(&["User.Read"], &[]), false, false),
            consent
        );
        assert_eq!(
            step("scope=User.Read&prompt=consent", BEN, &granted(&["User.Read"], &[]), false, true),
            Step::Issue
        );
    }

    #[test]
    fn without_a_prompt_allowed_it_refuses() {
        let refused = |who| step("scope=User.Read&prompt=none", who, &granted(&[], &[]), false, false);
        assert_eq!(refused(None), Step::Refuse(Refusal::SignInNeeded));
        assert!(matches!(refused(BEN), Step::Refuse(Refusal::ConsentMissing { .. })));
    }

    #[test]
    fn administrators_only_permissions_stop_other_people() {
        let ask = |who, granted: &Granted| step("scope=Application.Read.All", who, granted, false, false);
        assert_eq!(ask(BEN, &granted(&[], &[])), Step::Approval);
        assert!(matches!(ask(ADA, &granted(&[], &[])), Step::Consent(_)));
        assert_eq!(ask(BEN, &granted(&[], &["Application.Read.All"])), Step::Issue);
    }

    #[test]
    fn a_blocked_app_stops_everybody_until_an_administrator_consents_for_all() {
        assert_eq!(step("scope=User.Read", ADA, &granted(&["User.Read"], &[]), true, false), Step::Approval);
        assert_eq!(step("scope=User.Read", BEN, &granted(&[], &["User.Read"]), true, false), Step::Issue);
    }
}
