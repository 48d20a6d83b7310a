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
	// sparseBelow is the share of live rows, one in so many, below which a chunk is worth compacting.
	sparseBelow = 4
	// sparseChunks is how many such chunks make a compaction.
	sparseChunks = 8
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

// sparse tells whether few rows of a closed chunk are live.
func (c *chunk) sparse() bool { return c.batch != nil && sparseBelow*c.live <= c.n }

// Store keeps rows.
type Store struct {
	pool   *vector.Pool
	types  []types.Type
	chunks []*chunk // nil: free slot
	free   []uint32 // free slots
	rows   *vector.Rows
	open   int // slot of the open chunk; -1: none
	live   int
	few    int // closed chunks that are sparse
}

// New returns an empty store of rows of the given types.
func New(pool *vector.Pool, ts []types.Type) *Store {
	return &Store{pool: pool, types: ts, open: -1}
}

// Len is the number of live rows.
func (s *Store) Len() int { return s.live }

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

// Append adds the given physical rows of b and writes their ids to ids, which has the length of rows. rows are ascending.
// A batch that is taken whole is kept by reference, unless it is small.
func (s *Store) Append(b *vector.Batch, rows []int32, ids []ID) {
	s.append(b.Columns, b, rows, ids)
}

// AppendCopy is Append that never keeps a reference to the batch: for batches over memory that will be reused. The rows may be in any order.
func (s *Store) AppendCopy(b *vector.Batch, rows []int32, ids []ID) {
	s.append(b.Columns, nil, rows, ids)
}

func (s *Store) append(cols []*vector.Vector, whole *vector.Batch, rows []int32, ids []ID) {
	if len(rows) == 0 {
		return
	}
	s.live += len(rows)
	if len(rows) >= byReference {
		for len(rows) > 0 {
			n := min(len(rows), chunkRows)
			if whole != nil && n == whole.Len {
				s.appendChunk(whole.Retain(), ids[:n])
			} else {
				s.appendChunk(s.gathered(cols, rows[:n]), ids[:n])
			}
			rows, ids = rows[n:], ids[n:]
		}
		return
	}
	for len(rows) > 0 {
		if s.open < 0 {
			s.openChunk()
		}
		c := s.chunks[s.open]
		n := min(len(rows), chunkRows-c.n)
		for j, col := range s.rows.Columns {
			col.AppendRows(cols[j], rows[:n])
		}
		base := ID(s.open<<chunkBits | c.n)
		for i := range n {
			ids[i] = base + ID(i)
		}
		c.n += n
		c.live += n
		rows, ids = rows[n:], ids[n:]
		if c.n == chunkRows || s.rowsBytes() > maxOpenBytes {
			s.closeChunk()
		}
	}
	if s.open >= 0 {
		c := s.chunks[s.open]
		for j, col := range s.rows.Columns {
			col.ViewInto(c.cols[j])
		}
	}
}

// maxOpenBytes bounds an open chunk, whose variable-length data is addressed with 31 bits.
const maxOpenBytes = 256 << 20

func (s *Store) rowsBytes() int {
	n := 0
	for _, c := range s.rows.Columns {
		n += c.Size()
	}
	return n
}

func (s *Store) gathered(cols []*vector.Vector, rows []int32) *vector.Batch {
	out := make([]*vector.Vector, len(cols))
	for i, col := range cols {
		out[i] = vector.Gather(s.pool, col, rows)
	}
	return vector.NewBatch(len(rows), out...)
}

// appendChunk takes over a reference of b.
func (s *Store) appendChunk(b *vector.Batch, ids []ID) {
	c := &chunk{n: b.Len, live: b.Len, batch: b, cols: b.Columns}
	base := ID(s.newSlot(c) << chunkBits)
	for i := range ids {
		ids[i] = base + ID(i)
	}
}

func (s *Store) openChunk() {
	if s.rows == nil {
		s.rows = vector.NewRows(s.pool, s.types, 16)
	}
	c := &chunk{cols: make([]*vector.Vector, len(s.types))}
	for i := range c.cols {
		c.cols[i] = &vector.Vector{}
	}
	s.open = s.newSlot(c)
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
	if c.sparse() {
		s.few++
	}
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
	was := c.sparse()
	c.live--
	s.live--
	if !was && c.sparse() {
		s.few++
	}
	s.dropEmpty(slot)
}

func (s *Store) dropEmpty(slot int) {
	if c := s.chunks[slot]; c.live == 0 && c.batch != nil {
		s.dropChunk(slot)
	}
}

func (s *Store) dropChunk(slot int) {
	s.few--
	s.chunks[slot].batch.Release()
	s.chunks[slot] = nil
	s.free = append(s.free, uint32(slot))
}

// Compact gives chunks free of which few rows are live, once there are several of them: their rows get new ids. move is called for each such
// row, after its values can be found under both ids. It must be called between batches only: when no id is held anywhere but where move
// changes it. It tells whether anything moved.
func (s *Store) Compact(move func(from, to ID)) bool {
	if s.few < sparseChunks {
		return false
	}
	var slots []int
	for slot, c := range s.chunks {
		if c != nil && c.sparse() {
			slots = append(slots, slot)
		}
	}
	rows, ids := make([]int32, 0, chunkRows), make([]ID, chunkRows)
	for _, slot := range slots {
		c := s.chunks[slot]
		rows = rows[:0]
		for r := range c.n {
			if !c.isDead(r) {
				rows = append(rows, int32(r))
			}
		}
		s.live -= len(rows)
		s.append(c.cols, nil, rows, ids[:len(rows)])
		for i, r := range rows {
			move(ID(slot<<chunkBits)|ID(r), ids[i])
		}
		s.dropChunk(slot)
	}
	return len(slots) > 0
}

// Column returns the column of the chunk that a row is in, and its position there: for reading single values.
func (s *Store) Column(id ID, col int) (*vector.Vector, int) {
	return s.chunks[id>>chunkBits].cols[col], int(id & rowMask)
}

// Each calls visit for every live row, in the order of ids. visit may delete the row.
func (s *Store) Each(visit func(ID)) {
	for slot := range s.chunks {
		s.EachOf(slot, visit)
	}
}

// Chunks is a number that id>>12 of every row is below; see EachOf.
func (s *Store) Chunks() int { return len(s.chunks) }

// EachOf is Each for the rows of one chunk.
func (s *Store) EachOf(slot int, visit func(ID)) {
	c := s.chunks[slot]
	if c == nil {
		return
	}
	for r := range c.n {
		if !c.isDead(r) {
			visit(ID(slot<<chunkBits | r))
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
	s.chunks, s.free, s.rows, s.open, s.live, s.few = nil, nil, nil, -1, 0, 0
}
