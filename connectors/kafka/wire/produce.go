package wire

// Produce writes record batches (version 8; with Modern version 12, which adds partitions to the transaction by itself).
type Produce struct {
	Modern        bool
	TransactionID string // "": none
	Acks          int16  // -1: all; 0: there is no answer
	TimeoutMillis int32
	Topics        []ProduceTopic

	Found []ProducedTopic // answer

	out, in []byte
}

// ProduceTopic is the partitions of a topic to write.
type ProduceTopic struct {
	Name       string
	Partitions []ProducePartition
}

// ProducePartition is one record batch for a partition.
type ProducePartition struct {
	Index   int32
	Records []byte
}

// ProducedTopic is the partitions of a topic in an answer.
type ProducedTopic struct {
	Name       string
	Partitions []ProducedPartition
}

// ProducedPartition is what became of a batch.
type ProducedPartition struct {
	Index   int32
	Code    Code
	Offset  int64 // of the first record
	Time    int64 // of the broker, if it sets times; else -1
	Start   int64 // of the log
	Faults  []RecordFault
	Message string
}

// RecordFault says why a record was refused.
type RecordFault struct {
	Index   int32
	Message string
}

// API implements Message.
func (m *Produce) API() API {
	if m.Modern {
		return API{keyProduce, 12, true}
	}
	return API{keyProduce, 8, false}
}

func (m *Produce) request() []byte      { return m.out }
func (m *Produce) keepRequest(b []byte) { m.out = b }

func (m *Produce) frame(n int) []byte {
	if cap(m.in) < n {
		m.in = make([]byte, n)
	}
	return m.in[:n]
}

func (m *Produce) write(w *writer) {
	w.optional(m.TransactionID)
	w.i16(m.Acks)
	w.i32(m.TimeoutMillis)
	w.count(len(m.Topics))
	for _, t := range m.Topics {
		w.text(t.Name)
		w.count(len(t.Partitions))
		for _, p := range t.Partitions {
			w.i32(p.Index)
			w.bytes(p.Records)
			w.tags()
		}
		w.tags()
	}
	w.tags()
}

func (m *Produce) read(r *reader) {
	m.Found = nil
	for range r.count(3) {
		t := ProducedTopic{Name: r.text()}
		for range r.count(32) {
			p := ProducedPartition{Index: r.i32(), Code: r.code(), Offset: r.i64(), Time: r.i64(), Start: r.i64()}
			for range r.count(5) {
				p.Faults = append(p.Faults, RecordFault{r.i32(), r.text()})
				r.tags()
			}
			p.Message = r.text()
			r.tags()
			t.Partitions = append(t.Partitions, p)
		}
		r.tags()
		m.Found = append(m.Found, t)
	}
	r.i32() // throttle
	r.tags()
}
