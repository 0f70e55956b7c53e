//! Keys of the changelog.

/// What a record is about. Account and product are text once they are known ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key<'a> {
    Partition,
    Source,
    Days { block: u32 },
    Verdict { account: &'a [u8] },
    Small { account: &'a [u8] },
    AsOf { account: &'a [u8] },
    Core { account: &'a [u8] },
    Product { account: &'a [u8], product: &'a [u8] },
    UserPage { account: &'a [u8], page: u32 },
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
            Self::Source => {
                buffer.push(b't');
                return;
            }
            Self::Days { block } => {
                buffer.push(b'd');
                buffer.extend(block.to_be_bytes());
                return;
            }
            Self::Verdict { account } => (b'v', account),
            Self::Small { account } => (b's', account),
            Self::AsOf { account } => (b'a', account),
            Self::Core { account } => (b'c', account),
            Self::Product { account, .. } => (b'f', account),
            Self::UserPage { account, .. } => (b'u', account),
        };
        buffer.push(letter);
        // The decoder bounds ids to 256 bytes.
        buffer.extend((account.len() as u16).to_be_bytes());
        buffer.extend_from_slice(account);
        match self {
            Self::Product { product, .. } => buffer.extend_from_slice(product),
            Self::UserPage { page, .. } => buffer.extend(page.to_be_bytes()),
            _ => {}
        }
    }

    /// What a record with it is, in messages.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Partition => "partition",
            Self::Source => "source",
            Self::Days { .. } => "days",
            Self::Verdict { .. } => "verdict",
            Self::Small { .. } => "small account's",
            Self::AsOf { .. } => "as-of",
            Self::Core { .. } => "core",
            Self::Product { .. } => "product",
            Self::UserPage { .. } => "user page",
        }
    }

    /// Whom it is about; `None`: the partition, where it comes from, or many.
    pub fn account(&self) -> Option<&'a [u8]> {
        match *self {
            Self::Partition | Self::Source | Self::Days { .. } => None,
            Self::Verdict { account }
            | Self::Small { account }
            | Self::AsOf { account }
            | Self::Core { account }
            | Self::Product { account, .. }
            | Self::UserPage { account, .. } => Some(account),
        }
    }

    /// `None` where the bytes are no key of this changelog.
    pub fn decode(bytes: &'a [u8]) -> Option<Self> {
        let (&letter, rest) = bytes.split_first()?;
        match letter {
            b'p' => return rest.is_empty().then_some(Self::Partition),
            b't' => return rest.is_empty().then_some(Self::Source),
            b'd' => return Some(Self::Days { block: u32::from_be_bytes(rest.try_into().ok()?) }),
            _ => {}
        }
        let (len, rest) = rest.split_first_chunk::<2>()?;
        let (account, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*len)))?;
        match letter {
            b'v' if rest.is_empty() => Some(Self::Verdict { account }),
            b's' if rest.is_empty() => Some(Self::Small { account }),
            b'a' if rest.is_empty() => Some(Self::AsOf { account }),
            b'c' if rest.is_empty() => Some(Self::Core { account }),
            b'f' => Some(Self::Product { account, product: rest }),
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
            Key::Source,
            Key::Days { block: 258 },
            Key::Verdict { account: b"acme" },
            Key::Small { account: b"tiny" },
            Key::AsOf { account: b"a\0b" },
            Key::Core { account: "ü".as_bytes() },
            Key::Product { account: b"acme", product: b"crm\0x" },
            Key::UserPage { account: b"acme", page: 7 },
        ] {
            let mut bytes = Vec::new();
            key.encode(&mut bytes);
            assert_eq!(Key::decode(&bytes), Some(key));
        }
        for bytes in [&b""[..], b"x", b"v", b"v\0\x05abc", b"u\0\x01a\0\0\0", b"pp", b"tt", b"d\0\0\x01", b"v\0\x01ab"] {
            assert_eq!(Key::decode(bytes), None, "{bytes:?}");
        }
    }
}
