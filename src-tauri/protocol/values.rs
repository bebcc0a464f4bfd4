//! The values that every room of the house shares. Each checks itself on the way in, so nobody checks twice.

mod ids;
mod keep;
mod kinds;
mod names;
mod places;

pub use ids::{MessageId, RoomId, UserId};
pub use keep::{Keep, Keeps, TopicKeep};
pub use kinds::{Access, EntryKind, Via};
pub use names::{DisplayName, TopicName};
pub use places::{Epoch, Position, Seq, Timestamp};

/// Why a value was refused; the text says what would be accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ValueError(pub &'static str);

/// Values whose wire form is their text.
macro_rules! as_text {
    ($($name:ty),*) => {$(
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        crate::values::schema_of_text!($name);
    )*};
}

/// Values that are a string for whoever reads the wire's schema.
macro_rules! schema_of_text {
    ($name:ty) => {
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string" })
            }
        }
    };
}

use {as_text, schema_of_text};
