//! A load client that costs as little as it can: HTTP/1.1 on kept connections, requests written from prepared bytes,
//! answers read up to their Content-Length and not looked at any further.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Barrier,
    task::JoinSet,
};

/// What a run took, and the last answer's body.
pub(crate) struct Ran {
    pub(crate) took: Duration,
    pub(crate) slowest: Duration,
    pub(crate) body: Vec<u8>,
}

/// A `GET` of `path` with an API key.
pub(crate) fn get(path: &str, key: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n\r\n").into_bytes()
}

/// Sends all `requests`, the n-th connection every n-th of them, beginning on all connections at once. Each has to be
/// answered with 200.
pub(crate) async fn run(servers: &[SocketAddr], requests: &Arc<Vec<Vec<u8>>>, connections: usize) -> Ran {
    let start = Arc::new(Barrier::new(connections + 1));
    let mut clients = JoinSet::new();
    for first in 0..connections {
        let mut client = Client::connect(servers[first % servers.len()]).await;
        let (requests, start) = (Arc::clone(requests), Arc::clone(&start));
        clients.spawn(async move {
            start.wait().await;
            let mut slowest = Duration::ZERO;
            for request in requests.iter().skip(first).step_by(connections) {
                let sent = Instant::now();
                client.ask(request).await;
                slowest = slowest.max(sent.elapsed());
            }
            (slowest, client.body().to_vec())
        });
    }
    start.wait().await;
    let started = Instant::now();
    let ended = clients.join_all().await;
    let took = started.elapsed();
    let slowest = ended.iter().map(|(slowest, _)| *slowest).max().unwrap_or_default();
    let body = ended.into_iter().next().map(|(_, body)| body).unwrap_or_default();
    Ran { took, slowest, body }
}

/// One kept connection.
struct Client {
    stream: TcpStream,
    answer: Vec<u8>,
    head: usize,
}

impl Client {
    async fn connect(server: SocketAddr) -> Self {
        let stream = TcpStream::connect(server).await.expect("the server accepts connections");
        stream.set_nodelay(true).expect("a socket option");
        Self { stream, answer: Vec::with_capacity(8192), head: 0 }
    }

    async fn ask(&mut self, request: &[u8]) {
        self.stream.write_all(request).await.expect("the server reads");
        self.answer.clear();
        loop {
            let read = self.stream.read_buf(&mut self.answer).await.expect("the server answers");
            assert!(read > 0, "the server hung up: {}", String::from_utf8_lossy(&self.answer));
            if self.is_complete() {
                break;
            }
        }
        let answer = &self.answer;
        assert!(answer.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(answer));
    }

    /// Whether head and body are there. Nothing follows them: requests are not pipelined.
    fn is_complete(&mut self) -> bool {
        let Some(end) = self.answer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { return false };
        self.head = end + 4;
        self.answer.len() - self.head >= content_length(&self.answer[..end])
    }

    fn body(&self) -> &[u8] {
        &self.answer[self.head..]
    }
}

fn content_length(head: &[u8]) -> usize {
    let lines = head.split(|byte| *byte == b'\n');
    let value = lines.filter_map(|line| {
        let (name, value) = line.split_at_checked(15)?;
        name.eq_ignore_ascii_case(b"content-length:").then_some(value)
    });
    let text = value.map(|value| String::from_utf8_lossy(value).trim().parse()).next();
    text.expect("an answer with a Content-Length").expect("a number")
}
