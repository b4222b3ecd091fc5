//! What a web server is asked for: few paths, one after the other, each with a reason.

use std::collections::{BTreeSet, VecDeque};

use hyper::header;

use crate::disclosure::{Known, WELL_KNOWN};
use crate::probe::Endpoint;
use crate::probe::http::Page;

/// Requests for places that the manifest names.
const DECLARED: usize = 3;
/// Requests for what the first page leads to: where it redirects, and directories.
const LEARNED: usize = 2;
/// The longest path that a device may send us to.
const LONGEST: usize = 200;

/// The paths of one port, the next one first.
#[derive(Debug)]
pub struct Agenda {
    next: VecDeque<String>,
    asked: BTreeSet<String>,
    /// Of declared places.
    directories: Vec<String>,
}

impl Agenda {
    /// The first page, the places that the manifest names, one that does not exist (`absent`), and the
    /// well-known ones.
    pub fn new<'p>(declared: impl Iterator<Item = &'p str>, absent: String) -> Self {
        let declared: BTreeSet<&str> = declared.filter(|path| *path != "/").collect();
        let mut next = VecDeque::from(["/".to_owned()]);
        next.extend(
            declared
                .iter()
                .take(DECLARED)
                .map(|path| (*path).to_owned()),
        );
        next.push_back(absent);
        next.extend(WELL_KNOWN.iter().map(|path| (*path).to_owned()));
        Self {
            next,
            asked: BTreeSet::new(),
            directories: declared.into_iter().filter_map(directory).collect(),
        }
    }

    /// The next path; none once all were asked, which are twelve at most.
    pub fn following(&mut self) -> Option<String> {
        while let Some(path) = self.next.pop_front() {
            if self.asked.insert(path.clone()) {
                return Some(path);
            }
        }
        None
    }

    /// What the first page leads to on the same port: where it redirects, directories of declared places, and
    /// those of what it names.
    pub fn learn(&mut self, endpoint: &Endpoint, page: &Page, known: &Known) {
        let mut places: Vec<String> = redirect(endpoint, page).into_iter().collect();
        places.append(&mut self.directories);
        places.extend(linked(&page.body));
        let mut learned = Vec::new();
        for place in places {
            let is_new = !self.asked.contains(&place)
                && !self.next.contains(&place)
                && !learned.contains(&place);
            if is_new && is_plain(&place) && !known.has_secret(place.as_bytes()) {
                learned.push(place);
            }
        }
        learned.truncate(LEARNED);
        for place in learned.into_iter().rev() {
            self.next.push_front(place);
        }
    }
}

/// Where a redirect leads on the same port. Elsewhere is another port or another host: not ours to follow.
fn redirect(endpoint: &Endpoint, page: &Page) -> Option<String> {
    if !page.status.is_redirection() {
        return None;
    }
    let location = page.headers.get(header::LOCATION)?.to_str().ok()?;
    let scheme = if endpoint.tls { "https://" } else { "http://" };
    let path = match location.strip_prefix(scheme) {
        Some(rest) => {
            let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            host.eq_ignore_ascii_case(&endpoint.host())
                .then_some(path)?
        }
        None => location,
    };
    absolute(path)
}

/// The directories of what a page names by `href` or `src`.
fn linked(body: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(body);
    ["href=\"", "src=\""]
        .into_iter()
        .flat_map(|name| text.split(name).skip(1).take(20))
        .filter_map(|rest| rest.split('"').next().and_then(absolute))
        .filter_map(|path| directory(&path))
        .collect()
}

/// A path on this host, from `/`; what names another host, or climbs, is none.
fn absolute(path: &str) -> Option<String> {
    let path = path.split('#').next().unwrap_or_default();
    if path.is_empty() || path.starts_with("//") || path.contains(':') || path.contains("..") {
        return None;
    }
    Some(match path.strip_prefix('/') {
        Some(_) => path.to_owned(),
        None => format!("/{}", path.trim_start_matches("./")),
    })
}

/// `/api/` of `/api/version`; none where it is the root.
fn directory(path: &str) -> Option<String> {
    let path = path.split('?').next().unwrap_or_default();
    let end = path.rfind('/')? + 1;
    (end > 1).then(|| path[..end].to_owned())
}

/// What may go onto the wire and into the evidence as it stands.
fn is_plain(path: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_graphic() && !br#""<>\`{}|^"#.contains(&byte);
    path.len() <= LONGEST && path.bytes().all(legal)
}

#[cfg(test)]
mod tests;
