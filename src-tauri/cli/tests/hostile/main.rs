//! Clients that mean harm, against an honest two of the same dialect and two desktop members. Nobody else is disturbed:
//! they hear all of each other, and nothing that they should not (dialects.md, 10).

#[path = "../support/dialects/mod.rs"]
mod support;

mod attacks;
mod company;
mod raw;
mod tongue;

/// Each attack in each dialect.
macro_rules! dialects {
    ($($name:ident: $tongue:ident;)*) => {
        $(mod $name {
            use crate::attacks;
            use crate::tongue::Tongue;

            dialects!(@ $tongue: dies_mid_frame never_reads sends_binary floods comes_and_goes connects_twice sends_what_breaks);
        })*
    };
    (@ $tongue:ident: $($attack:ident)*) => {
        $(#[tokio::test]
        async fn $attack() {
            attacks::$attack(Tongue::$tongue).await;
        })*
    };
}

dialects! {
    plain: Plain;
    pair: Pair;
    pair_in_text: PairInText;
    pair_in_private: Private;
    topic: Topic;
    topic_untyped: Untyped;
    activity: Activity;
    fastchat_nested: Nested;
    fastchat_flat: Flat;
}
