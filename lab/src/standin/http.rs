//! A small HTTP/1.1 server (RFC 9112) with HTTP Basic (RFC 7617), as wrong as its switches say.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::account::{Answer, Door};
use super::digest::Said;
use super::pulse::Diary;
use super::spec::{HttpSpec, Trigger};
use super::tls::Front;
use super::updater::{MAX_PACKAGE, UpdateSpec, Updater};
use super::{connection, hostile};

/// One for all: what a stand-in protects is not worth stealing.
const NONCE: &str = "7c1e";
const MAX_HEAD: usize = 8 << 10;
/// As much of an unwanted body is read, so that its sender hears the answer.
const MAX_UNWANTED: usize = 4 << 20;
const MAX_REQUESTS: usize = 100;
const PATIENCE: Duration = Duration::from_secs(15);

/// A web server.
#[derive(Debug)]
pub(super) struct Server {
    spec: HttpSpec,
    door: Door,
    updater: Option<Updater>,
    /// None: it speaks in clear.
    tls: Option<Front>,
}

/// A request, as far as it matters here.
#[derive(Debug, Default, PartialEq, Eq)]
struct Request {
    method: String,
    /// Without its query.
    path: String,
    host: String,
    authorization: Option<String>,
    /// What the body is said to be.
    kind: String,
    body_length: usize,
    close: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Response {
    status: &'static str,
    kind: &'static str,
    headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

impl Server {
    pub(super) fn new(spec: &HttpSpec) -> Self {
        let switch = &spec.switch;
        let door = Door::new(
            &spec.accounts,
            switch.accepts_anything,
            switch.lockout_after,
            switch.throttle_after,
        );
        let tls = spec.tls.as_ref().filter(|_| !switch.in_clear);
        Self {
            spec: spec.clone(),
            door,
            // `validate` has seen that there is one.
            updater: spec.update.as_ref().and_then(UpdateSpec::updater),
            tls: tls.map(Front::new),
        }
    }

    pub(super) fn port(&self) -> u16 {
        self.spec.port
    }

    pub(super) fn dies_after(&self) -> Option<Trigger> {
        self.spec.switch.dies_after
    }

    pub(super) async fn serve(&self, stream: TcpStream, diary: &Diary) {
        let switch = &self.spec.switch;
        if switch.resets {
            return connection::reset(stream);
        }
        if switch.never_answers {
            return connection::mute(stream).await;
        }
        if switch.endless_banner {
            return connection::flood(stream).await;
        }
        match &self.tls {
            None => self.converse(stream, diary).await,
            Some(front) => {
                if let Ok(Some(stream)) = timeout(PATIENCE, front.accept(stream)).await {
                    self.converse(stream, diary).await;
                }
            }
        }
    }

    async fn converse(&self, mut stream: impl AsyncRead + AsyncWrite + Unpin, diary: &Diary) {
        let mut unread = Vec::new();
        for _ in 0..MAX_REQUESTS {
            let Ok(Some(head)) = timeout(PATIENCE, read_head(&mut stream, &mut unread)).await
            else {
                return;
            };
            let Some(mut request) = parse(&head) else {
                let response = page("400 Bad Request", "Bad request", "");
                let _ = stream.write_all(&self.write(&response, true, false)).await;
                break;
            };
            let response = match (self.gate(&request, diary), self.updater_for(&request)) {
                (Some(instead), _) => instead,
                (None, None) => self.page(&request.path),
                (None, Some(updater)) => {
                    let length = std::mem::take(&mut request.body_length);
                    let Some(body) = body(&mut stream, &mut unread, length).await else {
                        break;
                    };
                    install(updater, package_in(&request.kind, &body), diary)
                }
            };
            let let_in = request.authorization.is_some() && response.status.starts_with("200");
            if self.spec.switch.silent_to_accounts && let_in {
                return connection::mute(stream).await;
            }
            let bytes = self.write(&response, request.close, request.method == "HEAD");
            if stream.write_all(&bytes).await.is_err()
                || !skip(&mut stream, &mut unread, request.body_length).await
                || request.close
            {
                break;
            }
        }
        // The farewell of TLS, where there is TLS.
        let _ = stream.shutdown().await;
    }

    /// The updater that a request is for.
    fn updater_for(&self, request: &Request) -> Option<&Updater> {
        let sends = matches!(request.method.as_str(), "POST" | "PUT");
        let updater = self.updater.as_ref();
        updater.filter(|updater| sends && updater.path() == request.path)
    }

    /// What is said instead of what was asked for. None: whoever asks may have it.
    fn gate(&self, request: &Request, diary: &Diary) -> Option<Response> {
        let switch = &self.spec.switch;
        let credentials = request.authorization.as_deref().map(credentials);
        if request.authorization.is_some() {
            diary.login();
        }
        let updater = self.updater_for(request);
        let is_update = updater.is_some();
        if !is_update && !matches!(request.method.as_str(), "GET" | "HEAD" | "POST") {
            return Some(page("405 Method Not Allowed", "Method not allowed", ""));
        }
        let but = switch.redirects_to_https_but.as_ref();
        if switch.redirects_to_https || but.is_some_and(|path| *path != request.path) {
            return Some(redirect(request));
        }
        if self.spec.version_page.as_ref() == Some(&request.path) {
            return Some(version(&self.spec, self.updater.as_ref(), diary));
        }
        if let Some(told) = switch.tells.answer(&self.spec, &request.path) {
            return Some(told);
        }
        if switch.ok_for_everything {
            return Some(page("200 OK", self.title(), ""));
        }
        if switch.login_form {
            return Some(page("200 OK", self.title(), FORM));
        }
        let answer = match (&request.authorization, credentials) {
            (None, _) if switch.asks_no_login || updater.is_some_and(Updater::is_open) => {
                Answer::Accepted
            }
            (Some(header), None | Some(None)) if switch.takes_digest() => {
                self.digest(header, request)
            }
            _ if switch.digest_only => Answer::Refused,
            (Some(_), Some(Some((username, password)))) => self.door.knock(&username, &password),
            _ => Answer::Refused,
        };
        match answer {
            Answer::Accepted => {}
            Answer::Refused => return Some(self.refuse()),
            Answer::Throttled => {
                return Some(Response {
                    headers: vec![("Retry-After", "600".to_owned())],
                    ..page("429 Too Many Requests", "Too many attempts", "")
                });
            }
        }
        let too_large = is_update && request.body_length > MAX_PACKAGE;
        too_large.then(|| page("413 Content Too Large", "Too large", ""))
    }

    /// A digest for another realm, nonce or path is refused, whatever its password.
    fn digest(&self, header: &str, request: &Request) -> Answer {
        let expected = match self.spec.switch.digest_never_right {
            true => "unheard-of",
            false => NONCE,
        };
        match Said::parse(header) {
            Some(said) if said.is_about(&self.spec.realm, expected, &request.path) => {
                let is_right = |password: &str| said.knows(&request.method, password);
                let open = self.spec.switch.default_password_by_digest;
                if open && said.username() == "root" && is_right("root") {
                    return Answer::Accepted;
                }
                self.door.knock_with(said.username(), is_right)
            }
            _ => Answer::Refused,
        }
    }

    fn page(&self, path: &str) -> Response {
        if self.spec.pages.iter().any(|known| known == path) {
            page("200 OK", self.title(), "<p>uptime 3 days</p>")
        } else {
            page("404 Not Found", "Not found", "")
        }
    }

    fn refuse(&self) -> Response {
        let realm = if self.spec.switch.hostile_text {
            hostile::HEADER
        } else {
            &self.spec.realm
        };
        let switch = &self.spec.switch;
        let digest =
            format!("Digest realm=\"{realm}\", qop=\"auth\", algorithm=SHA-256, nonce=\"{NONCE}\"");
        let basic = format!("Basic realm=\"{realm}\"");
        let challenges = match (switch.digest_only, switch.takes_digest()) {
            (true, _) => vec![digest],
            (false, true) => vec![basic, digest],
            (false, false) => vec![basic],
        };
        let header = |value| ("WWW-Authenticate", value);
        Response {
            headers: challenges.into_iter().map(header).collect(),
            ..page(
                "401 Unauthorized",
                "Unauthorized",
                &self.spec.switch.tells.refusal(),
            )
        }
    }

    fn title(&self) -> &str {
        if self.spec.switch.hostile_text {
            hostile::TEXT
        } else {
            &self.spec.title
        }
    }

    fn write(&self, response: &Response, close: bool, without_body: bool) -> Vec<u8> {
        let server = if self.spec.switch.hostile_text {
            hostile::HEADER
        } else {
            &self.spec.server
        };
        let Response {
            status, kind, body, ..
        } = response;
        let length = body.len();
        let mut text = format!(
            "HTTP/1.1 {status}\r\nServer: {server}\r\nContent-Type: {kind}\r\n\
             Content-Length: {length}\r\n"
        );
        for (name, value) in &response.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if close {
            text.push_str("Connection: close\r\n");
        }
        text.push_str("\r\n");
        if !without_body {
            text.push_str(body);
        }
        text.into_bytes()
    }
}

const FORM: &str = "<form method=\"post\" action=\"/login\"><input name=\"user\">\
                    <input name=\"password\" type=\"password\"><button>Log in</button></form>";

pub(super) fn page(status: &'static str, title: &str, content: &str) -> Response {
    Response {
        status,
        kind: "text/html; charset=utf-8",
        headers: vec![],
        body: format!(
            "<!doctype html><html><head><title>{title}</title></head>\
             <body><h1>{title}</h1>{content}</body></html>\n"
        ),
    }
}

fn redirect(request: &Request) -> Response {
    let Request { host, path, .. } = request;
    // Without a port, IPv6 left aside.
    let host = host.split(':').next().unwrap_or_default();
    Response {
        headers: vec![("Location", format!("https://{host}{path}"))],
        ..page("301 Moved Permanently", "Moved", "")
    }
}

fn version(spec: &HttpSpec, updater: Option<&Updater>, diary: &Diary) -> Response {
    let shown = updater.map(Updater::shown);
    let updated = shown.as_ref().and_then(|shown| shown.version.clone());
    let mut version = json!({ "firmware": diary.firmware(updated) });
    if let Some(model) = &spec.model {
        version["model"] = model.as_str().into();
    }
    if let Some(shown) = shown {
        version["content"] = shown.content.into();
    }
    json_page("200 OK", &version)
}

fn install(updater: &Updater, package: &[u8], diary: &Diary) -> Response {
    let outcome = updater.offer(package);
    if outcome.dies {
        diary.falls();
    }
    json_page(outcome.status, &json!({ "result": outcome.says }))
}

pub(super) fn json_page(status: &'static str, value: &serde_json::Value) -> Response {
    Response {
        status,
        kind: "application/json",
        headers: vec![],
        body: format!("{value}\n"),
    }
}

/// What a web form sends as its one file (RFC 7578), or all of the body where it is none.
fn package_in<'a>(kind: &str, body: &'a [u8]) -> &'a [u8] {
    let form = || {
        let (kind, boundary) = kind.split_once("boundary=")?;
        let boundary = format!("\r\n--{}", boundary.trim_matches('"'));
        let begins = find(body, b"\r\n\r\n")? + 4;
        let file = body.get(begins..)?;
        let file = file.get(..find(file, boundary.as_bytes())?)?;
        kind.starts_with("multipart/form-data").then_some(file)
    };
    form().unwrap_or(body)
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// Reads up to the empty line; none where the peer hangs up or goes on too long.
async fn read_head(stream: &mut (impl AsyncRead + Unpin), unread: &mut Vec<u8>) -> Option<Vec<u8>> {
    loop {
        if let Some(end) = find(unread, b"\r\n\r\n") {
            let rest = unread.split_off(end + 4);
            return Some(std::mem::replace(unread, rest));
        }
        if unread.len() > MAX_HEAD || !more(stream, unread).await {
            return None;
        }
    }
}

/// Reads a body, which is known to be no larger than a package; none where it does not come.
async fn body(
    stream: &mut (impl AsyncRead + Unpin),
    unread: &mut Vec<u8>,
    length: usize,
) -> Option<Vec<u8>> {
    while unread.len() < length {
        if !matches!(timeout(PATIENCE, more(stream, unread)).await, Ok(true)) {
            return None;
        }
    }
    let rest = unread.split_off(length);
    Some(std::mem::replace(unread, rest))
}

/// Reads a body and forgets it. False where it does not come, or too much would.
async fn skip(stream: &mut (impl AsyncRead + Unpin), unread: &mut Vec<u8>, length: usize) -> bool {
    let mut left = length.min(MAX_UNWANTED);
    while unread.len() < left {
        left -= unread.len();
        unread.clear();
        if !matches!(timeout(PATIENCE, more(stream, unread)).await, Ok(true)) {
            return false;
        }
    }
    unread.drain(..left);
    length <= MAX_UNWANTED
}

async fn more(stream: &mut (impl AsyncRead + Unpin), unread: &mut Vec<u8>) -> bool {
    let mut buffer = [0; 2048];
    match stream.read(&mut buffer).await {
        Ok(read @ 1..) => {
            unread.extend(buffer.iter().take(read));
            true
        }
        _ => false,
    }
}

fn parse(head: &[u8]) -> Option<Request> {
    let text = std::str::from_utf8(head).ok()?;
    let mut lines = text.split("\r\n");
    let mut words = lines.next()?.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    if words.next().is_some() || !target.starts_with('/') {
        return None;
    }
    let mut request = Request {
        method: method.to_owned(),
        path: target.split('?').next()?.to_owned(),
        close: match version {
            "HTTP/1.1" => false,
            "HTTP/1.0" => true,
            _ => return None,
        },
        ..Request::default()
    };
    for line in lines.take_while(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':')?;
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "authorization" => request.authorization = Some(value.to_owned()),
            "host" => request.host = value.to_owned(),
            "connection" => request.close |= value.eq_ignore_ascii_case("close"),
            "content-type" => request.kind = value.to_owned(),
            "content-length" => request.body_length = value.parse().ok()?,
            _ => {}
        }
    }
    Some(request)
}

/// User name and password of a Basic header; none where it is something else.
fn credentials(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (username, password) = decoded.split_once(':')?;
    Some((username.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::standin::DeviceSpec;
    use crate::standin::pulse::Pulse;

    /// The status of `path` asked with `user:password`.
    fn ask(switches: &str, path: &str, account: Option<&str>) -> String {
        let text = format!(
            "[[http]]\nport = 80\nversion_page = \"/v\"\n\
             accounts = [{{ username = \"admin\", password = \"right\" }}]\n{switches}"
        );
        let spec: DeviceSpec = toml::from_str(&text).unwrap();
        let request = Request {
            method: "GET".to_owned(),
            path: path.to_owned(),
            authorization: account.map(|account| format!("Basic {}", STANDARD.encode(account))),
            ..Request::default()
        };
        let diary = Diary::new(&Arc::new(Pulse::new(&spec)), None);
        let server = Server::new(&spec.http[0]);
        let response = server.gate(&request, &diary);
        let response = response.unwrap_or_else(|| server.page(&request.path));
        let mark = match response.body.contains("password") {
            true => " form",
            false => "",
        };
        format!("{}{mark}", &response.status[..3])
    }

    #[test]
    fn without_a_switch_only_the_owner_gets_in() {
        assert_eq!(ask("", "/", None), "401");
        assert_eq!(ask("", "/", Some("admin:wrong")), "401");
        assert_eq!(ask("", "/", Some("admin:right")), "200");
        assert_eq!(ask("", "/none", Some("admin:right")), "404");
        assert_eq!(ask("", "/v", None), "200");
    }

    #[test]
    fn each_switch_does_what_it_says() {
        let case = |switch: &str, path: &str, account| {
            ask(&format!("switch.{switch} = true\n"), path, account)
        };
        assert_eq!(case("accepts_anything", "/", None), "401");
        assert_eq!(case("accepts_anything", "/", Some("x:y")), "200");
        assert_eq!(case("asks_no_login", "/", None), "200");
        assert_eq!(case("asks_no_login", "/", Some("x:y")), "401");
        assert_eq!(case("ok_for_everything", "/none", None), "200");
        assert_eq!(case("ok_for_everything", "/", Some("x:y")), "200");
        assert_eq!(case("login_form", "/", Some("admin:right")), "200 form");
        assert_eq!(case("digest_only", "/", Some("admin:right")), "401");
        assert_eq!(case("redirects_to_https", "/v", None), "301");
        assert_eq!(ask("switch.throttle_after = 0\n", "/", Some("x:y")), "429");
        assert_eq!(
            ask("switch.lockout_after = 0\n", "/", Some("admin:right")),
            "401"
        );
    }

    #[test]
    fn heads_are_parsed_or_refused() {
        let request =
            parse(b"POST /a?b HTTP/1.1\r\nContent-Length: 3\r\nCONNECTION: close\r\n\r\n");
        let request = request.unwrap();
        assert_eq!((request.path.as_str(), request.body_length), ("/a", 3));
        assert!(request.close);
        assert!(parse(b"GET / HTTP/1.0\r\n\r\n").unwrap().close);
        for wrong in [
            "\r\n\r\n",
            "GET /\r\n\r\n",
            "GET x HTTP/1.1\r\n\r\n",
            "GET / HTTP/9\r\n\r\n",
        ] {
            assert_eq!(parse(wrong.as_bytes()), None, "{wrong:?}");
        }
    }
}
