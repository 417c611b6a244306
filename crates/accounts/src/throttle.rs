//! Failed attempts make the next one wait, per e-mail address and per network address, in the database, so that
//! neither a restart nor a second process forgets. An attempt is counted before its password is looked at: many at
//! once cannot slip through together.

use std::{net::IpAddr, time::Duration};

use platform::{Error, Fault, Hub, Instant, Result, random::fingerprint, record};

use crate::network::neighbourhood;

/// After this long without an attempt, counting starts again.
const MEMORY: Duration = Duration::from_secs(24 * 3600);
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);
/// Attempts at one e-mail address before waiting begins.
const PER_EMAIL: i64 = 5;
/// Attempts from one network address: a whole office may share it.
const PER_ADDRESS: i64 = 20;

/// The attempts that count together.
#[derive(Clone, Debug)]
pub(crate) struct Tries {
    email: String,
    address: Option<String>,
}

record! {
    struct Row {
        failures: i64,
        blocked_until: Instant,
    }
}

impl Tries {
    pub(crate) fn new(email: &str, address: Option<IpAddr>) -> Self {
        Self {
            email: format!("email:{}", fingerprint(&email.trim().to_lowercase())),
            address: address.map(|address| format!("address:{}", neighbourhood(address))),
        }
    }

    /// Always in this order, so that two transactions never wait for each other.
    fn keys(&self) -> impl Iterator<Item = (String, i64)> {
        let address = self.address.clone().map(|key| (key, PER_ADDRESS));
        std::iter::once((self.email.clone(), PER_EMAIL)).chain(address)
    }
}

/// Counts the attempt as failed and lets it go on, or says when the next one may come. Answers how many attempts
/// at this e-mail address have been counted.
pub(crate) async fn admit(hub: &Hub, tries: &Tries) -> Result<i64> {
    let now = hub.now();
    let mut counted = 0;
    let mut tx = hub.db().begin().await?;
    for (key, free) in tries.keys() {
        let row: Option<Row> = tx
            .sql(
                "INSERT INTO sign_in_throttle (id, failures, last_attempt_at, blocked_until) VALUES ($1, 1, $2, 0) \
                 ON CONFLICT (id) DO UPDATE SET last_attempt_at = excluded.last_attempt_at, \
                 failures = CASE WHEN sign_in_throttle.last_attempt_at < $3 THEN 1 ELSE sign_in_throttle.failures + 1 END \
                 RETURNING failures, blocked_until",
            )
            .bind(key.clone())
            .bind(now)
            .bind(now.before(MEMORY))
            .returning(&mut tx)
            .await?;
        let Some(Row { failures, blocked_until }) = row else { continue };
        if blocked_until > now {
            // Dropping the transaction takes the counting back: waiting must not lengthen the wait.
            return Err(too_many(now, blocked_until));
        }
        tx.sql("UPDATE sign_in_throttle SET blocked_until = $2 WHERE id = $1")
            .bind(key)
            .bind(now.after(wait(failures, free)))
            .execute(&mut tx)
            .await?;
        counted = if counted == 0 { failures } else { counted };
    }
    tx.commit().await?;
    Ok(counted)
}

/// The attempt was right after all: its e-mail address starts afresh, its network address gets this one back.
pub(crate) async fn succeeded(hub: &Hub, tries: &Tries) -> Result<()> {
    let mut tx = hub.db().begin().await?;
    tx.sql("DELETE FROM sign_in_throttle WHERE id = $1").bind(tries.email.clone()).execute(&mut tx).await?;
    if let Some(address) = &tries.address {
        tx.sql("UPDATE sign_in_throttle SET failures = failures - 1, blocked_until = 0 WHERE id = $1 AND failures > 0")
            .bind(address.clone())
            .execute(&mut tx)
            .await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Forgets what no longer counts.
pub(crate) async fn forget(hub: &Hub) -> Result<()> {
    let sql = "DELETE FROM sign_in_throttle WHERE last_attempt_at < $1";
    hub.db().sql(sql).bind(hub.now().before(MEMORY)).execute(hub.db()).await?;
    Ok(())
}

/// Nothing for the free attempts, then 15 seconds, twice as long each time, at most 15 minutes.
fn wait(failures: i64, free: i64) -> Duration {
    if failures < free {
        return Duration::ZERO;
    }
    let doublings = u32::try_from((failures - free).min(6)).unwrap_or(6);
    LONGEST_WAIT.min(Duration::from_secs(15) * 2_u32.pow(doublings))
}

fn too_many(now: Instant, until: Instant) -> Error {
    let seconds = until.since(now).as_secs() + 1;
    let in_words = if seconds < 100 {
        format!("{seconds} seconds")
    } else {
        format!("{} minutes", seconds.div_ceil(60))
    };
    Error::new(
        Fault::TooMany(until),
        format!("Too many attempts to sign in did not succeed. Wait {in_words}, then try again."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestRoom;

    #[test]
    fn waiting_begins_after_the_free_attempts_and_grows_to_a_quarter_of_an_hour() {
        let seconds = |failures| wait(failures, 5).as_secs();
        assert_eq!(
            [1, 4, 5, 6, 7, 10, 11, 12, i64::MAX].map(seconds),
            [0, 0, 15, 30, 60, 480, 900, 900, 900]
        );
    }

    #[tokio::test]
    async fn five_failures_make_the_sixth_wait_and_waiting_is_not_counted() {
        let room = TestRoom::new().await;
        let tries = Tries::new("Ada@library.example", None);
        for count in 1..=5 {
            assert_eq!(admit(&room.hub, &tries).await.unwrap(), count);
        }
        for _ in 0..3 {
            let error = admit(&room.hub, &tries).await.unwrap_err();
            assert_eq!(error.fault, Fault::TooMany(room.hub.now().after(Duration::from_secs(15))));
        }
        assert!(admit(&room.hub, &Tries::new("ben@library.example", None)).await.is_ok());
        room.hub.clock().advance(Duration::from_secs(15));
        assert_eq!(admit(&room.hub, &Tries::new("ada@LIBRARY.example", None)).await.unwrap(), 6);
    }

    #[tokio::test]
    async fn success_forgives_the_address_once_and_the_email_entirely() {
        let room = TestRoom::new().await;
        let from = |email: &str| Tries::new(email, Some("2001:db8::7".parse().unwrap()));
        for attempt in 0..19 {
            admit(&room.hub, &from(&format!("{attempt}@library.example"))).await.unwrap();
        }
        admit(&room.hub, &from("ada@library.example")).await.unwrap();
        assert!(admit(&room.hub, &from("ben@library.example")).await.is_err());
        succeeded(&room.hub, &from("ada@library.example")).await.unwrap();
        assert_eq!(admit(&room.hub, &from("ada@library.example")).await.unwrap(), 1);
        assert!(admit(&room.hub, &from("ben@library.example")).await.is_err());
        room.hub.clock().advance(MEMORY + Duration::from_secs(1));
        forget(&room.hub).await.unwrap();
        let (left,): (i64,) =
            room.hub.db().sql("SELECT COUNT(*) FROM sign_in_throttle").one(room.hub.db()).await.unwrap();
        assert_eq!(left, 0);
    }
}
