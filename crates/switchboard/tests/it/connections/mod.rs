//! The connections room through real HTTP, with the sandbox in place of Webex and Microsoft.

mod authorize;
mod authorize_refused;
mod crash;
mod desk;
mod full_disk;
mod integrations;
mod integrations_changed;
mod keeper;
mod process;
mod removal;
mod status;
mod storm;
mod testing;
mod tokens;
mod tokens_refused;
