//! The group member of a worker.
//!
//! **Rebalances are answered late, on purpose.** librdkafka's event interface lets the application call assign and unassign whenever it is
//! ready. So the callback, which runs inside `poll` and has no access to the worker's tasks and producer, only notes what the group wants;
//! the worker takes the note, commits what it revokes (librdkafka#3258), and then answers. That is the moment between `pre_rebalance` and
//! `post_rebalance` of rust-rdkafka, with three differences: the worker's state needs no locks, the answer's error codes are seen
//! (librdkafka#4059, rust-rdkafka#363, #364), and a restore can never run inside the callback (kafka-flow#849, #851).

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, ConsumerGroupMetadata, RebalanceProtocol};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka_sys as sys;
use rdkafka_sys::types::RDKafkaRespErr;

use super::config::Connection;
use super::context::{self, Outages};
use super::queue::{PartitionQueue, Waker};

/// A topic by its index among the inputs, and a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub input: usize,
    pub partition: i32,
}

/// What the member's main queue had to say.
#[derive(Debug)]
pub enum MemberEvent {
    /// The group gives us these; answer with [`GroupMember::accept`].
    Assign(Vec<Place>),
    /// The group wants these back; commit, then answer with [`GroupMember::give_up`].
    /// `lost`: they are somebody else's already, so nothing may be committed.
    Revoke { places: Vec<Place>, lost: bool },
    /// This member is of no more use: a new one is needed (librdkafka#3437).
    Fatal(RDKafkaErrorCode),
    /// Trying again cannot help.
    Refused(RDKafkaErrorCode),
    /// A record came by the main queue, past the partition queues. It would be lost: the partitions have to be rebuilt.
    Stray,
}

pub struct MemberContext {
    inputs: Vec<String>,
    pending: Mutex<VecDeque<MemberEvent>>,
    /// Nobody answers any more: the callback answers itself, else closing would wait for ever.
    closing: AtomicBool,
    /// A record came by the main queue, and moved librdkafka's position past itself.
    strayed: AtomicBool,
    outages: Arc<Outages>,
}

impl MemberContext {
    fn places(&self, list: &TopicPartitionList) -> Vec<Place> {
        let mut places: Vec<Place> = list
            .elements()
            .iter()
            .filter_map(|element| {
                let input = self.inputs.iter().position(|topic| topic == element.topic())?;
                Some(Place { input, partition: element.partition() })
            })
            .collect();
        places.sort_unstable();
        places
    }

    fn push(&self, event: MemberEvent) {
        self.pending.lock().expect("no panic while held").push_back(event);
    }
}

impl ClientContext for MemberContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        context::report_log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.outages.note(&error);
        context::report_error("member", &error, reason);
    }
}

impl ConsumerContext for MemberContext {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, error: RDKafkaRespErr, list: &mut TopicPartitionList) {
        let assigns = error == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
        if self.closing.load(Ordering::Acquire) {
            let answered = match consumer.rebalance_protocol() {
                RebalanceProtocol::Cooperative if assigns => consumer.incremental_assign(list),
                RebalanceProtocol::Cooperative => consumer.incremental_unassign(list),
                _ => consumer.unassign(),
            };
            if let Err(error) = answered {
                tracing::debug!(%error, "the last rebalance before closing was not answered");
            }
            return;
        }
        let places = self.places(list);
        self.push(if assigns { MemberEvent::Assign(places) } else { MemberEvent::Revoke { places, lost: consumer.assignment_lost() } });
    }
}

/// How long an assignment waits to learn where its partitions end.
const WATERMARKS_WITHIN: Duration = Duration::from_secs(10);

pub struct GroupMember {
    consumer: Arc<BaseConsumer<MemberContext>>,
    main_queue: MainQueue,
    inputs: Vec<String>,
    waker: Arc<Waker>,
}

impl GroupMember {
    /// Makes the client and asks for membership; the group's answer comes by [`GroupMember::poll`].
    pub fn join(connection: &Connection, worker: usize, waker: &Arc<Waker>, outages: &Arc<Outages>) -> KafkaResult<Self> {
        let inputs = connection.topics.inputs.clone();
        let context = MemberContext {
            inputs: inputs.clone(),
            pending: Mutex::default(),
            closing: AtomicBool::new(false),
            strayed: AtomicBool::new(false),
            outages: outages.clone(),
        };
        let mut consumer: BaseConsumer<MemberContext> = connection.member(worker).create_with_context(context)?;
        let wake = waker.clone();
        consumer.set_nonempty_callback(move || wake.wake());
        let consumer = Arc::new(consumer);
        let main_queue = MainQueue::of(&consumer);
        let names: Vec<&str> = inputs.iter().map(String::as_str).collect();
        consumer.subscribe(&names)?;
        Ok(Self { consumer, main_queue, inputs, waker: waker.clone() })
    }

    /// Serves the main queue until it is empty; never waits. To be called often: it is what tells the group that this member is alive
    /// (`max.poll.interval.ms`, rust-rdkafka#433).
    pub fn poll(&self) {
        // Bounded, so that a flood of log lines cannot hold the worker.
        for _ in 0..100 {
            match self.consumer.poll(Duration::ZERO) {
                None => {}
                Some(Ok(_record)) => {
                    self.consumer.context().strayed.store(true, Ordering::Relaxed);
                    self.consumer.context().push(MemberEvent::Stray);
                }
                Some(Err(error)) => self.note(error),
            }
            if self.main_queue.is_empty() {
                return;
            }
        }
        // More is there, and an enqueue onto a queue that is not empty wakes nobody.
        self.waker.wake();
    }

    fn note(&self, error: KafkaError) {
        match error {
            KafkaError::PartitionEOF(_) => {}
            KafkaError::MessageConsumptionFatal(code) => self.consumer.context().push(MemberEvent::Fatal(code)),
            KafkaError::MessageConsumption(
                code @ (RDKafkaErrorCode::GroupAuthorizationFailed
                | RDKafkaErrorCode::TopicAuthorizationFailed
                | RDKafkaErrorCode::InconsistentGroupProtocol
                | RDKafkaErrorCode::UnsupportedVersion),
            ) => self.consumer.context().push(MemberEvent::Refused(code)),
            // Informational, AllBrokersDown and BrokerTransportFailure above all: go on polling.
            error => {
                self.consumer.context().outages.note(&error);
                tracing::debug!(%error, "the group member met an error and goes on");
            }
        }
    }

    /// What came since, in order.
    pub fn next_event(&self) -> Option<MemberEvent> {
        self.consumer.context().pending.lock().expect("no panic while held").pop_front()
    }

    /// Another member has our `group.instance.id`: the event waits to be handled.
    pub fn is_fenced(&self) -> bool {
        let pending = self.consumer.context().pending.lock().expect("no panic while held");
        pending.iter().any(|event| matches!(event, MemberEvent::Fatal(RDKafkaErrorCode::FencedInstanceId)))
    }

    /// The partition's own queue. To be called before [`GroupMember::accept`].
    pub fn split(&self, place: Place) -> Option<PartitionQueue<MemberContext>> {
        PartitionQueue::split(&self.consumer, &self.inputs[place.input], place.partition, &self.waker)
    }

    /// Answers an assignment. The partitions are paused and at no offset of consequence, until [`GroupMember::start`].
    pub fn accept(&self, places: &[Place]) -> KafkaResult<()> {
        // At an offset that is there, as a number. The group's would be asked for, and where none is committed that is an error of the
        // partition (auto.offset.reset=error) which no seek brings back from. `End` would be asked for too: where the answer comes after
        // the seek, librdkafka 2.12.1 asks again and jumps to the end, past everything not yet read.
        let mut list = TopicPartitionList::new();
        for place in places {
            let topic = &self.inputs[place.input];
            let (_, high_watermark) = self.consumer.fetch_watermarks(topic, place.partition, WATERMARKS_WITHIN)?;
            list.add_partition_offset(topic, place.partition, Offset::Offset(high_watermark))?;
        }
        match self.consumer.rebalance_protocol() {
            RebalanceProtocol::Cooperative => self.consumer.incremental_assign(&list)?,
            _ => self.consumer.assign(&list)?,
        }
        if !places.is_empty() {
            self.pause(places)?;
        }
        Ok(())
    }

    /// Answers a revocation. The partitions' queues must have been dropped.
    pub fn give_up(&self, places: &[Place]) -> KafkaResult<()> {
        match self.consumer.rebalance_protocol() {
            RebalanceProtocol::Cooperative => self.consumer.incremental_unassign(&self.list(places, Offset::Invalid)?),
            _ => self.consumer.unassign(),
        }
    }

    /// Whether what librdkafka holds assigned is exactly this, in order. Both sides are told if not.
    pub fn verify(&self, expected: &[Place]) -> Result<(), String> {
        let list = self.consumer.assignment().map_err(|error| format!("cannot ask for the assignment: {error}"))?;
        let assigned = self.consumer.context().places(&list);
        if assigned == expected {
            return Ok(());
        }
        Err(format!("librdkafka holds {assigned:?} assigned, the worker expected {expected:?} (inputs {:?})", self.inputs))
    }

    pub fn assignment_lost(&self) -> bool {
        self.consumer.assignment_lost()
    }

    pub fn pause(&self, places: &[Place]) -> KafkaResult<()> {
        self.consumer.pause(&self.list(places, Offset::Invalid)?)
    }

    /// From here on. Refused with "Erroneous state" for a moment after an assignment, while librdkafka still asks for the end: retry.
    pub fn seek(&self, place: Place, offset: Offset) -> KafkaResult<()> {
        self.consumer.seek(&self.inputs[place.input], place.partition, offset, Duration::from_secs(1))
    }

    pub fn start(&self, places: &[Place]) -> KafkaResult<()> {
        self.consumer.resume(&self.list(places, Offset::Invalid)?)
    }

    /// Where librdkafka stands: behind the last record handed out and the control records after it. Costs no request; `None` after a seek,
    /// before anything was read.
    pub fn position(&self, place: Place) -> Option<i64> {
        if self.consumer.context().strayed.load(Ordering::Relaxed) {
            return None;
        }
        let list = self.list(&[place], Offset::Invalid).ok()?;
        // SAFETY: a live client and a live list of one partition, whose offset is written.
        let error = unsafe { sys::rd_kafka_position(self.consumer.client().native_ptr(), list.ptr()) };
        if error != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
            return None;
        }
        match list.elements().first()?.offset() {
            Offset::Offset(offset) => Some(offset),
            _ => None,
        }
    }

    /// The end of the partition as of the last fetch. Costs no request.
    pub fn known_end(&self, place: Place) -> Option<i64> {
        let topic = std::ffi::CString::new(self.inputs[place.input].as_str()).ok()?;
        let (mut low, mut high) = (-1, -1);
        // SAFETY: a live client, a NUL-terminated name and two places to write to.
        let error = unsafe {
            sys::rd_kafka_get_watermark_offsets(self.consumer.client().native_ptr(), topic.as_ptr(), place.partition, &mut low, &mut high)
        };
        (error == RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0).then_some(high)
    }

    /// To be fetched afresh for each commit: a stale one names an old generation (atleon#595).
    pub fn group_metadata(&self) -> Option<ConsumerGroupMetadata> {
        self.consumer.group_metadata()
    }

    /// The group's generation as this member last heard of it; negative while it is in none. A question to librdkafka's thread, not to a
    /// broker.
    pub fn generation(&self) -> i32 {
        // SAFETY: a live client that is a consumer; what it returns is ours to destroy, and is destroyed once.
        unsafe {
            let metadata = sys::rd_kafka_consumer_group_metadata(self.consumer.client().native_ptr());
            if metadata.is_null() {
                return -1;
            }
            let generation = sys::rd_kafka_consumer_group_metadata_generation_id(metadata);
            sys::rd_kafka_consumer_group_metadata_destroy(metadata);
            generation
        }
    }

    /// The name that the group gave this member; `None` before it has one.
    pub fn id(&self) -> Option<String> {
        // SAFETY: a live client that is a consumer; the text is NUL-terminated, ours to free, and freed once.
        unsafe {
            let client = self.consumer.client().native_ptr();
            let id = sys::rd_kafka_memberid(client);
            if id.is_null() {
                return None;
            }
            let owned = std::ffi::CStr::from_ptr(id).to_string_lossy().into_owned();
            sys::rd_kafka_mem_free(client, id.cast());
            Some(owned)
        }
    }

    /// Leaves within `timeout`; false: librdkafka hangs (rust-rdkafka#509, #517; librdkafka#4041, #4884), and the client is left behind.
    /// A static member does not tell the group, so that it has its partitions back when it returns.
    pub fn leave(self, timeout: Duration) -> bool {
        self.consumer.context().closing.store(true, Ordering::Release);
        // Rebalances noted and not answered: closing waits for the answer.
        while let Some(event) = self.next_event() {
            let answered = match event {
                MemberEvent::Assign(places) => self.accept(&places),
                MemberEvent::Revoke { places, .. } => self.give_up(&places),
                _ => Ok(()),
            };
            if let Err(error) = answered {
                tracing::debug!(%error, "a rebalance was not answered before closing");
            }
        }
        let (closed, done) = mpsc::channel();
        let spawned = std::thread::Builder::new().name("kafka-leave".into()).spawn(move || {
            drop(self);
            let _ = closed.send(());
        });
        spawned.is_ok() && done.recv_timeout(timeout).is_ok()
    }

    pub fn list(&self, places: &[Place], offset: Offset) -> KafkaResult<TopicPartitionList> {
        let mut list = TopicPartitionList::with_capacity(places.len());
        for place in places {
            list.add_partition_offset(&self.inputs[place.input], place.partition, offset)?;
        }
        Ok(list)
    }
}

/// The member's main queue, only to ask whether something is in it: `poll` returns the same for "nothing" and "an event was served".
struct MainQueue {
    native: *mut sys::rd_kafka_queue_t,
    _consumer: Arc<BaseConsumer<MemberContext>>,
}

// SAFETY: librdkafka's queues may be used from any thread.
unsafe impl Send for MainQueue {}

impl MainQueue {
    fn of(consumer: &Arc<BaseConsumer<MemberContext>>) -> Self {
        // SAFETY: a live client that is a consumer; the handle is ours to destroy.
        let native = unsafe { sys::rd_kafka_queue_get_consumer(consumer.client().native_ptr()) };
        Self { native, _consumer: consumer.clone() }
    }

    fn is_empty(&self) -> bool {
        // SAFETY: a live queue, see drop.
        self.native.is_null() || unsafe { sys::rd_kafka_queue_length(self.native) == 0 }
    }
}

impl Drop for MainQueue {
    fn drop(&mut self) {
        if !self.native.is_null() {
            // SAFETY: ours, destroyed once, before the client.
            unsafe { sys::rd_kafka_queue_destroy(self.native) }
        }
    }
}
