//! A moto server of a pinned version, in a virtual environment under `target/`.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

/// What is installed; the version is part of the environment's path, so another
/// version makes another environment.
const PACKAGE: &str = "moto[server]==5.2.5";
const ENVIRONMENT: &str = "moto-5.2.5";

/// The account that moto answers for.
pub(crate) const ACCOUNT: &str = "123456789012";

/// A running server; it is stopped when this is dropped.
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    /// Installs moto where it is not yet, and starts it on a free port.
    ///
    /// # Panics
    /// With one clear message where python3 or pip is missing, the installation
    /// fails or the server does not come up: these tests are never passed over.
    pub(crate) fn start() -> Server {
        let environment = environment();
        // The port is free a moment before moto takes it.
        let address = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a free loopback port");
        let log = environment.join(format!("server-{}.log", address.port()));
        let output = std::fs::File::create(&log).expect("the server's log file");
        let child = Command::new(environment.join("bin/moto_server"))
            .args(["-H", "127.0.0.1", "-p", &address.port().to_string()])
            .env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
            .stdin(Stdio::null())
            .stdout(output.try_clone().expect("the log file again"))
            .stderr(output)
            .spawn()
            .expect("moto_server starts");
        let mut server = Server { child, address };
        server.wait_until_up(&log);
        server
    }

    fn wait_until_up(&mut self, log: &Path) {
        let start = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            let ended = self.child.try_wait().ok().flatten();
            if ended.is_some() || start.elapsed() > Duration::from_secs(60) {
                let text = std::fs::read_to_string(log).unwrap_or_default();
                panic!(
                    "moto did not come up at {} ({ended:?}):\n{text}",
                    self.address
                );
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The endpoint for the SDK.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The virtual environment with moto in it, made once.
fn environment() -> PathBuf {
    static READY: OnceLock<Mutex<Option<PathBuf>>> = OnceLock::new();
    let mut ready = READY
        .get_or_init(|| Mutex::new(None))
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(path) = ready.as_ref() {
        return path.clone();
    }
    let path = target_directory().join("wire").join(ENVIRONMENT);
    let done = path.join("installed");
    if !done.exists() {
        let _ = std::fs::remove_dir_all(&path);
        run(Command::new("python3").args(["-m", "venv"]).arg(&path));
        run(Command::new(path.join("bin/python")).args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            PACKAGE,
        ]));
        // Written last, so that an installation cut short is begun anew.
        std::fs::File::create(&done)
            .and_then(|mut file| writeln!(file, "{PACKAGE}"))
            .expect("the mark of a finished installation");
    }
    *ready = Some(path.clone());
    path
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| {
        panic!("the wire tests need python3 with venv and pip: {command:?} does not start: {error}")
    });
    assert!(
        output.status.success(),
        "the wire tests need python3 with venv and pip: {command:?} failed:\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
}

/// Cargo's target directory: the test binary lies in `<target>/<profile>/deps`.
fn target_directory() -> PathBuf {
    let binary = std::env::current_exe().expect("the path of this test");
    binary
        .ancestors()
        .nth(3)
        .expect("a target directory above this test")
        .to_owned()
}
