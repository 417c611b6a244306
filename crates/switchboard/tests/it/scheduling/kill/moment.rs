//! When the server is killed: at any time, or at an instant at which much is in the air.

use std::time::Duration;

use sandbox::{Progress, World};

/// Later than this nothing more is to be expected of a round.
const AT_THE_LATEST: Duration = Duration::from_millis(1_500);
const LOOK: Duration = Duration::from_millis(1);

/// A moment of a server's life.
#[derive(Clone, Copy, Debug)]
pub(super) enum Moment {
    /// So long after its start.
    After(Duration),
    /// So many requests that change something are with the providers; the last is not answered yet, perhaps.
    Asked(u64),
    /// So many of them are answered; the last answer is on its way into the database.
    Answered(u64),
    /// So many mails have been taken by the mail server.
    Mailed(u64),
}

impl Moment {
    /// One of them, by two numbers that look random.
    pub(super) fn of(kind: u64, number: u64) -> Self {
        let few = number % 5 + 1;
        match kind % 4 {
            0 => Self::After(Duration::from_millis(50 + number % 900)),
            1 => Self::Asked(few),
            2 => Self::Answered(few),
            _ => Self::Mailed(few),
        }
    }

    /// Waits for it, or until nothing more is to be expected. The providers' log begins with the server's start, the
    /// mails after the number that was `seen`.
    pub(super) async fn wait(self, world: &World, seen: u64) {
        let come = async {
            while !self.has_come(world, seen) {
                tokio::time::sleep(LOOK).await;
            }
        };
        match self {
            // The moment of such a kill is nothing to wait for: it comes at any time.
            Self::After(time) => tokio::time::sleep(time).await,
            // It may never come, and then it is as good a moment as any other.
            _ => drop(tokio::time::timeout(AT_THE_LATEST, come).await),
        }
    }

    fn has_come(self, world: &World, seen: u64) -> bool {
        match self {
            Self::After(_) => true,
            Self::Asked(number) => changes(world, false) >= number,
            Self::Answered(number) => changes(world, true) >= number,
            Self::Mailed(number) => world.mails.get(seen + number).is_some(),
        }
    }
}

/// How many requests were to change something in people's meetings and calendars.
fn changes(world: &World, answered: bool) -> u64 {
    let all = world.requests.all();
    let changes = all.iter().filter(|request| {
        let is_change = ["POST", "PATCH", "PUT", "DELETE"].contains(&request.method.as_str());
        is_change && (request.path.starts_with("/v1/meetings") || request.path.contains("/events"))
    });
    changes.filter(|request| !answered || request.state != Progress::InFlight).map(|_| 1).sum()
}
