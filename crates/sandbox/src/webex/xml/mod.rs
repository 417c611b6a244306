//! The Meetings XML API at one address for all sites, as at api.webex.com: the envelope, who asks for which site, session
//! tickets, users, the site and its session types (Webex XML API reference). Meetings by XML are retired and not played.

mod answer;
mod session;
mod site;
mod tickets;
mod tree;
mod users;
mod write;
mod zones;

use axum::body::Bytes;
use axum::extract::{Extension, State};
use axum::response::{Html, IntoResponse as _, Response};
use http::StatusCode;
use uuid::Uuid;

use crate::requests::RequestId;
use crate::routes::Routes;
use crate::switches::{Switches, XmlAbsent};
use crate::throttle;
use crate::webex::State as Webex;
use crate::webex::caller::{FULL, READ_ONLY};
use crate::webex::xml::answer::{Failure, Payload, written};
use crate::webex::xml::tree::{Element, Unreadable};
use crate::world::{Shared, lock};

pub(crate) use tickets::Tickets;

const SERVICE: &str = "http://www.webex.com/schemas/2002/06/service";

pub(crate) fn routes() -> Routes {
    Routes::new().post("/WBXService/XMLService", serve)
}

/// One operation with what the envelope says of its caller.
struct Call<'a> {
    world: &'a Shared,
    switches: &'a Switches,
    security: &'a Element,
    body: &'a Element,
    /// The site's position in the state.
    site: usize,
    request: RequestId,
}

/// Who holds the session ticket.
struct Holder {
    id: Uuid,
    email: String,
    client_id: String,
    roles: Vec<String>,
}

impl Holder {
    fn administers(&self) -> bool {
        self.roles.iter().any(|role| role == FULL)
    }

    fn may_read_others(&self) -> bool {
        self.roles.iter().any(|role| role == FULL || role == READ_ONLY)
    }
}

async fn serve(
    State(world): State<Shared>,
    Extension(request): Extension<RequestId>,
    body: Bytes,
) -> Response {
    let message = match envelope(&body) {
        Ok(message) => message,
        Err(failure) => return written(&Err(failure)),
    };
    let switches = world.switches();
    let Some((security, content)) = parts(&message) else {
        return written(&Err(Failure::invalid(
            "The message has no header with a securityContext, or no bodyContent",
        )));
    };
    let Some((site, url)) = site_of(&lock(&world.webex), security) else {
        return written(&Err(Failure::new("000002", "The site name is not recognized")));
    };
    if !switches.site_has_xml(&url) {
        return match switches.webex_xml_absent {
            XmlAbsent::Page => {
                (StatusCode::NOT_FOUND, Html("<html><body><h1>404</h1></body></html>")).into_response()
            }
            XmlAbsent::Failure => written(&Err(Failure::denied())),
        };
    }
    let call = Call { world: &world, switches: &switches, security, body: content, site, request };
    let operation = operation(content.kind.as_deref().unwrap_or_default());
    world.requests.amend(request, |entry| entry.detail = Some(operation.clone()));
    written(&call.run(&operation))
}

/// Namespaces are checked here as the front server does.
fn envelope(body: &[u8]) -> Result<Element, Failure> {
    let message = tree::read(body).map_err(|why| match why {
        Unreadable::Envelope => Failure::not_forwarded(),
        Unreadable::Content => Failure::invalid("The message does not fit its schema"),
    })?;
    if message.name != "message" || message.namespace.as_deref() != Some(SERVICE) {
        return Err(Failure::not_forwarded());
    }
    Ok(message)
}

fn parts(message: &Element) -> Option<(&Element, &Element)> {
    let security = message.child("header")?.child("securityContext")?;
    Some((security, message.child("body")?.child("bodyContent")?))
}

/// `java:com.webex.service.binding.user.GetUser` → `user.GetUser`; other spellings of the package circulate too.
fn operation(kind: &str) -> String {
    let mut parts: Vec<&str> = kind.rsplit(['.', ':']).take(2).collect();
    parts.reverse();
    parts.join(".")
}

/// By its name or by its number.
fn site_of(state: &Webex, security: &Element) -> Option<(usize, String)> {
    let name = security.value("siteName");
    let number = security.value("siteID").and_then(|text| text.parse::<u64>().ok());
    let position = state.sites.iter().position(|site| match name {
        Some(name) => site.name().eq_ignore_ascii_case(name) || site.url.eq_ignore_ascii_case(name),
        None => Some(site.id) == number,
    })?;
    Some((position, state.sites[position].url.clone()))
}

impl Call<'_> {
    fn run(&self, operation: &str) -> Result<Payload, Failure> {
        match operation {
            "ep.GetAPIVersion" => return Ok(session::api_version(self.body)),
            "user.AuthenticateUser" => return session::authenticate(self),
            _ => {}
        }
        let holder = self.holder()?;
        throttle::charge(self.world, &holder.client_id, "xml").map_err(|_| Failure::throttled())?;
        match operation {
            "user.RevokeSessionTicket" | "user.revokeSessionTicket" => Ok(session::revoke(self)),
            "user.GetMe" => session::me(self, &holder),
            "user.GetUser" => users::get(self, &holder),
            "user.LstsummaryUser" => users::list(self, &holder),
            "user.SetUser" => write::set(self, &holder),
            "user.CreateUser" => write::create(self, &holder),
            "user.DelUser" => write::delete(self, &holder),
            "site.GetSite" => Ok(site::get(self)),
            "meetingtype.LstMeetingType" => site::meeting_types(self),
            _ => Err(Failure::invalid("The type of the bodyContent is not known")),
        }
    }

    /// Whose ticket came; passwords are never right, as on a site with single sign-on.
    fn holder(&self) -> Result<Holder, Failure> {
        let Some(ticket) = self.security.value("sessionTicket") else {
            let password = self.security.value("password").is_some();
            return Err(if password { Failure::wrong_password() } else { Failure::no_ticket() });
        };
        let state = lock(&self.world.webex);
        let known = state.tickets.find(ticket, self.site, self.world.clock.now());
        let (id, client_id) = known.ok_or_else(Failure::no_ticket)?;
        let account = state.accounts.by_id(id).filter(|account| account.login_enabled);
        let account = account.ok_or_else(Failure::no_ticket)?;
        let named = self.security.value("webExID").or_else(|| self.security.value("email"));
        if !named.is_some_and(|named| named.eq_ignore_ascii_case(&account.email)) {
            return Err(Failure::no_ticket());
        }
        let holder = Holder { id, email: account.email.clone(), client_id, roles: account.roles.clone() };
        self.world.requests.amend(self.request, |entry| {
            entry.account = Some(holder.email.clone());
            entry.client_id = Some(holder.client_id.clone());
        });
        Ok(holder)
    }
}
