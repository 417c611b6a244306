//! A private PostgreSQL from the system's package, reached by a socket in a folder of its own; `HUB_TEST_DATABASE`
//! names another one instead. It keeps PostgreSQL's own settings for durability.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

/// A running cluster, stopped when dropped.
pub(crate) struct Cluster {
    pub(crate) url: String,
    own: Option<(TempDir, PathBuf)>,
}

impl Cluster {
    /// Starts a cluster with an empty database.
    #[expect(clippy::disallowed_methods, reason = "tells the benchmark which database to run on")]
    pub(crate) fn start() -> Self {
        if let Ok(url) = std::env::var("HUB_TEST_DATABASE") {
            return Self { url, own: None };
        }
        let programs = programs();
        let dir = tempfile::tempdir().expect("a temporary folder");
        let data = dir.path().join("data");
        let (place, data_text) = (dir.path().display().to_string(), data.display().to_string());
        open_to_postgres(dir.path());
        run(&programs.join("initdb"), &["-D", &data_text, "-U", "postgres", "-A", "trust", "-E", "UTF8"]);
        let (log, options) = (format!("{place}/log"), format!("-k {place} -c listen_addresses="));
        run(&programs.join("pg_ctl"), &["-D", &data_text, "-w", "-l", &log, "-o", &options, "start"]);
        let url = format!("postgres://postgres@localhost/postgres?host={place}");
        Self { url, own: Some((dir, programs)) }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some((dir, programs)) = &self.own {
            let data = dir.path().join("data").display().to_string();
            run(&programs.join("pg_ctl"), &["-D", &data, "-m", "fast", "stop"]);
        }
    }
}

/// The newest installed version's programs.
fn programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL is installed; bin/test does that");
    let found = versions.filter_map(|entry| Some(entry.ok()?.path().join("bin")));
    found.filter(|bin| bin.join("initdb").exists()).max().expect("PostgreSQL's programs")
}

/// PostgreSQL refuses to run as root; then it runs as its package's user.
fn is_root() -> bool {
    std::os::unix::fs::MetadataExt::uid(&fs::metadata("/proc/self").expect("Linux")) == 0
}

fn open_to_postgres(dir: &Path) {
    if is_root() {
        let given = Command::new("chown").arg("postgres").arg(dir).status().expect("chown");
        assert!(given.success(), "the folder could not be given to the user postgres");
    }
}

fn run(program: &Path, arguments: &[&str]) {
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(program);
    if !is_root() {
        command = Command::new(program);
    }
    // Not a pipe: the server inherits it, and would keep it open.
    let output = command.args(arguments).current_dir("/").stdout(std::process::Stdio::null()).status();
    assert!(output.expect("it starts").success(), "{} failed", program.display());
}
