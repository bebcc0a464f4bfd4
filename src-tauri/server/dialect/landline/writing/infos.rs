//! Who and what there is, as parts of frames.

use landline_hub::effect::{DirectSummary, Pairing, PersonHere, TopicSummary};
use landline_hub::{ChatRef, Room};
use landline_protocol::frame::{
    ChatHead, DirectInfo, MemberInfo, PairState, RoomInfo, TopicInfo, UserInfo,
};
use landline_protocol::{DisplayName, Position, UserId};
use uuid::Uuid;

use super::{beginning, topic_or_with};

pub(super) fn pair_state(state: Pairing) -> PairState {
    match state {
        Pairing::Waiting => PairState::Waiting,
        Pairing::Paired => PairState::Paired,
        Pairing::Left => PairState::Left,
        Pairing::Off => PairState::Off,
    }
}

/// Milliseconds as whole seconds, never none.
pub(super) fn seconds(ms: i64) -> u32 {
    u32::try_from(ms / 1_000).unwrap_or(u32::MAX).max(1)
}

/// The id of a direct chat, in the form of a UUID v4: the same for its two, whoever opens it and whenever.
pub(super) fn direct_chat_id(one: UserId, other: UserId) -> String {
    let mut bytes = (one.0.as_u128() ^ other.0.as_u128()).to_be_bytes();
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    Uuid::from_bytes(bytes).to_string()
}

pub(super) fn head((chat, end): &(ChatRef, Position)) -> ChatHead {
    let (topic, with) = topic_or_with(chat);
    ChatHead {
        topic,
        with,
        epoch: end.epoch,
        seq: end.seq,
    }
}

pub(super) fn room_info(room: &Room) -> RoomInfo {
    RoomInfo {
        room_id: room.room_id.clone(),
        name: room.name.clone(),
        access: room.access,
    }
}

pub(super) fn user(here: &PersonHere) -> UserInfo {
    UserInfo {
        user_id: here.person.user_id,
        display_name: here.person.name.clone(),
        online: here.online,
        via: here.person.via,
        host: here.host,
    }
}

pub(super) fn member((user_id, name): &(UserId, DisplayName)) -> MemberInfo {
    MemberInfo {
        user_id: *user_id,
        display_name: name.clone(),
    }
}

/// The frame's part of a topic.
pub(crate) fn topic_info(topic: &TopicSummary) -> TopicInfo {
    TopicInfo {
        topic: topic.topic.clone(),
        epoch: topic.head.epoch,
        seq: topic.head.seq,
        member_count: topic.member_count,
        guests: topic.guests,
        ttl: topic.ttl_ms.map(seconds),
        keep: topic.keep,
        oldest: beginning(topic.oldest),
        read: topic.read,
    }
}

pub(super) fn direct_info(chat: &DirectSummary) -> DirectInfo {
    DirectInfo {
        with: chat.with,
        display_name: chat.name.clone(),
        epoch: chat.head.epoch,
        seq: chat.head.seq,
        read: chat.read,
        seen: chat.seen,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_direct_chat_has_one_id_for_both() {
        let (ana, bo) = (
            UserId(Uuid::from_u128(0x1111)),
            UserId(Uuid::from_u128(0x2222)),
        );
        let id = direct_chat_id(ana, bo);
        assert_eq!(id, direct_chat_id(bo, ana));
        assert_eq!(Uuid::try_parse(&id).map(|id| id.get_version_num()), Ok(4));
    }
}
