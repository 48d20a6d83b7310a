package wire

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// headerBytes is the size of a record batch before its records.
const headerBytes = 61

// Attributes of a batch.
const (
	codecMask     = 0x07
	logAppendTime = 0x08
	transactional = 0x10
	control       = 0x20
)

// Batch is the header of a record batch, and its records as they are stored.
type Batch struct {
	Base            int64 // offset of the first record
	LeaderEpoch     int32
	Attributes      int16
	LastOffsetDelta int32
	BaseTime        int64
	MaxTime         int64
	Producer        Producer
	Sequence        int32
	Count           int32
	Data            []byte // the records, compressed with Codec
}

// Next is the offset behind the batch.
func (b *Batch) Next() int64 { return b.Base + int64(b.LastOffsetDelta) + 1 }

// Codec is the compression of the records.
func (b *Batch) Codec() Codec { return Codec(b.Attributes & codecMask) }

// Control tells whether the batch is a mark of the transaction protocol.
func (b *Batch) Control() bool { return b.Attributes&control != 0 }

// Transactional tells whether the batch is part of a transaction.
func (b *Batch) Transactional() bool { return b.Attributes&transactional != 0 }

// LogAppendTime tells whether the broker set the time of the records, which is MaxTime for all, instead of their producer.
func (b *Batch) LogAppendTime() bool { return b.Attributes&logAppendTime != 0 }

// NextBatch cuts the first batch off data and checks it. With ok false and no error, data has no whole batch: a fetch is cut at its end.
func NextBatch(data []byte, b *Batch) (rest []byte, ok bool, err error) {
	if len(data) < 17 {
		return data, false, nil
	}
	n := int(int32(binary.BigEndian.Uint32(data[8:])))
	if magic := data[16]; magic != 2 {
		return data, false, fmt.Errorf("record format %d at offset %d is not supported: only that of Kafka 0.11 and newer is",
			magic, int64(binary.BigEndian.Uint64(data)))
	}
	if n < headerBytes-12 {
		return data, false, fmt.Errorf("%w: a batch of %d bytes", ErrCorrupt, n)
	}
	if n > len(data)-12 {
		return data, false, nil
	}
	whole := data[:12+n]
	b.Base = int64(binary.BigEndian.Uint64(whole))
	b.LeaderEpoch = int32(binary.BigEndian.Uint32(whole[12:]))
	if got, want := crc32.Checksum(whole[21:], crcTable()), binary.BigEndian.Uint32(whole[17:]); got != want {
		return data, false, fmt.Errorf("%w: the checksum of the batch at offset %d is wrong", ErrCorrupt, b.Base)
	}
	b.Attributes = int16(binary.BigEndian.Uint16(whole[21:]))
	b.LastOffsetDelta = int32(binary.BigEndian.Uint32(whole[23:]))
	b.BaseTime = int64(binary.BigEndian.Uint64(whole[27:]))
	b.MaxTime = int64(binary.BigEndian.Uint64(whole[35:]))
	b.Producer = Producer{int64(binary.BigEndian.Uint64(whole[43:])), int16(binary.BigEndian.Uint16(whole[51:]))}
	b.Sequence = int32(binary.BigEndian.Uint32(whole[53:]))
	b.Count = int32(binary.BigEndian.Uint32(whole[57:]))
	b.Data = whole[headerBytes:]
	if b.LastOffsetDelta < 0 || b.Count < 0 || b.Base < 0 || b.Base > 1<<62 {
		return data, false, fmt.Errorf("%w: the batch at offset %d has %d records up to %d", ErrCorrupt, b.Base, b.Count, b.LastOffsetDelta)
	}
	return data[12+n:], true, nil
}

func crcTable() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// NextOffset is the offset behind the last whole batch of data and the epoch of the leader that took it, or from and epoch if there is none.
// It reads headers only.
func NextOffset(data []byte, from int64, epoch int32) (int64, int32) {
	for len(data) >= headerBytes {
		n := int(int32(binary.BigEndian.Uint32(data[8:])))
		if n < headerBytes-12 || n > len(data)-12 {
			break
		}
		delta := int64(int32(binary.BigEndian.Uint32(data[23:])))
		if next := int64(binary.BigEndian.Uint64(data)) + delta + 1; next > from {
			from, epoch = next, int32(binary.BigEndian.Uint32(data[12:]))
		}
		data = data[12+n:]
	}
	return from, epoch
}

// Record is a record in the memory that it was read from: positions in the data of NextRecord.
type Record struct {
	TimeDelta, OffsetDelta int64
	KeyStart, KeyEnd       int // KeyStart < 0: null
	ValueStart, ValueEnd   int // ValueStart < 0: null
	Headers                int // how many
	HeadersStart           int
}

// NextRecord reads the record at data[at:] and returns where the next begins.
func NextRecord(data []byte, at int, r *Record) (next int, err error) {
	size, p := varint(data, at)
	if p < 0 || size < 0 || size > int64(len(data)-p) {
		return at, corruptRecord(at)
	}
	end := p + int(size)
	body := data[:end]
	p++ // attributes
	if r.TimeDelta, p = varint(body, p); p < 0 {
		return at, corruptRecord(at)
	}
	if r.OffsetDelta, p = varint(body, p); p < 0 {
		return at, corruptRecord(at)
	}
	if r.KeyStart, r.KeyEnd, p = piece(body, p); p < 0 {
		return at, corruptRecord(at)
	}
	if r.ValueStart, r.ValueEnd, p = piece(body, p); p < 0 {
		return at, corruptRecord(at)
	}
	n, p := varint(body, p)
	if p < 0 || n < 0 || n > int64(end-p) {
		return at, corruptRecord(at)
	}
	r.Headers, r.HeadersStart = int(n), p
	return end, nil
}

func corruptRecord(at int) error {
	return fmt.Errorf("%w: the record at byte %d of its batch", ErrCorrupt, at)
}

// NextHeader reads the header at data[at:]; a null value is nil.
func NextHeader(data []byte, at int) (key, value []byte, next int, err error) {
	ks, ke, p := piece(data, at)
	if p < 0 || ks < 0 {
		return nil, nil, at, corruptRecord(at)
	}
	vs, ve, p := piece(data, p)
	if p < 0 {
		return nil, nil, at, corruptRecord(at)
	}
	if vs >= 0 {
		value = data[vs:ve:ve]
	}
	return data[ks:ke:ke], value, p, nil
}

// piece reads a length and as many bytes; start is -1 for null, next -1 if there are too few.
func piece(data []byte, at int) (start, end, next int) {
	n, p := varint(data, at)
	if p < 0 || n > int64(len(data)-p) {
		return 0, 0, -1
	}
	if n < 0 {
		return -1, -1, p
	}
	return p, p + int(n), p + int(n)
}

// varint reads a zigzag number; next is -1 if there is none.
func varint(data []byte, at int) (x int64, next int) {
	if uint(at) < uint(len(data)) {
		if c := data[at]; c < 0x80 {
			return int64(c>>1) ^ -int64(c&1), at + 1
		}
	}
	var u uint64
	for shift := uint(0); shift < 64; shift += 7 {
		if uint(at) >= uint(len(data)) {
			return 0, -1
		}
		c := data[at]
		at++
		u |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return int64(u>>1) ^ -int64(u&1), at
		}
	}
	return 0, -1
}
