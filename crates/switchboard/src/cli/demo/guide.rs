//! What the demo prints: where to go and what to press.

use std::{fmt::Write, path::Path};

use sandbox::{App, Provider};

use super::record::Record;

/// The guide, as plain text.
pub(super) fn text(record: &Record, apps: &[App], data: &Path, again: bool) -> String {
    let Record { base_url, sandbox_url, administrator, hosts, operator, .. } = record;
    let mut text = format!(
        "\nSwitchboard is ready:  {base_url}\n\
         Its sandbox of Webex and Microsoft 365:  {sandbox_url}/_sandbox\n\nSign in as\n"
    );
    let people = std::iter::once(("administrator", administrator))
        .chain(hosts.iter().map(|host| ("host", host)))
        .chain([("operator", operator)]);
    // Writing to a String cannot fail.
    for (role, person) in people {
        let _ = writeln!(text, "  {role:<13}  {:<36}  {}", person.email, person.password);
    }
    text.push_str("\nApps that are registered at the sandbox, as you would register them at the provider\n");
    for app in apps {
        let secret = app.secrets.first().map_or("", |secret| secret.value.as_str());
        let _ = writeln!(
            text,
            "  {:<9}  Client ID      {}\n             Client Secret  {secret}",
            title(app.provider),
            app.client_id
        );
    }
    text.push_str("\nPages on which visitors book, without signing in\n");
    for url in &record.booking_urls {
        let _ = writeln!(text, "  {url}");
    }
    let _ = write!(
        text,
        "\nWhat to do\n\
         \x20 1. Sign in as the administrator, open Admin → Integrations, add Webex with the Client ID and Client Secret above.\n\
         \x20 2. Open My account → Connections, press “Authorize with Webex account”, choose {} and accept.\n\
         \x20 3. Watch the connection test, then open Admin → Connections to see everybody's state.\n\
         \x20 4. Let a program ask for a token; its key (api_key) and all passwords are in {}:\n\
         \x20      curl -H \"Authorization: Bearer $KEY\" {base_url}/api/v1/connections\n\
         \x20      curl -H \"Authorization: Bearer $KEY\" {base_url}/api/v1/connections/$ID/token\n\
         \x20 5. Book at the first page above, as a visitor; the meeting in person needs no connection. Webex and Teams are\n\
         \x20    offered once the host (Ben, Chiara) has authorized them as in steps 1 and 2; for Teams and busy times add Microsoft.\n\
         \x20 6. Read what everybody was sent at {sandbox_url}/_sandbox/mails, and see the hosts' calendars at\n\
         \x20    {sandbox_url}/_sandbox/calendars. Hosts find their week under {base_url}/my/week.\n\n",
        administrator.email,
        data.join("demo.json").display()
    );
    if again {
        text.push_str(
            "This data folder was used before. Accounts, passwords and integrations are as you left them; the sandbox\n\
             keeps its own state in memory only, so connections made earlier have to be authorized again.\n\n",
        );
    }
    let _ = writeln!(text, "Mails arrive at {sandbox_url}/_sandbox/mails. Press Ctrl+C to stop.");
    text
}

fn title(provider: Provider) -> &'static str {
    match provider {
        Provider::Webex => "Webex",
        Provider::Microsoft => "Microsoft",
    }
}
