//! The Meetings XML API: its envelope, tickets, users and sites.

use reqwest::header::CONTENT_TYPE;
use sandbox::Options;
use serde_json::json;

use crate::support::{ADA, Answer, BEN, TOMAS, World, options, seed};

const SITE: &str = "lindenhof.webex.com";

fn message(security: &str, kind: &str, body: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><serv:message xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xmlns:serv=\"http://www.webex.com/schemas/2002/06/service\"><header><securityContext>\
         <siteName>lindenhof</siteName>{security}</securityContext></header><body>\
         <bodyContent xsi:type=\"java:com.webex.service.binding.{kind}\">{body}</bodyContent></body></serv:message>"
    )
}

async fn send(world: &World, text: String) -> Answer {
    let url = world.url("/WBXService/XMLService");
    let request = world.http.post(url).header(CONTENT_TYPE, "text/xml").body(text);
    Answer::of(request.send().await.unwrap()).await
}

fn element(answer: &Answer, name: &str) -> Option<String> {
    let (_, rest) = answer.text.split_once(&format!(":{name}>"))?;
    Some(rest.split_once('<')?.0.to_owned())
}

fn failure(answer: &Answer) -> Option<String> {
    assert_eq!(answer.status, 200, "{}", answer.text);
    element(answer, "exceptionID")
}

/// A ticket's securityContext.
async fn ticket(world: &World, email: &str) -> String {
    let token = world.token(email, &["spark:all"]).await;
    let body = format!("<accessToken>{token}</accessToken>");
    let security = format!("<webExID>{email}</webExID>");
    let answer = send(world, message(&security, "user.AuthenticateUser", &body)).await;
    let ticket = element(&answer, "sessionTicket").unwrap_or_else(|| panic!("{}", answer.text));
    assert_eq!(element(&answer, "timeToLive").as_deref(), Some("5400"));
    assert_eq!(element(&answer, "createTime").unwrap(), world.now().as_millisecond().to_string());
    format!("{security}<sessionTicket>{ticket}</sessionTicket>")
}

#[tokio::test]
async fn the_version_needs_a_site_and_a_sound_envelope_only() {
    let world = World::start().await;
    let sound = message("", "ep.GetAPIVersion", "");
    let answer = send(&world, sound.clone()).await;
    assert_eq!(element(&answer, "apiVersion").as_deref(), Some("WebEx XML API V10.0.0"));
    assert_eq!(answer.header("content-type"), Some("text/xml;charset=UTF-8"));
    assert!(answer.text.contains("<serv:bodyContent xsi:type=\"ep:getAPIVersionResponse\" xmlns:xsi="));
    let namespace = " xmlns:serv=\"http://www.webex.com/schemas/2002/06/service\"";
    for broken in
        [format!("\n{sound}"), format!(" {sound}"), sound.replace(namespace, ""), "<html>".to_owned()]
    {
        let answer = send(&world, broken).await;
        assert_eq!(failure(&answer).as_deref(), Some("000000"));
        assert_eq!(element(&answer, "reason").as_deref(), Some("Fail to forward request:null"));
        assert!(answer.text.ends_with("<serv:body><serv:bodyContent/></serv:body></serv:message>"));
    }
    let other = sound.replace("lindenhof</siteName>", "elsewhere</siteName>");
    assert!(failure(&send(&world, other).await).is_some());
}

#[tokio::test]
async fn a_ticket_lives_ninety_minutes_and_can_be_revoked() {
    let world = World::start().await;
    let security = ticket(&world, ADA).await;
    let me = send(&world, message(&security, "user.GetMe", "")).await;
    assert_eq!(element(&me, "webExID").as_deref(), Some(ADA));
    assert_eq!(element(&me, "userRole").as_deref(), Some("siteAdmin"));
    world.advance(5_399).await;
    assert_eq!(failure(&send(&world, message(&security, "user.GetMe", "")).await), None);
    world.advance(1).await;
    let late = send(&world, message(&security, "user.GetMe", "")).await;
    assert_eq!(failure(&late).as_deref(), Some("030047"));
    let security = ticket(&world, ADA).await;
    let revoked = send(&world, message(&security, "user.RevokeSessionTicket", "")).await;
    assert_eq!(element(&revoked, "result").as_deref(), Some("SUCCESS"));
    assert_eq!(failure(&send(&world, message(&security, "user.GetMe", "")).await).as_deref(), Some("030047"));
    let stolen = security.replace(ADA, BEN);
    assert_eq!(failure(&send(&world, message(&stolen, "user.GetMe", "")).await).as_deref(), Some("030047"));
}

#[tokio::test]
async fn only_spark_all_makes_a_ticket_and_no_password_does() {
    let world = World::start().await;
    let token = world.token(ADA, &["spark:people_read"]).await;
    let body = format!("<accessToken>{token}</accessToken>");
    let security = format!("<webExID>{ADA}</webExID>");
    let answer = send(&world, message(&security, "user.AuthenticateUser", &body)).await;
    assert_eq!(failure(&answer).as_deref(), Some("030048"));
    assert!(answer.text.contains("AS0001"));
    let password = format!("{security}<password>secret</password>");
    let answer = send(&world, message(&password, "user.GetMe", "")).await;
    assert_eq!(failure(&answer).as_deref(), Some("030002"));
    let nobody = world.token(TOMAS, &["spark:all"]).await;
    let body = format!("<accessToken>{nobody}</accessToken>");
    let answer = send(&world, message("", "user.AuthenticateUser", &body)).await;
    assert_eq!(failure(&answer).as_deref(), Some("030001"), "he is not on the site");
}

#[tokio::test]
async fn set_user_replaces_session_types_and_sets_tracking_codes_for_rest_to_see() {
    let world = World::start().await;
    let security = ticket(&world, ADA).await;
    let body = format!(
        "<webExId>{BEN}</webExId><meetingTypes><meetingType>9</meetingType></meetingTypes>\
         <tracking><trackingCode1>South</trackingCode1><trackingCode2>R&amp;D</trackingCode2></tracking>"
    );
    let answer = send(&world, message(&security, "user.SetUser", &body)).await;
    assert_eq!(element(&answer, "result").as_deref(), Some("SUCCESS"), "{}", answer.text);
    let read = send(&world, message(&security, "user.GetUser", &format!("<webExId>{BEN}</webExId>"))).await;
    assert!(read.text.contains("<use:meetingTypes><use:meetingType>9</use:meetingType></use:meetingTypes>"));
    assert!(read.text.contains("<com:trackingCode2>R&amp;D</com:trackingCode2>"), "{}", read.text);
    let token = world.token(ADA, &[]).await;
    let path = "/v1/admin/meeting/userconfig/trackingCodes";
    let request = world.http.get(world.url(path)).bearer_auth(&token).header("email", BEN);
    let rest = Answer::of(request.send().await.unwrap()).await.expect(200);
    assert_eq!(rest["trackingCodes"][0]["value"], "South");
    for wrong in [
        "<tracking><trackingCode1>Moon</trackingCode1></tracking>",
        "<meetingTypes><meetingType>1</meetingType></meetingTypes>",
        "<active>MAYBE</active>",
    ] {
        let body = format!("<webExId>{BEN}</webExId>{wrong}");
        assert_eq!(
            failure(&send(&world, message(&security, "user.SetUser", &body)).await).as_deref(),
            Some("999999")
        );
    }
    let unknown = message(&security, "user.SetUser", "<webExId>x@y.example</webExId>");
    assert_eq!(failure(&send(&world, unknown).await).as_deref(), Some("030001"));
    let ben = ticket(&world, BEN).await;
    let foreign = message(&ben, "user.SetUser", &format!("<webExId>{ADA}</webExId>"));
    assert_eq!(failure(&send(&world, foreign).await).as_deref(), Some("000001"));
}

#[tokio::test]
async fn set_user_changes_licences_on_sites_of_control_hub() {
    let world = World::start().await;
    let security = ticket(&world, ADA).await;
    let host = |host: bool| format!("<webExId>{BEN}</webExId><privilege><host>{host}</host></privilege>");
    send(&world, message(&security, "user.SetUser", &host(false))).await;
    let token = world.token(ADA, &[]).await;
    let path = format!("/v1/people?email={BEN}");
    let ben = world.get(&path, &token).await.expect(200)["items"][0].clone();
    assert_eq!(ben["siteUrls"], json!([format!("{SITE}#attendee")]));
    send(&world, message(&security, "user.SetUser", &host(true))).await;
    let ben = world.get(&path, &token).await.expect(200)["items"][0].clone();
    assert!(ben["siteUrls"].is_null() && ben["licenses"].as_array().unwrap().len() == 3, "{ben}");
}

/// Sets Ben's session types, after what else the body says; gives the exception id where there is one.
async fn set_types(world: &World, security: &str, other: &str, types: &str) -> Option<String> {
    let body = format!("<webExId>{BEN}</webExId>{other}<meetingTypes>{types}</meetingTypes>");
    failure(&send(world, message(security, "user.SetUser", &body)).await)
}

/// Whether Ben may host, and what he may start, as GetUser tells it.
async fn rights(world: &World, security: &str) -> (bool, bool) {
    let read = send(world, message(security, "user.GetUser", &format!("<webExId>{BEN}</webExId>"))).await;
    let hosts = element(&read, "host").unwrap() == "true";
    assert_eq!(element(&read, "attendeeOnly").unwrap() == "true", !hosts, "{}", read.text);
    (hosts, read.text.contains("<use:meetingType>3</use:meetingType>"))
}

#[tokio::test]
async fn licences_follow_session_types_where_the_switch_says_so() {
    const PRO: &str = "<meetingType>3</meetingType>";
    const NO_HOST: &str = "<privilege><host>false</host></privilege>";
    let world = World::start().await;
    let security = ticket(&world, ADA).await;
    assert_eq!(set_types(&world, &security, "", "").await, None);
    assert_eq!(rights(&world, &security).await, (true, false), "by itself a list changes no licence");
    assert_eq!(set_types(&world, &security, NO_HOST, PRO).await, None);
    assert_eq!(rights(&world, &security).await, (false, true), "nor is one asked for");
    world.switch("webex.set_user_licenses", json!("follow")).await;
    assert_eq!(set_types(&world, &security, "", PRO).await, None);
    assert_eq!(rights(&world, &security).await, (true, true));
    assert_eq!(set_types(&world, &security, "", "").await, None);
    assert_eq!(rights(&world, &security).await, (false, false));
    let token = world.token(ADA, &[]).await;
    let ben = world.get(&format!("/v1/people?email={BEN}"), &token).await.expect(200)["items"][0].clone();
    assert_eq!(ben["siteUrls"], json!([format!("{SITE}#attendee")]));
    assert_eq!(ben["licenses"].as_array().unwrap().len(), 2, "messaging and what everybody has: {ben}");
    assert_eq!(set_types(&world, &security, NO_HOST, PRO).await, None);
    assert_eq!(rights(&world, &security).await, (false, true), "what is said outright counts");
}

#[tokio::test]
async fn session_types_bring_no_licence_that_is_used_up() {
    let mut seed = seed();
    for license in &mut seed.licenses {
        license.total_units = 1;
    }
    let world = World::start_with(Options { seed: Some(seed), ..options() }).await;
    world.switch("webex.set_user_licenses", json!("follow")).await;
    let security = ticket(&world, ADA).await;
    assert_eq!(set_types(&world, &security, "", "").await, None);
    let refused = set_types(&world, &security, "", "<meetingType>3</meetingType>").await;
    assert_eq!(refused.as_deref(), Some("999999"));
    assert_eq!(rights(&world, &security).await, (false, false), "a refused call changes nothing");
}

#[tokio::test]
async fn create_user_makes_a_person_and_a_licence() {
    let world = World::start().await;
    let security = ticket(&world, ADA).await;
    let body = "<firstName>New</firstName><lastName>Host</lastName><webExId>new@lindenhof.example</webExId>\
                <email>new@lindenhof.example</email><password>x</password>";
    let made = send(&world, message(&security, "user.CreateUser", body)).await;
    assert!(element(&made, "userId").is_some(), "{}", made.text);
    let again = send(&world, message(&security, "user.CreateUser", body)).await;
    assert_eq!(failure(&again).as_deref(), Some("030004"));
    let list =
        "<email>new@</email><listControl><startFrom>1</startFrom><maximumNum>5</maximumNum></listControl>";
    let found = send(&world, message(&security, "user.LstsummaryUser", list)).await;
    assert_eq!(element(&found, "total").as_deref(), Some("1"), "{}", found.text);
    let none = send(&world, message(&security, "user.LstsummaryUser", "<email>zzz</email>")).await;
    assert_eq!(failure(&none).as_deref(), Some("000015"));
    let gone =
        send(&world, message(&security, "user.DelUser", "<webExId>new@lindenhof.example</webExId>")).await;
    assert_eq!(element(&gone, "status").as_deref(), Some("SUCCESS"));
}

#[tokio::test]
async fn site_and_session_types_read_as_by_rest() {
    let world = World::start().await;
    let security = ticket(&world, ADA).await;
    let site = send(&world, message(&security, "site.GetSite", "")).await;
    assert!(site.text.contains("<serv:bodyContent xsi:type=\"ns1:getSiteResponse\""));
    assert!(site.text.contains("<ns1:index>1</ns1:index><ns1:name>Branch</ns1:name>"), "{}", site.text);
    let kinds =
        send(&world, message(&security, "meetingtype.LstMeetingType", "<meetingTypeID>9</meetingTypeID>"))
            .await;
    assert_eq!(element(&kinds, "productCodePrefix").as_deref(), Some("ONS"));
    assert_eq!(element(&kinds, "total").as_deref(), Some("1"));
}

#[tokio::test]
async fn a_caller_is_throttled_by_the_minute_and_a_site_can_be_without_xml() {
    let world = World::start().await;
    let security = ticket(&world, ADA).await;
    world.switch("webex.limits", json!([{"family": "xml", "requests": 2, "seconds": 60}])).await;
    let me = || message(&security, "user.GetMe", "");
    for _ in 0..2 {
        assert_eq!(failure(&send(&world, me()).await), None);
    }
    assert_eq!(failure(&send(&world, me()).await).as_deref(), Some("000045"));
    world.advance(60).await;
    assert_eq!(failure(&send(&world, me()).await), None);
    world.switch("webex.rest_only_sites", json!([SITE])).await;
    let page = send(&world, me()).await;
    assert!(page.status == 404 && page.text.contains("<html>"));
    world.switch("webex.xml_absent", json!("failure")).await;
    assert_eq!(failure(&send(&world, me()).await).as_deref(), Some("000001"));
}
