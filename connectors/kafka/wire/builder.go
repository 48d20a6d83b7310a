package wire

import (
	"encoding/binary"
	"hash/crc32"
)

// Header is a header of a record. A nil Value is null.
type Header struct {
	Key   string
	Value []byte
}

// Builder makes record batches: Append records, then AppendBatch.
type Builder struct {
	records  []byte
	count    int32
	baseTime int64
	maxTime  int64
}

// Reset drops the records and keeps the memory.
func (b *Builder) Reset() { b.records, b.count = b.records[:0], 0 }

// Count is the number of records.
func (b *Builder) Count() int { return int(b.count) }

// Size is the size of the batch before compression.
func (b *Builder) Size() int { return headerBytes + len(b.records) }

// varintLen is the length of x as a zigzag varint.
func varintLen(x int64) int {
	u := uint64(x<<1) ^ uint64(x>>63)
	n := 1
	for u >= 0x80 {
		u >>= 7
		n++
	}
	return n
}

func pieceLen(b []byte) int {
	if b == nil {
		return 1
	}
	return varintLen(int64(len(b))) + len(b)
}

func appendPiece(dst, b []byte) []byte {
	if b == nil {
		return append(dst, 1)
	}
	return append(binary.AppendVarint(dst, int64(len(b))), b...)
}

// Append adds a record with a time in ms. A nil key or value is null.
func (b *Builder) Append(time int64, key, value []byte, headers ...Header) {
	if b.count == 0 {
		b.baseTime, b.maxTime = time, time
	}
	b.maxTime = max(b.maxTime, time)
	delta := time - b.baseTime
	n := 1 + varintLen(delta) + varintLen(int64(b.count)) + pieceLen(key) + pieceLen(value) + varintLen(int64(len(headers)))
	for _, h := range headers {
		n += varintLen(int64(len(h.Key))) + len(h.Key) + pieceLen(h.Value)
	}
	d := binary.AppendVarint(b.records, int64(n))
	d = append(d, 0)
	d = binary.AppendVarint(d, delta)
	d = binary.AppendVarint(d, int64(b.count))
	d = appendPiece(d, key)
	d = appendPiece(d, value)
	d = binary.AppendVarint(d, int64(len(headers)))
	for _, h := range headers {
		d = append(binary.AppendVarint(d, int64(len(h.Key))), h.Key...)
		d = appendPiece(d, h.Value)
	}
	b.records = d
	b.count++
}

// BatchOptions is what a batch says beside its records.
type BatchOptions struct {
	Codec         Codec
	Producer      Producer // NoProducer(): not idempotent
	Sequence      int32    // of the first record; -1 without producer
	Transactional bool
}

// AppendBatch appends the batch of all records to dst. The builder keeps them until Reset.
func (b *Builder) AppendBatch(dst []byte, c *Codecs, o BatchOptions) ([]byte, error) {
	at := len(dst)
	dst = append(dst, make([]byte, headerBytes)...)
	dst, err := c.Compress(o.Codec, b.records, dst)
	if err != nil {
		return nil, err
	}
	h := dst[at:]
	attributes := uint16(o.Codec)
	if o.Transactional {
		attributes |= transactional
	}
	binary.BigEndian.PutUint32(h[8:], uint32(len(h)-12))
	binary.BigEndian.PutUint32(h[12:], 0xffffffff)
	h[16] = 2
	binary.BigEndian.PutUint16(h[21:], attributes)
	binary.BigEndian.PutUint32(h[23:], uint32(max(b.count-1, 0)))
	binary.BigEndian.PutUint64(h[27:], uint64(b.baseTime))
	binary.BigEndian.PutUint64(h[35:], uint64(b.maxTime))
	binary.BigEndian.PutUint64(h[43:], uint64(o.Producer.ID))
	binary.BigEndian.PutUint16(h[51:], uint16(o.Producer.Epoch))
	binary.BigEndian.PutUint32(h[53:], uint32(o.Sequence))
	binary.BigEndian.PutUint32(h[57:], uint32(b.count))
	binary.BigEndian.PutUint32(h[17:], crc32.Checksum(h[21:], crcTable()))
	return dst, nil
}
