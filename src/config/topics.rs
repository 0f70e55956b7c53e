//! Names that Kafka takes.

/// The bytes that a Kafka topic name may have.
pub(super) const TOPIC_NAME_BYTES: usize = 249;

/// Whether `name` may name a Kafka topic; the same holds for a `group.instance.id`.
pub(super) fn is_legal_name(name: &str) -> bool {
    !matches!(name, "" | "." | "..")
        && name.len() <= TOPIC_NAME_BYTES
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legal_names() {
        for (name, legal) in [("a", true), ("A.b_c-9", true), ("", false), (".", false), ("..", false), ("a b", false), ("ä", false)] {
            assert_eq!(is_legal_name(name), legal, "{name:?}");
        }
        assert!(is_legal_name(&"a".repeat(TOPIC_NAME_BYTES)));
        assert!(!is_legal_name(&"a".repeat(TOPIC_NAME_BYTES + 1)));
    }
}
