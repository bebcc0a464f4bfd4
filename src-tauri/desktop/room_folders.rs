//! The folders of the rooms that this app has hosted. A room of the same name again is the same room again.

use std::path::{Path, PathBuf};

use landline_protocol::RoomId;
use serde::Deserialize;

/// What the server writes into a room's folder, as far as it matters here.
#[derive(Deserialize)]
struct RoomFile {
    name: String,
}

/// The folder of the room called `name`, whatever its case: the newest one that is there, or the place for a new one.
pub(crate) fn folder_for(rooms: &Path, name: &str) -> PathBuf {
    let wanted = name.trim().to_lowercase();
    let known = std::fs::read_dir(rooms)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|folder| name_of(folder).is_some_and(|name| name.trim().to_lowercase() == wanted))
        .max_by_key(|folder| {
            std::fs::metadata(folder.join("room.json"))
                .and_then(|file| file.modified())
                .ok()
        });
    known.unwrap_or_else(|| rooms.join(RoomId::fresh().as_str()))
}

fn name_of(folder: &Path) -> Option<String> {
    let text = std::fs::read(folder.join("room.json")).ok()?;
    Some(serde_json::from_slice::<RoomFile>(&text).ok()?.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_used_before_leads_to_the_same_folder() {
        let rooms = tempfile::tempdir().unwrap();
        let workshop = folder_for(rooms.path(), "Workshop");
        assert_ne!(
            workshop,
            folder_for(rooms.path(), "Workshop"),
            "nothing is made by asking"
        );
        std::fs::create_dir(&workshop).unwrap();
        std::fs::write(
            workshop.join("room.json"),
            r#"{"room_id":"abc","name":"Workshop"}"#,
        )
        .unwrap();
        assert_eq!(folder_for(rooms.path(), " workshop "), workshop);
        assert_ne!(folder_for(rooms.path(), "Kitchen"), workshop);
    }

    #[test]
    fn a_damaged_room_file_is_nobodys() {
        let rooms = tempfile::tempdir().unwrap();
        let broken = rooms.path().join("broken");
        std::fs::create_dir(&broken).unwrap();
        std::fs::write(broken.join("room.json"), "{").unwrap();
        assert_ne!(folder_for(rooms.path(), "Workshop"), broken);
    }
}
