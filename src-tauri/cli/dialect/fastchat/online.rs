//! Who is online, me left out.

use std::collections::BTreeMap;

use super::form::Person;

/// The list, and the names of those who were in it or knocked: a message may come before the list that has its author.
#[derive(Default)]
pub(super) struct Online {
    /// In the order of their coming.
    people: Vec<Person>,
    /// By id.
    names: BTreeMap<String, String>,
}

impl Online {
    pub(super) fn clear(&mut self) {
        self.people.clear();
    }

    /// Somebody's name, whether they are online or not.
    pub(super) fn learn(&mut self, person: &Person) {
        self.names.insert(person.id.clone(), person.name.clone());
    }

    /// What this id is called, or the id itself.
    pub(super) fn name_of(&self, id: &str) -> String {
        self.names.get(id).map_or(id, String::as_str).to_owned()
    }

    /// These are online and nobody else: what changed, in words.
    pub(super) fn are(&mut self, people: Vec<Person>) -> Vec<String> {
        let is_gone = |one: &&Person| !people.iter().any(|person| person.id == one.id);
        let gone: Vec<Person> = self.people.iter().filter(is_gone).cloned().collect();
        let mut words = self.went(&gone);
        words.extend(self.came(people));
        words
    }

    /// These came: what changed, in words.
    pub(super) fn came(&mut self, people: Vec<Person>) -> Vec<String> {
        let mut words = Vec::new();
        for person in people {
            self.learn(&person);
            match self.people.iter_mut().find(|one| one.id == person.id) {
                Some(known) if known.name != person.name => {
                    words.push(format!("{} is called {} now", known.name, person.name));
                    *known = person;
                }
                Some(_) => {}
                None => {
                    words.push(format!("{} is online", person.name));
                    self.people.push(person);
                }
            }
        }
        words
    }

    /// These went: what changed, in words.
    pub(super) fn went(&mut self, people: &[Person]) -> Vec<String> {
        let is_gone = |one: &Person| people.iter().any(|person| person.id == one.id);
        let gone = self.people.extract_if(.., |one| is_gone(one));
        gone.map(|one| format!("{} went offline", one.name))
            .collect()
    }

    /// Takes somebody off the list without a word; presence may bring them back.
    pub(super) fn forget(&mut self, id: &str) {
        self.people.retain(|one| one.id != id);
    }

    /// Those with this id, or else with this name in any case.
    pub(super) fn called(&self, wanted: &str) -> Vec<Person> {
        let by_id = |one: &&Person| one.id.eq_ignore_ascii_case(wanted);
        if let Some(person) = self.people.iter().find(by_id) {
            return vec![person.clone()];
        }
        let wanted = wanted.to_lowercase();
        let by_name = |one: &&Person| one.name.to_lowercase() == wanted;
        self.people.iter().filter(by_name).cloned().collect()
    }

    pub(super) fn names(&self) -> Vec<&str> {
        self.people.iter().map(|one| one.name.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(id: &str, name: &str) -> Person {
        let (id, name) = (id.to_owned(), name.to_owned());
        Person { id, name }
    }

    #[test]
    fn changes_are_told_once() {
        let mut online = Online::default();
        let (bob, dan) = (person("b", "Bob"), person("d", "Dan"));
        assert_eq!(online.are(vec![bob.clone()]), ["Bob is online"]);
        assert!(online.came(vec![bob.clone()]).is_empty());
        assert_eq!(
            online.came(vec![person("b", "Rob")]),
            ["Bob is called Rob now"]
        );
        assert_eq!(
            online.are(vec![dan.clone()]),
            ["Rob went offline", "Dan is online"]
        );
        assert_eq!(online.went(&[bob, dan]), ["Dan went offline"]);
        assert!(online.names().is_empty());
        assert_eq!(
            (online.name_of("b"), online.name_of("x")),
            ("Rob".into(), "x".into())
        );
    }

    #[test]
    fn an_id_wins_over_a_name() {
        let mut online = Online::default();
        online.came(vec![
            person("b", "Bob"),
            person("d", "BOB"),
            person("x", "b"),
        ]);
        assert_eq!(online.called("B"), [person("b", "Bob")]);
        assert_eq!(online.called("bob").len(), 2);
        assert!(online.called("Eve").is_empty());
        online.forget("b");
        assert_eq!(online.called("b"), [person("x", "b")]);
    }
}
