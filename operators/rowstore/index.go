package rowstore

import "millrace/operators/vector"

// Index finds the rows of a key. Rows whose keys have the same 32 upper bits of hash share a chain, so a chain is a set of candidates: compare
// the keys. Open must be called before use.
//
// A bigger table of slots is filled step by step while the smaller one still serves, so that no insertion takes long.
type Index struct {
	pool   *vector.Pool
	slots  []slot
	used   int    // slots with a chain, empty chains included
	chains int    // slots with a row, those of old included
	old    []slot // what slots replaces, until moved reaches its end; nil: nothing
	moved  int
	nodes  side[node]
	seen   uint32 // keeps what Touch reads
}

type slot struct{ tag, head uint32 } // head: row id + 1; 0: never used

// node is a row in its chain: ids + 1, 0 for none.
type node struct{ tag, next, prev uint32 }

const (
	// emptyChain marks a slot whose rows are all gone; probing goes on behind it.
	emptyChain = 1<<32 - 1
	minSlots   = 64
	slotBytes  = 8
	// stepSlots is how many old slots move with each insertion.
	stepSlots = 8
	// stepFrom is the size from which on slots move step by step.
	stepFrom = 1 << 15
)

// Open makes the index ready; its memory is accounted to the pool.
func (x *Index) Open(pool *vector.Pool) { x.pool, x.nodes.pool = pool, pool }

// Close gives the memory back.
func (x *Index) Close() {
	if x.pool != nil {
		x.pool.Account(-slotBytes * int64(len(x.slots)+len(x.old)))
	}
	x.nodes.close()
	x.slots, x.old, x.used, x.chains, x.moved = nil, nil, 0, 0, 0
}

func tagOf(hash uint64) uint32 { return uint32(hash >> 32) }

// mixTag spreads the tag over the low bits.
func mixTag(tag uint32) uint32 {
	tag *= 0x9E3779B1
	return tag ^ tag>>15
}

// find returns the slot of the tag: the one that holds it, or the free one where it belongs.
func find(slots []slot, tag uint32) *slot {
	mask := uint32(len(slots) - 1)
	for i := mixTag(tag) & mask; ; i = (i + 1) & mask {
		s := &slots[i]
		if s.head == 0 || s.tag == tag {
			return s
		}
	}
}

// First returns the newest row that may have the key of that hash, or None.
func (x *Index) First(hash uint64) ID {
	if len(x.slots) == 0 {
		return None
	}
	tag := tagOf(hash)
	if h := find(x.slots, tag).head; h != 0 && h != emptyChain {
		return h - 1
	}
	if x.old != nil {
		if h := find(x.old, tag).head; h != 0 && h != emptyChain {
			return h - 1
		}
	}
	return None
}

// FirstOf is First for each of the hashes.
func (x *Index) FirstOf(hashes []uint64, out []ID) {
	if len(x.slots) == 0 || x.old != nil {
		for i, h := range hashes {
			out[i] = x.First(h)
		}
		return
	}
	slots := x.slots
	mask := uint32(len(slots) - 1)
	out = out[:len(hashes)]
	for i, h := range hashes {
		tag := tagOf(h)
		at := mixTag(tag) & mask
		for slots[at].head != 0 && slots[at].tag != tag {
			at = (at + 1) & mask
		}
		head := slots[at].head
		if head == emptyChain {
			head = 0
		}
		out[i] = head - 1 // None, if 0
	}
}

// Next returns the row after id in its chain, or None.
func (x *Index) Next(id ID) ID { return x.nodes.chunks[id>>chunkBits][id&rowMask].next - 1 }

// TouchRows is for how many rows Touch is best called at a time: their memory stays in the nearest cache.
const TouchRows = 64

// Touch reads where rows of these hashes (rows picks them) belong. In a big index every insertion waits for memory twice, for the slot and for the
// row at the head of the chain; reads that depend on nothing wait together.
func (x *Index) Touch(hashes []uint64, rows []int32) {
	if len(x.slots) < stepFrom {
		return
	}
	var heads [TouchRows]uint32
	mask := uint32(len(x.slots) - 1)
	rows = rows[:min(len(rows), TouchRows)]
	for k, i := range rows {
		heads[k] = x.slots[mixTag(tagOf(hashes[i]))&mask].head
	}
	seen := uint32(0)
	for _, h := range heads[:len(rows)] {
		if h != 0 && h != emptyChain {
			seen ^= x.nodes.at(h - 1).prev
		}
	}
	x.seen = seen
}

// Insert adds a row.
func (x *Index) Insert(hash uint64, id ID) {
	if 4*(x.used+1) > 3*len(x.slots) {
		x.grow()
	}
	if x.old != nil {
		x.move(stepSlots)
	}
	tag := tagOf(hash)
	s := find(x.slots, tag)
	if x.old != nil && (s.head == 0 || s.head == emptyChain) {
		if o := find(x.old, tag); o.head != 0 && o.head != emptyChain {
			x.take(o)
			s = find(x.slots, tag)
		}
	}
	head := s.head
	if head == 0 {
		x.used++
		s.tag = tag
	}
	if head == 0 || head == emptyChain {
		x.chains++
		head = 0
	}
	*x.nodes.at(id) = node{tag: tag, next: head}
	if head != 0 {
		x.nodes.at(head - 1).prev = id + 1
	}
	s.head = id + 1
}

// take moves a chain of old.
func (x *Index) take(o *slot) {
	s := find(x.slots, o.tag)
	if s.head == 0 {
		x.used++
	}
	*s = *o
	o.head = emptyChain
}

// move moves up to n slots of old.
func (x *Index) move(n int) {
	for end := min(x.moved+n, len(x.old)); x.moved < end; x.moved++ {
		if o := &x.old[x.moved]; o.head != 0 && o.head != emptyChain {
			x.take(o)
		}
	}
	if x.moved == len(x.old) {
		x.pool.Account(-slotBytes * int64(len(x.old)))
		x.old = nil
	}
}

// grow replaces the slots by twice as many, or by as many if most of them are empty chains.
func (x *Index) grow() {
	if x.old != nil {
		x.move(len(x.old))
	}
	size := max(minSlots, len(x.slots))
	if 2*x.chains >= size {
		size *= 2
	}
	x.pool.Account(slotBytes * int64(size))
	x.old, x.moved, x.used = x.slots, 0, 0
	x.slots = make([]slot, size)
	if len(x.old) < stepFrom {
		x.move(len(x.old))
	}
}

// Delete removes a row.
func (x *Index) Delete(id ID) {
	n := x.nodes.at(id)
	if n.next != 0 {
		x.nodes.at(n.next - 1).prev = n.prev
	}
	if n.prev != 0 {
		x.nodes.at(n.prev - 1).next = n.next
		return
	}
	s := x.slotOfHead(n.tag, id)
	if s.head = n.next; s.head == 0 {
		s.head = emptyChain
		x.chains--
	}
}

// slotOfHead is the slot whose chain begins with a row.
func (x *Index) slotOfHead(tag uint32, id ID) *slot {
	if s := find(x.slots, tag); s.head == id+1 {
		return s
	}
	return find(x.old, tag)
}

// Move gives a row another id, which has no place in the index yet.
func (x *Index) Move(from, to ID) {
	n := *x.nodes.at(from)
	*x.nodes.at(to) = n
	if n.next != 0 {
		x.nodes.at(n.next - 1).prev = to + 1
	}
	if n.prev != 0 {
		x.nodes.at(n.prev - 1).next = to + 1
	} else {
		x.slotOfHead(n.tag, from).head = to + 1
	}
}
