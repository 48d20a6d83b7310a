package wire

// Fetch asks a leader for records (version 11).
type Fetch struct {
	MaxWaitMillis      int32
	MinBytes, MaxBytes int32
	Committed          bool // read committed
	Rack               string
	Topics             []FetchTopic

	// Answer. Records lie in the message's frame, which the next exchange with it overwrites.
	Code  Code
	Found []FetchedTopic

	out, in []byte
}

// FetchTopic is the partitions of a topic to fetch.
type FetchTopic struct {
	Name       string
	Partitions []FetchPartition
}

// FetchPartition is a partition to fetch.
type FetchPartition struct {
	Index    int32
	Epoch    int32 // of the leader that is thought to be
	Offset   int64
	MaxBytes int32
}

// FetchedTopic is the partitions of a topic in an answer.
type FetchedTopic struct {
	Name       string
	Partitions []FetchedPartition
}

// FetchedPartition is what came of a partition.
type FetchedPartition struct {
	Index   int32
	Code    Code
	High    int64 // high watermark
	Stable  int64 // where committed records end
	Start   int64 // of the log
	Aborted []Aborted
	Replica int32 // that should be asked instead; -1: none
	Records []byte
}

// Aborted is an aborted transaction whose records are among those fetched.
type Aborted struct{ ProducerID, First int64 }

// API implements Message.
func (*Fetch) API() API { return API{keyFetch, 11, false} }

func (m *Fetch) request() []byte      { return m.out }
func (m *Fetch) keepRequest(b []byte) { m.out = b }

func (m *Fetch) frame(n int) []byte {
	if cap(m.in) < n+Slack {
		m.in = make([]byte, n+n/8+Slack)
	}
	m.in = m.in[:n]
	return m.in
}

// Frame is the memory of the answer.
func (m *Fetch) Frame() []byte { return m.in }

func (m *Fetch) write(w *writer) {
	w.i32(-1)
	w.i32(m.MaxWaitMillis)
	w.i32(m.MinBytes)
	w.i32(m.MaxBytes)
	w.flag(m.Committed)
	w.i32(0) // no session
	w.i32(-1)
	w.count(len(m.Topics))
	for _, t := range m.Topics {
		w.text(t.Name)
		w.count(len(t.Partitions))
		for _, p := range t.Partitions {
			w.i32(p.Index)
			w.i32(p.Epoch)
			w.i64(p.Offset)
			w.i64(-1)
			w.i32(p.MaxBytes)
		}
	}
	w.count(0)
	w.text(m.Rack)
}

func (m *Fetch) read(r *reader) {
	r.i32() // throttle
	m.Code = r.code()
	r.i32()
	topics := resize(&m.Found, r.count(6))
	for i := range topics {
		t := &topics[i]
		t.Name = reuse(t.Name, r)
		parts := resize(&t.Partitions, r.count(42))
		for k := range parts {
			p := &parts[k]
			p.Index, p.Code, p.High, p.Stable, p.Start = r.i32(), r.code(), r.i64(), r.i64(), r.i64()
			aborted := resize(&p.Aborted, r.count(16))
			for a := range aborted {
				aborted[a] = Aborted{r.i64(), r.i64()}
			}
			p.Replica = r.i32()
			p.Records = r.open()
		}
	}
}

// resize makes s n long and keeps the memory of its elements.
func resize[T any](s *[]T, n int) []T {
	if n > cap(*s) {
		next := make([]T, n)
		copy(next, (*s)[:cap(*s)])
		*s = next
	}
	*s = (*s)[:n]
	return *s
}

// reuse reads a classic string, without a copy if it is s.
func reuse(s string, r *reader) string {
	b := r.take(max(int(r.i16()), 0))
	if string(b) == s {
		return s
	}
	return string(b)
}
