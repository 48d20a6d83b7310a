package state

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// Version is the version of the file format.
const Version = 2

const (
	magic      = "MRST"
	footerSize = 4 + 4 + 4 + len(magic)
)

// index is the directory of a file.
type index struct {
	schema  int64 // length of the schema message
	sum     uint32
	batches []batchEntry
}

type batchEntry struct {
	offset, length int64
	sum            uint32
	rows           int
	runs           []run
}

// checksum goes on with a checksum (CRC-32C) over further bytes.
func checksum(sum uint32, b []byte) uint32 {
	return crc32.Update(sum, crc32.MakeTable(crc32.Castagnoli), b)
}

// run is a number of consecutive rows of one key group (or operators.NoKeyGroup).
type run struct{ group, rows int }

func (x *index) append(b []byte) []byte {
	start := len(b)
	b = binary.AppendUvarint(b, uint64(x.schema))
	b = binary.AppendUvarint(b, uint64(x.sum))
	b = binary.AppendUvarint(b, uint64(len(x.batches)))
	for _, e := range x.batches {
		b = binary.AppendUvarint(b, uint64(e.offset))
		b = binary.AppendUvarint(b, uint64(e.length))
		b = binary.AppendUvarint(b, uint64(e.sum))
		b = binary.AppendUvarint(b, uint64(e.rows))
		b = binary.AppendUvarint(b, uint64(len(e.runs)))
		for _, r := range e.runs {
			b = binary.AppendUvarint(b, uint64(r.group+1))
			b = binary.AppendUvarint(b, uint64(r.rows))
		}
	}
	n := len(b) - start
	b = binary.LittleEndian.AppendUint32(b, checksum(0, b[start:]))
	b = binary.LittleEndian.AppendUint32(b, uint32(n))
	b = binary.LittleEndian.AppendUint32(b, Version)
	return append(b, magic...)
}

var errDamaged = errors.New("damaged state file")

// footer reads the end of a file and returns length and checksum of the index before it.
func footer(tail []byte) (length int64, sum uint32, err error) {
	if len(tail) < footerSize || string(tail[len(tail)-len(magic):]) != magic {
		return 0, 0, fmt.Errorf("%w: no index", errDamaged)
	}
	f := tail[len(tail)-footerSize:]
	if v := binary.LittleEndian.Uint32(f[8:]); v != Version {
		return 0, 0, fmt.Errorf("state file of version %d: this program reads version %d", v, Version)
	}
	return int64(binary.LittleEndian.Uint32(f[4:])), binary.LittleEndian.Uint32(f), nil
}

func parseIndex(b []byte) (*index, error) {
	bad := false
	next := func() int64 {
		v, n := binary.Uvarint(b)
		if n <= 0 || v > 1<<62 {
			bad = true
			return 0
		}
		b = b[n:]
		return int64(v)
	}
	count := func() int {
		n := next()
		if n > int64(len(b)) {
			bad = true
			return 0
		}
		return int(n)
	}
	x := &index{schema: next(), sum: uint32(next())}
	x.batches = make([]batchEntry, count())
	for i := range x.batches {
		e := &x.batches[i]
		e.offset, e.length, e.sum, e.rows = next(), next(), uint32(next()), int(next())
		e.runs = make([]run, count())
		sum := 0
		for k := range e.runs {
			e.runs[k] = run{int(next()) - 1, int(next())}
			sum += e.runs[k].rows
			bad = bad || sum > e.rows
		}
		if bad || sum != e.rows {
			return nil, fmt.Errorf("%w: bad index", errDamaged)
		}
	}
	if bad {
		return nil, fmt.Errorf("%w: bad index", errDamaged)
	}
	return x, nil
}
