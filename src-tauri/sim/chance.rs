//! Chance and the wall clock of this process, by seed. What asks the system for random bytes (ids, tokens, epochs, the
//! order of a `HashMap`, waits) or for the time gets what the seed says, without a seam in the code under test.
//!
//! Both work by defining the C library's own functions in this program, which the linker then prefers. Elsewhere than on
//! Linux the simulation runs too, but a seed does not give the same run again.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

static IS_ON: AtomicBool = AtomicBool::new(false);
static STATE: AtomicU64 = AtomicU64::new(0);
static WALL_MS: AtomicI64 = AtomicI64::new(0);

/// From now on the seed decides.
pub(crate) fn begin(seed: u64) {
    STATE.store(seed ^ 0x005E_ED0F_1A2D_11E0, Ordering::Relaxed);
    IS_ON.store(true, Ordering::Release);
}

/// What the members' devices take for the time, in milliseconds since 1970.
pub(crate) fn set_wall_clock(ms: i64) {
    WALL_MS.store(ms, Ordering::Relaxed);
}

/// The next number of the process (splitmix64).
fn next() -> u64 {
    let state = STATE.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
    let mut z = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(target_os = "linux")]
#[expect(
    unsafe_code,
    reason = "the only way to answer for the system in code that asks it directly"
)]
mod system {
    use std::sync::atomic::Ordering;

    use libc::{c_int, c_long, c_uint, c_void, clockid_t, size_t, ssize_t, timespec};

    use super::{IS_ON, WALL_MS, next};

    /// See getrandom(2).
    #[unsafe(no_mangle)]
    unsafe extern "C" fn getrandom(buffer: *mut c_void, len: size_t, flags: c_uint) -> ssize_t {
        if !IS_ON.load(Ordering::Acquire) {
            // SAFETY: the arguments are the caller's, and the system call has the same contract.
            let read = unsafe { libc::syscall(libc::SYS_getrandom, buffer, len, flags) };
            return ssize_t::try_from(read).unwrap_or(-1);
        }
        // SAFETY: the caller gives a buffer of `len` writable bytes.
        let bytes = unsafe { std::slice::from_raw_parts_mut(buffer.cast::<u8>(), len) };
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&next().to_le_bytes()[..chunk.len()]);
        }
        ssize_t::try_from(len).unwrap_or(ssize_t::MAX)
    }

    /// See `clock_gettime(2)`.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn clock_gettime(clock: clockid_t, time: *mut timespec) -> c_int {
        if clock != libc::CLOCK_REALTIME || !IS_ON.load(Ordering::Acquire) {
            // SAFETY: the arguments are the caller's, and the system call has the same contract.
            let answer = unsafe { libc::syscall(libc::SYS_clock_gettime, clock, time) };
            return c_int::try_from(answer).unwrap_or(-1);
        }
        let now = WALL_MS.load(Ordering::Relaxed);
        let told = timespec {
            tv_sec: now.div_euclid(1_000),
            tv_nsec: c_long::from(
                i32::try_from(now.rem_euclid(1_000) * 1_000_000).unwrap_or_default(),
            ),
        };
        // SAFETY: the caller gives a place for the answer.
        unsafe { time.write(told) };
        0
    }
}
