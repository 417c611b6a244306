//! The data-access facade: the same text and the same types on SQLite and PostgreSQL.

use std::time::Duration;

use platform::{Instant, Role, db::Db, id::AccountId, record};

use crate::harness::TestHub;

record! {
    #[derive(Debug, PartialEq)]
    struct Row {
        id: AccountId,
        text: String,
        absent: Option<String>,
        number: i64,
        flag: bool,
        at: Instant,
    }
}

async fn table(db: &Db) {
    let sql = "CREATE TABLE probe (id TEXT PRIMARY KEY, text TEXT NOT NULL, absent TEXT, number BIGINT NOT NULL, \
               flag BOOLEAN NOT NULL, at BIGINT NOT NULL)";
    db.sql(sql).execute(db).await.unwrap();
}

async fn insert(hub: &TestHub, text: &str, number: i64, flag: bool, at: Instant) -> AccountId {
    let (db, id) = (hub.hub.db(), AccountId::new(&hub.hub));
    db.sql("INSERT INTO probe (id, text, absent, number, flag, at) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(id)
        .bind(text.to_owned())
        .bind(None::<String>)
        .bind(number)
        .bind(flag)
        .bind(at)
        .execute(db)
        .await
        .unwrap();
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn every_type_comes_back_as_it_went_in() {
    let hub = TestHub::start().await;
    let db = hub.hub.db();
    table(db).await;
    let texts = ["", "plain", "it's “quoted” $1 ~ ö 東京 🗝", "line\nbreak"];
    let numbers = [(i64::MIN, true), (0, false), (i64::MAX, true), (-1, false)];
    for (text, (number, flag)) in texts.into_iter().zip(numbers) {
        let at = Instant::from_micros(1_763_715_600_123_456).after(Duration::from_micros(1));
        let id = insert(&hub, text, number, flag, at).await;
        let read: Row = db
            .sql("SELECT id, text, absent, number, flag, at FROM probe WHERE id = $1")
            .bind(id)
            .one(db)
            .await
            .unwrap();
        assert_eq!(read, Row { id, text: text.to_owned(), absent: None, number, flag, at });
    }
    let (count,): (i64,) = db.sql("SELECT COUNT(*) FROM probe WHERE flag").one(db).await.unwrap();
    assert_eq!(count, 2);
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_is_all_or_nothing() {
    let hub = TestHub::start().await;
    let db = hub.hub.db();
    table(db).await;
    let id = insert(&hub, "before", 1, true, hub.hub.now()).await;
    let change = "UPDATE probe SET text = $2 WHERE id = $1";
    let mut tx = db.begin().await.unwrap();
    assert_eq!(tx.sql(change).bind(id).bind("after".to_owned()).execute(&mut tx).await.unwrap(), 1);
    drop(tx);
    let read = || async {
        db.sql("SELECT text FROM probe WHERE id = $1").bind(id).one::<(String,)>(db).await.unwrap().0
    };
    assert_eq!(read().await, "before");
    let mut tx = db.begin().await.unwrap();
    tx.sql(change).bind(id).bind("after".to_owned()).execute(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(read().await, "after");
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_values_stay_values() {
    let hub = TestHub::start().await;
    let db = hub.hub.db();
    table(db).await;
    let id = insert(&hub, "x'); DROP TABLE probe; --", 1, true, hub.hub.now()).await;
    let found: Option<(String,)> =
        db.sql("SELECT text FROM probe WHERE id = $1").bind(id).maybe(db).await.unwrap();
    assert_eq!(found.unwrap().0, "x'); DROP TABLE probe; --");
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn migrations_run_once_and_a_newer_database_is_refused() {
    let hub = TestHub::start().await;
    let db = hub.hub.db();
    assert_eq!(db.applied_migration().await.unwrap(), Some(Db::latest_migration()));
    db.migrate().await.unwrap();
    db.sql(db.pick(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'later', TRUE, x'00', 0)",
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'later', TRUE, '\\x00', 0)",
    ))
    .execute(db)
    .await
    .unwrap();
    let refused = db.migrate().await.unwrap_err();
    assert!(refused.to_string().contains("newer Switchboard"), "{refused}");
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn organizations_do_not_see_each_other() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    let other = accounts::create_organization(&hub.hub, "Another library", "UTC").await.unwrap();
    let new = accounts::NewAccount {
        organization: other,
        name: "Eva".to_owned(),
        email: "eva@another.example".to_owned(),
        password: None,
        roles: vec![Role::Host],
        time_zone: None,
    };
    let eva = accounts::create_account(&hub.hub, new).await.unwrap();
    assert!(!admin.get("/admin/accounts").await.expect(200).body.contains("eva@another.example"));
    admin.get(&format!("/admin/accounts/{eva}")).await.expect(404);
    admin.post(&format!("/admin/accounts/{eva}/disable"), &[]).await.expect(404);
    hub.stop().await;
}
