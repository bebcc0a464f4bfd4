//! What everybody was told in a run, in its order: the trace, the facts that may never be contradicted, and the broken
//! promises. One a run; all in one thread.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;
use std::rc::Rc;

use landline_hub::ChatKey;
use landline_protocol::{Epoch, MessageId, Seq, UserId};

/// A promise that was broken, by the number of its invariant, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) invariant: &'static str,
    pub(crate) how: String,
}

/// Whose message it is, and its id.
pub(crate) type Id = (UserId, MessageId);

/// Shared by all parts of a run.
pub(crate) type Shared = Rc<RefCell<Ledger>>;

/// See the module.
pub(crate) struct Ledger {
    is_told: bool,
    now_ms: u64,
    hash: u64,
    /// What stands at each place that anybody was told of, for ever.
    places: HashMap<(ChatKey, Epoch, Seq), Id>,
    pub(crate) broken: Vec<Broken>,
    /// When each message was sent, and how long it took to each who heard it, in milliseconds; see `i09`.
    pub(crate) sent_at: HashMap<Id, u64>,
    pub(crate) latencies: Vec<(String, u64)>,
    counts: BTreeMap<&'static str, u64>,
}

impl Ledger {
    /// `is_told`: each line is printed, too.
    pub(crate) fn new(is_told: bool) -> Shared {
        Rc::new(RefCell::new(Ledger {
            is_told,
            now_ms: 0,
            hash: 0xcbf2_9ce4_8422_2325,
            places: HashMap::new(),
            broken: Vec::new(),
            sent_at: HashMap::new(),
            latencies: Vec::new(),
            counts: BTreeMap::new(),
        }))
    }

    pub(crate) fn now(&mut self, ms: u64) {
        self.now_ms = ms;
    }

    pub(crate) fn now_ms(&self) -> u64 {
        self.now_ms
    }

    /// One line of the trace.
    pub(crate) fn note(&mut self, who: &dyn Display, what: &dyn Display) {
        let line = format!("{:>7} {who:<8} {what}", self.now_ms);
        for byte in line.bytes() {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        if self.is_told {
            println!("{line}");
        }
    }

    /// Two runs with the same hash were the same run.
    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }

    pub(crate) fn count(&mut self, what: &'static str, by: u64) {
        *self.counts.entry(what).or_default() += by;
    }

    pub(crate) fn counts(&self) -> &BTreeMap<&'static str, u64> {
        &self.counts
    }

    pub(crate) fn broke(&mut self, invariant: &'static str, how: String) {
        self.note(&"BROKEN", &format_args!("{invariant}: {how}"));
        self.broken.push(Broken { invariant, how });
    }

    /// Somebody was told, or the log says, that this stands there. I3: it is never anything else.
    pub(crate) fn i03_fact(&mut self, chat: &ChatKey, epoch: Epoch, seq: Seq, id: &Id) {
        let before = self
            .places
            .entry((chat.clone(), epoch, seq))
            .or_insert_with(|| id.clone());
        if before != id {
            let how = format!("{chat:?} {epoch} {seq} was {before:?} and is {id:?}");
            self.broke("I3", how);
        }
    }
}
