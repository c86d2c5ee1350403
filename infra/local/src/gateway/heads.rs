//! Request heads whose lines all end in CRLF.
//!
//! hyper also accepts a line that ends in LF alone, and has no option against it. A recipient may refuse that (RFC 9112,
//! section 2.2), and proxies do not agree where such a line ends. So this reader looks at each head before hyper does.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};

/// What replaces a bare LF in a head. hyper accepts this byte nowhere in a head: it responds with 400 once earlier
/// requests have their responses, and closes the connection.
const REFUSED: u8 = 0;

/// A reader of a connection that makes hyper refuse a head with a bare LF.
pub(crate) struct StrictHeads<R> {
    inner: R,
    scanner: Scanner,
}

impl<R> StrictHeads<R> {
    /// Reads from `inner`, which is at the beginning of a connection.
    pub(crate) fn new(inner: R) -> Self {
        Self { inner, scanner: Scanner::default() }
    }
}

impl<R: AsyncRead + Unpin> AsyncRead for StrictHeads<R> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
        self.scanner.scan(&mut buf.filled_mut()[before..]);
        Poll::Ready(Ok(()))
    }
}

/// What the current line is.
#[derive(Clone, Copy, Default)]
enum Line {
    /// A request line, or an empty line before it.
    #[default]
    Request,
    /// A header, or the empty line that ends the head.
    Header,
    /// The size of a chunk.
    ChunkSize,
    /// A trailer, or the empty line that ends a chunked body.
    Trailer,
}

/// Follows the requests of a connection as hyper frames them. Whatever hyper refuses ends the connection, so it does not
/// matter how it is followed.
#[derive(Default)]
struct Scanner {
    kind: Line,
    /// The current line so far. hyper limits its length.
    line: Vec<u8>,
    /// How many bytes of a body come before the current line.
    content: u64,
    /// Whether the body of the current request is chunked.
    is_chunked: bool,
    /// The length of the body of the current request, if it is not chunked.
    length: u64,
}

impl Scanner {
    /// Follows the next bytes, and replaces each bare LF of a head.
    fn scan(&mut self, mut bytes: &mut [u8]) {
        while let Some(byte) = bytes.first_mut() {
            let mut passed = 1;
            if self.content > 0 {
                passed = usize::try_from(self.content).map_or(bytes.len(), |left| left.min(bytes.len()));
                self.content -= passed as u64;
            } else if *byte != b'\n' {
                self.line.push(*byte);
            } else if self.line.last() == Some(&b'\r') {
                self.line.pop();
                self.kind = self.end_line();
                self.line.clear();
            } else {
                // In the line of a chunk or a trailer, too: hyper may take it for the end of a line.
                *byte = REFUSED;
                self.line.push(REFUSED);
            }
            bytes = &mut bytes[passed..];
        }
    }

    /// Takes the current line, and returns what the next one is.
    fn end_line(&mut self) -> Line {
        let is_empty = self.line.is_empty();
        match self.kind {
            Line::Request if is_empty => Line::Request,
            Line::Request => {
                (self.is_chunked, self.length) = (false, 0);
                Line::Header
            }
            Line::Header if is_empty && self.is_chunked => Line::ChunkSize,
            Line::Header if is_empty => {
                self.content = self.length;
                Line::Request
            }
            Line::Header => {
                self.header();
                Line::Header
            }
            Line::ChunkSize => match chunk_size(&self.line) {
                0 => Line::Trailer,
                size => {
                    // The chunk and its CRLF.
                    self.content = size.saturating_add(2);
                    Line::ChunkSize
                }
            },
            Line::Trailer if is_empty => Line::Request,
            Line::Trailer => Line::Trailer,
        }
    }

    /// Notes what a header says about the body. A transfer coding counts before a length, and hyper accepts no last
    /// coding but `chunked`.
    fn header(&mut self) {
        let Some(colon) = self.line.iter().position(|byte| *byte == b':') else {
            return;
        };
        let (name, value) = (&self.line[..colon], self.line[colon + 1..].trim_ascii());
        if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.is_chunked = true;
        } else if name.eq_ignore_ascii_case(b"content-length") {
            self.length = str::from_utf8(value).ok().and_then(|text| text.parse().ok()).unwrap_or_default();
        }
    }
}

/// The size that begins the line of a chunk. Extensions may follow it.
fn chunk_size(line: &[u8]) -> u64 {
    let digits = line.iter().map_while(|byte| char::from(*byte).to_digit(16));
    digits.fold(0, |size: u64, digit| size.saturating_mul(16).saturating_add(digit.into()))
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    const SIZED: &[u8] = b"POST / HTTP/1.1\r\nHost: a\r\nCONTENT-length: \t12 \r\n\r\na\n\n\r\nb: c\n\n\n";
    const CHUNKED: &[u8] = b"POST / HTTP/1.1\r\nContent-Length: 3\r\ntransfer-ENCODING:chunked\r\n\r\n\
        5;x=\"y\"\r\n0\n\n\r\n\r\n00A \r\n\n123456789\r\n0\r\nx: y\r\nz: 1\r\n\r\n";

    /// What hyper reads if the bytes arrive in parts of this size.
    async fn read(bytes: &[u8], part: usize) -> Vec<u8> {
        let (reader, mut writer) = tokio::io::duplex(part);
        let mut read = Vec::new();
        let mut strict = StrictHeads::new(reader);
        let written = async move { writer.write_all(bytes).await.unwrap() };
        tokio::join!(async { strict.read_to_end(&mut read).await.unwrap() }, written);
        read
    }

    #[tokio::test]
    async fn complete_line_ends_and_all_content_pass_unchanged() {
        let all = [GET, b"\r\n\r\n", SIZED, CHUNKED, GET, CHUNKED, SIZED, SIZED, GET].concat();
        for part in [1, 2, 3, 5, 7, 64, 4096] {
            assert_eq!(read(&all, part).await, all, "{part}");
        }
    }

    #[tokio::test]
    async fn a_bare_line_feed_in_a_head_is_replaced() {
        for earlier in [&b""[..], GET, SIZED, CHUNKED, b"\r\n"] {
            for head in [
                &b"\nGET / HTTP/1.1\r\n"[..],
                b"GET / HTTP/1.1\nHost: a\r\n\r\n",
                b"GET / HTTP/1.1\r\nHost: a\nx: y\r\n\r\n",
                b"GET / HTTP/1.1\r\nHost: a\r\n\n",
                b"GET / HTTP/1.1\r\nHost: a\r\r\nx: y\r\n z\n",
            ] {
                let all = [earlier, head].concat();
                let at = all.len() - head.len() + bare(head);
                let mut expected = all.clone();
                expected[at] = REFUSED;
                for part in [1, 2, 3, 64, 4096] {
                    assert_eq!(read(&all, part).await, expected, "{} {part}", all.escape_ascii());
                }
            }
        }
    }

    /// The position of the one LF without a CR.
    fn bare(head: &[u8]) -> usize {
        let is_bare = |at: &usize| head[*at] == b'\n' && (*at == 0 || head[at - 1] != b'\r');
        (0..head.len()).find(is_bare).unwrap()
    }
}
