//! What happens to a device while it is tested, and what that sets off.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::Notify;

use super::spec::{DeviceSpec, FirmwareChange, Trigger};

/// Blows once, when its trigger is reached.
#[derive(Debug)]
pub(super) struct Fuse {
    trigger: Option<Trigger>,
    connections: AtomicU64,
    logins: AtomicU64,
    spent: AtomicBool,
    blown: Notify,
}

impl Fuse {
    pub(super) fn new(trigger: Option<Trigger>) -> Self {
        Self {
            trigger,
            connections: AtomicU64::new(0),
            logins: AtomicU64::new(0),
            spent: AtomicBool::new(false),
            blown: Notify::new(),
        }
    }

    /// Returns when it blows, which may have been before. Only one may wait.
    pub(super) async fn blown(&self) {
        self.blown.notified().await;
    }

    /// Whether it has blown.
    pub(super) fn is_spent(&self) -> bool {
        self.spent.load(Ordering::Relaxed)
    }

    fn connection(&self) {
        let count = self.connections.fetch_add(1, Ordering::Relaxed) + 1;
        self.blow_if(matches!(self.trigger, Some(Trigger::Connections(limit)) if count >= limit));
    }

    fn login(&self) {
        let count = self.logins.fetch_add(1, Ordering::Relaxed) + 1;
        self.blow_if(matches!(self.trigger, Some(Trigger::Logins(limit)) if count >= limit));
    }

    /// Blows it, whatever its trigger.
    fn blow(&self) {
        self.blow_if(true);
    }

    fn blow_if(&self, reached: bool) {
        if reached && !self.spent.swap(true, Ordering::Relaxed) {
            self.blown.notify_one();
        }
    }
}

/// The state of a whole device.
#[derive(Debug)]
pub(super) struct Pulse {
    pub(super) fuse: Fuse,
    firmware: String,
    change: Option<FirmwareChange>,
    version_reads: AtomicU64,
}

impl Pulse {
    pub(super) fn new(spec: &DeviceSpec) -> Self {
        Self {
            fuse: Fuse::new(spec.goes_down.map(|downtime| downtime.after)),
            firmware: spec.firmware.clone(),
            change: spec.changes_firmware.clone(),
            version_reads: AtomicU64::new(0),
        }
    }
}

/// One service of a device, and how it tells what happens to it.
#[derive(Clone, Debug)]
pub(super) struct Diary {
    device: Arc<Pulse>,
    pub(super) service: Arc<Fuse>,
}

impl Diary {
    pub(super) fn new(device: &Arc<Pulse>, dies_after: Option<Trigger>) -> Self {
        Self {
            device: Arc::clone(device),
            service: Arc::new(Fuse::new(dies_after)),
        }
    }

    /// Somebody connected.
    pub(super) fn connection(&self) {
        self.device.fuse.connection();
        self.service.connection();
    }

    /// Somebody sent credentials.
    pub(super) fn login(&self) {
        self.device.fuse.login();
        self.service.login();
    }

    /// The whole device falls over.
    pub(super) fn falls(&self) {
        self.device.fuse.blow();
    }

    /// Somebody asks for the firmware version, which is another one where an update was installed.
    pub(super) fn firmware(&self, updated: Option<String>) -> String {
        let read = self.device.version_reads.fetch_add(1, Ordering::Relaxed);
        match &self.device.change {
            Some(change) if read >= change.after_reads => change.to.clone(),
            _ => updated.unwrap_or_else(|| self.device.firmware.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fuse_blows_at_its_trigger() {
        let spec: DeviceSpec = toml::from_str(
            "firmware = \"1\"\nchanges_firmware = { after_reads = 1, to = \"2\" }\n\
             goes_down = { after = { logins = 2 } }\n",
        )
        .unwrap();
        let device = Arc::new(Pulse::new(&spec));
        let diary = Diary::new(&device, Some(Trigger::Connections(1)));
        diary.login();
        assert!(!device.fuse.is_spent() && !diary.service.is_spent());
        diary.connection();
        assert!(!device.fuse.is_spent() && diary.service.is_spent());
        diary.login();
        assert!(device.fuse.is_spent());
        assert_eq!([diary.firmware(None), diary.firmware(None)], ["1", "2"]);
    }
}
