//! Prints how well the pace uses providers of different kinds, next to two common ways to do it:
//! `cargo run --release -p pace --example table`.

#[path = "../tests/world/mod.rs"]
mod world;

use std::io::{self, Write};

use pace::Pace;
use world::{
    Counting, FAR, Fleet, Measured, NEAR, Network, Provider, RetryAfter, SECOND, USUAL, doubling_and_halving,
    run, sleeping_workers,
};

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    let networks = [("4 ms", NEAR), ("90 ms", USUAL), ("300 ms", FAR)];
    for (name, network) in networks {
        for retry_after in [RetryAfter::Honest, RetryAfter::Absent] {
            writeln!(
                out,
                "\nLatency {name}, Retry-After {retry_after:?}. Used % / refused %, 2,000 requests.\n"
            )?;
            writeln!(
                out,
                "| Counting | Limit/s | cold | cold, 20,000 | warm | three, going on | sleep | AIMD |"
            )?;
            writeln!(out, "|---|---|---|---|---|---|---|---|")?;
            for limit in [1, 2, 5, 10, 20, 50, 100] {
                for (kind, counting) in kinds(limit) {
                    let row = row(counting, limit, retry_after, network);
                    writeln!(out, "| {kind} | {limit} | {} |", row.map(show).join(" | "))?;
                    out.flush()?;
                }
            }
        }
    }
    changes(&mut out)
}

/// What happens to a provider.
type Change = fn(Provider) -> Provider;

/// One machine that knows a limit of 20 requests per second, near the provider; 5,000 requests.
fn changes(out: &mut impl Write) -> io::Result<()> {
    let rows: [(&str, RetryAfter, Change); 6] = [
        ("the limit halves after a minute", RetryAfter::Honest, |it| it.then(60 * SECOND, 10_000)),
        ("the limit doubles after a minute", RetryAfter::Honest, |it| it.then(60 * SECOND, 40_000)),
        ("others take 30 % for a minute", RetryAfter::Honest, |it| {
            it.with_others(30 * SECOND, 90 * SECOND, 6_000)
        }),
        ("Retry-After: 0", RetryAfter::Zero, |it| it),
        ("Retry-After too short", RetryAfter::TooShort, |it| it),
        ("Retry-After: 2 always", RetryAfter::Always(2), |it| it),
    ];
    writeln!(
        out,
        "\n| Known 20/s, 4 ms | sliding 1 s | sliding 10 s | bucket of a second |\n|---|---|---|---|"
    )?;
    for (name, retry_after, change) in rows {
        let countings = [Counting::Sliding(SECOND), Counting::Sliding(10 * SECOND), Counting::Bucket(20)];
        let cells = countings.map(|counting| {
            let provider = change(Provider::new(counting, 20_000, retry_after));
            let mut pace = Pace::from_rate(pace::Rate::from_millionths(19_760_000));
            show(run(&mut pace, provider, Fleet::one(NEAR), 5_000))
        });
        writeln!(out, "| {name} | {} |", cells.join(" | "))?;
    }
    Ok(())
}

fn kinds(limit: i64) -> [(&'static str, Counting); 7] {
    [
        ("sliding 1 s", Counting::Sliding(SECOND)),
        ("sliding 10 s", Counting::Sliding(10 * SECOND)),
        ("fixed 1 s", Counting::Fixed(SECOND)),
        ("fixed 60 s", Counting::Fixed(60 * SECOND)),
        ("bucket of a second's fifth", Counting::Bucket((limit / 5).max(1))),
        ("bucket of a second", Counting::Bucket(limit)),
        ("bucket of ten seconds", Counting::Bucket(10 * limit)),
    ]
}

fn row(counting: Counting, limit: i64, retry_after: RetryAfter, network: Network) -> [Measured; 6] {
    let provider = || Provider::new(counting, limit * 1_000, retry_after);
    let mut pace = Pace::unknown();
    let cold = run(&mut pace, provider(), Fleet::one(network), 2_000);
    let mut long = Pace::unknown();
    let cold_long = run(&mut long, provider(), Fleet::one(network), 20_000);
    let learned = || long.rate().map_or_else(Pace::unknown, Pace::from_rate);
    let warm = run(&mut learned(), provider(), Fleet::one(network), 2_000);
    let mut shared = Pace::unknown();
    let learning = run(&mut shared, provider(), Fleet::three(network), 2_000);
    let later = Fleet { start: learning.ended + 600 * SECOND, ..Fleet::three(network) };
    let three = run(&mut shared, provider(), later, 2_000);
    let workers = 16;
    let sleeping = sleeping_workers(provider(), network, workers, 2_000);
    let aimd = doubling_and_halving(provider(), network, 2_000);
    [cold, cold_long, warm, three, sleeping, aimd]
}

fn show(measured: Measured) -> String {
    let mark = if measured.reaches_the_goal() { "" } else { " !" };
    format!(
        "{}.{} / {}.{:02}{mark}",
        measured.used / 10,
        measured.used % 10,
        measured.refused / 1_000,
        measured.refused % 1_000 / 10
    )
}
