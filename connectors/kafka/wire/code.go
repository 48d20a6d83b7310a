package wire

import "fmt"

// Code is an error code of the protocol; 0 is no error.
type Code int16

// The codes that clients act on.
const (
	None                    Code = 0
	OffsetOutOfRange        Code = 1
	CorruptMessage          Code = 2
	UnknownTopicOrPartition Code = 3
	LeaderNotAvailable      Code = 5
	NotLeader               Code = 6
	RequestTimedOut         Code = 7
	MessageTooLarge         Code = 10
	CoordinatorLoading      Code = 14
	CoordinatorNotAvailable Code = 15
	NotCoordinator          Code = 16
	NotEnoughReplicas       Code = 19
	NotEnoughReplicasAfter  Code = 20
	TopicAuthorization      Code = 29
	UnsupportedVersion      Code = 35
	OutOfOrderSequence      Code = 45
	DuplicateSequence       Code = 46
	InvalidProducerEpoch    Code = 47
	InvalidTxnState         Code = 48
	InvalidProducerMapping  Code = 49
	InvalidTxnTimeout       Code = 50
	ConcurrentTransactions  Code = 51
	KafkaStorage            Code = 56
	UnknownProducer         Code = 59
	GroupNotFound           Code = 69
	FencedLeaderEpoch       Code = 74
	UnknownLeaderEpoch      Code = 75
	OffsetNotAvailable      Code = 78
	UnstableOffsetCommit    Code = 88
	ProducerFenced          Code = 90
	TransactionalIDNotFound Code = 105
	TransactionAbortable    Code = 120
)

// Action is what a client does about an error.
type Action uint8

// The actions.
const (
	Fail    Action = iota // it does not get better
	Wait                  // send the same again after a while
	Refresh               // ask for metadata (or the coordinator) again, then send the same
	Reset                 // the offset is not there
	Resolve               // a transaction's or producer's state is not what it was thought to be
)

// Action tells what to do about the error.
func (c Code) Action() Action {
	switch c {
	case UnknownTopicOrPartition, LeaderNotAvailable, NotLeader, FencedLeaderEpoch, UnknownLeaderEpoch, CoordinatorNotAvailable, NotCoordinator:
		return Refresh
	case RequestTimedOut, CoordinatorLoading, NotEnoughReplicas, NotEnoughReplicasAfter, ConcurrentTransactions, KafkaStorage, OffsetNotAvailable,
		UnstableOffsetCommit, CorruptMessage:
		return Wait
	case OffsetOutOfRange:
		return Reset
	case InvalidProducerEpoch, InvalidTxnState, InvalidProducerMapping, ProducerFenced, OutOfOrderSequence, UnknownProducer, TransactionAbortable:
		return Resolve
	default:
		return Fail
	}
}

// Retryable tells whether sending the same again may help.
func (c Code) Retryable() bool {
	a := c.Action()
	return a == Wait || a == Refresh
}

// Error is the name that Kafka gives the code, and the number.
func (c Code) Error() string { return fmt.Sprintf("%s (%d)", c.Name(), int16(c)) }

// Err is nil for None.
func (c Code) Err() error {
	if c == None {
		return nil
	}
	return c
}

// Name is the name that Kafka gives the code.
func (c Code) Name() string {
	for _, n := range codeNames() {
		if n.code == c {
			return n.name
		}
	}
	return "UNKNOWN_ERROR"
}

type codeName struct {
	code Code
	name string
}

func codeNames() []codeName {
	return []codeName{
		{-1, "UNKNOWN_SERVER_ERROR"},
		{None, "NONE"},
		{OffsetOutOfRange, "OFFSET_OUT_OF_RANGE"},
		{CorruptMessage, "CORRUPT_MESSAGE"},
		{UnknownTopicOrPartition, "UNKNOWN_TOPIC_OR_PARTITION"},
		{4, "INVALID_FETCH_SIZE"},
		{LeaderNotAvailable, "LEADER_NOT_AVAILABLE"},
		{NotLeader, "NOT_LEADER_OR_FOLLOWER"},
		{RequestTimedOut, "REQUEST_TIMED_OUT"},
		{8, "BROKER_NOT_AVAILABLE"},
		{9, "REPLICA_NOT_AVAILABLE"},
		{MessageTooLarge, "MESSAGE_TOO_LARGE"},
		{12, "OFFSET_METADATA_TOO_LARGE"},
		{13, "NETWORK_EXCEPTION"},
		{CoordinatorLoading, "COORDINATOR_LOAD_IN_PROGRESS"},
		{CoordinatorNotAvailable, "COORDINATOR_NOT_AVAILABLE"},
		{NotCoordinator, "NOT_COORDINATOR"},
		{17, "INVALID_TOPIC_EXCEPTION"},
		{18, "RECORD_LIST_TOO_LARGE"},
		{NotEnoughReplicas, "NOT_ENOUGH_REPLICAS"},
		{NotEnoughReplicasAfter, "NOT_ENOUGH_REPLICAS_AFTER_APPEND"},
		{21, "INVALID_REQUIRED_ACKS"},
		{22, "ILLEGAL_GENERATION"},
		{24, "INVALID_GROUP_ID"},
		{25, "UNKNOWN_MEMBER_ID"},
		{27, "REBALANCE_IN_PROGRESS"},
		{TopicAuthorization, "TOPIC_AUTHORIZATION_FAILED"},
		{30, "GROUP_AUTHORIZATION_FAILED"},
		{31, "CLUSTER_AUTHORIZATION_FAILED"},
		{32, "INVALID_TIMESTAMP"},
		{33, "UNSUPPORTED_SASL_MECHANISM"},
		{34, "ILLEGAL_SASL_STATE"},
		{UnsupportedVersion, "UNSUPPORTED_VERSION"},
		{42, "INVALID_REQUEST"},
		{43, "UNSUPPORTED_FOR_MESSAGE_FORMAT"},
		{44, "POLICY_VIOLATION"},
		{OutOfOrderSequence, "OUT_OF_ORDER_SEQUENCE_NUMBER"},
		{DuplicateSequence, "DUPLICATE_SEQUENCE_NUMBER"},
		{InvalidProducerEpoch, "INVALID_PRODUCER_EPOCH"},
		{InvalidTxnState, "INVALID_TXN_STATE"},
		{InvalidProducerMapping, "INVALID_PRODUCER_ID_MAPPING"},
		{InvalidTxnTimeout, "INVALID_TRANSACTION_TIMEOUT"},
		{ConcurrentTransactions, "CONCURRENT_TRANSACTIONS"},
		{52, "TRANSACTION_COORDINATOR_FENCED"},
		{53, "TRANSACTIONAL_ID_AUTHORIZATION_FAILED"},
		{54, "SECURITY_DISABLED"},
		{55, "OPERATION_NOT_ATTEMPTED"},
		{KafkaStorage, "KAFKA_STORAGE_ERROR"},
		{58, "SASL_AUTHENTICATION_FAILED"},
		{UnknownProducer, "UNKNOWN_PRODUCER_ID"},
		{GroupNotFound, "GROUP_ID_NOT_FOUND"},
		{70, "FETCH_SESSION_ID_NOT_FOUND"},
		{71, "INVALID_FETCH_SESSION_EPOCH"},
		{FencedLeaderEpoch, "FENCED_LEADER_EPOCH"},
		{UnknownLeaderEpoch, "UNKNOWN_LEADER_EPOCH"},
		{76, "UNSUPPORTED_COMPRESSION_TYPE"},
		{OffsetNotAvailable, "OFFSET_NOT_AVAILABLE"},
		{84, "ELIGIBLE_LEADERS_NOT_AVAILABLE"},
		{87, "INVALID_RECORD"},
		{UnstableOffsetCommit, "UNSTABLE_OFFSET_COMMIT"},
		{89, "THROTTLING_QUOTA_EXCEEDED"},
		{ProducerFenced, "PRODUCER_FENCED"},
		{100, "UNKNOWN_TOPIC_ID"},
		{103, "INCONSISTENT_TOPIC_ID"},
		{TransactionalIDNotFound, "TRANSACTIONAL_ID_NOT_FOUND"},
		{TransactionAbortable, "TRANSACTION_ABORTABLE"},
	}
}
