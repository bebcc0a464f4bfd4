use landline_hub::{Person, SessionId};
use landline_protocol::{DisplayName, EntryKind, MessageId, Via};

use super::*;

#[test]
fn there_is_no_end_to_guests_and_what_is_remembered_of_them_has_one() {
    let folder = tempfile::tempdir().unwrap();
    let place = super::super::Place::in_folder(folder.path());
    let (opened, _) = super::super::open::open(&place, Timestamp(1), None).unwrap();
    let (answers, _told) = mpsc::channel(1);
    let mut writer = Writer::new(
        opened.connection,
        opened.memory.epoch,
        answers,
        Signal::default(),
        None,
    );
    let says = |user_id| {
        Write::Append(Append {
            session: SessionId(1),
            chat: ChatKey::Topic("lobby".parse().unwrap()),
            author: Person {
                user_id,
                name: DisplayName::lenient("Client #1"),
                via: Via::Plain,
            },
            kind: EntryKind::Text,
            body: "hello".into(),
            message_id: MessageId::fresh(),
            at: Timestamp(2),
            original: None,
            attempt: 0,
        })
    };
    let first = UserId::fresh();
    let groups = 2 * AUTHORS_REMEMBERED / GROUP_MAX + 1;
    let mut stored = 0;
    for _ in 0..groups {
        let mut group: Vec<_> = (1..GROUP_MAX).map(|_| says(UserId::fresh())).collect();
        group.push(says(first));
        let Some(Command::Committed(appended)) = writer.commit(group) else {
            panic!("an empty disk takes messages");
        };
        stored += appended.len();
        assert!(writer.members.len() <= AUTHORS_REMEMBERED + GROUP_MAX);
    }
    let count = |query: &str| -> i64 {
        writer
            .connection
            .query_row(query, [], |row| row.get(0))
            .unwrap()
    };
    assert_eq!(stored, groups * GROUP_MAX);
    let as_rows = |count: usize| i64::try_from(count).unwrap();
    assert_eq!(count("SELECT count(*) FROM entry"), as_rows(stored));
    assert_eq!(
        count("SELECT count(*) FROM member"),
        as_rows(groups * (GROUP_MAX - 1) + 1),
        "nobody is there twice"
    );
}
