//! Keys of the changelog.

/// What a record is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key<'a> {
    Partition,
    Verdict { account: &'a str },
    AsOf { account: &'a str },
    Core { account: &'a str },
    Product { account: &'a str, product: &'a str },
    UserPage { account: &'a str, page: u32 },
}

impl<'a> Key<'a> {
    /// Writes the key's bytes in place of what the buffer held.
    pub fn encode(&self, buffer: &mut Vec<u8>) {
        buffer.clear();
        let (letter, account) = match self {
            Self::Partition => {
                buffer.push(b'p');
                return;
            }
            Self::Verdict { account } => (b'v', account),
            Self::AsOf { account } => (b'a', account),
            Self::Core { account } => (b'c', account),
            Self::Product { account, .. } => (b'f', account),
            Self::UserPage { account, .. } => (b'u', account),
        };
        buffer.push(letter);
        // The decoder bounds ids to 256 bytes.
        buffer.extend((account.len() as u16).to_be_bytes());
        buffer.extend(account.as_bytes());
        match self {
            Self::Product { product, .. } => buffer.extend(product.as_bytes()),
            Self::UserPage { page, .. } => buffer.extend(page.to_be_bytes()),
            _ => {}
        }
    }

    /// `None` where the bytes are no key of this changelog.
    pub fn decode(bytes: &'a [u8]) -> Option<Self> {
        let (&letter, rest) = bytes.split_first()?;
        if letter == b'p' {
            return rest.is_empty().then_some(Self::Partition);
        }
        let (len, rest) = rest.split_first_chunk::<2>()?;
        let (account, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*len)))?;
        let account = std::str::from_utf8(account).ok()?;
        match letter {
            b'v' if rest.is_empty() => Some(Self::Verdict { account }),
            b'a' if rest.is_empty() => Some(Self::AsOf { account }),
            b'c' if rest.is_empty() => Some(Self::Core { account }),
            b'f' => Some(Self::Product { account, product: std::str::from_utf8(rest).ok()? }),
            b'u' => Some(Self::UserPage { account, page: u32::from_be_bytes(rest.try_into().ok()?) }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_back_whatever_the_ids_hold() {
        for key in [
            Key::Partition,
            Key::Verdict { account: "acme" },
            Key::AsOf { account: "a\0b" },
            Key::Core { account: "ü" },
            Key::Product { account: "acme", product: "crm\0x" },
            Key::UserPage { account: "acme", page: 7 },
        ] {
            let mut bytes = Vec::new();
            key.encode(&mut bytes);
            assert_eq!(Key::decode(&bytes), Some(key));
        }
        for bytes in [&b""[..], b"x", b"v", b"v\0\x05abc", b"u\0\x01a\0\0\0", b"pp", b"v\0\x01ab"] {
            assert_eq!(Key::decode(bytes), None, "{bytes:?}");
        }
    }
}
