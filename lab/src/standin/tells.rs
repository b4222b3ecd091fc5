//! What a web server tells anyone, by fault: no login is asked for it.

use serde::Deserialize;
use serde_json::json;

use super::http::{Response, json_page, page};
use super::spec::HttpSpec;

/// In the words of the files and programs that these faults leave behind.
const TRACE: &str = "<pre>Traceback (most recent call last):\n  File \"/usr/lib/hub/web.py\", line 41, in serve\n\
                     KeyError: 'page'</pre>";
/// It opens nothing.
const KEY: &str = "-----BEGIN PRIVATE KEY-----\n\
                   MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n\
                   -----END PRIVATE KEY-----\n";
const CONFIGURATION: &str = "/config.json";

/// The faults.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tells {
    /// `/config.json` says the name of its Wi-Fi network and its gateway.
    pub settings: bool,
    /// `/config.json` holds a private key.
    pub private_key: bool,
    /// `/config.json` says who may log in, and by which password.
    pub accounts: bool,
    /// What `/config.json` says in one field goes on without end.
    pub endless: bool,
    /// The page that refuses a login says this serial number.
    pub serial: Option<String>,
    /// A page that does not exist is answered by a stack trace.
    pub trace: bool,
    /// The directory of the version page is listed.
    pub directory: bool,
}

impl Tells {
    /// What is told at a path; none where nothing is.
    pub(super) fn answer(&self, spec: &HttpSpec, path: &str) -> Option<Response> {
        if path == CONFIGURATION {
            return self.configuration(spec).map(|it| json_page("200 OK", &it));
        }
        let version = spec.version_page.as_deref();
        if self.directory && version.and_then(directory) == Some(path) {
            let file = version.and_then(|it| it.rsplit('/').next())?;
            let list =
                format!("<ul><li><a href=\"../\">../</a><li><a href=\"{file}\">{file}</a></ul>");
            return Some(page("200 OK", &format!("Index of {path}"), &list));
        }
        let exists = version == Some(path) || spec.pages.iter().any(|page| page == path);
        (self.trace && !exists).then(|| page("500 Internal Server Error", "Error", TRACE))
    }

    /// What a refusal says beside.
    pub(super) fn refusal(&self) -> String {
        let serial = self.serial.as_ref();
        let words = serial.map(|serial| format!("<p>Serial number {serial}</p>"));
        words.unwrap_or_default()
    }

    fn configuration(&self, spec: &HttpSpec) -> Option<serde_json::Value> {
        let mut settings = json!({});
        if self.settings {
            settings["wifi"] = json!({ "ssid": "quayside", "channel": 11 });
            settings["network"] = json!({ "gateway": "192.168.83.1" });
        }
        if self.private_key {
            settings["tls"] = json!({ "key": KEY });
        }
        if self.accounts {
            let account =
                |it: &super::Account| json!({ "user": it.username, "password": it.password });
            settings["accounts"] = spec.accounts.iter().map(account).collect();
        }
        if self.endless {
            settings["log"] = "up 3 days\n".repeat(64 << 10).into();
        }
        (settings != json!({})).then_some(settings)
    }
}

/// `/api/` of `/api/version`.
fn directory(path: &str) -> Option<&str> {
    path.rfind('/').map(|end| &path[..=end])
}

#[cfg(test)]
mod tests {
    use crate::standin::DeviceSpec;

    /// What a server with this switch says at a path.
    fn told(switch: &str, path: &str) -> Option<String> {
        let text = format!(
            "[[http]]\nport = 80\nversion_page = \"/api/version\"\n\
             accounts = [{{ username = \"admin\", password = \"right\" }}]\nswitch.tells.{switch}\n"
        );
        let spec: DeviceSpec = toml::from_str(&text).unwrap();
        let http = &spec.http[0];
        http.switch.tells.answer(http, path).map(|it| it.body)
    }

    #[test]
    fn each_switch_tells_its_own() {
        for (switch, path, says) in [
            ("settings = true", "/config.json", "quayside"),
            ("private_key = true", "/config.json", "PRIVATE KEY"),
            ("accounts = true", "/config.json", "right"),
            ("trace = true", "/none", "Traceback"),
            ("directory = true", "/api/", "Index of /api/"),
        ] {
            let text = told(switch, path).unwrap();
            assert!(text.contains(says), "{switch}: {text}");
            assert_eq!(told(switch, "/"), None, "{switch}");
            assert_eq!(told("settings = false", path), None, "{path}");
        }
        assert!(told("endless = true", "/config.json").unwrap().len() > 300_000);
    }
}
