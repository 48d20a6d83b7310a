package avro

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"millrace/connectors/format"
	"millrace/connectors/format/column"
	"millrace/operators/vector"
)

const (
	magic       = "Obj\x01"
	syncBytes   = 16
	windowBytes = 256 << 10
	mostHeader  = 16 << 20
)

// reader reads an object container file. Its places are the offsets of blocks.
type reader struct {
	f      io.ReaderAt
	size   int64
	first  int64 // offset of the first block
	at     int64 // of the next one
	sync   [syncBytes]byte
	codec  *codec
	set    *column.Set
	m      machine
	ops    []op
	window []byte // of the file, from start on
	start  int64
	block  []byte
	empty  bool // records take no bytes
}

// openContainer reads the header of a file.
func openContainer(c format.Config, f io.ReaderAt, size int64) (*reader, error) {
	r := &reader{f: f, size: size}
	meta, err := r.header()
	if err != nil {
		return nil, err
	}
	s, err := parseSchema([]byte(meta["avro.schema"]))
	if err != nil {
		return nil, err
	}
	if r.codec, err = newCodec(meta["avro.codec"]); err != nil {
		return nil, err
	}
	r.empty = s.empty
	r.set = column.NewSet(c.Pool, c.Columns.Types())
	r.ops, err = compile(s, c.Columns, r.set.Columns)
	return r, err
}

// read returns n bytes of the file at an offset, with slack behind them. They are valid until the next call.
func (r *reader) read(at int64, n int) ([]byte, error) {
	if at < r.start || at+int64(n) > r.start+int64(len(r.window)) {
		if int64(n) > r.size-at {
			return nil, io.ErrUnexpectedEOF
		}
		want := int(min(int64(max(n, windowBytes)), r.size-at))
		if cap(r.window) < want+vector.Slack {
			r.window = make([]byte, want+vector.Slack)
		}
		r.window = r.window[:want]
		k, err := r.f.ReadAt(r.window, at)
		if k < want {
			r.window = r.window[:0]
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
		r.start = at
	}
	from := int(at - r.start)
	return r.window[from : from+n], nil
}

// header reads the metadata and the sync marker.
func (r *reader) header() (map[string]string, error) {
	b, err := r.read(0, int(min(r.size, 4)))
	if err != nil {
		return nil, err
	}
	if string(b) != magic {
		return nil, fmt.Errorf("this is no avro object container file: it begins with %q, not %q", b, magic)
	}
	for n := int64(windowBytes); ; n *= 4 {
		n = min(n, r.size, mostHeader)
		if b, err = r.read(0, int(n)); err != nil {
			return nil, err
		}
		meta, p, ok := parseMeta(b[:len(b):cap(b)])
		if ok && p+syncBytes <= len(b) {
			copy(r.sync[:], b[p:])
			r.first = int64(p + syncBytes)
			r.at = r.first
			return meta, nil
		}
		if n == mostHeader {
			return nil, fmt.Errorf("the header is longer than %d bytes", mostHeader)
		}
		if n == r.size {
			return nil, fmt.Errorf("the file ends within its header (%d bytes)", n)
		}
	}
}

// parseMeta reads the map of the header; ok is false if it ends too early or is malformed.
func parseMeta(b []byte) (meta map[string]string, p int, ok bool) {
	meta = map[string]string{}
	p = len(magic)
	data := b[:cap(b)]
	text := func() (string, bool) {
		n, next := varint(data, p)
		if next < 0 || next > len(b) || n < 0 || n > int64(len(b)-next) {
			return "", false
		}
		p = next + int(n)
		return string(b[next:p]), true
	}
	for {
		n, next := varint(data, p)
		if next < 0 || next > len(b) {
			return nil, 0, false
		}
		if p = next; n == 0 {
			return meta, p, true
		}
		if n < 0 {
			if _, p = varint(data, p); p < 0 || p > len(b) {
				return nil, 0, false
			}
			n = -n
		}
		for ; n != 0; n-- {
			k, okKey := text()
			v, okValue := text()
			if !okKey || !okValue {
				return nil, 0, false
			}
			meta[k] = v
		}
	}
}

// Place is the offset of the next block.
func (r *reader) Place() int64 { return r.at }

// MoveTo goes to the offset of a block.
func (r *reader) MoveTo(place int64) error {
	if place != 0 && (place < r.first || place > r.size) {
		return fmt.Errorf("there is no block at offset %d", place)
	}
	r.at = max(place, r.first)
	return nil
}

// Next returns the rows of the next blocks.
func (r *reader) Next() (*vector.Batch, error) {
	if r.at >= r.size {
		return nil, io.EOF
	}
	r.set.Begin()
	for n := 0; r.at < r.size && r.set.Rows < vector.MaxRows && n < vector.MaxBytes; n += len(r.block) {
		at := r.at
		if err := r.step(); err != nil {
			r.set.Rollback(0)
			r.at = at
			return nil, fmt.Errorf("avro block at offset %d: %w", at, err)
		}
	}
	return r.set.Take(), nil
}

// step reads a block.
func (r *reader) step() error {
	head := int(min(r.size-r.at, 20))
	b, err := r.read(r.at, head)
	if err != nil {
		return err
	}
	data := b[:cap(b)]
	rows, p := varint(data, 0)
	size, q := int64(0), -1
	if p >= 0 && p <= head {
		size, q = varint(data, p)
	}
	switch {
	case q < 0 || q > head:
		if r.size-r.at < 20 {
			return errors.New("the file ends within the head of the block")
		}
		return errors.New("the head of the block is malformed")
	case rows < 0 || size < 0:
		return fmt.Errorf("the block says that it has %d rows in %d bytes", rows, size)
	case size > r.size-r.at-int64(q)-syncBytes:
		return fmt.Errorf("the file ends within the block: it has %d bytes and a sync marker, %d bytes are there", size, r.size-r.at-int64(q))
	case size > mostBlock:
		return fmt.Errorf("a block has more than %d bytes", mostBlock)
	}
	if b, err = r.read(r.at, q+int(size)+syncBytes); err != nil {
		return err
	}
	if !bytes.Equal(b[q+int(size):], r.sync[:]) {
		return errors.New("the sync marker behind the block is not that of the file: the file is damaged")
	}
	if r.block, err = r.codec.unpack(r.block[:0], b[q:q+int(size)]); err != nil {
		return err
	}
	if err := r.decode(rows); err != nil {
		return err
	}
	r.at += int64(q) + size + syncBytes
	return nil
}

// decode appends the rows of the unpacked block.
func (r *reader) decode(rows int64) error {
	if r.empty && rows > mostEmpty || !r.empty && rows > int64(len(r.block)) {
		return fmt.Errorf("%d rows do not fit into %d bytes", rows, len(r.block))
	}
	r.m.data, r.m.end = r.block[:cap(r.block)], len(r.block)
	p := 0
	for i := range rows {
		if p = r.m.run(r.ops, p); p < 0 {
			return fmt.Errorf("row %d: %w", i, r.m.error())
		}
		r.set.EndRow()
	}
	if p != len(r.block) {
		return fmt.Errorf("%d bytes are left behind its %d rows", len(r.block)-p, rows)
	}
	return nil
}

// Close gives memory back.
func (r *reader) Close() {
	r.set.Close()
	r.codec.close()
}
