//! The program itself, started as a person would start it.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::{JoinHandle, spawn};

/// The output of a stream so far.
type Said = Arc<Mutex<Vec<u8>>>;

/// A running program, which is killed when it is dropped.
pub(crate) struct Process {
    child: Child,
    first_line: String,
    said: [Said; 2],
    readers: Vec<JoinHandle<()>>,
}

impl Process {
    /// Starts the program on a directory and any free port, and returns once it listens.
    pub(crate) fn start(directory: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = command(directory);
        command.args(arguments).envs(environment.iter().copied());
        Self::spawn(command)
    }

    /// Starts the program so that none of its files can grow beyond this many bytes.
    pub(crate) fn start_limited(directory: &Path, arguments: &[&str], bytes: u64) -> Self {
        // The shell counts in blocks of 512 bytes. A write beyond the limit fails if its signal is ignored.
        const LIMITED: &str = "ulimit -f \"$0\" && trap '' XFSZ && exec \"$@\"";
        let program = command(directory);
        let mut limited = Command::new("sh");
        limited.args(["-c", LIMITED, &(bytes / 512).to_string()]).arg(program.get_program()).args(program.get_args());
        limited.args(arguments).stdin(Stdio::null()).env_remove("RUST_LOG");
        Self::spawn(limited)
    }

    /// Starts the program, and returns once it listens; `None` if it ends at once.
    pub(crate) fn try_start(directory: &Path) -> Option<Self> {
        Self::try_spawn(command(directory)).ok()
    }

    fn spawn(command: Command) -> Self {
        Self::try_spawn(command).unwrap_or_else(|error| panic!("it ended at once: {error}"))
    }

    /// Starts a command. If it ends before its first line, returns its standard error.
    fn try_spawn(mut command: Command) -> Result<Self, String> {
        let mut child = spawned(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
        let (out, error) = (Said::default(), Said::default());
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut stderr = child.stderr.take().unwrap();
        let readers = vec![reader(&error, move |buffer| stderr.read(buffer))];
        let mut first_line = String::new();
        stdout.read_line(&mut first_line).unwrap();
        out.lock().unwrap().extend(first_line.as_bytes());
        let mut process = Self { child, first_line, said: [out.clone(), error], readers };
        if !process.first_line.ends_with('\n') {
            return Err(process.stop().1);
        }
        process.readers.push(reader(&out, move |buffer| stdout.read(buffer)));
        Ok(process)
    }

    /// Runs the program, which must fail to start. Returns its exit code, its standard output and its standard error.
    pub(crate) fn fails(directory: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
        let output = command(directory).args(arguments).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    }

    /// The first line of its standard output, without the line feed.
    pub(crate) fn first_line(&self) -> &str {
        self.first_line.trim_end_matches('\n')
    }

    /// The address that it says it listens on.
    pub(crate) fn address(&self) -> SocketAddr {
        let url = self.first_line().strip_prefix("listening on http://").expect("where it listens");
        url.parse().expect("an address")
    }

    /// Kills the program, without a chance to clean up, and returns its standard output and its standard error.
    pub(crate) fn kill(mut self) -> (String, String) {
        self.stop()
    }

    fn stop(&mut self) -> (String, String) {
        // It may have ended by itself already.
        self.child.kill().ok();
        self.child.wait().unwrap();
        for reader in self.readers.drain(..) {
            reader.join().unwrap();
        }
        let [out, error] = &self.said;
        let text = |said: &Said| String::from_utf8_lossy(&said.lock().unwrap()).into_owned();
        (text(out), text(error))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The command that starts the program on a directory and any free port.
pub(crate) fn command(directory: &Path) -> Command {
    let mut command = Command::new(program());
    command.args(["--port", "0", "--data"]).arg(directory).stdin(Stdio::null()).env_remove("RUST_LOG");
    command
}

/// Spawns a process. One at a time: until it executes its program, a child holds a copy of every open file, and with it the
/// lock of a directory whose service in this process has just ended.
pub(crate) fn spawned(command: &mut Command) -> Child {
    static SPAWNING: Mutex<()> = Mutex::new(());
    let _alone = SPAWNING.lock().unwrap();
    command.spawn().unwrap()
}

fn reader(said: &Said, mut read: impl FnMut(&mut [u8]) -> std::io::Result<usize> + Send + 'static) -> JoinHandle<()> {
    let said = said.clone();
    spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = read(&mut buffer) {
            said.lock().unwrap().extend(&buffer[..count]);
        }
    })
}

/// The program, built from the sources under test.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let mut build = Command::new(env!("CARGO"));
        build
            .args(["build", "--locked", "--quiet", "-p", "local", "--bin", "local"])
            .current_dir(env!("CARGO_MANIFEST_DIR"));
        assert!(build.status().unwrap().success(), "the program does not build");
        // Tests run from `target/<profile>/deps`.
        let tests = std::env::current_exe().unwrap();
        let program = tests.ancestors().nth(2).unwrap().join("local");
        assert!(program.is_file(), "{} is missing", program.display());
        program
    })
}
