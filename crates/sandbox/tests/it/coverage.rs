//! Every operation that the sandbox serves, with the test that covers it; a route without a line here fails.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::coverage_microsoft::MICROSOFT;

/// Method, path, test.
pub(crate) type Line = (&'static str, &'static str, &'static str);

const WEBEX: [Line; 62] = [
    ("GET", "/v1/authorize", "a_person_signs_in_accepts_and_the_code_becomes_tokens"),
    ("POST", "/v1/authorize/sign-in", "an_unknown_address_is_asked_for_again_and_kept_in_the_form"),
    ("POST", "/v1/authorize/sign-out", "an_accepted_app_is_not_asked_about_again_until_it_wants_more"),
    ("POST", "/v1/authorize/consent", "a_declined_request_returns_access_denied"),
    ("POST", "/v1/access_token", "the_app_is_checked_before_its_code"),
    ("POST", "/idb/oauth2/v1/revoke", "the_identity_broker_revokes_for_the_app_that_owns_the_token"),
    ("GET", "/v1/people", "people_come_in_pages_that_follow_the_link"),
    ("GET", "/v1/people/me", "refusals_have_webex_shape_and_tracking_id"),
    ("GET", "/v1/people/{id}", "an_administrator_adds_changes_and_removes_a_person"),
    ("POST", "/v1/people", "an_administrator_adds_changes_and_removes_a_person"),
    ("PUT", "/v1/people/{id}", "an_administrator_adds_changes_and_removes_a_person"),
    ("DELETE", "/v1/people/{id}", "an_administrator_adds_changes_and_removes_a_person"),
    ("GET", "/v1/licenses", "licences_roles_and_organizations_are_for_administrators"),
    ("GET", "/v1/licenses/{id}", "licences_roles_and_organizations_are_for_administrators"),
    ("GET", "/v1/organizations", "licences_roles_and_organizations_are_for_administrators"),
    ("GET", "/v1/organizations/{id}", "licences_roles_and_organizations_are_for_administrators"),
    ("GET", "/v1/roles", "licences_roles_and_organizations_are_for_administrators"),
    ("GET", "/v1/roles/{id}", "licences_roles_and_organizations_are_for_administrators"),
    ("GET", "/v1/meetingPreferences/sites", "sites_follow_licences_and_the_default_can_be_chosen"),
    ("PUT", "/v1/meetingPreferences/sites", "sites_follow_licences_and_the_default_can_be_chosen"),
    ("GET", "/v1/meetings", "meetings_are_listed_by_window_and_in_pages"),
    ("GET", "/v1/meetings/{id}", "a_meeting_is_created_found_changed_and_deleted_without_mail"),
    ("POST", "/v1/meetings", "scheduling_rules_are_enforced"),
    ("PUT", "/v1/meetings/{id}", "a_meeting_is_created_found_changed_and_deleted_without_mail"),
    ("PATCH", "/v1/meetings/{id}", "a_meeting_is_created_found_changed_and_deleted_without_mail"),
    ("DELETE", "/v1/meetings/{id}", "webex_mails_host_and_invitees_unless_told_not_to"),
    ("POST", "/v1/meetings/join", "join_links_are_answered_or_redirected_to"),
    ("GET", "/v1/meetingInvitees", "invitees_are_added_listed_and_removed"),
    ("POST", "/v1/meetingInvitees", "invitees_are_added_listed_and_removed"),
    ("GET", "/v1/meetingInvitees/{id}", "invitees_are_added_listed_and_removed"),
    ("DELETE", "/v1/meetingInvitees/{id}", "invitees_are_added_listed_and_removed"),
    ("GET", "/v1/authorizations", "an_administrator_lists_and_deletes_authorizations"),
    ("DELETE", "/v1/authorizations", "an_administrator_lists_and_deletes_authorizations"),
    ("DELETE", "/v1/authorizations/{id}", "an_administrator_lists_and_deletes_authorizations"),
    ("GET", "/v1/authorizations/tokenExpiry", "a_personal_token_lives_twelve_hours_and_says_so"),
    ("GET", "/v1/webhooks", "webhooks_are_kept_per_person"),
    ("POST", "/v1/webhooks", "webhooks_are_kept_per_person"),
    ("GET", "/v1/webhooks/{id}", "webhooks_are_kept_per_person"),
    ("PUT", "/v1/webhooks/{id}", "webhooks_are_kept_per_person"),
    ("DELETE", "/v1/webhooks/{id}", "webhooks_are_kept_per_person"),
    ("PATCH", "/v1/licenses/users", "licences_are_added_and_removed_one_person_at_a_time"),
    ("GET", "/v1/admin/meeting/config/sessionTypes", "session_types_of_a_person_are_replaced_as_a_whole"),
    ("GET", "/v1/admin/meeting/userconfig/sessionTypes", "session_types_of_a_person_are_replaced_as_a_whole"),
    ("PUT", "/v1/admin/meeting/userconfig/sessionTypes", "session_types_of_a_person_are_replaced_as_a_whole"),
    (
        "GET",
        "/v1/admin/meeting/config/trackingCodes",
        "tracking_codes_of_a_site_are_made_changed_and_removed",
    ),
    (
        "POST",
        "/v1/admin/meeting/config/trackingCodes",
        "tracking_codes_of_a_site_are_made_changed_and_removed",
    ),
    (
        "GET",
        "/v1/admin/meeting/config/trackingCodes/{id}",
        "tracking_codes_of_a_site_are_made_changed_and_removed",
    ),
    (
        "PUT",
        "/v1/admin/meeting/config/trackingCodes/{id}",
        "tracking_codes_of_a_site_are_made_changed_and_removed",
    ),
    (
        "DELETE",
        "/v1/admin/meeting/config/trackingCodes/{id}",
        "tracking_codes_of_a_site_are_made_changed_and_removed",
    ),
    ("GET", "/v1/admin/meeting/userconfig/trackingCodes", "tracking_codes_of_a_person_follow_the_site"),
    ("PUT", "/v1/admin/meeting/userconfig/trackingCodes", "tracking_codes_of_a_person_follow_the_site"),
    ("GET", "/v1/admin/meeting/config/commonSettings", "common_settings_are_changed_group_by_group"),
    ("PATCH", "/v1/admin/meeting/config/commonSettings", "common_settings_are_changed_group_by_group"),
    ("GET", "/identity/scim/v2/Users/me", "scim_users_are_listed_found_and_read"),
    ("GET", "/identity/scim/{org}/v2/Users", "scim_users_are_listed_found_and_read"),
    ("GET", "/identity/scim/{org}/v2/Users/{id}", "scim_users_are_listed_found_and_read"),
    ("POST", "/identity/scim/{org}/v2/Users", "a_scim_user_is_created_and_is_one_of_the_people"),
    ("PUT", "/identity/scim/{org}/v2/Users/{id}", "a_scim_put_loses_what_is_not_sent"),
    ("PATCH", "/identity/scim/{org}/v2/Users/{id}", "a_scim_patch_changes_what_it_names_or_nothing"),
    ("DELETE", "/identity/scim/{org}/v2/Users/{id}", "a_deleted_scim_user_is_gone_everywhere"),
    ("POST", "/WBXService/XMLService", "a_ticket_lives_ninety_minutes_and_can_be_revoked"),
    ("GET", "/_sandbox/ca.pem", "over_tls_the_ca_is_trusted_and_kept"),
];

const CONTROL: [Line; 36] = [
    ("GET", "/_sandbox/", "the_overview_names_accounts_apps_switches_and_clock"),
    ("GET", "/_sandbox", "the_overview_names_accounts_apps_switches_and_clock"),
    ("GET", "/_sandbox/style.css", "the_overview_names_accounts_apps_switches_and_clock"),
    ("POST", "/_sandbox/tokens", "tokens_and_revocations_need_a_known_account"),
    ("POST", "/_sandbox/revoke", "a_person_can_lose_their_tokens_in_three_ways"),
    ("POST", "/_sandbox/seed", "a_seed_replaces_everything_and_a_wrong_one_nothing"),
    ("GET", "/_sandbox/clock", "the_clock_moves_stands_still_and_runs"),
    ("POST", "/_sandbox/clock", "the_clock_moves_stands_still_and_runs"),
    ("GET", "/_sandbox/faults", "a_fault_answers_a_status_as_often_as_told"),
    ("POST", "/_sandbox/faults", "faults_can_limit_garble_thin_out_and_replace_answers"),
    ("DELETE", "/_sandbox/faults", "a_fault_answers_a_status_as_often_as_told"),
    ("GET", "/_sandbox/switches", "unknown_switches_and_values_are_refused_in_words"),
    ("POST", "/_sandbox/switches", "unknown_switches_and_values_are_refused_in_words"),
    ("GET", "/_sandbox/requests", "the_log_knows_account_app_and_grant_type"),
    ("DELETE", "/_sandbox/requests", "the_log_knows_account_app_and_grant_type"),
    ("GET", "/_sandbox/mails", "mail_sent_by_smtp_lands_readable_in_the_inbox"),
    ("GET", "/_sandbox/mails/{id}", "a_mail_has_its_page_with_invitation_and_attachments"),
    ("GET", "/_sandbox/mails/{id}/html", "a_mail_has_its_page_with_invitation_and_attachments"),
    ("DELETE", "/_sandbox/mails", "mail_sent_by_smtp_lands_readable_in_the_inbox"),
    ("GET", "/_sandbox/directory", "the_directory_reads_the_same_after_a_change_is_taken_back"),
    ("GET", "/_sandbox/limits", "limits_refuse_in_their_own_ways_and_everything_is_counted"),
    ("DELETE", "/_sandbox/limits", "limits_refuse_in_their_own_ways_and_everything_is_counted"),
    ("GET", "/_sandbox/apps", "an_app_is_registered_and_changed_by_json"),
    ("POST", "/_sandbox/apps", "an_app_is_registered_and_changed_by_json"),
    ("GET", "/_sandbox/notifications", "a_change_is_told_to_whoever_subscribed"),
    ("POST", "/_sandbox/notifications", "notifications_can_be_lost_late_doubled_and_forged"),
    ("DELETE", "/_sandbox/notifications", "notifications_can_be_lost_late_doubled_and_forged"),
    ("GET", "/_sandbox/calendars", "an_owner_sees_moves_and_deletes_entries_by_hand"),
    ("GET", "/_sandbox/calendars/entry", "an_owner_sees_moves_and_deletes_entries_by_hand"),
    ("POST", "/_sandbox/calendars/move", "an_owner_sees_moves_and_deletes_entries_by_hand"),
    ("POST", "/_sandbox/calendars/delete", "an_owner_sees_moves_and_deletes_entries_by_hand"),
    ("POST", "/_sandbox/resync", "a_token_that_is_old_or_forgotten_asks_for_a_new_round"),
    ("GET", "/_sandbox/portal", "the_portal_registers_an_app_and_shows_its_secret_once"),
    ("POST", "/_sandbox/portal/token", "the_portal_registers_an_app_and_shows_its_secret_once"),
    ("GET", "/_sandbox/portal/{provider}", "the_portal_registers_an_app_and_shows_its_secret_once"),
    ("POST", "/_sandbox/portal/{provider}", "the_portal_registers_an_app_and_shows_its_secret_once"),
];

fn table() -> impl Iterator<Item = &'static Line> {
    WEBEX.iter().chain(&CONTROL).chain(&MICROSOFT)
}

#[test]
fn every_route_has_a_test() {
    let covered: BTreeSet<(&str, &str)> = table().map(|line| (line.0, line.1)).collect();
    let routes = sandbox::routes();
    let served: BTreeSet<(&str, &str)> = routes.iter().map(|route| (route.method, route.path)).collect();
    let uncovered: Vec<_> = served.difference(&covered).collect();
    let gone: Vec<_> = covered.difference(&served).collect();
    assert!(uncovered.is_empty() && gone.is_empty(), "uncovered: {uncovered:?}, gone: {gone:?}");
}

#[test]
fn every_named_test_exists() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let sources: String = files
        .filter(|path| path.extension().is_some_and(|end| end == "rs"))
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    let missing: Vec<&str> =
        table().map(|line| line.2).filter(|test| !sources.contains(&format!("async fn {test}()"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
