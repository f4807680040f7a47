//! Virtual environments of Python under Cargo's target directory.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

/// A virtual environment: its directory's name and what is installed there.
/// Other versions belong into another directory, so that they are installed.
#[derive(Debug, Clone, Copy)]
pub struct Environment {
    name: &'static str,
    packages: &'static [&'static str],
}

/// The server of moto.
pub const MOTO: Environment = Environment {
    name: "moto-5.2.5",
    packages: &["moto[server]==5.2.5"],
};

/// The server of ministack.
pub const MINISTACK: Environment = Environment {
    name: "ministack-1.5.33",
    packages: &["ministack==1.5.33"],
};

/// boto3 and the AWS CLI.
pub const CLIENTS: Environment = Environment {
    name: "clients-1.44.5",
    packages: &["boto3==1.44.5", "awscli==1.46.3"],
};

/// Ansible with its collection for AWS: 55 MB to download, 580 MB on disk,
/// half a minute.
pub const ANSIBLE: Environment = Environment {
    name: "ansible-12.3.0",
    packages: &["ansible==12.3.0", "boto3==1.44.5"],
};

/// AWSume, which imports `pkg_resources` of setuptools.
pub const AWSUME: Environment = Environment {
    name: "awsume-4.5.4",
    packages: &["setuptools<81", "awsume==4.5.4"],
};

impl Environment {
    /// The environment's directory; it is made and filled where it is not yet.
    ///
    /// # Panics
    /// With one clear message where python3 or pip is missing or the
    /// installation fails.
    #[must_use]
    pub fn directory(self) -> PathBuf {
        static READY: Mutex<BTreeMap<&str, PathBuf>> = Mutex::new(BTreeMap::new());
        let mut ready = READY.lock().unwrap_or_else(PoisonError::into_inner);
        ready
            .entry(self.name)
            .or_insert_with(|| self.install())
            .clone()
    }

    /// A command of the environment.
    #[must_use]
    pub fn command(self, program: &str) -> Command {
        let mut command = Command::new(self.directory().join("bin").join(program));
        // No account of whoever runs this may be reached by accident.
        command
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            // Ansible refuses to run in a locale without UTF-8.
            .env("LC_ALL", "C.UTF-8")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .env_remove("AWS_PROFILE")
            .env_remove("AWS_SESSION_TOKEN");
        command
    }

    fn install(self) -> PathBuf {
        let path = target_directory().join("wire").join(self.name);
        let done = path.join("installed");
        if !done.exists() {
            let _ = std::fs::remove_dir_all(&path);
            run(Command::new("python3").args(["-m", "venv"]).arg(&path));
            let mut pip = Command::new(path.join("bin/python"));
            pip.args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ]);
            run(pip.args(self.packages));
            // Written last, so that an installation cut short is begun anew.
            std::fs::File::create(&done)
                .and_then(|mut file| writeln!(file, "{}", self.packages.join(" ")))
                .expect("the mark of a finished installation");
        }
        path
    }
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

/// Cargo's target directory: a test binary lies in `<target>/<profile>/deps`,
/// any other in `<target>/<profile>`.
pub(crate) fn target_directory() -> PathBuf {
    let binary = std::env::current_exe().expect("the path of this program");
    let profile = binary.parent().expect("a directory above this program");
    let profile = match profile.file_name() {
        Some(name) if name == "deps" => profile.parent().expect("a directory above deps"),
        _ => profile,
    };
    profile
        .parent()
        .map(Path::to_owned)
        .expect("a target directory")
}
