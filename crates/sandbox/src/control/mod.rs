//! The control interface under `/_sandbox`: what there is, and the means to change it.

use crate::pages;
use crate::routes::Routes;

pub(crate) fn routes() -> Routes {
    Routes::new().get("/_sandbox/style.css", pages::style)
}
