//! A server of PostgreSQL of a test's own, which it may end and start again.

use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A server; it is stopped when this is dropped.
pub struct Cluster {
    directory: TempDir,
    programs: PathBuf,
    port: u16,
}

impl Cluster {
    /// A new server on a free port, or `None` where none is installed.
    ///
    /// # Panics
    /// It does not start, or none is installed where `CI` is set.
    #[must_use]
    pub fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            assert!(std::env::var_os("CI").is_none(), "PostgreSQL is missing");
            eprintln!("SKIPPED: PostgreSQL is not installed");
            return None;
        };
        let directory = tempfile::tempdir().expect("a scratch directory");
        // The server may run as somebody else, who makes the data in it.
        let open = std::fs::Permissions::from_mode(0o777);
        std::fs::set_permissions(directory.path(), open).expect("permissions");
        let free = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr());
        let cluster = Self {
            directory,
            programs,
            port: free.expect("a free port").port(),
        };
        let data = cluster.data();
        cluster.run(
            "initdb",
            &["-D", &data, "-U", "postgres", "-A", "trust", "--no-sync"],
        );
        cluster.begin("start");
        Some(cluster)
    }

    /// Kills the server as a crash would, and starts it again.
    ///
    /// # Panics
    /// It does not start.
    pub fn crash(&self) {
        self.begin("restart");
    }

    /// From now on it is reached over TLS alone, with this certificate and its
    /// key, both as PEM.
    ///
    /// # Panics
    /// It does not start with them.
    pub fn require_tls(&self, certificate: &str, key: &str) {
        let data = PathBuf::from(self.data());
        let owner = data.metadata().expect("its data").uid();
        let files = [
            ("server.crt", certificate),
            ("server.key", key),
            ("postgresql.auto.conf", "ssl = on\n"),
            ("pg_hba.conf", "hostssl all all 127.0.0.1/32 trust\n"),
        ];
        for (name, text) in files {
            let path = data.join(name);
            std::fs::write(&path, text).expect("a file");
            let private = std::fs::Permissions::from_mode(0o600);
            std::fs::set_permissions(&path, private).expect("permissions");
            chown(&path, Some(owner), None).expect("an owner");
        }
        self.begin("restart");
    }

    /// Returns the URL at which databases are made.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}", self.port)
    }

    /// Its port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    fn data(&self) -> String {
        self.directory.path().join("data").display().to_string()
    }

    fn begin(&self, how: &str) {
        let directory = self.directory.path().display();
        let options = format!(
            "-p {} -k {directory} -c listen_addresses=127.0.0.1",
            self.port
        );
        let log = self.directory.path().join("log").display().to_string();
        let data = self.data();
        self.run(
            "pg_ctl",
            &[
                "-D",
                &data,
                "-l",
                &log,
                "-w",
                "-m",
                "immediate",
                "-o",
                &options,
                how,
            ],
        );
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let status = self.command(program, arguments).status();
        assert!(status.is_ok_and(|it| it.success()), "{program} failed");
    }

    /// Returns a command of the server, which refuses to run as root.
    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let program = self.programs.join(program);
        let own = Path::new("/proc/self").metadata();
        let root = own.is_ok_and(|it| it.uid() == 0);
        let mut command = match root {
            true => {
                let mut command = Command::new("runuser");
                command.args(["-u", "postgres", "--"]).arg(program);
                command
            }
            false => Command::new(program),
        };
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let data = self.data();
        let stopped = self.command("pg_ctl", &["-D", &data, "-m", "immediate", "-w", "stop"]);
        let _ = { stopped }.status();
    }
}

/// The programs of the newest version that is installed.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let versions = versions.filter_map(|version| {
        let path = version.ok()?.path();
        let number: u32 = path.file_name()?.to_str()?.parse().ok()?;
        Some((number, path.join("bin")))
    });
    versions.max().map(|(_, programs)| programs)
}
