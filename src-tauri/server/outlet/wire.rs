//! What carries the bytes of a connection.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A two-way stream of bytes.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// A connection after its upgrade.
pub(crate) enum Wire {
    /// A socket of the system, written without asking the runtime first. With what was read of it ahead.
    Tcp(TcpStream, hyper::body::Bytes),
    /// Anything else.
    Other(Box<dyn Stream>),
}

impl Wire {
    /// Takes the socket out of what HTTP has put around it, with its buffers.
    pub(crate) fn new(upgraded: Upgraded) -> Wire {
        match upgraded.downcast::<TokioIo<TcpStream>>() {
            Ok(parts) => Wire::Tcp(parts.io.into_inner(), parts.read_buf),
            Err(upgraded) => Wire::Other(Box::new(TokioIo::new(upgraded))),
        }
    }

    /// Writes what goes at once; `WouldBlock` when nothing does. Nobody is woken when it goes again.
    pub(super) fn try_write(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Wire::Tcp(stream, _) => write(stream, pieces),
            Wire::Other(_) => {
                match self.poll_write(&mut Context::from_waker(Waker::noop()), pieces) {
                    Poll::Ready(written) => written,
                    Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
                }
            }
        }
    }

    /// Writes what goes, or waits.
    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self {
            Wire::Tcp(stream, _) => loop {
                match write(stream, pieces) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        ready!(stream.poll_write_ready(cx))?;
                    }
                    written => return Poll::Ready(written),
                }
            },
            Wire::Other(stream) => {
                let written = ready!(Pin::new(&mut *stream).poll_write_vectored(cx, pieces));
                // What a stream keeps back goes with the next write at the latest.
                let _ = Pin::new(stream).poll_flush(cx)?;
                Poll::Ready(written)
            }
        }
    }

    /// Reads what is there, or waits. Nothing: the other side has ended.
    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        match self {
            Wire::Tcp(_, ahead) if !ahead.is_empty() => {
                let taken = ahead.split_to(ahead.len().min(buffer.len()));
                buffer[..taken.len()].copy_from_slice(&taken);
                if ahead.is_empty() {
                    *ahead = hyper::body::Bytes::new();
                }
                Poll::Ready(Ok(taken.len()))
            }
            Wire::Tcp(stream, _) => loop {
                match stream.try_read(buffer) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        ready!(stream.poll_read_ready(cx))?;
                    }
                    read => return Poll::Ready(read),
                }
            },
            Wire::Other(stream) => {
                let mut buffer = ReadBuf::new(buffer);
                ready!(Pin::new(stream).poll_read(cx, &mut buffer))?;
                Poll::Ready(Ok(buffer.filled().len()))
            }
        }
    }
}

/// One piece, as mostly, goes without a list of pieces, and without a look at what the runtime knows of the socket: it is
/// asked when the system takes no more, so that it waits.
fn write(stream: &TcpStream, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
    let [piece] = pieces else {
        return stream.try_write_vectored(pieces);
    };
    match SockRef::from(stream).send(piece) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => stream.try_write(piece),
        written => written,
    }
}
