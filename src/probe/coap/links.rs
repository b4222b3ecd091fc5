//! The link format, in which a device lists what it has (RFC 6690).

/// Resources that are asked for at most.
const MOST: usize = 32;

/// The longest path that is asked for.
const LONGEST: usize = 200;

/// What a list names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// Paths on the device itself, in order, each once, at most [`MOST`]. Other hosts are left out.
    pub paths: Vec<String>,
    /// The first path that is not among them because there are too many, or it is too long.
    pub left_out: Option<String>,
}

/// The resources that a list names, other than the list itself.
pub fn links(text: &[u8]) -> Links {
    let mut links = Links::default();
    let mut rest = text;
    while let Some((target, after)) = link(rest) {
        rest = after;
        let Some(path) = path(target) else { continue };
        if path == super::DISCOVERY || links.paths.contains(&path) {
            continue;
        }
        if links.paths.len() < MOST && path.len() <= LONGEST {
            links.paths.push(path);
        } else if links.left_out.is_none() {
            links.left_out = Some(path.chars().take(LONGEST).collect());
        }
    }
    links
}

/// The next target, between `<` and `>`, and what follows its attributes.
fn link(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let start = text.iter().position(|byte| *byte == b'<')? + 1;
    let length = text[start..].iter().position(|byte| *byte == b'>')?;
    let (target, attributes) = text[start..].split_at(length);
    let mut quoted = false;
    let mut escaped = false;
    let end = attributes.iter().position(|byte| {
        let plain = !std::mem::take(&mut escaped);
        escaped = quoted && plain && *byte == b'\\';
        quoted ^= plain && *byte == b'"';
        !quoted && *byte == b','
    });
    Some((target, &attributes[end.unwrap_or(attributes.len())..]))
}

/// A path of the device's own: absolute, printable, no reference to another host.
fn path(target: &[u8]) -> Option<String> {
    let own = target.starts_with(b"/") && !target.starts_with(b"//");
    let printable = target.iter().all(u8::is_ascii_graphic);
    let text = std::str::from_utf8(target)
        .ok()
        .filter(|_| own && printable)?;
    Some(text.split('#').next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<String> {
        links(text.as_bytes()).paths
    }

    #[test]
    fn a_list_is_read() {
        let libcoap = "</>;title=\"General Info\";ct=0,</time>;if=\"clock\";rt=\"ticks\";obs,</a,b>;title=\"x\\\",</no>,\",</.well-known/core>,</time>";
        assert_eq!(paths(libcoap), ["/", "/time", "/a,b"]);
    }

    #[test]
    fn other_hosts_and_what_is_no_path_are_left_out() {
        let list = "<coap://192.0.2.1/x>,<//192.0.2.1/x>,<x>,<>,</a b>,</\u{e9}>,</ok#part>,</open";
        assert_eq!(paths(list), ["/ok"]);
        for nothing in ["", "<", ">", "<>;\"", "no list", "\0\u{ff}"] {
            assert_eq!(links(nothing.as_bytes()), Links::default(), "{nothing}");
        }
    }

    #[test]
    fn too_many_and_too_long_are_left_out_and_named() {
        let many: String = (0..40).map(|n| format!("</{n}>,")).collect();
        let found = links(many.as_bytes());
        assert_eq!(
            (found.paths.len(), found.left_out.as_deref()),
            (32, Some("/32"))
        );
        let long = links(format!("</{}>", "a".repeat(70_000)).as_bytes());
        assert_eq!(
            (long.paths.len(), long.left_out.map(|it| it.len())),
            (0, Some(200))
        );
    }
}
