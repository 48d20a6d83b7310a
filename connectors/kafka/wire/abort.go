package wire

import "encoding/binary"

// Filter tells which batches of a partition's fetched records are data that a reader of committed records may see. It is for the records
// of one answer; Begin starts the next.
type Filter struct {
	committed bool
	pending   []Aborted
	aborted   []int64 // ids of producers with an aborted transaction at the current batch
}

// Begin starts with the records of an answer and its list of aborted transactions. Without committed only marks are left out.
func (f *Filter) Begin(committed bool, aborted []Aborted) {
	f.committed, f.pending, f.aborted = committed, append(f.pending[:0], aborted...), f.aborted[:0]
}

// Passes tells whether b is data to be read. It must see every batch in order, and the marks before their records are changed.
func (f *Filter) Passes(b *Batch) bool {
	if !f.committed {
		return !b.Control()
	}
	kept := f.pending[:0]
	for _, a := range f.pending {
		if a.First < b.Next() {
			f.aborted = append(f.aborted, a.ProducerID)
		} else {
			kept = append(kept, a)
		}
	}
	f.pending = kept
	at := -1
	for i, id := range f.aborted {
		if id == b.Producer.ID {
			at = i
		}
	}
	if b.Control() {
		if at >= 0 && isAbort(b) {
			f.aborted = append(f.aborted[:at], f.aborted[at+1:]...)
		}
		return false
	}
	return !b.Transactional() || at < 0
}

// isAbort tells whether a control batch ends a transaction by taking it back.
func isAbort(b *Batch) bool {
	var r Record
	if _, err := NextRecord(b.Data, 0, &r); err != nil || r.KeyStart < 0 || r.KeyEnd-r.KeyStart < 4 {
		return false
	}
	return binary.BigEndian.Uint16(b.Data[r.KeyStart+2:]) == 0
}
