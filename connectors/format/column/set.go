package column

import (
	"millrace/operators/vector"
	"millrace/sql/types"
)

// Set is the columns of a batch that is being built.
type Set struct {
	Columns []*Column
	Rows    int // rows ended
	begun   bool
	room    int // rows that the next batch has room for at first
}

// leastRoom is the least number of rows that a batch has room for.
const leastRoom = 256

// NewSet returns the columns of the given types.
func NewSet(pool *vector.Pool, ts []types.Type) *Set {
	s := &Set{room: leastRoom}
	for _, t := range ts {
		s.Columns = append(s.Columns, newColumn(pool, t, true))
	}
	return s
}

// Begin makes the columns ready, unless they are.
func (s *Set) Begin() {
	if s.begun {
		return
	}
	for _, c := range s.Columns {
		c.begin(s.room)
	}
	s.begun, s.Rows = true, 0
}

// EndRow ends a row. Columns that got no value get NULL.
func (s *Set) EndRow() {
	s.Rows++
	for _, c := range s.Columns {
		if c.N < s.Rows {
			c.AppendNull()
		}
	}
}

// Rollback takes back what was appended since row number rows, values that were not ended too.
func (s *Set) Rollback(rows int) {
	for _, c := range s.Columns {
		if c.N >= rows {
			c.Rollback(rows)
		}
	}
	s.Rows = rows
}

// Full tells whether the batch has its size.
func (s *Set) Full() bool {
	if s.Rows >= vector.MaxRows {
		return true
	}
	return s.Rows&63 == 63 && s.bytes() >= vector.MaxBytes
}

func (s *Set) bytes() int {
	n := 0
	for _, c := range s.Columns {
		n += c.bytes()
	}
	return n
}

func (c *Column) bytes() int {
	n := len(c.Data) + c.N*max(c.Store.Width(), 1)
	for _, ch := range c.Children {
		n += ch.bytes()
	}
	return n
}

// Take returns the batch, which the caller owns, or nil if it has no rows.
func (s *Set) Take() *vector.Batch {
	if s.Rows == 0 {
		return nil
	}
	cols := make([]*vector.Vector, len(s.Columns))
	for i, c := range s.Columns {
		cols[i] = c.take()
	}
	n := s.Rows
	// Batches of a slow stream are small: they get little memory.
	s.room = min(max(2*n, leastRoom), vector.MaxRows)
	s.begun, s.Rows = false, 0
	return vector.NewBatch(n, cols...)
}

// Close gives back the memory.
func (s *Set) Close() {
	if s.begun {
		for _, c := range s.Columns {
			c.drop()
		}
		s.begun = false
	}
}
