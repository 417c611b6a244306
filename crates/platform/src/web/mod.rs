//! The shell of pages: routes with their access, layout, forms, error pages, assets, security headers.

pub mod access;
pub mod assets;
pub mod form;
pub mod headers;
pub mod present;
pub mod routes;
pub mod shell;

pub use access::Access;
pub use form::{Checked, FieldErrors, Form};
pub use routes::{Route, Routes};
pub use shell::{Banner, BannerSource, FormAgain, Page, Shell, cookie, done};

#[cfg(test)]
pub(crate) mod tests;
