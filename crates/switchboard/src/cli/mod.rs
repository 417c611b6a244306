//! The command line.

mod admin;
mod config;
mod demo;
mod directory;
mod doctor;
mod keys;
mod openapi;
mod output;
mod sandbox;
mod serve;
mod signals;
mod slots;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::{Config, Trouble, logging};

/// Connects an organization's people to Cisco Webex and Microsoft 365.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
struct Cli {
    /// The configuration file; `switchboard.toml` in the working directory when absent.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server.
    Serve(serve::Serve),
    /// Try everything on this machine, with a sandbox of Webex and Microsoft 365 and an invented organization.
    Demo(demo::Demo),
    /// Run the sandbox of Webex and Microsoft 365 alone.
    Sandbox(sandbox::Sandbox),
    /// Check key, database, public address, clock, mail and providers; say what to do next.
    Doctor(doctor::Doctor),
    /// Look after the keys under which secrets are sealed.
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Do from here what an administrator does in the browser.
    #[command(subcommand)]
    Admin(admin::Admin),
    /// Plan and change the people of a Webex organization, by the API of a running server.
    Directory(directory::Directory),
    /// Compute which times can be offered, from problems as JSON on standard input.
    Slots(slots::Slots),
    /// Print the OpenAPI document of the API.
    Openapi,
    /// Print the configuration in effect, with secrets masked.
    Config(config::Show),
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    // Fails only where a provider was installed before, which is as good.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&Trouble::new(format!("the runtime could not be started: {error}"))),
    };
    match runtime.block_on(run(cli)) {
        Ok(code) => code,
        Err(trouble) => fail(&trouble),
    }
}

fn fail(trouble: &Trouble) -> ExitCode {
    output::error(&format!("error: {trouble}"));
    if let Some(hint) = trouble.hint() {
        output::error(&format!("hint: {hint}"));
    }
    ExitCode::FAILURE
}

async fn run(cli: Cli) -> Result<ExitCode, Trouble> {
    let config = || Config::load(cli.config.clone());
    match cli.command {
        Command::Serve(serve) => serve.run(config()?).await?,
        Command::Demo(demo) => demo.run().await?,
        Command::Sandbox(sandbox) => sandbox.run().await?,
        Command::Doctor(doctor) => return doctor.run(&config()?).await,
        Command::Keys(keys) => keys.run(&quiet(config()?)).await?,
        Command::Admin(admin) => admin.run(&quiet(config()?)).await?,
        Command::Directory(directory) => return directory.run().await,
        Command::Slots(slots) => return slots.run(),
        Command::Openapi => openapi::print()?,
        Command::Config(show) => show.run(config)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Logging for commands that a person types: their own lines are the output.
fn quiet(mut config: Config) -> Config {
    config.log.level = crate::config::Level::Warn;
    logging::start(&config.log);
    config
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
