package table

import (
	"unsafe"

	"millrace/operators/vector"
)

// A slot is the low 32 bits of a hash, and below them a row id plus 1; 0 is an empty slot. The low bits of the hash are also where the
// search begins.
const (
	dead      = 1<<32 - 2 // id of a slot that was emptied while a bigger index was being filled
	deadSlot  = 1<<32 - 1
	minSlots  = 32
	stepAfter = 1 << 16 // indexes smaller than this are rebuilt at once
	stepSlots = 8       // slots moved for each row of a batch
	poolSlots = 1 << 20 // bigger indexes are fresh memory, which need not be cleared
)

// index is open addressing with linear probing, and a successor that is filled step by step.
type index struct {
	pool  *vector.Pool
	slots []uint64
	mask  uint32
	used  int      // slots that are not empty
	next  []uint64 // the successor, nil: none
	moved int      // slots before this one are in the successor
	alive int      // slots in use in the successor
}

// newSlots returns n empty slots; n is a power of two.
func (x *index) newSlots(n int) []uint64 {
	if n > poolSlots {
		x.pool.Account(int64(8 * n))
		return make([]uint64, n)
	}
	// A buffer of the pool has a power of two of bytes, the slack included.
	b := x.pool.Alloc(8*n - vector.Slack)
	s := unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(b))), n)
	clear(s)
	return s
}

func (x *index) freeSlots(s []uint64) {
	switch n := len(s); {
	case n > poolSlots:
		x.pool.Account(-int64(8 * n))
	case n > 0:
		x.pool.Free(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), 8*n))
	}
}

func (x *index) reset() {
	x.slots = x.newSlots(minSlots)
	x.mask = minSlots - 1
}

// drop frees everything.
func (x *index) drop() {
	x.freeSlots(x.slots)
	x.freeSlots(x.next)
	*x = index{pool: x.pool}
}

func (x *index) full() bool {
	return x.used*8 >= len(x.slots)*5 && x.next == nil || x.used*16 >= len(x.slots)*15
}

// insert puts a slot at an empty place.
func (x *index) insert(at uint32, slot uint64) {
	x.slots[at] = slot
	x.used++
	if x.next != nil && int(at) < x.moved {
		x.insertNext(slot)
	}
}

func (x *index) insertNext(slot uint64) {
	mask := uint32(len(x.next) - 1)
	at := uint32(slot>>32) & mask
	for x.next[at] != 0 {
		at = (at + 1) & mask
	}
	x.next[at] = slot
	x.alive++
}

// grow begins or finishes a bigger index.
func (x *index) grow() {
	if x.next != nil {
		x.finish()
		return
	}
	size := 2 * len(x.slots)
	x.next = x.newSlots(size)
	x.moved, x.alive = 0, 0
	if size <= stepAfter {
		x.finish()
	}
}

// reserve grows the index at once until n slots may be used.
func (x *index) reserve(n int) {
	size := len(x.slots)
	for n*8 >= size*5 {
		size *= 2
	}
	if size == len(x.slots) || x.next != nil {
		return
	}
	x.next = x.newSlots(size)
	x.moved, x.alive = 0, 0
	x.finish()
}

// migrate moves a part of the slots for a batch of n rows.
func (x *index) migrate(n int) {
	if x.next == nil {
		return
	}
	to := min(x.moved+stepSlots*max(n, 64), len(x.slots))
	for _, s := range x.slots[x.moved:to] {
		if s != 0 && uint32(s) != deadSlot {
			x.insertNext(s)
		}
	}
	if x.moved = to; to == len(x.slots) {
		x.finish()
	}
}

func (x *index) finish() {
	for _, s := range x.slots[x.moved:] {
		if s != 0 && uint32(s) != deadSlot {
			x.insertNext(s)
		}
	}
	x.freeSlots(x.slots)
	x.slots, x.next = x.next, nil
	x.mask = uint32(len(x.slots) - 1)
	x.used = x.alive
}

// remove empties the slot of the row whose id plus 1 and hash are given.
func (x *index) remove(hash, id uint32) {
	at := hash & x.mask
	for uint32(x.slots[at]) != id {
		at = (at + 1) & x.mask
	}
	if x.next == nil {
		shiftBack(x.slots, at)
		x.used--
		return
	}
	x.slots[at] = deadSlot
	if int(at) < x.moved {
		mask := uint32(len(x.next) - 1)
		at = hash & mask
		for uint32(x.next[at]) != id {
			at = (at + 1) & mask
		}
		shiftBack(x.next, at)
		x.alive--
	}
}

// replace makes the slot of one row that of another with the same hash.
func (x *index) replace(hash, id, by uint32) {
	at := hash & x.mask
	for uint32(x.slots[at]) != id {
		at = (at + 1) & x.mask
	}
	x.slots[at] = uint64(hash)<<32 | uint64(by)
	if x.next == nil || int(at) >= x.moved {
		return
	}
	mask := uint32(len(x.next) - 1)
	at = hash & mask
	for uint32(x.next[at]) != id {
		at = (at + 1) & mask
	}
	x.next[at] = uint64(hash)<<32 | uint64(by)
}

// shiftBack empties slot at and moves later ones of its run back so that searches find them.
func shiftBack(slots []uint64, at uint32) {
	mask := uint32(len(slots) - 1)
	hole := at
	for i := (at + 1) & mask; slots[i] != 0; i = (i + 1) & mask {
		home := uint32(slots[i]>>32) & mask
		if (i-home)&mask >= (i-hole)&mask {
			slots[hole] = slots[i]
			hole = i
		}
	}
	slots[hole] = 0
}
