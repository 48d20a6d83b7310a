package nexmark

// The kinds of event.
const (
	kindPerson  = 0
	kindAuction = 1
	kindBid     = 2
	anyKind     = -1
)

// run is consecutive rows of events of one kind and one epoch, with consecutive numbers.
type run struct {
	kind   int
	row    int // of the first event
	count  int
	m      int64 // number of the first event
	epoch  int64
	offset int64 // of the first event in its epoch
}

// cursor walks over the events of a split.
type cursor struct {
	c            *config
	index, count int64 // the split
	next, end    int64 // emission numbers: the next event of the split, and where the stream ends
	only         int   // kind wanted, or anyKind
	total        int64
	runs         []run
}

// newCursor starts at emission number next or after, at the first that belongs to the split.
func newCursor(c *config, index, count, next int64, only int) *cursor {
	cu := &cursor{c: c, index: index, count: count, next: next, end: c.end(), only: only, total: c.persons + c.auctions + c.bids}
	cu.settle()
	return cu
}

// settle moves next to the split's next block if it has left one.
func (cu *cursor) settle() {
	if b := cu.next / block; b%cu.count != cu.index {
		cu.next = (b + (cu.index-b%cu.count+cu.count)%cu.count) * block
	}
}

func (cu *cursor) done() bool { return cu.next >= cu.end || cu.only == kindNone }

// take collects the runs of the next rows, at most limit of them, before emission number until. It may return fewer than there are
// when a filter leaves out many.
func (cu *cursor) take(limit int, until int64) (rows int) {
	cu.runs = cu.runs[:0]
	until = min(until, cu.end)
	for steps := 0; rows < limit && cu.next < until && steps < 1<<16; steps++ {
		stretch := until - cu.next
		if cu.count > 1 {
			stretch = min(stretch, block-cu.next%block)
		}
		if cu.c.group > 1 {
			rows = cu.shuffled(rows, limit, stretch)
		} else {
			rows = cu.straight(rows, limit, stretch)
		}
		if cu.count > 1 && cu.next%block == 0 {
			cu.settle()
		}
	}
	return rows
}

// straight takes up to stretch events in order, and stops at the end of an epoch.
func (cu *cursor) straight(rows, limit int, stretch int64) int {
	epoch := cu.next / cu.total
	offset := cu.next - epoch*cu.total
	stretch = min(stretch, cu.total-offset)
	bounds := [3]int64{cu.c.persons, cu.c.persons + cu.c.auctions, cu.total}
	for kind := 0; kind < len(bounds) && stretch > 0 && rows < limit; kind++ {
		n := min(bounds[kind]-offset, stretch)
		if n <= 0 {
			continue
		}
		if cu.only == anyKind || cu.only == kind {
			n = min(n, int64(limit-rows))
			cu.runs = append(cu.runs, run{kind: kind, row: rows, count: int(n), m: cu.next, epoch: epoch, offset: offset})
			rows += int(n)
		}
		offset += n
		cu.next += n
		stretch -= n
	}
	return rows
}

// shuffled takes up to stretch events of a stream whose groups are permuted.
func (cu *cursor) shuffled(rows, limit int, stretch int64) int {
	g := cu.c.group
	for ; stretch > 0 && rows < limit; stretch-- {
		m := cu.next/g*g + cu.next%g*shuffle%g
		cu.next++
		epoch := m / cu.total
		offset := m - epoch*cu.total
		kind := kindBid
		if offset < cu.c.persons {
			kind = kindPerson
		} else if offset < cu.c.persons+cu.c.auctions {
			kind = kindAuction
		}
		if cu.only != anyKind && cu.only != kind {
			continue
		}
		cu.runs = append(cu.runs, run{kind: kind, row: rows, count: 1, m: m, epoch: epoch, offset: offset})
		rows++
	}
	return rows
}
