//! From an error to what happens next: one function, [`verdict`].

use std::fmt;

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

/// What was being done when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Init,
    Begin,
    Produce,
    Flush,
    SendOffsets,
    Commit,
    Abort,
}

/// What happens next. After [`Verdict::Abort`] and [`Verdict::Rebuild`] the memory of the worker's partitions is ahead of what was committed
/// and is thrown away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Call again: nothing is decided yet.
    Retry,
    /// Abort the transaction, and send the same records in the next one: only the moment was wrong.
    Resend,
    /// Abort the transaction; the producer is still good.
    Abort,
    /// The producer is of no more use, or the outcome is unknown: a new one, whose `init_transactions` settles what the old one left.
    Rebuild,
    /// Trying again cannot help: the process ends with this error.
    Exit,
}

/// The facts of an error that the verdict depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    pub code: RDKafkaErrorCode,
    pub fatal: bool,
    pub retriable: bool,
    pub requires_abort: bool,
}

impl Fault {
    pub fn of(error: &KafkaError) -> Self {
        match error {
            KafkaError::Transaction(error) => Self {
                code: error.code(),
                fatal: error.is_fatal(),
                retriable: error.is_retriable(),
                requires_abort: error.txn_requires_abort(),
            },
            other => Self {
                code: other.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Fail),
                fatal: false,
                retriable: false,
                requires_abort: false,
            },
        }
    }

    /// Somebody took the transactional id over, or the broker timed the transaction out: the code does not tell which.
    pub fn is_fence(&self) -> bool {
        matches!(self.code, RDKafkaErrorCode::Fenced | RDKafkaErrorCode::ProducerFenced | RDKafkaErrorCode::InvalidProducerEpoch)
    }
}

/// The one place that decides what an error means.
pub fn verdict(step: Step, fault: Fault) -> Verdict {
    use RDKafkaErrorCode as Code;
    match fault.code {
        // A person has to change something: permissions, a limit, a missing topic, an old broker.
        Code::TopicAuthorizationFailed
        | Code::GroupAuthorizationFailed
        | Code::ClusterAuthorizationFailed
        | Code::TransactionalIdAuthorizationFailed
        | Code::Authentication
        | Code::SaslAuthenticationFailed
        | Code::UnsupportedVersion
        | Code::UnsupportedFeature
        | Code::InvalidTransactionTimeout
        | Code::MessageSizeTooLarge
        | Code::UnknownTopic
        | Code::UnknownPartition => return Verdict::Exit,
        _ => {}
    }
    match step {
        // The transactional calls' own documentation: a retriable `init_transactions` is called again and goes on waiting.
        Step::Init if fault.retriable && !fault.fatal => Verdict::Retry,
        Step::Init | Step::Begin => Verdict::Rebuild,
        Step::Produce => match fault.code {
            Code::QueueFull => Verdict::Retry,
            Code::Fatal => Verdict::Rebuild,
            _ if fault.is_fence() => Verdict::Rebuild,
            // `_STATE`: the transaction has failed already, in the background.
            _ => Verdict::Abort,
        },
        Step::Flush if fault.fatal || fault.is_fence() || fault.code == Code::Fatal => Verdict::Rebuild,
        Step::Flush => Verdict::Abort,
        Step::SendOffsets if fault.fatal => Verdict::Rebuild,
        Step::SendOffsets => match fault.code {
            // A rebalance is under way: the group knows this member, which has not heard of the new generation yet, or has heard of it before
            // its assignment was made (atleon#595). All records are flushed by now.
            Code::IllegalGeneration | Code::StaleMemberEpoch | Code::RebalanceInProgress => Verdict::Resend,
            _ if fault.requires_abort => Verdict::Abort,
            _ if fault.retriable => Verdict::Retry,
            // The group does not know this member, so others may have its partitions; or the broker is only just loading the group.
            Code::UnknownMemberId | Code::FencedInstanceId | Code::CoordinatorLoadInProgress => Verdict::Abort,
            // No flag at all means fatal (librdkafka#2752).
            _ => Verdict::Rebuild,
        },
        // librdkafka speaks EndTxn v1 only, and an outcome that is not known can tear the next transaction (librdkafka#5423): whatever
        // commit answers but success, the producer goes.
        Step::Commit => Verdict::Rebuild,
        Step::Abort if fault.retriable && !fault.fatal => Verdict::Retry,
        Step::Abort => Verdict::Rebuild,
    }
}

/// A failed step of a transaction, with what happens next.
#[derive(Debug)]
pub struct Failure {
    pub step: Step,
    pub fault: Fault,
    pub verdict: Verdict,
    /// What was done with which topic, partition or id.
    pub context: String,
    pub error: KafkaError,
}

impl Failure {
    pub fn new(step: Step, error: KafkaError, context: impl Into<String>) -> Self {
        let fault = Fault::of(&error);
        Self { step, fault, verdict: verdict(step, fault), context: context.into(), error }
    }

    /// The client is dead, of this.
    pub fn caused_by(self, code: RDKafkaErrorCode, reason: &str) -> Self {
        let fault = Fault { code, fatal: true, retriable: false, requires_abort: false };
        let verdict = match verdict(self.step, fault) {
            Verdict::Exit => Verdict::Exit,
            Verdict::Retry | Verdict::Resend | Verdict::Abort | Verdict::Rebuild => Verdict::Rebuild,
        };
        Self { fault, verdict, context: format!("{} (the producer is dead: {reason})", self.context), ..self }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let next = match self.verdict {
            Verdict::Retry => "the same call again",
            Verdict::Resend => "abort, and the same records in the next transaction",
            Verdict::Abort => "abort, and rebuild the partitions from the changelog",
            Verdict::Rebuild => "a new producer, and rebuild the partitions from the changelog",
            Verdict::Exit => "the process ends",
        };
        write!(f, "{}: {} ({:?}); next: {next}", self.context, self.error, self.fault.code)
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;
    use RDKafkaErrorCode as Code;

    /// Flags as librdkafka sets them: `f`atal, `r`etriable, requires `a`bort.
    fn fault(code: Code, flags: &str) -> Fault {
        Fault { code, fatal: flags.contains('f'), retriable: flags.contains('r'), requires_abort: flags.contains('a') }
    }

    #[test]
    fn each_error_has_its_verdict() {
        let table = [
            // While the producer is being made: the broker may be away or loading; but a fenced one is of no use.
            (Step::Init, Code::OperationTimedOut, "r", Verdict::Retry),
            (Step::Init, Code::CoordinatorLoadInProgress, "r", Verdict::Retry),
            (Step::Init, Code::Fenced, "f", Verdict::Rebuild),
            (Step::Init, Code::TransactionalIdAuthorizationFailed, "f", Verdict::Exit),
            (Step::Init, Code::InvalidTransactionTimeout, "f", Verdict::Exit),
            (Step::Begin, Code::State, "", Verdict::Rebuild),
            // Producing.
            (Step::Produce, Code::QueueFull, "", Verdict::Retry),
            (Step::Produce, Code::State, "", Verdict::Abort),
            (Step::Produce, Code::Fatal, "", Verdict::Rebuild),
            (Step::Produce, Code::Fenced, "", Verdict::Rebuild),
            (Step::Produce, Code::MessageSizeTooLarge, "", Verdict::Exit),
            (Step::Produce, Code::UnknownTopic, "", Verdict::Exit),
            (Step::Flush, Code::MessageTimedOut, "", Verdict::Abort),
            (Step::Flush, Code::OperationTimedOut, "", Verdict::Abort),
            (Step::Flush, Code::InvalidProducerEpoch, "", Verdict::Rebuild),
            (Step::Flush, Code::TopicAuthorizationFailed, "", Verdict::Exit),
            // The offsets: in a rebalance the same is sent later, a member that was thrown out gives up, an undecided call is repeated.
            (Step::SendOffsets, Code::IllegalGeneration, "a", Verdict::Resend),
            (Step::SendOffsets, Code::RebalanceInProgress, "a", Verdict::Resend),
            (Step::SendOffsets, Code::StaleMemberEpoch, "", Verdict::Resend),
            (Step::SendOffsets, Code::IllegalGeneration, "f", Verdict::Rebuild),
            (Step::SendOffsets, Code::UnknownMemberId, "a", Verdict::Abort),
            (Step::SendOffsets, Code::UnknownMemberId, "", Verdict::Abort),
            (Step::SendOffsets, Code::FencedInstanceId, "a", Verdict::Abort),
            (Step::SendOffsets, Code::CoordinatorLoadInProgress, "", Verdict::Abort),
            (Step::SendOffsets, Code::CoordinatorLoadInProgress, "r", Verdict::Retry),
            (Step::SendOffsets, Code::OperationTimedOut, "r", Verdict::Retry),
            (Step::SendOffsets, Code::Fenced, "f", Verdict::Rebuild),
            (Step::SendOffsets, Code::Fail, "", Verdict::Rebuild),
            (Step::SendOffsets, Code::GroupAuthorizationFailed, "a", Verdict::Exit),
            // Commit: only success is success.
            (Step::Commit, Code::OperationTimedOut, "r", Verdict::Rebuild),
            (Step::Commit, Code::IllegalGeneration, "a", Verdict::Rebuild),
            (Step::Commit, Code::State, "", Verdict::Rebuild),
            (Step::Commit, Code::Fenced, "f", Verdict::Rebuild),
            (Step::Commit, Code::MessageTimedOut, "a", Verdict::Rebuild),
            // Abort.
            (Step::Abort, Code::OperationTimedOut, "r", Verdict::Retry),
            (Step::Abort, Code::InvalidTransactionalState, "f", Verdict::Rebuild),
            (Step::Abort, Code::Fenced, "f", Verdict::Rebuild),
            (Step::Abort, Code::Fail, "", Verdict::Rebuild),
        ];
        for (step, code, flags, expected) in table {
            assert_eq!(verdict(step, fault(code, flags)), expected, "{step:?} {code:?} flags `{flags}`");
        }
    }

    #[test]
    fn the_cause_of_a_dead_producer_decides_and_not_its_consequences() {
        let purged = Failure::new(Step::Flush, KafkaError::MessageProduction(Code::PurgeQueue), "delivering");
        assert_eq!(purged.verdict, Verdict::Abort);
        let fenced = purged.caused_by(Code::Fenced, "a newer instance");
        assert_eq!((fenced.verdict, fenced.fault.is_fence()), (Verdict::Rebuild, true));
        let refused = Failure::new(Step::Commit, KafkaError::Global(Code::Fail), "committing");
        assert_eq!(refused.caused_by(Code::TransactionalIdAuthorizationFailed, "no").verdict, Verdict::Exit);
    }

    #[test]
    fn a_failure_says_what_failed_and_what_is_next() {
        let failure = Failure::new(Step::Produce, KafkaError::MessageProduction(Code::QueueFull), "producing to adoption.alerts.v1");
        let text = failure.to_string();
        assert!(text.contains("adoption.alerts.v1") && text.contains("QueueFull") && text.contains("the same call again"), "{text}");
    }
}
