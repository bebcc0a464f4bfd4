//! The presence list as one connection was told it: the nested form is told all of it, the flat form what changed.

use super::form::Form;
use super::writing::{self, Shown};
use landline_protocol::UserId;

/// What a connection was told last.
#[derive(Default)]
pub(crate) struct Told {
    users: Vec<Shown>,
}

impl Told {
    /// To a newcomer, or as the answer to a `HELLO`.
    pub(crate) fn all(&mut self, form: Form, me: UserId, users: Vec<Shown>) -> String {
        self.users = users;
        match form {
            Form::Nested => writing::everybody(&self.users),
            Form::Flat => {
                let others: Vec<Shown> = self
                    .users
                    .iter()
                    .filter(|shown| shown.user != me)
                    .cloned()
                    .collect();
                writing::came(&others)
            }
        }
    }

    /// What to say of the list now.
    pub(crate) fn changes(&mut self, form: Form, me: UserId, users: Vec<Shown>) -> Vec<String> {
        if form == Form::Nested {
            let is_news = self.users != users;
            self.users = users;
            return is_news
                .then(|| writing::everybody(&self.users))
                .into_iter()
                .collect();
        }
        let before = std::mem::replace(&mut self.users, users);
        let missing_in = |list: &[Shown], shown: &Shown| {
            shown.user != me && list.iter().all(|listed| listed.user != shown.user)
        };
        let gone: Vec<Shown> = before
            .iter()
            .filter(|shown| missing_in(&self.users, shown))
            .cloned()
            .collect();
        let new: Vec<Shown> = self
            .users
            .iter()
            .filter(|shown| missing_in(&before, shown))
            .cloned()
            .collect();
        let went = (!gone.is_empty()).then(|| writing::went(&gone));
        let came = (!new.is_empty()).then(|| writing::came(&new));
        went.into_iter().chain(came).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn shown(n: u128) -> Shown {
        Shown {
            user: user(n),
            name: format!("User {n}").into(),
        }
    }

    fn user(n: u128) -> UserId {
        UserId(uuid::Uuid::from_u128(n))
    }

    fn list(users: &[u128], online: bool) -> Value {
        let one = |n: &u128| json!({"user_id": user(*n).to_string(), "display_name": format!("User {n}"), "online": online});
        users.iter().map(one).collect()
    }

    fn values(texts: &[String]) -> Vec<Value> {
        texts
            .iter()
            .map(|text| serde_json::from_str(text).expect("JSON"))
            .collect()
    }

    #[test]
    fn the_nested_form_is_told_all_whenever_it_changed() {
        let mut told = Told::default();
        let nested =
            |users: &[u128]| json!({"type": "PRESENCE", "data": {"users": list(users, true)}});
        let first = told.all(Form::Nested, user(1), vec![shown(1)]);
        assert_eq!(values(&[first]), [nested(&[1])]);
        assert_eq!(
            told.changes(Form::Nested, user(1), vec![shown(1)]),
            Vec::<String>::new()
        );
        let both = told.changes(Form::Nested, user(1), vec![shown(1), shown(2)]);
        assert_eq!(values(&both), [nested(&[1, 2])]);
        let again = told.all(Form::Nested, user(1), vec![shown(1), shown(2)]);
        assert_eq!(
            values(&[again]),
            [nested(&[1, 2])],
            "a hello is always answered"
        );
    }

    #[test]
    fn the_flat_form_is_told_who_came_and_who_went() {
        let mut told = Told::default();
        let flat = |users: &[u128], came: bool| {
            let action = if came { "connect" } else { "disconnect" };
            json!({"type": "PRESENCE", "users": list(users, came), "action": action})
        };
        let first = told.all(Form::Flat, user(1), vec![shown(1)]);
        assert_eq!(values(&[first]), [flat(&[], true)], "alone");
        let came = told.changes(Form::Flat, user(1), vec![shown(1), shown(2)]);
        assert_eq!(values(&came), [flat(&[2], true)]);
        let both = told.changes(Form::Flat, user(1), vec![shown(1), shown(3)]);
        assert_eq!(values(&both), [flat(&[2], false), flat(&[3], true)]);
        assert_eq!(
            told.changes(Form::Flat, user(1), vec![shown(3), shown(1)]),
            Vec::<String>::new()
        );
        let other = Told::default().all(Form::Flat, user(3), vec![shown(1), shown(3)]);
        assert_eq!(values(&[other]), [flat(&[1], true)]);
    }
}
