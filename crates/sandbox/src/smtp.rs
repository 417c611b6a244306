//! A mail sink: enough ESMTP (RFC 5321) that mail programs hand over, and everything lands in the inbox.

use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::tcp::OwnedWriteHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::mails::NewMail;
use crate::mime;
use crate::world::{Shared, World};

const LONGEST_LINE: u64 = 4_096;
const LARGEST_MAIL: usize = 2 * 1024 * 1024;
const MOST_RECIPIENTS: usize = 1_000;
const PATIENCE: Duration = Duration::from_secs(300);

/// Accepts mail until `stop`.
pub(crate) async fn serve(listener: TcpListener, world: Shared, stop: CancellationToken) {
    let talks = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                let (world, stop) = (world.clone(), stop.clone());
                talks.spawn(async move {
                    tokio::select! {
                        () = stop.cancelled() => {}
                        _ = talk(stream, &world) => {}
                    }
                });
            }
            // Out of file descriptors or the like: give the others a chance to finish.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
    talks.close();
    talks.wait().await;
}

/// The envelope that is being filled.
#[derive(Default)]
struct Envelope {
    from: Option<String>,
    to: Vec<String>,
}

async fn talk(stream: TcpStream, world: &World) -> std::io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    say(&mut writer, "220 sandbox.invalid ESMTP sandbox").await?;
    let mut envelope = Envelope::default();
    loop {
        let Some(line) = read_line(&mut reader).await? else { return Ok(()) };
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        let verb = text.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        match verb.as_str() {
            "DATA" if !envelope.to.is_empty() => {
                say(&mut writer, "354 End data with <CR><LF>.<CR><LF>").await?;
                let answer = match read_data(&mut reader).await? {
                    Some(data) => deliver(world, std::mem::take(&mut envelope), &data),
                    None => "552 5.3.4 The message is too large",
                };
                say(&mut writer, answer).await?;
            }
            "QUIT" => return say(&mut writer, "221 2.0.0 Bye").await,
            _ => say(&mut writer, answer(&verb, &text, &mut envelope)).await?,
        }
    }
}

fn answer(verb: &str, text: &str, envelope: &mut Envelope) -> &'static str {
    match verb {
        "EHLO" => "250-sandbox.invalid\r\n250-SIZE 2097152\r\n250-8BITMIME\r\n250 SMTPUTF8",
        "HELO" => "250 sandbox.invalid",
        "NOOP" => "250 2.0.0 OK",
        "RSET" => {
            *envelope = Envelope::default();
            "250 2.0.0 OK"
        }
        "MAIL" => match address(text) {
            Some(from) => {
                *envelope = Envelope { from: Some(from), to: Vec::new() };
                "250 2.1.0 OK"
            }
            None => "501 5.5.4 Syntax: MAIL FROM:<address>",
        },
        "RCPT" if envelope.from.is_none() => "503 5.5.1 MAIL first",
        "RCPT" if envelope.to.len() >= MOST_RECIPIENTS => "452 4.5.3 Too many recipients",
        "RCPT" => match address(text).filter(|address| !address.is_empty()) {
            Some(to) => {
                envelope.to.push(to);
                "250 2.1.5 OK"
            }
            None => "501 5.5.4 Syntax: RCPT TO:<address>",
        },
        "DATA" => "503 5.5.1 RCPT first",
        _ => "502 5.5.2 Command not recognized",
    }
}

fn address(text: &str) -> Option<String> {
    let (_, rest) = text.split_once('<')?;
    Some(rest.split_once('>')?.0.to_owned())
}

fn deliver(world: &World, envelope: Envelope, data: &[u8]) -> &'static str {
    let raw = String::from_utf8_lossy(data).into_owned();
    let mime::Readable { subject, text, .. } = mime::read(data);
    let from = envelope.from.unwrap_or_default();
    world
        .mails
        .push(world.clock.now(), NewMail { source: "smtp", from, to: envelope.to, subject, text, raw });
    "250 2.0.0 OK: delivered to the sandbox's inbox"
}

async fn say(writer: &mut OwnedWriteHalf, line: &str) -> std::io::Result<()> {
    writer.write_all(format!("{line}\r\n").as_bytes()).await
}

/// A line with its end, or nothing when the client is gone, silent for five minutes, or never ends its line.
async fn read_line(reader: &mut (impl tokio::io::AsyncBufRead + Unpin)) -> std::io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let mut limited = reader.take(LONGEST_LINE);
    match tokio::time::timeout(PATIENCE, limited.read_until(b'\n', &mut line)).await {
        Ok(Ok(count)) if count > 0 && line.ends_with(b"\n") => Ok(Some(line)),
        Ok(Err(error)) => Err(error),
        _ => Ok(None),
    }
}

/// The message without its final dot and without dot-stuffing; nothing when it is too large.
async fn read_data(reader: &mut (impl tokio::io::AsyncBufRead + Unpin)) -> std::io::Result<Option<Vec<u8>>> {
    let mut data = Vec::new();
    let mut fits = true;
    loop {
        let line = read_line(reader).await?.ok_or(std::io::ErrorKind::UnexpectedEof)?;
        if line == b".\r\n" || line == b".\n" {
            return Ok(fits.then_some(data));
        }
        fits = fits && data.len() + line.len() <= LARGEST_MAIL;
        if fits {
            data.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
    }
}
