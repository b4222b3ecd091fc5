//! A ClientHello written by hand, because no library offers the versions and suites that must be refused.

use crate::observation::TlsVersion;

/// CBC and stream suites of TLS 1.0 and 1.1: ECDHE, DHE and static RSA with AES, 3DES and RC4.
const OLD_SUITES: &[u16] = &[
    0xc009, 0xc00a, 0xc013, 0xc014, 0x0033, 0x0039, 0x002f, 0x0035, 0xc008, 0xc012, 0x0016, 0x000a,
    0xc007, 0xc011, 0x0005, 0x0004,
];
/// Those that TLS 1.2 adds: GCM, CCM, ChaCha20 and CBC with SHA-2.
const SUITES_12: &[u16] = &[
    0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0x009e, 0x009f, 0xccaa, 0xc0ac, 0xc0ad, 0xc0ae,
    0xc0af, 0xc09c, 0xc09d, 0x009c, 0x009d, 0xc023, 0xc024, 0xc027, 0xc028, 0x003c, 0x003d,
];
/// RFC 8446, appendix B.4.
const SUITES_13: &[u16] = &[0x1301, 0x1302, 0x1303, 0x1304, 0x1305];
/// "Renegotiation is secure", as a suite (RFC 5746, section 3.3): no server picks it.
const SCSV: u16 = 0x00ff;
/// "This is not my highest version", as a suite (RFC 7507): no server picks it.
pub(in crate::probe) const FALLBACK_SCSV: u16 = 0x5600;
/// X25519, P-256, P-384, P-521.
const GROUPS: &[u16] = &[0x001d, 0x0017, 0x0018, 0x0019];
/// Every other curve of the registry, for versions whose refusal must not be one of the curve.
const OTHER_GROUPS: std::ops::RangeInclusive<u16> = 0x0001..=0x001e;
/// ECDSA, RSA-PSS, RSA-PKCS1 and EdDSA, with SHA-1 at the end, so that old keys do not hide a version.
const SIGNATURES: &[u16] = &[
    0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0807, 0x0203, 0x0201,
];

/// Everything that a hello says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::probe) struct Hello {
    /// The highest version, and for TLS 1.3 the only one.
    pub version: TlsVersion,
    pub suites: Vec<u16>,
    pub groups: Vec<u16>,
    /// Said from TLS 1.2 on.
    pub signatures: Vec<u16>,
    /// Methods (RFC 3749); 0, none, is always among them.
    pub compression: Vec<u8>,
    /// A DNS name, never an address: servers rightly refuse one (RFC 6066, section 3).
    pub name: Option<String>,
    /// Whether TLS 1.3 gets a key share for X25519. Without one the server has to name the group that it wants.
    pub share: bool,
    pub dress: Dress,
}

/// What a hello travels in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::probe) enum Carrier<'a> {
    Stream,
    /// DTLS, with the cookie that the server demanded; empty at first (RFC 6347, section 4.2.1).
    Datagrams {
        cookie: &'a [u8],
    },
}

impl Carrier<'_> {
    /// The number of a version. Those of DTLS run backwards, and DTLS 1.0 is TLS 1.1 in datagrams (RFC 6347, section 1).
    fn number(self, version: TlsVersion) -> u16 {
        match (self, version) {
            (Self::Stream, version) => version.wire(),
            (Self::Datagrams { .. }, TlsVersion::Tls13) => 0xfefc,
            (Self::Datagrams { .. }, TlsVersion::Tls12) => 0xfefd,
            (Self::Datagrams { .. }, _) => 0xfeff,
        }
    }
}

/// How much a hello says that it need not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::probe) enum Dress {
    /// No extensions at all, as before there were any.
    Bare,
    /// What is needed to agree.
    Plain,
    /// What asks the server for its abilities besides: encrypt-then-MAC, tickets, heartbeat.
    Curious,
}

impl Hello {
    /// The hello of the question "do you take this version?".
    pub(in crate::probe) fn offer(version: TlsVersion, name: Option<&str>) -> Self {
        let groups = match version {
            TlsVersion::Tls12 | TlsVersion::Tls13 => GROUPS.to_vec(),
            _ => {
                let others = OTHER_GROUPS.filter(|group| !GROUPS.contains(group));
                GROUPS.iter().copied().chain(others).collect()
            }
        };
        Self {
            version,
            suites: suites(version),
            groups,
            signatures: SIGNATURES.to_vec(),
            compression: vec![0],
            name: name.map(str::to_owned),
            share: true,
            dress: Dress::Plain,
        }
    }

    /// One record. `random` becomes the hello's random and its X25519 share: any 32 bytes are a public key.
    pub(in crate::probe) fn record(&self, random: &[u8; 32]) -> Vec<u8> {
        let message = self.message(random);
        // The record says 1.0 for the sake of old servers (RFC 8446, section 5.1).
        let minor = u8::from(self.version > TlsVersion::Ssl30);
        [&[22, 3, minor][..], &with_length_16(&message)].concat()
    }

    fn message(&self, random: &[u8; 32]) -> Vec<u8> {
        let body = self.body(random, Carrier::Stream);
        let length = u32::try_from(body.len()).unwrap_or_default().to_be_bytes();
        [&[1, length[1], length[2], length[3]], &body[..]].concat()
    }

    /// The message without its head.
    pub(in crate::probe) fn body(&self, random: &[u8; 32], carrier: Carrier<'_>) -> Vec<u8> {
        let legacy = self.version.min(TlsVersion::Tls12);
        let mut body = carrier.number(legacy).to_be_bytes().to_vec();
        body.extend(random);
        // TLS 1.3 servers expect a session id from whom they take for a middlebox's friend (RFC 8446, D.4); over datagrams there
        // are none (RFC 9147, section 5.3).
        body.extend(match (self.version, carrier) {
            (TlsVersion::Tls13, Carrier::Stream) => with_length_8(random),
            _ => vec![0],
        });
        if let Carrier::Datagrams { cookie } = carrier {
            body.extend(with_length_8(cookie));
        }
        let mut offered = self.suites.clone();
        offered.push(SCSV);
        body.extend(with_length_16(&numbers(&offered)));
        body.extend(with_length_8(&self.compression));
        if self.dress != Dress::Bare {
            body.extend(with_length_16(&self.extensions(random, carrier)));
        }
        body
    }

    fn extensions(&self, random: &[u8; 32], carrier: Carrier<'_>) -> Vec<u8> {
        let mut all = Vec::new();
        let mut add = |kind: u16, content: Vec<u8>| {
            all.extend(kind.to_be_bytes());
            all.extend(with_length_16(&content));
        };
        if let Some(name) = &self.name {
            let entry = [&[0][..], &with_length_16(name.as_bytes())].concat();
            add(extension::SERVER_NAME, with_length_16(&entry));
        }
        add(10, with_length_16(&numbers(&self.groups)));
        add(11, vec![1, 0]);
        if self.version >= TlsVersion::Tls12 {
            add(13, with_length_16(&numbers(&self.signatures)));
        }
        if self.version == TlsVersion::Tls13 {
            let versions = with_length_8(&carrier.number(self.version).to_be_bytes());
            add(extension::SUPPORTED_VERSIONS, versions);
            let share = match self.share {
                true => [&[0x00, 0x1d][..], &with_length_16(random)].concat(),
                false => Vec::new(),
            };
            add(extension::KEY_SHARE, with_length_16(&share));
        } else {
            add(extension::EXTENDED_MASTER_SECRET, Vec::new());
            if self.dress == Dress::Curious {
                add(extension::HEARTBEAT, vec![1]);
                add(extension::ENCRYPT_THEN_MAC, Vec::new());
                add(extension::SESSION_TICKET, Vec::new());
            }
        }
        all
    }
}

/// Numbers of extensions that are said by both sides (IANA "TLS ExtensionType Values").
pub(in crate::probe) mod extension {
    pub(in crate::probe) const SERVER_NAME: u16 = 0;
    pub(in crate::probe) const HEARTBEAT: u16 = 15;
    pub(in crate::probe) const ENCRYPT_THEN_MAC: u16 = 22;
    pub(in crate::probe) const EXTENDED_MASTER_SECRET: u16 = 23;
    pub(in crate::probe) const SESSION_TICKET: u16 = 35;
    pub(in crate::probe) const SUPPORTED_VERSIONS: u16 = 43;
    pub(in crate::probe) const KEY_SHARE: u16 = 51;
    pub(in crate::probe) const RENEGOTIATION_INFO: u16 = 0xff01;
}

/// Suites offered with a version where only the version is asked for.
fn suites(version: TlsVersion) -> Vec<u16> {
    match version {
        TlsVersion::Tls13 => SUITES_13.to_vec(),
        TlsVersion::Tls12 => [SUITES_12, OLD_SUITES].concat(),
        _ => every_old_suite(),
    }
}

/// Every suite that a TLS 1.0 or 1.1 server could choose (IANA registry: the first ones, export, Camellia,
/// PSK, SEED, elliptic curves and those with PSK), so that a refusal is one of the version. Left out are
/// those that need what we do not have before the hello (Fortezza, Kerberos, SRP). Fewer than 128,
/// because some servers stumble over more.
fn every_old_suite() -> Vec<u16> {
    let first = (0x0001..=0x001b).chain(0x002c..=0x0046);
    let later = (0x0060..=0x0066).chain(0x0084..=0x009b);
    let curves = (0xc001..=0xc019).chain(0xc033..=0xc03b);
    first.chain(later).chain(curves).collect()
}

fn numbers(numbers: &[u16]) -> Vec<u8> {
    numbers.iter().flat_map(|it| it.to_be_bytes()).collect()
}

/// Every length here is far below its bound: names are at most 253 bytes.
fn with_length_16(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    [&length.to_be_bytes()[..], bytes].concat()
}

fn with_length_8(bytes: &[u8]) -> Vec<u8> {
    let length = u8::try_from(bytes.len()).unwrap_or(u8::MAX);
    [&[length][..], bytes].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(bytes: &[u8], part: &[u8]) -> bool {
        bytes.windows(part.len()).any(|window| window == part)
    }

    #[test]
    fn lengths_agree_and_the_name_stands_only_where_there_is_one() {
        for version in TlsVersion::OFFERED {
            for name in [None, Some("hub.local")] {
                for dress in [Dress::Plain, Dress::Curious] {
                    let mut hello = Hello::offer(version, name);
                    hello.dress = dress;
                    let hello = hello.record(&[7; 32]);
                    let record = usize::from(u16::from_be_bytes([hello[3], hello[4]]));
                    let message = usize::from(u16::from_be_bytes([hello[7], hello[8]]));
                    assert_eq!((record + 5, message + 9), (hello.len(), hello.len()));
                    assert_eq!(contains(&hello, b"hub.local"), name.is_some());
                }
            }
        }
    }

    #[test]
    fn a_bare_hello_ends_with_its_compression() {
        let hello = Hello {
            version: TlsVersion::Ssl30,
            suites: vec![0x0035],
            compression: vec![1, 0],
            dress: Dress::Bare,
            ..Hello::offer(TlsVersion::Tls10, Some("hub.local"))
        };
        let record = hello.record(&[7; 32]);
        assert_eq!(record[..5], [22, 3, 0, 0, 48]);
        assert!(record.ends_with(&[0, 4, 0x00, 0x35, 0x00, 0xff, 2, 1, 0]));
    }

    #[test]
    fn only_tls_13_is_offered_by_extension() {
        let supported = [0, 43, 0, 3, 2, 3, 4];
        for version in TlsVersion::OFFERED {
            let hello = Hello::offer(version, None).record(&[7; 32]);
            let highest = version.min(TlsVersion::Tls12).wire().to_be_bytes();
            assert_eq!(hello[9..11], highest);
            assert_eq!(
                contains(&hello, &supported),
                version == TlsVersion::Tls13,
                "{version}"
            );
        }
    }

    #[test]
    fn without_a_share_the_list_of_shares_is_there_and_empty() {
        let mut hello = Hello::offer(TlsVersion::Tls13, None);
        assert!(contains(
            &hello.record(&[7; 32]),
            &[0, 51, 0, 38, 0, 36, 0, 29, 0, 32]
        ));
        hello.share = false;
        assert!(hello.record(&[7; 32]).ends_with(&[0, 51, 0, 2, 0, 0]));
    }
}
