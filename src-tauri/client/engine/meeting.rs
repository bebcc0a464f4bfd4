//! Meeting somebody: the host pairs whoever waits. A wait and a pair end with the session; the consumer is told, and
//! nobody is put back into the queue behind their back.

use landline_protocol::frame::{ClientFrame, Empty, Pair, PairState, ServerFrame};

use super::Engine;
use crate::effect::Effect;

const OFF: Pair = Pair {
    state: PairState::Off,
    with: None,
    display_name: None,
};

impl Engine {
    /// `FIND_PAIR` of the consumer. It counts from here on: the session may end before it is answered.
    pub(super) fn meet(&mut self, out: &mut Vec<Effect>) {
        if self.online {
            self.meets = true;
            self.send(ClientFrame::FindPair(Empty {}), out);
        } else {
            out.push(Effect::frame(ServerFrame::Pair(OFF)));
        }
    }

    /// `PAIR` of the host.
    pub(super) fn paired(&mut self, pair: Pair, out: &mut Vec<Effect>) {
        self.meets = matches!(pair.state, PairState::Waiting | PairState::Paired);
        out.push(Effect::frame(ServerFrame::Pair(pair)));
    }

    /// The session is over.
    pub(super) fn stop_meeting(&mut self, out: &mut Vec<Effect>) {
        if std::mem::take(&mut self.meets) {
            out.push(Effect::frame(ServerFrame::Pair(OFF)));
        }
    }
}
