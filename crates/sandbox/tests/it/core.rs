//! The core: clock, faults, request log, limits, seed, switches, TLS, mail sink, stopping.

use std::time::Duration;

use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart, header::ContentType};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use reqwest::{Method, StatusCode};
use sandbox::{Progress, Provider, Seed, TlsOptions};
use serde_json::{Value, json};

use crate::support::{ADA, BEN, World, client, options, seed, text};

async fn fault(world: &World, rule: Value) {
    world.set("/_sandbox/faults", rule).await;
}

#[tokio::test]
async fn a_fault_answers_a_status_as_often_as_told() {
    let world = World::start().await;
    let token = world.token(BEN, &[]).await;
    fault(&world, json!({"match": {"method": "GET", "path": "/v1/people"}, "times": 1, "after": 1, "fault": {"status": 503}}))
        .await;
    world.get("/v1/people/me", &token).await.expect(200);
    let body = world.get("/v1/people/me", &token).await.expect(503);
    assert!(body["message"].is_string() && body["trackingId"].is_string());
    world.get("/v1/people/me", &token).await.expect(200);
    let rules = world.control(Method::GET, "/_sandbox/faults", json!({})).await.expect(200);
    assert_eq!(rules["faults"][0]["hits"], 1);
    world.control(Method::DELETE, "/_sandbox/faults?id=1", json!({})).await.expect(200);
    assert_eq!(world.running.world.faults.all().len(), 0);
}

#[tokio::test]
async fn faults_can_limit_garble_thin_out_and_replace_answers() {
    let world = World::start().await;
    let token = world.token(BEN, &[]).await;
    let once = |fault: Value| json!({"match": {"path": "/v1/people/me"}, "times": 1, "fault": fault});
    fault(&world, once(json!({"retry_after": 7}))).await;
    let limited = world.get("/v1/people/me", &token).await;
    limited.expect(429);
    assert_eq!(limited.header("retry-after"), Some("7"));
    fault(&world, once(json!({"html": true}))).await;
    let page = world.get("/v1/people/me", &token).await;
    assert!(page.status == StatusCode::OK && page.text.starts_with("<!DOCTYPE html>"));
    fault(&world, once(json!({"malformed": true}))).await;
    let half = world.get("/v1/people/me", &token).await;
    assert!(serde_json::from_str::<Value>(&half.text).is_err());
    fault(&world, once(json!({"drop_fields": ["id", "emails"]}))).await;
    let thin = world.get("/v1/people/me", &token).await.expect(200);
    assert!(thin["id"].is_null() && thin["displayName"] == "Ben Okafor");
    fault(&world, once(json!({"status": 418, "body": {"odd": true}}))).await;
    assert_eq!(world.get("/v1/people/me", &token).await.expect(418)["odd"], true);
}

#[tokio::test]
async fn a_connection_can_be_cut_before_after_and_in_the_middle() {
    let world = World::start().await;
    let token = world.token(BEN, &[]).await;
    for (cut, webhooks) in [("before", 0), ("after", 1), ("middle", 2)] {
        fault(&world, json!({"match": {"path": "/v1/webhooks"}, "times": 1, "fault": {"cut": cut}})).await;
        let hook = json!({"name": "n", "targetUrl": "https://x.example/h", "resource": "meetings", "event": "created"});
        let sent = world.http.post(world.url("/v1/webhooks")).bearer_auth(&token).json(&hook).send().await;
        match sent {
            Ok(response) => assert!(cut == "middle" && response.bytes().await.is_err(), "{cut}"),
            Err(_) => assert_ne!(cut, "middle"),
        }
        let list = world.get("/v1/webhooks", &token).await.expect(200);
        assert_eq!(list["items"].as_array().unwrap().len(), webhooks, "{cut}");
    }
    let states: Vec<Progress> = world.running.world.requests.all().iter().map(|entry| entry.state).collect();
    assert_eq!(states.iter().filter(|state| **state == Progress::Cut).count(), 2);
}

#[tokio::test]
async fn a_request_is_in_the_log_while_it_waits_for_its_answer() {
    let world = World::start().await;
    let token = world.token(BEN, &[]).await;
    fault(&world, json!({"match": {"path": "/v1/people/me"}, "fault": {"delay_ms": 60_000}})).await;
    let request = world.http.get(world.url("/v1/people/me?code=s3cret")).bearer_auth(&token);
    let waiting = tokio::spawn(request.send());
    let arrived = async {
        loop {
            let path = "/_sandbox/requests?in_flight=true&path=/v1/people/me";
            let flying = world.control(Method::GET, path, json!({})).await.expect(200);
            if let Some(entry) = flying["requests"].get(0) {
                break entry.clone();
            }
            tokio::task::yield_now().await;
        }
    };
    let entry = tokio::time::timeout(Duration::from_secs(20), arrived).await.unwrap();
    assert_eq!((&entry["state"], &entry["status"]), (&json!("in_flight"), &Value::Null));
    assert_eq!(entry["query"], "code=***");
    waiting.abort();
}

#[tokio::test]
async fn the_log_knows_account_app_and_grant_type() {
    let world = World::start().await;
    let tokens = world.authorize(BEN).await;
    world.get("/v1/people/me", &text(&tokens, "access_token")).await.expect(200);
    let path = "/_sandbox/requests?path=/v1/access_token&detail=authorization_code";
    let log = world.control(Method::GET, path, json!({})).await.expect(200);
    assert_eq!(log["requests"].as_array().unwrap().len(), 1);
    assert_eq!(log["requests"][0]["account"], BEN);
    assert_eq!(log["requests"][0]["client_id"], world.webex_app().client_id);
    let log =
        world.control(Method::GET, &format!("/_sandbox/requests?account={BEN}&method=get"), json!({})).await;
    assert_eq!(log.expect(200)["requests"][0]["path"], "/v1/people/me");
    assert!(!log.text.contains(tokens["access_token"].as_str().unwrap()));
    world.control(Method::DELETE, "/_sandbox/requests", json!({})).await.expect(200);
    let log = world.control(Method::GET, "/_sandbox/requests", json!({})).await.expect(200);
    assert_eq!(log["requests"], json!([]));
}

#[tokio::test]
async fn an_app_over_its_limit_is_told_when_to_come_back() {
    let world = World::start().await;
    let tokens = world.authorize(BEN).await;
    let access = text(&tokens, "access_token");
    let client_id = world.webex_app().client_id;
    let body = json!({"provider": "webex", "client_id": client_id, "requests_per_minute": 2});
    world.set("/_sandbox/apps", body).await;
    world.get("/v1/people/me", &access).await.expect(200);
    let limited = world.get("/v1/people/me", &access).await;
    let body = limited.expect(429);
    assert!(body["trackingId"].is_string());
    assert_eq!(limited.header("retry-after"), Some("60"));
    let refresh = world.refresh(&text(&tokens, "refresh_token")).await;
    refresh.expect(429);
    assert!(refresh.header("retry-after").is_some());
    world.advance(60).await;
    world.get("/v1/people/me", &access).await.expect(200);
}

#[tokio::test]
async fn the_clock_moves_stands_still_and_runs() {
    let world = World::start().await;
    let before = world.control(Method::GET, "/_sandbox/clock", json!({})).await.expect(200);
    assert_eq!((&before["now"], &before["fixed"]), (&json!("2030-03-04T09:00:00Z"), &json!(true)));
    let after = world.set("/_sandbox/clock", json!({"advance_seconds": 90})).await;
    assert_eq!((&after["now"], &after["offset_seconds"]), (&json!("2030-03-04T09:01:30Z"), &json!(90)));
    let fixed = world.set("/_sandbox/clock", json!({"fixed_at": "2031-01-01T00:00:00Z"})).await;
    assert_eq!(fixed["now"], "2031-01-01T00:00:00Z");
    let running = world.set("/_sandbox/clock", json!({"run": true})).await;
    assert_eq!(running["fixed"], false);
    world.set("/_sandbox/clock", json!({"advance_seconds": i64::MAX})).await;
    world.control(Method::POST, "/_sandbox/clock", json!({"forward": 1})).await.expect(400);
}

#[tokio::test]
async fn the_overview_names_accounts_apps_switches_and_clock() {
    let world = World::start().await;
    let overview = world.control(Method::GET, "/_sandbox", json!({})).await.expect(200);
    let ada =
        json!({"provider": "webex", "email": ADA, "name": "Ada Lindqvist", "roles": ["Full Administrator"]});
    assert_eq!(overview["accounts"][0], ada);
    assert_eq!(overview["accounts"][1]["roles"], json!(["Global Administrator"]));
    assert_eq!(overview["accounts"].as_array().unwrap().len(), 52);
    assert!(overview["apps"][0]["client_id"].as_str().unwrap().starts_with('C'));
    assert_eq!(overview["apps"][0]["client_id"].as_str().unwrap().len(), 65);
    assert!(overview["apps"][1]["secrets"][0]["value"].as_str().unwrap().contains("Q~"));
    assert_eq!(overview["switches"]["webex.refresh"], "same");
    let front = world.page("/_sandbox", "").await;
    assert!(front.text.contains("Lindenhof University Library") && front.text.contains("/_sandbox/portal"));
    assert!(front.header("content-security-policy").is_some());
    for path in ["/_sandbox/", "/_sandbox/requests", "/_sandbox/mails", "/_sandbox/style.css"] {
        assert_eq!(world.page(path, "").await.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn a_seed_replaces_everything_and_a_wrong_one_nothing() {
    let world = World::start().await;
    let token = world.token(BEN, &[]).await;
    let mut small = serde_json::to_value(seed()).unwrap();
    small["people"].as_array_mut().unwrap().truncate(1);
    small["switches"] = json!({"webex.iss": true});
    let mut wrong = small.clone();
    wrong["people"] = json!([]);
    world.control(Method::POST, "/_sandbox/seed", wrong).await.expect(400);
    let mut twice = small.clone();
    twice["people"] = json!([small["people"][0], small["people"][0]]);
    world.control(Method::POST, "/_sandbox/seed", twice).await.expect(400);
    world.control(Method::POST, "/_sandbox/seed", json!({"organisation": 1})).await.expect(400);
    world.get("/v1/people/me", &token).await.expect(200);
    world.control(Method::POST, "/_sandbox/seed", small).await.expect(200);
    world.get("/v1/people/me", &token).await.expect(401);
    let overview = world.control(Method::GET, "/_sandbox", json!({})).await.expect(200);
    assert_eq!(overview["accounts"].as_array().unwrap().len(), 2);
    assert_eq!(overview["switches"]["webex.iss"], true);
    world.token(ADA, &[]).await;
}

#[tokio::test]
async fn the_believable_seed_survives_its_own_file_format() {
    let text = serde_json::to_string(&Seed::believable()).unwrap();
    let read: Seed = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), text);
    assert_eq!(read.people.len(), 26);
    assert_eq!(read.people[0].email, ADA);
    assert!(read.people.iter().all(|person| person.email.is_ascii()));
}

#[tokio::test]
async fn the_same_seed_gives_the_same_tokens() {
    let (one, two) = (World::start().await, World::start().await);
    assert_eq!(one.token(BEN, &[]).await, two.token(BEN, &[]).await);
    assert_ne!(one.token(BEN, &[]).await, one.token(BEN, &[]).await);
}

#[tokio::test]
async fn unknown_switches_and_values_are_refused_in_words() {
    let world = World::start().await;
    let current = world.control(Method::GET, "/_sandbox/switches", json!({})).await.expect(200);
    let wrong = json!({"webex.refreshing": "same"});
    let body = world.control(Method::POST, "/_sandbox/switches", wrong).await.expect(400);
    assert!(text(&body, "error").contains("webex.refreshing"));
    world.control(Method::POST, "/_sandbox/switches", json!({"webex.refresh": "never"})).await.expect(400);
    assert_eq!(world.control(Method::GET, "/_sandbox/switches", json!({})).await.expect(200), current);
}

#[tokio::test]
async fn tokens_and_revocations_need_a_known_account() {
    let world = World::start().await;
    let nobody = json!({"provider": "webex", "email": "x@y.example"});
    world.control(Method::POST, "/_sandbox/tokens", nobody.clone()).await.expect(404);
    world.control(Method::POST, "/_sandbox/revoke", nobody).await.expect(404);
    world
        .control(Method::POST, "/_sandbox/tokens", json!({"provider": "zoom", "email": ADA}))
        .await
        .expect(400);
}

#[tokio::test]
async fn an_app_is_registered_and_changed_by_json() {
    let world = World::start().await;
    let body = json!({
        "provider": "microsoft", "name": "Trial", "redirect_uris": ["http://localhost/cb"], "scopes": ["User.Read"],
        "secrets": [{"expires_in_seconds": 60}, {"value": "old", "expires_at": "2029-01-01T00:00:00Z"}],
    });
    let app = world.set("/_sandbox/apps", body).await;
    assert_eq!(app["secrets"][0]["expires_at"], "2030-03-04T09:01:00Z");
    assert_eq!(app["secrets"][1]["value"], "old");
    let change = json!({"provider": "microsoft", "client_id": app["client_id"], "disabled": true});
    let changed = world.set("/_sandbox/apps", change).await;
    assert_eq!((&changed["name"], &changed["disabled"]), (&json!("Trial"), &json!(true)));
    let all = world.control(Method::GET, "/_sandbox/apps", json!({})).await.expect(200);
    assert_eq!(all["apps"].as_array().unwrap().len(), 3);
    world
        .control(Method::POST, "/_sandbox/apps", json!({"provider": "webex", "colour": 1}))
        .await
        .expect(400);
}

#[tokio::test]
async fn the_portal_registers_an_app_and_shows_its_secret_once() {
    let world = World::start().await;
    assert_eq!(world.page("/_sandbox/portal", "").await.status, StatusCode::OK);
    for (path, scope, provider) in
        [("webex", "spark:all", Provider::Webex), ("microsoft", "User.Read", Provider::Microsoft)]
    {
        let path = format!("/_sandbox/portal/{path}");
        assert!(world.page(&path, "").await.text.contains(scope));
        let incomplete = world.form(&path, "", &[("name", "<b>"), ("scopes", scope)]).await;
        assert_eq!(incomplete.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(incomplete.text.contains("&#60;b&#62;") && incomplete.text.contains(" checked"));
        let fields = [("name", "By hand"), ("redirect_uris", "http://localhost/cb"), ("scopes", scope)];
        let done = world.form(&path, "", &fields).await;
        let core = world.running.world.core();
        let app = core.apps.iter().find(|app| app.provider == provider && app.name == "By hand").unwrap();
        assert!(done.text.contains(&app.client_id) && done.text.contains(&app.secrets[0].value));
        assert_eq!(app.scopes, [scope]);
    }
    assert_eq!(world.page("/_sandbox/portal/zoom", "").await.status, StatusCode::NOT_FOUND);
    let page = world.form("/_sandbox/portal/token", "", &[("email", BEN)]).await;
    let token = page.text.split("id=\"token\">").nth(1).unwrap().split('<').next().unwrap();
    assert_eq!(world.get("/v1/people/me", token).await.expect(200)["emails"][0], BEN);
}

#[tokio::test]
async fn over_tls_the_ca_is_trusted_and_kept() {
    let dir = tempfile::tempdir().unwrap();
    let tls = || Some(TlsOptions { dir: dir.path().to_owned() });
    let first = World::start_with(sandbox::Options { tls: tls(), ..options() }).await;
    let pem = first.running.ca_pem.clone().unwrap();
    let certificate = reqwest::Certificate::from_pem(pem.as_bytes()).unwrap();
    first.running.stop().await;
    let second = World::start_with(sandbox::Options { tls: tls(), ..options() }).await;
    assert_eq!(second.running.ca_pem.as_ref(), Some(&pem));
    assert_eq!(second.running.base_url.scheme(), "https");
    let trusting = client().tls_certs_only([certificate]).build().unwrap();
    for host in ["127.0.0.1", "localhost"] {
        let port = second.running.base_url.port().unwrap();
        let served = trusting.get(format!("https://{host}:{port}/_sandbox/ca.pem")).send().await.unwrap();
        assert_eq!(served.text().await.unwrap(), pem);
    }
    assert!(second.http.get(second.url("/_sandbox")).send().await.is_err(), "an untrusted CA is accepted");
    let plain = World::start().await;
    plain.control(Method::GET, "/_sandbox/ca.pem", json!({})).await.expect(404);
}

#[tokio::test]
async fn a_mail_has_its_page_with_invitation_and_attachments() {
    let smtp_listen = Some("127.0.0.1:0".parse().unwrap());
    let world = World::start_with(sandbox::Options { smtp_listen, ..options() }).await;
    let address = world.running.smtp_addr.unwrap();
    let transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(address.ip().to_string())
        .port(address.port())
        .build();
    let calendar = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:b-1@x\r\nSEQUENCE:3\r\nSUMMARY:Thesis talk\r\n\
                    DTSTART:20300305T080000Z\r\nDTEND:20300305T083000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let kind = || ContentType::parse("text/calendar; method=REQUEST; charset=utf-8").unwrap();
    let parts = MultiPart::alternative()
        .singlepart(
            SinglePart::builder().header(ContentType::TEXT_HTML).body("<p>Hello <b>you</b></p>".to_owned()),
        )
        .singlepart(SinglePart::builder().header(kind()).body(calendar.to_owned()));
    let file = Attachment::new("invite.ics".to_owned()).body(calendar.to_owned(), kind());
    let mail = |to: &str| {
        Message::builder()
            .message_id(Some("<one@lindenhof.example>".to_owned()))
            .from("library@lindenhof.example".parse().unwrap())
            .to(to.parse().unwrap())
            .subject("Your appointment")
            .multipart(MultiPart::mixed().multipart(parts.clone()).singlepart(file.clone()))
            .unwrap()
    };
    for to in ["eve@example.org", "eve@example.org", "max@example.org"] {
        transport.send(mail(to)).await.unwrap();
    }
    let mails = world.control(Method::GET, "/_sandbox/mails", json!({})).await.expect(200);
    assert_eq!(mails["mails"].as_array().unwrap().len(), 2, "one per inbox");
    let one = world.control(Method::GET, "/_sandbox/mails/1", json!({})).await.expect(200);
    assert_eq!((&one["duplicates"], &one["calendar"]["sequence"]), (&json!(1), &json!("3")));
    assert_eq!(one["attachments"][0]["name"], "invite.ics");
    let page = world.page("/_sandbox/mails/1", "").await.text;
    for text in ["Thesis talk", "REQUEST", "invite.ics", "5 Mar 2030, 08:00 UTC", "/_sandbox/mails/1/html"] {
        assert!(page.contains(text), "{text} in {page}");
    }
    let html = world.page("/_sandbox/mails/1/html", "").await;
    assert!(html.text.contains("<b>you</b>"));
    assert!(html.header("content-security-policy").unwrap().contains("default-src 'none'"));
    let for_max = world.page("/_sandbox/mails?to=max@example.org", "").await.text;
    assert_eq!(for_max.matches("<article>").count(), 1);
    world.page("/_sandbox/mails/99", "").await.expect(404);
}

#[tokio::test]
async fn mail_sent_by_smtp_lands_readable_in_the_inbox() {
    let smtp_listen = Some("127.0.0.1:0".parse().unwrap());
    let world = World::start_with(sandbox::Options { smtp_listen, ..options() }).await;
    let address = world.running.smtp_addr.unwrap();
    let plain =
        SinglePart::builder().header(ContentType::TEXT_PLAIN).body("Grüße\n.\nhttp://x/?a=b".to_owned());
    let html = SinglePart::builder().header(ContentType::TEXT_HTML).body("<p>Grüße</p>".to_owned());
    let mail = Message::builder()
        .from("Bücherei <library@lindenhof.example>".parse::<Mailbox>().unwrap())
        .to("visitor@example.org".parse().unwrap())
        .subject("Ihr Termin: Größe zählt, äöü und noch viel mehr Text bis zum Zeilenumbruch")
        .multipart(MultiPart::alternative().singlepart(plain).singlepart(html))
        .unwrap();
    let transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(address.ip().to_string());
    transport.port(address.port()).build().send(mail).await.unwrap();
    let mails = world.control(Method::GET, "/_sandbox/mails?source=smtp", json!({})).await.expect(200);
    let mail = &mails["mails"][0];
    assert_eq!(mail["subject"], "Ihr Termin: Größe zählt, äöü und noch viel mehr Text bis zum Zeilenumbruch");
    assert_eq!(mail["text"], "Grüße\n.\nhttp://x/?a=b");
    assert_eq!(
        (&mail["from"], &mail["to"]),
        (&json!("library@lindenhof.example"), &json!(["visitor@example.org"]))
    );
    assert!(world.page("/_sandbox/mails", "").await.text.contains("Ihr Termin"));
    world.control(Method::DELETE, "/_sandbox/mails", json!({})).await.expect(200);
    assert!(world.running.world.mails.all().is_empty());
}

#[tokio::test]
async fn a_connection_goes_on_after_an_answer_that_needed_no_body() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let world = World::start().await;
    let address = world.running.base_url.socket_addrs(|| None).unwrap()[0];
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let body = "x".repeat(100_000);
    for last in [false, true] {
        let end = if last { "Connection: close\r\n" } else { "" };
        let head =
            format!("POST /v1/meetings HTTP/1.1\r\nHost: x\r\n{end}Content-Length: {}\r\n\r\n", body.len());
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body.as_bytes()).await.unwrap();
    }
    let mut heard = String::new();
    stream.read_to_string(&mut heard).await.unwrap();
    assert_eq!(heard.matches("HTTP/1.1 401").count(), 2, "{heard}");
    let large = vec![b'x'; 16 * 1024 * 1024 + 1];
    let refused = world.http.post(world.url("/_sandbox/seed")).body(large).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn the_mail_sink_refuses_what_it_cannot_take_and_goes_on() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let smtp_listen = Some("127.0.0.1:0".parse().unwrap());
    let world = World::start_with(sandbox::Options { smtp_listen, ..options() }).await;
    let mut stream = tokio::net::TcpStream::connect(world.running.smtp_addr.unwrap()).await.unwrap();
    let line = "x".repeat(998) + "\r\n";
    let large = format!("DATA\r\n{}.\r\n", line.repeat(2_100));
    let talk = [
        "RCPT TO:<a@x.example>\r\nDATA\r\nMAIL FROM:nobody\r\nHELP\r\n",
        "EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@x.example>\r\nRSET\r\nNOOP\r\nRCPT TO:<a@x.example>\r\n",
        "MAIL FROM:<b@x.example> SIZE=3\r\nRCPT TO:<a@x.example>\r\n",
        &large,
        "DATA\r\nSubject: small\r\n\r\n..dot\r\n.\r\nQUIT\r\n",
    ];
    let (mut reader, mut writer) = stream.split();
    let sending = async {
        for part in talk {
            writer.write_all(part.as_bytes()).await.unwrap();
        }
    };
    let mut heard = String::new();
    let ((), read) = tokio::join!(sending, reader.read_to_string(&mut heard));
    read.unwrap();
    let codes: Vec<&str> =
        heard.lines().filter(|line| line.as_bytes()[3] == b' ').map(|line| &line[..3]).collect();
    let expected = [
        "220", "503", "503", "501", "502", "250", "250", "250", "250", "250", "503", "250", "250", "354",
        "552", "354", "250", "221",
    ];
    assert_eq!(codes, expected, "{heard}");
    assert_eq!(world.running.world.mails.all()[0].text, ".dot");
}

#[tokio::test]
async fn a_stopped_sandbox_refuses_connections_and_frees_its_port() {
    let world = World::start().await;
    let url = world.url("/_sandbox");
    let address = world.running.base_url.socket_addrs(|| None).unwrap()[0];
    world.http.get(url.clone()).send().await.unwrap();
    world.running.stop().await;
    assert!(world.http.get(url).send().await.is_err());
    let again = World::start_with(sandbox::Options { listen: address, ..options() }).await;
    assert_eq!(again.running.base_url.port(), Some(address.port()));
}
