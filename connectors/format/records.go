package format

import (
	"bytes"

	"millrace/operators/vector"
)

// Records are records in one slab of memory. Record i is Data[Start[i]:End[i]].
//
// Invariants that decoders rely on: Data[End[i]] is a line feed or carriage return, and Data goes on for at least vector.Slack bytes behind
// the last record (their content does not matter).
type Records struct {
	Data       []byte
	Start, End []int32
}

// Len is the number of records.
func (r *Records) Len() int { return len(r.End) }

// At returns record i.
func (r *Records) At(i int) []byte { return r.Data[r.Start[i]:r.End[i]] }

// Reset empties r and keeps its memory.
func (r *Records) Reset() { r.Data, r.Start, r.End = r.Data[:0], r.Start[:0], r.End[:0] }

// Append copies a record into the slab.
func (r *Records) Append(record []byte) {
	from := len(r.Data)
	if from > 0 {
		from -= vector.Slack - 1
		r.Data = r.Data[:from]
	}
	r.Data = append(r.Data, record...)
	r.Start, r.End = append(r.Start, int32(from)), append(r.End, int32(len(r.Data)))
	r.Data = append(r.Data, '\n')
	r.Data = append(r.Data, make([]byte, vector.Slack-1)...)
}

// SplitLines is Split for formats whose records end with a line feed, or carriage return and line feed. With last, a line feed
// must stand behind data in its memory.
func SplitLines(data []byte, last bool, limit int, r *Records) (used int) {
	r.Data = data[:cap(data)]
	for used < len(data) && r.Len() < limit {
		n := bytes.IndexByte(data[used:], '\n')
		end := used + n
		if n < 0 {
			if !last {
				break
			}
			end = len(data)
		}
		next := min(end+1, len(data))
		if end > used && data[end-1] == '\r' {
			end--
		}
		r.Start, r.End = append(r.Start, int32(used)), append(r.End, int32(end))
		used = next
	}
	return used
}
