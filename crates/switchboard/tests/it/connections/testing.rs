//! The connection test: its steps, and that nothing stays behind at the provider whatever goes wrong.

use sandbox::{CutPoint, Fault, Match, Provider, Rule};
use serde_json::Value;

use super::desk::{BEN, Desk, cut, status, text};

/// Runs the test on demand; answers the finished run.
async fn run(desk: &Desk, connection: &str) -> Value {
    let path = format!("/api/v1/connections/{connection}/tests");
    let begun = desk.post(&path, Value::Null).await.expect(202).json();
    assert!(begun["passed"].is_null());
    desk.hub.run_jobs().await;
    let done = desk.program.get(&format!("{path}/{}", text(&begun, "id"))).await.expect(200).json();
    assert!(done["finished_at"].is_string(), "{done}");
    done
}

fn states(test: &Value) -> Vec<String> {
    test["steps"].as_array().unwrap().iter().map(|step| text(step, "state")).collect()
}

fn detail(test: &Value, code: &str) -> String {
    let steps = test["steps"].as_array().unwrap();
    text(steps.iter().find(|step| step["code"] == code).unwrap(), "detail")
}

/// Ben's meetings at Webex, or his events at Microsoft, of the next days.
async fn left_behind(desk: &Desk, provider: Provider) -> usize {
    let token = desk.personal_token(provider, BEN).await;
    let (path, items) = match provider {
        Provider::Webex => {
            let span = "from=2026-11-20T00:00:00Z&to=2026-11-30T00:00:00Z";
            (format!("/v1/meetings?meetingType=meetingSeries&max=100&{span}"), "items")
        }
        Provider::Microsoft => ("/v1.0/me/events".to_owned(), "value"),
    };
    desk.get_as(&token, &path).await.expect(200).json()[items].as_array().unwrap().len()
}

fn spoil(desk: &Desk, method: &str, path: &str, fault: Fault, times: Option<u32>) {
    let matching = Match { method: Some(method.to_owned()), path: Some(path.to_owned()) };
    let rule = Rule { id: 0, matching, times, after: 0, fault, hits: 0 };
    desk.hub.sandbox.world.faults.add(rule).unwrap();
}

/// A step with the call that it makes.
type Call = (&'static str, &'static str, &'static str);

const STEPS: [(Provider, [Call; 4]); 2] = [
    (
        Provider::Webex,
        [
            ("who_am_i", "GET", "/v1/people/me"),
            ("sites", "GET", "/v1/meetingPreferences/sites"),
            ("create_meeting", "POST", "/v1/meetings"),
            ("delete_meeting", "DELETE", "/v1/meetings/"),
        ],
    ),
    (
        Provider::Microsoft,
        [
            ("who_am_i", "GET", "/v1.0/me"),
            ("calendars", "GET", "/v1.0/me/calendars"),
            ("create_event", "POST", "/v1.0/me/"),
            ("delete_event", "DELETE", "/v1.0/me/"),
        ],
    ),
];

#[tokio::test]
async fn every_step_passes_leaves_nothing_behind_and_mails_nobody() {
    for (provider, steps) in STEPS {
        let (desk, _, connection) = Desk::connected(provider).await;
        // One run came with the authorization, one is asked for.
        let page = desk.ben.get(&format!("/my/connections/{connection}")).await;
        assert!(page.body.contains("The connection works."), "{}", page.body);
        let test = run(&desk, &connection).await;
        assert_eq!(test["passed"], true, "{test}");
        assert_eq!(states(&test), ["passed"; 4]);
        let codes: Vec<String> =
            test["steps"].as_array().unwrap().iter().map(|step| text(step, "code")).collect();
        assert_eq!(codes, steps.map(|(code, _, _)| code));
        assert_eq!(detail(&test, "who_am_i"), BEN);
        assert_eq!(left_behind(&desk, provider).await, 0);
        let mails = desk.hub.sandbox.world.mails.all();
        assert!(mails.is_empty(), "{mails:?}");
    }
}

#[tokio::test]
async fn the_step_that_fails_is_named_and_nothing_is_left_behind() {
    for (provider, steps) in STEPS {
        for (at, (code, method, path)) in steps.into_iter().enumerate() {
            for fault in [status(500), status(403), cut(CutPoint::Before)] {
                let (desk, _, connection) = Desk::connected(provider).await;
                // Deleting fails once: a provider that never deletes is another matter.
                spoil(&desk, method, path, fault.clone(), (method == "DELETE").then_some(1));
                let test = run(&desk, &connection).await;
                assert_eq!(test["passed"], false, "{test}");
                let mut expected = vec!["passed"; at];
                expected.push("failed");
                expected.resize(4, "skipped");
                assert_eq!(states(&test), expected, "{code} {fault:?} {test}");
                assert!(!detail(&test, code).is_empty());
                desk.heal();
                assert_eq!(left_behind(&desk, provider).await, 0, "{code} {fault:?}");
                assert!(desk.hub.sandbox.world.mails.all().is_empty());
                assert_eq!(desk.connection(&connection).await["state"], "active");
            }
        }
    }
}

#[tokio::test]
async fn what_was_created_before_its_answer_was_lost_is_cleared_away() {
    let half = Fault { malformed: true, ..Fault::default() };
    for (provider, steps) in STEPS {
        let (code, method, path) = steps[2];
        for fault in [cut(CutPoint::After), cut(CutPoint::Middle), half.clone()] {
            let (desk, _, connection) = Desk::connected(provider).await;
            spoil(&desk, method, path, fault.clone(), None);
            let test = run(&desk, &connection).await;
            assert_eq!(test["passed"], false);
            assert!(detail(&test, code).len() > 10, "{test}");
            desk.heal();
            assert_eq!(left_behind(&desk, provider).await, 0, "{provider:?} {fault:?} {test}");
            assert!(desk.hub.sandbox.world.mails.all().is_empty());
        }
    }
}

#[tokio::test]
async fn a_meeting_that_cannot_be_deleted_is_admitted() {
    for (provider, steps) in STEPS {
        let (desk, _, connection) = Desk::connected(provider).await;
        spoil(&desk, "DELETE", steps[3].2, status(500), None);
        let test = run(&desk, &connection).await;
        assert!(detail(&test, steps[3].0).contains("may be left behind"), "{test}");
        desk.heal();
        assert_eq!(left_behind(&desk, provider).await, 1);
    }
}

#[tokio::test]
async fn an_integration_without_meetings_tests_only_who_it_is() {
    let desk = Desk::open().await;
    let (client_id, secret) = desk.hub.credentials(Provider::Webex);
    let mut new = super::integrations::body(Provider::Webex, &client_id, &secret);
    new["purposes"] = serde_json::json!({ "sign_in": [] });
    let integration = text(&desk.post("/api/v1/integrations", new).await.expect(201).json(), "id");
    let connection = desk.hub.connect(&desk.ben, &integration, BEN).await;
    let test = run(&desk, &connection).await;
    assert_eq!(test["passed"], true);
    assert_eq!(states(&test), ["passed", "skipped", "skipped", "skipped"]);
}

#[tokio::test]
async fn a_dead_authorization_fails_at_the_first_step_in_plain_words() {
    for (provider, _) in STEPS {
        let (desk, _, connection) = Desk::connected(provider).await;
        desk.revoke(provider, BEN).await;
        desk.expire(&connection).await;
        let test = run(&desk, &connection).await;
        assert_eq!(states(&test), ["failed", "skipped", "skipped", "skipped"]);
        assert!(detail(&test, "who_am_i").contains("Authorize again"), "{test}");
    }
}
