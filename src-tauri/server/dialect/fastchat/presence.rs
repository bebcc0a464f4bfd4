//! The presence list as one connection was told it: the nested form is told all of it, the flat form what changed.

use std::collections::HashSet;
use std::sync::Arc;

use hyper_tungstenite::tungstenite::Utf8Bytes;
use landline_protocol::UserId;

use super::form::Form;
use super::writing::{self, Shown};

/// The list in the words of the nested form, put into them once for all its connections.
#[derive(Default)]
pub(crate) struct Everybody(Option<(Arc<[Shown]>, Utf8Bytes)>);

impl Everybody {
    fn text(&mut self, users: &Arc<[Shown]>) -> Utf8Bytes {
        match &self.0 {
            Some((known, text)) if known == users => text.clone(),
            _ => {
                let text = Utf8Bytes::from(writing::everybody(users));
                self.0 = Some((users.clone(), text.clone()));
                text
            }
        }
    }
}

/// What a connection was told last.
#[derive(Default)]
pub(crate) struct Told {
    users: Arc<[Shown]>,
}

impl Told {
    /// To a newcomer, or as the answer to a `HELLO`.
    pub(crate) fn all(
        &mut self,
        form: Form,
        me: UserId,
        users: Arc<[Shown]>,
        everybody: &mut Everybody,
    ) -> Utf8Bytes {
        self.users = users;
        match form {
            Form::Nested => everybody.text(&self.users),
            Form::Flat => {
                let others = self.users.iter().filter(|shown| shown.user != me);
                writing::came(&others.cloned().collect::<Vec<_>>()).into()
            }
        }
    }

    /// What to say of the list now.
    pub(crate) fn changes(
        &mut self,
        form: Form,
        me: UserId,
        users: Arc<[Shown]>,
        everybody: &mut Everybody,
    ) -> Vec<Utf8Bytes> {
        let before = std::mem::replace(&mut self.users, users);
        if before == self.users {
            return Vec::new();
        }
        if form == Form::Nested {
            return vec![everybody.text(&self.users)];
        }
        let ids =
            |list: &[Shown]| -> HashSet<UserId> { list.iter().map(|shown| shown.user).collect() };
        let (old, new) = (ids(&before), ids(&self.users));
        let not_in = |list: &[Shown], ids: &HashSet<UserId>| -> Vec<Shown> {
            let others = list
                .iter()
                .filter(|shown| shown.user != me && !ids.contains(&shown.user));
            others.cloned().collect()
        };
        let (gone, come) = (not_in(&before, &new), not_in(&self.users, &old));
        let went = (!gone.is_empty()).then(|| writing::went(&gone).into());
        let came = (!come.is_empty()).then(|| writing::came(&come).into());
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

    fn values(texts: &[Utf8Bytes]) -> Vec<Value> {
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
        let first = told.all(
            Form::Nested,
            user(1),
            [shown(1)].into(),
            &mut Everybody::default(),
        );
        assert_eq!(values(&[first]), [nested(&[1])]);
        assert_eq!(
            told.changes(
                Form::Nested,
                user(1),
                [shown(1)].into(),
                &mut Everybody::default()
            ),
            Vec::<Utf8Bytes>::new()
        );
        let both = told.changes(
            Form::Nested,
            user(1),
            [shown(1), shown(2)].into(),
            &mut Everybody::default(),
        );
        assert_eq!(values(&both), [nested(&[1, 2])]);
        let again = told.all(
            Form::Nested,
            user(1),
            [shown(1), shown(2)].into(),
            &mut Everybody::default(),
        );
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
        let first = told.all(
            Form::Flat,
            user(1),
            [shown(1)].into(),
            &mut Everybody::default(),
        );
        assert_eq!(values(&[first]), [flat(&[], true)], "alone");
        let came = told.changes(
            Form::Flat,
            user(1),
            [shown(1), shown(2)].into(),
            &mut Everybody::default(),
        );
        assert_eq!(values(&came), [flat(&[2], true)]);
        let both = told.changes(
            Form::Flat,
            user(1),
            [shown(1), shown(3)].into(),
            &mut Everybody::default(),
        );
        assert_eq!(values(&both), [flat(&[2], false), flat(&[3], true)]);
        assert_eq!(
            told.changes(
                Form::Flat,
                user(1),
                [shown(3), shown(1)].into(),
                &mut Everybody::default()
            ),
            Vec::<Utf8Bytes>::new()
        );
        let other = Told::default().all(
            Form::Flat,
            user(3),
            [shown(1), shown(3)].into(),
            &mut Everybody::default(),
        );
        assert_eq!(values(&[other]), [flat(&[1], true)]);
    }
}
