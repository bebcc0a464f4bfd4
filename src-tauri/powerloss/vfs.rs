//! The glue between SQLite's C interface and the model: <https://sqlite.org/c3ref/vfs.html>, `io_methods.html`.
//!
//! Every function here is called by SQLite alone, with what that interface promises: a `sqlite3_vfs` is the one that was
//! registered and lives for ever; a `sqlite3_file` has room for a [`Handle`] and was filled in by `x_open`; buffers are as long as
//! the call says; names end with NUL; no file is used by two threads at once. The `SAFETY` notes lean on this, here and in
//! `file`.
#![allow(unsafe_code)]

mod file;

use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::ffi;

use crate::model::Shared;
use file::{Handle, METHODS, Open};

/// What SQLite's own VFS for Unix says.
const PATH_MAX: c_int = 512;
/// 1970 in SQLite's milliseconds since noon in Greenwich on November 24, 4714 B.C.
const UNIX_EPOCH_JULIAN_MS: i64 = 210_866_760_000_000;

/// Makes a disk known to SQLite, for the rest of the process.
pub(crate) fn register(name: &str, disk: Arc<Shared>) {
    let name = CString::new(name).expect("a name without NUL");
    let size = c_int::try_from(size_of::<Handle>()).expect("a handle is small");
    let vfs = Box::new(ffi::sqlite3_vfs {
        iVersion: 2,
        szOsFile: size,
        mxPathname: PATH_MAX,
        pNext: ptr::null_mut(),
        zName: name.into_raw(),
        pAppData: Box::into_raw(Box::new(disk)).cast(),
        xOpen: Some(x_open),
        xDelete: Some(x_delete),
        xAccess: Some(x_access),
        xFullPathname: Some(x_full_pathname),
        xDlOpen: None,
        xDlError: None,
        xDlSym: None,
        xDlClose: None,
        xRandomness: Some(x_randomness),
        xSleep: Some(x_sleep),
        xCurrentTime: Some(x_current_time),
        xGetLastError: Some(x_get_last_error),
        xCurrentTimeInt64: Some(x_current_time_int64),
        xSetSystemCall: None,
        xGetSystemCall: None,
        xNextSystemCall: None,
    });
    // SAFETY: the struct and all that it points to are leaked, so they outlive every connection.
    let code = unsafe { ffi::sqlite3_vfs_register(Box::leak(vfs), 0) };
    assert_eq!(code, ffi::SQLITE_OK, "SQLite does not take the disk");
}

/// The disk behind a VFS.
///
/// # Safety
/// `vfs` is one that [`register`] made.
unsafe fn disk<'a>(vfs: *mut ffi::sqlite3_vfs) -> &'a Arc<Shared> {
    // SAFETY: `pAppData` is the leaked box of `register`, never changed after it.
    unsafe { &*(*vfs).pAppData.cast::<Arc<Shared>>() }
}

/// # Safety
/// `name` is NULL, or ends with NUL.
unsafe fn text<'a>(name: *const c_char) -> Option<&'a str> {
    if name.is_null() {
        return None;
    }
    // SAFETY: as the caller promises.
    unsafe { CStr::from_ptr(name) }.to_str().ok()
}

/// Offsets and sizes come from SQLite and are never negative.
fn size(number: i64) -> usize {
    usize::try_from(number).unwrap_or(0)
}

unsafe extern "C" fn x_open(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    flags_out: *mut c_int,
) -> c_int {
    // SAFETY: see the module; without methods SQLite does not call `x_close` after a failure.
    let (disk, name) = unsafe {
        (*file).pMethods = ptr::null();
        (disk(vfs), text(name))
    };
    let make = flags & ffi::SQLITE_OPEN_CREATE != 0 || name.is_none();
    let journals =
        ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_MAIN_JOURNAL | ffi::SQLITE_OPEN_SUPER_JOURNAL;
    let opened = disk
        .model
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .open(name, make, flags & journals != 0);
    let opened = match opened {
        Ok(Some(opened)) => opened,
        Ok(None) => return ffi::SQLITE_CANTOPEN,
        Err(_) => return ffi::SQLITE_IOERR,
    };
    let open = Box::new(Open {
        disk: disk.clone(),
        file: opened,
        goes_on_close: name.is_none() || flags & ffi::SQLITE_OPEN_DELETEONCLOSE != 0,
    });
    // SAFETY: see the module.
    unsafe {
        (*file.cast::<Handle>()).open = Box::into_raw(open);
        (*file).pMethods = &raw const METHODS;
        if !flags_out.is_null() {
            *flags_out = flags;
        }
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_delete(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    sync_folder: c_int,
) -> c_int {
    // SAFETY: see the module.
    let (disk, name) = unsafe { (disk(vfs), text(name).unwrap_or_default()) };
    let mut model = disk.model.lock().unwrap_or_else(PoisonError::into_inner);
    match model.remove(name, sync_folder != 0) {
        Ok(true) => ffi::SQLITE_OK,
        Ok(false) => ffi::SQLITE_IOERR_DELETE_NOENT,
        Err(_) => ffi::SQLITE_IOERR_DELETE,
    }
}

unsafe extern "C" fn x_access(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    _flags: c_int,
    is: *mut c_int,
) -> c_int {
    // SAFETY: see the module.
    let (disk, name) = unsafe { (disk(vfs), text(name).unwrap_or_default()) };
    let model = disk.model.lock().unwrap_or_else(PoisonError::into_inner);
    // SAFETY: see the module.
    unsafe { *is = c_int::from(model.exists(name)) };
    ffi::SQLITE_OK
}

/// Names are used as they come.
unsafe extern "C" fn x_full_pathname(
    _vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    room: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: see the module.
    let name = unsafe { CStr::from_ptr(name) }.to_bytes_with_nul();
    if name.len() > size(room.into()) {
        return ffi::SQLITE_CANTOPEN;
    }
    // SAFETY: there is room, as was just looked at, and the two do not overlap.
    unsafe { ptr::copy_nonoverlapping(name.as_ptr().cast(), out, name.len()) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_randomness(
    _vfs: *mut ffi::sqlite3_vfs,
    bytes: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: see the module.
    let out = unsafe { std::slice::from_raw_parts_mut(out.cast::<u8>(), size(bytes.into())) };
    fastrand::fill(out);
    bytes
}

unsafe extern "C" fn x_sleep(_vfs: *mut ffi::sqlite3_vfs, microseconds: c_int) -> c_int {
    std::thread::sleep(Duration::from_micros(size(microseconds.into()) as u64));
    microseconds
}

unsafe extern "C" fn x_current_time(vfs: *mut ffi::sqlite3_vfs, days: *mut f64) -> c_int {
    let mut milliseconds = 0;
    // SAFETY: see the module; the time has a place of its own.
    unsafe {
        x_current_time_int64(vfs, &raw mut milliseconds);
        // As the interface wants it; what is lost is less than a millisecond.
        #[expect(clippy::cast_precision_loss, reason = "SQLite wants a double")]
        let now = milliseconds as f64 / 86_400_000.0;
        *days = now;
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_current_time_int64(
    _vfs: *mut ffi::sqlite3_vfs,
    milliseconds: *mut ffi::sqlite3_int64,
) -> c_int {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let since = i64::try_from(since.as_millis()).unwrap_or(0);
    // SAFETY: see the module.
    unsafe { *milliseconds = UNIX_EPOCH_JULIAN_MS + since };
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_get_last_error(
    _vfs: *mut ffi::sqlite3_vfs,
    _bytes: c_int,
    _out: *mut c_char,
) -> c_int {
    0
}
