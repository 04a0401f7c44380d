//! A PostgreSQL of the tests' own: a free port of loopback, a data folder that goes with it.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

pub struct Server {
    folder: TempDir,
    programs: PathBuf,
    pub port: u16,
    process: Child,
}

impl Server {
    /// `None` where PostgreSQL is not installed, said by name; with CI=true that is a failure.
    pub fn start(test: &str) -> Option<Server> {
        let Some(programs) = programs() else {
            let told = format!("SKIPPED {test}: there is no PostgreSQL (apt-get install postgresql)");
            assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{told}");
            eprintln!("{told}");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        own_by_postgres(folder.path());
        fresh_data(&programs, folder.path());
        let port = free_port();
        let process = postgres(&programs, folder.path(), port);
        let server = Server { folder, programs, port, process };
        server.wait();
        // What docs/postgresql.md says a warehouse needs.
        server.sql(&format!("create role wharf login password '{PASSWORD}'"));
        server.sql("grant create on database postgres to wharf");
        Some(server)
    }

    /// The address of the warehouse, for wharf.toml.
    pub fn warehouse(&self) -> String {
        self.url().replacen("postgres:$", "wharf:$", 1)
    }

    pub fn sql_as_wharf(&self, sql: &str) -> Vec<String> {
        self.sql(&format!("set role wharf; {sql}"))
    }

    /// A session of wharf's user that stays open.
    pub fn session_as_wharf(&self) -> Session {
        let process = self.psql().env("PGUSER", "wharf").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        Session(process)
    }

    /// What goes into wharf.toml.
    pub fn url(&self) -> String {
        format!("postgres://postgres:${{PGPASSWORD}}@127.0.0.1:{}/postgres", self.port)
    }

    /// Runs statements, each in a transaction of its own unless they say otherwise; their rows, columns apart by commas.
    pub fn sql(&self, sql: &str) -> Vec<String> {
        let output = self.psql().arg("-c").arg(sql).output().unwrap();
        assert!(output.status.success(), "{sql}\n{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
    }

    /// A session that stays open.
    pub fn session(&self) -> Session {
        let process = self.psql().stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        Session(process)
    }

    /// A script of pgbench by some clients for some seconds.
    pub fn hammer(&self, script: &str, clients: u32, seconds: u32, rate: u32) -> Child {
        let path = self.folder.path().join("hammer.sql");
        std::fs::write(&path, script).unwrap();
        let mut command = Command::new(self.programs.join("pgbench"));
        self.reach(&mut command);
        command.args(["-n", "-f"]).arg(path);
        for (flag, value) in [("-c", clients), ("-T", seconds), ("-R", rate)] {
            command.arg(flag).arg(value.to_string());
        }
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// Speaks TLS from now on, and no longer without; the authority that signed its certificate, which is for `localhost`.
    pub fn with_tls(&self, test: &str) -> Option<PathBuf> {
        let file = |name: &str| self.folder.path().join(name);
        let script = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=tests -keyout ca.key -out ca.pem && \
             openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout server.key -out server.csr && \
             echo subjectAltName=DNS:localhost > names && \
             openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.pem";
        let made = Command::new("sh").args(["-ec", script]).current_dir(self.folder.path()).output().unwrap();
        if !made.status.success() {
            let told =
                format!("SKIPPED {test}: openssl makes no certificate: {}", String::from_utf8_lossy(&made.stderr));
            assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{told}");
            eprintln!("{told}");
            return None;
        }
        if is_root() {
            succeeds(Command::new("chown").arg("postgres").args([file("server.key"), file("server.pem")]));
        }
        for (setting, name) in [("ssl_key_file", "server.key"), ("ssl_cert_file", "server.pem")] {
            self.sql(&format!("alter system set {setting} = '{}'", file(name).display()));
        }
        self.sql("alter system set ssl = on");
        let access = file("data/pg_hba.conf");
        std::fs::write(&access, "hostssl all all all scram-sha-256\n").unwrap();
        self.sql("select pg_reload_conf()");
        thread::sleep(Duration::from_millis(300));
        Some(file("ca.pem"))
    }

    /// As after a crash: nothing is told to anybody.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        // Its children end when they notice.
        thread::sleep(Duration::from_millis(300));
    }

    pub fn start_again(&mut self) {
        let _ = std::fs::remove_file(self.folder.path().join("data/postmaster.pid"));
        self.process = postgres(&self.programs, self.folder.path(), self.port);
        self.wait();
    }

    fn psql(&self) -> Command {
        let mut command = Command::new(self.programs.join("psql"));
        self.reach(&mut command);
        command.args(["-X", "-q", "-A", "-t", "-F", ",", "-v", "ON_ERROR_STOP=1"]);
        command
    }

    fn reach(&self, command: &mut Command) {
        command.env("PGHOST", "127.0.0.1").env("PGPORT", self.port.to_string());
        command.env("PGUSER", "postgres").env("PGDATABASE", "postgres").env("PGPASSWORD", PASSWORD);
    }

    fn wait(&self) {
        let began = Instant::now();
        while !self.psql().args(["-c", "select 1"]).output().unwrap().status.success() {
            assert!(began.elapsed() < Duration::from_secs(60), "PostgreSQL does not start: {}", self.log());
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A fast shutdown: it removes its shared memory.
        let _ = Command::new("kill").args(["-INT", &self.process.id().to_string()]).status();
        let _ = self.process.wait();
    }
}

pub struct Session(Child);

impl Session {
    /// Sends statements and leaves them to run.
    pub fn say(&mut self, sql: &str) {
        let mut line = String::new();
        writeln!(line, "{sql}").unwrap();
        self.0.stdin.as_mut().unwrap().write_all(line.as_bytes()).unwrap();
    }

    /// After everything said was done.
    pub fn end(mut self) {
        drop(self.0.stdin.take());
        assert!(self.0.wait().unwrap().success());
    }
}

pub const PASSWORD: &str = "geheim-und-lang";

/// The newest PostgreSQL that is installed.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let folders = versions.map(|version| version.path().join("bin"));
    let newest = folders.filter(|folder| folder.join("initdb").exists()).max();
    newest.or_else(|| {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).find(|folder| folder.join("initdb").exists() && folder.join("pgbench").exists())
    })
}

/// A data folder as initdb leaves it: made once, since that takes seconds, and unpacked for each server.
fn fresh_data(programs: &Path, folder: &Path) {
    static PACKED: OnceLock<Vec<u8>> = OnceLock::new();
    let packed = PACKED.get_or_init(|| {
        let made = tempfile::tempdir().unwrap();
        own_by_postgres(made.path());
        let secret = made.path().join("password");
        std::fs::write(&secret, PASSWORD).unwrap();
        let init = ["-A", "scram-sha-256", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"];
        let data = made.path().join("data");
        succeeds(own(programs, "initdb").arg("-D").arg(&data).args(init).arg("--pwfile").arg(&secret));
        succeeds(Command::new("tar").arg("-C").arg(made.path()).args(["-cf", "-", "data"]))
    });
    let mut unpack = Command::new("tar");
    let mut unpack = unpack.arg("-C").arg(folder).args(["-xf", "-"]).stdin(Stdio::piped()).spawn().unwrap();
    unpack.stdin.take().unwrap().write_all(packed).unwrap();
    assert!(unpack.wait().unwrap().success());
}

fn own_by_postgres(folder: &Path) {
    if is_root() {
        succeeds(Command::new("chown").arg("postgres").arg(folder));
    }
}

fn postgres(programs: &Path, folder: &Path, port: u16) -> Child {
    let log = std::fs::OpenOptions::new().create(true).append(true).open(folder.join("log")).unwrap();
    let settings = [format!("unix_socket_directories={}", folder.display()), "listen_addresses=127.0.0.1".to_owned()];
    let mut command = own(programs, "postgres");
    command.arg("-D").arg(folder.join("data")).arg("-p").arg(port.to_string()).args(["-c", "fsync=off"]);
    for setting in &settings {
        command.args(["-c", setting]);
    }
    command.stdout(Stdio::null()).stderr(log).spawn().unwrap()
}

/// The server's programs refuse to run as root.
fn own(programs: &Path, program: &str) -> Command {
    let program = programs.join(program);
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "postgres", "--regid", "postgres", "--init-groups"]).arg(program).current_dir("/");
    command
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().unwrap();
    output.stdout.trim_ascii() == b"0"
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// What it printed.
fn succeeds(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}
