//! The configuration as people meet it: file, environment, reference page, and what happens to typing mistakes.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

/// The binary with nothing from the surroundings but what the test gives it.
fn switchboard(dir: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_switchboard"));
    command.args(arguments).current_dir(dir).env_clear().envs(environment.iter().copied());
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_reference_page_says_what_the_code_does() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
    let written = fs::read_to_string(&page).unwrap_or_default();
    assert!(
        written == switchboard::config::reference(),
        "docs/configuration.md is out of date: `cargo run -- config --reference > docs/configuration.md`"
    );
}

#[test]
fn the_openapi_document_is_the_published_one() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let written = fs::read_to_string(&page).unwrap_or_default();
    let document = serde_json::to_string_pretty(&switchboard::app::document()).unwrap();
    assert!(
        written.trim_end() == document,
        "docs/openapi.json is out of date: `cargo run -- openapi > docs/openapi.json`"
    );
}

#[test]
fn the_environment_wins_over_the_file() {
    let place = tempfile::tempdir().unwrap();
    fs::write(
        place.path().join("switchboard.toml"),
        "[server]\nlisten = \"127.0.0.1:1\"\n[log]\nlevel = \"debug\"",
    )
    .unwrap();
    let shown = switchboard(place.path(), &["config"], &[("SWITCHBOARD_LISTEN", "127.0.0.1:2")]);
    let shown = text(&shown.stdout);
    assert!(shown.contains("listen = \"127.0.0.1:2\"") && shown.contains("level = \"debug\""), "{shown}");
}

#[test]
fn a_mistyped_key_or_variable_is_refused_with_the_nearest_one() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("mine.toml");
    fs::write(&file, "[mail]\nhots = \"mx\"").unwrap();
    let refused = switchboard(place.path(), &["config", "--config", file.to_str().unwrap()], &[]);
    assert_eq!(refused.status.code(), Some(1));
    let said = text(&refused.stderr);
    assert!(said.contains("`mail.hots`") && said.contains("hint: Did you mean `mail.host`?"), "{said}");

    let refused = switchboard(place.path(), &["config"], &[("SWITCHBOARD_LOGLEVEL", "debug")]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("SWITCHBOARD_LOG_LEVEL"), "{}", text(&refused.stderr));
}

#[test]
fn a_named_file_must_exist() {
    let place = tempfile::tempdir().unwrap();
    for refused in [
        switchboard(place.path(), &["config", "--config", "absent.toml"], &[]),
        switchboard(place.path(), &["config"], &[("SWITCHBOARD_CONFIG", "absent.toml")]),
    ] {
        assert_eq!(refused.status.code(), Some(1));
        assert!(text(&refused.stderr).contains("absent.toml"), "{}", text(&refused.stderr));
    }
}

#[test]
fn a_secret_may_come_from_a_file_and_is_never_shown() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("password");
    fs::write(&file, "hunter2hunter2\n").unwrap();
    let environment = [
        ("SWITCHBOARD_MAIL_HOST", "mx.library.example"),
        ("SWITCHBOARD_MAIL_FROM", "desk@library.example"),
        ("SWITCHBOARD_MAIL_USERNAME", "desk"),
        ("SWITCHBOARD_MAIL_PASSWORD_FILE", file.to_str().unwrap()),
    ];
    let shown = switchboard(place.path(), &["config"], &environment);
    let shown = text(&shown.stdout) + &text(&shown.stderr);
    assert!(shown.contains("password = \"********\"") && !shown.contains("hunter2"), "{shown}");
    // Without the file the pair of user name and password is not complete, so it was the file that was read.
    let refused = switchboard(place.path(), &["config"], &environment[..3]);
    assert!(text(&refused.stderr).contains("belong together"), "{}", text(&refused.stderr));
}
