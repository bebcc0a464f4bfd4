//! The folders of the rooms that this app has hosted. A room of the same name again is the same room again.

use std::path::{Path, PathBuf};

use landline_protocol::RoomId;
use serde::Deserialize;

/// In the folder of a room that the person forgot. Its log is kept, but a room of that name is a new one: the host's
/// own token for the old one is gone.
const FORGOTTEN: &str = "forgotten";

/// What the server writes into a room's folder, as far as it matters here.
#[derive(Deserialize)]
struct RoomFile {
    room_id: String,
    name: String,
}

/// The folder of the room called `name`, whatever its case: the newest one that is there, or the place for a new one.
pub(crate) fn folder_for(rooms: &Path, name: &str) -> PathBuf {
    let wanted = name.trim().to_lowercase();
    let known = folders(rooms)
        .filter(|(_, room)| room.name.trim().to_lowercase() == wanted)
        .map(|(folder, _)| folder)
        .filter(|folder| !folder.join(FORGOTTEN).exists())
        .max_by_key(|folder| {
            std::fs::metadata(folder.join("room.json"))
                .and_then(|file| file.modified())
                .ok()
        });
    known.unwrap_or_else(|| rooms.join(RoomId::fresh().as_str()))
}

/// No room of this app is that one any more.
pub(crate) fn forget(rooms: &Path, room: &RoomId) -> std::io::Result<()> {
    let mine = folders(rooms).filter(|(_, file)| file.room_id == room.as_str());
    for (folder, _) in mine {
        std::fs::write(folder.join(FORGOTTEN), "")?;
    }
    Ok(())
}

fn folders(rooms: &Path) -> impl Iterator<Item = (PathBuf, RoomFile)> {
    std::fs::read_dir(rooms)
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let folder = entry.ok()?.path();
            let text = std::fs::read(folder.join("room.json")).ok()?;
            Some((folder, serde_json::from_slice(&text).ok()?))
        })
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
        forget(rooms.path(), &"other".parse().unwrap()).unwrap();
        assert_eq!(folder_for(rooms.path(), "Workshop"), workshop);
        forget(rooms.path(), &"abc".parse().unwrap()).unwrap();
        assert_ne!(folder_for(rooms.path(), "Workshop"), workshop);
        assert!(workshop.join("room.json").exists(), "nothing is deleted");
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
