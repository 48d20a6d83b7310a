package table

import (
	"slices"
	"unsafe"

	"millrace/operators/rowkey"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// Table maps keys to rows.
type Table struct {
	View
	index
	scratch *Scratch
	pool    *vector.Pool
	arena   Arena
	chunks  []*chunk
	room    int   // rows the first chunk has room for; later ones are whole
	free    int32 // first row of the free list, plus 1
	only    int32 // the row of a table without key columns, plus 1
	live    int
	frozen  int // snapshots that hold chunks
}

// New returns an empty table with the given key types and payload bytes for each row.
func New(pool *vector.Pool, keys []types.Type, payload int) *Table {
	return NewShared(pool, &Scratch{}, keys, payload)
}

// NewShared is New with memory that is shared with other tables.
func NewShared(pool *vector.Pool, scratch *Scratch, keys []types.Type, payload int) *Table {
	t := &Table{pool: pool, scratch: scratch}
	t.layout = newLayout(keys, payload)
	t.arena.pool = pool
	t.data = &t.arena.Bytes
	t.index.pool = pool
	t.index.reset()
	return t
}

// Len is the number of rows in use.
func (t *Table) Len() int { return t.live }

// Reserve makes the index large enough for n rows, so that it does not grow step by step.
func (t *Table) Reserve(n int) { t.index.reserve(n) }

// Arena is where the caller keeps variable-length values that its rows refer to.
func (t *Table) Arena() *Arena { return &t.arena }

// Close gives all memory back. Views that were frozen stay valid until they are released.
func (t *Table) Close() {
	for _, c := range t.chunks {
		c.release(t.pool)
	}
	t.arena.release()
	t.index.drop()
	t.chunks, t.base, t.n, t.live, t.free, t.room, t.only = nil, nil, 0, 0, 0, 0, 0
}

// Find writes the row id of the key of each row of a dense batch to ids. Keys that are not there are inserted, with a payload of zeros, if
// insert is set, else their id is -1. hashes are those of rowkey.HashColumns. It returns the number of rows inserted; their ids are
// Limit-inserted and up only if no row was ever deleted.
func (t *Table) Find(b *vector.Batch, cols []int, hashes []uint64, ids []int32, insert bool) int {
	t.scratch.hashes = append(t.scratch.hashes[:0], hashes[:b.Len]...)
	t.pack(b, cols)
	return t.find(ids[:b.Len], insert)
}

// FindBatch is Find with hashes of its own.
func (t *Table) FindBatch(b *vector.Batch, cols []int, ids []int32, insert bool) int {
	s := t.scratch
	s.hashes = slices.Grow(s.hashes[:0], b.Len)[:b.Len]
	rowkey.HashColumns(b, cols, s.hashes)
	t.pack(b, cols)
	return t.find(ids[:b.Len], insert)
}

// FindRows is Find for the keys of rows of another table with the same key types.
func (t *Table) FindRows(v *View, rows []Row, ids []int32, insert bool) int {
	t.packRows(v, rows)
	return t.find(ids[:len(rows)], insert)
}

// find is Find after the keys are in scratch.
func (t *Table) find(ids []int32, insert bool) int {
	s := t.scratch
	n := len(ids)
	if len(t.keys) == 0 {
		return t.findOnly(ids, insert)
	}
	s.slot = slices.Grow(s.slot[:0], min(n, stride))[:min(n, stride)]
	before := t.live
	for from := 0; from < n; from += stride {
		// Keys that an earlier part inserted are found at once by later ones.
		to := min(n, from+stride)
		t.index.migrate(to - from)
		s.miss = s.miss[:0]
		slots, mask := t.slots, t.mask
		for i, h := range s.hashes[from:to] {
			s.slot[i] = slots[uint32(h)&mask]
		}
		if t.inline && t.words == 1 {
			t.matchWord(ids, from, to)
			t.resolveWord(ids, insert)
			continue
		}
		switch {
		case !t.inline:
			t.matchBytes(ids, from, to)
		case t.words == 2:
			t.matchPair(ids, from, to)
		default:
			t.matchAny(ids, from, to)
		}
		for _, i := range s.miss {
			ids[i] = t.resolve(int(i), insert)
		}
	}
	return t.live - before
}

// stride is how many keys are looked up side by side.
const stride = 512

// matchWord compares the first slot of each key of one word.
func (t *Table) matchWord(ids []int32, from, to int) {
	s := t.scratch
	base, shift, mask, size := t.base, t.shift, uint32(1)<<t.shift-1, t.size
	words, hashes, ids := s.words[from:to], s.hashes[from:to], ids[from:to]
	slot := s.slot[:len(ids)]
	if s.nulls != nil || len(base) == 0 {
		for i := from; i < to; i++ {
			s.miss = append(s.miss, int32(i))
		}
		return
	}
	for i := range ids {
		x := slot[i]
		if id := uint32(x) - 1; uint32(x>>32) == uint32(hashes[i]) && id < dead {
			r := unsafe.Add(base[id>>shift], int(id&mask)*size)
			if *At[uint64](r, offKey) == words[i] && *At[uint32](r, offFlags)&maskNulls == 0 {
				ids[i] = int32(id)
				continue
			}
		}
		s.miss = append(s.miss, int32(from+i))
	}
}

// matchAny compares the first slot of each key.
func (t *Table) matchAny(ids []int32, from, to int) {
	s := t.scratch
	for i := from; i < to; i++ {
		x := s.slot[i-from]
		if id := uint32(x) - 1; uint32(x>>32) == uint32(s.hashes[i]) && id < dead && t.same(t.Row(int32(id)), i) {
			ids[i] = int32(id)
			continue
		}
		s.miss = append(s.miss, int32(i))
	}
}

// matchPair is matchAny for keys of two words.
func (t *Table) matchPair(ids []int32, from, to int) {
	s := t.scratch
	base, shift, mask, size := t.base, t.shift, uint32(1)<<t.shift-1, t.size
	words, hashes, ids := s.words[2*from:2*to], s.hashes[from:to], ids[from:to]
	slot := s.slot[:len(ids)]
	for i := range ids {
		x := slot[i]
		if id := uint32(x) - 1; uint32(x>>32) == uint32(hashes[i]) && id < dead {
			r := unsafe.Add(base[id>>shift], int(id&mask)*size)
			nulls := uint32(0)
			if s.nulls != nil {
				nulls = s.nulls[from+i]
			}
			if *At[uint64](r, offKey) == words[2*i] && *At[uint64](r, offKey+8) == words[2*i+1] && *At[uint32](r, offFlags)&maskNulls == nulls {
				ids[i] = int32(id)
				continue
			}
		}
		s.miss = append(s.miss, int32(from+i))
	}
}

// matchBytes is matchAny for keys in the arena. It takes the rows first, then the bytes, so that the misses of each step overlap.
func (t *Table) matchBytes(ids []int32, from, to int) {
	s := t.scratch
	base, shift, mask, size := t.base, t.shift, uint32(1)<<t.shift-1, t.size
	hashes := s.hashes[from:to]
	s.refs = slices.Grow(s.refs[:0], len(hashes))[:len(hashes)]
	for i := range hashes {
		x := s.slot[i]
		s.refs[i] = Ref{}
		if id := uint32(x) - 1; uint32(x>>32) == uint32(hashes[i]) && id < dead {
			r := unsafe.Add(base[id>>shift], int(id&mask)*size)
			if *At[uint64](r, offHash) == hashes[i] {
				s.refs[i] = *At[Ref](r, offKey)
			}
		}
	}
	for i, ref := range s.refs {
		key := s.enc.Data[s.enc.Offsets[from+i]:s.enc.Offsets[from+i+1]]
		if ref.set != 0 && int(ref.len) == len(key) && equalBytes(t.arena.Get(ref), key) {
			ids[from+i] = int32(uint32(s.slot[i]) - 1)
			continue
		}
		s.miss = append(s.miss, int32(from+i))
	}
}

// resolveWord finds or inserts the keys of one word that were missed.
func (t *Table) resolveWord(ids []int32, insert bool) {
	s := t.scratch
	base, shift, rowMask, size := t.base, t.shift, uint32(1)<<t.shift-1, t.size
	slots, mask := t.slots, t.mask
next:
	for _, i := range s.miss {
		h, key, nulls := s.hashes[i], s.words[i], uint32(0)
		if s.nulls != nil {
			nulls = s.nulls[i]
		}
		for at := uint32(h) & mask; ; at = (at + 1) & mask {
			x := slots[at]
			if x == 0 {
				break
			}
			if id := uint32(x) - 1; uint32(x>>32) == uint32(h) && id < dead {
				r := unsafe.Add(base[id>>shift], int(id&rowMask)*size)
				if *At[uint64](r, offKey) == key && *At[uint32](r, offFlags)&maskNulls == nulls {
					ids[i] = int32(id)
					continue next
				}
			}
		}
		ids[i] = t.resolve(int(i), insert)
		base, slots, mask = t.base, t.slots, t.mask
	}
}

// findOnly is find for tables without key columns, which have one row.
func (t *Table) findOnly(ids []int32, insert bool) int {
	inserted := 0
	if t.only == 0 && insert && len(ids) > 0 {
		t.scratch.nulls = nil
		id := t.alloc()
		t.store(t.writable(id), 0)
		t.live++
		t.only = id + 1
		inserted = 1
	}
	for i := range ids {
		ids[i] = t.only - 1
	}
	return inserted
}

// resolve finds or inserts key i of the scratch one slot after another.
func (t *Table) resolve(i int, insert bool) int32 {
	h := t.scratch.hashes[i]
	tag := uint64(uint32(h))
	at := uint32(h) & t.mask
	for {
		x := t.slots[at]
		if x == 0 {
			break
		}
		if id := uint32(x) - 1; x>>32 == tag && id < dead && t.same(t.Row(int32(id)), i) {
			return int32(id)
		}
		at = (at + 1) & t.mask
	}
	if !insert {
		return -1
	}
	id := t.alloc()
	t.store(t.writable(id), i)
	t.live++
	t.index.insert(at, tag<<32|uint64(id+1))
	if t.index.full() {
		t.index.grow()
	}
	return id
}

// alloc returns the id of a row whose content is zero.
func (t *Table) alloc() int32 {
	if t.free != 0 {
		id := t.free - 1
		r := t.writable(id)
		t.free = *At[int32](r, offKey)
		clear(unsafe.Slice((*byte)(r), t.size))
		return id
	}
	id := int32(t.n)
	whole := 1 << t.shift
	switch c := t.n >> t.shift; {
	case c == len(t.chunks):
		rows := whole
		if c == 0 {
			rows = min(4, whole)
			t.room = rows
		}
		t.addChunk(newChunk(t.pool, rows*t.size))
	case c == 0 && t.n == t.room:
		// The first chunk starts small, since many tables stay small.
		t.room = min(2*t.room, whole)
		old := t.chunks[0]
		bigger := newChunk(t.pool, t.room*t.size)
		copy(bigger.buf, old.buf[:t.n*t.size])
		old.release(t.pool)
		t.chunks[0], t.base[0] = bigger, unsafe.Pointer(unsafe.SliceData(bigger.buf))
	}
	t.n++
	clear(unsafe.Slice((*byte)(t.writable(id)), t.size))
	return id
}

func (t *Table) addChunk(c *chunk) {
	t.chunks = append(t.chunks, c)
	t.base = append(t.base, unsafe.Pointer(unsafe.SliceData(c.buf)))
}

// Writable returns the address of a row, which may be written to.
func (t *Table) Writable(id int32) Row { return t.writable(id) }

// writable returns a row that no snapshot holds.
func (t *Table) writable(id int32) Row {
	if t.frozen > 0 {
		t.thaw(int(uint32(id) >> t.shift))
	}
	return t.Row(id)
}

// thaw copies chunk c if a snapshot holds it.
func (t *Table) thaw(c int) {
	old := t.chunks[c]
	if old.refs == 1 {
		return
	}
	own := newChunk(t.pool, len(old.buf))
	copy(own.buf, old.buf)
	old.release(t.pool)
	t.chunks[c], t.base[c] = own, unsafe.Pointer(unsafe.SliceData(own.buf))
}

// Rows writes the addresses of rows, which may be written to. See Row for how long.
func (t *Table) Rows(ids []int32, rows []Row) []Row {
	if t.frozen > 0 {
		for _, id := range ids {
			t.thaw(int(uint32(id) >> t.shift))
		}
	}
	return t.Pointers(ids, rows)
}

// NewRow returns a row of zeros that is not in the index: memory that the caller manages, freed with Delete.
func (t *Table) NewRow() int32 {
	id := t.alloc()
	*At[uint32](t.writable(id), offFlags) = flagLive | flagPlain
	t.live++
	return id
}

// CopyKey makes the key of row to, which came from NewRow, that of row from. It is still not in the index.
func (t *Table) CopyKey(to, from int32) {
	dst, src := t.writable(to), t.Row(from)
	*At[uint64](dst, offHash) = Hash(src)
	*At[uint32](dst, offFlags) = flagLive | flagPlain | *At[uint32](src, offFlags)&maskNulls
	copy(unsafe.Slice((*byte)(unsafe.Add(dst, offKey)), t.payload-offKey), unsafe.Slice((*byte)(unsafe.Add(src, offKey)), t.payload-offKey))
}

// Indexed tells whether a row is the one that its key leads to.
func (t *Table) Indexed(id int32) bool { return *At[uint32](t.Row(id), offFlags)&flagPlain == 0 }

// Rebind makes row to, which has the same key by CopyKey, the row of that key instead of row from.
func (t *Table) Rebind(from, to int32) {
	r := t.writable(from)
	*At[uint32](r, offFlags) |= flagPlain
	*At[uint32](t.writable(to), offFlags) &^= flagPlain
	if len(t.keys) == 0 {
		t.only = to + 1
		return
	}
	t.index.replace(uint32(Hash(r)), uint32(from)+1, uint32(to)+1)
}

// Delete frees a row.
func (t *Table) Delete(id int32) {
	r := t.writable(id)
	flags := *At[uint32](r, offFlags)
	switch {
	case flags&flagPlain != 0:
	case len(t.keys) == 0:
		t.only = 0
	default:
		t.index.remove(uint32(Hash(r)), uint32(id)+1)
		if !t.inline {
			t.arena.Drop(*At[Ref](r, offKey))
		}
	}
	*At[uint32](r, offFlags) = 0
	*At[int32](r, offKey) = t.free
	t.free = id + 1
	t.live--
}

// Compact rewrites the variable-length data if half of it is waste. refs are the offsets in the payload of the caller's Refs. It must be
// called between two batches only.
func (t *Table) Compact(refs []int) {
	if !t.arena.wasteful() {
		return
	}
	fresh := Arena{pool: t.pool}
	for id := range int32(t.n) {
		if *At[uint32](t.Row(id), offFlags)&flagLive == 0 {
			continue
		}
		r := t.writable(id)
		if p := At[Ref](r, offKey); !t.inline && p.IsSet() {
			*p = fresh.Put(t.arena.Get(*p))
		}
		for _, off := range refs {
			if p := At[Ref](r, t.payload+off); p.IsSet() {
				*p = fresh.Put(t.arena.Get(*p))
			}
		}
	}
	t.arena.release()
	t.arena = fresh
	t.data = &t.arena.Bytes
}

// Frozen is a view that does not change.
type Frozen struct {
	View
	table *Table
	held  []*chunk
}

// Freeze returns the rows as they are now.
func (t *Table) Freeze() *Frozen {
	f := &Frozen{table: t, View: View{layout: t.layout, base: slices.Clone(t.base), n: t.n, data: &Bytes{chunks: slices.Clone(t.arena.chunks)}}}
	f.held = append(slices.Clone(t.chunks), t.arena.owner...)
	for _, c := range f.held {
		c.refs++
	}
	t.frozen++
	return f
}

// Release ends the copy-on-write; the view must not be read any more. It is called by the goroutine of the table.
func (f *Frozen) Release() {
	for _, c := range f.held {
		c.release(f.table.pool)
	}
	f.held = nil
	f.table.frozen--
}
