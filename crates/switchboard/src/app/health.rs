//! Whether the process lives, and whether it can do its work.

use axum::{extract::State, response::IntoResponse};
use http::StatusCode;
use platform::{Hub, api::Json, keys::MasterKeySource};
use serde::Serialize;

/// Answers as long as the process runs.
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// What was found out about one thing that the server cannot work without.
#[derive(Serialize)]
struct Verdict {
    ready: bool,
    database: &'static str,
    key: &'static str,
}

/// Answers 200 when the database is reachable and the master key opens it, 503 otherwise. Migrations are done
/// before the server listens at all.
pub(super) async fn ready(State(hub): State<Hub>, source: MasterKeySource) -> impl IntoResponse {
    let reachable = hub.db().sql("SELECT COUNT(*) FROM organization").one::<(i64,)>(hub.db()).await;
    let key = match &reachable {
        Ok(_) => source.check(hub.db()).await.map_err(|error| tracing::warn!(%error, "not ready")),
        Err(error) => {
            tracing::warn!(%error, "not ready: the database does not answer");
            Err(())
        }
    };
    let ready = reachable.is_ok() && key.is_ok();
    let word = |fine| if fine { "ok" } else { "failed" };
    let verdict = Verdict { ready, database: word(reachable.is_ok()), key: word(key.is_ok()) };
    (if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, Json(verdict))
}
