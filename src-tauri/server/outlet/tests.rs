use super::*;

#[test]
fn who_only_listens_is_told_in_time_however_many_speak() {
    let pipe = || Arc::new(Pipe::unread());
    let mut marked = Marked::default();
    let listener = pipe();
    marked.add(listener.clone(), false);
    for _ in 0..2 * FLUSHED_AT_ONCE {
        marked.add(pipe(), true);
    }
    let place = marked
        .turns
        .iter()
        .position(|one| Arc::ptr_eq(one, &listener));
    assert_eq!(place, Some(AUTHORS_AHEAD));
    const { assert!(AUTHORS_AHEAD < FLUSHED_AT_ONCE) };
}
