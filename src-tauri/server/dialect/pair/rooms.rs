//! Private rooms of two. They belong to connections, are known to nobody else, and nothing said in them is kept: a frame
//! goes straight to those who are in the room at that moment.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use hyper_tungstenite::tungstenite::Utf8Bytes;
use landline_hub::SessionId;

use super::Form;
use super::frame::in_text;
use crate::outlet::Line;

/// A room with so many is full.
const SEATS: usize = 2;

/// A number below the given one, which is not zero.
type Choose = Box<dyn FnMut(usize) -> usize + Send>;

/// All rooms.
pub(super) struct Rooms(Mutex<State>);

struct State {
    rooms: HashMap<u64, Vec<Seat>>,
    /// Which room a connection is in.
    places: HashMap<SessionId, u64>,
    /// The rooms with exactly one.
    free: Vec<u64>,
    next: u64,
    choose: Choose,
}

struct Seat {
    line: Line,
    form: Form,
}

impl Default for Rooms {
    fn default() -> Rooms {
        Rooms::new(Box::new(uniform))
    }
}

impl Rooms {
    /// `choose` picks one of the free rooms.
    fn new(choose: Choose) -> Rooms {
        Rooms(Mutex::new(State {
            rooms: HashMap::new(),
            places: HashMap::new(),
            free: Vec::new(),
            next: 0,
            choose,
        }))
    }

    /// Gives a connection a place beside somebody who is alone, or a room of its own.
    pub(super) fn enter(&self, line: &Line, form: Form) {
        let state = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = match state.free.len() {
            0 => {
                state.next += 1;
                state.free.push(state.next);
                state.next
            }
            free => state.free.swap_remove((state.choose)(free)),
        };
        state.places.insert(line.session(), room);
        let seats = state.rooms.entry(room).or_default();
        for partner in &*seats {
            partner.line.push(&partner.form.somebody_joined());
        }
        line.push(&form.welcome());
        seats.push(Seat {
            line: line.clone(),
            form,
        });
        debug_assert!(seats.len() <= SEATS, "a full room is not free");
    }

    /// Passes a frame, which is JSON, to those in the sender's room, the sender too. Whether one of them is far behind.
    pub(super) fn say(&self, session: SessionId, text: &Utf8Bytes) -> bool {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = state.places.get(&session);
        let seats = room.and_then(|room| state.rooms.get(room));
        let mut is_behind = false;
        for seat in seats.into_iter().flatten() {
            match seat.form {
                Form::Json => {
                    seat.line.push(text);
                }
                Form::Text => {
                    if let Some(text) = in_text(text) {
                        seat.line.push(&text);
                    }
                }
            }
            is_behind |= seat.line.is_half_full();
        }
        is_behind
    }

    /// Takes a connection out of its room, and forgets the way to it.
    pub(super) fn leave(&self, session: SessionId) {
        let state = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(room) = state.places.remove(&session) else {
            return;
        };
        let Some(seats) = state.rooms.get_mut(&room) else {
            return;
        };
        seats.retain(|seat| seat.line.session() != session);
        for partner in &*seats {
            partner.line.push(&partner.form.somebody_left());
        }
        if seats.is_empty() {
            state.rooms.remove(&room);
            state.free.retain(|free| *free != room);
        } else {
            state.free.push(room);
        }
    }
}

/// Each number below `end` as likely as any other.
fn uniform(end: usize) -> usize {
    let end = end as u64;
    // What is above the last whole multiple would make the low numbers likelier.
    let whole = u64::MAX - u64::MAX % end;
    loop {
        // A system without randomness still pairs people.
        let Ok(number) = getrandom::u64() else {
            return 0;
        };
        if number < whole {
            return usize::try_from(number % end).unwrap_or(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::sync::Arc;

    use landline_protocol::UserId;
    use proptest::prelude::*;

    use super::*;
    use crate::dialect::pair::Natives;
    use crate::dialect::pair::PublicWords;
    use crate::limits::SESSION_FRAMES_CAP;
    use crate::outlet::{Outgoing, Pipe};

    const WELCOME: &str = r#"{"greeting":"Welcome to the chat room!"}"#;
    const JOINED: &str = r#"{"greeting":"Someone joined the chat!"}"#;
    const LEFT: &str = r#"{"message":"Someone left the chat!"}"#;

    struct Client {
        line: Line,
        pipe: Arc<Pipe>,
    }

    impl Client {
        fn new(session: u64) -> Client {
            let words = Arc::new(PublicWords {
                form: Form::Json,
                natives: Arc::<Natives>::default(),
            });
            let pipe = Arc::new(Pipe::unread());
            let line = Line::new(SessionId(session), UserId::fresh(), words, pipe.clone());
            Client { line, pipe }
        }

        fn id(&self) -> SessionId {
            self.line.session()
        }

        fn heard(&mut self) -> Vec<String> {
            let mut heard = Vec::new();
            let mut batch = VecDeque::new();
            loop {
                self.pipe.take(&mut batch);
                if batch.is_empty() {
                    return heard;
                }
                for outgoing in batch.drain(..) {
                    let Outgoing::Frame(frame) = outgoing else {
                        panic!("a room sends frames only");
                    };
                    // A frame this short has a head of two bytes.
                    let text = frame.bytes[2..].to_vec();
                    heard.push(String::from_utf8(text).unwrap());
                    self.pipe.pass_on(frame);
                }
                self.pipe.forget();
            }
        }
    }

    fn enter(rooms: &Rooms, session: u64) -> Client {
        let client = Client::new(session);
        rooms.enter(&client.line, Form::Json);
        client
    }

    #[test]
    fn a_frame_reaches_the_two_of_a_room_and_no_later_partner() {
        let rooms = Rooms::default();
        let [mut one, mut two, mut three] = [1, 2, 3].map(|n| enter(&rooms, n));
        assert_eq!(one.heard(), [WELCOME, JOINED]);
        assert_eq!(two.heard(), [WELCOME]);
        assert_eq!(three.heard(), [WELCOME]);
        rooms.say(one.id(), &r#""secret""#.into());
        assert_eq!(one.heard(), [r#""secret""#]);
        rooms.leave(two.id());
        assert_eq!(
            two.heard(),
            [r#""secret""#],
            "it was there when it was said"
        );
        assert_eq!(one.heard(), [LEFT]);
        rooms.say(one.id(), &"1".into());
        assert_eq!(one.heard(), ["1"], "alone, it hears itself");
        let (mut four, mut five) = (enter(&rooms, 4), enter(&rooms, 5));
        assert_eq!(
            (four.heard(), five.heard()),
            (vec![WELCOME.into()], vec![WELCOME.into()])
        );
        assert_eq!(three.heard(), [JOINED]);
        assert_eq!(two.heard(), [""; 0]);
    }

    #[test]
    fn a_room_tells_when_one_of_its_two_is_far_behind() {
        let rooms = Rooms::default();
        let [mut one, mut two] = [1, 2].map(|n| enter(&rooms, n));
        let say = || rooms.say(SessionId(1), &"1".into());
        let unread = (0..SESSION_FRAMES_CAP).take_while(|_| !say()).count();
        assert!(
            (SESSION_FRAMES_CAP / 2 - 3..SESSION_FRAMES_CAP / 2 + 1).contains(&unread),
            "{unread}"
        );
        one.heard();
        assert!(say(), "the other has not read yet");
        two.heard();
        assert!(!say());
    }

    #[test]
    fn each_free_room_is_as_likely_as_any_other() {
        let mut counts = [0u32; 7];
        for _ in 0..70_000 {
            counts[uniform(7)] += 1;
        }
        // Seven standard deviations: this fails by chance less than once in 10^11 runs.
        assert!(
            counts.iter().all(|count| (9_350..10_650).contains(count)),
            "{counts:?}"
        );
    }

    #[test]
    fn the_chosen_room_is_the_one_entered() {
        let rooms = Rooms::new(Box::new(|free| free - 1));
        let mut clients: Vec<Client> = (0..4).map(|n| enter(&rooms, n)).collect();
        rooms.leave(clients[1].id());
        rooms.leave(clients[3].id());
        for client in &mut clients {
            client.heard();
        }
        let _newcomer = enter(&rooms, 9);
        assert_eq!(clients[2].heard(), [JOINED], "the last of the free rooms");
        assert_eq!(clients[0].heard(), [""; 0]);
    }

    proptest! {
        /// Random comings and goings against the rules: at most two, nobody alone twice while another is, no dead entry.
        #[test]
        fn rooms_hold_at_most_two_and_nothing_dead(seed in any::<u64>(), turns in prop::collection::vec(any::<(bool, u8)>(), 1..80)) {
            let mut state = seed;
            let rooms = Rooms::new(Box::new(move |end| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                usize::try_from(state >> 33).unwrap() % end
            }));
            let mut here: Vec<Client> = Vec::new();
            for (number, (comes, which)) in turns.into_iter().enumerate() {
                if comes || here.is_empty() {
                    here.push(enter(&rooms, number as u64));
                } else {
                    let gone = here.swap_remove(usize::from(which) % here.len());
                    rooms.leave(gone.id());
                    rooms.leave(gone.id());
                }
                let state = rooms.0.lock().unwrap();
                prop_assert!(state.rooms.values().all(|seats| (1..=SEATS).contains(&seats.len())));
                prop_assert_eq!(state.places.len(), here.len());
                prop_assert_eq!(state.rooms.values().map(Vec::len).sum::<usize>(), here.len());
                let mut alone: Vec<u64> = state.rooms.iter().filter(|(_, seats)| seats.len() == 1).map(|(id, _)| *id).collect();
                let mut free = state.free.clone();
                alone.sort_unstable();
                free.sort_unstable();
                prop_assert_eq!(alone, free);
            }
        }
    }
}
