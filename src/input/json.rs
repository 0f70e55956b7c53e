//! A strict scanner of one JSON text (RFC 8259): it checks all of it in one pass and reports where the members of an object
//! are, without building values and without allocating.
//!
//! What "strict" means here: no byte order mark, no comments, no trailing commas, nothing after the text but white space, no
//! raw control characters in strings, the number grammar to the letter. Objects and arrays may nest [`DEPTH_MAX`] deep. The
//! RFC leaves two things to the reader, and both are kept away from fields that nobody reads: escapes of lone surrogates
//! and numbers beyond an `f64` are grammar, so they pass here and are refused when the field is converted.
//!
//! The text is UTF-8 already (`&str`), so strings need a look only at `"`, `\` and control characters. Where these are is noted first, for all
//! of the text ([`Marks`]): sixteen bytes at a time without a branch. The scan then finds the end of a string with one load and no loop, whose
//! end would be another one for each string and guessed wrong by the processor.

use std::borrow::Cow;

/// How deep objects and arrays may nest, the outermost counted: the nesting is kept in the bits of a `u64`.
pub(super) const DEPTH_MAX: u32 = 64;

/// The longest text that is scanned: positions are held in 31 bits.
pub(super) const TEXT_BYTES_MAX: usize = i32::MAX as usize;

/// Where the text stops being JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SyntaxError {
    /// Byte offset.
    pub at: usize,
    pub expected: &'static str,
}

type Scan<T> = Result<T, SyntaxError>;

/// The place of a value in its text; half the size of a slice, because an event's fields are an array of these.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    start: u32,
    /// Exclusive; 0 where there is no value. The top bit tells that the value is a string with escapes.
    end: u32,
}

const ESCAPED: u32 = 1 << 31;

impl Span {
    pub const ABSENT: Span = Span { start: 0, end: 0 };

    #[inline]
    fn new(start: usize, end: usize, escaped: bool) -> Span {
        Span { start: start as u32, end: end as u32 | if escaped { ESCAPED } else { 0 } }
    }

    /// The value in `text`, which is the text that was scanned.
    #[inline]
    pub fn of(self, text: &str) -> Option<Raw<'_>> {
        if self.end == 0 {
            return None;
        }
        let escaped = self.end & ESCAPED != 0;
        Some(Raw { bytes: &text.as_bytes()[self.start as usize..(self.end & !ESCAPED) as usize], escaped })
    }

    /// Whether there is a value in `text`, which is the text that was scanned, and another one than `null`.
    #[inline(always)]
    pub fn is_present(self, text: &str) -> bool {
        // No value but `null` begins with an `n`.
        self.end != 0 && text.as_bytes()[self.start as usize] != b'n'
    }
}

/// What a value is, by its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
}

/// A value as it stands in the text, known to be valid JSON.
///
/// Bytes, since cutting a `&str` looks for character boundaries: values begin and end at ASCII bytes of a text that is UTF-8.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Raw<'a> {
    bytes: &'a [u8],
    escaped: bool,
}

impl<'a> Raw<'a> {
    /// All of a text that was scanned and is one object or array.
    pub(super) fn whole(text: &'a str) -> Raw<'a> {
        Raw { bytes: text.trim_ascii().as_bytes(), escaped: false }
    }

    #[inline]
    pub fn kind(self) -> Kind {
        match self.bytes[0] {
            b'"' => Kind::String,
            b'{' => Kind::Object,
            b'[' => Kind::Array,
            b'n' => Kind::Null,
            b't' | b'f' => Kind::Boolean,
            _ => Kind::Number,
        }
    }

    /// The value as it is written.
    #[inline]
    pub fn text(self) -> &'a str {
        text_of(self.bytes)
    }

    #[inline]
    pub fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// The content of a string; `None` where an escape is a lone surrogate. Only for values of [`Kind::String`].
    #[inline]
    pub fn string(self) -> Option<Cow<'a, str>> {
        let inner = text_of(&self.bytes[1..self.bytes.len() - 1]);
        if self.escaped { unescape(inner).map(Cow::Owned) } else { Some(Cow::Borrowed(inner)) }
    }

    /// The content of a string without escapes.
    #[inline(always)]
    pub fn plain(self) -> Option<&'a str> {
        match self.bytes {
            [b'"', inner @ .., b'"'] if !self.escaped => Some(text_of(inner)),
            _ => None,
        }
    }

    /// Whether it is `""`.
    #[inline]
    pub fn is_empty_text(self) -> bool {
        self.bytes == b"\"\""
    }

    /// The items of an array, for values of [`Kind::Array`].
    pub fn items(self) -> Vec<Raw<'a>> {
        let mut marks = Marks::default();
        marks.note(self.bytes);
        let mut scanner = Scanner::new(self.text(), &marks);
        let mut items = Vec::new();
        scanner.at = 1;
        scanner.skip_space();
        while scanner.peek() != b']' {
            let span = scanner.value(0).expect("the array was scanned before");
            items.extend(span.of(self.text()));
            scanner.skip_space();
            if scanner.peek() == b',' {
                scanner.at += 1;
                scanner.skip_space();
            }
        }
        items
    }

    /// The members of an object, for values of [`Kind::Object`]; `None` for a key with a lone surrogate.
    pub fn members(self) -> Vec<(Option<Cow<'a, str>>, Raw<'a>)> {
        let mut marks = Marks::default();
        marks.note(self.bytes);
        let mut scanner = Scanner::new(self.text(), &marks);
        let mut members = Vec::new();
        scanner.at = 1;
        scanner.skip_space();
        while scanner.peek() != b'}' {
            let start = scanner.at + 1;
            let key = scanner.key().expect("the object was scanned before");
            let text = text_of(&self.bytes[start..start + key.bytes.len()]);
            let key = if key.escaped { unescape(text).map(Cow::Owned) } else { Some(Cow::Borrowed(text)) };
            scanner.skip_space();
            let span = scanner.value(0).expect("the object was scanned before");
            members.extend(span.of(self.text()).map(|value| (key, value)));
            scanner.skip_space();
            if scanner.peek() == b',' {
                scanner.at += 1;
                scanner.skip_space();
            }
        }
        members
    }

    /// What a message shows of the value.
    pub fn shown(self) -> &'a str {
        match self.kind() {
            Kind::Array => "an array",
            Kind::Object => "an object",
            _ => self.text(),
        }
    }
}

/// A value, or what a string has between its quotes.
#[inline(always)]
fn text_of(bytes: &[u8]) -> &str {
    // SAFETY: cut from a `&str` by `Span::of`, whose ends are next to ASCII bytes, or between the quotes of such a value.
    unsafe { std::str::from_utf8_unchecked(bytes) }
}

/// The key of a member, without its quotes, still escaped. Bytes, since cutting a `&str` would look for character
/// boundaries that the quotes make sure of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key<'a> {
    pub bytes: &'a [u8],
    pub escaped: bool,
}

/// A key as most producers write it, with the comma before it, its quotes and its colon, to be compared at once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Literal {
    /// Little endian, 0 beyond the end.
    bytes: u128,
    mask: u128,
    len: usize,
}

impl Literal {
    /// Of which no text has anything.
    pub const NONE: Literal = Literal { bytes: u128::MAX, mask: 0, len: 0 };

    /// Of a key without escapes; [`Literal::NONE`] where it is too long.
    pub const fn of_key(key: &[u8]) -> Literal {
        const BYTES: usize = size_of::<u128>();
        let len = key.len() + 4;
        if len > BYTES {
            return Literal::NONE;
        }
        let mut bytes = [0; BYTES];
        let mut at = 0;
        while at < key.len() {
            bytes[at + 2] = key[at];
            at += 1;
        }
        (bytes[0], bytes[1], bytes[len - 2], bytes[len - 1]) = (b',', b'"', b'"', b':');
        let mask = if len == BYTES { u128::MAX } else { (1 << (8 * len)) - 1 };
        Literal { bytes: u128::from_le_bytes(bytes), mask, len }
    }

    /// What follows the comma.
    #[inline(always)]
    fn without_comma(self) -> Literal {
        Literal { bytes: self.bytes >> 8, mask: self.mask >> 8, len: self.len.saturating_sub(1) }
    }
}

/// What is done with the members of an object.
pub(super) trait Members {
    /// How a key that was found is named.
    type Name: Copy;

    /// The key that most likely comes next. Only a guess, which is tried first.
    fn expected(&self) -> (Literal, Self::Name);

    fn name_of(&mut self, key: Key<'_>) -> Self::Name;

    fn member(&mut self, name: Self::Name, value: Span);
}

/// Checks the whole text, and hands every member of the outermost object over, in order. `false`: valid JSON, but no object.
///
/// `marks` are those of the text.
#[inline]
pub(super) fn scan_object(text: &str, marks: &Marks, members: &mut impl Members) -> Scan<bool> {
    let mut scanner = Scanner::new(text, marks);
    scanner.skip_space();
    let is_object = scanner.peek() == b'{';
    if is_object {
        scanner.at += 1;
        scanner.skip_space();
        if scanner.peek() == b'}' {
            scanner.at += 1;
        } else {
            let mut name = scanner.name(members)?;
            loop {
                scanner.skip_space();
                let span = scanner.value(1)?;
                members.member(name, span);
                // As most producers write it.
                let (literal, expected) = members.expected();
                if scanner.skip_literal(literal) {
                    name = expected;
                    continue;
                }
                scanner.skip_space();
                match scanner.peek() {
                    b',' => scanner.at += 1,
                    b'}' => break scanner.at += 1,
                    _ => return scanner.fail("`,` or `}`"),
                }
                scanner.skip_space();
                name = scanner.name(members)?;
            }
        }
    } else {
        scanner.value(0)?;
    }
    scanner.skip_space();
    if scanner.at == text.len() { Ok(is_object) } else { scanner.fail("the end of the text") }
}

#[derive(Clone, Copy)]
struct Scanner<'a> {
    bytes: &'a [u8],
    marks: &'a Marks,
    at: usize,
}

impl<'a> Scanner<'a> {
    #[inline(always)]
    fn new(text: &'a str, marks: &'a Marks) -> Scanner<'a> {
        Scanner { bytes: text.as_bytes(), marks, at: 0 }
    }

    /// The byte at the position; 0 at the end, which no rule of the grammar accepts.
    #[inline(always)]
    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    /// What is rare is done by a copy: while nobody is told where this one lies, its position stays in a register.
    #[inline(always)]
    fn apart<T>(&mut self, rare: impl FnOnce(&mut Self) -> Scan<T>) -> Scan<T> {
        let mut scanner = *self;
        let result = rare(&mut scanner);
        self.at = scanner.at;
        result
    }

    #[cold]
    fn fail<T>(self, expected: &'static str) -> Scan<T> {
        Err(SyntaxError { at: self.at, expected })
    }

    #[inline(always)]
    fn skip_space(&mut self) {
        while matches!(self.peek(), b' ' | b'\n' | b'\t' | b'\r') {
            self.at += 1;
        }
    }

    /// Moves behind the key, if it stands here.
    #[inline(always)]
    fn skip_literal(&mut self, literal: Literal) -> bool {
        let found = self.bytes[self.at..].first_chunk().is_some_and(|chunk| u128::from_le_bytes(*chunk) & literal.mask == literal.bytes);
        if found {
            self.at += literal.len;
        }
        found
    }

    /// A member's key with its colon.
    #[inline(always)]
    fn name<M: Members>(&mut self, members: &mut M) -> Scan<M::Name> {
        let (literal, expected) = members.expected();
        if self.skip_literal(literal.without_comma()) { Ok(expected) } else { Ok(members.name_of(self.key()?)) }
    }

    /// A key with its colon.
    #[inline(always)]
    fn key(&mut self) -> Scan<Key<'a>> {
        if self.peek() != b'"' {
            return self.fail("a key in quotes");
        }
        let start = self.at + 1;
        let escaped = self.string()?;
        let bytes = &self.bytes[start..self.at - 1];
        self.skip_space();
        if self.peek() != b':' {
            return self.fail("`:`");
        }
        self.at += 1;
        Ok(Key { bytes, escaped })
    }

    /// A value inside of `depth` objects and arrays.
    #[inline(always)]
    fn value(&mut self, depth: u32) -> Scan<Span> {
        let start = self.at;
        let escaped = match self.peek() {
            b'"' => self.string()?,
            b'{' | b'[' => {
                self.apart(|scanner| scanner.nested(depth))?;
                false
            }
            _ => {
                self.scalar()?;
                false
            }
        };
        Ok(Span::new(start, self.at, escaped))
    }

    #[inline(always)]
    fn scalar(&mut self) -> Scan<()> {
        match self.peek() {
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.literal("true"),
            b'f' => self.literal("false"),
            b'n' => self.literal("null"),
            _ => self.fail("a value"),
        }
    }

    #[inline]
    fn literal(&mut self, word: &'static str) -> Scan<()> {
        if !self.bytes[self.at..].starts_with(word.as_bytes()) {
            return self.fail(word);
        }
        self.at += word.len();
        Ok(())
    }

    #[inline(always)]
    fn number(&mut self) -> Scan<()> {
        if self.peek() == b'-' {
            self.at += 1;
        }
        if self.peek() == b'0' {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == b'.' {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), b'e' | b'E') {
            self.at += 1;
            if matches!(self.peek(), b'+' | b'-') {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    /// One digit or more.
    #[inline(always)]
    fn digits(&mut self) -> Scan<()> {
        if !self.peek().is_ascii_digit() {
            return self.fail("a digit");
        }
        while let Some(chunk) = self.bytes[self.at..].first_chunk::<8>() {
            let others = others_than_digits(u64::from_le_bytes(*chunk));
            if others != 0 {
                self.at += others.trailing_zeros() as usize / 8;
                return Ok(());
            }
            self.at += 8;
        }
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        Ok(())
    }

    /// A string from its opening quote to behind its closing one; tells whether it has escapes.
    ///
    /// Inlined as far as the first byte that is not plain, which mostly is the closing quote.
    #[inline(always)]
    fn string(&mut self) -> Scan<bool> {
        self.at = self.marks.next(self.at + 1);
        if self.peek() == b'"' {
            self.at += 1;
            return Ok(false);
        }
        self.apart(Self::string_end)
    }

    /// The rest of a string that has escapes or does not end.
    #[inline(never)]
    fn string_end(&mut self) -> Scan<bool> {
        let mut escaped = false;
        loop {
            match self.peek() {
                b'"' => {
                    self.at += 1;
                    return Ok(escaped);
                }
                b'\\' => {
                    escaped = true;
                    self.escape()?;
                    self.at = self.marks.next(self.at);
                }
                0..0x20 if self.at == self.bytes.len() => return self.fail("`\"`"),
                _ => return self.fail("no raw control character in a string"),
            }
        }
    }

    fn escape(&mut self) -> Scan<()> {
        self.at += 1;
        match self.peek() {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 1,
            b'u' => {
                self.at += 1;
                for _ in 0..4 {
                    if !self.peek().is_ascii_hexdigit() {
                        return self.fail("four hexadecimal digits");
                    }
                    self.at += 1;
                }
            }
            _ => return self.fail("an escape of JSON"),
        }
        Ok(())
    }

    /// An object or array with all that is in it, inside of `outer` others. A loop, not a recursion: the input decides how
    /// deep it goes.
    #[inline(never)]
    fn nested(&mut self, outer: u32) -> Scan<()> {
        // A bit per open object (1) or array (0), the innermost lowest.
        let mut kinds: u64 = 0;
        let mut depth = outer;
        loop {
            // At the first byte of a value.
            match self.peek() {
                open @ (b'{' | b'[') => {
                    if depth == DEPTH_MAX {
                        return self.fail("objects and arrays at most 64 deep");
                    }
                    depth += 1;
                    kinds = kinds << 1 | u64::from(open == b'{');
                    self.at += 1;
                    self.skip_space();
                    match (open, self.peek()) {
                        // Closed below, like any other.
                        (b'{', b'}') | (b'[', b']') => {}
                        (b'{', _) => {
                            self.key()?;
                            self.skip_space();
                            continue;
                        }
                        _ => continue,
                    }
                }
                b'"' => {
                    self.string()?;
                }
                _ => self.scalar()?,
            }
            // Behind a value, or before the end of an empty object or array.
            loop {
                self.skip_space();
                match (kinds & 1, self.peek()) {
                    (1, b'}') | (0, b']') => {
                        self.at += 1;
                        kinds >>= 1;
                        depth -= 1;
                        if depth == outer {
                            return Ok(());
                        }
                    }
                    (is_object, b',') => {
                        self.at += 1;
                        self.skip_space();
                        if is_object == 1 {
                            self.key()?;
                            self.skip_space();
                        }
                        break;
                    }
                    (1, _) => return self.fail("`,` or `}`"),
                    _ => return self.fail("`,` or `]`"),
                }
            }
        }
    }
}

/// Where a text has bytes that may not stand in a string as they are: quotes, backslashes and control characters.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// A bit for each byte of the text, the first lowest; one more behind the end, and [`AHEAD`] bytes beyond. What lies behind is old.
    bits: Vec<u8>,
}

/// Bytes of the text looked at together.
const STEP: usize = 16;
/// Bytes of bits looked at together.
const AHEAD: usize = size_of::<u64>();

impl Marks {
    /// Forgets what was noted before. Tells whether all of the text is ASCII.
    #[inline(always)]
    pub fn note(&mut self, text: &[u8]) -> bool {
        let (steps, rest) = text.as_chunks::<STEP>();
        let len = steps.len() * size_of::<u16>();
        if self.bits.len() < len + size_of::<u16>() + AHEAD {
            self.bits.resize(len + size_of::<u16>() + AHEAD, 0);
        }
        let (bits, behind) = self.bits.split_at_mut(len);
        let mut is_ascii = true;
        for (step, bits) in steps.iter().zip(bits.as_chunks_mut().0) {
            let step = look(step);
            is_ascii &= step.is_ascii;
            *bits = step.marks.to_le_bytes();
        }
        let (last, seen_before) = match text.last_chunk() {
            Some(last) => (look(last), STEP - rest.len()),
            None => {
                let mut last = [b' '; STEP];
                last[..rest.len()].copy_from_slice(rest);
                (look(&last), 0)
            }
        };
        let end = u64::from(last.marks) >> seen_before | 1 << rest.len();
        behind[..AHEAD].copy_from_slice(&end.to_le_bytes());
        behind[AHEAD..AHEAD + size_of::<u16>()].fill(0);
        is_ascii & last.is_ascii
    }

    /// The first mark at a byte of the text or behind it; the text's length where there is none.
    #[inline(always)]
    fn next(&self, from: usize) -> usize {
        let mut at = from;
        loop {
            let bits: &[u8; AHEAD] = self.bits[at / 8..].first_chunk().expect("the text ends before the bits do");
            let bits = u64::from_le_bytes(*bits) >> (at % 8);
            if bits != 0 {
                return at + bits.trailing_zeros() as usize;
            }
            at = at / 8 * 8 + 8 * AHEAD;
        }
    }
}

/// What ends a run of plain characters.
#[cfg(any(test, not(target_arch = "x86_64")))]
fn is_mark(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | 0..0x20)
}

/// What is to be known of some bytes.
struct Looked {
    /// The bytes of which [`is_mark`] tells true, one bit each, the first lowest.
    marks: u16,
    is_ascii: bool,
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn look(bytes: &[u8; STEP]) -> Looked {
    use std::arch::x86_64::{_mm_cmpeq_epi8, _mm_loadu_si128, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8};
    // SAFETY: every x86_64 has SSE2, and the load asks for no alignment.
    unsafe {
        let bytes = _mm_loadu_si128(bytes.as_ptr().cast());
        let quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'"' as i8));
        let backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'\\' as i8));
        let control = _mm_cmpeq_epi8(bytes, _mm_min_epu8(bytes, _mm_set1_epi8(0x1F)));
        let marks = _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, backslash), control)) as u16;
        Looked { marks, is_ascii: _mm_movemask_epi8(bytes) == 0 }
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn look(bytes: &[u8; STEP]) -> Looked {
    let marks = bytes.iter().rev().fold(0, |marks, &byte| marks << 1 | u16::from(is_mark(byte)));
    Looked { marks, is_ascii: bytes.is_ascii() }
}

/// The high bit of every byte that is no digit. Of these the lowest is right; a carry may mark bytes above it wrongly.
#[inline(always)]
fn others_than_digits(word: u64) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    // 0..=9 where it was a digit: only these stay below 0x80, also with 0x76 added.
    let values = word ^ (ONES * b'0' as u64);
    (values | values.wrapping_add(ONES * 0x76)) & HIGH
}

/// The number that eight digits are; `None` where any of them is something else.
#[inline]
pub(super) fn eight_digits(digits: &[u8; 8]) -> Option<u32> {
    let word = u64::from_le_bytes(*digits);
    if others_than_digits(word) != 0 {
        return None;
    }
    // Neighbours are joined three times: into pairs, fours and the eight, the earlier of two weighing more.
    let pairs = (word & 0x0F0F_0F0F_0F0F_0F0F).wrapping_mul(10 << 8 | 1) >> 8 & 0x00FF_00FF_00FF_00FF;
    let fours = pairs.wrapping_mul(100 << 16 | 1) >> 16 & 0x0000_FFFF_0000_FFFF;
    Some((fours.wrapping_mul(10_000 << 32 | 1) >> 32) as u32)
}

/// The text behind the escapes of a valid string; `None` where a surrogate stands alone.
pub(super) fn unescape(escaped: &str) -> Option<String> {
    let mut plain = String::with_capacity(escaped.len());
    let mut rest = escaped;
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        let letter = rest.as_bytes()[at + 1];
        rest = &rest[at + 2..];
        plain.push(match letter {
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let mut unit = code_unit(&mut rest);
                if (0xD800..0xDC00).contains(&unit) && rest.starts_with("\\u") {
                    rest = &rest[2..];
                    let low = code_unit(&mut rest);
                    if !(0xDC00..0xE000).contains(&low) {
                        return None;
                    }
                    unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
                }
                // `None` for a surrogate that is left alone.
                char::from_u32(unit)?
            }
            itself => char::from(itself),
        });
    }
    plain.push_str(rest);
    Some(plain)
}

/// The four hexadecimal digits at the start of `rest`, which is moved behind them.
fn code_unit(rest: &mut &str) -> u32 {
    let (digits, behind) = rest.split_at(4);
    *rest = behind;
    u32::from_str_radix(digits, 16).expect("four hexadecimal digits were scanned before")
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
