//! What the database itself guarantees: two claims on one host's time never overlap, whatever the program does. These
//! tests go past the room, straight to the table.

use platform::{
    Instant,
    db::Db,
    id::{AccountId, OrganizationId},
};
use serde_json::json;

use super::desk::{Desk, MONDAY, at, later, text};

struct Claims<'a> {
    db: &'a Db,
    organization: OrganizationId,
    account: AccountId,
    next: std::cell::Cell<u32>,
}

impl Claims<'_> {
    fn of(desk: &Desk) -> Claims<'_> {
        let db = desk.hub.hub.db();
        Claims { db, organization: desk.organization, account: desk.ben.account, next: 1.into() }
    }

    /// Claims `[from, to)`, given in minutes of a day; whether a row came of it.
    async fn insert(&self, from: i64, to: i64) -> bool {
        let id = format!("claim-{}", self.next.replace(self.next.get() + 1));
        let text = "INSERT INTO claim (organization_id, id, account_id, starts_at, ends_at, owner_kind, owner_id, expires_at) \
                    VALUES ($1, $2, $3, $4, $5, 'booking', 'test', NULL) ON CONFLICT DO NOTHING";
        let statement = self.db.sql(text).bind(self.organization).bind(id).bind(self.account);
        statement.bind(minute(from)).bind(minute(to)).execute(self.db).await.unwrap() == 1
    }

    /// Tries to change the claim that begins at `from`.
    async fn change(&self, from: i64, (start, end): (i64, i64)) -> bool {
        let text =
            "UPDATE claim SET starts_at = $3, ends_at = $4 WHERE organization_id = $1 AND starts_at = $2";
        let statement = self.db.sql(text).bind(self.organization).bind(minute(from));
        statement.bind(minute(start)).bind(minute(end)).execute(self.db).await.is_ok()
    }

    async fn spans(&self) -> Vec<(i64, i64)> {
        let text = "SELECT starts_at, ends_at FROM claim ORDER BY starts_at, organization_id, account_id";
        let rows: Vec<(Instant, Instant)> = self.db.sql(text).all(self.db).await.unwrap();
        let minutes = |it: Instant| it.since(minute(0)).as_secs() / 60;
        rows.into_iter().map(|(from, to)| (minutes(from).cast_signed(), minutes(to).cast_signed())).collect()
    }
}

fn minute(minute: i64) -> Instant {
    at(&later("2026-11-23T00:00:00Z", minute))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_overlapping_claim_is_not_written_and_an_adjacent_one_is() {
    let desk = Desk::open().await;
    let claims = Claims::of(&desk);
    assert!(claims.insert(600, 630).await);
    for (from, to) in [(600, 630), (610, 620), (590, 601), (629, 700), (0, 1440), (600, 601)] {
        assert!(!claims.insert(from, to).await, "{from} to {to} overlaps");
    }
    assert!(claims.insert(570, 600).await && claims.insert(630, 660).await);
    assert_eq!(claims.spans().await, [(570, 600), (600, 630), (630, 660)]);
    desk.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_cannot_be_changed_into_another_one() {
    let desk = Desk::open().await;
    let claims = Claims::of(&desk);
    assert!(claims.insert(600, 630).await && claims.insert(660, 690).await);
    assert!(!claims.change(660, (615, 645)).await);
    assert!(!claims.change(660, (600, 630)).await);
    assert!(claims.change(660, (630, 665)).await, "into its own time and a free one");
    assert_eq!(claims.spans().await, [(600, 630), (630, 665)]);
    desk.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_host_and_another_organization_have_times_of_their_own() {
    let desk = Desk::open().await;
    let claims = Claims::of(&desk);
    assert!(claims.insert(600, 630).await);
    let other = Claims { account: desk.chiara.account, next: 100.into(), ..Claims::of(&desk) };
    assert!(other.insert(600, 630).await);
    let elsewhere =
        accounts::create_organization(&desk.hub.hub, "Harbour College", "Europe/Lisbon").await.unwrap();
    let there = Claims { organization: elsewhere, next: 200.into(), ..Claims::of(&desk) };
    assert!(there.insert(600, 630).await && !there.insert(620, 650).await);
    desk.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_ends_after_it_starts() {
    let desk = Desk::open().await;
    let claims = Claims::of(&desk);
    let text = "INSERT INTO claim (organization_id, id, account_id, starts_at, ends_at, owner_kind, owner_id, expires_at) \
                VALUES ($1, 'x', $2, $3, $3, 'booking', 'test', NULL)";
    let statement = claims.db.sql(text).bind(claims.organization).bind(claims.account).bind(minute(600));
    assert!(statement.execute(claims.db).await.is_err());
    assert!(claims.spans().await.is_empty());
    desk.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_that_ran_out_makes_room_although_nobody_swept() {
    let desk = Desk::open().await;
    let kind = desk.in_person().await;
    desk.hold(&kind, MONDAY).await.expect(201);
    desk.hold(&kind, MONDAY).await.expect(409);
    assert!(!desk.is_offered(&kind, MONDAY).await);
    desk.hub.advance(std::time::Duration::from_secs(599));
    desk.hold(&kind, MONDAY).await.expect(409);
    desk.hub.advance(std::time::Duration::from_secs(2));
    assert!(desk.is_offered(&kind, MONDAY).await);
    desk.booked(&kind, MONDAY).await;
    assert_eq!(Claims::of(&desk).spans().await.len(), 1);
    desk.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_held_and_released_leaves_no_claim() {
    let desk = Desk::open().await;
    let kind = desk.in_person().await;
    let held = desk.hold(&kind, MONDAY).await.expect(201).json();
    let path = format!("/api/v1/holds/{}", text(&held, "token"));
    desk.program.call(reqwest::Method::DELETE, &path, &json!(null)).await.expect(204);
    assert!(Claims::of(&desk).spans().await.is_empty());
    assert!(desk.is_offered(&kind, MONDAY).await);
    desk.hold(&kind, MONDAY).await.expect(201);
    desk.hub.advance(std::time::Duration::from_secs(700));
    desk.hub.tick().await;
    assert!(Claims::of(&desk).spans().await.is_empty(), "the sweep deletes what ran out");
    desk.hub.stop().await;
}
