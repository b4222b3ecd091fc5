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
        let mut places: Vec<String> = redirect(endpoint, page)
            .or_else(|| refresh(endpoint, page))
            .into_iter()
            .collect();
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
    on_same_port(endpoint, location)
}

/// Where a page sends a browser at once: `<meta http-equiv="refresh" content="0; url=…">`, or the header of that name.
fn refresh(endpoint: &Endpoint, page: &Page) -> Option<String> {
    let body = String::from_utf8_lossy(&page.body);
    let said = page
        .headers
        .get(header::REFRESH)
        .and_then(|it| it.to_str().ok());
    let meta = || {
        let tags = tags(&body, "meta");
        let mut refreshes = tags.filter(|tag| {
            attribute(tag, "http-equiv").is_some_and(|it| it.eq_ignore_ascii_case("refresh"))
        });
        refreshes.find_map(|tag| attribute(tag, "content"))
    };
    let (_, place) = said.or_else(meta)?.split_once(['=', ';'])?;
    let place = place.trim();
    let place = match place.get(..4) {
        Some(name) if name.eq_ignore_ascii_case("url=") => &place[4..],
        _ => place,
    };
    on_same_port(endpoint, place.trim().trim_matches(['"', '\'']))
}

/// The insides of the tags of a name.
fn tags<'t>(text: &'t str, name: &'t str) -> impl Iterator<Item = &'t str> + use<'t> {
    let tags = text.split('<').skip(1).filter(move |tag| {
        let own = tag.get(..name.len());
        own.is_some_and(|own| own.eq_ignore_ascii_case(name))
    });
    tags.filter_map(|tag| tag.split('>').next())
}

/// The value of an attribute, in either kind of quotes or in none.
fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    // Of the same length, so that places are the same.
    let lower = tag.to_ascii_lowercase();
    let behind = tag[lower.find(name)? + name.len()..].trim_start();
    let value = behind.strip_prefix('=')?.trim_start();
    match value.chars().next()? {
        quote @ ('"' | '\'') => value[1..].split(quote).next(),
        _ => value.split_whitespace().next(),
    }
}

/// The path that a place names, where that is on the same port.
fn on_same_port(endpoint: &Endpoint, location: &str) -> Option<String> {
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
    ["href=\"", "src=\"", "href='", "src='"]
        .into_iter()
        .flat_map(|name| {
            let quote = if name.ends_with('"') { '"' } else { '\'' };
            let named = text.split(name).skip(1).take(20);
            named.filter_map(move |rest| rest.split(quote).next())
        })
        .filter_map(absolute)
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
