//! `directory`: the people of a Webex organization from the shell, by the API of a running server. Whoever has an API key
//! with the scopes `directory:read` and `directory:write` needs nothing else: no configuration, no database.

mod client;
mod say;
mod watch;

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, Subcommand, ValueEnum};
use reqwest::Method;
use serde_json::{Value, json};

use self::client::Client;
use super::output;
use crate::Trouble;

#[derive(Args)]
pub(super) struct Directory {
    /// Where the server is.
    #[arg(
        long,
        global = true,
        env = "SWITCHBOARD_SERVER",
        value_name = "URL",
        default_value = "http://127.0.0.1:8080"
    )]
    server: String,
    /// A file with an API key as its only line. Without it, the key is taken from the environment.
    #[arg(long, global = true, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// An API key with the scopes directory:read and directory:write.
    #[arg(long, global = true, env = "SWITCHBOARD_API_KEY", hide_env_values = true, hide = true)]
    api_key: Option<String>,
    /// A file with certificates (PEM) of the server's own authority.
    #[arg(long, global = true, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Print JSON, as the API answers it.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand)]
enum Act {
    /// Write the people as a list, to be edited and planned.
    Export(Export),
    /// See what a list would change. Nothing is changed.
    Plan {
        /// CSV, XLSX or ODS; `-` is standard input.
        #[arg(required_unless_present = "rules")]
        file: Option<PathBuf>,
        /// In place of a list: everybody as the standing rules say.
        #[arg(long, conflicts_with = "file")]
        rules: bool,
        /// What to call the plan.
        #[arg(long, default_value = "")]
        name: String,
        /// Create people who are not there.
        #[arg(long, conflicts_with = "rules")]
        create: bool,
        /// The meeting site of a list that names none.
        #[arg(long, conflicts_with = "rules")]
        site: Option<String>,
    },
    /// Carry a plan out, and watch.
    Apply {
        /// The plan's id, or the file of a downloaded plan.
        plan: String,
        /// What the plan takes away is meant.
        #[arg(long)]
        confirm_losses: bool,
        /// Do not wait for the end.
        #[arg(long)]
        detach: bool,
    },
    /// Plan how to restore what was there before a run. Nothing is changed until that plan is applied.
    Undo {
        /// The run's id.
        run: String,
    },
    /// Watch a run until it ends.
    Watch { run: String },
    /// Let the rows under way end, and begin no others.
    Pause { run: String },
    /// Go on with a paused run, and watch.
    Resume { run: String },
    /// End a run; rows not begun stay as they are.
    Stop { run: String },
    /// Take the failed rows of an ended run up once more, and watch.
    Retry { run: String },
    /// Write the result of a run, row by row, as CSV.
    Result {
        run: String,
        /// Where to; standard output when absent.
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

/// Which people, and how they are written.
#[derive(Args)]
struct Export {
    #[arg(long, value_enum, default_value = "plain")]
    layout: Layout,
    /// Only people who host or attend on this meeting site. In the layout meetings also the site that the list is about;
    /// needed there where there are several.
    #[arg(long)]
    site: Option<String>,
    /// Only people with this part in their name or address.
    #[arg(long)]
    search: Option<String>,
    /// Only people with this licence, by name or id.
    #[arg(long)]
    licence: Option<String>,
    #[arg(long)]
    department: Option<String>,
    #[arg(long, value_enum)]
    status: Option<Status>,
    /// Where to; standard output when absent.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Export {
    fn query(&self) -> Vec<(&'static str, String)> {
        let status = self.status.map(|status| status.name().to_owned());
        let mut query = vec![("layout", self.layout.name().to_owned())];
        query.extend(
            [
                ("site", &self.site),
                ("search", &self.search),
                ("licence", &self.licence),
                ("department", &self.department),
                ("status", &status),
            ]
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.clone()?))),
        );
        query
    }
}

/// How somebody's account stands.
#[derive(Clone, Copy, ValueEnum)]
enum Status {
    Active,
    /// May not sign in.
    Inactive,
    /// Invited, and has not signed in yet.
    Pending,
}

impl Status {
    fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Pending => "pending",
        }
    }
}

/// How a list is written; the files are described in docs/directory-files.md.
#[derive(Clone, Copy, ValueEnum)]
enum Layout {
    Plain,
    ControlHub,
    Meetings,
}

impl Layout {
    fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::ControlHub => "control_hub",
            Self::Meetings => "meetings",
        }
    }
}

impl Directory {
    pub(super) async fn run(self) -> Result<ExitCode, Trouble> {
        let client = self.client()?;
        let shell = Shell { client, json: self.json };
        match self.act {
            Act::Export(export) => {
                shell.client.download("export", &export.query(), export.output.as_deref()).await?;
                Ok(ExitCode::SUCCESS)
            }
            Act::Plan { rules: true, name, .. } => {
                let wish = json!({ "name": name, "rules": true });
                let plan = shell.client.send(Method::POST, "plans", &wish).await?;
                shell.planned(plan).await
            }
            Act::Plan { file, name, create, site, .. } => {
                let file = file.unwrap_or_else(|| PathBuf::from("-"));
                let mut query = vec![("name", name), ("file_name", file_name(&file))];
                query.extend(create.then(|| ("create", "true".to_owned())));
                query.extend(site.map(|site| ("site", site)));
                let plan = shell.client.upload("plans/files", &query, read(&file)?).await?;
                shell.planned(plan).await
            }
            Act::Apply { plan, confirm_losses, detach } => {
                let plan = plan_id(&plan)?;
                if confirm_losses {
                    shell
                        .client
                        .send(Method::POST, &format!("plans/{plan}/confirmation"), &json!({}))
                        .await?;
                }
                let run = shell.client.send(Method::POST, &format!("plans/{plan}/runs"), &json!({})).await?;
                if detach { Ok(shell.show_run(&run)) } else { shell.watch(&run).await }
            }
            Act::Undo { run } => {
                let plan = shell.client.send(Method::POST, &format!("runs/{run}/undo"), &json!({})).await?;
                shell.planned(plan).await
            }
            Act::Watch { run } => shell.watch(&shell.client.get(&format!("runs/{run}")).await?).await,
            Act::Pause { run } => Ok(shell.show_run(&shell.change(&run, "pause").await?)),
            Act::Stop { run } => Ok(shell.show_run(&shell.change(&run, "stop").await?)),
            Act::Resume { run } => shell.watch(&shell.change(&run, "resume").await?).await,
            Act::Retry { run } => shell.watch(&shell.change(&run, "retry").await?).await,
            Act::Result { run, output } => {
                shell.client.download(&format!("runs/{run}/result"), &[], output.as_deref()).await?;
                Ok(ExitCode::SUCCESS)
            }
        }
    }

    fn client(&self) -> Result<Client, Trouble> {
        let key = match (&self.key_file, &self.api_key) {
            (Some(file), _) => {
                let text = fs::read_to_string(file);
                text.map_err(|error| Trouble::with_file("read", file, &error))?.trim().to_owned()
            }
            (None, Some(key)) => key.trim().to_owned(),
            (None, None) => {
                return Err(Trouble::new("there is no API key").with_hint(
                    "Make one under API keys with the scopes directory:read and directory:write, and put it into \
                     SWITCHBOARD_API_KEY or a file named with --key-file.",
                ));
            }
        };
        let ca = self
            .ca_file
            .as_deref()
            .map(|file| fs::read(file).map_err(|error| Trouble::with_file("read", file, &error)));
        Client::new(&self.server, key, ca.transpose()?.as_deref())
    }
}

/// A person at a shell, or a script.
struct Shell {
    client: Client,
    json: bool,
}

impl Shell {
    /// Waits until a plan is worked out, and shows it.
    async fn planned(&self, plan: Value) -> Result<ExitCode, Trouble> {
        let plan = watch::until_ready(&self.client, plan).await?;
        if self.json {
            output::line(&plan.to_string());
        } else {
            say::plan(&plan);
        }
        Ok(if plan["state"] == "failed" { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    async fn change(&self, run: &str, what: &str) -> Result<Value, Trouble> {
        self.client.send(Method::POST, &format!("runs/{run}/{what}"), &json!({})).await
    }

    fn show_run(&self, run: &Value) -> ExitCode {
        if self.json {
            output::line(&run.to_string());
        } else {
            say::run(run);
        }
        ExitCode::SUCCESS
    }

    /// Shows a run until it ends or is held; fails when a row has failed or it did not come to its end.
    async fn watch(&self, run: &Value) -> Result<ExitCode, Trouble> {
        let run = watch::until_ended(&self.client, run, self.json).await?;
        self.show_run(&run);
        let is_fine = run["state"] == "done" && run["progress"]["failed"] == 0;
        Ok(if is_fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn file_name(file: &Path) -> String {
    file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

fn read(file: &Path) -> Result<Vec<u8>, Trouble> {
    let read = if file.as_os_str() == "-" {
        let mut bytes = Vec::new();
        io::Read::read_to_end(&mut io::stdin().lock(), &mut bytes).map(|_| bytes)
    } else {
        // Larger lists are refused by the server; what is that large is not even read.
        match fs::metadata(file) {
            Ok(about) if about.len() > MOST_BYTES => {
                let say = format!("{} is larger than 64 MiB", file.display());
                return Err(Trouble::new(say).with_hint("Split it, or delete columns that are not needed."));
            }
            _ => fs::read(file),
        }
    };
    read.map_err(|error| Trouble::with_file("read", file, &error))
}

const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// A plan's id: as it stands, or out of a downloaded document.
fn plan_id(plan: &str) -> Result<String, Trouble> {
    if plan.parse::<uuid::Uuid>().is_ok() {
        return Ok(plan.to_owned());
    }
    let document: Value = serde_json::from_slice(&read(Path::new(plan))?).unwrap_or_default();
    let id = document["id"].as_str().filter(|_| document["format"] == "switchboard-plan/1");
    id.map(str::to_owned).ok_or_else(|| {
        Trouble::new(format!("{plan} is no plan"))
            .with_hint("Name a plan by its id, or by the JSON file that was downloaded from its page.")
    })
}

/// Writes a file, or to standard output.
fn sink(output: Option<&Path>) -> Result<Box<dyn Write + Send>, Trouble> {
    Ok(match output {
        Some(path) => {
            Box::new(fs::File::create(path).map_err(|error| Trouble::with_file("write", path, &error))?)
        }
        None => Box::new(io::stdout()),
    })
}
