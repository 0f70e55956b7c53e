//! Which topic stands behind a name: a topic that is deleted and created anew has another id, and offsets of the one say nothing of the other.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The id that the brokers gave a topic when it was created.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopicId(pub u128);

/// As Kafka's own tools print it: the URL-safe Base64 of its 16 bytes, without padding.
impl fmt::Display for TopicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        // 128 bits are 21 digits of six bits, and two bits that the last digit begins with.
        let digit = |index: u32| if index == 21 { self.0 << 4 } else { self.0 >> (122 - 6 * index) };
        (0..22).try_for_each(|index| write!(f, "{}", char::from(DIGITS[(digit(index) & 63) as usize])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `cluster.id` and topic ids are written alike: these are the bytes of `NjzflZx0RFinUkXYcAZfaw`.
    #[test]
    fn it_is_shown_as_kafka_shows_it() {
        assert_eq!(TopicId(0x363c_df95_9c74_4458_a752_45d8_7006_5f6b).to_string(), "NjzflZx0RFinUkXYcAZfaw");
        assert_eq!(TopicId(0).to_string(), "A".repeat(22));
        assert_eq!(TopicId(u128::MAX).to_string(), format!("{}w", "_".repeat(21)));
    }
}
