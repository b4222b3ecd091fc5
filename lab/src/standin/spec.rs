//! What a stand-in is: its services and the faults that are switched on.

use std::net::Ipv4Addr;

use serde::Deserialize;

use super::canned::CannedSpec;
use super::dtls_spec::DtlsSpec;
use super::tells::Tells;
use super::tls_spec::TlsSpec;
use super::updater::UpdateSpec;

/// A stand-in device. Without a switch it is a device that does everything right.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceSpec {
    /// What the version page says.
    #[serde(default = "default_firmware")]
    pub firmware: String,
    #[serde(default)]
    pub http: Vec<HttpSpec>,
    #[serde(default)]
    pub mqtt: Vec<MqttSpec>,
    #[serde(default)]
    pub telnet: Vec<TelnetSpec>,
    #[serde(default)]
    pub ssh: Vec<SshSpec>,
    #[serde(default)]
    pub ftp: Vec<FtpSpec>,
    #[serde(default)]
    pub raw: Vec<RawSpec>,
    #[serde(default)]
    pub canned: Vec<CannedSpec>,
    #[serde(default)]
    pub coap: Vec<CoapSpec>,
    #[serde(default)]
    pub dtls: Vec<DtlsSpec>,
    #[serde(default)]
    pub udp: Vec<UdpSpec>,
    /// Fault: the whole device stops serving, for good or for a while.
    pub goes_down: Option<Downtime>,
    /// Fault: the version page says something else all of a sudden.
    pub changes_firmware: Option<FirmwareChange>,
}

fn default_firmware() -> String {
    "1.0.0".to_owned()
}

/// When and for how long a device is down.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Downtime {
    pub after: Trigger,
    /// Seconds. Absent: for good.
    pub seconds: Option<f64>,
}

/// What makes a device or a service fall over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Trigger {
    /// Connections to its open ports.
    Connections(u64),
    /// Credentials sent to it.
    Logins(u64),
}

/// A firmware version that changes under way.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FirmwareChange {
    /// After how many answers of the version page.
    pub after_reads: u64,
    pub to: String,
}

/// A user name and the password that opens it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    pub username: String,
    pub password: String,
}

/// A web server with HTTP Basic (RFC 7617) in front of all but its version page.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpSpec {
    pub port: u16,
    #[serde(default = "default_title")]
    pub title: String,
    #[serde(default = "default_realm")]
    pub realm: String,
    #[serde(default = "default_server")]
    pub server: String,
    /// Who may log in.
    #[serde(default)]
    pub accounts: Vec<Account>,
    /// The pages that exist; any other is 404 after the login.
    #[serde(default = "default_pages")]
    pub pages: Vec<String>,
    /// The page that tells anyone the firmware version, as JSON.
    pub version_page: Option<String>,
    /// The model that it tells there beside.
    pub model: Option<String>,
    /// What installs updates. Absent: nothing does.
    pub update: Option<UpdateSpec>,
    /// Absent: it speaks in clear.
    pub tls: Option<TlsSpec>,
    #[serde(default)]
    pub switch: HttpSwitches,
}

fn default_title() -> String {
    "Stand-in".to_owned()
}

fn default_realm() -> String {
    "stand-in".to_owned()
}

fn default_server() -> String {
    "stand-in/1".to_owned()
}

fn default_pages() -> Vec<String> {
    vec!["/".to_owned()]
}

/// The faults of a web server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpSwitches {
    /// Any credentials open it; without any it still asks.
    pub accepts_anything: bool,
    /// Pages are served without credentials; wrong ones are refused.
    pub asks_no_login: bool,
    /// 200 for any path with any credentials or none.
    pub ok_for_everything: bool,
    /// Locks an account for good after so many refusals, its owner's too.
    pub lockout_after: Option<u64>,
    /// Answers 429 to any credentials after so many refusals.
    pub throttle_after: Option<u64>,
    /// Asks by a web form instead of HTTP Basic.
    pub login_form: bool,
    /// Asks by HTTP Digest (RFC 7616) instead of HTTP Basic.
    pub digest_only: bool,
    /// No fault: asks by HTTP Digest beside HTTP Basic, and takes both.
    pub digest_too: bool,
    /// The same, and `root` with the password `root` opens it by HTTP Digest alone.
    pub default_password_by_digest: bool,
    /// A digest is worth something only for a nonce that no client was given.
    pub digest_never_right: bool,
    /// Speaks in clear where it should speak TLS.
    pub in_clear: bool,
    /// Answers every request by a redirect to HTTPS on the same host.
    pub redirects_to_https: bool,
    /// The same, but for this path.
    pub redirects_to_https_but: Option<String>,
    /// Whoever sends a right password is never answered.
    pub silent_to_accounts: bool,
    /// Takes every connection and resets it.
    pub resets: bool,
    /// Takes every connection, reads, and never says anything.
    pub never_answers: bool,
    /// Sends without end as soon as somebody connects.
    pub endless_banner: bool,
    /// Title, realm and server name are an attack on whoever shows them.
    pub hostile_text: bool,
    /// What it tells anyone.
    pub tells: Tells,
    /// This service stops for good, the others go on.
    pub dies_after: Option<Trigger>,
}

impl HttpSwitches {
    /// Whether HTTP Digest opens it, for those whom it should.
    pub(super) fn takes_digest(&self) -> bool {
        self.digest_only || self.digest_too || self.default_password_by_digest
    }
}

/// An MQTT broker, 3.1.1 and 5, whose clients hear their own messages and its retained ones.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MqttSpec {
    pub port: u16,
    /// Who may connect; they may do anything then.
    #[serde(default)]
    pub accounts: Vec<Account>,
    /// Topics with a retained message.
    #[serde(default)]
    pub retained: Vec<String>,
    /// Absent: it speaks in clear.
    pub tls: Option<TlsSpec>,
    #[serde(default)]
    pub switch: MqttSwitches,
}

/// The faults of a broker.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MqttSwitches {
    /// Whoever sends no credentials is let in and served.
    pub accepts_anonymous: bool,
    /// The same, in version 5 only.
    pub accepts_anonymous_in_5: bool,
    /// Hangs up on whoever sends no credentials, in version 5 only.
    pub hangs_up_on_anonymous_in_5: bool,
    /// Any credentials open it, in version 5 only; it hangs up on whoever sends none there.
    pub accepts_anything_in_5: bool,
    /// `root` with the password `root` opens it, in version 5 only.
    pub default_password_in_5: bool,
    /// A CONNECT that comes in clear is taken too, where the service speaks TLS.
    pub also_in_clear: bool,
    /// Whoever sends no credentials is let in, and every subscription is refused.
    pub admits_anonymous: bool,
    /// Any credentials open it; without any it still refuses.
    pub accepts_anything: bool,
    /// Any credentials are let in; all but the accounts' owners have every subscription refused.
    pub admits_anything: bool,
    /// A CONNECT of 3.1.1 is answered by the code for a version that is not spoken.
    pub only_version_5: bool,
    /// Locks an account for good after so many refusals, its owner's too.
    pub lockout_after: Option<u64>,
    /// Answers "connection rate exceeded", or in 3.1.1 hangs up, after so many refusals.
    pub throttle_after: Option<u64>,
    /// Speaks in clear where it should speak TLS.
    pub in_clear: bool,
    /// Takes every connection, reads, and never says anything.
    pub never_answers: bool,
    /// Announces a message of 256 MB once somebody is connected, and sends without end.
    pub absurd_length: bool,
    /// Sends messages without end to whoever subscribed, each within bounds.
    pub endless_messages: bool,
    /// Sends one packet whose length never ends once somebody is connected.
    pub endless_length: bool,
    /// Sends bytes that are no MQTT once somebody is connected.
    pub garbage: bool,
    /// The topic of its retained message is an attack on whoever shows it.
    pub hostile_text: bool,
    /// This service stops for good, the others go on.
    pub dies_after: Option<Trigger>,
}

impl MqttSwitches {
    /// Whether it says nothing to whoever sends no credentials in version 5.
    pub(super) fn hangs_up_in_5(&self) -> bool {
        self.hangs_up_on_anonymous_in_5 || self.accepts_anything_in_5
    }
}

/// An SSH server (RFC 4253) that shows its host key and lets nobody in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SshSpec {
    pub port: u16,
    /// The name of its key; whatever has the same has the same key. Absent: a key of its own.
    pub key: Option<String>,
    #[serde(default)]
    pub switch: SshSwitches,
}

/// The faults of an SSH server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SshSwitches {
    /// Its key is one that everybody has.
    pub published_key: bool,
    /// Offers a key exchange with 1024 bits, RC4, CBC and MD5 as well.
    pub old_algorithms: bool,
    /// Hangs up when its key is due.
    pub shows_no_key: bool,
    /// Says who it is, and nothing else.
    pub offers_nothing: bool,
}

/// A Telnet server (RFC 854) with a small shell.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TelnetSpec {
    pub port: u16,
    #[serde(default = "default_banner")]
    pub banner: String,
    /// Who may log in.
    #[serde(default)]
    pub accounts: Vec<Account>,
    #[serde(default)]
    pub switch: TelnetSwitches,
}

fn default_banner() -> String {
    "stand-in".to_owned()
}

/// The faults of a Telnet server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TelnetSwitches {
    /// Any credentials open it.
    pub accepts_anything: bool,
    /// A shell for whoever connects.
    pub asks_no_login: bool,
    /// Locks an account for good after so many refusals, its owner's too.
    pub lockout_after: Option<u64>,
    /// Says "too many attempts" and hangs up after so many refusals.
    pub throttle_after: Option<u64>,
    /// The banner is an attack on whoever shows it.
    pub hostile_text: bool,
    /// This service stops for good, the others go on.
    pub dies_after: Option<Trigger>,
}

/// An FTP server (RFC 959) with one directory.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FtpSpec {
    pub port: u16,
    #[serde(default = "default_banner")]
    pub banner: String,
    /// Who may log in.
    #[serde(default)]
    pub accounts: Vec<Account>,
    #[serde(default)]
    pub switch: FtpSwitches,
}

/// The faults of an FTP server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FtpSwitches {
    /// `anonymous` gets in with any password, and so does `ftp`.
    pub anonymous: bool,
    /// `ftp` gets in with any password, and `anonymous` does not.
    pub anonymous_as_ftp: bool,
    /// Any credentials open it.
    pub accepts_anything: bool,
    /// Locks an account for good after so many refusals, its owner's too.
    pub lockout_after: Option<u64>,
    /// Says 421 and hangs up after so many refusals.
    pub throttle_after: Option<u64>,
    /// Takes no login in clear.
    pub demands_tls: bool,
    /// Says that TLS may begin.
    pub turns_to: Option<TurnsTo>,
    /// Offers data only by PASV, at an address that is not its own.
    pub names_other_address: bool,
    /// The greeting never ends.
    pub endless_reply: bool,
    /// Answers every command by bytes that are no reply.
    pub garbage: bool,
    /// Greets and never answers.
    pub never_answers: bool,
    /// This service stops for good, the others go on.
    pub dies_after: Option<Trigger>,
}

/// What comes where TLS should.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TurnsTo {
    /// To every hello an alert that says that something inside went wrong.
    InternalError,
    Silence,
}

/// A service that says something and listens.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawSpec {
    pub port: u16,
    /// One character a byte, so nothing above `\u00FF`. Empty: a service that never speaks.
    #[serde(default)]
    pub sends: String,
}

impl RawSpec {
    /// The bytes of [`Self::sends`]; none where a character is no byte.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        self.sends
            .chars()
            .map(|character| u8::try_from(u32::from(character)).ok())
            .collect()
    }
}

/// A CoAP server over UDP that lists its resources for everybody and gives none of them away.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoapSpec {
    pub port: u16,
    /// Paths that it lists.
    #[serde(default)]
    pub resources: Vec<String>,
    #[serde(default)]
    pub switch: CoapSwitches,
}

/// The faults of a CoAP server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CoapSwitches {
    /// Everything is given to everybody.
    pub open: bool,
    /// No fault: its list, too, needs authentication.
    pub hides_its_list: bool,
    /// It never answers.
    pub silent: bool,
    /// Its answers have options that are reserved, overflow, or never end.
    pub hostile_options: bool,
    /// Whatever it gives away has 60,000 bytes.
    pub oversized: bool,
}

/// A UDP service that gives the same answer to everything. Empty: it never answers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UdpSpec {
    pub port: u16,
    #[serde(default)]
    pub answers: String,
    #[serde(default)]
    pub switch: UdpSwitches,
}

/// The faults of a UDP service, or of the network around it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UdpSwitches {
    /// This machine answers in its place, and it keeps silent.
    pub answered_by: Option<Ipv4Addr>,
    /// This machine says by ICMP that the port is unreachable, and the service keeps silent.
    pub refused_by: Option<Ipv4Addr>,
}

/// What is wrong with a stand-in's description.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    #[error("port {0} is given to two services")]
    PortTwice(u16),
    #[error("port 0 is no port")]
    PortZero,
    #[error("`sends` of port {0} has a character above U+00FF")]
    NotBytes(u16),
    #[error("port {0}: `update` names a key or an image that the lab does not have")]
    Update(u16),
    #[error("`goes_down.seconds` must be more than 0 and at most 600")]
    Downtime,
}

impl DeviceSpec {
    /// Every TCP port, in the order in which services are listed.
    pub fn ports(&self) -> impl Iterator<Item = u16> {
        let http = self.http.iter().map(|service| service.port);
        let mqtt = self.mqtt.iter().map(|service| service.port);
        let telnet = self.telnet.iter().map(|service| service.port);
        let ssh = self.ssh.iter().map(|service| service.port);
        let ftp = self.ftp.iter().map(|service| service.port);
        let raw = self.raw.iter().map(|service| service.port);
        let canned = self.canned.iter().map(|service| service.port);
        http.chain(mqtt)
            .chain(telnet)
            .chain(ssh)
            .chain(ftp)
            .chain(raw)
            .chain(canned)
    }

    /// Every UDP port.
    pub fn udp_ports(&self) -> impl Iterator<Item = u16> {
        let coap = self.coap.iter().map(|service| service.port);
        coap.chain(self.dtls.iter().map(|service| service.port))
            .chain(self.udp.iter().map(|service| service.port))
    }

    /// All ports, to move the device out of another program's way.
    pub fn ports_mut(&mut self) -> impl Iterator<Item = &mut u16> {
        let http = self.http.iter_mut().map(|service| &mut service.port);
        let mqtt = self.mqtt.iter_mut().map(|service| &mut service.port);
        let telnet = self.telnet.iter_mut().map(|service| &mut service.port);
        let ssh = self.ssh.iter_mut().map(|service| &mut service.port);
        let ftp = self.ftp.iter_mut().map(|service| &mut service.port);
        let raw = self.raw.iter_mut().map(|service| &mut service.port);
        let canned = self.canned.iter_mut().map(|service| &mut service.port);
        let coap = self.coap.iter_mut().map(|service| &mut service.port);
        let dtls = self.dtls.iter_mut().map(|service| &mut service.port);
        let udp = self.udp.iter_mut().map(|service| &mut service.port);
        http.chain(mqtt)
            .chain(telnet)
            .chain(ssh)
            .chain(ftp)
            .chain(raw)
            .chain(canned)
            .chain(coap)
            .chain(dtls)
            .chain(udp)
    }

    /// Whether the whole device can stop serving.
    pub fn can_fall(&self) -> bool {
        let updates = self.http.iter().filter_map(|http| http.update.as_ref());
        self.goes_down.is_some() || updates.map(|it| &it.switch).any(|it| it.dies_on_refusal)
    }

    /// What a reader of TOML cannot see.
    ///
    /// # Errors
    ///
    /// The first contradiction.
    pub fn validate(&self) -> Result<(), SpecError> {
        let mut seen = std::collections::BTreeSet::new();
        let tcp = self.ports().map(|port| (port, "TCP"));
        let udp = self.udp_ports().map(|port| (port, "UDP"));
        for (port, transport) in tcp.chain(udp) {
            if port == 0 {
                return Err(SpecError::PortZero);
            }
            if !seen.insert((port, transport)) {
                return Err(SpecError::PortTwice(port));
            }
        }
        if let Some(raw) = self.raw.iter().find(|raw| raw.bytes().is_none()) {
            return Err(SpecError::NotBytes(raw.port));
        }
        let updates = |http: &&HttpSpec| {
            http.update
                .as_ref()
                .is_some_and(|it| it.updater().is_none())
        };
        if let Some(http) = self.http.iter().find(updates) {
            return Err(SpecError::Update(http.port));
        }
        let seconds = self.goes_down.and_then(|downtime| downtime.seconds);
        if seconds.is_some_and(|seconds| !(seconds > 0.0 && seconds <= 600.0)) {
            return Err(SpecError::Downtime);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn validate(text: &str) -> Result<(), SpecError> {
        toml::from_str::<DeviceSpec>(text).unwrap().validate()
    }

    #[test]
    fn a_misspelt_switch_is_an_error() {
        let text = "[[http]]\nport = 80\nswitch.reset = true\n";
        let error = toml::from_str::<DeviceSpec>(text).unwrap_err().to_string();
        assert!(error.contains("unknown field `reset`"), "{error}");
    }

    #[test]
    fn contradictions_are_errors() {
        assert_eq!(
            validate("[[http]]\nport = 80\n[[raw]]\nport = 80\n"),
            Err(SpecError::PortTwice(80))
        );
        assert_eq!(
            validate("[[coap]]\nport = 80\n[[udp]]\nport = 80\n"),
            Err(SpecError::PortTwice(80))
        );
        assert_eq!(validate("[[raw]]\nport = 80\n[[udp]]\nport = 80\n"), Ok(()));
        assert_eq!(validate("[[telnet]]\nport = 0\n"), Err(SpecError::PortZero));
        assert_eq!(
            validate("[[raw]]\nport = 22\nsends = \"\\u0100\"\n"),
            Err(SpecError::NotBytes(22))
        );
        assert_eq!(
            validate("[[http]]\nport = 80\nupdate = { key = \"hub.pub.pem\", installed = \"?\" }"),
            Err(SpecError::Update(80))
        );
        assert_eq!(
            validate("goes_down = { after = { logins = 1 }, seconds = 0 }\n"),
            Err(SpecError::Downtime)
        );
        assert_eq!(
            validate("[[raw]]\nport = 22\nsends = \"\\u00ff\"\n"),
            Ok(())
        );
    }
}
