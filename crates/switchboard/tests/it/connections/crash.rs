//! A server that is killed in the middle of a refresh: what the provider has rotated is not lost.

use std::{fs, path::PathBuf, time::Duration};

use platform::db::{Db, Tx};
use sandbox::Progress;

use super::{
    desk::text,
    process::{Scene, connection, token_path, until},
};

/// Keeps everybody else from writing this connection until the transaction is dropped.
async fn lock(db: &Db, id: &str) -> Tx {
    let mut tx = db.begin().await.unwrap();
    let read = db.pick(
        "SELECT id FROM connection WHERE id = $1",
        "SELECT id FROM connection WHERE id = $1 FOR UPDATE",
    );
    let _: (String,) = tx.sql(read).bind(id.to_owned()).one(&mut tx).await.unwrap();
    tx
}

fn journal(scene: &Scene) -> Vec<PathBuf> {
    let Ok(files) = fs::read_dir(scene.data_dir("one").join("journal")) else { return Vec::new() };
    let paths = files.map(|file| file.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_arrived_before_the_kill_are_adopted_at_the_next_start() {
    let scene = Scene::set(1).await;
    let id = &scene.connections[0];
    scene.expire().await;
    let mut process = scene.serve("one");
    scene.delay_refreshes(Duration::from_millis(1_500));
    let program = process.program(&scene.key);
    let path = token_path(id);
    let asked = tokio::spawn(async move { program.try_get(&path).await });
    until("the refresh is under way", || scene.refreshes(Progress::InFlight) == 1).await;
    let db = scene.db().await;
    let locked = lock(&db, id).await;
    until("the answer is in the journal", || journal(&scene).len() == 1).await;
    let kept = fs::read(&journal(&scene)[0]).unwrap();
    let name = journal(&scene)[0].clone();
    process.kill();
    drop(locked);
    db.close().await;
    assert!(asked.await.unwrap().is_none(), "it was answered before it was stored");
    scene.heal();

    let mut process = scene.serve("one");
    let program = process.program(&scene.key);
    assert!(journal(&scene).is_empty(), "the journal was not adopted");
    let adopted = connection(&program, id).await;
    assert_eq!(adopted["state"], "active", "{adopted}");
    assert_eq!(scene.refreshes(Progress::Answered), 1);
    let token = text(&program.get(&token_path(id)).await.expect(200).json(), "access_token");
    assert_eq!(scene.asks(&token).await, 200);
    assert_eq!(scene.refreshes(Progress::Answered), 1, "the adopted token was not handed out");

    // The rotated refresh token was adopted too: only it can be used once more.
    process.kill();
    scene.expire().await;
    let mut process = scene.serve("one");
    let newest =
        text(&process.program(&scene.key).get(&token_path(id)).await.expect(200).json(), "access_token");
    assert_eq!((scene.asks(&newest).await, scene.refreshes(Progress::Answered)), (200, 2));

    // An old file that comes back, and one that cannot be read, harm nothing.
    process.kill();
    fs::write(&name, kept).unwrap();
    fs::write(name.with_file_name("0192f000-0000-7000-8000-000000000000.json"), "{ half").unwrap();
    let process = scene.serve("one");
    let still =
        text(&process.program(&scene.key).get(&token_path(id)).await.expect(200).json(), "access_token");
    assert_eq!(still, newest);
    assert_eq!(journal(&scene).len(), 1, "the unreadable file is left for a person");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_before_the_answer_leaves_the_old_refresh_token_in_use() {
    let scene = Scene::set(1).await;
    let id = &scene.connections[0];
    scene.expire().await;
    let mut process = scene.serve("one");
    scene.delay_refreshes(Duration::from_secs(600));
    let program = process.program(&scene.key);
    let path = token_path(id);
    let asked = tokio::spawn(async move { program.try_get(&path).await });
    until("the refresh is under way", || scene.refreshes(Progress::InFlight) == 1).await;
    process.kill();
    assert!(asked.await.unwrap().is_none());
    until("the provider notices", || scene.refreshes(Progress::Abandoned) == 1).await;
    scene.heal();
    let_the_right_end(&scene).await;

    let process = scene.serve("one");
    let program = process.program(&scene.key);
    let started = tokio::time::Instant::now();
    let token = text(&program.get(&token_path(id)).await.expect(200).json(), "access_token");
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert_eq!(scene.asks(&token).await, 200);
    assert_eq!(connection(&program, id).await["state"], "active");
    assert_eq!(scene.refreshes(Progress::Answered), 1);
}

/// On PostgreSQL another server may hold the right to refresh, so it ends by its time, which passes here. On SQLite
/// there was nobody else: a new server takes it back at once.
async fn let_the_right_end(scene: &Scene) {
    let db = scene.db().await;
    if db.postgres().is_some() {
        let sql = "UPDATE connection SET refresh_until = last_attempt_at WHERE refresh_until IS NOT NULL";
        assert_eq!(db.sql(sql).execute(&db).await.unwrap(), 1);
    }
    db.close().await;
}
