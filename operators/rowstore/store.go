package rowstore

import (
	"millrace/operators/vector"
	"millrace/sql/types"
)

// ID names a row of a store: the chunk in the upper bits, the row in the lower 12. IDs are reused after deletion.
type ID = uint32

// None is no row.
const None ID = 1<<32 - 1

const (
	chunkBits = 12
	chunkRows = 1 << chunkBits
	rowMask   = chunkRows - 1
	// byReference is the number of rows from which on a batch becomes a chunk of its own.
	byReference = 1024
)

// chunk is up to 4096 rows.
type chunk struct {
	cols  []*vector.Vector // views of the builders while the chunk is open
	batch *vector.Batch    // what the columns belong to; nil while open
	n     int              // rows, dead ones included
	live  int
	dead  []uint64 // bit set: deleted; nil: none
}

func (c *chunk) isDead(row int) bool { return c.dead != nil && c.dead[row>>6]>>(row&63)&1 != 0 }

// Store keeps rows.
type Store struct {
	pool   *vector.Pool
	types  []types.Type
	chunks []*chunk // nil: free slot
	free   []uint32 // free slots
	rows   *vector.Rows
	open   int // slot of the open chunk; -1: none
	live   int
}

// New returns an empty store of rows of the given types.
func New(pool *vector.Pool, ts []types.Type) *Store {
	return &Store{pool: pool, types: ts, open: -1}
}

// Len is the number of live rows.
func (s *Store) Len() int { return s.live }

// Slots is a bound of all ids: id>>12 is below it. Side tables by id have this many chunks of 4096.
func (s *Store) Slots() int { return len(s.chunks) }

// Types returns the column types.
func (s *Store) Types() []types.Type { return s.types }

func (s *Store) newSlot(c *chunk) int {
	if n := len(s.free); n > 0 {
		slot := int(s.free[n-1])
		s.free = s.free[:n-1]
		s.chunks[slot] = c
		return slot
	}
	s.chunks = append(s.chunks, c)
	return len(s.chunks) - 1
}

// Append adds the given physical rows of b and writes their ids to ids, which has the length of rows.
// A batch that is taken whole is kept by reference.
func (s *Store) Append(b *vector.Batch, rows []int32, ids []ID) {
	s.append(b, rows, ids, len(rows) == b.Len)
}

// AppendCopy is Append that never keeps a reference to the batch: for batches over memory that will be reused.
func (s *Store) AppendCopy(b *vector.Batch, rows []int32, ids []ID) { s.append(b, rows, ids, false) }

func (s *Store) append(b *vector.Batch, rows []int32, ids []ID, whole bool) {
	if len(rows) == 0 {
		return
	}
	s.live += len(rows)
	if len(rows) >= byReference {
		s.appendChunk(b, rows, ids, whole)
		return
	}
	for i, r := range rows {
		if s.open < 0 {
			s.openChunk()
		}
		c := s.chunks[s.open]
		for j, col := range s.rows.Columns {
			col.AppendFrom(b.Columns[j], int(r))
		}
		ids[i] = ID(s.open<<chunkBits | c.n)
		c.n++
		c.live++
		if c.n == chunkRows {
			s.closeChunk()
		}
	}
	if s.open >= 0 {
		c := s.chunks[s.open]
		for j, col := range s.rows.Columns {
			c.cols[j] = col.View()
		}
	}
}

func (s *Store) appendChunk(b *vector.Batch, rows []int32, ids []ID, whole bool) {
	c := &chunk{n: len(rows), live: len(rows)}
	if whole {
		c.batch = b.Retain()
	} else {
		cols := make([]*vector.Vector, len(b.Columns))
		for i, col := range b.Columns {
			cols[i] = vector.Gather(s.pool, col, rows)
		}
		c.batch = vector.NewBatch(len(rows), cols...)
	}
	c.cols = c.batch.Columns
	base := ID(s.newSlot(c) << chunkBits)
	for i := range ids {
		ids[i] = base + ID(i)
	}
}

func (s *Store) openChunk() {
	if s.rows == nil {
		s.rows = vector.NewRows(s.pool, s.types, 16)
	}
	s.open = s.newSlot(&chunk{cols: make([]*vector.Vector, len(s.types))})
}

func (s *Store) closeChunk() {
	c := s.chunks[s.open]
	cols := make([]*vector.Vector, len(s.types))
	for i, b := range s.rows.Columns {
		cols[i] = b.Finish()
	}
	c.batch = vector.NewBatch(c.n, cols...)
	c.cols = c.batch.Columns
	slot := s.open
	s.open = -1
	s.dropEmpty(slot)
}

// Delete removes a row. Its id must not be used afterwards.
func (s *Store) Delete(id ID) {
	slot, row := int(id>>chunkBits), int(id&rowMask)
	c := s.chunks[slot]
	if c.dead == nil {
		c.dead = make([]uint64, chunkRows/64)
	}
	c.dead[row>>6] |= 1 << (row & 63)
	c.live--
	s.live--
	s.dropEmpty(slot)
}

func (s *Store) dropEmpty(slot int) {
	if c := s.chunks[slot]; c.live == 0 && c.batch != nil {
		c.batch.Release()
		s.chunks[slot] = nil
		s.free = append(s.free, uint32(slot))
	}
}

// Column returns the column of the chunk that a row is in, and its position there: for reading single values.
func (s *Store) Column(id ID, col int) (*vector.Vector, int) {
	return s.chunks[id>>chunkBits].cols[col], int(id & rowMask)
}

// Each calls visit for every live row, in the order of ids.
func (s *Store) Each(visit func(ID)) {
	for slot, c := range s.chunks {
		if c == nil {
			continue
		}
		for r := range c.n {
			if !c.isDead(r) {
				visit(ID(slot<<chunkBits | r))
			}
		}
	}
}

// Close releases all rows.
func (s *Store) Close() {
	for _, c := range s.chunks {
		if c != nil && c.batch != nil {
			c.batch.Release()
		}
	}
	if s.rows != nil {
		s.rows.Release()
	}
	s.chunks, s.free, s.rows, s.open, s.live = nil, nil, nil, -1, 0
}
