//! Plans and runs from the shell, as its user sees them: what a command prints where, and with which status it ends.

use std::{
    io::Write,
    process::{Command, Output, Stdio},
};

use platform::Scope;
use reqwest::Method;
use sandbox::Fault;
use serde_json::{Value, json};

use super::{
    by_program::{DIRECTORY, Desk},
    planning_desk::WEBINARS,
    running::{ADA, BEN},
};

const NORA: &str = "nora.keller@lindenhof.example";

/// How a command ended.
#[derive(Debug)]
struct Ended {
    status: Option<i32>,
    /// What stands on standard output and on standard error.
    printed: String,
    trouble: String,
}

impl Ended {
    /// Insists on this status, and that nothing was wrong with the command itself; answers what it printed.
    #[track_caller]
    fn with(self, status: i32) -> String {
        assert_eq!((self.status, self.trouble.as_str()), (Some(status), ""), "{}", self.printed);
        self.printed
    }

    /// Insists on a refusal in these words, on standard error alone.
    #[track_caller]
    fn refused(&self, words: &str) {
        assert_eq!((self.status, self.printed.as_str()), (Some(1), ""), "{}", self.trouble);
        assert!(self.trouble.starts_with("error: ") && self.trouble.contains(words), "{}", self.trouble);
    }
}

fn ended(output: Output) -> Ended {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ended { status: output.status.code(), printed: text(output.stdout), trouble: text(output.stderr) }
}

async fn typed(desk: &Desk, words: &[&str]) -> Ended {
    ended(desk.shell(words).await)
}

/// How a command of the binary ends when nobody reads what it prints.
async fn unread(desk: &Desk, key: &str, words: &[&str]) -> Ended {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_switchboard"));
    command.args(words).env("SWITCHBOARD_SERVER", desk.it.hub.base_url.as_str());
    command.env("SWITCHBOARD_API_KEY", key).stdout(writer).stderr(Stdio::piped());
    ended(command.spawn().unwrap().wait_with_output().await.unwrap())
}

/// Plans a list; answers the plan's id and what was printed.
async fn planned(desk: &Desk, list: &str) -> (String, String) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("people.csv");
    std::fs::write(&path, list).unwrap();
    let told = typed(desk, &["plan", path.to_str().unwrap()]).await.with(0);
    (newest(desk, "/plans").await, told)
}

/// What `--json` printed, line by line.
fn answers(printed: &str) -> Vec<Value> {
    let answer = |line: &str| -> Value {
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line:?} in {printed:?}"))
    };
    printed.lines().map(answer).collect()
}

/// The id of the newest plan or run.
async fn newest(desk: &Desk, list: &str) -> String {
    desk.get(list).await["items"][0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_left_to_itself_paused_watched_and_gone_on_with() {
    let desk = Desk::open().await;
    let plan = desk.to_the_archive_by_halves().await;
    let begun = typed(&desk, &["apply", &plan, "--detach"]).await.with(0);
    let run = newest(&desk, "/runs").await;
    assert!(begun.starts_with(&format!("Run {run}: running\n")), "{begun}");
    assert!(begun.ends_with(&format!("To watch it: switchboard directory watch {run}\n")), "{begun}");
    desk.half_done(&run).await;
    let path = format!("/runs/{run}");
    assert_eq!(desk.get(&path).await["state"], "running", "nobody watches, and it goes on");
    let paused = typed(&desk, &["pause", &run]).await.with(0);
    assert_eq!(
        paused,
        format!(
            "Run {run}: paused\nPaused by API key Test.\n       2  done\n\
             To go on: switchboard directory resume {run}\n"
        )
    );
    assert_eq!(typed(&desk, &["pause", &run]).await.with(0), paused, "it is already");
    let now = desk.get(&path).await;
    assert_eq!((&now["state"], &now["ended_at"]), (&json!("paused"), &Value::Null), "{now}");
    // Whoever waits for its end is told that it does not come.
    assert_eq!(typed(&desk, &["watch", &run]).await.with(1), paused);
    desk.it.heal();
    let done = typed(&desk, &["resume", &run]).await.with(0);
    assert_eq!(
        done,
        format!("Run {run}: done\n       6  done\nTo take it back: switchboard directory undo {run}\n")
    );
    assert_eq!((typed(&desk, &["watch", &run]).await.with(0), desk.archived().await), (done, 6));
    for word in ["pause", "resume", "stop"] {
        typed(&desk, &[word, &run]).await.refused("The run is over");
    }
    typed(&desk, &["retry", &run]).await.refused("No row of this run has failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_stopped_leaves_the_rest_as_it_is() {
    let desk = Desk::open().await;
    let plan = desk.to_the_archive_by_halves().await;
    let begun = answers(&typed(&desk, &["apply", &plan, "--detach", "--json"]).await.with(0));
    assert_eq!(begun.len(), 1, "{begun:?}");
    assert_eq!((&begun[0]["state"], &begun[0]["plan_id"]), (&json!("running"), &json!(plan)));
    let run = begun[0]["id"].as_str().unwrap().to_owned();
    desk.half_done(&run).await;
    let paused = answers(&typed(&desk, &["pause", &run, "--json"]).await.with(0));
    assert_eq!((paused.len(), &paused[0]["state"]), (1, &json!("paused")), "{paused:?}");
    let stopped = typed(&desk, &["stop", &run]).await.with(0);
    assert_eq!(
        stopped,
        format!(
            "Run {run}: stopped\nStopped by API key Test.\n       2  done\n       4  left\n\
             To take it back: switchboard directory undo {run}\n"
        )
    );
    desk.until(&format!("/runs/{run}"), |run| run["ended_at"].is_string()).await;
    assert_eq!(typed(&desk, &["stop", &run]).await.with(0), stopped, "it is already");
    let watched = answers(&typed(&desk, &["watch", &run, "--json"]).await.with(1));
    assert_eq!(watched.len(), 1, "{watched:?}");
    assert_eq!((&watched[0]["state"], &watched[0]["progress"]["left"]), (&json!("stopped"), &json!(4)));
    desk.it.heal();
    for word in ["pause", "resume"] {
        typed(&desk, &[word, &run, "--json"]).await.refused("The run is over");
    }
    assert_eq!(desk.archived().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn json_and_the_exit_status_say_whether_every_row_was_done() {
    let desk = Desk::open().await;
    let rows = desk.it.moved("Archive", 3).await;
    let plan = desk.to_the_archive(&rows).await;
    let path = format!("/v1/people/{}", rows[1].person.as_deref().unwrap());
    desk.it.spoil("PUT", &path, Fault { status: Some(400), ..Fault::default() }, Some(1));
    let told = answers(&typed(&desk, &["apply", &plan, "--json"]).await.with(1));
    let (last, before) = told.split_last().unwrap();
    let is_on_the_way = |run: &Value| run["state"] == "running" && run["id"] == last["id"];
    assert!(before.iter().all(is_on_the_way), "{told:?}");
    let counts = |run: &Value| ["total", "done", "failed"].map(|name| run["progress"][name].clone());
    assert_eq!((&last["state"], counts(last)), (&json!("done"), [3, 2, 1].map(|count| json!(count))));
    let run = last["id"].as_str().unwrap();
    let watched = typed(&desk, &["watch", run]).await.with(1);
    assert_eq!(
        watched,
        format!(
            "Run {run}: done\n       2  done\n       1  failed\n\
             Why rows failed: switchboard directory result {run}; \
             to try them again: switchboard directory retry {run}\n"
        )
    );
    let told = answers(&typed(&desk, &["retry", run, "--json"]).await.with(0));
    let again = told.last().unwrap();
    assert_eq!((&again["state"], &again["id"]), (&json!("done"), &json!(run)));
    assert_eq!(counts(again), [3, 3, 0].map(|count| json!(count)));
    assert_eq!(desk.archived().await, 3);
    typed(&desk, &["retry", run, "--json"]).await.refused("No row of this run has failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_much_away_is_applied_only_when_that_is_meant() {
    let desk = Desk::open().await;
    let settings = json!({ "most_losses": 10, "needs_approval": false, "create": false, "synchronized": [] });
    desk.program.call(Method::PUT, &format!("{DIRECTORY}/settings"), &settings).await.expect(204);
    let people: Vec<String> = desk.it.moved("Archive", 5).await.into_iter().map(|row| row.email).collect();
    let dir = tempfile::tempdir().unwrap();
    let list = dir.path().join("people.csv");
    std::fs::write(&list, format!("Email,Title\r\n{},REMOVE\r\n", people.join(",REMOVE\r\n"))).unwrap();
    let shown = typed(&desk, &["plan", list.to_str().unwrap()]).await.with(0);
    let plan = newest(&desk, "/plans").await;
    let why = "takes something away from 5 of 5 people, which is more than 10 %";
    for part in ["       5  to change\n", "       5  lose something\n", "Nothing has been changed.\n", why] {
        assert!(shown.contains(part), "{part:?} is not in {shown}");
    }
    let next = format!("If this is meant: switchboard directory apply {plan} --confirm-losses\n");
    assert!(shown.starts_with(&format!("Plan {plan}: people.csv")) && shown.ends_with(&next), "{shown}");
    let book = desk.it.book().await;
    typed(&desk, &["apply", &plan]).await.refused(why);
    typed(&desk, &["apply", &plan, "--detach", "--json"]).await.refused(why);
    assert_eq!((desk.get("/runs").await["items"].clone(), desk.it.book().await), (json!([]), book));
    let applied = typed(&desk, &["apply", &plan, "--confirm-losses"]).await.with(0);
    assert!(applied.contains(": done\n       5  done\n"), "{applied}");
    let plan = desk.get(&format!("/plans/{plan}")).await;
    assert!(plan["confirmed_by"].as_str().is_some_and(|who| who.contains("Test")), "{plan}");
    for email in people {
        let title = desk.it.person(&email).await["title"].clone();
        assert_eq!(title.as_str().unwrap_or_default(), "", "{email}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_standing_rules_are_planned_in_place_of_a_list() {
    let desk = Desk::open().await;
    typed(&desk, &["plan", "--rules"]).await.refused("There are no rules yet");
    let wrong: [(&[&str], &str); 3] = [
        (&["plan", "--rules", "people.csv"], "cannot be used with"),
        (&["plan", "--rules", "--site", "example.webex.com"], "cannot be used with"),
        (&["plan"], "required"),
    ];
    for (words, why) in wrong {
        let ended = typed(&desk, words).await;
        assert_eq!((ended.status, ended.printed.as_str()), (Some(2), ""), "{ended:?}");
        assert!(ended.trouble.contains(why), "{ended:?}");
    }
    let rule = json!({ "when": { "department": "administration" }, "then": { "add_licences": [WEBINARS] } });
    let rules = json!({ "rules": [rule] });
    desk.program.call(Method::PUT, &format!("{DIRECTORY}/rules"), &rules).await.expect(204);
    let shown = typed(&desk, &["plan", "--rules", "--name", "Webinars"]).await.with(0);
    let id = newest(&desk, "/plans").await;
    assert!(shown.starts_with(&format!("Plan {id}: Webinars\n")), "{shown}");
    for part in ["       1  to change\n", "       1  as wished already\n", ": 2 in use, 3 after of 5\n"] {
        assert!(shown.contains(part), "{part:?} is not in {shown}");
    }
    let plan = desk.get(&format!("/plans/{id}")).await;
    assert_eq!((&plan["source"], &plan["people"]), (&json!("rules"), &json!(2)));
    let webinars = json!(desk.it.licence("Webinars").await);
    let has = async || desk.it.person(NORA).await["licenses"].as_array().unwrap().contains(&webinars);
    assert!(!has().await, "nothing has changed yet");
    let applied = typed(&desk, &["apply", &id]).await.with(0);
    assert!(applied.contains(": done\n       1  done\n"), "{applied}");
    assert!(has().await);
    let told = answers(&typed(&desk, &["plan", "--rules", "--json"]).await.with(0));
    assert_eq!((told.len(), &told[0]["state"]), (1, &json!("ready")), "{told:?}");
    let counts = &told[0]["counts"];
    assert_eq!((&counts["change"], &counts["unchanged"]), (&json!(0), &json!(2)));
    typed(&desk, &["apply", told[0]["id"].as_str().unwrap()]).await.refused("changes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_shown_person_by_person_with_what_is_refused_and_why() {
    const MISTYPED: &str = "Meeting - Webex Webinar 1000";
    let desk = Desk::open().await;
    let department = async |email: &str| {
        let person = desk.it.person(email).await;
        let now = person["department"].as_str().filter(|text| !text.is_empty());
        now.unwrap_or("(empty)").to_owned()
    };
    let (ada, ben) = (department(ADA).await, department(BEN).await);
    let list = format!(
        "Email,Department,licence: {MISTYPED}\r\n{ADA},Archive,\r\n{BEN},Archive,yes\r\n{NORA},,yes\r\n"
    );
    let (plan, told) = planned(&desk, &list).await;
    let next = format!(
        "What is refused, and why: switchboard directory show {plan} --refused\n\
         To carry it out: switchboard directory apply {plan}\n"
    );
    for part in ["       2  to change\n", "       1  refused\n", "       1  refused in part\n", next.as_str()]
    {
        assert!(told.contains(part), "{part:?} is not in {told}");
    }
    let refused = format!(
        "  refused: Licence “{MISTYPED}”: The organization has no such licence. Did you mean “{WEBINARS}”?\n"
    );
    let of_ada = format!("{ADA} (row 2): to change\n  Department: {ada} -> Archive\n");
    let of_ben = format!("{BEN} (row 3): to change\n  Department: {ben} -> Archive\n{refused}");
    let of_nora = format!("{NORA} (row 4): refused\n{refused}");
    let shown = typed(&desk, &["show", &plan]).await.with(0);
    assert_eq!(shown, format!("{told}\n{of_ada}{of_ben}{of_nora}"));
    let shown = typed(&desk, &["show", &plan, "--refused"]).await.with(0);
    assert_eq!(shown, format!("{told}\n{of_ben}{of_nora}"));
    let shown = typed(&desk, &["show", &plan, "--losses"]).await.with(0);
    assert_eq!(shown, format!("{told}\nThere are no rows to show.\n"));
    let rows = answers(&typed(&desk, &["show", &plan, "--json"]).await.with(0));
    let emails: Vec<&str> = rows.iter().map(|row| row["email"].as_str().unwrap()).collect();
    assert_eq!(emails, [ADA, BEN, NORA]);
    assert_eq!((&rows[1]["kind"], &rows[1]["changes"][0]["then"]), (&json!("change"), &json!("Archive")));
    let rows = answers(&typed(&desk, &["show", &plan, "--refused", "--json"]).await.with(0));
    assert_eq!((rows.len(), &rows[1]["email"]), (2, &json!(NORA)));
    assert_eq!(typed(&desk, &["show", &plan, "--losses", "--json"]).await.with(0), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn remarks_on_a_list_are_told_and_rows_shown_to_the_last() {
    let desk = Desk::open().await;
    let (_, told) = planned(&desk, &format!("Email,Phone\r\n{BEN},4930123456789\r\n")).await;
    let remark = "\nRow 2, column Phone: Spreadsheets take the plus off phone numbers. It was put back;";
    assert!(told.contains(remark), "{told}");
    // More than the API answers at once.
    let strangers: Vec<String> = (0..450).map(|number| format!("nobody{number}@lindenhof.example")).collect();
    let list = format!("Email,Department\r\n{},Archive\r\n", strangers.join(",Archive\r\n"));
    let (plan, told) = planned(&desk, &list).await;
    assert!(told.contains("     450  refused\n") && !told.contains("To carry it out"), "{told}");
    let rows = answers(&typed(&desk, &["show", &plan, "--json"]).await.with(0));
    let emails: Vec<&str> = rows.iter().map(|row| row["email"].as_str().unwrap()).collect();
    assert_eq!(emails, strangers);
    let shown = typed(&desk, &["show", &plan]).await.with(0);
    assert_eq!(shown.matches(": refused\n").count(), 450);
    let last = "nobody449@lindenhof.example (row 451): refused\n  \
                refused: Nobody in the organization has this address. Check it, or let the plan create people.\n";
    assert!(shown.ends_with(last), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_can_be_deleted_until_it_is_applied() {
    let desk = Desk::open().await;
    let list = format!("Email,Department\r\n{BEN},Archive\r\n");
    let (plan, told) = planned(&desk, &list).await;
    let dir = tempfile::tempdir().unwrap();
    let document = dir.path().join("plan.json");
    let text = desk.program.get(&format!("{DIRECTORY}/plans/{plan}/document")).await.expect(200).body;
    std::fs::write(&document, text).unwrap();
    let document = document.to_str().unwrap();
    let shown = typed(&desk, &["show", document]).await.with(0);
    assert!(shown.starts_with(&told), "{shown}");
    let deleted = typed(&desk, &["delete", document]).await.with(0);
    assert!(deleted.starts_with(&format!("Plan {plan} is deleted: people.csv")), "{deleted}");
    assert!(deleted.ends_with("\nNothing has been changed.\n"), "{deleted}");
    for word in ["show", "delete", "apply"] {
        typed(&desk, &[word, &plan]).await.refused("no such plan");
    }
    typed(&desk, &["show", "people.csv"]).await.refused("people.csv is no plan");
    let (plan, _) = planned(&desk, &list).await;
    let db = desk.it.hub.hub.db();
    db.sql("UPDATE directory_plan SET state = 'working'").execute(db).await.unwrap();
    let deleted = answers(&typed(&desk, &["delete", &plan, "--json"]).await.with(0));
    assert_eq!((deleted.len(), &deleted[0]["id"]), (1, &json!(plan)));
    assert_eq!(desk.get("/plans").await["items"], json!([]), "it is given up");
    let (plan, _) = planned(&desk, &list).await;
    typed(&desk, &["apply", &plan]).await.with(0);
    typed(&desk, &["delete", &plan]).await.refused("The plan was applied");
    let shown = typed(&desk, &["show", &plan]).await.with(0);
    assert!(shown.contains("The plan was applied already."), "{shown}");
    assert!(!shown.contains("Nothing has been changed"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_reads_may_have_enough() {
    let desk = Desk::open().await;
    let rows = desk.it.moved("Archive", 3).await;
    let plan = desk.to_the_archive(&rows).await;
    let plan = plan.as_str();
    let key = desk.it.hub.key(&[Scope::DirectoryRead, Scope::DirectoryWrite]).await;
    let commands: [&[&str]; 6] = [
        &["openapi"],
        &["directory", "export"],
        &["directory", "show", plan],
        &["directory", "show", plan, "--json"],
        &["directory", "plan", "--rules", "--help"],
        &["directory", "apply", plan, "--json"],
    ];
    for words in commands {
        unread(&desk, &key, words).await.with(0);
    }
    assert_eq!(desk.archived().await, 3, "what was asked for is done all the same");
}

#[test]
fn of_a_list_that_is_too_large_no_more_is_read() {
    let plan = |list: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_switchboard"));
        command.args(["directory", "plan", list]).env("SWITCHBOARD_API_KEY", "none");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let mut child = plan("-");
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(&vec![b'a'; (64 << 20) + 1]).unwrap();
    // The pipe stays open, and its end is not waited for.
    ended(child.wait_with_output().unwrap()).refused("standard input is larger than 64 MiB");
    drop(pipe);
    ended(plan("/dev/zero").wait_with_output().unwrap()).refused("/dev/zero is larger than 64 MiB");
}
