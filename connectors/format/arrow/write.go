package arrow

import (
	"errors"
	"fmt"
	"io"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"millrace/connectors/format"
	"millrace/operators/kernel/decimal"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// sink counts bytes and hands them to the output of the call in progress.
type sink struct {
	out *format.Output
	n   int64
}

// Write appends to the output.
func (s *sink) Write(b []byte) (int, error) {
	s.out.Data = append(s.out.Data, b...)
	s.n += int64(len(b))
	return len(b), nil
}

// Seek tells where the next byte goes; the writer asks for nothing else.
func (s *sink) Seek(offset int64, whence int) (int64, error) {
	if offset != 0 || whence != io.SeekCurrent {
		return 0, errors.New("a file cannot be written out of order")
	}
	return s.n, nil
}

// writer implements format.FileWriter.
type writer struct {
	schema    *arrow.Schema
	positions []int
	sink      sink
	w         *ipc.FileWriter
	pool      *vector.Pool
}

func newWriter(c format.Config, codec string, out *format.Output) (*writer, error) {
	fs, err := fields(c.Columns)
	if err != nil {
		return nil, fmt.Errorf("format 'arrow': %w", err)
	}
	w := &writer{schema: arrow.NewSchema(fs, nil), positions: c.Positions, sink: sink{out: out}, pool: vector.NewPool(0)}
	options := []ipc.Option{ipc.WithSchema(w.schema), ipc.WithAllocator(memory.DefaultAllocator)}
	switch codec {
	case "zstd":
		options = append(options, ipc.WithZstd())
	case "lz4":
		options = append(options, ipc.WithLZ4())
	}
	if w.w, err = ipc.NewFileWriter(&w.sink, options...); err != nil {
		return nil, fmt.Errorf("format 'arrow': %w", err)
	}
	return w, nil
}

// Encode writes rows as one batch.
func (w *writer) Encode(b *vector.Batch, rows []uint16, out *format.Output) error {
	w.sink.out = out
	if rows == nil {
		rows = b.Sel
	}
	n := b.Len
	if rows != nil {
		n = len(rows)
	}
	if n == 0 {
		return nil
	}
	cols := make([]arrow.Array, len(w.positions))
	for i, at := range w.positions {
		v := b.Columns[at].Retain()
		if rows != nil {
			v.Release()
			v = vector.Gather(w.pool, v, rows)
		}
		defer v.Release()
		d, err := toData(v, w.schema.Field(i).Type)
		if err != nil {
			return &format.RecordError{Field: w.schema.Field(i).Name, Err: err}
		}
		cols[i] = array.MakeFromData(d)
		d.Release()
		defer cols[i].Release()
	}
	r := array.NewRecord(w.schema, cols, int64(n))
	defer r.Release()
	return w.w.Write(r)
}

// Finish appends the footer.
func (w *writer) Finish(out *format.Output) error {
	w.sink.out = out
	return w.w.Close()
}

// toData makes an array of a column, over its memory where the layouts are equal.
func toData(v *vector.Vector, dt arrow.DataType) (arrow.ArrayData, error) {
	var valid, offsets *memory.Buffer
	if v.Valid != nil {
		valid = memory.NewBufferBytes(v.Valid)
	}
	if v.Offsets != nil {
		offsets = memory.NewBufferBytes(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v.Offsets))), 4*len(v.Offsets)))
	}
	n := v.NullCount()
	switch v.Type.Storage() {
	case types.StoreBytes:
		return array.NewData(dt, v.Len, []*memory.Buffer{valid, offsets, memory.NewBufferBytes(v.Data)}, nil, n, 0), nil
	case types.StoreList:
		e, err := toData(v.Children[0], dt.(*arrow.ListType).Elem())
		if err != nil {
			return nil, err
		}
		return array.NewData(dt, v.Len, []*memory.Buffer{valid, offsets}, []arrow.ArrayData{e}, n, 0), nil
	case types.StoreMap:
		m := dt.(*arrow.MapType)
		k, err := toData(v.Children[0], m.KeyType())
		if err != nil {
			return nil, err
		}
		e, err := toData(v.Children[1], m.ItemType())
		if err != nil {
			return nil, err
		}
		entries := array.NewData(m.Elem(), v.Children[0].Len, []*memory.Buffer{nil}, []arrow.ArrayData{k, e}, 0, 0)
		return array.NewData(dt, v.Len, []*memory.Buffer{valid, offsets}, []arrow.ArrayData{entries}, n, 0), nil
	case types.StoreStruct:
		var children []arrow.ArrayData
		for i, c := range v.Children {
			d, err := toData(c, dt.(*arrow.StructType).Field(i).Type)
			if err != nil {
				return nil, err
			}
			children = append(children, d)
		}
		return array.NewData(dt, v.Len, []*memory.Buffer{valid}, children, n, 0), nil
	}
	data, err := fixedData(v)
	return array.NewData(dt, v.Len, []*memory.Buffer{valid, memory.NewBufferBytes(data)}, nil, n, 0), err
}

// fixedData returns the bytes of fixed-width values.
func fixedData(v *vector.Vector) ([]byte, error) {
	switch {
	case v.Type.Kind == types.Decimal && v.Type.Storage() == types.StoreI64:
		out := make([]byte, 16*v.Len)
		for i, x := range vector.Values[int64](v) {
			decimal.FromInt64(x).PutLE(out[16*i:])
		}
		return out, nil
	case v.Type.IsTimestamp() && v.Type.Storage() == types.StoreI128:
		out := make([]int64, v.Len)
		for i, x := range vector.Values[decimal.Int128](v) {
			if v.IsNull(i) {
				continue
			}
			ns, ok := x.Int64()
			if !ok {
				return nil, errors.New("the time is outside of 1677 to 2262, which 64 bits of nanoseconds hold")
			}
			out[i] = ns
		}
		return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(out))), 8*len(out)), nil
	}
	return v.Data, nil
}
