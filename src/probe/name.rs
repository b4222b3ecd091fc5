//! What probes call themselves: what ordinary clients do, because a device that can recognise a test can behave for it.

/// In HTTP and what is like it: a current browser on a desktop, as its makers froze it (RFC 9110, section 10.1.5, asks for no more).
pub(super) const USER_AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
/// In SSH (RFC 4253, section 4.2).
pub(super) const SSH: &str = "SSH-2.0-OpenSSH_9.9";
/// In SMTP, of a client on a machine without a name (RFC 5321, section 4.1.4).
pub(super) const EHLO: &str = "EHLO [127.0.0.1]\r\n";
/// Instead of an own address, for those who have none (RFC 1635).
pub(super) const ADDRESS: &str = "anonymous@";
