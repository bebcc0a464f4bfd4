use rusqlite::{Connection, OpenFlags};

use super::*;

fn file(shared: &Shared, name: &str) -> model::Opened {
    let mut model = shared.model.lock().unwrap();
    model.open(Some(name), true, false).unwrap().unwrap()
}

/// What each of many seeds leaves of two sectors that were written over and flushed or not.
fn leftovers(is_flushed: bool) -> Vec<Vec<u8>> {
    let what_is_left = |seed| {
        let shared = Shared::default();
        let file = file(&shared, "a");
        let mut model = shared.model.lock().unwrap();
        let two = 2 * model::SECTOR_BYTES;
        model.write(&file, 0, &vec![b'o'; two]).unwrap();
        model.sync(&file).unwrap();
        model.write(&file, 0, &vec![b'n'; two]).unwrap();
        if is_flushed {
            model.sync(&file).unwrap();
        }
        model.restore(&mut fastrand::Rng::with_seed(seed));
        assert!(
            model.bytes(&file).is_err(),
            "who had it open has it no more"
        );
        let again = model.open(Some("a"), false, false).unwrap().unwrap();
        let bytes = model.bytes(&again).unwrap();
        vec![bytes[0], bytes[model::SECTOR_BYTES]]
    };
    let mut all: Vec<_> = (0..64).map(what_is_left).collect();
    all.sort_unstable();
    all.dedup();
    all
}

#[test]
fn what_was_flushed_is_there_and_of_the_rest_each_sector_is_old_or_new() {
    assert_eq!(leftovers(true), [b"nn"]);
    assert_eq!(leftovers(false), [b"nn", b"no", b"on", b"oo"]);
}

#[test]
fn the_power_goes_at_the_chosen_operation_and_nothing_works_after_it() {
    let shared = Shared::default();
    let file = file(&shared, "a");
    let mut model = shared.model.lock().unwrap();
    model.cut_after(2);
    model.write(&file, 0, b"one").unwrap();
    assert!(
        model.sync(&file).is_err(),
        "a flush that the power ends in promises nothing"
    );
    assert!(model.write(&file, 0, b"two").is_err());
    assert!(model.bytes(&file).is_err());
    assert!(model.open(Some("a"), true, false).is_err());
}

#[test]
fn a_file_whose_name_was_never_flushed_may_be_gone_and_a_removed_one_may_be_back() {
    let (mut made, mut removed) = (Vec::new(), Vec::new());
    for seed in 0..32 {
        let shared = Shared::default();
        let (_, old) = (file(&shared, "new"), file(&shared, "old"));
        let mut model = shared.model.lock().unwrap();
        model.sync(&old).unwrap();
        model.remove("old", false).unwrap();
        model.restore(&mut fastrand::Rng::with_seed(seed));
        made.push(model.exists("new"));
        removed.push(model.exists("old"));
    }
    for seen in [made, removed] {
        assert!(seen.contains(&true) && seen.contains(&false));
    }
}

#[test]
fn sqlite_works_on_it_with_several_connections_and_a_shared_wal() {
    let disk = Disk::new("powerloss-unit");
    let open = || {
        let flags = OpenFlags::default();
        Connection::open_with_flags_and_vfs("/x.db", flags, disk.vfs()).unwrap()
    };
    let writer = open();
    writer.pragma_update(None, "journal_mode", "WAL").unwrap();
    writer.execute_batch("CREATE TABLE t (n INTEGER)").unwrap();
    let reader = open();
    let count = |connection: &Connection| -> i64 {
        connection
            .query_row("SELECT count(*) FROM t", [], |row| row.get(0))
            .unwrap()
    };
    writer
        .execute_batch("BEGIN IMMEDIATE; INSERT INTO t VALUES (1)")
        .unwrap();
    assert_eq!(
        count(&reader),
        0,
        "a reader does not wait and sees what is committed"
    );
    let second = open();
    assert!(
        second.execute_batch("BEGIN IMMEDIATE").is_err(),
        "one writes at a time"
    );
    writer.execute_batch("COMMIT").unwrap();
    assert_eq!(count(&reader), 1);
    drop((writer, reader, second));
    assert_eq!(
        count(&open()),
        1,
        "folded into the file by the last one out"
    );
}
