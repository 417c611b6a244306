//! `calendarView/delta`: what is in a window, then what changed (Graph "event: delta"). The tokens hold everything
//! the server needs, so a link answers the same however often it is followed.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Event, handlers, wire};
use crate::entra::base;
use crate::graph::ask::{Ask, Paging};
use crate::graph::calendars::READ;
use crate::graph::failure::Failure;
use crate::graph::mailbox::Mailbox;
use crate::seed::Person;
use crate::world::{Shared, World, lock};

const UNSUPPORTED: [&str; 5] = ["select", "expand", "filter", "orderby", "search"];

/// What a link remembers; the window never moves.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Token {
    mailbox: String,
    calendar: String,
    from: i64,
    to: i64,
    /// The change up to which the client knows everything; absent in a first round.
    since: Option<u64>,
    /// The last change of this round.
    until: u64,
    offset: usize,
    issued: i64,
    generation: u64,
}

/// One line of the answer.
enum Line {
    Whole(Box<Event>),
    Removed(Box<Event>),
}

/// GET /me/calendarView/delta and /me/calendars/{calendar}/calendarView/delta
pub(in crate::graph) async fn calendar_view_delta(
    State(world): State<Shared>,
    ask: Ask,
) -> Result<Response, Failure> {
    let person = ask.mailbox(&world, &READ)?;
    if ask.options.names().any(|name| UNSUPPORTED.contains(&name.as_str())) {
        let message = "The following parameters are not supported with change tracking over the 'CalendarView' \
                       resource: '$orderby, $filter, $select, $expand, $search'.";
        return Err(Failure::invalid("ErrorInvalidUrlQuery", message));
    }
    let size = ask.page_size(&Paging::outlook(String::new()))?;
    let switches = world.switches();
    let now = world.clock.now().as_second();
    let (token, lines) = {
        let mut state = lock(&world.graph);
        let mailbox = state.mailbox(&person);
        let token = token(&world, &ask, &person, mailbox, now - switches.graph_delta_token_seconds)?;
        let lines = lines(mailbox, &token);
        (token, lines)
    };
    // Some rounds begin with a page that is empty and goes on.
    let starts_empty = switches.graph_delta_empty_page && token.offset == 0 && ask_is_first(&ask);
    let taken = if starts_empty { 0 } else { size };
    let end = lines.len().min(token.offset.saturating_add(taken));
    let page: Vec<Value> = lines
        .get(token.offset..end)
        .unwrap_or_default()
        .iter()
        .map(|line| line.json(&ask, &person, base(&world.base_url)))
        .collect();
    let base = base(&world.base_url);
    let mut answer = json!({
        "@odata.context": format!("{base}/v1.0/$metadata#Collection(event)"),
        "value": page,
    });
    let (link, parameter, next) = if end < lines.len() || starts_empty {
        ("@odata.nextLink", "$skiptoken", Token { offset: end, ..token })
    } else {
        (
            "@odata.deltaLink",
            "$deltatoken",
            Token { since: Some(token.until), offset: 0, issued: now, ..token },
        )
    };
    answer[link] = format!("{base}{}?{parameter}={}", ask.path, next.text()).into();
    Ok(ask.preferences.applied_to(Json(answer).into_response()))
}

fn ask_is_first(ask: &Ask) -> bool {
    ask.options.other("skiptoken").is_none()
}

/// The token of the request, or a new one for the window it names.
fn token(
    world: &World,
    ask: &Ask,
    person: &Person,
    mailbox: &Mailbox,
    oldest: i64,
) -> Result<Token, Failure> {
    let calendar = match ask.param("calendar") {
        "" => mailbox.default_calendar().ok_or_else(Failure::item_not_found)?,
        id => mailbox.calendar(id)?,
    };
    let (skip, delta) = (ask.options.other("skiptoken"), ask.options.other("deltatoken"));
    let Some(text) = skip.or(delta) else {
        let (from, to) = handlers::window(ask)?;
        return Ok(Token {
            mailbox: person.entra_id().to_string(),
            calendar: calendar.id.clone(),
            from: from.as_second(),
            to: to.as_second(),
            since: None,
            until: mailbox.sequence(),
            offset: 0,
            issued: world.clock.now().as_second(),
            generation: mailbox.history.generation,
        });
    };
    let mut token = Token::read(text)
        .filter(|token| token.mailbox == person.entra_id().to_string() && token.calendar == calendar.id)
        .ok_or_else(|| Failure::invalid("SyncStateInvalid", "The sync state token is not valid."))?;
    let known = mailbox.history.reaches(token.since.unwrap_or(token.until));
    if !known || token.generation != mailbox.history.generation || token.issued < oldest {
        let base = base(&world.base_url);
        return Err(Failure::sync_state_not_found(format!("{base}{}?$deltatoken=", ask.path)));
    }
    if skip.is_none() {
        token.until = mailbox.sequence();
    }
    Ok(token)
}

impl Token {
    fn read(text: &str) -> Option<Self> {
        serde_json::from_slice(&BASE64URL.decode(text).ok()?).ok()
    }

    fn text(&self) -> String {
        BASE64URL.encode(json!(self).to_string())
    }

    fn window(&self) -> (Timestamp, Timestamp) {
        let at = |second| Timestamp::from_second(second).unwrap_or_default();
        (at(self.from), at(self.to))
    }
}

/// Everything that a round tells, in a fixed order.
fn lines(mailbox: &Mailbox, token: &Token) -> Vec<Line> {
    match token.since {
        None => first_round(mailbox, token),
        Some(since) => later_round(mailbox, token, since),
    }
}

fn first_round(mailbox: &Mailbox, token: &Token) -> Vec<Line> {
    let here = |event: &&Event| event.calendar_id == token.calendar;
    let changed = mailbox.history.changed_after(token.until);
    let settled = mailbox.events.iter().filter(|event| !changed.contains(event.id.as_str()));
    let then = changed.iter().filter_map(|id| at(mailbox, token.until, id));
    let mut events: Vec<&Event> = settled.chain(then).filter(here).collect();
    events.sort_by_key(|event| (event.start.instant(), event.id.clone()));
    let (from, to) = token.window();
    events
        .into_iter()
        .flat_map(|event| event.tracked(from, to))
        .map(|event| Line::Whole(Box::new(event)))
        .collect()
}

fn later_round(mailbox: &Mailbox, token: &Token, since: u64) -> Vec<Line> {
    let (from, to) = token.window();
    let mut lines = Vec::new();
    for id in mailbox.history.changed(since, token.until) {
        let was = at(mailbox, since, id).filter(|event| event.calendar_id == token.calendar);
        let is = at(mailbox, token.until, id).filter(|event| event.calendar_id == token.calendar);
        let before = was.map(|event| event.tracked(from, to)).unwrap_or_default();
        let after = is.map(|event| event.tracked(from, to)).unwrap_or_default();
        let gone = before.iter().filter(|old| !after.iter().any(|new| new.id == old.id));
        lines.extend(gone.map(|event| Line::Removed(Box::new(event.clone()))));
        // Changes outside the window are told as removals too (microsoft-graph-docs issues 6599 and 10687).
        if before.is_empty() && after.is_empty() {
            lines.extend(is.map(|event| Line::Removed(Box::new(event.clone()))));
        }
        let news =
            after.into_iter().filter(|new| new.version > since || !before.iter().any(|old| old.id == new.id));
        lines.extend(news.map(|event| Line::Whole(Box::new(event))));
    }
    lines
}

fn at<'a>(mailbox: &'a Mailbox, number: u64, id: &str) -> Option<&'a Event> {
    mailbox.history.as_of(number, id, mailbox.events.iter().find(|event| event.id == id))
}

impl Line {
    fn json(&self, ask: &Ask, person: &Person, base: &str) -> Value {
        match self {
            Self::Whole(event) => {
                let mut answer = wire::json(event, ask, person, base);
                if let Some(object) = answer.as_object_mut() {
                    wire::for_delta(event, object);
                }
                answer
            }
            Self::Removed(event) => {
                json!({"id": event.shown_id(ask.preferences.immutable_ids), "@removed": {"reason": "deleted"}})
            }
        }
    }
}
