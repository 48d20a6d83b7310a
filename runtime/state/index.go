package state

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Version is the version of the file format.
const Version = 1

const (
	magic      = "MRST"
	footerSize = 4 + 4 + len(magic)
)

// index is the directory of a file.
type index struct {
	schema  int64 // length of the schema message
	batches []batchEntry
}

type batchEntry struct {
	offset, length int64
	rows           int
	runs           []run
}

// run is a number of consecutive rows of one key group (or operators.NoKeyGroup).
type run struct{ group, rows int }

func (x *index) append(b []byte) []byte {
	start := len(b)
	b = binary.AppendUvarint(b, uint64(x.schema))
	b = binary.AppendUvarint(b, uint64(len(x.batches)))
	for _, e := range x.batches {
		b = binary.AppendUvarint(b, uint64(e.offset))
		b = binary.AppendUvarint(b, uint64(e.length))
		b = binary.AppendUvarint(b, uint64(e.rows))
		b = binary.AppendUvarint(b, uint64(len(e.runs)))
		for _, r := range e.runs {
			b = binary.AppendUvarint(b, uint64(r.group+1))
			b = binary.AppendUvarint(b, uint64(r.rows))
		}
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(len(b)-start))
	b = binary.LittleEndian.AppendUint32(b, Version)
	return append(b, magic...)
}

var errDamaged = errors.New("damaged state file")

// footer reads the end of a file and returns the length of the index before it.
func footer(tail []byte) (int, error) {
	if len(tail) < footerSize || string(tail[len(tail)-len(magic):]) != magic {
		return 0, fmt.Errorf("%w: no index", errDamaged)
	}
	f := tail[len(tail)-footerSize:]
	if v := binary.LittleEndian.Uint32(f[4:]); v != Version {
		return 0, fmt.Errorf("state file of version %d: this program reads version %d", v, Version)
	}
	return int(binary.LittleEndian.Uint32(f)), nil
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
	x := &index{schema: next()}
	x.batches = make([]batchEntry, count())
	for i := range x.batches {
		e := &x.batches[i]
		e.offset, e.length, e.rows = next(), next(), int(next())
		e.runs = make([]run, count())
		sum := 0
		for k := range e.runs {
			e.runs[k] = run{int(next()) - 1, int(next())}
			sum += e.runs[k].rows
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
