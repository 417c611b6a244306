//! The process as an operator meets it: one server per folder, keys that must fit, an orderly end.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

/// A server process of its own; it is killed when the test ends before it does.
struct Server(Child);

impl Server {
    /// Starts `serve` on a free port and waits until it says that it listens.
    fn start(dir: &Path) -> Self {
        let mut child =
            command(dir, &["serve", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert!(line.contains("listens on 127.0.0.1:"), "{line}");
        Self(child)
    }

    /// Asks it to end as the system does, and answers its exit code.
    fn terminate(mut self) -> (Option<i32>, Duration) {
        let started = Instant::now();
        let killed = Command::new("kill").arg(self.0.id().to_string()).status().unwrap();
        assert!(killed.success());
        (self.0.wait().unwrap().code(), started.elapsed())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn command(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_switchboard"));
    command.args(arguments).current_dir(dir).env_clear().env("SWITCHBOARD_DATA_DIR", dir.join("data"));
    command
}

fn run(dir: &Path, arguments: &[&str]) -> Output {
    command(dir, arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn one_folder_has_one_server_which_ends_in_order() {
    let place = tempfile::tempdir().unwrap();
    let server = Server::start(place.path());
    let second = run(place.path(), &["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(second.status.code(), Some(1));
    assert!(said(&second).contains("another Switchboard already serves"), "{}", said(&second));
    // Commands that do not serve work beside it.
    assert!(run(place.path(), &["keys", "rotate"]).status.success());
    let (code, took) = server.terminate();
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(25), "{took:?}");
    assert_eq!(Server::start(place.path()).terminate().0, Some(0));
}

#[test]
fn the_first_start_makes_a_private_key_and_prints_the_setup_link() {
    let place = tempfile::tempdir().unwrap();
    let mut server = Server::start(place.path());
    let mut lines = BufReader::new(server.0.stdout.as_mut().unwrap()).lines();
    assert!(lines.by_ref().any(|line| line.unwrap().contains("/setup/")));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(place.path().join("data/master.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn a_wrong_missing_or_open_key_stops_the_start_with_a_sentence() {
    let place = tempfile::tempdir().unwrap();
    assert!(run(place.path(), &["keys", "status"]).status.success());
    let key = place.path().join("data/master.key");
    let right = fs::read_to_string(&key).unwrap();

    let refuse = |why: &str| {
        let refused = run(place.path(), &["serve", "--listen", "127.0.0.1:0"]);
        assert_eq!(refused.status.code(), Some(1));
        assert!(said(&refused).contains(why), "{}", said(&refused));
    };
    fs::write(&key, "2odJRtgG9nLu8KdID8HrlwAjbHBsvK15vnVuHZLBj+g=").unwrap();
    refuse("not the one this database was sealed with");
    fs::write(&key, "correct horse battery staple").unwrap();
    refuse("the master key cannot be used");
    fs::remove_file(&key).unwrap();
    refuse("is missing, but the database holds sealed secrets");
    fs::write(&key, &right).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
        refuse("chmod 600");
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    }
    assert!(run(place.path(), &["keys", "status"]).status.success());
}

#[test]
fn a_data_folder_that_cannot_be_used_is_explained() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("data"), "a file where the folder should be").unwrap();
    let refused = run(place.path(), &["serve"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        said(&refused).contains("data folder") && said(&refused).contains("hint: "),
        "{}",
        said(&refused)
    );
}

#[test]
fn a_taken_port_is_explained() {
    let place = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let refused = run(place.path(), &["serve", "--listen", &address]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("cannot listen on"), "{}", said(&refused));
}

#[test]
fn doctor_gives_every_trouble_its_next_step() {
    let place = tempfile::tempdir().unwrap();
    // Nothing answers there, so the providers fail at once instead of after a time.
    let nowhere = "http://127.0.0.1:1";
    let mut doctor = command(place.path(), &["doctor", "--json"]);
    for name in ["WEBEX_API_URL", "WEBEX_IDBROKER_URL", "MICROSOFT_LOGIN_URL", "MICROSOFT_GRAPH_URL"] {
        doctor.env(format!("SWITCHBOARD_{name}"), nowhere);
    }
    let output = doctor.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let verdicts: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    let of = |check: &str| {
        verdicts.iter().find(|verdict| verdict["check"] == check).unwrap_or_else(|| panic!("{check}"))
    };
    assert_eq!(of("Webex")["state"], "fail");
    assert_eq!(of("database")["state"], "warn");
    for verdict in &verdicts {
        assert!(
            verdict["state"] == "ok" || verdict["next"].as_str().is_some_and(|next| !next.is_empty()),
            "{verdict}"
        );
    }
    assert!(!place.path().join("data").exists(), "looking must change nothing");
}

#[test]
fn an_administrator_who_is_locked_out_gets_in_again_from_here() {
    let place = tempfile::tempdir().unwrap();
    assert!(
        run(place.path(), &["admin", "create-organization", "Library", "--time-zone", "Europe/Berlin"])
            .status
            .success()
    );
    let created = run(
        place.path(),
        &["admin", "create-account", "ada@library.example", "--name", "Ada", "--role", "administrator"],
    );
    let link = String::from_utf8_lossy(&created.stdout).into_owned();
    assert!(link.contains("/invite/"), "{link}{}", said(&created));
    let reset = run(place.path(), &["admin", "reset-password", "ada@library.example"]);
    assert!(reset.status.success(), "{}", said(&reset));
    let unknown = run(place.path(), &["admin", "reset-password", "eva@library.example"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(said(&unknown).contains("no such account"), "{}", said(&unknown));
}
