package wire

// GroupTopic is the offsets of a topic's partitions that a group keeps.
type GroupTopic struct {
	Name       string
	Partitions []GroupPartition
}

// GroupPartition is an offset that a group keeps.
type GroupPartition struct {
	Index    int32
	Offset   int64 // the next to read; -1: none
	Epoch    int32 // of the leader that wrote the record before; -1: unknown
	Metadata string
	Code     Code // of the answer
}

// OffsetFetch asks a coordinator for a group's offsets (version 7).
type OffsetFetch struct {
	Group  string
	Stable bool         // offsets of open transactions are the answer UnstableOffsetCommit
	Topics []GroupTopic // only names and indexes count; the answer replaces it

	Code Code // answer
}

// API implements Message.
func (*OffsetFetch) API() API { return API{keyOffsetFetch, 7, true} }

func (m *OffsetFetch) write(w *writer) {
	w.text(m.Group)
	w.count(len(m.Topics))
	for _, t := range m.Topics {
		w.text(t.Name)
		w.count(len(t.Partitions))
		for _, p := range t.Partitions {
			w.i32(p.Index)
		}
		w.tags()
	}
	w.flag(m.Stable)
	w.tags()
}

func (m *OffsetFetch) read(r *reader) {
	m.Topics = nil
	r.i32() // throttle
	for range r.count(3) {
		t := GroupTopic{Name: r.text()}
		for range r.count(20) {
			t.Partitions = append(t.Partitions, GroupPartition{Index: r.i32(), Offset: r.i64(), Epoch: r.i32(), Metadata: r.text(), Code: r.code()})
			r.tags()
		}
		r.tags()
		m.Topics = append(m.Topics, t)
	}
	m.Code = r.code()
	r.tags()
}

// OffsetCommit stores offsets of a group without members (version 7). The answer's codes replace those in Topics.
type OffsetCommit struct {
	Group  string
	Topics []GroupTopic
}

// API implements Message.
func (*OffsetCommit) API() API { return API{keyOffsetCommit, 7, false} }

func (m *OffsetCommit) write(w *writer) {
	w.text(m.Group)
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
			w.text(p.Metadata)
		}
	}
}

func (m *OffsetCommit) read(r *reader) {
	r.i32() // throttle
	m.Topics = readCodes(r)
}

// readCodes reads topics whose partitions have an index and a code.
func readCodes(r *reader) []GroupTopic {
	var out []GroupTopic
	for range r.count(2) {
		t := GroupTopic{Name: r.text()}
		for range r.count(6) {
			t.Partitions = append(t.Partitions, GroupPartition{Index: r.i32(), Code: r.code()})
			r.tags()
		}
		r.tags()
		out = append(out, t)
	}
	return out
}

// FirstCode returns the first code that is an error, or None.
func FirstCode(ts []GroupTopic) Code {
	for _, t := range ts {
		for _, p := range t.Partitions {
			if p.Code != None {
				return p.Code
			}
		}
	}
	return None
}
