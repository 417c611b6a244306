//! The pages of the directory: what they keep, refuse and say; the journey in a browser shows the rest.

use super::planning_desk::{BEN, Desk};
use crate::harness::TestHub;

#[tokio::test(flavor = "multi_thread")]
async fn without_a_connection_every_page_says_what_to_do_first() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    let page = admin.get("/admin/directory").await.expect(200);
    assert!(page.body.contains("Connect a Webex administrator first"), "{}", page.body);
    for path in ["plans", "plans/new", "rules", "people", "files", "runs"] {
        let page = admin.get(&format!("/admin/directory/{path}")).await.expect(200);
        let says = [
            "Read the organization first",
            "Nobody is known yet",
            "Read it first.",
            "Nothing was applied yet",
        ];
        assert!(says.iter().any(|words| page.body.contains(words)), "{path}: {}", page.body);
    }
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_list_keeps_what_was_typed_and_names_every_problem() {
    let desk = Desk::open().await;
    let form = [("name", "Müller & <b>Söhne</b>"), ("create", "true")];
    let page = desk.upload(&form, b"email,departmnt\na@@b,x\n,x\n").await.expect(422);
    for part in ["3 problems in people.csv", "row 2, email", "row 3, email", "&#60;b&#62;S"] {
        assert!(page.body.contains(part), "{part:?} is not in {}", page.body);
    }
    assert!(page.body.contains("name=\"create\" value=\"true\" checked"), "{}", page.body);
    let page = desk.upload(&form, &vec![b'x'; 65 * 1024 * 1024]).await.expect(422);
    assert!(page.body.contains("larger than 64 MiB") && page.body.contains("&#60;b&#62;S"), "{}", page.body);
    let made = desk
        .upload(
            &[("name", "Fine"), ("create", "true")],
            format!("email,department\n{BEN},Loans\n").as_bytes(),
        )
        .await;
    assert!(made.expect(303).location().path().starts_with("/admin/directory/plans/"));
    desk.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_forms_stay_small() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    let large = "x".repeat(1024 * 1024 + 1);
    let page = admin.post("/admin/directory/rules", &[("rule-0-add", &large)]).await;
    assert_eq!(page.status.as_u16(), 413, "{}", page.body);
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_watched_ends_its_stream_when_it_has_ended() {
    let desk = Desk::open().await;
    let list = format!("email,department\n{BEN},Loans\nnobody@example.org,Loans\n");
    let (plan, _) = desk.planned(&list).await;
    let started =
        desk.browser.post(&format!("/admin/directory/plans/{}/apply", plan.id), &[]).await.expect(303);
    let run = started.location().path().to_owned();
    desk.hub.run_jobs().await;
    let events = desk.browser.get(&format!("{run}/events")).await.expect(200);
    assert_eq!(events.header("content-type"), Some("text/event-stream"));
    assert!(events.body.starts_with("data: ") && events.body.contains("data-done"), "{}", events.body);
    let report = desk.browser.get(&run).await.expect(200);
    assert!(report.body.contains("Loans") && report.body.contains("Make an undo plan"), "{}", report.body);
    let csv = desk.browser.get(&format!("{run}/result.csv")).await.expect(200);
    assert!(csv.body.contains(BEN), "{}", csv.body);
    assert!(csv.body.contains("3,nobody@example.org,,refused,"), "{}", csv.body);
    assert!(report.body.contains("What the plan refused was not tried"), "{}", report.body);
    desk.hub.stop().await;
}
