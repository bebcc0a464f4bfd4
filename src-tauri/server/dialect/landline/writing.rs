//! What the hub tells to frames.

mod infos;

use landline_hub::command::Page;
use landline_hub::ports::PageQuery;
use landline_hub::{ChatKey, ChatRef, Entry, Event};
use landline_protocol::frame::{
    ChatOpened, Details, Direct, Found, HelloAck, History, Hit, Limits, Marker, Members, Message,
    MsgAck, Pair, People, Pong, Presence, Read, Refusal, Resumed, Seen, SeenBy, ServerFrame,
    TopicJoined, TopicKept, TopicLeft, TopicMembers, Topics, Typing,
};
use landline_protocol::{Position, Seq, TopicName, UserId};

pub(crate) use infos::topic_info;
use infos::{direct_chat_id, direct_info, head, member, pair_state, room_info, seconds, user};

/// The frame of an event; none for what is told to guests only.
pub(super) fn frame(event: &Event, limits: Limits) -> Option<ServerFrame> {
    Some(match event {
        Event::Welcome {
            person,
            room,
            epoch,
            at,
        } => ServerFrame::HelloAck(HelloAck {
            user_id: person.user_id,
            status: "connected".into(),
            via: person.via,
            room: room_info(room),
            epoch: *epoch,
            time: *at,
            limits,
        }),
        Event::Presence {
            people,
            complete,
            total,
        } => ServerFrame::Presence(Presence {
            users: people.iter().map(user).collect(),
            complete: *complete,
            total: *total,
        }),
        Event::People { text, people, more } => ServerFrame::People(People {
            text: text.clone(),
            users: people.iter().map(user).collect(),
            more: *more,
        }),
        Event::RoomChanged(room) => ServerFrame::Room(room_info(room)),
        Event::TopicJoined {
            summary,
            members,
            many,
        } => ServerFrame::TopicJoined(TopicJoined {
            topic: summary.topic.clone(),
            epoch: summary.head.epoch,
            seq: summary.head.seq,
            members: members.iter().map(member).collect(),
            many: *many,
            member_count: summary.member_count,
            guests: summary.guests,
            ttl: summary.ttl_ms.map(seconds),
            keep: summary.keep,
            oldest: beginning(summary.oldest),
            read: summary.read,
        }),
        Event::TopicLeft(topic) => ServerFrame::TopicLeft(TopicLeft {
            topic: topic.clone(),
        }),
        Event::TopicMembers {
            topic,
            joined,
            left,
            member_count,
            guests,
            complete,
            many,
        } => ServerFrame::TopicMembers(TopicMembers {
            topic: topic.clone(),
            joined: joined.iter().map(member).collect(),
            left: left.clone(),
            complete: *complete,
            many: *many,
            member_count: *member_count,
            guests: *guests,
        }),
        Event::TopicKept {
            topic,
            keep,
            oldest,
        } => ServerFrame::TopicKept(TopicKept {
            topic: topic.clone(),
            keep: *keep,
            oldest: beginning(*oldest),
        }),
        Event::Topics { topics, complete } => ServerFrame::Topics(Topics {
            topics: topics.iter().map(topic_info).collect(),
            complete: *complete,
        }),
        Event::Direct { chats, complete } => ServerFrame::Direct(Direct {
            chats: chats.iter().map(direct_info).collect(),
            complete: *complete,
        }),
        Event::Members {
            topic,
            members,
            more,
        } => ServerFrame::Members(Members {
            topic: topic.clone(),
            members: members.iter().map(member).collect(),
            more: *more,
        }),
        Event::DirectOpened { opener, other, me } => {
            let second = if *opener == *me { other.user_id } else { *me };
            ServerFrame::ChatOpened(ChatOpened {
                chat_id: direct_chat_id(*me, other.user_id),
                participants: [*opener, second],
                target_user_id: other.user_id,
                target_display_name: other.name.clone(),
            })
        }
        Event::Said(entry) => ServerFrame::Msg(message(entry)),
        Event::Acked {
            message_id,
            position,
            dup,
            stored,
            ..
        } => ServerFrame::MsgAck(MsgAck {
            message_id: message_id.clone(),
            epoch: position.epoch,
            seq: position.seq,
            status: if *stored { "stored" } else { "sent" }.into(),
            dup: *dup,
        }),
        Event::Page { chat, query, page } => self::page(chat, *query, page),
        Event::Found {
            search_id,
            reader,
            found,
        } => ServerFrame::Found(Found {
            search_id: *search_id,
            ..self::found(found, |chat| topic_or_with(&chat.seen_by(*reader)))
        }),
        Event::Read { chat, user_id, seq } => {
            let (topic, with) = topic_or_with(chat);
            ServerFrame::Read(Read {
                topic,
                with,
                user_id: *user_id,
                seq: *seq,
            })
        }
        Event::Seen {
            chat,
            markers,
            complete,
            many,
        } => {
            let (topic, with) = topic_or_with(chat);
            let marker = |(user_id, seq): &(UserId, Seq)| Marker {
                user_id: *user_id,
                seq: *seq,
            };
            ServerFrame::Seen(Seen {
                topic,
                with,
                markers: markers.iter().map(marker).collect(),
                complete: *complete,
                many: *many,
            })
        }
        Event::SeenBy {
            topic,
            seq,
            count,
            people,
            more,
        } => ServerFrame::SeenBy(SeenBy {
            topic: topic.clone(),
            seq: *seq,
            count: *count,
            people: people.iter().map(member).collect(),
            more: *more,
        }),
        Event::Heads { at, heads } => ServerFrame::Pong(Pong {
            timestamp: *at,
            heads: heads.iter().map(head).collect(),
        }),
        Event::Typing {
            person,
            topic,
            to,
            is_typing,
            others,
        } => ServerFrame::Typing(Typing {
            user_id: person.user_id,
            display_name: person.name.clone(),
            topic: topic.clone(),
            to: *to,
            is_typing: *is_typing,
            others: *others,
        }),
        Event::Pair { state, with } => {
            let (with, display_name) = with.clone().unzip();
            ServerFrame::Pair(Pair {
                state: pair_state(*state),
                with,
                display_name,
            })
        }
        // Guests are told of each other; members see them by what they say.
        Event::Noticed(_) => return None,
        Event::Refused(refused) => ServerFrame::Error(refusal(refused)),
    })
}

/// Where a log begins, if something of it was removed.
pub(crate) fn beginning(oldest: Seq) -> Option<Seq> {
    (oldest > 1).then_some(oldest)
}

/// The frame of a log entry.
pub(crate) fn message(entry: &Entry) -> Message {
    let author = entry.author.user_id;
    let (topic, to) = topic_or_with(&entry.chat.seen_by(author));
    Message {
        from: author,
        display_name: entry.author.name.clone(),
        via: entry.author.via,
        topic,
        to,
        kind: entry.kind,
        content: entry.body.clone(),
        message_id: entry.message_id.clone(),
        epoch: entry.position.epoch,
        seq: entry.position.seq,
        timestamp: entry.at,
        expires_at: entry.life.map(|life| life.expires_at),
        order: entry.life.map(|life| life.order),
    }
}

fn refusal(refused: &landline_hub::Refusal) -> Refusal {
    Refusal {
        code: refused.code,
        message: refused.message.to_owned(),
        details: Details {
            message_id: refused.message_id.as_ref().map(ToString::to_string),
            retry_after_ms: refused.retry_after_ms,
            retry_from: refused.retry_from.as_ref().map(ToString::to_string),
            field: None,
            topic: refused.topic.as_ref().map(ToString::to_string),
            search_id: refused.search_id,
        },
    }
}

fn page(chat: &ChatRef, query: PageQuery, page: &Page) -> ServerFrame {
    let (topic, with) = topic_or_with(chat);
    let messages = page.entries.iter().map(|entry| message(entry)).collect();
    let (mut before, mut after, mut around, mut at) = (None, None, None, None);
    match query {
        PageQuery::Before(seq, _) => before = seq,
        PageQuery::After(seq, _) => after = Some(seq),
        PageQuery::Around(seq, _) => around = Some(seq),
        PageQuery::At(time, _) => at = Some(time),
        PageQuery::Resume(asked, _) => {
            let position = page.position.unwrap_or(Position { seq: 0, ..asked });
            return ServerFrame::Resumed(Resumed {
                topic,
                with,
                recovered: page.recovered,
                epoch: position.epoch,
                seq: position.seq,
                oldest: beginning(page.oldest),
                messages,
                more: page.more,
            });
        }
    }
    ServerFrame::History(History {
        topic,
        with,
        before,
        after,
        around,
        at,
        messages,
        oldest: beginning(page.oldest),
        more: page.more,
    })
}

/// What was found; `address`: how the one who reads it calls a chat.
pub(crate) fn found(
    found: &landline_hub::Found,
    address: impl Fn(&ChatKey) -> (Option<TopicName>, Option<UserId>),
) -> Found {
    let hits = found.hits.iter().map(|hit| {
        let entry = &hit.entry;
        let (topic, with) = address(&entry.chat);
        Hit {
            topic,
            with,
            from: entry.author.user_id,
            display_name: entry.author.name.clone(),
            via: entry.author.via,
            kind: entry.kind,
            message_id: entry.message_id.clone(),
            epoch: entry.position.epoch,
            seq: entry.position.seq,
            timestamp: entry.at,
            snippet: hit.snippet.clone(),
            ranges: hit.ranges.clone(),
        }
    });
    Found {
        search_id: None,
        hits: hits.collect(),
        more: found.cursor.is_some(),
        cursor: found.cursor.map(|cursor| cursor.to_string()),
        pending: found.pending,
    }
}

fn topic_or_with(chat: &ChatRef) -> (Option<TopicName>, Option<UserId>) {
    match chat {
        ChatRef::Topic(name) => (Some(name.clone()), None),
        ChatRef::Direct(other) => (None, Some(*other)),
    }
}
