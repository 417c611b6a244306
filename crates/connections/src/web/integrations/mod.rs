//! Admin → Integrations.
pub(super) fn routes() -> platform::web::Routes {
    platform::web::Routes::default()
}
