//! An honest one, who writes down all that came.

use crate::people::{self, Dialect, Seen, To, Who};
use crate::support::room::Room;
use crate::support::socket::{Event, Socket};

pub(crate) struct Watcher {
    pub(crate) who: Who,
    pub(crate) dialect: &'static dyn Dialect,
    pub(crate) socket: Socket,
    /// All that came since the beginning of the trouble.
    pub(crate) seen: Vec<Seen>,
    /// What the honest ones said that this one has to have heard, in its order.
    pub(crate) due: Vec<Seen>,
    /// How often this one spoke to an honest one.
    pub(crate) spoke: usize,
}

impl Watcher {
    pub(crate) async fn enter(
        room: &Room,
        dialect: &'static dyn Dialect,
        who: Who,
        place: &str,
    ) -> Watcher {
        let (socket, _) = people::enter(room, dialect, &who, place).await;
        Watcher {
            who,
            dialect,
            socket,
            seen: Vec::new(),
            due: Vec::new(),
            spoke: 0,
        }
    }

    /// Says something, and does not wait for what comes of it.
    pub(crate) async fn say(&mut self, to: To<'_>, text: &str) {
        for frame in self.dialect.says(&self.who, to, text) {
            self.socket.send(&frame).await;
        }
    }

    /// The next frame.
    pub(crate) async fn next(&mut self) -> &Seen {
        match self.socket.next().await {
            Event::Text(text) => self.seen.push(self.dialect.read(&self.who, &text)),
            other => panic!("{:?} is disturbed: {other:?}", self.socket),
        }
        self.seen.last().expect("just put in")
    }

    /// Reads on until something like this has come.
    pub(crate) async fn until(&mut self, is_it: impl Fn(&Seen) -> bool) -> Seen {
        if let Some(seen) = self.seen.iter().find(|seen| is_it(seen)) {
            return seen.clone();
        }
        loop {
            let seen = self.next().await;
            if is_it(seen) {
                return seen.clone();
            }
        }
    }

    /// Hears these words of an honest one, next or later, and has to have heard them at the end.
    pub(crate) async fn hears(&mut self, name: &str, text: &str) {
        let words = Seen::Said(name.to_owned(), text.to_owned());
        self.until(|seen| *seen == words).await;
        self.due.push(words);
    }

    /// Reads on until this many have been told to have gone.
    pub(crate) async fn sees_go(&mut self, count: usize) {
        while self.told_to_go() < count {
            self.next().await;
        }
    }

    /// How many this one was told to have gone.
    pub(crate) fn told_to_go(&self) -> usize {
        let went = self.seen.iter().map(|seen| match seen {
            Seen::Went(names) => names.split('\n').count(),
            _ => 0,
        });
        went.sum()
    }

    /// Takes all that the server has sent until now.
    pub(crate) async fn catch_up(&mut self) {
        let (dialect, who, seen) = (self.dialect, &self.who, &mut self.seen);
        self.socket
            .drain_into(|text| seen.push(dialect.read(who, text)))
            .await;
    }

    /// Forgets what came: the beginning of the trouble.
    pub(crate) async fn begin(&mut self) {
        self.catch_up().await;
        self.seen.clear();
        self.due.clear();
        self.spoke = 0;
    }

    pub(crate) fn count(&self, is_it: impl Fn(&Seen) -> bool) -> usize {
        self.seen.iter().filter(|seen| is_it(seen)).count()
    }

    /// The words of whoever `is_it`, in the order of their coming.
    pub(crate) fn words(&self, is_it: impl Fn(&str) -> bool) -> Vec<&str> {
        let words = self.seen.iter().filter_map(|seen| match seen {
            Seen::Said(_, text) if is_it(text) => Some(text.as_str()),
            _ => None,
        });
        words.collect()
    }

    /// What the honest ones said came whole, once, and in its order.
    pub(crate) fn was_undisturbed(&self, is_honest: impl Fn(&str) -> bool) {
        let heard = self.seen.iter();
        let heard: Vec<_> = heard
            .filter(|seen| matches!(seen, Seen::Said(_, text) if is_honest(text)))
            .collect();
        let due: Vec<_> = self.due.iter().collect();
        assert_eq!(
            heard, due,
            "{:?} heard something else of the honest ones",
            self.socket
        );
    }
}
