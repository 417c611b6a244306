//! The scheduling room through real HTTP, with the sandbox in place of Webex and Microsoft.

mod api;
mod claims;
mod desk;
mod race;
