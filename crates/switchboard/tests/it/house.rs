//! The house keeps its plan: who may import whom, sizes, missions, no lint switched off.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Each room with the rooms of ours that it may import.
const ROOMS: [(&str, &[&str]); 17] = [
    ("vault", &[]),
    ("slots", &[]),
    ("rosters", &[]),
    ("pace", &[]),
    ("oauth", &[]),
    ("sandbox", &[]),
    ("invitations", &[]),
    ("webex", &["oauth"]),
    ("microsoft", &["oauth"]),
    ("platform", &["vault", "oauth"]),
    ("notifications", &["invitations", "platform", "vault", "oauth"]),
    ("accounts", &["notifications", "platform", "vault", "oauth"]),
    ("connections", &["accounts", "notifications", "platform", "vault", "oauth", "webex", "microsoft"]),
    ("calendars", &["accounts", "connections", "notifications", "platform", "microsoft", "oauth", "vault"]),
    (
        "directory",
        &[
            "accounts",
            "connections",
            "notifications",
            "oauth",
            "pace",
            "platform",
            "rosters",
            "vault",
            "webex",
        ],
    ),
    (
        "scheduling",
        &[
            "accounts",
            "calendars",
            "connections",
            "invitations",
            "microsoft",
            "notifications",
            "oauth",
            "platform",
            "slots",
            "vault",
            "webex",
        ],
    ),
    (
        "switchboard",
        &[
            "accounts",
            "calendars",
            "connections",
            "directory",
            "invitations",
            "microsoft",
            "notifications",
            "oauth",
            "platform",
            "sandbox",
            "scheduling",
            "slots",
            "vault",
            "webex",
        ],
    ),
];

/// A file beyond this many lines of production code has to be looked at again.
const LONGEST_FILE: usize = 400;

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            found.push(path);
        }
    }
    found
}

#[test]
fn rooms_import_only_downwards() {
    let allowed: BTreeMap<&str, &[&str]> = ROOMS.into_iter().collect();
    for entry in fs::read_dir(crates()).unwrap() {
        let folder = entry.unwrap().path();
        let room = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let may = allowed.get(room.as_str()).unwrap_or_else(|| panic!("the room {room} is not in the plan"));
        let manifest: toml::Table = fs::read_to_string(folder.join("Cargo.toml")).unwrap().parse().unwrap();
        // Tests may use the sandbox wherever they are; it is no import of the room.
        for section in ["dependencies", "build-dependencies"] {
            let imports = manifest.get(section).and_then(toml::Value::as_table);
            for (name, _) in imports.into_iter().flatten() {
                let is_ours = allowed.contains_key(name.as_str());
                assert!(!is_ours || may.contains(&name.as_str()), "{room} must not import {name}");
            }
        }
    }
}

#[test]
fn files_stay_short_enough_to_read() {
    let mut long = Vec::new();
    for file in ROOMS.iter().flat_map(|(room, _)| rust_files(&crates().join(room).join("src"))) {
        let text = fs::read_to_string(&file).unwrap();
        let is_test = file.file_name().is_some_and(|name| name == "tests.rs");
        // Unit tests stand at the foot of a file and are not counted.
        let production = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default().lines().count();
        if !is_test && production > LONGEST_FILE {
            long.push(format!("{}: {production} lines", file.display()));
        }
    }
    assert!(long.is_empty(), "too long: {long:#?}");
}

#[test]
fn every_room_opens_with_its_mission() {
    for (room, _) in ROOMS {
        let text = fs::read_to_string(crates().join(room).join("src/lib.rs")).unwrap();
        let mission: Vec<&str> = text.lines().take_while(|line| line.starts_with("//!")).collect();
        let words: usize = mission.iter().map(|line| line.split_whitespace().count()).sum();
        assert!(words >= 25, "{room} says too little about itself: {mission:?}");
    }
}

#[test]
fn no_lint_is_silently_switched_off() {
    for file in ROOMS.iter().flat_map(|(room, _)| rust_files(&crates().join(room))) {
        let text = fs::read_to_string(&file).unwrap();
        // Written in two parts, or this file would find itself.
        for word in [concat!("#[", "allow("), concat!("#![", "allow(")] {
            assert!(!text.contains(word), "{} uses {word}…)]; use expect with a reason", file.display());
        }
    }
}

#[test]
fn the_sandbox_shares_no_code_with_the_clients() {
    let manifest = fs::read_to_string(crates().join("sandbox/Cargo.toml")).unwrap();
    for (room, _) in ROOMS {
        assert!(!manifest.contains(&format!("{room}.workspace")), "sandbox imports {room}");
    }
}
