//! The client at its true boundary: bytes on a socket, a `SQLite` file, a host that misbehaves on purpose.

#[cfg(test)]
mod disappearing;
#[cfg(test)]
mod finding;
#[cfg(test)]
mod host;
#[cfg(test)]
mod keeping;
#[cfg(test)]
mod long;
#[cfg(test)]
mod real;
#[cfg(test)]
mod seat;
#[cfg(test)]
mod talking;

/// Shared with the crate's own tests, as is the model host.
#[path = "../../chat.rs"]
#[allow(dead_code, reason = "the socket tests use a part of it")]
#[cfg(test)]
mod chat;
#[path = "../../host_model.rs"]
#[allow(dead_code, reason = "the socket tests use a part of it")]
#[cfg(test)]
mod host_model;
