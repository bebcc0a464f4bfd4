//! The `fastchat` dialect over real sockets: the rules that no pure test can hold.

mod flat;
mod harness;
mod i07;
mod nested;
mod others;
mod rest;
