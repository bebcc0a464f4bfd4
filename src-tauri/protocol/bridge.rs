//! What the desktop's Rust and its own window say to each other beside frames. It crosses no network; it is here
//! because `ui/src/wire.ts` is generated from this crate alone.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::frame::{RoomInfo, ServerFrame};
use crate::values::{Access, Keeps, Timestamp, UserId};

/// What the UI needs to show its first screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Boot {
    /// My id.
    pub user_id: UserId,
    /// My name; absent at the first start.
    #[ts(optional)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// What the system calls this person, to fill the field in.
    pub suggested_name: String,
    /// How things are set.
    pub settings: Settings,
    /// The program's version.
    pub version: String,
}

/// What a person can set. Every field has a default, so an older file still loads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "five switches on one page")]
pub struct Settings {
    /// `system`, `light` or `dark`.
    pub theme: Theme,
    /// Whether Enter sends (and Shift+Enter breaks the line) or the other way round (Ctrl+Enter sends).
    pub enter_sends: bool,
    /// Whether closing the window leaves the app in the tray.
    pub close_to_tray: bool,
    /// Whether new messages show a notification while the window is not in front.
    pub notifications: bool,
    /// Whether others see that one types.
    pub send_typing: bool,
    /// Whether a topic shows who comes and goes.
    pub show_comings: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            theme: Theme::System,
            enter_sends: true,
            close_to_tray: false,
            notifications: true,
            send_typing: true,
            show_comings: true,
        }
    }
}

/// The colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// What the system says.
    #[default]
    System,
    /// Paper.
    Light,
    /// Ink.
    Dark,
}

/// Something happened below the window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum PlatformEvent {
    /// A room's server sent a frame.
    Frame {
        /// Which room: its `room_id`.
        room: String,
        /// What it sent.
        frame: ServerFrame,
    },
    /// How the connection to a room stands.
    Connection {
        /// Which room.
        room: String,
        /// How it stands.
        connection: Connection,
    },
    /// A message of mine is waiting, or its state changed. It goes when its `MSG_ACK` comes, whose `status` says
    /// whether it is `"stored"` or, in a disappearing topic, only `"sent"`.
    Outbox {
        /// Which room.
        room: String,
        /// The message.
        message: OutboxMessage,
    },
    /// A message of mine was discarded by me.
    Discarded {
        /// Which room.
        room: String,
        /// Which message.
        message_id: String,
    },
    /// The rooms around, all of them, whenever one changes.
    Around {
        /// Sorted by name.
        rooms: Vec<RoomAround>,
    },
    /// The rooms I am in or was in, all of them, whenever one changes.
    Rooms {
        /// The newest visit first.
        rooms: Vec<KnownRoom>,
    },
    /// What I host, whenever it changes.
    Hosting {
        /// Absent: nothing.
        hosting: Option<Hosting>,
    },
    /// A person clicked a notification, or started the app again with a link: show this.
    Show {
        /// Which room.
        room: String,
        /// Which topic …
        #[ts(optional)]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        topic: Option<String>,
        /// … or whose direct chat.
        #[ts(optional)]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        with: Option<String>,
    },
}

/// How the connection to a room stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Connection {
    /// The first try, or the one after a wait.
    Connecting,
    /// Said hello and got its answer; the gap may still be filling.
    Online {
        /// Where the server is.
        address: String,
        /// What it says of the room.
        room: RoomInfo,
    },
    /// Lost or not reached; the next try comes by itself.
    Waiting {
        /// Why.
        reason: WaitReason,
        /// A sentence for the details, such as the system's error.
        detail: String,
        /// When the next try comes, in milliseconds from now.
        retry_in_ms: u32,
    },
    /// Refused; nothing happens until the person does something.
    Refused {
        /// Why.
        reason: RefuseReason,
        /// The server's words.
        detail: String,
    },
    /// Left by the person.
    Left,
}

/// Why a connection waits. Each has its own sentence in the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum WaitReason {
    /// The host closed the room or is restarting.
    HostGone,
    /// Nothing answers at any known address.
    Unreachable,
    /// This device has no network.
    NoNetwork,
    /// The connection was open and went silent.
    Silent,
    /// The host asks to come back later.
    Busy,
}

/// Why a room refused us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RefuseReason {
    /// The name or id was refused.
    Identity,
    /// Removed by the host.
    Kicked,
    /// The room is locked.
    Locked,
    /// It speaks another version.
    Version,
    /// Somebody answers there, but it is no Landline room, or not this one.
    NotLandline,
}

/// A message of mine that has no acknowledgement yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OutboxMessage {
    /// My id for it.
    pub message_id: String,
    /// The topic …
    #[ts(optional)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// … or whom it is for.
    #[ts(optional)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The text.
    pub content: String,
    /// When it was written, by this device's clock.
    pub written_at: Timestamp,
    /// How it stands.
    pub state: OutboxState,
    /// Why it failed.
    #[ts(optional)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// It is for a disappearing topic: it waits in memory only, and is gone when the app ends.
    #[ts(optional, as = "Option<bool>")]
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_memory: bool,
}

/// How a message in the outbox stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum OutboxState {
    /// Waits for a connection or for its turn.
    Queued,
    /// On the way.
    Sent,
    /// Refused for good; the person decides.
    Failed,
}

/// A room that announces itself on this network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RoomAround {
    /// Its id.
    pub room_id: String,
    /// Its name.
    pub name: String,
    /// The computer that hosts it.
    pub host: String,
    /// Who may enter.
    pub access: Access,
    /// How many people are in it.
    pub members: u32,
    /// `IP:port`, the likeliest first.
    pub addrs: Vec<String>,
    /// Whether this app speaks its version.
    pub compatible: bool,
}

/// A room that this app has been in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct KnownRoom {
    /// Its id.
    pub room_id: String,
    /// Its name when last seen.
    pub name: String,
    /// The address that worked last.
    pub address: String,
    /// When this app was last connected to it.
    pub last_seen: Timestamp,
    /// Whether this app stays in it (connects by itself).
    pub joined: bool,
    /// Whether this app hosts it.
    pub hosted: bool,
}

/// The room that this app hosts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Hosting {
    /// Its id.
    pub room_id: String,
    /// Its name, as really announced.
    pub name: String,
    /// `http://IP:port` for each network, the likeliest first.
    pub urls: Vec<String>,
    /// The first of them as a QR code: an SVG document.
    pub qr_svg: String,
    /// Whether it is announced.
    pub visible: bool,
    /// Since when.
    pub since: Timestamp,
    /// How long its topics keep their messages.
    pub keeps: Keeps,
    /// What went wrong without stopping the room, such as a database that was moved aside.
    pub warnings: Vec<String>,
}
