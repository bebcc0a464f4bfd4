//! Reading a room's topics from its folder, whether it is hosted right now or not.

use std::path::{Path, PathBuf};

use landline_hub::ChatKey;
use landline_hub::ports::{PageQuery, StoreFault};
use landline_protocol::frame::History;
use landline_protocol::limits::PAGE_MAX;
use landline_protocol::{Seq, TopicName};

use crate::dialect::landline;
use crate::room_file;
use crate::store::{self, Age, Reader};

/// A room's log, to be read.
pub struct Archive {
    name: String,
    reader: Reader,
}

/// Why a folder cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It holds no room.
    #[error("there is no room in {}", .0.display())]
    NoRoom(PathBuf),
    /// Its log has another form.
    #[error("the room in {} is of a newer Landline; use that one", .0.display())]
    Newer(PathBuf),
    /// The same; hosting it once changes that.
    #[error("the room in {} was last hosted by an older Landline; host it with this one first", .0.display())]
    Older(PathBuf),
    /// It cannot be read.
    #[error("the room's log cannot be read: {0}")]
    Log(#[from] rusqlite::Error),
}

impl Archive {
    /// Opens the log in `folder`. Blocks.
    ///
    /// # Errors
    /// [`ArchiveError`], in a sentence.
    pub fn open(folder: &Path) -> Result<Archive, ArchiveError> {
        let file = folder.join("room.db");
        let room = room_file::read(folder).ok().flatten();
        let room = room
            .filter(|_| file.exists())
            .ok_or_else(|| ArchiveError::NoRoom(folder.to_owned()))?;
        match store::age(&file)? {
            Age::Newer => return Err(ArchiveError::Newer(folder.to_owned())),
            Age::Older => return Err(ArchiveError::Older(folder.to_owned())),
            Age::Ours => {}
        }
        Ok(Archive {
            name: room.name,
            reader: Reader::of(&file)?,
        })
    }

    /// What the room is called.
    pub fn room_name(&self) -> &str {
        &self.name
    }

    /// The messages of a topic after a `seq`, as `HISTORY` has them; an empty page if there is no such topic.
    ///
    /// # Errors
    /// The disk or the file fails.
    pub async fn page(&self, topic: &TopicName, after: Seq) -> Result<History, StoreFault> {
        let query = PageQuery::After(after, PAGE_MAX);
        let page = self.reader.read(ChatKey::Topic(topic.clone()), query);
        let page = page.await?;
        Ok(History {
            topic: Some(topic.clone()),
            with: None,
            before: None,
            after: Some(after),
            around: None,
            at: None,
            oldest: landline::beginning(page.oldest),
            messages: page
                .entries
                .iter()
                .map(|entry| landline::message(entry))
                .collect(),
            more: page.more,
        })
    }
}
