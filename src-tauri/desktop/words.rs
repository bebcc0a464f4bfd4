//! The few words that the system shows for us outside the window, from the same catalogue as the window's.

use serde_json::Value;

const CATALOGUE: &str = include_str!("../../ui/messages/en.json");

/// The catalogue's entries that are needed here.
pub(crate) struct Words {
    entries: Value,
}

impl Words {
    pub(crate) fn load() -> Words {
        Words {
            entries: serde_json::from_str(CATALOGUE).unwrap_or_default(),
        }
    }

    pub(crate) fn tray_open(&self) -> &str {
        self.entry("tray_open")
    }

    pub(crate) fn tray_quit(&self) -> &str {
        self.entry("tray_quit")
    }

    pub(crate) fn cannot_start(&self) -> &str {
        self.entry("start_failed")
    }

    /// The app's name, and how many messages are unread.
    pub(crate) fn tray_status(&self, unread: u32) -> String {
        if unread == 0 {
            return self.entry("app_name").to_owned();
        }
        self.entry("tray_unread")
            .replace("{count}", &unread.to_string())
    }

    fn entry(&self, key: &str) -> &str {
        self.entries
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or("Landline")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_outside_the_window_is_in_the_catalogue() {
        let words = Words::load();
        let keys = [
            "app_name",
            "start_failed",
            "tray_open",
            "tray_quit",
            "tray_unread",
        ];
        for key in keys {
            assert!(
                words.entries.get(key).is_some_and(Value::is_string),
                "{key}"
            );
        }
        assert!(words.tray_status(3).contains('3'));
    }
}
