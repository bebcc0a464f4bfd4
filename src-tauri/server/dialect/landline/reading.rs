//! A client's text to what the hub is asked.

use std::str::FromStr;
use std::sync::Arc;

use landline_hub::ports::PageQuery;
use landline_hub::{ChatRef, Join, Person, Post, Request, Search};
use landline_protocol::code::Code;
use landline_protocol::frame::{ClientFrame, Details, Draft, Hello, Refusal, SearchRequest};
use landline_protocol::limits::{
    HITS_DEFAULT, HITS_MAX, PAGE_DEFAULT, PAGE_MAX, QUERY_BYTES, TEXT_BYTES, TOKEN_MAX_BYTES,
    TOKEN_MIN_BYTES, TTL_MAX_SECS, TTL_MIN_SECS,
};
use landline_protocol::parse::{ParseError, client_frame};
use landline_protocol::{MessageId, Position, UserId, ValueError, Via};

/// What a page's place must be.
pub(crate) const ONE_PLACE: &str = "give one of before, after, around and at, not several";

/// What a frame means.
pub(crate) enum Action {
    /// Who the client is, and its secret.
    Hello(Person, Option<String>),
    /// To the hub.
    Ask(Request),
    /// Nothing.
    Nothing,
}

/// Reads one frame. `is_page`: the session comes from a browser's page.
///
/// # Errors
/// What to answer instead; the session goes on.
pub(crate) fn read(text: &str, is_page: bool) -> Result<Action, Refusal> {
    let frame = client_frame(text).map_err(|error| {
        let code = if matches!(error, ParseError::UnknownType(_)) {
            Code::UnknownType
        } else {
            Code::Validation
        };
        refused(code, error.to_string(), Details::default())
    })?;
    Ok(match frame {
        ClientFrame::Hello(said) => {
            let (person, token) = hello(said, is_page)?;
            Action::Hello(person, token)
        }
        ClientFrame::JoinTopic(said) => Action::Ask(Request::JoinTopic(Join {
            ttl_ms: said.ttl.map(ttl_ms).transpose()?,
            ..Join::new(field("topic", &said.topic)?)
        })),
        ClientFrame::LeaveTopic(said) => Action::Ask(Request::LeaveTopic {
            topic: field("topic", &said.topic)?,
            original: None,
        }),
        ClientFrame::ListTopics(_) => Action::Ask(Request::ListTopics),
        ClientFrame::ListDirect(_) => Action::Ask(Request::ListDirect),
        ClientFrame::ListMembers(said) => Action::Ask(Request::ListMembers {
            topic: field("topic", &said.topic)?,
            after: said.after.map(|after| field("after", &after)).transpose()?,
        }),
        ClientFrame::FindPeople(said) => Action::Ask(Request::FindPeople {
            text: said.text.map(Arc::from),
            after: said.after.map(|after| field("after", &after)).transpose()?,
        }),
        ClientFrame::OpenChat(said) => Action::Ask(Request::OpenDirect(field(
            "target_user_id",
            &said.target_user_id,
        )?)),
        ClientFrame::Msg(draft) => Action::Ask(post(&draft)?),
        ClientFrame::History(said) => {
            let limit = limit(said.limit)?;
            let at = said.at.map(|at| field("at", &at)).transpose()?;
            let query = match (said.before, said.after, said.around, at) {
                (before, None, None, None) => PageQuery::Before(before, limit),
                (None, Some(after), None, None) => PageQuery::After(after, limit),
                (None, None, Some(around), None) => PageQuery::Around(around, limit),
                (None, None, None, Some(at)) => PageQuery::At(at, limit),
                _ => return Err(invalid("before", ONE_PLACE)),
            };
            Action::Ask(Request::Read {
                chat: chat(said.topic, "with", said.with)?,
                query,
            })
        }
        ClientFrame::Search(said) => {
            let search_id = said.search_id;
            let search = search(said).map_err(|mut refusal| {
                refusal.details.search_id = search_id;
                refusal
            })?;
            Action::Ask(Request::Search(search))
        }
        ClientFrame::Resume(said) => {
            let position = Position {
                epoch: field("epoch", &said.epoch)?,
                seq: said.seq,
            };
            let query = PageQuery::Resume(position, PAGE_MAX);
            Action::Ask(Request::Read {
                chat: chat(said.topic, "with", said.with)?,
                query,
            })
        }
        ClientFrame::MarkRead(said) => Action::Ask(Request::MarkRead {
            chat: chat(said.topic, "with", said.with)?,
            seq: said.seq,
        }),
        ClientFrame::SeenBy(said) => Action::Ask(Request::SeenBy {
            topic: field("topic", &said.topic)?,
            seq: said.seq,
            after: said.after.map(|after| field("after", &after)).transpose()?,
        }),
        ClientFrame::Typing(said) => Action::Ask(Request::Typing {
            chat: chat(said.topic, "to", said.to)?,
            is_typing: said.is_typing,
        }),
        ClientFrame::Ping(_) => Action::Ask(Request::Heads),
        ClientFrame::FindPair(_) => Action::Ask(Request::FindPair),
        ClientFrame::LeavePair(_) => Action::Ask(Request::LeavePair),
        ClientFrame::MsgAck(_) | ClientFrame::Pong(_) => Action::Nothing,
    })
}

fn hello(said: Hello, is_page: bool) -> Result<(Person, Option<String>), Refusal> {
    if let Some(token) = &said.token
        && !(TOKEN_MIN_BYTES..=TOKEN_MAX_BYTES).contains(&token.len())
    {
        return Err(invalid("token", "token must be 16-128 bytes"));
    }
    // A page cannot hide that it is one; who says `app` says so until keys prove it.
    let via = match said.client.as_deref() {
        _ if is_page => Via::Browser,
        Some("app") => Via::App,
        _ => Via::Script,
    };
    let person = Person {
        user_id: field("user_id", &said.user_id)?,
        name: field("display_name", &said.display_name)?,
        via,
    };
    Ok((person, said.token))
}

fn post(draft: &Draft) -> Result<Request, Refusal> {
    let message_id = draft
        .message_id
        .as_deref()
        .map(|id| field("message_id", id))
        .transpose()?;
    let about = |mut refusal: Refusal| {
        refusal.details.message_id.clone_from(&draft.message_id);
        refusal
    };
    if draft.content.is_empty() || draft.content.len() > TEXT_BYTES {
        return Err(about(invalid("content", "content must be 1-16384 bytes")));
    }
    let chat = chat(draft.topic.clone(), "to", draft.to.clone()).map_err(about)?;
    let body = Arc::from(draft.content.as_str());
    let message_id = message_id.unwrap_or_else(MessageId::fresh);
    Ok(Request::Post(Post::new(chat, body, message_id)))
}

fn search(said: SearchRequest) -> Result<Search, Refusal> {
    if said.query.len() > QUERY_BYTES {
        return Err(invalid("query", "query must be at most 1024 bytes"));
    }
    let limit = said.limit.unwrap_or(HITS_DEFAULT);
    if !(1..=HITS_MAX).contains(&limit) {
        return Err(invalid("limit", "limit must be 1-50"));
    }
    let offset = said.utc_offset.unwrap_or(0);
    if offset.unsigned_abs() > 24 * 60 {
        return Err(invalid(
            "utc_offset",
            "utc_offset must be -1440 to 1440 minutes",
        ));
    }
    let chat = match (said.topic, said.with) {
        (None, None) => None,
        (topic, with) => Some(chat(topic, "with", with)?),
    };
    let moment = |name, text: Option<String>| text.map(|text| field(name, &text)).transpose();
    Ok(Search {
        search_id: said.search_id,
        query: said.query.into(),
        chat,
        from: said.from.map(|from| field("from", &from)).transpose()?,
        after: moment("after", said.after)?,
        before: moment("before", said.before)?,
        offset_minutes: offset,
        limit,
        cursor: said
            .cursor
            .map(|cursor| field("cursor", &cursor))
            .transpose()?,
    })
}

/// Exactly one of a topic and a person.
fn chat(
    topic: Option<String>,
    person_field: &'static str,
    person: Option<String>,
) -> Result<ChatRef, Refusal> {
    match (topic, person) {
        (Some(topic), None) => Ok(ChatRef::Topic(field("topic", &topic)?)),
        (None, Some(person)) => Ok(ChatRef::Direct(field::<UserId>(person_field, &person)?)),
        _ => Err(invalid(
            "topic",
            &format!("give exactly one of topic and {person_field}"),
        )),
    }
}

fn ttl_ms(seconds: u32) -> Result<i64, Refusal> {
    if (TTL_MIN_SECS..=TTL_MAX_SECS).contains(&seconds) {
        Ok(i64::from(seconds) * 1_000)
    } else {
        Err(invalid("ttl", "ttl must be 5-86400 seconds"))
    }
}

fn limit(asked: Option<u32>) -> Result<u32, Refusal> {
    match asked.unwrap_or(PAGE_DEFAULT) {
        limit @ 1..=PAGE_MAX => Ok(limit),
        _ => Err(invalid("limit", "limit must be 1-500")),
    }
}

fn field<T: FromStr<Err = ValueError>>(name: &'static str, text: &str) -> Result<T, Refusal> {
    text.parse()
        .map_err(|error: ValueError| invalid(name, error.0))
}

fn invalid(field: &'static str, message: &str) -> Refusal {
    refused(
        Code::Validation,
        message.to_owned(),
        Details {
            field: Some(field.to_owned()),
            ..Details::default()
        },
    )
}

fn refused(code: Code, message: String, details: Details) -> Refusal {
    Refusal {
        code,
        message,
        details,
    }
}
