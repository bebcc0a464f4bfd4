#![no_main]

use landline_server::fuzzing::{Target, run};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| run(Target::FirstFrame, bytes));
