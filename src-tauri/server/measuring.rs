//! For the measurements under `bench/`: a log filled past the hub, and the search without a room around it. No part of
//! what the server offers.

use std::path::{Path, PathBuf};

use landline_hub::{ChatKey, Found, Person, Scope, Search};
use landline_protocol::Timestamp;

use crate::OpenError;
use crate::search::{Index, Searcher};
use crate::store::{Filler, Log};

/// See [`crate::store`]: writes a log, one entry behind the other, without a flush.
pub struct Filling(Filler);

impl Filling {
    /// Begins the log of a room's folder, or goes on with it.
    pub fn begin(folder: &Path, now: Timestamp) -> Result<Filling, OpenError> {
        std::fs::create_dir_all(folder)?;
        Filler::open(folder, now).map(Filling)
    }

    /// One more entry.
    pub fn say(
        &mut self,
        chat: &ChatKey,
        author: &Person,
        body: &str,
        at: Timestamp,
    ) -> Result<(), OpenError> {
        Ok(self.0.say(chat, author, body, at)?)
    }

    /// Commits.
    pub fn finish(self) -> Result<(), OpenError> {
        Ok(self.0.finish()?)
    }
}

/// The search of a room that nobody hosts.
pub struct Looking {
    searcher: Searcher,
    log: PathBuf,
}

impl Looking {
    /// Into the log of a room's folder.
    pub fn into(folder: &Path) -> Looking {
        let log = folder.join("room.db");
        Looking {
            searcher: Searcher::new(&log),
            log,
        }
    }

    /// Brings the index up to the log.
    pub fn index(&self) -> Result<(), OpenError> {
        self.searcher.index_here(|file| {
            let mut index = Index::open(file, Log::open(&self.log)?)?;
            while index.take_in()? || index.take_out()? || index.merge()? {}
            index.close()
        })?;
        Ok(())
    }

    /// Looks for something; none if it fails.
    pub fn find(&self, scope: &Scope, search: &Search) -> Option<Found> {
        self.searcher.find_here(scope, search).ok()
    }
}
