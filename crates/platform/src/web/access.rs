//! Who may use a route: declared with the route, checked before its handler, listed for the test that walks
//! every route with every role.

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{
    Actor, Error, Role, Scope,
    actor::{Person, Who},
    forbidden, sign_in,
};

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anyone; the handler itself asks for a link, a password or a provider's answer.
    Public,
    /// Any signed-in account.
    SignedIn,
    /// A signed-in account with this role.
    Role(Role),
    /// An API key with this scope, or a signed-in account with this role.
    Api(Scope, Role),
    /// An API key with this scope, or a signed-in account with any of these roles; what each of them sees, the handler
    /// says.
    ApiAny(Scope, &'static [Role]),
    /// An API key with this scope, and nobody else.
    KeyOnly(Scope),
    /// Any API key, or any signed-in account.
    Caller,
}

impl Access {
    /// Whether `actor` may pass; the error says what to do about it.
    pub fn check(self, actor: &Actor) -> Result<(), Error> {
        match (self, &actor.who) {
            (Self::Public, _)
            | (Self::SignedIn | Self::Caller, Who::Person(_))
            | (Self::Caller, Who::Key(_)) => Ok(()),
            (Self::Role(role) | Self::Api(_, role), Who::Person(person)) => check_role(person, role),
            (Self::ApiAny(_, roles), Who::Person(person)) => check_any(person, roles),
            (Self::Api(scope, _) | Self::ApiAny(scope, _) | Self::KeyOnly(scope), Who::Key(key))
                if key.scopes.contains(&scope) =>
            {
                Ok(())
            }
            (Self::Api(scope, _) | Self::ApiAny(scope, _) | Self::KeyOnly(scope), Who::Key(_)) => {
                Err(forbidden(format!(
                    "This API key lacks the scope {}. An administrator can create a key that has it.",
                    scope.as_str()
                )))
            }
            (Self::SignedIn | Self::Role(_), Who::Key(_)) => {
                Err(forbidden("This page is for people; programs use the API under /api/v1."))
            }
            (Self::KeyOnly(_), Who::Person(_)) => Err(forbidden(
                "Only a program with an API key may do this. An administrator creates keys under Admin → API keys.",
            )),
            (
                Self::KeyOnly(_) | Self::Api(..) | Self::ApiAny(..) | Self::Caller,
                Who::Anyone | Who::System(_),
            ) => Err(sign_in(
                "Send an API key as `Authorization: Bearer …`. An administrator creates keys under Admin → API keys.",
            )),
            (Self::SignedIn | Self::Role(_), Who::Anyone | Who::System(_)) => {
                Err(sign_in("Please sign in to see this page."))
            }
        }
    }
}

fn check_role(person: &Person, role: Role) -> Result<(), Error> {
    if person.roles.contains(&role) {
        return Ok(());
    }
    Err(forbidden(format!(
        "This is for accounts with the role “{}”. An administrator can give it to you under Admin → Accounts.",
        role.as_str()
    )))
}

fn check_any(person: &Person, roles: &[Role]) -> Result<(), Error> {
    let checked = roles.iter().map(|role| check_role(person, *role));
    checked.reduce(Result::or).unwrap_or(Ok(()))
}

/// Refuses the request unless the actor may pass.
pub(super) async fn guard(access: Access, request: Request, next: Next) -> Response {
    let refused = match request.extensions().get::<Actor>() {
        Some(actor) => access.check(actor).err(),
        None => Access::check(access, &Actor::default()).err(),
    };
    match refused {
        Some(error) => error.into_response(),
        None => next.run(request).await,
    }
}
