//! The calendars room through real HTTP, with the sandbox in place of Microsoft.

mod believed;
mod busy;
mod choosing;
mod desk;
mod entries;
mod entries_changed;
mod isolation;
mod notices;
mod reading;
mod trouble;
