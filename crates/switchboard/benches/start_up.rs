//! From starting the process to the first page answered, and how much memory a server takes that has nothing to do.

#[expect(dead_code, reason = "every benchmark uses its part")]
mod common;

use std::{
    path::Path,
    time::{Duration, Instant},
};

use common::{
    median, ms,
    process::{Server, machine, time_to_page},
    say,
};

const STARTS: usize = 11;
const IDLE: Duration = Duration::from_secs(5);

fn main() {
    say(&machine());
    let folders: Vec<_> = (0..STARTS).map(|_| tempfile::tempdir().expect("a temporary folder")).collect();
    let first = folders.iter().map(|folder| start(folder.path())).collect();
    say(&format!("first start, which makes key and database: {:.1} ms to the sign-in page", median(first)));
    let again = folders.iter().map(|folder| start(folder.path())).collect();
    say(&format!("later start: {:.1} ms to the sign-in page (both medians of {STARTS})", median(again)));
    let server = Server::serve(folders[0].path(), &[]);
    // The measured quantity is the memory after this time; there is no condition to wait for.
    std::thread::sleep(IDLE);
    say(&format!("idle memory after {} s: {} MiB resident", IDLE.as_secs(), server.resident_mib()));
    time_to_page(server.address, "/sign-in", Instant::now());
    say(&format!("idle memory after one page: {} MiB resident", server.resident_mib()));
}

fn start(data: &Path) -> f64 {
    let started = Instant::now();
    let server = Server::serve(data, &[]);
    ms(time_to_page(server.address, "/sign-in", started))
}
