package over

import (
	"millrace/operators/rowstore"
	"millrace/operators/vector"
	"millrace/planner/plan"
)

// place computes a call that depends on places: one value for each wanted row, in the order of parts.
func (e *evaluator) place(c *plan.OverCall, ids []rowstore.ID, parts []part, o *order) *vector.Vector {
	n := wanted(parts)
	switch c.Func {
	case "LAG", "LEAD":
		return e.shifted(c, ids, parts, n)
	}
	v := vector.New(e.pool, c.Type, n, 0)
	at := 0
	for _, p := range parts {
		to := at + p.end - p.from
		switch c.Func {
		case "PERCENT_RANK":
			percentRank(vector.Values[float64](v)[at:to], p, o)
		case "CUME_DIST":
			cumulative(vector.Values[float64](v)[at:to], p, o)
		case "NTILE":
			buckets(vector.Values[int64](v)[at:to], c.Offset)
		default:
			ranks(vector.Values[int64](v)[at:to], c.Func, p, o)
		}
		at = to
	}
	return v
}

func wanted(parts []part) int {
	n := 0
	for _, p := range parts {
		n += p.end - p.from
	}
	return n
}

// ranks are ROW_NUMBER, RANK and DENSE_RANK. Rows before from are among those counted in rows and peers already.
func ranks(out []int64, fn string, p part, o *order) {
	rank, dense := int64(0), p.peers
	for i := p.from; i < p.end; i++ {
		number := p.rows + int64(i-p.from) + 1
		if i == p.from || o.first[i] {
			rank = number
			dense++
		}
		switch fn {
		case "ROW_NUMBER":
			out[i-p.from] = number
		case "RANK":
			out[i-p.from] = rank
		default:
			out[i-p.from] = dense
		}
	}
}

func percentRank(out []float64, p part, o *order) {
	n := p.end - p.start
	rank := 0
	for i := p.start; i < p.end; i++ {
		if o.first[i] {
			rank = i - p.start
		}
		out[i-p.start] = 0
		if n > 1 {
			out[i-p.start] = float64(rank) / float64(n-1)
		}
	}
}

func cumulative(out []float64, p part, o *order) {
	n := p.end - p.start
	for i := p.start; i < p.end; {
		to := i + 1
		for to < p.end && !o.first[to] {
			to++
		}
		x := float64(to-p.start) / float64(n)
		for ; i < to; i++ {
			out[i-p.start] = x
		}
	}
}

// buckets deals n rows out to k buckets, the first ones get one more.
func buckets(out []int64, k int64) {
	n := int64(len(out))
	size, more := n/k, n%k
	for i := range n {
		if i < more*(size+1) {
			out[i] = i/(size+1) + 1
		} else {
			out[i] = more + (i-more*(size+1))/size + 1
		}
	}
}

// shifted is LAG and LEAD: the value of another row of the partition, or the default of the row itself.
func (e *evaluator) shifted(c *plan.OverCall, ids []rowstore.ID, parts []part, n int) *vector.Vector {
	own := make([]rowstore.ID, 0, n)
	for _, p := range parts {
		own = append(own, ids[p.from:p.end]...)
	}
	args := c.Args
	var offsets *vector.Vector
	if c.OffsetArg {
		offsets = e.store.Gather(args[len(args)-1], own)
		defer offsets.Release()
		args = args[:len(args)-1]
	}
	from := make([]rowstore.ID, 0, n)
	missing := false
	for _, p := range parts {
		for i := p.from; i < p.end; i++ {
			off := c.Offset
			if offsets != nil {
				off = vector.Values[int64](offsets)[len(from)]
			}
			if c.Func == "LAG" {
				off = -off
			}
			id := rowstore.None
			switch {
			case offsets != nil && offsets.IsNull(len(from)):
			case off >= int64(p.start-i) && off < int64(p.end-i):
				id = ids[i+int(off)]
			default:
				missing = true
			}
			from = append(from, id)
		}
	}
	v := e.store.Gather(args[0], from)
	if len(args) < 2 || !missing {
		v.Type = c.Type
		return v
	}
	d := e.store.Gather(args[1], own)
	b := vector.NewBuilder(e.pool, c.Type, n)
	defer b.Release()
	for i, id := range from {
		if id == rowstore.None && (offsets == nil || !offsets.IsNull(i)) {
			b.AppendFrom(d, i)
		} else {
			b.AppendFrom(v, i) // NULL of no row
		}
	}
	v.Release()
	d.Release()
	return b.Finish()
}
