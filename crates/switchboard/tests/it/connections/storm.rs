//! Two servers on one PostgreSQL: one refresh for everybody, and one removal for everybody.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use reqwest::Method;
use sandbox::Progress;
use serde_json::Value;

use super::{
    desk::text,
    process::{Scene, token_path},
};
use crate::harness::{Browser, Reply, admin_url};

/// Whether there is a PostgreSQL to run two servers on.
fn has_postgres(test: &str) -> bool {
    let is_there = admin_url().is_some_and(|url| url.starts_with("postgres"));
    if !is_there {
        #[expect(clippy::print_stderr, reason = "tells why nothing was tried")]
        {
            eprintln!(
                "{test}: skipped, because HUB_TEST_DATABASE names no PostgreSQL and SQLite serves one process"
            );
        }
    }
    is_there
}

async fn remove(program: &Browser, connection: &str) {
    let path = format!("/api/v1/connections/{connection}");
    program.call(Method::DELETE, &path, &Value::Null).await.expect(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_requests_at_two_servers_cause_one_refresh() {
    if !has_postgres("refresh storm") {
        return;
    }
    let scene = Scene::set(1).await;
    scene.expire().await;
    let (one, two) = (scene.serve("one"), scene.serve("two"));
    let programs = [one.program(&scene.key), two.program(&scene.key)];
    scene.delay_refreshes(Duration::from_millis(500));
    let path = token_path(&scene.connections[0]);
    let asked = (0..500).map(|number| programs[number % 2].get(&path));
    let replies: Vec<Reply> = stream::iter(asked).buffer_unordered(500).collect().await;
    let token = text(&replies[0].clone().expect(200).json(), "access_token");
    for reply in &replies {
        assert_eq!(text(&reply.clone().expect(200).json(), "access_token"), token);
    }
    let begun = scene.refreshes(Progress::Answered) + scene.refreshes(Progress::InFlight);
    assert_eq!(begun, 1);
    assert_eq!(scene.asks(&token).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_server_removes_the_other_refuses_from_its_very_next_request_on() {
    if !has_postgres("removal on two servers") {
        return;
    }
    let scene = Scene::set(50).await;
    let (one, two) = (scene.serve("one"), scene.serve("two"));
    let (here, there) = (one.program(&scene.key), two.program(&scene.key));
    for (round, connection) in scene.connections.iter().enumerate() {
        let (remover, reader) = if round % 2 == 0 { (&here, &there) } else { (&there, &here) };
        for _ in 0..3 {
            reader.get(&token_path(connection)).await.expect(200);
        }
        remove(remover, connection).await;
        let next = reader.get(&token_path(connection)).await;
        assert_eq!(next.status.as_u16(), 404, "round {round}: {}", next.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_holds_up_no_removal_for_longer_than_its_lease() {
    if !has_postgres("removal after a kill") {
        return;
    }
    let scene = Scene::set(2).await;
    let (one, mut two) = (scene.serve("one"), scene.serve("two"));
    let here = one.program(&scene.key);
    for connection in &scene.connections {
        two.program(&scene.key).get(&token_path(connection)).await.expect(200);
    }
    two.kill();
    for (connection, most) in scene.connections.iter().zip([4_000, 1_000]) {
        let started = tokio::time::Instant::now();
        remove(&here, connection).await;
        let took = started.elapsed();
        assert!(took < Duration::from_millis(most), "{took:?}");
        here.get(&token_path(connection)).await.expect(404);
    }
}
