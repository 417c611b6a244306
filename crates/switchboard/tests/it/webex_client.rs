//! The Webex client against the sandbox, where no journey through the server comes along: whose session it is at a meeting
//! site, new people by XML, and changes of licences of which only a part is done.

use std::{collections::BTreeMap, net::SocketAddr};

use ::platform::outbound::Outbound;
use reqwest::Method;
use sandbox::{Effect, Fault, Match, Options, Rule, Running, Sandbox, Seed};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use webex::{
    ApiKind, Endpoints, LicenseAnswer, LicenseChange, NewUser, Operation, SessionTicket, TICKET_REFUSED,
    UserChange, Webex, XmlApi, is_ticket_refused,
};

use crate::harness::Browser;

const ADA: &str = "ada.lindqvist@lindenhof.example";
/// A host, who administers nothing.
const BEN: &str = "ben.okafor@lindenhof.example";
const SITE: &str = "lindenhof.webex.com";
const OTHER_SITE: &str = "lindenhof-events.webex.com";
const XML: &str = "/WBXService/XMLService";
const LICENCES: &str = "/v1/licenses/users";

/// A sandbox, and the client that speaks to it.
struct World {
    sandbox: Running,
    webex: Webex,
}

impl World {
    async fn start() -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let options = Options {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            tls: None,
            seed: Some(Seed { random: Some(7), ..Seed::believable() }),
            extra_redirect_uris: Vec::new(),
            smtp_listen: None,
            public_url: None,
        };
        let sandbox = Sandbox::start(options).await.unwrap();
        let http = Outbound::new(None).unwrap().client().clone();
        let url = sandbox.base_url.clone();
        let endpoints = Endpoints { api: url.clone(), idbroker: url.clone(), xml: Some(url) };
        Self { sandbox, webex: Webex::new(http, endpoints) }
    }

    async fn control(&self, path: &str, body: &Value) -> Value {
        let program = Browser::new(self.sandbox.base_url.clone());
        program.call(Method::POST, path, body).await.expect(200).json()
    }

    /// A token of this person's with every scope.
    async fn token(&self, email: &str) -> SecretString {
        let made = self.control("/_sandbox/tokens", &json!({ "provider": "webex", "email": email })).await;
        made["access_token"].as_str().unwrap().into()
    }

    /// A session of this person's at the site.
    async fn session(&self, email: &str) -> (XmlApi, SessionTicket) {
        let xml = self.webex.xml(SITE).unwrap();
        let ticket = xml.authenticate(email, &self.token(email).await).await.unwrap();
        (xml, ticket)
    }

    /// Spoils the next request to this path.
    fn spoil(&self, path: &str, fault: Fault) {
        let matching = Match { method: None, path: Some(path.to_owned()) };
        let rule = Rule { id: 0, matching, times: Some(1), after: 0, fault, hits: 0 };
        self.sandbox.world.faults.add(rule).unwrap();
    }

    /// The status that the last request was answered with.
    fn last_status(&self) -> Option<u16> {
        self.sandbox.world.requests.all().last().and_then(|request| request.status)
    }
}

#[tokio::test]
async fn a_session_says_whose_it_is() {
    let world = World::start().await;
    for (email, is_administrator) in [(ADA, true), (BEN, false)] {
        let (xml, ticket) = world.session(email).await;
        let me = xml.me(&ticket).await.unwrap();
        assert_eq!((me.email.as_str(), me.webex_id.as_str()), (email, email));
        // What the site calls others is not documented.
        assert_eq!(me.role == "siteAdmin", is_administrator, "{me:?}");
    }
}

#[tokio::test]
async fn a_ticket_that_is_none_here_is_refused_and_not_repeated() {
    let world = World::start().await;
    let (xml, ticket) = world.session(ADA).await;
    let never = SessionTicket { value: "SDJTSwAAA-never-one".into(), ..ticket.clone() };
    let of_another = SessionTicket { webex_id: BEN.to_owned(), ..ticket.clone() };
    let elsewhere = world.webex.xml(OTHER_SITE).unwrap();
    for (xml, ticket) in [(&xml, &never), (&xml, &of_another), (&elsewhere, &ticket)] {
        let error = xml.me(ticket).await.unwrap_err();
        assert!(is_ticket_refused(&error), "{error}");
        assert_eq!((error.kind, error.status), (ApiKind::TokenRejected, Some(200)));
        assert!(!format!("{error:?}").contains(ticket.value.expose_secret()), "{error:?}");
    }
    xml.me(&ticket).await.unwrap();
    xml.revoke_ticket(&ticket).await.unwrap();
    assert!(is_ticket_refused(&xml.me(&ticket).await.unwrap_err()), "it was ended");
    xml.revoke_ticket(&ticket).await.unwrap();
}

#[tokio::test]
async fn a_ticket_that_a_site_repeats_is_blotted_out() {
    let world = World::start().await;
    let (xml, ticket) = world.session(ADA).await;
    let value = ticket.value.expose_secret();
    let page = format!(
        "<s:message xmlns:s=\"http://www.webex.com/schemas/2002/06/service\"><s:header><s:response>\
         <s:result>FAILURE</s:result><s:reason>No ticket: {value}</s:reason>\
         <s:exceptionID>{TICKET_REFUSED}</s:exceptionID></s:response></s:header><s:body/></s:message>"
    );
    world.spoil(XML, Fault { status: Some(200), body: Some(Value::String(page)), ..Fault::default() });
    let error = xml.me(&ticket).await.unwrap_err();
    assert!(is_ticket_refused(&error) && error.message.starts_with("No ticket"), "{error}");
    assert!(!format!("{error:?}").contains(value), "{error:?}");
}

const NILS: NewUser<'static> =
    NewUser { email: "nils.holm@lindenhof.example", first_name: "Nils", last_name: "Holm & Söhne" };

fn change(session_types: &[&str]) -> UserChange {
    UserChange {
        session_types: Some(session_types.iter().map(|id| (*id).to_owned()).collect()),
        tracking_codes: BTreeMap::from([(2, "R&D <1>".to_owned())]),
        active: None,
    }
}

#[tokio::test]
async fn a_person_is_created_with_all_that_was_asked_for() {
    let world = World::start().await;
    let (xml, ticket) = world.session(ADA).await;
    let change = change(&["3", "9"]);
    xml.create_user(&ticket, &NILS, &change).await.unwrap();
    let made = xml.user(&ticket, NILS.email).await.unwrap();
    assert_eq!((made.webex_id.as_str(), made.email.as_str()), (NILS.email, NILS.email));
    assert_eq!((made.first_name.as_str(), made.last_name.as_str()), (NILS.first_name, NILS.last_name));
    assert_eq!((Some(&made.session_types), made.active), (change.session_types.as_ref(), true));
    assert_eq!(made.tracking_codes, change.tracking_codes);
}

#[tokio::test]
async fn somebody_who_exists_is_not_created_again_and_stays_as_they_are() {
    let world = World::start().await;
    let (xml, ticket) = world.session(ADA).await;
    let ben = xml.user(&ticket, BEN).await.unwrap();
    let again = NewUser { email: BEN, ..NILS };
    let error = xml.create_user(&ticket, &again, &change(&["9"])).await.unwrap_err();
    assert_eq!((error.kind, error.code.as_deref()), (ApiKind::Conflict, Some("030004")), "{error}");
    assert!(!error.message.is_empty());
    assert_eq!(xml.user(&ticket, BEN).await.unwrap(), ben);
    world.control("/_sandbox/switches", &json!({ "webex.outsiders": ["guest@partner.example"] })).await;
    let guest = NewUser { email: "guest@partner.example", ..NILS };
    let error = xml.create_user(&ticket, &guest, &change(&["3"])).await.unwrap_err();
    assert_eq!((error.kind, error.code.as_deref()), (ApiKind::Conflict, Some("030005")), "{error}");
}

#[tokio::test]
async fn a_refused_creation_leaves_nobody_behind() {
    let world = World::start().await;
    let (xml, ticket) = world.session(ADA).await;
    let error = xml.create_user(&ticket, &NILS, &change(&["1"])).await.unwrap_err();
    assert_eq!(error.kind, ApiKind::Invalid, "the site has no such session type: {error}");
    let (_, of_ben) = world.session(BEN).await;
    let error = xml.create_user(&of_ben, &NILS, &change(&["3"])).await.unwrap_err();
    assert_eq!((error.kind, error.code.as_deref()), (ApiKind::Forbidden, Some("000001")), "{error}");
    let error = xml.user(&ticket, NILS.email).await.unwrap_err();
    assert_eq!(error.kind, ApiKind::NotFound, "{error}");
}

/// Somebody with a token who gives licences, and the ids of two kinds of them.
struct Giver {
    world: World,
    token: SecretString,
    /// Of which five were bought, and two are given.
    webinars: String,
    calls: String,
}

impl Giver {
    async fn start() -> Self {
        let world = World::start().await;
        let token = world.token(ADA).await;
        let all = world.webex.licenses(&token).await.unwrap();
        let id = |name: &str| all.iter().find(|licence| licence.name.contains(name)).unwrap().id.clone();
        let (webinars, calls) = (id("Webinars"), id("Call on Webex"));
        Self { world, token, webinars, calls }
    }

    async fn id(&self, first: &str) -> String {
        let email = format!("{first}@lindenhof.example");
        let found = self.world.webex.person_by_email(&self.token, &email).await.unwrap();
        found.unwrap().id().to_owned()
    }

    /// Gives somebody a licence of both kinds; what is answered, and with which status.
    async fn give_both(&self, person: &str) -> (LicenseAnswer, Option<u16>) {
        let change = LicenseChange::of(person)
            .license(&self.webinars, Operation::Add)
            .license(&self.calls, Operation::Add);
        let answer = self.world.webex.change_licenses(&self.token, &change).await.unwrap();
        (answer, self.world.last_status())
    }

    /// Whether the person has a licence of each kind.
    async fn has(&self, person: &str) -> (bool, bool) {
        let read = self.world.webex.person(&self.token, person).await.unwrap();
        let licences = read.list("licenses");
        (licences.contains(&self.webinars.as_str()), licences.contains(&self.calls.as_str()))
    }
}

#[tokio::test]
async fn a_licence_that_is_used_up_is_not_among_what_is_answered() {
    let giver = Giver::start().await;
    for first in ["ben.okafor", "chiara.rossi", "dmitri.volkov"] {
        let (answer, status) = giver.give_both(&giver.id(first).await).await;
        assert_eq!((answer.licenses.contains(&giver.webinars), status), (true, Some(200)), "{first}");
    }
    let felix = giver.id("felix.brandt").await;
    let (answer, status) = giver.give_both(&felix).await;
    assert_eq!(status, Some(206), "a part was done");
    let given = (answer.licenses.contains(&giver.webinars), answer.licenses.contains(&giver.calls));
    assert_eq!((given, giver.has(&felix).await), ((false, true), (false, true)));
}

#[tokio::test]
async fn a_part_that_is_answered_in_another_way_is_read_by_what_it_lists() {
    let giver = Giver::start().await;
    let ben = giver.id("ben.okafor").await;
    let answered = |body: Value| Fault { status: Some(207), body: Some(body), ..Fault::default() };
    let listed = json!({ "personId": ben, "licenses": [giver.calls], "siteUrls": null });
    let done = Fault { effect: Some(Effect::Whole), ..answered(listed) };
    giver.world.spoil(LICENCES, done);
    let (answer, status) = giver.give_both(&ben).await;
    assert_eq!((answer.licenses, status), (vec![giver.calls.clone()], Some(207)));
    assert_eq!(giver.has(&ben).await, (true, true), "what is there is what reading the person again tells");
    // As another call of Webex answers 207: nothing is listed that the person has.
    let items = json!({ "items": [{ "licenseId": giver.webinars, "httpStatus": "400", "message": "no" }] });
    giver.world.spoil(LICENCES, answered(items));
    let chiara = giver.id("chiara.rossi").await;
    let (answer, status) = giver.give_both(&chiara).await;
    assert_eq!((answer.licenses.len(), answer.pending_licenses.len(), status), (0, 0, Some(207)));
    assert_eq!(giver.has(&chiara).await, (false, false));
}
