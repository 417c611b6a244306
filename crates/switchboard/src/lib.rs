//! This room is the roof: it reads the configuration, joins the rooms below into one server and offers it on the
//! command line. It decides nothing about integrations, connections or people; whoever looks for a rule finds it in
//! the room whose name it bears.

pub mod app;
pub mod cli;
pub mod config;
pub mod logging;
pub mod trouble;

pub use app::App;
pub use config::Config;
pub use trouble::Trouble;
