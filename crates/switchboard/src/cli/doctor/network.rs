//! Everything that is reached over the network: ourselves, the mail server, the providers and their clocks.

use std::time::Duration;

use jiff::fmt::rfc2822::DateTimeParser;
use platform::{Clock, Instant, outbound::Outbound};
use url::Url;

use super::Verdict;
use crate::{Config, app};

/// Tokens and signatures are refused when clocks differ by more than this.
const MOST_SKEW: Duration = Duration::from_secs(30);

pub(super) async fn examine(config: &Config, clock: &Clock) -> Vec<Verdict> {
    let outbound = match app::outbound(config) {
        Ok(outbound) => outbound,
        Err(trouble) => {
            return vec![Verdict::fail(
                "certificates",
                trouble.to_string(),
                trouble.hint().unwrap_or_default(),
            )];
        }
    };
    let mut verdicts = vec![public_url(config, &outbound).await, mail(config).await];
    let mut skews = Vec::new();
    for (check, url) in provider_addresses(config) {
        match ask(&outbound, &url).await {
            Ok(answer) => {
                verdicts.push(Verdict::ok(check, format!("{} answers", host(&url))));
                skews.extend(answer.date.map(|date| skew(date, clock.now())));
            }
            Err(why) => verdicts.push(Verdict::fail(
                check,
                format!("{} could not be reached: {why}", host(&url)),
                "Check name resolution, the firewall and the proxy of this machine; then `providers` in the configuration.",
            )),
        }
    }
    verdicts.push(time(&skews));
    verdicts
}

fn provider_addresses(config: &Config) -> [(&'static str, Url); 4] {
    let endpoints = config.provider_endpoints();
    let at = |base: &Url, path: &str| {
        let mut url = base.clone();
        url.set_path(path);
        url
    };
    [
        ("Webex", at(&endpoints.webex.api, "/v1/access_token")),
        ("Webex identity", at(&endpoints.webex.idbroker, "/idb/oauth2/v1/revoke")),
        ("Microsoft", at(&endpoints.microsoft.login, "/common/v2.0/.well-known/openid-configuration")),
        ("Graph", at(&endpoints.microsoft.graph, "/v1.0/me")),
    ]
}

struct Answer {
    date: Option<Instant>,
    body: String,
}

/// Any answer proves that the provider is there; whether it likes the question is another matter.
async fn ask(outbound: &Outbound, url: &Url) -> Result<Answer, String> {
    let response = outbound.client().get(url.clone()).send().await.map_err(|error| chain(&error))?;
    let date =
        response.headers().get(http::header::DATE).and_then(|value| value.to_str().ok()).and_then(parse_date);
    let mut response = response;
    let first = response.chunk().await.ok().flatten().unwrap_or_default();
    let body = String::from_utf8_lossy(&first[..first.len().min(100)]).into_owned();
    Ok(Answer { date, body })
}

/// The innermost cause says most: "connection refused", "certificate has expired".
fn chain(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}

/// `Date` as RFC 9110 §5.6.7 has it, which is also RFC 2822 once GMT is read as +0000.
fn parse_date(text: &str) -> Option<Instant> {
    DateTimeParser::new().parse_timestamp(text).ok().map(Instant::from)
}

fn skew(theirs: Instant, ours: Instant) -> Duration {
    theirs.since(ours).max(ours.since(theirs))
}

fn time(skews: &[Duration]) -> Verdict {
    const CHECK: &str = "clock";
    match skews.iter().min() {
        None => Verdict::warn(
            CHECK,
            "no provider told the time",
            "Make sure that this machine's clock is set by NTP.",
        ),
        Some(skew) if *skew > MOST_SKEW => Verdict::fail(
            CHECK,
            format!("it differs from the providers' by {} seconds", skew.as_secs()),
            "Set the clock by NTP (`timedatectl set-ntp true`); otherwise tokens are refused as expired or not yet valid.",
        ),
        Some(skew) => Verdict::ok(CHECK, format!("within {} seconds of the providers'", skew.as_secs())),
    }
}

async fn public_url(config: &Config, outbound: &Outbound) -> Verdict {
    const CHECK: &str = "public address";
    let url = match config.server.public_url() {
        Ok(url) => url,
        Err(faulty) => return Verdict::fail(CHECK, faulty.to_string(), faulty.hint().unwrap_or_default()),
    };
    let base = url.as_str().trim_end_matches('/');
    let found = format!("{base}; the redirect URL to register is {base}/oauth/callback");
    let is_local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if url.scheme() != "https" && !is_local {
        let next = "Providers and browsers demand https. Put a TLS proxy in front and set server.public_url.";
        return Verdict::fail(CHECK, found, next);
    }
    let mut health = url.clone();
    health.set_path("/healthz");
    match ask(outbound, &health).await {
        Ok(answer) if answer.body.starts_with("ok") => Verdict::ok(CHECK, found),
        Ok(_) => Verdict::warn(
            CHECK,
            found,
            "Something else answers there. Check the proxy and server.public_url.",
        ),
        Err(why) => Verdict::warn(
            CHECK,
            format!("{found}; not reached from here ({why})"),
            "Start the server, then look again.",
        ),
    }
}

async fn mail(config: &Config) -> Verdict {
    const CHECK: &str = "mail";
    let Some(settings) = config.mail.settings() else {
        return Verdict::warn(
            CHECK,
            "no mail server is configured",
            "Set the mail section; until then mails wait.",
        );
    };
    let server = format!("{}:{}", settings.host, settings.port);
    match notifications::try_server(&settings).await {
        Ok(()) => Verdict::ok(CHECK, format!("{server} takes our connection")),
        Err(error) => {
            let why = std::error::Error::source(&error).map(chain).unwrap_or_default();
            Verdict::fail(
                CHECK,
                format!("{server}: {error} {why}"),
                "Check mail.host, mail.port, mail.tls and the credentials.",
            )
        }
    }
}

fn host(url: &Url) -> &str {
    url.host_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_off_is_noticed_in_both_directions() {
        let theirs = parse_date("Sat, 21 Nov 2026 13:03:00 GMT").unwrap();
        let late = theirs.after(Duration::from_secs(31));
        assert_eq!(skew(theirs, late), skew(late, theirs));
        assert_eq!(time(&[skew(theirs, late)]).state, super::super::State::Fail);
        assert_eq!(time(&[Duration::from_secs(2), Duration::from_secs(90)]).state, super::super::State::Ok);
        assert_eq!(time(&[]).state, super::super::State::Warn);
    }
}
