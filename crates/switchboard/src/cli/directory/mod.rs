//! `directory`: the people of a Webex organization from the shell, by the API of a running server. Whoever has an API key
//! with the scopes `directory:read` and `directory:write` needs nothing else: no configuration, no database.

mod client;
mod input;
mod say;
mod show;
mod watch;

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, Subcommand, ValueEnum};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use self::{client::Client, show::Filter};
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
    /// Show a plan person by person: each field as now and then, and what is refused.
    Show {
        /// The plan's id, or the file of a downloaded plan.
        plan: String,
        /// Only people of whom something is refused.
        #[arg(long)]
        refused: bool,
        /// Only people who lose something.
        #[arg(long)]
        losses: bool,
    },
    /// Delete a plan that was not applied; one that is being worked out is given up.
    Delete {
        /// The plan's id, or the file of a downloaded plan.
        plan: String,
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
                shell.planned(shell.client.send(Method::POST, "plans", &wish).await?).await
            }
            Act::Plan { file, name, create, site, .. } => {
                let file = file.unwrap_or_else(|| PathBuf::from("-"));
                let mut query = vec![("name", name), ("file_name", file_name(&file))];
                query.extend(create.then(|| ("create", "true".to_owned())));
                query.extend(site.map(|site| ("site", site)));
                let plan = shell.client.upload("plans/files", &query, input::list(&file)?).await?;
                shell.planned(plan).await
            }
            Act::Show { plan, refused, losses } => {
                shell.show(input::plan_id(&plan)?, Filter { refused, losses }).await
            }
            Act::Delete { plan } => shell.delete(input::plan_id(&plan)?).await,
            Act::Apply { plan, confirm_losses, detach } => {
                shell.apply(input::plan_id(&plan)?, confirm_losses, detach).await
            }
            Act::Undo { run } => {
                let plan = shell.client.send(Method::POST, &format!("runs/{run}/undo"), &json!({})).await?;
                shell.planned(plan).await
            }
            Act::Watch { run } => shell.watch(&shell.client.get(&format!("runs/{run}")).await?).await,
            Act::Pause { run } => shell.show_run(&shell.change(&run, "pause").await?),
            Act::Stop { run } => shell.show_run(&shell.change(&run, "stop").await?),
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
    /// Prints what the API answered: as it is, or in words.
    fn tell(&self, answer: &Value, in_words: fn(&Value) -> String) -> Result<(), Trouble> {
        output::line(&if self.json { answer.to_string() } else { in_words(answer) })
    }

    /// Waits until a plan is worked out, and shows it.
    async fn planned(&self, plan: Value) -> Result<ExitCode, Trouble> {
        let plan = watch::until_ready(&self.client, plan).await?;
        self.tell(&plan, say::plan)?;
        Ok(if plan["state"] == "failed" { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    /// The same of a plan that was asked for before, and then its rows.
    async fn show(&self, id: Uuid, filter: Filter) -> Result<ExitCode, Trouble> {
        let plan = self.client.get(&format!("plans/{id}")).await?;
        let plan = watch::until_ready(&self.client, plan).await?;
        if plan["state"] == "failed" {
            // There are no rows.
            self.tell(&plan, say::plan)?;
            return Ok(ExitCode::FAILURE);
        }
        if !self.json {
            output::line(&say::plan(&plan))?;
            output::line("")?;
        }
        show::rows(&self.client, id, filter, self.json).await?;
        Ok(ExitCode::SUCCESS)
    }

    async fn delete(&self, id: Uuid) -> Result<ExitCode, Trouble> {
        let path = format!("plans/{id}");
        let plan = self.client.get(&path).await?;
        self.client.delete(&path).await?;
        self.tell(&plan, say::deleted)?;
        Ok(ExitCode::SUCCESS)
    }

    async fn apply(&self, plan: Uuid, confirm_losses: bool, detach: bool) -> Result<ExitCode, Trouble> {
        if confirm_losses {
            self.client.send(Method::POST, &format!("plans/{plan}/confirmation"), &json!({})).await?;
        }
        let run = self.client.send(Method::POST, &format!("plans/{plan}/runs"), &json!({})).await?;
        if detach { self.show_run(&run) } else { self.watch(&run).await }
    }

    async fn change(&self, run: &str, what: &str) -> Result<Value, Trouble> {
        self.client.send(Method::POST, &format!("runs/{run}/{what}"), &json!({})).await
    }

    fn show_run(&self, run: &Value) -> Result<ExitCode, Trouble> {
        self.tell(run, say::run)?;
        Ok(ExitCode::SUCCESS)
    }

    /// Shows a run until it ends or is held; fails when a row has failed or it did not come to its end.
    async fn watch(&self, run: &Value) -> Result<ExitCode, Trouble> {
        let run = watch::until_ended(&self.client, run, self.json).await?;
        self.tell(&run, say::run)?;
        let is_fine = run["state"] == "done" && run["progress"]["failed"] == 0;
        Ok(if is_fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn file_name(file: &Path) -> String {
    file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}
