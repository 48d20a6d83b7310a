package wire

import "slices"

// Keys of requests.
const (
	keyProduce          = 0
	keyFetch            = 1
	keyListOffsets      = 2
	keyMetadata         = 3
	keyOffsetCommit     = 8
	keyOffsetFetch      = 9
	keyFindCoordinator  = 10
	keyAPIVersions      = 18
	keyInitProducerID   = 22
	keyOffsetsOfEpoch   = 23
	keyAddPartitions    = 24
	keyAddOffsets       = 25
	keyEndTxn           = 26
	keyTxnOffsetCommit  = 28
	keyDescribeProducer = 61
	keyDescribeTxns     = 65
	keyListTxns         = 66
)

// APIVersions asks a broker what it understands (version 3).
type APIVersions struct {
	// Answer.
	Code     Code
	Ranges   []VersionRange
	Features []Feature // finalised in the cluster
}

// VersionRange is the versions of a request that a broker understands.
type VersionRange struct{ Key, Min, Max int16 }

// Feature is a feature of the cluster with its finalised level.
type Feature struct {
	Name  string
	Level int16
}

// API implements Message.
func (*APIVersions) API() API { return API{keyAPIVersions, 3, true} }

func (m *APIVersions) write(w *writer) {
	w.text("millrace")
	w.text("1")
	w.tags()
}

func (m *APIVersions) read(r *reader) {
	m.Ranges, m.Features = nil, nil
	m.Code = r.code()
	if m.Code == UnsupportedVersion {
		return // the answer then has version 0
	}
	for range r.count(6) {
		m.Ranges = append(m.Ranges, VersionRange{r.i16(), r.i16(), r.i16()})
		r.tags()
	}
	r.i32() // throttle
	for n := r.uvarint(); n > 0 && r.err == nil; n-- {
		tag := r.uvarint()
		body := reader{b: r.take(r.uvarint()), flex: true}
		if tag != 2 {
			continue
		}
		for range body.count(6) {
			f := Feature{Name: body.text(), Level: body.i16()}
			body.i16()
			body.tags()
			m.Features = append(m.Features, f)
		}
		if body.err != nil {
			r.fail("features cannot be read")
		}
	}
}

// Max is the highest version of a request that the broker understands, or -1.
func (m *APIVersions) Max(key int16) int16 {
	i := slices.IndexFunc(m.Ranges, func(v VersionRange) bool { return v.Key == key })
	if i < 0 {
		return -1
	}
	return m.Ranges[i].Max
}

// Understands tells whether the broker takes the message.
func (m *APIVersions) Understands(x Message) bool {
	a := x.API()
	return slices.ContainsFunc(m.Ranges, func(v VersionRange) bool { return v.Key == a.Key && v.Min <= a.Version && a.Version <= v.Max })
}

// Level is the finalised level of a feature, or -1.
func (m *APIVersions) Level(feature string) int16 {
	for _, f := range m.Features {
		if f.Name == feature {
			return f.Level
		}
	}
	return -1
}

// Metadata asks for brokers and for topics (version 9). It creates no topics.
type Metadata struct {
	All    bool     // all topics
	Topics []string // else these

	// Answer.
	Brokers    []Broker
	Controller int32
	Found      []TopicInfo
}

// Broker is a broker's address.
type Broker struct {
	ID   int32
	Host string
	Port int32
	Rack string
}

// TopicInfo is what the cluster knows of a topic.
type TopicInfo struct {
	Code       Code
	Name       string
	Internal   bool
	Partitions []PartitionInfo
}

// PartitionInfo is what the cluster knows of a partition.
type PartitionInfo struct {
	Code   Code
	Index  int32
	Leader int32 // -1: none
	Epoch  int32
}

// API implements Message.
func (*Metadata) API() API { return API{keyMetadata, 9, true} }

func (m *Metadata) write(w *writer) {
	if m.All {
		w.count(-1)
	} else {
		w.count(len(m.Topics))
		for _, t := range m.Topics {
			w.text(t)
			w.tags()
		}
	}
	w.flag(false) // create topics
	w.flag(false) // authorized operations
	w.flag(false)
	w.tags()
}

func (m *Metadata) read(r *reader) {
	m.Brokers, m.Found = nil, nil
	r.i32() // throttle
	for range r.count(10) {
		m.Brokers = append(m.Brokers, Broker{ID: r.i32(), Host: r.text(), Port: r.i32(), Rack: r.text()})
		r.tags()
	}
	r.text() // cluster
	m.Controller = r.i32()
	for range r.count(8) {
		t := TopicInfo{Code: r.code(), Name: r.text(), Internal: r.flag()}
		for range r.count(18) {
			p := PartitionInfo{Code: r.code(), Index: r.i32(), Leader: r.i32(), Epoch: r.i32()}
			for range 3 { // replicas, those in sync, those offline
				r.take(4 * r.count(4))
			}
			r.tags()
			t.Partitions = append(t.Partitions, p)
		}
		r.i32()
		r.tags()
		m.Found = append(m.Found, t)
	}
	r.i32()
	r.tags()
}

// FindCoordinator asks which broker keeps a group or a transactional id (version 3).
type FindCoordinator struct {
	Key         string
	Transaction bool // Key is a transactional id, not a group

	// Answer.
	Code   Code
	Text   string
	Broker Broker
}

// API implements Message.
func (*FindCoordinator) API() API { return API{keyFindCoordinator, 3, true} }

func (m *FindCoordinator) write(w *writer) {
	w.text(m.Key)
	w.flag(m.Transaction)
	w.tags()
}

func (m *FindCoordinator) read(r *reader) {
	r.i32() // throttle
	m.Code, m.Text = r.code(), r.text()
	m.Broker = Broker{ID: r.i32(), Host: r.text(), Port: r.i32()}
	r.tags()
}

// Times that ListOffsets takes instead of a time.
const (
	Latest   int64 = -1
	Earliest int64 = -2
)

// ListOffsets asks a leader for the first offsets at or after times (version 5).
type ListOffsets struct {
	Committed bool // Latest is where committed records end
	Topics    []OffsetTopic
}

// OffsetTopic is the partitions of a topic in ListOffsets.
type OffsetTopic struct {
	Name       string
	Partitions []OffsetPartition
}

// OffsetPartition asks for one partition. Offset is -1 where no record is so young.
type OffsetPartition struct {
	Index int32
	Epoch int32 // of the leader that is thought to be; -1: any
	Time  int64 // ms, Latest or Earliest

	// Answer.
	Code   Code
	Found  int64 // time
	Offset int64
	Leader int32 // epoch of the leader that wrote Offset; -1: unknown
}

// API implements Message.
func (*ListOffsets) API() API { return API{keyListOffsets, 5, false} }

func (m *ListOffsets) write(w *writer) {
	w.i32(-1)
	w.flag(m.Committed)
	w.count(len(m.Topics))
	for _, t := range m.Topics {
		w.text(t.Name)
		w.count(len(t.Partitions))
		for _, p := range t.Partitions {
			w.i32(p.Index)
			w.i32(p.Epoch)
			w.i64(p.Time)
		}
	}
}

func (m *ListOffsets) read(r *reader) {
	m.Topics = nil
	r.i32() // throttle
	for range r.count(6) {
		t := OffsetTopic{Name: r.text()}
		for range r.count(26) {
			t.Partitions = append(t.Partitions, OffsetPartition{Index: r.i32(), Code: r.code(), Found: r.i64(), Offset: r.i64(), Leader: r.i32()})
		}
		m.Topics = append(m.Topics, t)
	}
}

// OffsetForLeaderEpoch asks a leader where an epoch ends in its log (version 3): an offset behind that was truncated.
type OffsetForLeaderEpoch struct {
	Topics []EpochTopic
}

// EpochTopic is the partitions of a topic in OffsetForLeaderEpoch.
type EpochTopic struct {
	Name       string
	Partitions []EpochPartition
}

// EpochPartition asks for one partition.
type EpochPartition struct {
	Index   int32
	Current int32 // epoch of the leader that is thought to be; -1: any
	Epoch   int32

	// Answer.
	Code Code
	End  int64 // -1: the epoch is unknown
}

// API implements Message.
func (*OffsetForLeaderEpoch) API() API { return API{keyOffsetsOfEpoch, 3, false} }

func (m *OffsetForLeaderEpoch) write(w *writer) {
	w.i32(-1)
	w.count(len(m.Topics))
	for _, t := range m.Topics {
		w.text(t.Name)
		w.count(len(t.Partitions))
		for _, p := range t.Partitions {
			w.i32(p.Index)
			w.i32(p.Current)
			w.i32(p.Epoch)
		}
	}
}

func (m *OffsetForLeaderEpoch) read(r *reader) {
	m.Topics = nil
	r.i32() // throttle
	for range r.count(6) {
		t := EpochTopic{Name: r.text()}
		for range r.count(18) {
			t.Partitions = append(t.Partitions, EpochPartition{Code: r.code(), Index: r.i32(), Epoch: r.i32(), End: r.i64()})
		}
		m.Topics = append(m.Topics, t)
	}
}
