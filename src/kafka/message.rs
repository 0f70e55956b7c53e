//! A consumed record: a view into librdkafka's own memory, nothing copied.

use std::ffi::CStr;
use std::ptr::NonNull;
use std::{ptr, slice};

use rdkafka::error::RDKafkaErrorCode;
use rdkafka_sys as sys;

use crate::input::Header;
use crate::partition::{Headers, Record};

/// One record, or one event of the partition such as its end. Owned: destroyed on drop.
pub struct Message {
    native: NonNull<sys::rd_kafka_message_t>,
}

impl Message {
    /// # Safety
    /// `native` comes from a consume call and is destroyed by nobody else; the client outlives the message.
    pub(super) unsafe fn from_native(native: NonNull<sys::rd_kafka_message_t>) -> Self {
        Self { native }
    }

    fn raw(&self) -> &sys::rd_kafka_message_t {
        // SAFETY: valid until dropped, by the contract of `from_native`; librdkafka does not change it meanwhile.
        unsafe { self.native.as_ref() }
    }

    /// `None`: a record. Otherwise an event: `PartitionEOF` carries the end in [`Message::offset`].
    pub fn error(&self) -> Option<RDKafkaErrorCode> {
        let error = self.raw().err;
        (error != sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR).then(|| error.into())
    }

    /// Whether the error stands in the place of records that cannot be read, now or later. librdkafka goes on behind them.
    pub fn is_unreadable(&self) -> bool {
        matches!(
            self.error(),
            Some(
                RDKafkaErrorCode::BadMessage
                    | RDKafkaErrorCode::BadCompression
                    | RDKafkaErrorCode::InvalidMessage
                    | RDKafkaErrorCode::InvalidMessageSize
                    | RDKafkaErrorCode::MessageSizeTooLarge
                    | RDKafkaErrorCode::NotImplemented
                    | RDKafkaErrorCode::TopicAuthorizationFailed
                    | RDKafkaErrorCode::UnknownTopic
                    | RDKafkaErrorCode::UnknownPartition
            )
        )
    }

    /// What librdkafka says about the error.
    pub fn error_text(&self) -> String {
        // SAFETY: of a message with an error, the result points to a NUL-terminated text that lives as long as the message, or is null.
        unsafe {
            let text = sys::rd_kafka_message_errstr(self.native.as_ptr());
            if text.is_null() { String::new() } else { CStr::from_ptr(text).to_string_lossy().into_owned() }
        }
    }

    pub fn offset(&self) -> i64 {
        self.raw().offset
    }

    /// Milliseconds since 1970; -1 where the record has none.
    pub fn timestamp_ms(&self) -> i64 {
        // SAFETY: a valid message; the second argument may be null.
        unsafe { sys::rd_kafka_message_timestamp(self.native.as_ptr(), ptr::null_mut()) }
    }

    pub fn key(&self) -> Option<&[u8]> {
        let raw = self.raw();
        // SAFETY: librdkafka gives pointer and length of its own buffer, which lives as long as the message.
        unsafe { bytes(raw.key, raw.key_len) }
    }

    pub fn value(&self) -> Option<&[u8]> {
        let raw = self.raw();
        // SAFETY: as for the key.
        unsafe { bytes(raw.payload, raw.len) }
    }

    /// The record as the task sees it.
    pub fn record(&self) -> Record<'_> {
        Record { offset: self.offset(), timestamp_ms: self.timestamp_ms(), key: self.key(), value: self.value(), headers: self }
    }
}

impl Headers for Message {
    /// A header without value has an empty one; a header whose name is not UTF-8 is left out.
    fn headers(&self) -> Vec<Header<'_>> {
        let mut headers = ptr::null_mut();
        // SAFETY: a valid message; on success `headers` is owned by the message.
        let error = unsafe { sys::rd_kafka_message_headers(self.native.as_ptr(), &mut headers) };
        if error != sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
            return Vec::new();
        }
        let mut all = Vec::new();
        for index in 0.. {
            let (mut name, mut value, mut length) = (ptr::null(), ptr::null(), 0);
            // SAFETY: valid headers; beyond the last index the call answers with an error and touches nothing.
            let error = unsafe { sys::rd_kafka_header_get_all(headers, index, &mut name, &mut value, &mut length) };
            if error != sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
                break;
            }
            // SAFETY: name is NUL-terminated, value has `length` bytes or is null; both live as long as the message.
            let (name, value) = unsafe { (CStr::from_ptr(name).to_str(), bytes(value, length)) };
            if let Ok(name) = name {
                all.push((name, value.unwrap_or_default()));
            }
        }
        all
    }
}

impl Drop for Message {
    fn drop(&mut self) {
        // SAFETY: owned, destroyed once.
        unsafe { sys::rd_kafka_message_destroy(self.native.as_ptr()) }
    }
}

/// # Safety
/// `start` is null or points to `length` bytes that live for `'a`.
unsafe fn bytes<'a>(start: *const std::ffi::c_void, length: usize) -> Option<&'a [u8]> {
    // SAFETY: the caller's promise.
    (!start.is_null()).then(|| unsafe { slice::from_raw_parts(start.cast(), length) })
}
