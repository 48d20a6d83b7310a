package csv

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"millrace/connectors/format"
)

// Split finds records: lines, but for line ends inside quotes. Comments are passed over.
func (d *decoder) Split(data []byte, last bool, limit int, r *format.Records) (used int) {
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
		if d.s.comments && isComment(data[used:end]) {
			used = min(end+1, len(data))
			continue
		}
		if d.special(data[used:end]) {
			n, closed := d.recordEnd(data[used:])
			if !closed && !last {
				break
			}
			end = used + n
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

func isComment(line []byte) bool {
	line = bytes.TrimLeft(line, " \t")
	return len(line) > 0 && line[0] == '#'
}

// special tells whether a line holds characters that may keep its end from being the end of the record.
func (d *decoder) special(line []byte) bool {
	return d.s.quote != 0 && bytes.IndexByte(line, d.s.quote) >= 0 || d.s.escape != 0 && bytes.IndexByte(line, d.s.escape) >= 0
}

// recordEnd finds the line feed that ends the record at the start of data. closed is false if there is none.
func (d *decoder) recordEnd(data []byte) (n int, closed bool) {
	if d.s.escape == 0 && !d.s.trim {
		return d.quotedEnd(data)
	}
	start := true // of a field
	quoted := false
	for i := 0; i < len(data); i++ {
		c := data[i]
		switch {
		case c == d.s.escape && c != 0:
			i++
			start = false
		case quoted:
			if c != d.s.quote {
				break
			}
			if i+1 < len(data) && data[i+1] == d.s.quote {
				i++
				break
			}
			quoted = false
		case c == '\n':
			return i, true
		case c == d.s.delimiter:
			start = true
		case start && c == d.s.quote && c != 0:
			quoted, start = true, false
		case d.s.trim && c == ' ' && start:
		default:
			start = false
		}
	}
	return len(data), false
}

// quotedEnd is recordEnd without escapes and trimming: it goes from field to field.
func (d *decoder) quotedEnd(data []byte) (n int, closed bool) {
	slack := data[:cap(data)]
	for i := 0; i < len(data); i++ {
		if data[i] == d.s.quote {
			if i = closingQuote(data, i+1, d.s.quote); i >= len(data) {
				break
			}
		}
		for i < len(data) {
			w := binary.LittleEndian.Uint64(slack[i:])
			if m := zeros(w^ones*uint64(d.s.delimiter)) | zeros(w^ones*'\n'); m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				break
			}
			i += 8
		}
		if i < len(data) && data[i] == '\n' {
			return i, true
		}
	}
	return len(data), false
}

// zeros marks the bytes of x that are zero; only the lowest mark is reliable.
func zeros(x uint64) uint64 { return (x - ones) &^ x & highs }

// closingQuote returns the position behind the quote that ends a field which goes on at i; doubled ones are content.
func closingQuote(data []byte, i int, quote byte) int {
	for {
		n := bytes.IndexByte(data[i:], quote)
		if n < 0 {
			return len(data)
		}
		i += n + 1
		if i >= len(data) || data[i] != quote {
			return i
		}
		i++
	}
}
