//! Server processes, as an operator starts them.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

/// A process that listens; killed when dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    child: Child,
    // Kept open: whoever prints into a closed pipe fails.
    _stdout: BufReader<ChildStdout>,
}

impl Server {
    /// `switchboard serve` with this data folder and these settings, from when it says that it listens.
    pub(crate) fn serve(data: &Path, settings: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_switchboard"));
        command.args(["serve", "--listen", "127.0.0.1:0"]).current_dir(data).env_clear();
        command.env("SWITCHBOARD_DATA_DIR", data).envs(settings.iter().copied());
        Self::start(command)
    }

    /// A program that prints its address in its first line.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("the program starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("its first line");
        let word = line.split([' ', ',']).find_map(|word| word.trim().parse().ok());
        let address = word.unwrap_or_else(|| panic!("no address in {line:?}"));
        Self { address, child, _stdout: stdout }
    }

    /// Resident memory in MiB.
    pub(crate) fn resident_mib(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("Linux");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a running process");
        let kib: f64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
        (kib / 102.4).round() / 10.0
    }

    /// Processor time used so far, by all threads, in its 10 ms ticks.
    pub(crate) fn processor_time(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("Linux");
        let after_name = stat.rsplit_once(')').expect("a name").1;
        let fields: Vec<&str> = after_name.split_whitespace().collect();
        let ticks = |index: usize| fields[index].parse::<u64>().expect("a number");
        Duration::from_millis((ticks(11) + ticks(12)) * 10)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The machine: processors, memory, compiler.
pub(crate) fn machine() -> String {
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kib = memory.split_whitespace().nth(1).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or(": unknown");
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let rustc =
        Command::new("rustc").arg("--version").output().map(|output| output.stdout).unwrap_or_default();
    let gib = (kib + (1 << 19)) >> 20;
    let (model, rustc) = (model.trim_start_matches([' ', '\t', ':']), String::from_utf8_lossy(&rustc));
    format!("{cores} cores ({model}), {gib} GiB, {}", rustc.trim())
}

/// Asks for a page on a connection of its own until it is there; answers how long that took since `started`.
pub(crate) fn time_to_page(address: SocketAddr, path: &str, started: Instant) -> Duration {
    use std::io::{Read, Write};
    let mut stream = TcpStream::connect(address).expect("it listens");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut page = String::new();
    stream.read_to_string(&mut page).expect("it answers");
    let took = started.elapsed();
    assert!(page.starts_with("HTTP/1.1 200 ") && page.contains("</html>"), "no page: {page}");
    took
}
