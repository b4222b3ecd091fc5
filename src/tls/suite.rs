//! Cipher suites: their numbers, names, and what a name says.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

const TEXT: &str = include_str!("../../profiles/data/tls/cipher-suites.tsv");

/// The oldest version with which a suite may be negotiated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Since {
    Any,
    Tls12,
    Tls13,
}

/// How the keys come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exchange {
    /// Ephemeral elliptic curves.
    Ecdhe,
    /// Ephemeral, in a group of integers.
    Dhe,
    /// The key of the certificate is the key of the exchange.
    StaticRsa,
    /// The same with (elliptic) Diffie-Hellman certificates.
    StaticDh,
    /// A shared key alone.
    Psk,
    /// A shared key, and RSA as above.
    RsaPsk,
    /// TLS 1.3, whose suites leave it open.
    Open,
    /// Kerberos, SRP, GOST, passwords.
    Other,
}

/// Who shows whom who he is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Authentication {
    /// Nobody.
    None,
    Rsa,
    Ecdsa,
    Dss,
    Psk,
    /// TLS 1.3, whose suites leave it open, and the rest.
    Other,
}

impl Authentication {
    /// Whether the server shows a certificate, and signs or decrypts with its key.
    pub fn has_certificate(self) -> bool {
        matches!(self, Self::Rsa | Self::Ecdsa | Self::Dss)
    }
}

/// What becomes of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cipher {
    Null,
    Rc4,
    /// A block cipher in CBC mode with a MAC over the clear text, unless encrypt-then-MAC is agreed on.
    Cbc,
    /// With a tag of 16 bytes or more.
    Aead,
    /// CCM with a tag of 8 bytes.
    Ccm8,
    Other,
}

/// A cipher suite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suite {
    /// As in a hello.
    pub code: u16,
    /// As IANA writes it.
    pub name: &'static str,
    pub since: Since,
    cipher: Cipher,
    bits: Option<u16>,
}

impl Suite {
    /// What stands before `_WITH_`, without `TLS_`; empty for TLS 1.3.
    fn agreement(&self) -> &'static str {
        let name = self.name.strip_prefix("TLS_").unwrap_or(self.name);
        name.split_once("_WITH_").map_or("", |(left, _)| left)
    }

    /// What stands behind it.
    fn protection(&self) -> &'static str {
        let name = self.name.strip_prefix("TLS_").unwrap_or(self.name);
        name.split_once("_WITH_").map_or(name, |(_, right)| right)
    }

    pub fn exchange(&self) -> Exchange {
        let agreement = self.agreement();
        match agreement {
            "" => Exchange::Open,
            "PSK" => Exchange::Psk,
            "RSA_PSK" => Exchange::RsaPsk,
            // What RFC 6655 calls `PSK_DHE` is DHE with a shared key.
            "PSK_DHE" => Exchange::Dhe,
            _ if agreement.starts_with("ECDHE_") || agreement == "ECDH_anon" => Exchange::Ecdhe,
            _ if agreement.starts_with("DHE_") || agreement.starts_with("DH_anon") => Exchange::Dhe,
            _ if agreement.starts_with("ECDH_") || agreement.starts_with("DH_") => {
                Exchange::StaticDh
            }
            _ if agreement == "RSA" || agreement.starts_with("RSA_EXPORT") => Exchange::StaticRsa,
            _ => Exchange::Other,
        }
    }

    pub fn authentication(&self) -> Authentication {
        let agreement = self.agreement();
        let says = |word: &str| agreement.split('_').any(|it| it == word);
        match () {
            () if says("anon") => Authentication::None,
            () if says("PSK") => Authentication::Psk,
            () if says("ECDSA") => Authentication::Ecdsa,
            () if says("DSS") => Authentication::Dss,
            () if says("RSA") => Authentication::Rsa,
            () => Authentication::Other,
        }
    }

    pub fn cipher(&self) -> Cipher {
        self.cipher
    }

    /// What an attacker has to try, as a power of two; 0 where nothing is hidden, none where nobody knows. Triple DES has
    /// 168 bits of key and, met in the middle, 112 of strength.
    pub fn bits(&self) -> Option<u16> {
        self.bits
    }

    fn read_cipher(&self) -> Cipher {
        let protection = self.protection();
        let says = |word: &str| protection.contains(word);
        match () {
            () if protection.starts_with("NULL")
                || protection == "SHA256_SHA256"
                || protection == "SHA384_SHA384" =>
            {
                Cipher::Null
            }
            () if says("RC4") => Cipher::Rc4,
            () if says("CCM_8") => Cipher::Ccm8,
            () if says("CBC") => Cipher::Cbc,
            () if says("GCM")
                || says("CCM")
                || says("POLY1305")
                || says("AEGIS")
                || says("MGM") =>
            {
                Cipher::Aead
            }
            () => Cipher::Other,
        }
    }

    fn read_bits(&self) -> Option<u16> {
        let protection = self.protection();
        let says = |word: &str| protection.contains(word);
        let strength = match () {
            () if self.cipher() == Cipher::Null => 0,
            () if says("_40_") || says("DES40") => 40,
            () if says("_56_") || protection.starts_with("DES_") => 56,
            () if says("3DES") => 112,
            () if says("128") || says("SEED") || says("IDEA") || says("SM4") => 128,
            () if says("256") || says("CHACHA20") || says("KUZNYECHIK") || says("MAGMA") => 256,
            () if says("28147") => 256,
            () => return None,
        };
        Some(if self.is_export() {
            strength.min(56)
        } else {
            strength
        })
    }

    /// Made weak for the export rules of the last century.
    pub fn is_export(&self) -> bool {
        self.agreement().contains("EXPORT")
    }

    /// Whether a key that is stolen later opens what was recorded before.
    pub fn is_forward_secret(&self) -> bool {
        matches!(
            self.exchange(),
            Exchange::Ecdhe | Exchange::Dhe | Exchange::Open
        )
    }

    /// What devices are likely to take comes first, and then what they may take: of a server that refuses a version for its
    /// suites the first question shows most.
    fn rank(&self) -> u8 {
        match self.agreement() {
            "" | "ECDHE_ECDSA" | "ECDHE_RSA" | "DHE_RSA" | "RSA" => 0,
            agreement if agreement.contains("PSK") || agreement.contains("anon") => 1,
            _ => 2,
        }
    }
}

static SUITES: LazyLock<Vec<Suite>> = LazyLock::new(|| {
    let mut suites: Vec<Suite> = TEXT.lines().filter_map(read).collect();
    suites.sort_by_key(|suite| (suite.rank(), suite.code));
    suites
});

static BY_CODE: LazyLock<BTreeMap<u16, &'static Suite>> =
    LazyLock::new(|| SUITES.iter().map(|suite| (suite.code, suite)).collect());

static BY_NAME: LazyLock<HashMap<&str, &'static Suite>> =
    LazyLock::new(|| SUITES.iter().map(|suite| (suite.name, suite)).collect());

fn read(line: &'static str) -> Option<Suite> {
    let mut fields = line.split('\t');
    let code = u16::from_str_radix(fields.next()?, 16).ok()?;
    let name = fields.next()?;
    let since = match fields.next()? {
        "any" => Since::Any,
        "1.2" => Since::Tls12,
        "1.3" => Since::Tls13,
        _ => return None,
    };
    let mut suite = Suite {
        code,
        name,
        since,
        cipher: Cipher::Other,
        bits: None,
    };
    suite.cipher = suite.read_cipher();
    suite.bits = suite.read_bits();
    Some(suite)
}

/// Every suite that may be offered, likely ones first.
pub fn suites() -> &'static [Suite] {
    &SUITES
}

/// The suite of a number.
pub fn suite(code: u16) -> Option<&'static Suite> {
    BY_CODE.get(&code).copied()
}

/// The suite of a name.
pub fn suite_named(name: &str) -> Option<&'static Suite> {
    BY_NAME.get(name).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_file_is_read() {
        let mut lines = TEXT.lines().skip_while(|line| line.starts_with('#'));
        assert_eq!(lines.next(), Some("code\tname\tsince"));
        let lines: Vec<&str> = lines.collect();
        assert_eq!((lines.len(), suites().len()), (359, 359));
        assert_eq!(BY_CODE.len(), 359, "one name a number");
    }

    #[test]
    fn a_name_says_what_a_suite_does() {
        let of = |name: &str| {
            let suite = suite_named(name).unwrap();
            (
                suite.exchange(),
                suite.authentication(),
                suite.cipher(),
                suite.bits(),
            )
        };
        use Authentication as A;
        use Cipher as C;
        use Exchange as E;
        for (name, expected) in [
            (
                "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8",
                (E::Ecdhe, A::Ecdsa, C::Ccm8, Some(128)),
            ),
            (
                "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
                (E::Ecdhe, A::Rsa, C::Aead, Some(256)),
            ),
            (
                "TLS_DHE_DSS_WITH_3DES_EDE_CBC_SHA",
                (E::Dhe, A::Dss, C::Cbc, Some(112)),
            ),
            (
                "TLS_DH_anon_EXPORT_WITH_RC4_40_MD5",
                (E::Dhe, A::None, C::Rc4, Some(40)),
            ),
            (
                "TLS_ECDH_anon_WITH_NULL_SHA",
                (E::Ecdhe, A::None, C::Null, Some(0)),
            ),
            (
                "TLS_ECDH_RSA_WITH_AES_128_CBC_SHA",
                (E::StaticDh, A::Rsa, C::Cbc, Some(128)),
            ),
            (
                "TLS_RSA_WITH_AES_128_CBC_SHA",
                (E::StaticRsa, A::Rsa, C::Cbc, Some(128)),
            ),
            (
                "TLS_RSA_EXPORT1024_WITH_DES_CBC_SHA",
                (E::StaticRsa, A::Rsa, C::Cbc, Some(56)),
            ),
            (
                "TLS_PSK_WITH_AES_128_CCM",
                (E::Psk, A::Psk, C::Aead, Some(128)),
            ),
            (
                "TLS_PSK_DHE_WITH_AES_128_CCM_8",
                (E::Dhe, A::Psk, C::Ccm8, Some(128)),
            ),
            (
                "TLS_RSA_PSK_WITH_NULL_SHA256",
                (E::RsaPsk, A::Psk, C::Null, Some(0)),
            ),
            (
                "TLS_AES_128_GCM_SHA256",
                (E::Open, A::Other, C::Aead, Some(128)),
            ),
            ("TLS_SHA256_SHA256", (E::Open, A::Other, C::Null, Some(0))),
            (
                "TLS_CHACHA20_POLY1305_SHA256",
                (E::Open, A::Other, C::Aead, Some(256)),
            ),
            (
                "TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256",
                (E::Ecdhe, A::Psk, C::Aead, Some(256)),
            ),
            (
                "TLS_KRB5_WITH_IDEA_CBC_SHA",
                (E::Other, A::Other, C::Cbc, Some(128)),
            ),
        ] {
            assert_eq!(of(name), expected, "{name}");
        }
    }

    #[test]
    fn every_suite_but_none_has_a_strength_and_likely_ones_come_first() {
        let unknown: Vec<_> = suites().iter().filter(|it| it.bits().is_none()).collect();
        assert_eq!(unknown, Vec::<&Suite>::new());
        let place = |code| suites().iter().position(|it| it.code == code);
        assert!(place(0xc02f) < place(0x008c) && place(0x008c) < place(0x001e));
        assert_eq!(
            suite(0xc02f).map(|it| it.name),
            Some("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")
        );
        assert_eq!(suite(0x00ff), None);
    }
}
