//! The scopes that the sandbox knows, and what a consent page says of them.

/// Every scope that can be ticked on an integration here.
pub(crate) const ALL: [&str; 32] = [
    "spark:all",
    "spark:kms",
    "spark:people_read",
    "spark:people_write",
    "spark:organizations_read",
    "meeting:schedules_read",
    "meeting:schedules_write",
    "meeting:preferences_read",
    "meeting:preferences_write",
    "meeting:participants_read",
    "meeting:recordings_read",
    "meeting:admin_schedule_read",
    "meeting:admin_schedule_write",
    "meeting:admin_preferences_read",
    "meeting:admin_preferences_write",
    "meeting:admin_participants_read",
    "meeting:admin_config_read",
    "meeting:admin_config_write",
    "spark-admin:people_read",
    "spark-admin:people_write",
    "spark-admin:licenses_read",
    "spark-admin:organizations_read",
    "spark-admin:roles_read",
    "identity:tokens_read",
    "identity:tokens_write",
    "identity:people_rw",
    "identity:people_read",
    "identity:organizations_read",
    "spark-admin:licenses_write",
    "spark-admin:organizations_write",
    "application:webhooks_read",
    "spark:applications_token",
];

/// A sentence for the consent page.
pub(super) fn describe(scope: &str) -> &'static str {
    match scope {
        "spark:all" => "Use Webex as you, with everything you can do yourself",
        "spark:kms" => "Work with the keys of encrypted content",
        "spark:people_read" => "See people in your organization",
        "spark:people_write" => "Change your own profile",
        "spark:organizations_read" => "See details of your organization",
        "meeting:schedules_read" => "See your meetings and who is invited",
        "meeting:schedules_write" => "Create, change and cancel your meetings",
        "meeting:preferences_read" => "See your meeting preferences and sites",
        "meeting:preferences_write" => "Change your meeting preferences",
        "spark-admin:people_read" => "See everybody in your organization, with status, licences and roles",
        "spark-admin:people_write" => "Add, change and remove people of your organization",
        "spark-admin:licenses_read" => "See the licences of your organization",
        "spark-admin:licenses_write" => "Give licences to people of your organization and take them away",
        "identity:people_read" => "See people of your organization as the directory keeps them",
        "identity:people_rw" => "Change people of your organization as the directory keeps them",
        "meeting:admin_config_read" => "See session types, tracking codes and settings of your meeting sites",
        "meeting:admin_config_write" => {
            "Change session types, tracking codes and settings of your meeting sites"
        }
        "identity:tokens_read" => "See which apps people authorized",
        "identity:tokens_write" => "Withdraw authorizations of apps",
        _ if scope.starts_with("meeting:admin") => "Administer the meetings of your organization",
        _ if scope.contains("admin") || scope.starts_with("identity:") => "Administer your organization",
        _ => "Use this part of Webex as you",
    }
}
