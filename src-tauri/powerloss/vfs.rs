//! The glue between SQLite's C interface and the model: <https://sqlite.org/c3ref/vfs.html>, `io_methods.html`.
//!
//! Every function here is called by SQLite alone, with what that interface promises: a `sqlite3_vfs` is the one that was
//! registered and lives for ever; a `sqlite3_file` has room for a [`Handle`] and was filled in by `x_open`; buffers are as long as
//! the call says; names end with NUL; no file is used by two threads at once. The `SAFETY` notes lean on this.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::ffi;

use crate::locks::Level;
use crate::model::{Fault, Opened, Shared, Together, Trouble};

/// What SQLite's own VFS for Unix says.
const SECTOR_SIZE_TOLD: c_int = 4_096;
const PATH_MAX: c_int = 512;
/// 1970 in SQLite's milliseconds since noon in Greenwich on November 24, 4714 B.C.
const UNIX_EPOCH_JULIAN_MS: i64 = 210_866_760_000_000;

/// An open file: what SQLite wants to see, and what we know of it.
#[repr(C)]
struct Handle {
    base: ffi::sqlite3_file,
    open: *mut Open,
}

struct Open {
    disk: Arc<Shared>,
    file: Opened,
    goes_on_close: bool,
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(x_close),
    xRead: Some(x_read),
    xWrite: Some(x_write),
    xTruncate: Some(x_truncate),
    xSync: Some(x_sync),
    xFileSize: Some(x_file_size),
    xLock: Some(x_lock),
    xUnlock: Some(x_unlock),
    xCheckReservedLock: Some(x_check_reserved_lock),
    xFileControl: Some(x_file_control),
    xSectorSize: Some(x_sector_size),
    xDeviceCharacteristics: Some(x_device_characteristics),
    xShmMap: Some(x_shm_map),
    xShmLock: Some(x_shm_lock),
    xShmBarrier: Some(x_shm_barrier),
    xShmUnmap: Some(x_shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

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

/// What we know of an open file.
///
/// # Safety
/// `file` was filled in by [`x_open`] and is not closed yet.
unsafe fn open<'a>(file: *mut ffi::sqlite3_file) -> &'a Open {
    // SAFETY: `x_open` put a leaked box there; only `x_close` takes it back, and SQLite does nothing with a file after it.
    unsafe { &*(*file.cast::<Handle>()).open }
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

impl Open {
    fn owner(&self) -> usize {
        ptr::from_ref(self).addr()
    }

    fn model<T>(&self, with: impl FnOnce(&mut crate::model::Model, &Opened) -> T) -> T {
        let mut model = self
            .disk
            .model
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        with(&mut model, &self.file)
    }

    fn together<T>(&self, with: impl FnOnce(&mut Together) -> T) -> T {
        let mut together = self
            .file
            .together
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        with(&mut together)
    }
}

/// `code`, if it was not done; a full disk has a code of its own.
fn code_of(result: Result<(), Trouble>, code: c_int) -> c_int {
    match result {
        Ok(()) => ffi::SQLITE_OK,
        Err(Trouble::Failing(Fault::Full)) => ffi::SQLITE_FULL,
        Err(_) => code,
    }
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

unsafe extern "C" fn x_close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: see the module; the box is the one of `x_open`, taken back once.
    let open = unsafe {
        (*file).pMethods = ptr::null();
        Box::from_raw((*file.cast::<Handle>()).open)
    };
    open.together(|together| {
        together.locks.unlock(open.owner(), Level::None);
        together.shm.forget(open.owner());
    });
    if open.goes_on_close {
        // With the power gone there is nothing left to remove.
        let _ = open.model(|model, file| model.remove(&file.name, false));
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_read(
    file: *mut ffi::sqlite3_file,
    buffer: *mut c_void,
    bytes: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: see the module.
    let (open, buffer) = unsafe {
        let buffer = std::slice::from_raw_parts_mut(buffer.cast::<u8>(), size(bytes.into()));
        (open(file), buffer)
    };
    open.model(|model, file| {
        let Ok(all) = model.bytes(file) else {
            return ffi::SQLITE_IOERR_READ;
        };
        let there = all.get(size(offset)..).unwrap_or_default();
        let read = there.len().min(buffer.len());
        buffer[..read].copy_from_slice(&there[..read]);
        buffer[read..].fill(0);
        if read == buffer.len() {
            ffi::SQLITE_OK
        } else {
            ffi::SQLITE_IOERR_SHORT_READ
        }
    })
}

unsafe extern "C" fn x_write(
    file: *mut ffi::sqlite3_file,
    buffer: *const c_void,
    bytes: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: see the module.
    let (open, buffer) = unsafe {
        let buffer = std::slice::from_raw_parts(buffer.cast::<u8>(), size(bytes.into()));
        (open(file), buffer)
    };
    let written = open.model(|model, file| model.write(file, size(offset), buffer));
    code_of(written, ffi::SQLITE_IOERR_WRITE)
}

unsafe extern "C" fn x_truncate(file: *mut ffi::sqlite3_file, bytes: ffi::sqlite3_int64) -> c_int {
    // SAFETY: see the module.
    let open = unsafe { open(file) };
    let cut = open.model(|model, file| model.truncate(file, size(bytes)));
    code_of(cut, ffi::SQLITE_IOERR_TRUNCATE)
}

unsafe extern "C" fn x_sync(file: *mut ffi::sqlite3_file, _flags: c_int) -> c_int {
    // SAFETY: see the module.
    let open = unsafe { open(file) };
    let synced = open.model(super::model::Model::sync);
    code_of(synced, ffi::SQLITE_IOERR_FSYNC)
}

unsafe extern "C" fn x_file_size(
    file: *mut ffi::sqlite3_file,
    bytes: *mut ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: see the module.
    let open = unsafe { open(file) };
    let Ok(length) = open.model(|model, file| model.bytes(file).map(<[u8]>::len)) else {
        return ffi::SQLITE_IOERR_FSTAT;
    };
    // SAFETY: see the module.
    unsafe { *bytes = i64::try_from(length).unwrap_or(i64::MAX) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_lock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: see the module.
    let open = unsafe { open(file) };
    let Some(level) = Level::of(level) else {
        return ffi::SQLITE_MISUSE;
    };
    if open.together(|together| together.locks.lock(open.owner(), level)) {
        ffi::SQLITE_OK
    } else {
        ffi::SQLITE_BUSY
    }
}

unsafe extern "C" fn x_unlock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: see the module.
    let open = unsafe { open(file) };
    let Some(level) = Level::of(level) else {
        return ffi::SQLITE_MISUSE;
    };
    open.together(|together| together.locks.unlock(open.owner(), level));
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_check_reserved_lock(file: *mut ffi::sqlite3_file, is: *mut c_int) -> c_int {
    // SAFETY: see the module.
    let open = unsafe { open(file) };
    let is_reserved = open.together(|together| together.locks.is_reserved());
    // SAFETY: see the module.
    unsafe { *is = c_int::from(is_reserved) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_file_control(
    _file: *mut ffi::sqlite3_file,
    _operation: c_int,
    _argument: *mut c_void,
) -> c_int {
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn x_sector_size(_file: *mut ffi::sqlite3_file) -> c_int {
    SECTOR_SIZE_TOLD
}

/// What SQLite assumes of every disk unless it is told otherwise: a torn write damages nothing beside what it writes.
unsafe extern "C" fn x_device_characteristics(_file: *mut ffi::sqlite3_file) -> c_int {
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

unsafe extern "C" fn x_shm_map(
    file: *mut ffi::sqlite3_file,
    region: c_int,
    bytes: c_int,
    make: c_int,
    memory: *mut *mut c_void,
) -> c_int {
    // SAFETY: see the module.
    let open = unsafe { open(file) };
    let (number, bytes) = (size(region.into()), size(bytes.into()));
    let found = open.together(|together| together.shm.region(number, bytes, make != 0));
    // SAFETY: see the module; the memory stays while this file is open, which holds on to it.
    unsafe { *memory = found.map_or(ptr::null_mut(), <*mut u8>::cast) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_shm_lock(
    file: *mut ffi::sqlite3_file,
    offset: c_int,
    count: c_int,
    flags: c_int,
) -> c_int {
    // SAFETY: see the module.
    let open = unsafe { open(file) };
    let first = size(offset.into());
    let slots = first..first + size(count.into());
    let is_taken = open.together(|together| {
        if flags & ffi::SQLITE_SHM_UNLOCK != 0 {
            together.shm.unlock(open.owner(), slots);
            return true;
        }
        let exclusive = flags & ffi::SQLITE_SHM_EXCLUSIVE != 0;
        together.shm.lock(open.owner(), slots, exclusive)
    });
    if is_taken {
        ffi::SQLITE_OK
    } else {
        ffi::SQLITE_BUSY
    }
}

unsafe extern "C" fn x_shm_barrier(_file: *mut ffi::sqlite3_file) {
    std::sync::atomic::fence(std::sync::atomic::Ordering::SeqCst);
}

unsafe extern "C" fn x_shm_unmap(file: *mut ffi::sqlite3_file, _remove: c_int) -> c_int {
    // SAFETY: see the module.
    let open = unsafe { open(file) };
    open.together(|together| together.shm.forget(open.owner()));
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
