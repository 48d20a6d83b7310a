package wire

import "encoding/binary"

// AppendHeader appends a header of a record to dst, for Builder.AppendEncoded. A nil value is null.
func AppendHeader(dst, key, value []byte) []byte {
	dst = append(binary.AppendVarint(dst, int64(len(key))), key...)
	return appendPiece(dst, value)
}

// AppendEncoded is Append with headers that AppendHeader has made: n headers in the bytes of headers.
func (b *Builder) AppendEncoded(time int64, key, value []byte, n int, headers []byte) {
	if b.count == 0 {
		b.baseTime, b.maxTime = time, time
	}
	b.maxTime = max(b.maxTime, time)
	delta := time - b.baseTime
	size := 1 + varintLen(delta) + varintLen(int64(b.count)) + pieceLen(key) + pieceLen(value) + varintLen(int64(n)) + len(headers)
	d := binary.AppendVarint(b.records, int64(size))
	d = append(d, 0)
	d = binary.AppendVarint(d, delta)
	d = binary.AppendVarint(d, int64(b.count))
	d = appendPiece(d, key)
	d = appendPiece(d, value)
	d = binary.AppendVarint(d, int64(n))
	d = append(d, headers...)
	b.records = d
	b.count++
}

// RecordSize is the most bytes that a record takes in a batch.
func RecordSize(key, value, headers int) int { return key + value + headers + 32 }

// Halve moves the records of the second half to rest, which must be empty. It tells whether there was anything to move.
func (b *Builder) Halve(rest *Builder) (ok bool, err error) {
	if b.count < 2 {
		return false, nil
	}
	old, n, base := append([]byte(nil), b.records...), int(b.count), b.baseTime
	b.Reset()
	var r Record
	for i, at := 0, 0; i < n; i++ {
		next, err := NextRecord(old, at, &r)
		if err != nil {
			return false, err
		}
		to := b
		if i >= n/2 {
			to = rest
		}
		var key, value []byte
		if r.KeyStart >= 0 {
			key = old[r.KeyStart:r.KeyEnd:r.KeyEnd]
		}
		if r.ValueStart >= 0 {
			value = old[r.ValueStart:r.ValueEnd:r.ValueEnd]
		}
		to.AppendEncoded(base+r.TimeDelta, key, value, r.Headers, old[r.HeadersStart:next])
		at = next
	}
	return true, nil
}
