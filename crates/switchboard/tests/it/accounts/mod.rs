//! Who is who, through the real pages and the real API.

mod api_keys;
mod forms;
mod oidc;
mod sessions;
mod set_up;
mod sign_in;
