//! Plans: from files, rules and programs, with everything that can be wrong.

use ::directory::{
    plan::{Field, RowKind, Setting, Wishes},
    planning::{self, Condition, NewPlan, PlanState, RowFilter, Rule, RuleSite, RuleWishes, Source},
};
use futures_util::TryStreamExt;
use platform::Fault as Trouble;
use rosters::Layout;
use sandbox::Fault;
use serde_json::Value;

use super::planning_desk::{ADA, BEN, Desk, SITE, SUITE, WEBINARS, actor, changes, gives, kinds, why};

/// Besides Ada the only one who has the licence for webinars.
const UMA: &str = "uma.schneider@lindenhof.example";

fn utf16(text: &str) -> Vec<u8> {
    "\u{feff}"
        .chars()
        .chain(text.chars())
        .collect::<String>()
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_becomes_a_plan_and_changes_nothing() {
    let desk = Desk::open().await;
    let before = desk.book().await;
    let text = format!(
        "email,department,title,licence: {SUITE},{SITE}: session types,{SITE}: tracking code: Branch\n\
         {},Archive,REMOVE,,\"3,9\",Main\nnobody@lindenhof.example,Archive,,,,\n{ADA},,,no,,\n",
        BEN.to_uppercase()
    );
    let (plan, rows) = desk.planned(&text).await;
    assert_eq!(kinds(&rows), [RowKind::Change, RowKind::Refused, RowKind::Change]);
    assert_eq!((rows[0].email.as_str(), rows[0].file_row), (BEN, Some(2)));
    let planned = changes(&rows[0]).join("\n");
    assert!(planned.contains("Department: ") && planned.contains(" -> Archive"), "{planned}");
    assert!(planned.contains("Branch on lindenhof.webex.com"), "{planned}");
    assert!(why(&rows[1]).contains("Nobody in the organization has this address"), "{}", why(&rows[1]));
    assert!(rows[2].loses && changes(&rows[2])[0].ends_with("yes -> no"), "{rows:?}");
    let counts = &plan.counts;
    assert_eq!((counts.change, counts.refused, counts.losses, counts.licences), (2, 1, 2, 1));
    assert!(
        counts.requests >= 8
            && counts.requests == counts.by_api.people + counts.by_api.licences + counts.by_api.meetings
    );
    let line = plan.stock.0.values().next().unwrap();
    assert_eq!((line.given, line.taken, line.after()), (0, 1, line.before - 1));
    assert_eq!((plan.wished, plan.planned, plan.name.starts_with("people.csv, ")), (3, 3, true));
    assert_eq!(desk.book().await, before);
    assert_eq!(desk.audited("plan.created").await[0]["people"], 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_layouts_of_control_hub_and_of_a_site_are_understood() {
    let desk = Desk::open().await;
    let hub = format!(
        "First Name,Last Name,User ID/Email (Required),User Status,Department,{WEBINARS},Messaging (Suspended)\n\
         ,,{BEN},Verified,REMOVE,TRUE,TRUE\n"
    );
    let (_, rows) = desk.planned(&hub).await;
    let planned = changes(&rows[0]);
    assert_eq!(planned.len(), 2, "{planned:?}");
    assert!(planned[0].ends_with("-> ") && planned[1].ends_with("no -> yes"), "{planned:?}");
    let site = utf16(&format!(
        "UserID\tActive\tFirstName\tLastName\tEmail\tHostPrivilege\tMeetingPrivilege\tTrackingCode1\n\
         1\tY\t\t\t{BEN}\tHOST\t3\tOnline\n2\tY\t\t\t{ADA}\tADMN\t\t\n"
    ));
    let error = desk.file(NewPlan::default(), "site.csv", &site).await.unwrap_err();
    assert!(error.field("site").unwrap().contains("Choose the site"), "{error:?}");
    let new = NewPlan { site: Some("lindenhof".into()), name: "Hosts".into(), ..NewPlan::default() };
    let id = desk.file(new, "site.csv", &site).await.unwrap();
    let (plan, rows) = desk.worked_out(id).await;
    assert_eq!(plan.name, "Hosts");
    let planned = changes(&rows[0]).join("\n");
    assert!(
        planned.contains("Branch on lindenhof.webex.com: ") && planned.contains(" -> Online"),
        "{planned}"
    );
    assert!(rows[0].refused.0.is_empty(), "{}", why(&rows[0]));
    assert!(why(&rows[1]).contains("decided in Control Hub"), "{}", why(&rows[1]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_wrong_is_refused_with_every_problem_at_once() {
    let desk = Desk::open().await;
    let problem = |fields: &[platform::error::FieldError], field: &str, words: &str| {
        let found = fields.iter().any(|it| it.field == field && it.message.contains(words));
        assert!(found, "no {words:?} at {field:?} in {fields:?}");
    };
    problem(&desk.refused(b"").await, "file", "empty");
    problem(&desk.refused(b"email,department\n").await, "file", "nobody");
    problem(&desk.refused(b"\x7fELF\x00\x01\x02\xff\xfe\x00binary").await, "file", "");
    problem(&desk.refused(b"email,department\nada@l.example,B\xfccher\n").await, "row 2", "not in UTF-8");
    problem(&desk.refused(&vec![b'a'; rosters::MOST_BYTES + 1]).await, "file", "64 MiB");
    let twice = format!("email,active\n{BEN},no\n{ADA},perhaps\n{},no\n", BEN.to_uppercase());
    let fields = desk.refused(twice.as_bytes()).await;
    problem(&fields, "row 4, email", "rows 2 and 4");
    problem(&fields, "row 3, active", "Write yes or no");
    let (_, total): (i64, i64) = {
        let db = desk.hub.hub.db();
        db.sql("SELECT COUNT(*), COUNT(*) FROM directory_plan").one(db).await.unwrap()
    };
    assert_eq!(total, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_names_are_refused_in_the_plan_with_what_was_meant() {
    let desk = Desk::open().await;
    let text = format!(
        "email,licence: Mesaging,lindenhof-event.webex.com: session types,{SITE}: session types,{SITE}: tracking code: \
         Brnch,department\n{BEN},yes,PRO,XYZ,Main,Archive\n"
    );
    let (plan, rows) = desk.planned(&text).await;
    assert_eq!((rows[0].kind, rows[0].refused.0.len(), plan.counts.partly_refused), (RowKind::Change, 4, 1));
    let why = why(&rows[0]);
    for words in
        ["Did you mean “Messaging”", "“lindenhof-events.webex.com”", "no such session type", "“Branch”"]
    {
        assert!(why.contains(words), "no {words:?} in {why}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_rows_go_without_a_licence_that_runs_short() {
    let desk = Desk::open().await;
    let licence = desk.licence(WEBINARS).await;
    let people = desk.people().await;
    let mut text = format!("email,licence: {WEBINARS}\n");
    for email in people.iter().filter(|email| *email != ADA) {
        text.push_str(format!("{email},yes\n").as_str());
    }
    let (plan, rows) = desk.planned(&text).await;
    let given: Vec<bool> =
        rows.iter().filter(|row| row.kind != RowKind::Unchanged).map(|row| gives(row, &licence)).collect();
    assert_eq!(given.iter().filter(|given| **given).count(), 3);
    assert!(given[..3].iter().all(|given| *given) && !given[3..].contains(&true), "{given:?}");
    let line = &plan.stock.0[&licence];
    assert_eq!((line.total, line.after(), line.short()), (Some(5), 5, 0));
    assert_eq!((plan.counts.change, plan.counts.licences), (3, 3));
    let last = rows.iter().rfind(|row| row.kind == RowKind::Refused).unwrap();
    assert!(why(last).contains("5 in all, 2 in use"), "{}", why(last));
    // What the same list takes from others counts as free.
    text.push_str(format!("{ADA},no\n").as_str());
    let (plan, _) = desk.planned(&text).await;
    assert_eq!((plan.stock.0[&licence].given, plan.stock.0[&licence].taken), (4, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_loses_a_licence_for_one_that_cannot_be_given() {
    let desk = Desk::open().await;
    let text = format!(
        "email,licence: {WEBINARS},licence: Mesaging,department\n{ADA},no,yes,Archive\n{UMA},no,,\n{BEN},no,yes,\n"
    );
    let (plan, rows) = desk.planned(&text).await;
    assert_eq!(kinds(&rows), [RowKind::Change, RowKind::Change, RowKind::Refused]);
    let planned = changes(&rows[0]);
    assert!(planned.len() == 1 && planned[0].starts_with("Department: "), "{planned:?}");
    let told = why(&rows[0]);
    assert!(told.contains("Did you mean “Messaging”"), "{told}");
    assert!(told.contains(WEBINARS) && told.contains("because “Mesaging” could not be given"), "{told}");
    assert_eq!(rows[2].refused.0.len(), 1, "Ben has nothing that would stay: {}", why(&rows[2]));
    assert_eq!(rows.iter().map(|row| row.loses).collect::<Vec<_>>(), [false, true, false]);
    let line = &plan.stock.0[&desk.licence(WEBINARS).await];
    assert_eq!((line.given, line.taken, plan.counts.losses, plan.counts.licences), (0, 1, 1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_goes_without_a_licence_keeps_what_it_was_to_replace() {
    let desk = Desk::open().await;
    let (webinars, messaging) = (desk.licence(WEBINARS).await, desk.licence("Messaging").await);
    let people = desk.people().await;
    let others: Vec<&str> =
        people.iter().map(String::as_str).filter(|email| ![ADA, UMA].contains(email)).collect();
    let text = format!("email,licence: {WEBINARS},licence: Messaging\n{},yes,no\n", others.join(",yes,no\n"));
    let (plan, rows) = desk.planned(&text).await;
    let (moved, kept) = rows.split_at(3);
    assert!(moved.iter().all(|row| gives(row, &webinars) && row.loses), "{moved:?}");
    assert!(kept.iter().all(|row| row.kind == RowKind::Refused && !row.loses), "{kept:?}");
    let told = why(&kept[0]);
    assert!(
        told.contains("5 in all, 2 in use") && told.contains("Licence Messaging: Left as it is"),
        "{told}"
    );
    let counts = &plan.counts;
    assert_eq!((counts.change, counts.losses, counts.licences), (3, 3, 6));
    assert_eq!((plan.stock.0[&messaging].taken, plan.stock.0[&webinars].given), (3, 3));
    assert_eq!(desk.rows(plan.id, RowFilter { losses: true, ..RowFilter::default() }).await.len(), 3);
    // What Ada keeps for want of another licence is not there for others.
    desk.sql("UPDATE directory_licence SET total = 0 WHERE name LIKE 'Call on Webex%'").await;
    let call = desk.licence("Call on Webex").await;
    let list = others.join(",yes,\n");
    let text = format!("email,licence: {WEBINARS},licence: {call}\n{list},yes,\n{ADA},no,yes\n");
    let (plan, rows) = desk.planned(&text).await;
    let (ada, line) = (rows.last().unwrap(), &plan.stock.0[&webinars]);
    assert_eq!((ada.kind, ada.loses, line.given, line.taken), (RowKind::Refused, false, 3, 0));
    assert!(why(ada).contains("0 in all") && why(ada).contains(WEBINARS), "{}", why(ada));
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_find_their_people_and_contradictions_are_said() {
    let desk = Desk::open().await;
    let hub = &desk.hub.hub;
    let department = |name: &str| Condition { department: Some(name.into()), ..Condition::default() };
    let add = |name: &str| RuleWishes { add_licences: vec![name.into()], ..RuleWishes::default() };
    let rule = |when: Condition, then: RuleWishes| Rule { id: None, when, then };
    let unknown = vec![rule(department("x"), add("Nonsense")), rule(department("x"), RuleWishes::default())];
    let error = planning::set_rules(hub, &desk.ada, unknown).await.unwrap_err();
    assert!(error.field("rules[0].then").unwrap().contains("Nonsense"), "{error:?}");
    assert!(error.field("rules[1].then").unwrap().contains("wants nothing"), "{error:?}");
    let site = RuleSite {
        site: SITE.into(),
        session_types: Some(vec!["3".into(), "ONS".into()]),
        tracking_codes: [("Branch".to_owned(), "Main".to_owned())].into(),
    };
    let reference = RuleWishes { sites: vec![site], ..add(WEBINARS) };
    let remove = RuleWishes { remove_licences: vec![WEBINARS.into()], ..RuleWishes::default() };
    let everybody = Condition { email_domain: Some("lindenhof.example".into()), ..Condition::default() };
    let departments: Vec<(String,)> = {
        let db = hub.db();
        let text = "SELECT department FROM directory_person WHERE email_key = $1";
        db.sql(text).bind(BEN.to_owned()).all(db).await.unwrap()
    };
    let of_ben = department(&departments[0].0.to_uppercase());
    let rules = vec![rule(of_ben, reference), rule(everybody, remove)];
    planning::set_rules(hub, &desk.ada, rules).await.unwrap();
    let stored = planning::rules(hub, desk.organization).await.unwrap();
    assert!(stored.len() == 2 && stored.iter().all(|rule| rule.id.is_some()), "{stored:?}");
    assert_eq!(desk.audited("directory_rules.changed").await[0]["after"].as_array().map(Vec::len), Some(2));
    let id = planning::from_rules(hub, &desk.ada, NewPlan::default()).await.unwrap();
    let (plan, rows) = desk.worked_out(id).await;
    assert_eq!(plan.wished, i64::try_from(desk.people().await.len()).unwrap());
    let ben = rows.iter().find(|row| row.email == BEN).unwrap();
    assert!(why(ben).contains("Rules 1 and 2 fit this person and contradict"), "{}", why(ben));
    assert!(changes(ben).iter().any(|change| change.starts_with("Branch on")), "{:?}", changes(ben));
    let licence = desk.licence(WEBINARS).await;
    assert!(rows.iter().all(|row| !gives(row, &licence)));
    let ada = rows.iter().find(|row| row.email == ADA).unwrap();
    assert!(ada.loses, "{ada:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_stands_twice_or_is_nobody_is_refused() {
    let desk = Desk::open().await;
    let hub = &desk.hub.hub;
    let row = |number, email: &str| (None, rosters::Row::new(number, rosters::Email::new(email)));
    let rows = vec![row(1, BEN), row(2, "no address"), row(3, "BEN.Okafor@lindenhof.example")];
    let error = planning::from_rows(hub, &desk.ada, NewPlan::default(), Source::Api, rows).await.unwrap_err();
    assert!(error.field("row 3").unwrap().contains("rows 1 and 3"), "{error:?}");
    assert!(error.field("row 2").unwrap().contains("e-mail address"), "{error:?}");
    let none = planning::from_rows(hub, &desk.ada, NewPlan::default(), Source::Api, Vec::new()).await;
    assert!(matches!(none.unwrap_err().fault, Trouble::Invalid(_)));
    let name = NewPlan { name: "x".repeat(500), ..NewPlan::default() };
    let long = planning::from_rows(hub, &desk.ada, name, Source::Api, vec![row(1, BEN)]).await.unwrap_err();
    assert!(long.field("name").is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn much_loss_is_confirmed_and_a_second_administrator_approves() {
    let desk = Desk::open().await;
    let hub = &desk.hub.hub;
    let mut text = "email,department\n".to_owned();
    for email in desk.people().await {
        text.push_str(format!("{email},REMOVE\n").as_str());
    }
    let (plan, rows) = desk.planned(&text).await;
    assert!(plan.counts.losses > 3 && rows.iter().any(|row| row.loses), "{:?}", plan.counts);
    let held = planning::may_apply(hub, &plan).await.unwrap_err();
    assert!(held.say.contains("confirm that this is meant"), "{held:?}");
    planning::confirm(hub, &desk.ada, plan.id).await.unwrap();
    planning::may_apply(hub, &desk.plan(plan.id).await).await.unwrap();
    desk.sql("UPDATE directory SET needs_approval = TRUE").await;
    let held = planning::may_apply(hub, &desk.plan(plan.id).await).await.unwrap_err();
    assert!(held.say.contains("second administrator"), "{held:?}");
    let own = planning::approve(hub, &desk.ada, plan.id).await.unwrap_err();
    assert_eq!(own.fault, Trouble::Forbidden);
    let leila = actor(&desk.hub, "leila.haddad@lindenhof.example").await;
    planning::approve(hub, &leila, plan.id).await.unwrap();
    planning::may_apply(hub, &desk.plan(plan.id).await).await.unwrap();
    assert_eq!(desk.audited("plan.approved").await.len(), 1);
    desk.sql("UPDATE directory_plan SET ready_at = ready_at - 700000000000").await;
    let old = planning::may_apply(hub, &desk.plan(plan.id).await).await.unwrap_err();
    assert!(old.say.contains("seven days"), "{old:?}");
    desk.sql("UPDATE directory_plan SET ready_at = created_at, provider_org = 'another'").await;
    let other = planning::may_apply(hub, &desk.plan(plan.id).await).await.unwrap_err();
    assert!(other.say.contains("another Webex organization"), "{other:?}");
    planning::delete(hub, &desk.ada, plan.id).await.unwrap();
    let gone = planning::get(hub, desk.organization, plan.id).await.unwrap_err();
    assert_eq!(gone.fault, Trouble::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_who_are_not_there_make_no_loss_small() {
    let desk = Desk::open().await;
    let hub = &desk.hub.hub;
    let people = desk.people().await;
    let mut text = "email,department\n".to_owned();
    for (number, email) in people.iter().enumerate() {
        let department = if number < 4 { "REMOVE" } else { "" };
        text.push_str(format!("{email},{department}\n").as_str());
    }
    for number in 0..100 {
        text.push_str(format!("nobody.{number}@lindenhof.example,Archive\n").as_str());
    }
    let (plan, _) = desk.planned(&text).await;
    assert_eq!((plan.counts.losses, plan.counts.refused), (4, 100));
    let held = planning::may_apply(hub, &plan).await.unwrap_err();
    assert!(held.say.contains(&format!("from 4 of {} people", people.len())), "{held:?}");
    planning::confirm(hub, &desk.ada, plan.id).await.unwrap();
    assert_eq!(desk.audited("plan.confirmed").await[0]["people"], people.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_does_not_answer_holds_a_plan_and_a_person_without_account_does_not() {
    let desk = Desk::open().await;
    let people = desk.people().await;
    let mut text = format!("email,department,{SITE}: tracking code: Branch\n");
    for email in &people {
        text.push_str(format!("{email},Archive,Main\n").as_str());
    }
    let config = "/v1/admin/meeting/userconfig/";
    desk.spoil(config, Fault { status: Some(503), ..Fault::default() });
    let id = desk.file(NewPlan::default(), "people.csv", text.as_bytes()).await.unwrap();
    desk.hub.run_jobs().await;
    let held = desk.plan(id).await;
    assert_eq!((held.state, held.planned), (PlanState::Working, 0));
    assert!(held.trouble.unwrap().contains("tried again"), "{:?}", held.failures);
    assert!(planning::may_apply(&desk.hub.hub, &desk.plan(id).await).await.is_err());
    desk.hub.sandbox.world.faults.remove(None);
    desk.sql("UPDATE job SET run_at = created_at WHERE done_at IS NULL").await;
    let (plan, rows) = desk.worked_out(id).await;
    assert_eq!((plan.trouble, plan.failures), (None, 0));
    let without: Vec<_> = rows.iter().filter(|row| !row.refused.0.is_empty()).collect();
    assert!(!without.is_empty() && without.iter().all(|row| row.kind == RowKind::Change), "{without:?}");
    assert!(why(without[0]).contains("no account on this site"), "{}", why(without[0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_that_stays_ends_a_plan_in_words() {
    let desk = Desk::open().await;
    let text = format!("email,{SITE}: tracking code: Branch\n{BEN},Main\n");
    desk.spoil("/v1/admin/meeting/userconfig/", Fault { status: Some(503), ..Fault::default() });
    let id = desk.file(NewPlan::default(), "people.csv", text.as_bytes()).await.unwrap();
    desk.sql("UPDATE directory_plan SET failures = 9").await;
    desk.hub.run_jobs().await;
    let plan = desk.plan(id).await;
    assert_eq!(plan.state, PlanState::Failed);
    assert!(plan.trouble.unwrap().ends_with("Then make the plan again."));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_sent_back_plans_nothing() {
    let desk = Desk::open().await;
    // The memberships are read by the plan, so that there is something to export.
    let mut text = format!("email,{SITE}: session types\n");
    for email in desk.people().await {
        text.push_str(format!("{email},3\n").as_str());
    }
    desk.planned(&text).await;
    for (layout, site) in [(Layout::Plain, None), (Layout::ControlHub, None), (Layout::Meetings, Some(SITE))]
    {
        let bytes = desk.exported(layout, site).await;
        let new = NewPlan { site: site.map(str::to_owned), ..NewPlan::default() };
        let id = desk.file(new, "export.csv", &bytes).await.unwrap();
        let (plan, rows) = desk.worked_out(id).await;
        let others: Vec<_> = rows.iter().filter(|row| row.kind != RowKind::Unchanged).collect();
        assert!(others.is_empty(), "{layout:?}: {others:#?}");
        assert_eq!(plan.wished, i64::try_from(desk.people().await.len()).unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tracking_code_whose_name_cannot_be_a_title_is_exported_by_its_place() {
    let desk = Desk::open().await;
    // Memberships are kept once a plan has asked for them.
    desk.planned(&format!("email,{SITE}: session types\n{BEN},3\n")).await;
    desk.sql(r#"UPDATE directory_site SET facts = REPLACE(facts, '"name":"Branch"', '"name":"Branch "')"#)
        .await;
    let text = r#"UPDATE directory_membership SET membership =
                  REPLACE(membership, '"tracking_codes":{}', '"tracking_codes":{"Branch ":"Main"}')"#;
    desk.sql(text).await;
    let bytes = desk.exported(Layout::Plain, None).await;
    let list = String::from_utf8(bytes.clone()).unwrap();
    for title in ["tracking code 1", "tracking code: Cost Centre"] {
        assert!(list.contains(&format!("{SITE}: {title}")), "{title:?} is not in {list}");
    }
    assert!(!list.contains("tracking code: Branch"), "{list}");
    let id = desk.file(NewPlan::default(), "export.csv", &bytes).await.unwrap();
    let (_, rows) = desk.worked_out(id).await;
    let ben = rows.iter().find(|row| row.email == BEN).unwrap();
    assert_eq!(changes(ben), [format!("Branch  on {SITE}:  -> Main")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_filtered_and_downloaded() {
    let desk = Desk::open().await;
    let hub = &desk.hub.hub;
    let (plan, _) =
        desk.planned(&format!("email,department\n{BEN},REMOVE\n{ADA},\nx@lindenhof.example,A\n")).await;
    let filtered =
        async |filter| desk.rows(plan.id, filter).await.into_iter().map(|row| row.email).collect::<Vec<_>>();
    assert_eq!(filtered(RowFilter { losses: true, ..RowFilter::default() }).await, [BEN]);
    assert_eq!(filtered(RowFilter { kind: Some(RowKind::Unchanged), ..RowFilter::default() }).await, [ADA]);
    assert_eq!(filtered(RowFilter { refused: true, ..RowFilter::default() }).await, ["x@lindenhof.example"]);
    assert_eq!(filtered(RowFilter { search: Some("OKAFOR".into()), ..RowFilter::default() }).await, [BEN]);
    assert!(filtered(RowFilter { search: Some("%".into()), ..RowFilter::default() }).await.is_empty());
    let created = {
        let new = NewPlan { create: true, ..NewPlan::default() };
        let list = "email,display_name\nneu@lindenhof.example,Özlem Ünal\n";
        let id = desk.file(new, "people.csv", list.as_bytes()).await.unwrap();
        desk.worked_out(id).await.0
    };
    for search in ["özlem", "ÖZLEM Ünal"] {
        let filter = RowFilter { search: Some(search.into()), ..RowFilter::default() };
        assert_eq!(desk.rows(created.id, filter).await.len(), 1, "{search}");
    }
    let pieces = planning::document(hub, desk.organization, plan.id).await.unwrap();
    let bytes = pieces.try_collect::<Vec<_>>().await.unwrap().concat();
    let document: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(document["rows"].as_array().map(Vec::len), Some(3));
    assert_eq!(document["rows"][0]["changes"][0]["field"], "department");
    assert_eq!(planning::id_of_document(&bytes).unwrap(), plan.id);
    assert!(planning::id_of_document(b"{\"format\": \"other\"}").is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_named_by_id_created_when_asked_and_left_alone_where_synchronized() {
    let desk = Desk::open().await;
    let hub = &desk.hub.hub;
    let db = hub.db();
    let (id,): (String,) = db
        .sql("SELECT id FROM directory_person WHERE email_key = $1")
        .bind(BEN.to_owned())
        .one(db)
        .await
        .unwrap();
    desk.sql(
        "UPDATE directory SET rules = '{\"create\":false,\"synchronized\":[{\"field\":\"department\"}]}'",
    )
    .await;
    let wish = |email: &str, settings| Wishes { email: email.into(), settings, ..Wishes::default() };
    let moved = vec![(Field::Department, Setting::text("Archive"))];
    let named = vec![(Field::FirstName, Setting::text("Grace")), (Field::LastName, Setting::text("Hopper"))];
    let wishes =
        vec![(Some(id), wish("somebody else", moved)), (None, wish("grace@lindenhof.example", named))];
    let new = NewPlan { create: true, ..NewPlan::default() };
    let id = planning::from_wishes(hub, &desk.ada, new, Source::People, wishes, None).await.unwrap();
    let (plan, rows) = desk.worked_out(id).await;
    assert_eq!(kinds(&rows), [RowKind::Refused, RowKind::Create]);
    assert!(why(&rows[0]).contains("synchronization owns"), "{}", why(&rows[0]));
    assert_eq!((rows[0].email.as_str(), rows[1].name.as_str()), (BEN, "Grace Hopper"));
    assert_eq!((plan.counts.create, plan.counts.by_api.people), (1, 3));
}
