package rowstore

// Index finds the rows of a key. Rows whose keys have the same 32 upper bits of hash and meet in the same slot share a chain, so a chain is a
// set of candidates: compare the keys.
type Index struct {
	slots []slot
	used  int // slots with a chain, empty chains included
	next  side[ID]
	tag   side[uint32] // of each row, to rebuild on growth
}

type slot struct{ tag, head uint32 } // head: row id + 1; 0: never used

// emptyChain marks a slot whose rows are all gone; probing goes on behind it.
const emptyChain = 1<<32 - 1

// side is a table by row id.
type side[T any] struct{ chunks [][]T }

func (s *side[T]) at(id ID) *T {
	c := int(id >> chunkBits)
	for c >= len(s.chunks) {
		s.chunks = append(s.chunks, nil)
	}
	if s.chunks[c] == nil {
		s.chunks[c] = make([]T, chunkRows)
	}
	return &s.chunks[c][id&rowMask]
}

func tagOf(hash uint64) uint32 { return uint32(hash >> 32) }

// slotOf returns the slot of the tag: the one that holds it, or the free one where it belongs.
func (x *Index) slotOf(tag uint32) *slot {
	mask := uint32(len(x.slots) - 1)
	for i := mixTag(tag) & mask; ; i = (i + 1) & mask {
		s := &x.slots[i]
		if s.head == 0 || s.tag == tag {
			return s
		}
	}
}

// mixTag spreads the tag over the low bits.
func mixTag(tag uint32) uint32 {
	tag *= 0x9E3779B1
	return tag ^ tag>>15
}

// First returns the newest row that may have the key of that hash, or None.
func (x *Index) First(hash uint64) ID {
	if len(x.slots) == 0 {
		return None
	}
	s := x.slotOf(tagOf(hash))
	if s.head == 0 || s.head == emptyChain {
		return None
	}
	return s.head - 1
}

// Next returns the row after id in its chain, or None.
func (x *Index) Next(id ID) ID { return x.next.chunks[id>>chunkBits][id&rowMask] - 1 }

// Insert adds a row.
func (x *Index) Insert(hash uint64, id ID) {
	if 4*(x.used+1) > 3*len(x.slots) {
		x.grow()
	}
	tag := tagOf(hash)
	*x.tag.at(id) = tag
	x.link(tag, id)
}

func (x *Index) link(tag uint32, id ID) {
	s := x.slotOf(tag)
	head := s.head
	switch head {
	case 0:
		x.used++
		s.tag = tag
	case emptyChain:
		head = 0
	}
	*x.next.at(id) = head
	s.head = id + 1
}

func (x *Index) grow() {
	old := x.slots
	x.slots = make([]slot, max(64, 2*len(old)))
	x.used = 0
	for _, o := range old {
		if o.head == 0 || o.head == emptyChain {
			continue
		}
		*x.slotOf(o.tag) = o
		x.used++
	}
}

// Delete removes a row. It walks the chain to it.
func (x *Index) Delete(id ID) {
	s := x.slotOf(*x.tag.at(id))
	if s.head == id+1 {
		s.head = *x.next.at(id)
		if s.head == 0 {
			s.head = emptyChain
		}
		return
	}
	for at := s.head - 1; ; {
		n := x.next.at(at)
		if *n == id+1 {
			*n = *x.next.at(id)
			return
		}
		at = *n - 1
	}
}
