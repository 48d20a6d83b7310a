package rank

import "millrace/operators/rowstore"

// list is a list of row ids in the arena.
type list struct {
	off, n uint32
	class  uint8 // capacity 4<<class; 0xFF: none
	used   bool
	mark   uint32 // batch that touched the partition last
	to     int64  // bound of the partition, if it varies
}

// lists is an arena of lists with power-of-two capacities.
type lists struct {
	ids  []rowstore.ID
	free [28][]uint32 // offsets by class
}

func (a *lists) of(l *list) []rowstore.ID { return a.ids[l.off : l.off+l.n] }

func (a *lists) alloc(class uint8) uint32 {
	if f := a.free[class]; len(f) > 0 {
		off := f[len(f)-1]
		a.free[class] = f[:len(f)-1]
		return off
	}
	off := uint32(len(a.ids))
	n := 4 << class
	if cap(a.ids) < len(a.ids)+n {
		grown := make([]rowstore.ID, len(a.ids), max(2*cap(a.ids), len(a.ids)+n, 1024))
		copy(grown, a.ids)
		a.ids = grown
	}
	a.ids = a.ids[:len(a.ids)+n]
	return off
}

// insert puts id at position p.
func (a *lists) insert(l *list, p int, id rowstore.ID) {
	switch {
	case !l.used:
		l.off, l.n, l.class, l.used = a.alloc(0), 0, 0, true
	case l.n == 4<<l.class:
		off := a.alloc(l.class + 1)
		copy(a.ids[off:], a.of(l))
		a.free[l.class] = append(a.free[l.class], l.off)
		l.off, l.class = off, l.class+1
	}
	l.n++
	ids := a.of(l)
	copy(ids[p+1:], ids[p:])
	ids[p] = id
}

// remove takes out the id at position p.
func (a *lists) remove(l *list, p int) {
	ids := a.of(l)
	copy(ids[p:], ids[p+1:])
	l.n--
}

// drop frees the list.
func (a *lists) drop(l *list) {
	if l.used {
		a.free[l.class] = append(a.free[l.class], l.off)
	}
	l.n, l.used = 0, false
}

func (a *lists) freeze() *lists { return &lists{ids: append([]rowstore.ID(nil), a.ids...)} }
