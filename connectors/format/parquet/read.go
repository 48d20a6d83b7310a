package parquet

import (
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/file"

	"millrace/connectors/format"
	"millrace/connectors/format/column"
	"millrace/operators/vector"
)

// levelsAtOnce is how many entries of a column chunk are decoded at a time.
const levelsAtOnce = 1024

// cursor walks over the entries of a column of the file.
type cursor struct {
	number         int // of the column in the file
	maxDef, maxRep int16
	chunk          file.ColumnChunkReader
	def, rep       []int16
	n, at          int // entries decoded, next one
	value          int // number of the next value
	b              []bool
	i32            []int32
	i64            []int64
	f32            []float32
	f64            []float64
	bytes          []parquet.ByteArray
	fixed          []parquet.FixedLenByteArray
	i96            []parquet.Int96
	err            error
}

// begin starts with a column chunk.
func (c *cursor) begin(chunk file.ColumnChunkReader) {
	c.chunk, c.n, c.at, c.value, c.err = chunk, 0, 0, 0, nil
	if c.def == nil {
		c.def, c.rep = make([]int16, levelsAtOnce), make([]int16, levelsAtOnce)
	}
}

// more makes sure that there is an entry; false at the end of the chunk or with an error.
func (c *cursor) more() bool {
	if c.at < c.n {
		return true
	}
	if c.err != nil || c.chunk == nil {
		return false
	}
	var n int64
	var read int
	def, rep := c.def, c.rep
	switch r := c.chunk.(type) {
	case *file.BooleanColumnChunkReader:
		n, read, c.err = r.ReadBatch(levelsAtOnce, room(&c.b), def, rep)
	case *file.Int32ColumnChunkReader:
		n, read, c.err = r.ReadBatch(levelsAtOnce, room(&c.i32), def, rep)
	case *file.Int64ColumnChunkReader:
		n, read, c.err = r.ReadBatch(levelsAtOnce, room(&c.i64), def, rep)
	case *file.Float32ColumnChunkReader:
		n, read, c.err = r.ReadBatch(levelsAtOnce, room(&c.f32), def, rep)
	case *file.Float64ColumnChunkReader:
		n, read, c.err = r.ReadBatch(levelsAtOnce, room(&c.f64), def, rep)
	case *file.ByteArrayColumnChunkReader:
		n, read, c.err = r.ReadBatch(levelsAtOnce, room(&c.bytes), def, rep)
	case *file.FixedLenByteArrayColumnChunkReader:
		n, read, c.err = r.ReadBatch(levelsAtOnce, room(&c.fixed), def, rep)
	case *file.Int96ColumnChunkReader:
		n, read, c.err = r.ReadBatch(levelsAtOnce, room(&c.i96), def, rep)
	}
	if c.err == nil {
		c.err = c.chunk.Err()
	}
	if c.err == nil && c.maxDef > 0 {
		values := 0
		for _, d := range def[:n] {
			if d == c.maxDef {
				values++
			}
		}
		if values != read {
			c.err = fmt.Errorf("a page says %d values, %d are there", values, read)
		}
	}
	if c.err != nil {
		n = 0
	}
	c.n, c.at, c.value = int(n), 0, 0
	return n > 0
}

func room[T any](s *[]T) []T {
	if *s == nil {
		*s = make([]T, levelsAtOnce)
	}
	return *s
}

// level is the definition level of the next entry.
func (c *cursor) level() int16 {
	if c.maxDef == 0 {
		return 0
	}
	return c.def[c.at]
}

// pass goes to the entry after the next one.
func (c *cursor) pass() {
	if c.level() == c.maxDef {
		c.value++
	}
	c.at++
}

// within tells whether the next entry goes on with a list of that level.
func (c *cursor) within(rep int16) bool { return c.more() && c.rep[c.at] >= rep }

// skip passes over rows.
func (c *cursor) skip(rows int64) bool {
	for ; rows > 0; rows-- {
		if !c.more() {
			return false
		}
		c.pass()
		for c.maxRep > 0 && c.more() && c.rep[c.at] > 0 {
			c.pass()
		}
	}
	return true
}

// reader implements format.FileReader. Its places are numbers of rows.
type reader struct {
	f       *file.Reader
	set     *column.Set
	sources []*source // nil: the file has no such column
	cursors []*cursor
	rows    int64
	at      int64 // next row
	group   int   // row group that is being read; -1: none
	left    int64 // rows of it that are left
}

func newReader(c format.Config, s *settings, at io.ReaderAt, size int64) (r *reader, err error) {
	defer guard(&err)
	r = &reader{group: -1}
	section := io.NewSectionReader(at, 0, size)
	r.f, err = file.NewParquetReader(section, file.WithReadProps(parquet.NewReaderProperties(memory.NewGoAllocator())))
	if err != nil {
		return nil, fmt.Errorf("this is no parquet file, or it is not complete: %w", err)
	}
	r.rows = r.f.NumRows()
	r.set = column.NewSet(c.Pool, c.Columns.Types())
	p := &planner{s: s, schema: r.f.MetaData().Schema}
	for k, f := range c.Columns {
		n, err := p.find(p.schema.Root(), f, r.set.Columns[k], f.Name)
		if err != nil {
			return nil, err
		}
		r.sources = append(r.sources, n)
	}
	r.cursors = p.cursors
	return r, nil
}

// Place is the number of the next row.
func (r *reader) Place() int64 { return r.at }

// MoveTo goes to a row.
func (r *reader) MoveTo(place int64) (err error) {
	defer guard(&err)
	if place < 0 || place > r.rows {
		return fmt.Errorf("there is no row %d", place)
	}
	r.at, r.group, r.left = place, -1, 0
	for g := range r.f.NumRowGroups() {
		n := r.f.MetaData().RowGroup(g).NumRows()
		if place >= n {
			place -= n
			continue
		}
		if err := r.open(g); err != nil {
			return err
		}
		for _, c := range r.cursors {
			if !c.skip(place) {
				return c.short(g)
			}
		}
		r.left -= place
		return nil
	}
	r.group = r.f.NumRowGroups()
	return nil
}

func (c *cursor) short(group int) error {
	if c.err != nil {
		return fmt.Errorf("row group %d: column %d: %w", group, c.number, c.err)
	}
	return fmt.Errorf("row group %d: column %d ends too early", group, c.number)
}

// open begins a row group.
func (r *reader) open(g int) error {
	group := r.f.RowGroup(g)
	r.group, r.left = g, group.NumRows()
	for _, c := range r.cursors {
		chunk, err := group.Column(c.number)
		if err != nil {
			return fmt.Errorf("row group %d: column %d: %w", g, c.number, err)
		}
		c.begin(chunk)
	}
	return nil
}

// Next returns the next rows of a row group.
func (r *reader) Next() (b *vector.Batch, err error) {
	for r.left == 0 {
		if r.group+1 >= r.f.NumRowGroups() {
			return nil, io.EOF
		}
		if err := r.next(); err != nil {
			return nil, err
		}
	}
	n := int(min(r.left, vector.MaxRows))
	r.set.Begin()
	if err := r.read(n); err != nil {
		r.set.Rollback(0)
		return nil, fmt.Errorf("rows %d to %d: %w", r.at, r.at+int64(n)-1, err)
	}
	r.set.Rows = n
	r.at, r.left = r.at+int64(n), r.left-int64(n)
	return r.set.Take(), nil
}

func (r *reader) next() (err error) {
	defer guard(&err)
	return r.open(r.group + 1)
}

var errNull = errors.New("it is NOT NULL, but the file has null")

// read appends n rows to each column.
func (r *reader) read(n int) (err error) {
	defer guard(&err)
	for k, s := range r.sources {
		c := r.set.Columns[k]
		if s == nil {
			for range n {
				c.AppendNull()
			}
			continue
		}
		for range n {
			if err := s.get(); err != nil {
				return fmt.Errorf("column '%s': %w", s.path, err)
			}
		}
	}
	return nil
}

// Close gives memory back.
func (r *reader) Close() { r.set.Close() }
