//! Who may come in at all, before anybody looks at what they say.

pub(crate) mod counts;
pub(crate) mod near;
pub(crate) mod origin;
pub(crate) mod rates;
