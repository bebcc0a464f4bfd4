//! Digests over a stored entry, so that a disk that returns other bits than it was given is found out before anybody is
//! shown them, and so that a message stays known after its text has gone. They are no signatures: who can write the file
//! can write them too.

use landline_hub::{ChatKey, Entry};
use landline_protocol::{EntryKind, MessageId, UserId};
use sha2::{Digest as _, Sha256};

use super::rows;

/// What the author said: SHA-256.
pub(super) type Hash = [u8; 32];
/// Everything a reader is shown of an entry: half of a SHA-256. Only accidents are searched for.
pub(super) type Seal = [u8; 16];

/// The digest of what an author said. The same message sent again has the same one, whenever and however it comes.
pub(super) fn hash(
    author: UserId,
    chat: &ChatKey,
    message_id: &MessageId,
    kind: EntryKind,
    body: &str,
) -> Hash {
    let mut digest = Sha256::new_with_prefix(b"landline entry 1\0");
    digest.update(rows::user_bytes(author));
    match chat {
        ChatKey::Topic(name) => part(&mut digest, b'T', name.as_str().as_bytes()),
        ChatKey::Direct(low, high) => {
            let both = [rows::user_bytes(*low), rows::user_bytes(*high)].concat();
            part(&mut digest, b'D', &both);
        }
    }
    part(&mut digest, b'I', message_id.as_str().as_bytes());
    part(&mut digest, b'K', kind.as_str().as_bytes());
    part(&mut digest, b'B', body.as_bytes());
    digest.finalize().into()
}

/// The digest of an entry as it stands in the log. It needs the hash of the body, not the body.
pub(super) fn seal(hash: &Hash, entry: &Entry) -> Seal {
    let mut digest = Sha256::new_with_prefix(b"landline seal 1\0");
    digest.update(hash);
    digest.update(entry.position.epoch.counter.to_be_bytes());
    digest.update(entry.position.epoch.tag.to_be_bytes());
    digest.update(entry.position.seq.to_be_bytes());
    digest.update(entry.at.0.to_be_bytes());
    part(&mut digest, b'N', entry.author.name.as_str().as_bytes());
    part(&mut digest, b'V', entry.author.via.as_str().as_bytes());
    let whole: Hash = digest.finalize().into();
    let (half, _) = whole.split_at(size_of::<Seal>());
    half.try_into().expect("a seal is a part of a hash")
}

/// The hash of an entry that was read.
pub(super) fn hash_of(entry: &Entry) -> Hash {
    let Entry {
        chat, message_id, ..
    } = entry;
    hash(
        entry.author.user_id,
        chat,
        message_id,
        entry.kind,
        &entry.body,
    )
}

/// A part that says what it is and how long, so that no two entries give the same bytes.
fn part(digest: &mut Sha256, what: u8, bytes: &[u8]) {
    digest.update([what]);
    digest.update((bytes.len() as u64).to_be_bytes());
    digest.update(bytes);
}

#[cfg(test)]
mod tests {
    use landline_hub::Person;
    use landline_protocol::{DisplayName, Epoch, Position, Timestamp, Via};

    use super::*;

    fn entry() -> Entry {
        Entry {
            chat: ChatKey::Topic("lobby".parse().unwrap()),
            author: Person {
                user_id: UserId(uuid::Uuid::from_u128(7)),
                name: DisplayName::lenient("Ana"),
                via: Via::App,
            },
            kind: EntryKind::Text,
            body: "hello".into(),
            message_id: "m-1".parse().unwrap(),
            position: Position {
                epoch: Epoch { counter: 3, tag: 9 },
                seq: 12,
            },
            at: Timestamp(1_000),
            session: None,
            original: None,
            life: None,
        }
    }

    #[test]
    fn whatever_differs_in_what_was_said_differs_in_the_hash() {
        let [low, high] = [1, 2].map(|id| UserId(uuid::Uuid::from_u128(id)));
        let changes: [fn(&mut Entry); 5] = [
            |entry| entry.author.user_id.0 = uuid::Uuid::from_u128(8),
            |entry| entry.chat = ChatKey::Topic("lobbyi".parse().unwrap()),
            |entry| entry.message_id = "m-2".parse().unwrap(),
            |entry| entry.body = "Hello".into(),
            |entry| entry.body = "".into(),
        ];
        let mut seen = vec![hash_of(&entry())];
        for change in changes {
            let mut other = entry();
            change(&mut other);
            seen.push(hash_of(&other));
        }
        let direct = Entry {
            chat: ChatKey::direct(low, high),
            ..entry()
        };
        seen.push(hash_of(&direct));
        let all = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), all);
    }

    #[test]
    fn whatever_a_reader_is_shown_differs_in_the_seal_and_how_it_came_not_in_the_hash() {
        let changes: [fn(&mut Entry); 6] = [
            |entry| entry.author.name = DisplayName::lenient("Anb"),
            |entry| entry.author.via = Via::Browser,
            |entry| entry.position.seq = 13,
            |entry| entry.position.epoch.counter = 2,
            |entry| entry.position.epoch.tag = 8,
            |entry| entry.at = Timestamp(1_001),
        ];
        let hash = hash_of(&entry());
        let mut seen = vec![seal(&hash, &entry()), seal(&[0; 32], &entry())];
        for change in changes {
            let mut other = entry();
            change(&mut other);
            assert_eq!(hash_of(&other), hash);
            seen.push(seal(&hash, &other));
        }
        let all = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), all);
    }
}
