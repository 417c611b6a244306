//! A full disk, played by a database file that may not grow.

use platform::{Error, Fault, db::Db};
use sandbox::Provider;

use super::{
    desk::{BEN, Desk},
    integrations::body,
};

/// From now on the file must not grow. It is a setting of the writer's connection, so it ends with it.
async fn fill_the_disk(desk: &Desk) {
    let db = desk.hub.hub.db();
    db.sql("PRAGMA max_page_count = 1").execute(db).await.unwrap();
}

fn is_sqlite(desk: &Desk) -> bool {
    matches!(desk.hub.hub.db(), Db::Sqlite { .. })
}

/// More than fits into the pages that the file has.
async fn write_much(desk: &Desk) -> platform::Result<()> {
    let db = desk.hub.hub.db();
    let mut tx = db.begin().await?;
    for row in 0..200 {
        let name = format!("{row}-{}", "x".repeat(2000));
        tx.sql("INSERT INTO schedule (name, next_at) VALUES ($1, 0)").bind(name).execute(&mut tx).await?;
    }
    tx.commit().await?;
    Ok(())
}

#[tokio::test]
async fn a_full_disk_is_said_and_the_server_writes_again_once_there_is_room() {
    let desk = Desk::open().await;
    if !is_sqlite(&desk) {
        return;
    }
    fill_the_disk(&desk).await;
    let refused: Error = write_much(&desk).await.unwrap_err();
    assert_eq!(refused.fault, Fault::Storage);
    assert!(refused.say.contains("disk is full"), "{}", refused.say);
    let db = desk.hub.hub.db();
    let (left,): (i64,) =
        db.sql("SELECT COUNT(*) FROM schedule WHERE name LIKE '%xxx%'").one(db).await.unwrap();
    assert_eq!(left, 0, "nothing half-written stays");
    write_much(&desk).await.unwrap();
}

#[tokio::test]
async fn integrations_saved_on_a_filling_disk_are_whole_or_not_there() {
    let desk = Desk::open().await;
    if !is_sqlite(&desk) {
        return;
    }
    fill_the_disk(&desk).await;
    let mut stored = 0;
    for _ in 0..40 {
        let reply = desk.post("/api/v1/integrations", body(Provider::Webex, "C-full", "secret")).await;
        match reply.status.as_u16() {
            201 => stored += 1,
            status => assert_eq!(status, 503, "{}", reply.body),
        }
    }
    let listed = desk.program.get("/api/v1/integrations").await.expect(200).json();
    let integrations = listed["items"].as_array().unwrap();
    assert_eq!(integrations.len(), stored);
    assert!(integrations.iter().all(|integration| integration["secrets"].as_array().unwrap().len() == 1));
}

#[tokio::test]
async fn a_token_that_is_valid_is_still_handed_out_when_the_disk_is_full() {
    let desk = Desk::open().await;
    if !is_sqlite(&desk) {
        return;
    }
    let integration = desk.hub.integration(Provider::Webex).await;
    let connection = desk.hub.connect(&desk.ben, &integration, BEN).await;
    let before = desk.value(&connection).await;
    fill_the_disk(&desk).await;
    assert_eq!(desk.value(&connection).await, before);
}
