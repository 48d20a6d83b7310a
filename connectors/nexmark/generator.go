package nexmark

import (
	"fmt"

	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// need says which draws and texts the projected fields of a kind take.
type need struct {
	draws [4]bool
	texts bool
}

// generator makes batches of the projected columns. Not for concurrent use.
type generator struct {
	c       *config
	t       *tables
	pool    *vector.Pool
	columns []plan.SourceColumn
	only    int
	needs   [3]need

	// The state of one batch.
	runs  []run // of the kind that is being made
	draws [4][]uint64
	rows  int
}

func newGenerator(c *config, t *tables, pool *vector.Pool, columns []plan.SourceColumn, only int) (*generator, error) {
	g := &generator{c: c, t: t, pool: pool, columns: columns, only: only}
	for _, col := range columns {
		want := schema()
		i := want.Index(col.Name)
		if i < 0 || col.Metadata != "" {
			return nil, fmt.Errorf("connector 'nexmark': there is no column '%s'", col.Name)
		}
		if i == 0 {
			continue
		}
		for _, f := range col.Type.Fields {
			all := types.Schema(want[i].Type.Fields)
			if all.Index(f.Name) < 0 {
				return nil, fmt.Errorf("connector 'nexmark': there is no field '%s.%s'", col.Name, f.Name)
			}
			g.needs[i-1].add(i-1, f.Name)
		}
	}
	return g, nil
}

func (n *need) add(kind int, field string) {
	var draws string
	switch kind {
	case kindBid:
		draws = map[string]string{"auction": "ab", "bidder": "ab", "price": "a", "channel": "c", "url": "c", "extra": "c"}[field]
	case kindAuction:
		draws = map[string]string{
			"itemName": "c", "description": "d", "initialBid": "a", "reserve": "ac", "expires": "b", "seller": "ab",
			"category": "a", "extra": "cd",
		}[field]
		n.texts = n.texts || field == "itemName" || field == "description" || field == "extra"
	case kindPerson:
		draws = map[string]string{"name": "a", "emailAddress": "c", "creditCard": "b", "city": "a", "state": "a", "extra": "acd"}[field]
		n.texts = n.texts || draws != ""
	}
	for _, d := range draws {
		n.draws[d-'a'] = true
	}
}

// batch makes the rows of the runs.
func (g *generator) batch(runs []run, rows int) *vector.Batch {
	g.rows = rows
	columns := make([]*vector.Vector, len(g.columns))
	for kind := kindPerson; kind <= kindBid; kind++ {
		made := false
		for i, col := range g.columns {
			if schemaKind(col.Name) != kind {
				continue
			}
			if !made {
				g.prepare(runs, kind)
				made = true
			}
			columns[i] = g.row(kind, col.Type)
		}
	}
	for i, col := range g.columns {
		if columns[i] == nil {
			columns[i] = g.eventType(runs, col.Type)
		}
	}
	return vector.NewBatch(rows, columns...)
}

// schemaKind is the kind of event that a column holds, or anyKind for event_type.
func schemaKind(column string) int {
	switch column {
	case "person":
		return kindPerson
	case "auction":
		return kindAuction
	case "bid":
		return kindBid
	default:
		return anyKind
	}
}

func (g *generator) eventType(runs []run, t types.Type) *vector.Vector {
	v := vector.New(g.pool, t, g.rows, 0)
	out := vector.Values[int32](v)
	for _, r := range runs {
		part := out[r.row : r.row+r.count]
		for i := range part {
			part[i] = int32(r.kind)
		}
	}
	return v
}

// prepare picks the runs of a kind and computes the draws that its fields take.
func (g *generator) prepare(runs []run, kind int) {
	g.runs = g.runs[:0]
	n := 0
	for _, r := range runs {
		if r.kind == kind {
			g.runs = append(g.runs, r)
			n += r.count
		}
	}
	for k, wanted := range g.needs[kind].draws {
		if !wanted {
			continue
		}
		if cap(g.draws[k]) < n {
			g.draws[k] = make([]uint64, n, vector.MaxRows)
		}
		out := g.draws[k][:n]
		g.draws[k] = out
		i := 0
		for _, r := range g.runs {
			x := g.t.events + (4*uint64(r.m)+uint64(k)+1)*golden
			part := out[i : i+r.count]
			for j := range part {
				part[j] = mix(x)
				x += step4
			}
			i += r.count
		}
	}
}

// step4 is 4 * golden in 64 bits: from a draw of one event to that of the next.
const step4 = golden * 4 & (1<<64 - 1)

// row makes the ROW column of a kind: NULL in the rows of other kinds.
func (g *generator) row(kind int, t types.Type) *vector.Vector {
	v := vector.New(g.pool, t, g.rows, 0)
	for i := range v.Children {
		v.Children[i].Release()
		v.Children[i] = nil
	}
	if g.only != kind {
		valid := v.EnsureValid()
		vector.FillBits(valid, g.rows, false)
		for _, r := range g.runs {
			setBits(valid, r.row, r.row+r.count)
		}
	}
	switch kind {
	case kindPerson:
		g.person(v)
	case kindAuction:
		g.auction(v)
	default:
		g.bid(v)
	}
	return v
}

// longs makes a BIGINT or TIMESTAMP(3) column: fill writes the values of one run, the first of which has the draws at position i.
func (g *generator) longs(t types.Type, fill func(out []int64, r *run, i int)) *vector.Vector {
	v := vector.New(g.pool, t, g.rows, 0)
	out := vector.Values[int64](v)
	i := 0
	for k := range g.runs {
		r := &g.runs[k]
		fill(out[r.row:r.row+r.count], r, i)
		i += r.count
	}
	return v
}

// times writes the timestamps of the events of a run.
func (g *generator) times(out []int64, r *run, _ int) {
	at := r.m * 1000
	q, rest := at/g.c.rate, at%g.c.rate
	stepQ, stepR := 1000/g.c.rate, 1000%g.c.rate
	q += g.c.baseTime
	for i := range out {
		out[i] = q
		q += stepQ
		if rest += stepR; rest >= g.c.rate {
			rest -= g.c.rate
			q++
		}
	}
}

// time is the timestamp of event m.
func (g *generator) time(m int64) int64 { return g.c.baseTime + m*1000/g.c.rate }

// extraLength returns where the text of extra begins and how long it is: used is the length of the other fields, size the wanted size.
func extraLength(x uint32, used, size int) (offset, length int) {
	rest := size - used
	if rest < 0 {
		return 0, 0
	}
	delta := (rest + 2) / 5
	return int(x & (textLength - 1)), rest - delta + int(x>>20)*(2*delta)>>12
}

// extraRoom is the longest text that extraLength gives.
func extraRoom(size int) int { return size + size/5 + 1 }

// anyPerson returns the parts of a random person id: first + pick(x, span) is the number of an active person or of one of the next few.
func anyPerson(last int64) (first, span int64) {
	active := min(last+1, activePersons)
	return last + 1 - active, active + lead
}
