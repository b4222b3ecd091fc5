//! What looks like a web server and is an interface for debugging or administration.

use super::product::header;
use crate::observation::Protocol;
use crate::text::shown;

/// A page that such an interface has, and how its answer is recognised.
pub(super) struct Page {
    pub word: &'static str,
    pub path: &'static str,
    pub protocol: Protocol,
    tell: fn(&str) -> Option<Option<String>>,
}

/// The Chrome DevTools Protocol ("HTTP endpoints"), spoken by Chromium, by Node.js (`--inspect`) and by what embeds them.
const DEVTOOLS: Page = Page {
    word: "http-get-json-version",
    path: "/json/version",
    protocol: Protocol::Devtools,
    tell: |body| {
        let speaks = body.contains("\"Browser\"") && body.contains("\"Protocol-Version\"");
        speaks.then(|| text(body, "Browser"))
    },
};

/// The Docker Engine API ("System", "Get version").
const DOCKER: Page = Page {
    word: "http-get-version",
    path: "/version",
    protocol: Protocol::Docker,
    tell: |body| {
        let speaks = body.contains("\"ApiVersion\"") && body.contains("\"MinAPIVersion\"");
        speaks.then(|| text(body, "Version"))
    },
};

impl Page {
    /// Product and version, where the answer is of this interface.
    pub(super) fn tell(&self, answer: &[u8]) -> Option<Option<String>> {
        let text = String::from_utf8_lossy(&answer[..answer.len().min(16 * 1024)]);
        let served = text.starts_with("HTTP/1.") && text.get(8..12) == Some(" 200");
        served.then(|| (self.tell)(&text)).flatten()
    }
}

/// The page to ask for after this answer to `GET /`: only where the answer is one that the interface gives. Neither
/// Chromium nor Node.js names a server; an engine says that it has no such page.
pub(super) fn page(answer: &[u8]) -> Option<&'static Page> {
    let text = String::from_utf8_lossy(&answer[..answer.len().min(16 * 1024)]);
    let server = header(&text, "server");
    let status = text.get(9..12)?;
    let engine = text.contains("{\"message\":\"page not found\"}")
        || server.is_some_and(|server| server.trim().starts_with("Docker/"));
    if engine {
        return Some(&DOCKER);
    }
    (server.is_none() && ["200", "400", "404"].contains(&status)).then_some(&DEVTOOLS)
}

/// The text of a member, as far as it needs no unescaping.
fn text(body: &str, name: &str) -> Option<String> {
    let (_, behind) = body.split_once(&format!("\"{name}\""))?;
    let value = behind.trim_start().strip_prefix(':')?.trim_start();
    let value = value.strip_prefix('"')?.split('"').next()?;
    (!value.is_empty()).then(|| shown(value, 100))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(answer: &[u8]) -> Option<&'static str> {
        page(answer).map(|page| page.word)
    }

    #[test]
    fn only_who_may_be_an_interface_is_asked_for_its_page() {
        // Node.js 20, Chromium 156.
        let node = b"HTTP/1.0 400 Bad Request\r\nContent-Type: text/html; charset=UTF-8\r\n\r\nWebSockets request was expected\r\n";
        let chromium = b"HTTP/1.1 200 OK\r\nX-Frame-Options:DENY\r\nContent-Length:0\r\n\r\n";
        let docker = b"HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\n\r\n{\"message\":\"page not found\"}\n";
        assert_eq!(word(node), Some("http-get-json-version"));
        assert_eq!(word(chromium), Some("http-get-json-version"));
        assert_eq!(word(docker), Some("http-get-version"));
        assert_eq!(word(b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n"), None);
        assert_eq!(word(b"HTTP/1.1 401 Unauthorized\r\n\r\n"), None);
        assert_eq!(word(b"HTTP/"), None);
    }

    #[test]
    fn the_page_itself_decides() {
        let node = b"HTTP/1.0 200 OK\r\nContent-Length: 65\r\n\r\n{\n  \"Browser\": \"node.js/v20.20.2\",\n  \"Protocol-Version\": \"1.1\"\n} ";
        assert_eq!(
            DEVTOOLS.tell(node),
            Some(Some("node.js/v20.20.2".to_owned()))
        );
        assert_eq!(DOCKER.tell(node), None);
        let docker = b"HTTP/1.1 200 OK\r\n\r\n{\"Platform\":{\"Name\":\"\"},\"Version\":\"24.0.7\",\"ApiVersion\":\"1.43\",\"MinAPIVersion\":\"1.12\"}";
        assert_eq!(DOCKER.tell(docker), Some(Some("24.0.7".to_owned())));
        assert_eq!(
            DEVTOOLS.tell(b"HTTP/1.0 404 Not Found\r\n\r\n\"Browser\" \"Protocol-Version\""),
            None
        );
        assert_eq!(DEVTOOLS.tell(b"HTTP/1.0 200 OK\r\n\r\n<p>hello</p>"), None);
    }
}
