//! What a hub needs from outside: a place for the log, and the sessions.

use std::sync::Arc;

use landline_protocol::{
    CloseCode, DisplayName, EntryKind, Epoch, MessageId, Position, Seq, Timestamp, TopicName,
    UserId, Via,
};

use crate::command::{ChatKey, ChatRef, Person, SessionId, TokenDigest};
use crate::effect::{Audience, Entry, Event};
use crate::keeping::KeepRule;
use crate::searching::{Scope, Search};

/// A message on its way into the log. The store gives it its `seq`: see docs/decisions/001.
#[derive(Debug, Clone)]
pub struct Append {
    /// Whose session waits for the answer.
    pub session: SessionId,
    /// Into which chat.
    pub chat: ChatKey,
    /// Who wrote it.
    pub author: Person,
    /// What it is.
    pub kind: EntryKind,
    /// Its text.
    pub body: Arc<str>,
    /// The author's id for it.
    pub message_id: MessageId,
    /// When the hub took it.
    pub at: Timestamp,
    /// Goes into the [`Entry`] as it is; not stored.
    pub original: Option<Arc<str>>,
    /// Rises after each failed commit. Once one of an attempt has failed, the store commits no other of the same attempt:
    /// those behind it would overtake it.
    pub attempt: u32,
}

/// What became of an [`Append`].
#[derive(Debug, Clone)]
pub struct Appended {
    /// Whose session waits.
    pub session: SessionId,
    /// What happened.
    pub outcome: Outcome,
}

/// See [`Appended`].
#[derive(Debug, Clone)]
pub enum Outcome {
    /// It is on the disk, flushed.
    Stored(Arc<Entry>),
    /// The author sent it before: it is there, at this position.
    Known(MessageId, Position),
    /// The author used this id for something else.
    Conflict(MessageId),
}

/// A record that is saved in passing, without anybody waiting.
#[derive(Debug, Clone)]
pub enum Record {
    /// What is known of a member.
    Member(MemberRecord),
    /// How far a member has read.
    Marker(UserId, ChatKey, Seq),
    /// How long messages are kept. Unlike the others it is never dropped: a rule of the host is told once.
    Keep(KeepRule),
}

/// What the room knows of a person, whether here or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRecord {
    /// Their id.
    pub user_id: UserId,
    /// What they were called last.
    pub name: DisplayName,
    /// How they came last.
    pub via: Via,
    /// The digest of the secret their id is bound to.
    pub token: Option<TokenDigest>,
    /// When they were here last.
    pub last_seen: Timestamp,
}

/// What the room remembers of a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatRecord {
    /// Which.
    pub chat: ChatKey,
    /// Where its log ends.
    pub head: Position,
    /// When its first entry was taken.
    pub since: Timestamp,
    /// When its last entry was taken.
    pub last: Timestamp,
}

/// Which page of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageQuery {
    /// The newest entries before this `seq`; of all without one.
    Before(Option<Seq>, u32),
    /// The oldest entries after this `seq`.
    After(Seq, u32),
    /// The entries around this `seq`; `more` is about those after them.
    Around(Seq, u32),
    /// The entries around the first one taken at this time or later, in the same way.
    At(Timestamp, u32),
    /// What a reader at this position has missed.
    Resume(Position, u32),
}

/// The store could not do it. What it says is for the log and the host, not for members.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StoreFault(pub Arc<str>);

/// What a room remembers from its earlier lives.
#[derive(Debug, Clone)]
pub struct Memory {
    /// The epoch that this start opened.
    pub epoch: Epoch,
    /// Every member ever seen.
    pub members: Vec<MemberRecord>,
    /// Every chat with an entry, oldest first.
    pub chats: Vec<ChatRecord>,
    /// How far members have read.
    pub markers: Vec<(UserId, ChatKey, Seq)>,
    /// How long messages are kept.
    pub kept: Kept,
}

/// The rules about how long messages are kept, and what they led to.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    /// The host's rules.
    pub rules: Vec<KeepRule>,
    /// Topics of which something was removed, each with the `seq` of the oldest message that is kept.
    pub oldest: Vec<(TopicName, Seq)>,
}

/// Where the log lives. Calls return at once; answers come back to the hub as commands, appends in their order.
pub trait Store: Send + 'static {
    /// Queues a message. At most [`crate::limits::APPENDS_CAP`] are unanswered at a time.
    fn append(&mut self, append: Append);
    /// Queues a record. A record that finds no room is dropped: it is told again by the next change.
    fn save(&mut self, record: Record);
    /// Removes what the rules keep no longer at this moment, a little at a time and when there is nothing else to do; the
    /// answers are [`crate::Command::Trimmed`]. A store that keeps everything has nothing to do.
    fn trim(&mut self, now: Timestamp) {
        let _ = now;
    }
    /// Reads a page.
    fn read(&mut self, session: SessionId, chat: ChatRef, key: ChatKey, query: PageQuery);
    /// Called between two pieces of a long list that is being told: whoever writes the log may have a turn now.
    fn give_way(&mut self) {}
    /// Looks for something, in what `scope` allows. A store without an index does not answer.
    fn search(&mut self, session: SessionId, scope: Scope, search: Search) {
        let _ = (session, scope, search);
    }
}

/// Tells the time. The simulation has its own.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The sessions. Calls return at once and never wait for a socket.
pub trait Outlet: Send + 'static {
    /// What the server keeps of a session to reach it.
    type Line: Send + 'static;

    /// A session exists from now on.
    fn open(&mut self, session: SessionId, line: Self::Line);
    /// Tells an event to its audience. A session that cannot take it is closed, never waited for. It may wait until
    /// [`Outlet::flush`], so that what belongs together is written together.
    fn send(&mut self, audience: &Audience, event: &Event);
    /// Writes some of what was told. Whether there is more. `is_quiet`: since the last call nobody said anything and the
    /// store has nothing to answer, so that nobody waits if it writes more at once.
    fn flush(&mut self, is_quiet: bool) -> bool;
    /// Ends a session.
    fn close(&mut self, session: SessionId, code: CloseCode, reason: &'static str);
    /// A session is gone.
    fn forget(&mut self, session: SessionId);
    /// A look at the state after each command, for whoever shows it.
    fn glance(&mut self, hub: &crate::state::Hub);
}

/// Whether a reader at `seq` has missed messages that were removed: it is told so, like one whose log is gone.
pub fn is_cut(seq: Seq, oldest: Seq) -> bool {
    seq + 1 < oldest
}

/// Decides a resume, the same for every store: whether a reader at `position` can be brought up to date without a
/// hole. `epoch_is_known`: this log has had a life of exactly that name. `written_in`: the counter of the epoch in which
/// the entry at the position's `seq` was written, if there is one. A reader past the place where the next epoch went
/// on from (a restored backup, say) finds an entry of a later epoch there, or none.
pub fn can_recover(position: Position, epoch_is_known: bool, written_in: Option<u32>) -> bool {
    position.seq == 0
        || (epoch_is_known && written_in.is_some_and(|counter| counter <= position.epoch.counter))
}

/// What a message costs in a page beside its text, in bytes of JSON.
const ENVELOPE_BYTES: usize = 400;

/// What a message of this text costs in a page, in bytes of JSON; pages are cut by it.
pub fn page_bytes(body: &str) -> usize {
    let escaped = body.bytes().map(|byte| match byte {
        b'"' | b'\\' => 2,
        byte if byte < 0x20 => 6,
        _ => 1,
    });
    ENVELOPE_BYTES + escaped.sum::<usize>()
}
