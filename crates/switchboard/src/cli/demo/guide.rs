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
         \x20 1. Book at one of the pages above, as a visitor: Ben meets by Webex, Chiara by Teams. The meeting link, the entry\n\
         \x20    in Outlook and the mails follow within seconds.\n\
         \x20 2. Read the mails at {sandbox_url}/_sandbox/mails, and move or cancel by the link in them. See\n\
         \x20    the hosts' calendars at {sandbox_url}/_sandbox/calendars.\n\
         \x20 3. Sign in as a host; their week is {base_url}/my/week.\n\
         \x20 4. Sign in as the administrator. Admin → Integrations shows the apps at Webex and Microsoft 365, Admin → Connections\n\
         \x20    everybody's state. Open My account → Connections, press “Authorize with Webex account”, choose\n\
         \x20    {} and accept. Watch the connection test.\n\
         \x20 5. Open Admin → Directory: everybody at Webex with licences and meeting sites. Pick people or upload a list, look at\n\
         \x20    the plan, apply it, take it back. For thousands of people start with an empty folder: demo --people 5000 --data DIR\n\
         \x20 6. Let a program ask for a token; its key (api_key) and all passwords are in {}:\n\
         \x20      curl -H \"Authorization: Bearer $KEY\" {base_url}/api/v1/connections\n\
         \x20      curl -H \"Authorization: Bearer $KEY\" {base_url}/api/v1/connections/$ID/token\n\n\
         To register the apps and to authorize yourself, start with an empty folder: demo --by-hand --data DIR\n\n",
        administrator.email,
        data.join("demo.json").display()
    );
    if again {
        text.push_str(
            "This data folder was used before. Everything is as you left it, calendars, meetings and mails too; the\n\
             sandbox has forgotten its tokens only, so the connections were authorized again.\n\n",
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
