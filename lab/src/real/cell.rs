//! Accounts of a server's own, which its host never hears of.
//!
//! The server runs in a mount namespace in which other files lie over `/etc/passwd` and its like, and in a
//! process namespace, so that whatever it leaves running ends with it. Both vanish with the server.

use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::unistd::Uid;
use serde::Deserialize;

use super::{RealError, Tool};

const UNSHARE: Tool = Tool {
    program: "unshare",
    package: "util-linux",
};

/// Users whom the servers themselves want to have.
const OF_SERVERS: &str = "\
nobody:x:65534:65534::/:/usr/sbin/nologin
sshd:x:980:65534::/run/sshd:/usr/sbin/nologin
ftp:x:981:65534::/run/pub:/usr/sbin/nologin
";

/// What is done before the server starts, in its directory. The scratch file system is empty but for what
/// servers insist on: directories for those without privileges, and one with a file for strangers.
///
/// The shell stays: as the first process of its namespace it inherits orphans, and vsftpd, which counts its
/// children, crashes over one that it does not know.
const ENTER: &str = "set -e
mount -t tmpfs -o mode=755 proofmark-lab /run
mkdir /run/sshd /run/empty /run/pub
echo firmware >/run/pub/firmware.bin
for file in etc/*; do
  mount --bind \"$file\" \"/$file\"
done
if [ -e /etc/pam.d/vsftpd ]; then mount --bind pam /etc/pam.d/vsftpd; fi
\"$@\"
exit $?
";

/// Passwords alone decide, and nobody waits for a refusal.
const PAM: &str = "auth required pam_unix.so nodelay nullok\naccount required pam_unix.so\n";

/// An account of the system.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SystemAccount {
    pub username: String,
    /// As in `/etc/shadow`: crypt(5).
    pub hash: String,
}

/// A command that runs `program` with these accounts, to be started in `directory`.
///
/// # Errors
///
/// [`RealError`] where this machine does not permit it, which is no fault of the server.
pub fn command(
    directory: &Path,
    accounts: &[SystemAccount],
    program: &Path,
) -> Result<Command, RealError> {
    permitted()?;
    write_accounts(directory, accounts)?;
    let mut command = unshare()?;
    command.args(["sh", "-c", ENTER, "enter"]).arg(program);
    Ok(command)
}

fn unshare() -> Result<Command, RealError> {
    let mut command = UNSHARE.command()?;
    command.args(["--mount", "--pid", "--fork", "--kill-child", "--"]);
    Ok(command)
}

/// A user namespace that knows a single user knows no other accounts.
fn permitted() -> Result<(), RealError> {
    let unable = |why: &str| Err(RealError::Unable(why.to_owned()));
    if !Uid::effective().is_root() {
        return unable("accounts of its own need root");
    }
    let map = std::fs::read_to_string("/proc/self/uid_map")?;
    let users = map.split_whitespace().nth(2).and_then(|it| it.parse().ok());
    if users.unwrap_or(0_u64) < 65_536 {
        return unable("accounts of its own need more than one user id in the namespace");
    }
    let tried = unshare()?
        .args(["mount", "-t", "tmpfs", "proofmark-lab", "/run"])
        .stdin(Stdio::null())
        .output()?;
    if !tried.status.success() {
        let why = String::from_utf8_lossy(&tried.stderr);
        return unable(&format!("no mount namespace: {}", why.trim()));
    }
    Ok(())
}

fn write_accounts(directory: &Path, accounts: &[SystemAccount]) -> io::Result<()> {
    let mut passwd = OF_SERVERS.to_owned();
    let mut shadow = String::new();
    for (index, account) in accounts.iter().enumerate() {
        let SystemAccount { username, hash } = account;
        let id = match username.as_str() {
            "root" => 0,
            _ => 1000 + index,
        };
        passwd.push_str(&format!("{username}:x:{id}:{id}::/:/bin/sh\n"));
        shadow.push_str(&format!("{username}:{hash}:20000:0:99999:7:::\n"));
    }
    if !accounts.iter().any(|account| account.username == "root") {
        passwd.push_str("root:x:0:0::/:/bin/sh\n");
        shadow.push_str("root:*:20000:0:99999:7:::\n");
    }
    std::fs::create_dir_all(directory.join("etc"))?;
    std::fs::write(directory.join("etc/passwd"), passwd)?;
    std::fs::write(directory.join("pam"), PAM)?;
    let mut file = std::fs::File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(directory.join("etc/shadow"))?;
    file.write_all(shadow.as_bytes())
}
