//! What SQLite does with an open file. What its interface promises, and the `SAFETY` notes lean on, stands in the module
//! above.

use std::ffi::{c_int, c_void};
use std::ptr;
use std::sync::{Arc, PoisonError};

use rusqlite::ffi;

use super::size;
use crate::locks::Level;
use crate::model::{Fault, Model, Opened, Shared, Together, Trouble};

/// What SQLite's own VFS for Unix says.
const SECTOR_SIZE_TOLD: c_int = 4_096;

/// An open file: what SQLite wants to see, and what we know of it.
#[repr(C)]
pub(super) struct Handle {
    base: ffi::sqlite3_file,
    pub(super) open: *mut Open,
}

pub(super) struct Open {
    pub(super) disk: Arc<Shared>,
    pub(super) file: Opened,
    pub(super) goes_on_close: bool,
}

pub(super) static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
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

/// What we know of an open file.
///
/// # Safety
/// `file` was filled in by [`x_open`](super::x_open) and is not closed yet.
unsafe fn open<'a>(file: *mut ffi::sqlite3_file) -> &'a Open {
    // SAFETY: `x_open` put a leaked box there; only `x_close` takes it back, and SQLite does nothing with a file after it.
    unsafe { &*(*file.cast::<Handle>()).open }
}

impl Open {
    fn owner(&self) -> usize {
        ptr::from_ref(self).addr()
    }

    fn model<T>(&self, with: impl FnOnce(&mut Model, &Opened) -> T) -> T {
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
    let synced = open.model(Model::sync);
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
