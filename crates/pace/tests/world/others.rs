//! What others do, for comparison.

use super::{Agenda, Measured, Network, Provider, Random, SECOND};

/// Workers as in the common SDKs: each sends one request after the other, and sleeps for itself when it is refused; for
/// so many seconds where the provider names none.
pub(crate) fn sleeping_workers(
    mut provider: Provider,
    network: Network,
    workers: i64,
    requests: i64,
) -> Measured {
    const UNTOLD: i64 = 5 * SECOND;
    let mut random = Random(7);
    let mut agenda = Agenda::new();
    for worker in 0..workers {
        agenda.at(worker, ());
    }
    while provider.accepted < requests {
        let (now, ()) = agenda.next().expect("all workers sleep for ever");
        let arrives = now + network.there(&mut random);
        let pause = match provider.ask(arrives) {
            Ok(()) => 0,
            Err(told) => told.map_or(UNTOLD, |wait| wait.max(SECOND)),
        };
        agenda.at(arrives + network.back(&mut random) + pause, ());
    }
    Measured::of(&provider)
}

/// Additive increase, multiplicative decrease: one request per second more with every second, half at a refusal, and
/// at most one halving a second.
pub(crate) fn doubling_and_halving(mut provider: Provider, network: Network, requests: i64) -> Measured {
    enum Event {
        Send,
        Answer(Result<(), Option<i64>>),
    }
    let mut random = Random(7);
    let mut agenda = Agenda::new();
    // Requests per 1,000 seconds; when it was last halved; closed until.
    let (mut rate, mut halved, mut closed) = (1_000, -10 * SECOND, 0);
    agenda.at(0, Event::Send);
    while provider.accepted < requests {
        let (now, event) = agenda.next().expect("nothing is sent any more");
        match event {
            Event::Send if now < closed => agenda.at(closed, Event::Send),
            Event::Send => {
                let arrives = now + network.there(&mut random);
                let answer = provider.ask(arrives);
                agenda.at(arrives + network.back(&mut random), Event::Answer(answer));
                let gap = 1_000 * SECOND / rate;
                rate += gap / 1_000;
                agenda.at(now + gap, Event::Send);
            }
            Event::Answer(Ok(())) => {}
            Event::Answer(Err(told)) => {
                closed = closed.max(now + told.unwrap_or(0));
                if now - halved > SECOND {
                    halved = now;
                    rate = (rate / 2).max(500);
                }
            }
        }
    }
    Measured::of(&provider)
}
