//! Writes the newest of what is to be kept, on a thread of its own: nobody waits for the disk, and a busy minute is a few
//! writes. The thread is there from the first time that something is to be kept.

use std::path::PathBuf;
use std::sync::mpsc::{self, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use super::file;
use super::state::Kept;

/// The way to the thread.
pub(crate) struct Saver {
    file: PathBuf,
    writer: Mutex<Option<(Sender<Kept>, JoinHandle<()>)>>,
}

impl Saver {
    pub(crate) fn new(file: PathBuf) -> Saver {
        Saver {
            file,
            writer: Mutex::new(None),
        }
    }

    /// Has this written soon, in place of what was not written yet.
    pub(crate) fn save(&self, kept: Kept) {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let (newest, _) = writer.get_or_insert_with(|| start(self.file.clone()));
        // The thread ends only after its sender.
        let _ = newest.send(kept);
    }

    /// Waits until everything is written. What is saved later starts another thread.
    pub(crate) async fn close(&self) {
        let writer = self
            .writer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some((newest, thread)) = writer else {
            return;
        };
        drop(newest);
        let ended = tokio::task::spawn_blocking(move || thread.join()).await;
        if !matches!(ended, Ok(Ok(()))) {
            tracing::error!(
                "the chats of the fastchat dialect were not saved: their thread failed"
            );
        }
    }
}

fn start(file: PathBuf) -> (Sender<Kept>, JoinHandle<()>) {
    let (newest, saved) = mpsc::channel::<Kept>();
    let thread = thread::spawn(move || {
        while let Ok(kept) = saved.recv() {
            let kept = saved.try_iter().last().unwrap_or(kept);
            if let Err(error) = file::write(&file, &kept) {
                tracing::warn!("the chats of the fastchat dialect were not saved: {error}");
            }
        }
    });
    (newest, thread)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_last_that_was_saved_is_on_the_disk_after_the_close() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = file::path(folder.path());
        let saver = Saver::new(file.clone());
        saver.close().await;
        assert!(!file.exists());
        let kept = |n: u8| -> Kept {
            let user = format!("aaaaaaaa-1111-4111-8111-1111111111{n:02}");
            let text = serde_json::json!({"users": [{"user_id": user, "name": "A", "is_nested": true,
                "hello": "2026-01-02T03:04:05.678Z", "current": null}]});
            serde_json::from_value(text).expect("kept")
        };
        for n in 0..50 {
            saver.save(kept(n));
        }
        saver.close().await;
        assert_eq!(file::read(&file), kept(49));
        saver.save(kept(51));
        saver.close().await;
        assert_eq!(file::read(&file), kept(51));
    }
}
