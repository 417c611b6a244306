//! The first page: whoever is signed in goes to work, everyone else to the sign-in.

use axum::{Extension, response::Redirect};
use platform::{Actor, Role, web::assets};

/// Goes to the page where the actor's work begins.
pub(super) async fn home(actor: Option<Extension<Actor>>) -> Redirect {
    let actor = actor.map(|Extension(actor)| actor).unwrap_or_default();
    Redirect::to(match actor.person() {
        Some(_) if actor.has_role(Role::Administrator) => "/admin",
        Some(_) => "/my/connections",
        None => "/sign-in",
    })
}

/// Where browsers look for an icon on their own account.
pub(super) async fn favicon() -> Redirect {
    Redirect::permanent(&assets::asset("icon.svg"))
}
