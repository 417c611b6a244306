use std::{sync::Arc, sync::Mutex};

use platform::{
    Clock, Instant, Random,
    db::Db,
    hub::{HubParts, Settings},
    id::OrganizationId,
    jobs::run_due,
    keys::{self, Keys, MasterKeySource},
    outbound::Outbound,
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

use super::*;
use crate::{Letter, MailSettings, Tls, configure, send};

const ORGANIZATION: OrganizationId = OrganizationId(uuid::Uuid::nil());

async fn hub(dir: &TempDir) -> Hub {
    let db = Db::connect(&format!("sqlite://{}/test.db", dir.path().display())).await.unwrap();
    db.migrate().await.unwrap();
    let source = MasterKeySource::File(dir.path().join("master.key"));
    let random = Random::seeded(7);
    let ring = source.open(&db, &random).await.unwrap();
    let hub = Hub::new(HubParts {
        db,
        keys: Keys::new(source, ring),
        clock: Clock::fixed(Instant::from_micros(1_795_000_000_000_000)),
        random,
        outbound: Outbound::new(None).unwrap(),
        settings: Settings {
            public_url: "http://127.0.0.1:8080".parse().unwrap(),
            data_dir: dir.path().into(),
            form_targets: Vec::new(),
            product_name: "Switchboard".into(),
        },
        banners: Vec::new(),
        stop: tokio_util::sync::CancellationToken::new(),
    });
    let mut tx = hub.db().begin().await.unwrap();
    keys::create(&hub, &mut tx, ORGANIZATION).await.unwrap();
    tx.commit().await.unwrap();
    hub
}

/// A mail server that answers every recipient with `reply` and keeps what it was handed.
async fn mail_server(reply: &'static str) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let taken = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&taken);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let kept = Arc::clone(&kept);
            tokio::spawn(async move { converse(stream, reply, &kept).await });
        }
    });
    (port, taken)
}

async fn converse(stream: TcpStream, reply: &str, kept: &Mutex<Vec<String>>) {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 test\r\n").await.unwrap();
    let mut line = String::new();
    while {
        line.clear();
        stream.read_line(&mut line).await.unwrap_or(0)
    } > 0
    {
        let answer = match line.split([' ', '\r']).next().unwrap_or_default() {
            // Nobody of this name works here, whatever the others are told.
            "RCPT" if line.contains("nobody@") => "550 no such person".to_owned(),
            "RCPT" => reply.to_owned(),
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await.unwrap();
                let mut text = String::new();
                while !text.ends_with("\r\n.\r\n") {
                    stream.read_line(&mut text).await.unwrap();
                }
                kept.lock().unwrap().push(text);
                "250 taken".to_owned()
            }
            _ => "250 ok".to_owned(),
        };
        stream.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
    }
}

fn use_server(hub: &Hub, port: u16) {
    let settings = MailSettings {
        host: "127.0.0.1".into(),
        port,
        tls: Tls::None,
        username: None,
        password: None,
        from: "Switchboard <desk@library.example>".into(),
    };
    configure(hub, Some(settings)).unwrap();
}

async fn write_letter(hub: &Hub) {
    let letter = Letter {
        subject: "Grüße".into(),
        name: "Ada".into(),
        paragraphs: vec!["A secret link".into()],
        link: None,
    };
    let mail = letter.addressed(hub, ORGANIZATION, "ada@library.example", Some("once".into())).unwrap();
    let mut tx = hub.db().begin().await.unwrap();
    send(hub, &mut tx, mail.clone()).await.unwrap();
    send(hub, &mut tx, mail).await.unwrap();
    tx.commit().await.unwrap();
}

async fn only_mail(hub: &Hub) -> crate::MailSummary {
    let mut mails = crate::recent(hub, ORGANIZATION, 10).await.unwrap();
    assert_eq!(mails.len(), 1);
    mails.remove(0)
}

#[tokio::test]
async fn a_mail_leaves_once_and_its_text_is_forgotten() {
    let dir = TempDir::new().unwrap();
    let hub = hub(&dir).await;
    let (port, taken) = mail_server("250 ok").await;
    use_server(&hub, port);
    write_letter(&hub).await;
    assert_eq!(run_due(&hub, &jobs()).await.unwrap(), 1);
    let mail = only_mail(&hub).await;
    assert!(mail.sent_at.is_some() && mail.last_error.is_none(), "{mail:?}");
    let taken = taken.lock().unwrap().clone();
    assert_eq!(taken.len(), 1);
    assert!(taken[0].contains(&format!("Message-ID: <{}@127.0.0.1>", mail.id)), "{}", taken[0]);
    let stored = outbox::find(&hub, ORGANIZATION, mail.id).await.unwrap().unwrap();
    assert_eq!(stored.body, None);
}

#[tokio::test]
async fn what_waits_in_the_outbox_is_sealed() {
    let dir = TempDir::new().unwrap();
    let hub = hub(&dir).await;
    write_letter(&hub).await;
    let mail = only_mail(&hub).await;
    let stored = outbox::find(&hub, ORGANIZATION, mail.id).await.unwrap().unwrap().body.unwrap();
    assert!(stored.starts_with("v1.") && !stored.contains("secret link"), "{stored}");
    let body = Body::open(&hub, ORGANIZATION, mail.id, stored.clone()).await.unwrap();
    assert!(body.text.contains("A secret link") && body.html.contains("A secret link"));
    let elsewhere = Body::open(&hub, ORGANIZATION, crate::MailId(uuid::Uuid::nil()), stored).await;
    assert!(elsewhere.is_err());
}

#[tokio::test]
async fn a_busy_server_is_asked_again_and_a_refusal_is_final() {
    // 535 and 530 are about our sign-in (RFC 4954 §6): every mail would be lost to a wrong password.
    for (reply, again) in [
        ("451 busy", true),
        ("535 bad credentials", true),
        ("530 sign in", true),
        ("550 no such person", false),
    ] {
        let dir = TempDir::new().unwrap();
        let hub = hub(&dir).await;
        let (port, _) = mail_server(reply).await;
        use_server(&hub, port);
        write_letter(&hub).await;
        run_due(&hub, &jobs()).await.unwrap();
        let mail = only_mail(&hub).await;
        assert!(mail.sent_at.is_none());
        assert_eq!(mail.given_up_at.is_none(), again, "{mail:?}");
        hub.clock().advance(Duration::from_secs(3600));
        assert_eq!(run_due(&hub, &jobs()).await.unwrap(), usize::from(again));
    }
}

#[tokio::test]
async fn one_bad_address_keeps_nobody_waiting() {
    let dir = TempDir::new().unwrap();
    let hub = hub(&dir).await;
    let (port, taken) = mail_server("250 ok").await;
    use_server(&hub, port);
    let mut tx = hub.db().begin().await.unwrap();
    for to in ["nobody@library.example", "ada@library.example", "ben@library.example"] {
        send(&hub, &mut tx, crate::NewMail::new(ORGANIZATION, to, "Hi")).await.unwrap();
    }
    tx.commit().await.unwrap();
    run_due(&hub, &jobs()).await.unwrap();
    assert_eq!(taken.lock().unwrap().len(), 2);
    let mails = crate::recent(&hub, ORGANIZATION, 10).await.unwrap();
    let given_up: Vec<&str> =
        mails.iter().filter(|mail| mail.given_up_at.is_some()).map(|mail| mail.recipient.as_str()).collect();
    assert_eq!(given_up, ["nobody@library.example"]);
}

#[tokio::test]
async fn two_jobs_for_one_mail_send_it_once() {
    let dir = TempDir::new().unwrap();
    let hub = hub(&dir).await;
    let (port, taken) = mail_server("250 ok").await;
    use_server(&hub, port);
    write_letter(&hub).await;
    let mail = only_mail(&hub).await.id;
    for key in ["a", "b", "c"] {
        let mut tx = hub.db().begin().await.unwrap();
        let job = platform::jobs::NewJob {
            organization: ORGANIZATION,
            kind: DELIVER,
            dedupe: Some(key.into()),
            payload: platform::jobs::payload(&Deliver { mail }),
            run_at: hub.now(),
        };
        platform::jobs::enqueue(&hub, &mut tx, job).await.unwrap();
        tx.commit().await.unwrap();
    }
    assert_eq!(run_due(&hub, &jobs()).await.unwrap(), 4);
    hub.clock().advance(Duration::from_secs(3600));
    run_due(&hub, &jobs()).await.unwrap();
    assert_eq!(taken.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn without_a_server_mails_wait_until_there_is_one() {
    let dir = TempDir::new().unwrap();
    let hub = hub(&dir).await;
    write_letter(&hub).await;
    enqueue_waiting(hub.clone()).await.unwrap();
    assert_eq!(run_due(&hub, &jobs()).await.unwrap(), 0);
    let (port, taken) = mail_server("250 ok").await;
    use_server(&hub, port);
    hub.clock().advance(Duration::from_secs(60));
    enqueue_waiting(hub.clone()).await.unwrap();
    assert_eq!(run_due(&hub, &jobs()).await.unwrap(), 1);
    assert_eq!(taken.lock().unwrap().len(), 1);
}

#[test]
fn pauses_double_up_to_an_hour() {
    let minutes = |attempts| back_off(attempts, 1.0).as_secs() / 60;
    assert_eq!([minutes(0), minutes(1), minutes(5), minutes(99)], [1, 2, 32, 60]);
}
