//! Durable jobs: exactly one claim, no doubles while one waits, patience with what fails.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::future::join_all;
use platform::{
    Hub, bug,
    db::Tx,
    jobs::{self, Jobs, NewJob},
    later,
};
use serde_json::json;

use crate::harness::TestHub;

type Runs = Arc<Mutex<HashMap<i64, usize>>>;

fn counting(runs: &Runs) -> Jobs {
    let runs = runs.clone();
    Jobs::default().on("test.count", move |_, job| {
        let runs = runs.clone();
        async move {
            *runs.lock().unwrap().entry(job.payload::<i64>()?).or_default() += 1;
            Ok(())
        }
    })
}

async fn enqueue(hub: &TestHub, tx: &mut Tx, kind: &str, number: i64, dedupe: Option<&str>) {
    let organization = hub.organization().await;
    let dedupe = dedupe.map(str::to_owned);
    let job = NewJob { organization, kind, dedupe, payload: json!(number), run_at: hub.hub.now() };
    jobs::enqueue(&hub.hub, tx, job).await.unwrap();
}

async fn enqueue_now(hub: &TestHub, kind: &str, number: i64, dedupe: Option<&str>) {
    hub.organization().await;
    let mut tx = hub.hub.db().begin().await.unwrap();
    enqueue(hub, &mut tx, kind, number, dedupe).await;
    tx.commit().await.unwrap();
}

async fn drain(hub: &Hub, jobs: &Jobs) {
    while jobs::run_due(hub, jobs).await.unwrap() > 0 {}
}

#[tokio::test(flavor = "multi_thread")]
async fn four_workers_run_each_of_two_hundred_jobs_once() {
    let hub = TestHub::start().await;
    hub.organization().await;
    let mut tx = hub.hub.db().begin().await.unwrap();
    for number in 0..200 {
        enqueue(&hub, &mut tx, "test.count", number, None).await;
    }
    tx.commit().await.unwrap();
    let runs = Runs::default();
    let jobs = counting(&runs);
    join_all((0..4).map(|_| drain(&hub.hub, &jobs))).await;
    let runs = std::mem::take(&mut *runs.lock().unwrap());
    assert_eq!(runs.len(), 200);
    assert!(runs.values().all(|times| *times == 1), "{runs:?}");
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_written_with_the_act_or_not_at_all() {
    let hub = TestHub::start().await;
    hub.organization().await;
    let mut tx = hub.hub.db().begin().await.unwrap();
    enqueue(&hub, &mut tx, "test.count", 1, None).await;
    drop(tx);
    assert_eq!(jobs::backlog(&hub.hub, None).await.unwrap(), (0, 0));
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_one_waits_the_same_job_is_not_written_twice() {
    let hub = TestHub::start().await;
    let runs = Runs::default();
    let jobs = counting(&runs);
    for _ in 0..3 {
        enqueue_now(&hub, "test.count", 7, Some("seven")).await;
    }
    drain(&hub.hub, &jobs).await;
    assert_eq!(runs.lock().unwrap()[&7], 1);
    enqueue_now(&hub, "test.count", 7, Some("seven")).await;
    drain(&hub.hub, &jobs).await;
    assert_eq!(runs.lock().unwrap()[&7], 2);
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_job_waits_longer_each_time_and_is_kept_for_a_person_in_the_end() {
    let hub = TestHub::start().await;
    let failing = Jobs::default().on("test.fail", |_, _| async { Err(bug("on purpose")) });
    enqueue_now(&hub, "test.fail", 1, None).await;
    let mut attempts = 0;
    let mut waits = Vec::new();
    let mut waited = 0_u64;
    while jobs::backlog(&hub.hub, None).await.unwrap().0 > 0 {
        if jobs::run_due(&hub.hub, &failing).await.unwrap() > 0 {
            attempts += 1;
            waits.push(std::mem::take(&mut waited));
        }
        hub.advance(Duration::from_secs(30));
        waited += 30;
    }
    assert_eq!(attempts, 12);
    assert_eq!(jobs::backlog(&hub.hub, None).await.unwrap(), (0, 1));
    assert!(waits[11] > waits[5] && waits[5] >= waits[2], "{waits:?}");
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_is_told_when_waits_exactly_until_then() {
    let hub = TestHub::start().await;
    let jobs = Jobs::default().on("test.later", |hub: Hub, job| async move {
        if hub.now().seconds() < job.payload::<i64>()? {
            return Err(later(platform::Instant::from_micros(job.payload::<i64>()? * 1_000_000), "not yet"));
        }
        Ok(())
    });
    let at = hub.hub.now().seconds() + 3600;
    enqueue_now(&hub, "test.later", at, None).await;
    assert_eq!(jobs::run_due(&hub.hub, &jobs).await.unwrap(), 1);
    hub.advance(Duration::from_secs(3599));
    assert_eq!(jobs::run_due(&hub.hub, &jobs).await.unwrap(), 0);
    hub.advance(Duration::from_secs(1));
    assert_eq!(jobs::run_due(&hub.hub, &jobs).await.unwrap(), 1);
    assert_eq!(jobs::backlog(&hub.hub, None).await.unwrap(), (0, 0));
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_jobs_of_one_kind_leave_room_for_others() {
    let hub = TestHub::start().await;
    let runs = Runs::default();
    let (release, held) = tokio::sync::watch::channel(false);
    let jobs = counting(&runs).on("test.slow", move |_, _| {
        let mut held = held.clone();
        async move {
            held.wait_for(|released| *released).await.unwrap();
            Ok(())
        }
    });
    for number in 0..20 {
        enqueue_now(&hub, "test.slow", number, None).await;
    }
    enqueue_now(&hub, "test.count", 7, None).await;
    let work = tokio::spawn(jobs::work(hub.hub.clone(), jobs));
    while runs.lock().unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(runs.lock().unwrap()[&7], 1, "behind twenty that hang");
    release.send(true).unwrap();
    while jobs::backlog(&hub.hub, None).await.unwrap().0 > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    hub.hub.stop().cancel();
    work.await.unwrap();
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_panics_or_that_nobody_knows_disturbs_no_other() {
    let hub = TestHub::start().await;
    let runs = Runs::default();
    let jobs = counting(&runs).on("test.panic", |_, _| async { panic!("on purpose") });
    enqueue_now(&hub, "test.panic", 1, None).await;
    enqueue_now(&hub, "test.unknown", 2, None).await;
    enqueue_now(&hub, "test.count", 3, None).await;
    assert_eq!(jobs::run_due(&hub.hub, &jobs).await.unwrap(), 3);
    assert_eq!(runs.lock().unwrap()[&3], 1);
    assert_eq!(jobs::backlog(&hub.hub, None).await.unwrap(), (2, 0));
    hub.stop().await;
}
