//! The scheduling room through real HTTP, with the sandbox in place of the providers.

mod api;
mod claims;
mod desk;
mod kill;
mod outlook;
mod race;
mod saga;
mod stage;
