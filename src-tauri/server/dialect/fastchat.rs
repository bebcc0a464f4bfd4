//! `fastchat` (dialects.md section 9): direct chats between people who see each other in a presence list, in two forms,
//! `nested` as its document says and `flat` as its client does.

mod file;
mod form;
mod html;
mod problem;
mod rates;
mod reading;
mod state;
mod writing;
