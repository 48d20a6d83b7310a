package wire

// Producer is the identity that a broker gave a producer.
type Producer struct {
	ID    int64
	Epoch int16
}

// NoProducer is the identity of none.
func NoProducer() Producer { return Producer{-1, -1} }

// InitProducerID asks for a producer's identity (version 4; with Modern version 5). With a transactional id it fences those before and
// aborts their open transaction.
type InitProducerID struct {
	Modern        bool
	TransactionID string // "": none
	TimeoutMillis int32
	Before        Producer // the identity to raise the epoch of, or NoProducer()

	// Answer.
	Code     Code
	Producer Producer
}

// API implements Message.
func (m *InitProducerID) API() API {
	if m.Modern {
		return API{keyInitProducerID, 5, true}
	}
	return API{keyInitProducerID, 4, true}
}

func (m *InitProducerID) write(w *writer) {
	w.optional(m.TransactionID)
	w.i32(m.TimeoutMillis)
	w.i64(m.Before.ID)
	w.i16(m.Before.Epoch)
	w.tags()
}

func (m *InitProducerID) read(r *reader) {
	r.i32() // throttle
	m.Code = r.code()
	m.Producer = Producer{r.i64(), r.i16()}
	r.tags()
}

// TopicPartitions is some partitions of a topic.
type TopicPartitions struct {
	Name       string
	Partitions []int32
}

// AddPartitionsToTxn adds partitions to a transaction of the old style (version 3).
type AddPartitionsToTxn struct {
	TransactionID string
	Producer      Producer
	Topics        []TopicPartitions

	Found []GroupTopic // answer: a code for each partition
}

// API implements Message.
func (*AddPartitionsToTxn) API() API { return API{keyAddPartitions, 3, true} }

func (m *AddPartitionsToTxn) write(w *writer) {
	w.text(m.TransactionID)
	w.i64(m.Producer.ID)
	w.i16(m.Producer.Epoch)
	w.count(len(m.Topics))
	for _, t := range m.Topics {
		w.text(t.Name)
		w.ints(t.Partitions)
		w.tags()
	}
	w.tags()
}

func (m *AddPartitionsToTxn) read(r *reader) {
	r.i32() // throttle
	m.Found = readCodes(r)
	r.tags()
}

// AddOffsetsToTxn adds a group's offsets to a transaction of the old style (version 3).
type AddOffsetsToTxn struct {
	TransactionID string
	Producer      Producer
	Group         string

	Code Code // answer
}

// API implements Message.
func (*AddOffsetsToTxn) API() API { return API{keyAddOffsets, 3, true} }

func (m *AddOffsetsToTxn) write(w *writer) {
	w.text(m.TransactionID)
	w.i64(m.Producer.ID)
	w.i16(m.Producer.Epoch)
	w.text(m.Group)
	w.tags()
}

func (m *AddOffsetsToTxn) read(r *reader) {
	r.i32() // throttle
	m.Code = r.code()
	r.tags()
}

// TxnOffsetCommit stores a group's offsets in a transaction (version 3, after AddOffsetsToTxn; with Modern version 5, alone).
type TxnOffsetCommit struct {
	Modern        bool
	TransactionID string
	Group         string
	Producer      Producer
	Topics        []GroupTopic

	Found []GroupTopic // answer: a code for each partition
}

// API implements Message.
func (m *TxnOffsetCommit) API() API {
	if m.Modern {
		return API{keyTxnOffsetCommit, 5, true}
	}
	return API{keyTxnOffsetCommit, 3, true}
}

func (m *TxnOffsetCommit) write(w *writer) {
	w.text(m.TransactionID)
	w.text(m.Group)
	w.i64(m.Producer.ID)
	w.i16(m.Producer.Epoch)
	w.i32(-1) // generation
	w.text("")
	w.size(-1)
	w.count(len(m.Topics))
	for _, t := range m.Topics {
		w.text(t.Name)
		w.count(len(t.Partitions))
		for _, p := range t.Partitions {
			w.i32(p.Index)
			w.i64(p.Offset)
			w.i32(p.Epoch)
			w.optional(p.Metadata)
			w.tags()
		}
		w.tags()
	}
	w.tags()
}

func (m *TxnOffsetCommit) read(r *reader) {
	r.i32() // throttle
	m.Found = readCodes(r)
	r.tags()
}

// EndTxn commits or aborts a transaction (version 3; with Modern version 5, whose answer has the identity for the next transaction).
type EndTxn struct {
	Modern        bool
	TransactionID string
	Producer      Producer
	Commit        bool

	// Answer. Next is Producer with version 3.
	Code Code
	Next Producer
}

// API implements Message.
func (m *EndTxn) API() API {
	if m.Modern {
		return API{keyEndTxn, 5, true}
	}
	return API{keyEndTxn, 3, true}
}

func (m *EndTxn) write(w *writer) {
	w.text(m.TransactionID)
	w.i64(m.Producer.ID)
	w.i16(m.Producer.Epoch)
	w.flag(m.Commit)
	w.tags()
}

func (m *EndTxn) read(r *reader) {
	r.i32() // throttle
	m.Code, m.Next = r.code(), m.Producer
	if m.Modern {
		m.Next = Producer{r.i64(), r.i16()}
	}
	r.tags()
}

// DescribeTransactions asks a coordinator for the state of transactional ids (version 0).
type DescribeTransactions struct {
	IDs []string

	Found []TransactionState // answer
}

// TransactionState is the state of a transactional id.
type TransactionState struct {
	Code          Code
	ID            string
	State         string // Empty, Ongoing, PrepareCommit, CompleteCommit, ...
	TimeoutMillis int32
	StartMillis   int64
	Producer      Producer
	Topics        []TopicPartitions
}

// API implements Message.
func (*DescribeTransactions) API() API { return API{keyDescribeTxns, 0, true} }

func (m *DescribeTransactions) write(w *writer) {
	w.texts(m.IDs)
	w.tags()
}

func (m *DescribeTransactions) read(r *reader) {
	m.Found = nil
	r.i32() // throttle
	for range r.count(28) {
		s := TransactionState{Code: r.code(), ID: r.text(), State: r.text(), TimeoutMillis: r.i32(), StartMillis: r.i64(), Producer: Producer{r.i64(), r.i16()}}
		for range r.count(3) {
			s.Topics = append(s.Topics, TopicPartitions{r.text(), r.ints()})
			r.tags()
		}
		r.tags()
		m.Found = append(m.Found, s)
	}
	r.tags()
}

// ListTransactions asks a broker for the transactional ids that it keeps (version 0).
type ListTransactions struct {
	States []string // none: all

	// Answer.
	Code  Code
	Found []ListedTransaction
}

// ListedTransaction is a transactional id.
type ListedTransaction struct {
	ID         string
	ProducerID int64
	State      string
}

// API implements Message.
func (*ListTransactions) API() API { return API{keyListTxns, 0, true} }

func (m *ListTransactions) write(w *writer) {
	w.texts(m.States)
	w.count(0)
	w.tags()
}

func (m *ListTransactions) read(r *reader) {
	m.Found = nil
	r.i32() // throttle
	m.Code = r.code()
	r.texts() // states that are unknown
	for range r.count(11) {
		m.Found = append(m.Found, ListedTransaction{r.text(), r.i64(), r.text()})
		r.tags()
	}
	r.tags()
}

// DescribeProducers asks a leader for the producers of partitions (version 0).
type DescribeProducers struct {
	Topics []TopicPartitions

	Found []ProducersTopic // answer
}

// ProducersTopic is the partitions of a topic in DescribeProducers.
type ProducersTopic struct {
	Name       string
	Partitions []ProducersPartition
}

// ProducersPartition is the producers of a partition.
type ProducersPartition struct {
	Index     int32
	Code      Code
	Message   string
	Producers []ActiveProducer
}

// ActiveProducer is a producer that a partition knows.
type ActiveProducer struct {
	ID               int64
	Epoch            int32
	LastSequence     int32
	LastMillis       int64
	CoordinatorEpoch int32
	TxnStart         int64 // offset of its open transaction; -1: none
}

// API implements Message.
func (*DescribeProducers) API() API { return API{keyDescribeProducer, 0, true} }

func (m *DescribeProducers) write(w *writer) {
	w.count(len(m.Topics))
	for _, t := range m.Topics {
		w.text(t.Name)
		w.ints(t.Partitions)
		w.tags()
	}
	w.tags()
}

func (m *DescribeProducers) read(r *reader) {
	m.Found = nil
	r.i32() // throttle
	for range r.count(3) {
		t := ProducersTopic{Name: r.text()}
		for range r.count(9) {
			p := ProducersPartition{Index: r.i32(), Code: r.code(), Message: r.text()}
			for range r.count(37) {
				p.Producers = append(p.Producers, ActiveProducer{r.i64(), r.i32(), r.i32(), r.i64(), r.i32(), r.i64()})
				r.tags()
			}
			r.tags()
			t.Partitions = append(t.Partitions, p)
		}
		r.tags()
		m.Found = append(m.Found, t)
	}
	r.tags()
}
