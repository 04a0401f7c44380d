//! Who may ask what.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::client::{Reply, Server};
use crate::shop::Shop;
use crate::small;

const TOKEN: &str = "0123456789abcdef0123456789";
/// Settings by which these may ask.
pub const TOKENS: &str =
    "admin_token = \"0123456789abcdef0123456789\"\nviewer_token = \"viewer-viewer-viewer-viewer\"\n";
pub const ADMIN: (&str, &str) = ("authorization", "Bearer 0123456789abcdef0123456789");
pub const VIEWER: (&str, &str) = ("authorization", "Bearer viewer-viewer-viewer-viewer");

fn hash(password: &str) -> String {
    let shop = Shop::new();
    let mut command = shop.command(&["serve", "--hash-password"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(format!("{password}\n").as_bytes()).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap().trim().to_owned()
}

pub fn guarded() -> (Shop, Server) {
    let hash = hash("correct horse battery");
    small(&format!(
        "admin_token = \"{TOKEN}\"\nviewer_token = \"viewer-viewer-viewer-viewer\"\nadmin_password_hash = '{hash}'\n"
    ))
}

#[test]
fn another_address_needs_credentials() {
    let shop = Shop::new();
    let told = ["can be reached from other machines", "serve.admin_password_hash"];
    shop.wharf(&["serve", "--port", "0", "--set", "serve.address=0.0.0.0"]).fails(2, &told);
    shop.wharf(&["serve", "--set", "serve.address=somewhere"]).fails(2, &["is not an IP address"]);
    shop.wharf(&["serve", "--set", "serve.tls_key=wharf.toml"]).fails(2, &["tls_certificate is not"]);
    let both = ["serve", "--port", "0", "--set", "serve.tls_certificate=none.pem", "--set", "serve.tls_key=none.key"];
    assert_eq!(shop.wharf(&both).fails(2, &["none.pem", "serve.tls_certificate"]).out, "", "no address is told");
}

/// All at once, each where it is written, and no secret repeated.
#[test]
fn what_nobody_could_log_in_with_is_told_with_its_place() {
    let shop = Shop::new();
    shop.write(
        "wharf.toml",
        "[shop]\npreset = \"online-retail\"\n\n[serve]\nport = 0\naddress = \"0.0.0.0\"\n\
         admin_password_hash = \"geheim\"\nviewer_token = \"kurz\"\n",
    );
    let done = shop.wharf(&["serve"]).fails(
        2,
        &[
            "wharf.toml:7:23: serve.admin_password_hash is no hash of a password\n  make one with `wharf serve --hash-password`",
            "wharf.toml:8:16: serve.viewer_token is shorter than 20 characters",
            "2 mistakes",
        ],
    );
    assert!(!done.err.contains("geheim") && !done.err.contains("kurz"), "{}", done.err);
    shop.write("wharf.toml", "[shop]\npreset = \"online-retail\"\n\n[serve]\naddress = \"0.0.0.0\"\n");
    shop.wharf(&["serve"]).fails(2, &["wharf.toml:5:11: serve.address = 0.0.0.0 can be reached", "no credentials"]);
    shop.write("wharf.toml", "[shop]\npreset = \"online-retail\"\n\n[serve]\nviewer_tokn = \"x\"\n");
    shop.wharf(&["serve"]).fails(2, &["wharf.toml:5:1: unknown key `viewer_tokn`", "did you mean `viewer_token`?"]);
    shop.write("wharf.toml", "[shop]\npreset = \"online-retail\"\n\n[serve]\nviewer_token = \"x\n");
    shop.wharf(&["serve"]).fails(2, &["wharf.toml:5:"]);
    shop.wharf(&["serve", "--set", "serve.admin_tokn=x"])
        .fails(2, &["--set: there is no setting", "`serve.admin_token`?"]);
}

#[test]
fn another_site_cannot_make_a_browser_ask() {
    let (_shop, server) = small("");
    let elsewhere = server.ask("GET", "/api/v1/shop", &[("host", "shop.example")], b"");
    assert!(elsewhere.problem(403).contains("localhost"));
    let json = ("content-type", "application/json");
    let plain = server.ask("POST", "/api/v1/query", &[json], br#"{"sql": "select 1"}"#);
    assert!(plain.problem(403).contains("X-Wharf"));
    let page = server.get("/");
    for (name, part) in [
        ("content-security-policy", "script-src 'self'"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
    ] {
        assert!(page.header(name).contains(part), "{name}: {}", page.header(name));
    }
    assert_eq!(server.get("/api/v1/shop").header("access-control-allow-origin"), "");
    assert_eq!(page.header("strict-transport-security"), "", "this is not TLS");
}

#[test]
fn without_credentials_nothing_is_told() {
    let (_shop, server) = guarded();
    for path in ["/api/v1/shop", "/api/v1/openapi.json", "/api/v1/events", "/metrics"] {
        server.get(path).problem(401);
    }
    let page = server.get("/customers");
    assert_eq!((page.status, page.header("location")), (303, "/login"));
    assert_eq!(server.get("/login").status, 200);
    assert_eq!(server.get("/healthz").text(), "ok\n");
    let wrong = ("authorization", "Bearer 0123456789abcdef0123456788");
    server.ask("GET", "/api/v1/shop", &[wrong], b"").problem(401);
    assert_eq!(server.ask("GET", "/api/v1/shop", &[ADMIN], b"").status, 200);
    let lower = ("authorization", "bearer 0123456789abcdef0123456789");
    assert_eq!(server.ask("GET", "/api/v1/shop", &[lower], b"").status, 200);
}

#[test]
fn a_log_in_holds_until_it_is_ended() {
    let (_shop, server) = guarded();
    let json = [("content-type", "application/json"), ("x-wharf", "1")];
    let log_in = |body: &str| server.ask("POST", "/api/v1/login", &json, body.as_bytes());
    log_in(r#"{"name": "admin", "password": "correct horse"}"#).problem(401);
    let done = log_in(r#"{"name": "admin", "password": "correct horse battery"}"#);
    assert_eq!(done.status, 204);
    let cookie = done.header("set-cookie").to_owned();
    assert!(["HttpOnly", "SameSite=Strict"].iter().all(|part| cookie.contains(part)), "{cookie}");
    let session = ("cookie", cookie.split(';').next().unwrap());
    assert_eq!(server.ask("GET", "/api/v1/shop", &[session], b"").status, 200);
    // A cookie alone changes nothing.
    server.ask("PUT", "/api/v1/queries/x", &[session, json[0]], br#"{"sql": "select 1"}"#).problem(403);
    let mut events = server.connect();
    let asked = format!("GET /api/v1/events HTTP/1.1\r\nhost: {}\r\ncookie: {}\r\n\r\n", server.address, session.1);
    events.write_all(asked.as_bytes()).unwrap();
    let mut head = [0; 12];
    events.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 200");
    assert_eq!(server.ask("POST", "/api/v1/logout", &[session, json[1]], b"").status, 204);
    server.ask("GET", "/api/v1/shop", &[session], b"").problem(401);
    // What began with the session ends with it.
    Reply::read(events);
    // Passwords cannot be tried out.
    let statuses: Vec<u16> = (0..6).map(|_| log_in(r#"{"name": "admin", "password": "guess"}"#).status).collect();
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
    assert_eq!(log_in(r#"{"name": "admin", "password": "guess"}"#).header("retry-after"), "60");
}

#[test]
fn viewers_see_nothing_personal_and_change_nothing() {
    let (shop, server) = guarded();
    let of = |path: &str, who| server.ask("GET", &format!("/api/v1{path}"), &[who], b"").text();
    let customer = shop.query("select customer_id from customer_summary order by rank limit 1")[0].clone();
    let day = shop.query("select cast(max(day) as varchar) from daily_customer_stats")[0].clone();
    for path in [
        "/customers".to_owned(),
        format!("/customers/{customer}"),
        format!("/stats/{day}"),
        "/orders".to_owned(),
        "/tables/orders".to_owned(),
        "/rejects/rows".to_owned(),
        "/customers?format=csv".to_owned(),
        "/why?metric=spend".to_owned(),
    ] {
        assert!(!of(&path, VIEWER).contains(&format!("\"{customer}\"")), "{path}");
    }
    assert!(of("/customers", ADMIN).contains(&format!("\"{customer}\"")));
    assert!(of("/customers", VIEWER).contains("•••"));
    assert!(server.sql("select 1", &[VIEWER]).problem(403).contains("viewers"));
    assert_eq!(server.sql("select 1", &[ADMIN]).status, 200);
    let save = |who, name: &str| {
        server.ask(
            "PUT",
            &format!("/api/v1/queries/{name}"),
            &[who, ("content-type", "application/json")],
            br#"{"sql": "select 1"}"#,
        )
    };
    save(VIEWER, "mine").problem(403);
    assert_eq!(save(ADMIN, "mine").status, 204);
    assert_eq!(std::fs::read_to_string(shop.path("queries/mine.sql")).unwrap(), "select 1");
    for name in ["..%2Fwharf", "a%2Fb", "%2e%2e", "x.sql"] {
        save(ADMIN, name).problem(400);
    }
    std::fs::create_dir(shop.path("queries/folder.sql")).unwrap();
    assert!(save(ADMIN, "folder").problem(400).contains("is a folder"));
    assert!(!shop.path("queries/folder.sql.part").exists());
    // What a question says that fails may be somebody's.
    std::fs::create_dir(shop.path("dashboards")).unwrap();
    shop.write(
        "dashboards/mine.yaml",
        "title: Mine\ntiles:\n  - {sql: select cast('secret of ' || customer_id as int) from customer_summary, chart: table}\n",
    );
    for path in ["/dashboards/mine", "/dashboards/mine/tiles/0"] {
        assert!(of(path, ADMIN).contains("secret of"), "{}", of(path, ADMIN));
        let told = of(path, VIEWER);
        assert!(told.contains("an admin sees why") && !told.contains("secret of"), "{told}");
    }
    assert_eq!(server.ask("DELETE", "/api/v1/queries/mine", &[ADMIN], b"").status, 204);
    assert!(!shop.path("queries/mine.sql").exists());
}

/// What a client says over TLS that trusts the certificate and nothing else.
fn over_tls(server: &Server, certificate: &Path) -> Output {
    let address = server.address.to_string();
    let mut command = Command::new("openssl");
    // As a browser does it offers the newer version of HTTP first, and takes what the server chooses.
    let offered = ["-alpn", "h2,http/1.1"];
    command.args(["s_client", "-quiet", "-verify_return_error", "-connect", &address]).args(offered);
    command.arg("-CAfile").arg(certificate);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let request = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    // One that trusts nobody has gone already.
    let _ = child.stdin.as_mut().unwrap().write_all(request);
    child.wait_with_output().unwrap()
}

#[test]
fn tls_is_spoken_with_the_projects_certificate() {
    if Command::new("openssl").arg("version").output().is_err() {
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "openssl is missing");
        eprintln!("SKIPPED: tls_is_spoken_with_the_projects_certificate: openssl is missing");
        return;
    }
    let shop = Shop::new();
    let certificate = |name: &str| {
        let (key, pem) = (shop.path(&format!("{name}.key")), shop.path(&format!("{name}.pem")));
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
            .args(["-subj", "/CN=localhost", "-keyout"])
            .arg(key)
            .arg("-out")
            .arg(&pem)
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        pem
    };
    let (ours, other) = (certificate("ours"), certificate("other"));
    let flags = ["--set", "serve.tls_certificate=ours.pem", "--set", "serve.tls_key=ours.key"];
    let server = Server::start(&shop, &flags);
    let told = over_tls(&server, &ours);
    let text = String::from_utf8_lossy(&told.stdout);
    assert!(text.ends_with("ok\n") && text.contains("strict-transport-security: max-age="), "{told:?}");
    let chosen = Command::new("openssl")
        .args(["s_client", "-alpn", "h2,http/1.1", "-connect", &server.address.to_string()])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&chosen.stdout).contains("ALPN protocol: http/1.1"), "{chosen:?}");
    assert!(!String::from_utf8_lossy(&over_tls(&server, &other).stdout).contains("ok"));
    // Who does not speak TLS hears nothing.
    assert_ne!(server.get("/healthz").status, 200);
    assert_eq!(server.stop(), Some(0));
}
