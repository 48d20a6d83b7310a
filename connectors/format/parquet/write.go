package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/file"
	"github.com/apache/arrow/go/v17/parquet/schema"

	"millrace/connectors/format"
	"millrace/connectors/format/scalar"
	"millrace/operators/kernel/civil"
	"millrace/operators/kernel/decimal"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// sink hands bytes to the output of the call in progress.
type sink struct{ out *format.Output }

// Write appends to the output.
func (s *sink) Write(b []byte) (int, error) {
	s.out.Data = append(s.out.Data, b...)
	return len(b), nil
}

// leaf takes the values of a column of the file, with their levels, until they are handed to the library.
type leaf struct {
	def, rep       []int16
	maxDef, maxRep int16
	b              []bool
	i32            []int32
	i64            []int64
	f32            []float32
	f64            []float64
	bytes          []parquet.ByteArray
	fixed          []parquet.FixedLenByteArray
	i96            []parquet.Int96
	arena          []byte // of bytes and fixed
}

// node cuts values of a type into leaves.
type node struct {
	t        types.Type
	def      int16 // level of a value that is not NULL
	rep      int16 // ARRAY, MAP: level of all elements but the first
	children []*node
	leaf     *leaf
	leaves   []*leaf // below
	path     string
	size     int // of a decimal
	v        *vector.Vector
}

// writer implements format.FileWriter.
type writer struct {
	s         *settings
	sink      sink
	w         *file.Writer
	group     file.BufferedRowGroupWriter
	bytes     int64 // about what the row group has
	nodes     []*node
	leaves    []*leaf
	positions []int
	scratch   []uint16
}

func newWriter(c format.Config, s *settings, out *format.Output) (w *writer, err error) {
	defer guard(&err)
	r, err := root(c.Columns, s)
	if err != nil {
		return nil, err
	}
	w = &writer{s: s, sink: sink{out}, positions: c.Positions}
	for _, f := range c.Columns {
		w.nodes = append(w.nodes, w.node(f.Type, f.Name, 0, 0))
	}
	w.w = file.NewParquetWriter(&w.sink, r, file.WithWriterProps(s.properties(r)))
	return w, nil
}

// properties returns those of a file. Columns of a fixed width, that is decimals, have no dictionary: Flink does not read it.
func (s *settings) properties(root *schema.GroupNode) *parquet.WriterProperties {
	all := slices.Clone(s.writer)
	sc := schema.NewSchema(root)
	for i := range sc.NumColumns() {
		if c := sc.Column(i); c.PhysicalType() == parquet.Types.FixedLenByteArray {
			all = append(all, parquet.WithDictionaryFor(c.Path(), false))
		}
	}
	return parquet.NewWriterProperties(all...)
}

// node builds the tree of a type; def and rep are the levels above.
func (w *writer) node(t types.Type, path string, def, rep int16) *node {
	n := &node{t: t, path: path, def: def, rep: rep}
	if !t.NotNull {
		n.def++
	}
	first := len(w.leaves)
	names := []string{path + "[]", path + "[]"}
	switch t.Kind {
	case types.Row:
		for _, f := range t.Fields {
			n.children = append(n.children, w.node(f.Type, path+"."+f.Name, n.def, rep))
		}
	case types.Array, types.Map, types.Multiset:
		n.rep = rep + 1
		for k, ct := range t.Children() {
			if k == 0 && t.Kind != types.Array {
				ct = ct.AsNotNull()
			}
			n.children = append(n.children, w.node(ct, names[k], n.def+1, rep+1))
		}
	default:
		n.leaf = &leaf{maxDef: n.def, maxRep: rep}
		if t.Kind == types.Decimal {
			n.size = decimalBytes(t.Precision)
		}
		w.leaves = append(w.leaves, n.leaf)
	}
	n.leaves = w.leaves[first:len(w.leaves):len(w.leaves)]
	return n
}

func (n *node) bind(v *vector.Vector) {
	n.v = v
	for k, c := range n.children {
		c.bind(v.Children[k])
	}
}

// none appends an entry without a value to all leaves below.
func (n *node) none(def, rep int16) {
	for _, l := range n.leaves {
		l.def, l.rep = append(l.def, def), append(l.rep, rep)
	}
}

// put cuts value i; rep is the level of its first entry.
func (n *node) put(s *settings, i int, rep int16) error {
	if n.v.Valid != nil && n.v.IsNull(i) {
		if n.t.NotNull {
			return &format.RecordError{Field: n.path, Err: errors.New("NULL cannot be written, it is NOT NULL")}
		}
		n.none(n.def-1, rep)
		return nil
	}
	switch n.t.Kind {
	case types.Row:
		for _, c := range n.children {
			if err := c.put(s, i, rep); err != nil {
				return err
			}
		}
		return nil
	case types.Array, types.Map, types.Multiset:
		from, to := int(n.v.Offsets[i]), int(n.v.Offsets[i+1])
		if from == to {
			n.none(n.def, rep)
		}
		for k := from; k < to; k++ {
			for _, c := range n.children {
				if err := c.put(s, k, rep); err != nil {
					return err
				}
			}
			rep = n.rep
		}
		return nil
	}
	l := n.leaf
	l.def, l.rep = append(l.def, n.def), append(l.rep, rep)
	return n.value(s, l, i)
}

// value appends the value itself.
func (n *node) value(s *settings, l *leaf, i int) error {
	v := n.v
	switch n.t.Storage() {
	case types.StoreBool:
		l.b = append(l.b, v.Bool(i))
	case types.StoreI8:
		l.i32 = append(l.i32, int32(vector.Values[int8](v)[i]))
	case types.StoreI16:
		l.i32 = append(l.i32, int32(vector.Values[int16](v)[i]))
	case types.StoreI32:
		l.i32 = append(l.i32, vector.Values[int32](v)[i])
	case types.StoreF32:
		l.f32 = append(l.f32, vector.Values[float32](v)[i])
	case types.StoreF64:
		l.f64 = append(l.f64, vector.Values[float64](v)[i])
	case types.StoreBytes:
		// The library keeps the least and the greatest value of a row group, the batch lives shorter.
		from := len(l.arena)
		l.arena = append(l.arena, v.Bytes(i)...)
		l.bytes = append(l.bytes, l.arena[from:len(l.arena):len(l.arena)])
	default:
		if n.t.IsTimestamp() {
			return n.timestamp(s, l, scalar.TimestampAt(v, i))
		}
		if n.t.Kind == types.Decimal {
			return n.decimal(l, scalar.DecimalAt(v, i))
		}
		l.i64 = append(l.i64, vector.Values[int64](v)[i])
	}
	return nil
}

func (n *node) decimal(l *leaf, x decimal.Int128) error {
	from := len(l.arena)
	l.arena = append(l.arena, make([]byte, n.size)...)
	b := l.arena[from:len(l.arena):len(l.arena)]
	if !scalar.PutBigEndian(b, x) {
		return &format.RecordError{Field: n.path, Err: fmt.Errorf("a number does not fit %s", n.t)}
	}
	l.fixed = append(l.fixed, b)
	return nil
}

const (
	julianEpoch = 2_440_588 // the Julian day of 1970-01-01
	nanosPerDay = civil.MillisPerDay * 1_000_000
)

func (n *node) timestamp(s *settings, l *leaf, ts civil.Timestamp) error {
	if !s.utc {
		ts.Millis = toHybrid(ts.Millis)
	}
	if s.zone != nil {
		ts.Millis = s.zone.ToInstant(ts.Millis)
	}
	if !s.int64 {
		day := ts.Millis / civil.MillisPerDay
		if ts.Millis%civil.MillisPerDay < 0 {
			day--
		}
		var x parquet.Int96
		binary.LittleEndian.PutUint64(x[:], uint64((ts.Millis-day*civil.MillisPerDay)*1_000_000+int64(ts.Nanos)))
		binary.LittleEndian.PutUint32(x[8:], uint32(day+julianEpoch))
		l.i96 = append(l.i96, x)
		return nil
	}
	switch s.unit {
	case 1e3:
		l.i64 = append(l.i64, ts.Millis)
	case 1e6:
		l.i64 = append(l.i64, ts.Micros())
	default:
		x, ok := ts.NanosInt128().Int64()
		if !ok {
			return &format.RecordError{Field: n.path, Err: errors.New("the time is outside of 1677 to 2262, which 64 bits of nanoseconds hold")}
		}
		l.i64 = append(l.i64, x)
	}
	return nil
}

// Encode cuts rows into columns; what a row group has is written when it is full.
func (w *writer) Encode(b *vector.Batch, rows []uint16, out *format.Output) (err error) {
	defer guard(&err)
	w.sink.out = out
	if rows == nil {
		w.scratch = format.Rows(b, w.scratch)
		rows = w.scratch
	}
	if len(rows) == 0 {
		return nil
	}
	if w.group == nil {
		w.group = w.w.AppendBufferedRowGroup()
	}
	for k, n := range w.nodes {
		n.bind(b.Columns[w.positions[k]])
		for _, r := range rows {
			if err := n.put(w.s, int(r), 0); err != nil {
				return err
			}
		}
	}
	for k, l := range w.leaves {
		c, err := w.group.Column(k)
		if err != nil {
			return err
		}
		if err := l.hand(c); err != nil {
			return fmt.Errorf("column %d: %w", k, err)
		}
	}
	w.bytes += int64(b.Bytes()) * int64(len(rows)) / int64(max(b.Len, 1))
	if w.bytes >= w.s.blockSize {
		return w.closeGroup()
	}
	return nil
}

func (w *writer) closeGroup() error {
	g := w.group
	w.group, w.bytes = nil, 0
	return g.Close()
}

// hand gives the entries to the library.
func (l *leaf) hand(c file.ColumnChunkWriter) (err error) {
	def, rep := l.def, l.rep
	if l.maxDef == 0 {
		def = nil
	}
	if l.maxRep == 0 {
		rep = nil
	}
	switch c := c.(type) {
	case *file.BooleanColumnChunkWriter:
		_, err = c.WriteBatch(l.b, def, rep)
	case *file.Int32ColumnChunkWriter:
		_, err = c.WriteBatch(l.i32, def, rep)
	case *file.Int64ColumnChunkWriter:
		_, err = c.WriteBatch(l.i64, def, rep)
	case *file.Float32ColumnChunkWriter:
		_, err = c.WriteBatch(l.f32, def, rep)
	case *file.Float64ColumnChunkWriter:
		_, err = c.WriteBatch(l.f64, def, rep)
	case *file.ByteArrayColumnChunkWriter:
		_, err = c.WriteBatch(l.bytes, def, rep)
	case *file.FixedLenByteArrayColumnChunkWriter:
		_, err = c.WriteBatch(l.fixed, def, rep)
	case *file.Int96ColumnChunkWriter:
		_, err = c.WriteBatch(l.i96, def, rep)
	}
	l.def, l.rep, l.b, l.i32, l.i64 = l.def[:0], l.rep[:0], l.b[:0], l.i32[:0], l.i64[:0]
	l.f32, l.f64, l.bytes, l.fixed, l.i96 = l.f32[:0], l.f64[:0], l.bytes[:0], l.fixed[:0], l.i96[:0]
	l.arena = make([]byte, 0, cap(l.arena)) // not used again: the statistics keep values of it
	return err
}

// Finish appends the last row group and the footer.
func (w *writer) Finish(out *format.Output) (err error) {
	defer guard(&err)
	w.sink.out = out
	if w.group != nil {
		if err := w.closeGroup(); err != nil {
			return err
		}
	}
	return w.w.Close()
}
