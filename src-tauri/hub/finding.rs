//! Finding people by name, for a room too large to be told of everybody.

use std::sync::Arc;

use landline_protocol::{UserId, Via, limits::PEOPLE_LISTED};

use crate::command::SessionId;
use crate::effect::{Audience, Event};
use crate::ports::MemberRecord;
use crate::state::Hub;

impl Hub {
    /// Those who are here come first, then those who are not; of these only who is asked for by name.
    pub(crate) fn find_people(
        &mut self,
        session: SessionId,
        text: Option<Arc<str>>,
        after: Option<UserId>,
    ) {
        let part = text.as_deref().unwrap_or("").trim().to_lowercase();
        let place = |record: &MemberRecord| {
            let is_away = !self.people.is_here(record.user_id);
            (is_away, record.name.as_str().to_lowercase(), record.user_id)
        };
        let from = after.and_then(|user| self.people.record(user)).map(place);
        let is_asked = |record: &&MemberRecord| {
            // Guests of `fastchat` who left are nobody any more.
            let can_be_away = !part.is_empty() && record.via != Via::Fastchat;
            self.people.is_here(record.user_id) || can_be_away
        };
        let mut found: Vec<_> = self
            .people
            .all_known()
            .filter(is_asked)
            .map(place)
            .filter(|place| {
                place.1.contains(&part) && from.as_ref().is_none_or(|from| place > from)
            })
            .collect();
        found.sort_unstable();
        let more = found.len() > PEOPLE_LISTED;
        found.truncate(PEOPLE_LISTED);
        let people = found
            .into_iter()
            .filter_map(|(_, _, user)| self.person_here(user))
            .collect();
        self.tell(Audience::One(session), Event::People { text, people, more });
    }
}
