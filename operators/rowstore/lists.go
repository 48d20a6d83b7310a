package rowstore

import "millrace/operators/vector"

// List is a list of row ids in a Lists: a plain value that may lie in a table's payload. The zero List is empty.
type List struct {
	off, n uint32
	class  uint8 // capacity 4<<class
	used   bool  // it has a place in the arena
}

// Len is the number of rows.
func (l *List) Len() int { return int(l.n) }

// Lists is an arena of lists with power-of-two capacities. Open must be called before use.
type Lists struct {
	pool *vector.Pool
	ids  []ID
	free [28][]uint32 // offsets by class
}

// Open makes the arena ready; its memory is accounted to the pool.
func (a *Lists) Open(pool *vector.Pool) { a.pool = pool }

// Close gives the memory back.
func (a *Lists) Close() {
	if a.pool != nil {
		a.pool.Account(-4 * int64(cap(a.ids)))
	}
	a.ids, a.free = nil, [28][]uint32{}
}

// Of returns the rows of a list, which may be changed in place. It is valid until the next Insert.
func (a *Lists) Of(l *List) []ID { return a.ids[l.off : l.off+l.n] }

func (a *Lists) alloc(class uint8) uint32 {
	if f := a.free[class]; len(f) > 0 {
		off := f[len(f)-1]
		a.free[class] = f[:len(f)-1]
		return off
	}
	off := uint32(len(a.ids))
	n := 4 << class
	if cap(a.ids) < len(a.ids)+n {
		size := max(2*cap(a.ids), len(a.ids)+n, 256)
		a.pool.Account(4 * int64(size-cap(a.ids)))
		grown := make([]ID, len(a.ids), size)
		copy(grown, a.ids)
		a.ids = grown
	}
	a.ids = a.ids[:len(a.ids)+n]
	return off
}

// Insert puts a row at position p.
func (a *Lists) Insert(l *List, p int, id ID) {
	switch {
	case !l.used:
		l.off, l.n, l.class, l.used = a.alloc(0), 0, 0, true
	case l.n == 4<<l.class:
		off := a.alloc(l.class + 1)
		copy(a.ids[off:], a.Of(l))
		a.free[l.class] = append(a.free[l.class], l.off)
		l.off, l.class = off, l.class+1
	}
	l.n++
	ids := a.Of(l)
	copy(ids[p+1:], ids[p:])
	ids[p] = id
}

// Remove takes out the row at position p.
func (a *Lists) Remove(l *List, p int) {
	ids := a.Of(l)
	copy(ids[p:], ids[p+1:])
	l.n--
}

// Pop takes out the last row and returns it.
func (a *Lists) Pop(l *List) ID {
	l.n--
	return a.ids[l.off+l.n]
}

// Drop empties the list and frees its place.
func (a *Lists) Drop(l *List) {
	if l.used {
		a.free[l.class] = append(a.free[l.class], l.off)
	}
	*l = List{}
}
