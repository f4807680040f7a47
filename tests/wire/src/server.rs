//! Servers in processes of their own.

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use iam_conformance::Keys;

use crate::environment::{MINISTACK, MOTO, target_directory};

const MANAGED_POLICIES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/clients/managed-policies.jsonl"
);

/// A running server; it is stopped when this is dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    address: SocketAddr,
    account: &'static str,
    keys: Keys,
}

impl Server {
    /// moto, which authorizes nobody unless asked to.
    ///
    /// # Panics
    /// With one clear message where the server cannot be installed or does not
    /// come up; so do the others.
    #[must_use]
    pub fn moto() -> Server {
        Server::moto_with("true")
    }

    /// moto without AWS's managed policies, which is faster to reset.
    #[must_use]
    pub fn moto_without_managed_policies() -> Server {
        Server::moto_with("false")
    }

    fn moto_with(managed_policies: &str) -> Server {
        let address = free_address();
        let mut command = MOTO.command("moto_server");
        command
            .args(["-H", "127.0.0.1", "-p", &address.port().to_string()])
            .env("MOTO_IAM_LOAD_MANAGED_POLICIES", managed_policies);
        // moto takes any key for root's.
        let keys = keys(
            "AKIAIOSFODNN7EXAMPLE",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        );
        Server::start("moto", command, address, "123456789012", keys)
    }

    /// ministack, which checks signatures and authorizes.
    #[must_use]
    pub fn ministack() -> Server {
        let address = free_address();
        let mut command = MINISTACK.command("ministack");
        command
            .env("AUTH", "true")
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", address.port().to_string())
            .env_remove("AWS_ACCESS_KEY_ID")
            .env_remove("AWS_SECRET_ACCESS_KEY");
        // The root user's key is the account's number.
        let account = "123456789012";
        Server::start(
            "ministack",
            command,
            address,
            account,
            keys(account, "test"),
        )
    }

    /// The sandbox, by its own program: what it prints is what is used. It knows
    /// the AWS managed policies of `clients/managed-policies.jsonl` beside its own;
    /// their documents are made up.
    #[must_use]
    pub fn sandbox() -> Server {
        Server::sandbox_with("111122223333", &[])
    }

    /// The same for that account and with those arguments.
    #[must_use]
    pub fn sandbox_with(account: &'static str, arguments: &[&str]) -> Server {
        let mut child = Command::new(env!("CARGO"))
            .args([
                "run",
                "--quiet",
                "--locked",
                "-p",
                "iam-sandbox",
                "--",
                "--port",
                "0",
            ])
            .args(["--account", account])
            .args(["--managed-policies", MANAGED_POLICIES])
            .args(arguments)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("cargo starts");
        let mut lines = BufReader::new(child.stdout.take().expect("the program's output")).lines();
        let mut export = |name: &str| {
            let prefix = format!("export {name}=");
            lines
                .find_map(|line| Some(line.ok()?.strip_prefix(&prefix)?.to_owned()))
                .unwrap_or_else(|| panic!("iam-sandbox printed no {prefix}…"))
        };
        let endpoint = export("AWS_ENDPOINT_URL");
        let address = endpoint
            .strip_prefix("http://")
            .and_then(|text| text.parse().ok());
        let address = address.unwrap_or_else(|| panic!("{endpoint} is no plain endpoint"));
        let keys = keys(
            &export("AWS_ACCESS_KEY_ID"),
            &export("AWS_SECRET_ACCESS_KEY"),
        );
        Server {
            child,
            address,
            account,
            keys,
        }
    }

    fn start(
        name: &str,
        mut command: Command,
        address: SocketAddr,
        account: &'static str,
        keys: Keys,
    ) -> Server {
        let log = target_directory()
            .join("wire")
            .join(format!("{name}-{}.log", address.port()));
        let output = std::fs::File::create(&log).expect("the server's log file");
        let child = command
            .stdin(Stdio::null())
            .stdout(output.try_clone().expect("the log file again"))
            .stderr(output)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        let mut server = Server {
            child,
            address,
            account,
            keys,
        };
        server.wait_until_up(name, &log);
        server
    }

    fn wait_until_up(&mut self, name: &str, log: &Path) {
        let start = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            let ended = self.child.try_wait().ok().flatten();
            if ended.is_some() || start.elapsed() > Duration::from_secs(60) {
                let text = std::fs::read_to_string(log).unwrap_or_default();
                panic!(
                    "{name} did not come up at {} ({ended:?}):\n{text}",
                    self.address
                );
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The endpoint for clients.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The 12 digits of its account.
    #[must_use]
    pub fn account(&self) -> &'static str {
        self.account
    }

    /// The keys of the account's root user.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// A command with the endpoint, the root user's keys and a region in its
    /// environment.
    pub fn point<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command
            .env("AWS_ENDPOINT_URL", self.endpoint())
            .env("AWS_ACCESS_KEY_ID", &self.keys.id)
            .env("AWS_SECRET_ACCESS_KEY", &self.keys.secret)
    }

    /// Posts to a path of the server that is not AWS's.
    ///
    /// # Panics
    /// If the answer is another than 200.
    pub fn post(&self, path: &str, body: &str) {
        let mut stream = TcpStream::connect(self.address).expect("a connection");
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: text/plain\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        stream
            .write_all(request.as_bytes())
            .expect("the request is sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("the answer is read");
        let answer = String::from_utf8_lossy(&answer);
        let status = answer.split(' ').nth(1);
        assert_eq!(status, Some("200"), "POST {path}: {answer}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn keys(id: &str, secret: &str) -> Keys {
    Keys {
        id: id.to_owned(),
        secret: secret.to_owned(),
        token: None,
    }
}

/// A port that is free a moment before the server takes it.
fn free_address() -> SocketAddr {
    let directory: PathBuf = target_directory().join("wire");
    std::fs::create_dir_all(directory).expect("a directory for environments and logs");
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a free loopback port")
}
