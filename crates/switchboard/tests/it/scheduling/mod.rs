//! The scheduling room through real HTTP, with the sandbox in place of the providers.

mod api;
mod claims;
mod desk;
mod kill;
mod languages;
mod limits;
mod mended;
mod outlook;
mod pages_host;
mod race;
mod saga;
mod stage;
mod visitor;
mod visitor_told;
