package nexmark

import (
	"millrace/operators/vector"
	"millrace/sql/types"
)

// auction makes the wanted fields of the auctions.
func (g *generator) auction(v *vector.Vector) {
	for i, f := range v.Type.Fields {
		switch f.Name {
		case "id":
			v.Children[i] = g.longs(f.Type, func(out []int64, r *run, _ int) {
				first := firstID + r.epoch*g.c.auctions + r.offset - g.c.persons
				for j := range out {
					out[j] = first + int64(j)
				}
			})
		case "itemName":
			v.Children[i] = g.auctionText(f.Type, func(c, _ uint64) []byte { return trim(g.t.text(g.t.words, uint32(c), 17)) }, 20)
		case "description":
			v.Children[i] = g.auctionText(f.Type, func(_, d uint64) []byte { return trim(g.t.text(g.t.words, uint32(d>>32), 97)) }, 100)
		case "initialBid":
			v.Children[i] = g.longs(f.Type, g.prices)
		case "reserve":
			v.Children[i] = g.longs(f.Type, g.reserve)
		case "dateTime":
			v.Children[i] = g.longs(f.Type, g.times)
		case "expires":
			v.Children[i] = g.longs(f.Type, g.expires)
		case "seller":
			v.Children[i] = g.longs(f.Type, g.seller)
		case "category":
			v.Children[i] = g.longs(f.Type, func(out []int64, _ *run, i int) {
				for j := range out {
					out[j] = firstCategory + pick16(uint16(g.draws[0][i+j]>>16), categories)
				}
			})
		case "extra":
			v.Children[i] = g.auctionText(f.Type, g.auctionExtra, extraRoom(g.c.auctionSize))
		}
	}
}

func (g *generator) reserve(out []int64, _ *run, i int) {
	for j := range out {
		out[j] = g.t.price(uint32(g.draws[0][i+j]>>32)) + g.t.price(uint32(g.draws[2][i+j]>>32))
	}
}

func (g *generator) expires(out []int64, r *run, i int) {
	horizon := inFlight * (g.c.persons + g.c.auctions + g.c.bids) / g.c.auctions
	for j := range out {
		m := r.m + int64(j)
		now := g.time(m)
		out[j] = now + 1 + pick(uint32(g.draws[1][i+j]), max(2*(g.time(m+horizon)-now), 1))
	}
}

func (g *generator) seller(out []int64, r *run, i int) {
	last := r.epoch*g.c.persons + g.c.persons - 1
	hot := firstID + last/hotEvery*hotEvery
	first, span := anyPerson(last)
	for j := range out {
		a, b := g.draws[0][i+j], g.draws[1][i+j]
		if pick16(uint16(a), g.c.hotSellers) > 0 {
			out[j] = hot
		} else {
			out[j] = firstID + first + pick(uint32(b>>32), span)
		}
	}
}

func (g *generator) auctionExtra(c, d uint64) []byte {
	used := 48 + len(trim(g.t.text(g.t.words, uint32(c), 17))) + len(trim(g.t.text(g.t.words, uint32(d>>32), 97)))
	offset, n := extraLength(uint32(d), used, g.c.auctionSize)
	return g.t.letters[offset : offset+n]
}

// auctionText makes a text column from draws c and d; a value takes at most room bytes.
func (g *generator) auctionText(t types.Type, value func(c, d uint64) []byte, room int) *vector.Vector {
	n := 0
	for _, r := range g.runs {
		n += r.count
	}
	out := newText(g.pool, t, g.rows, n*room)
	i := 0
	for _, r := range g.runs {
		out.seek(r.row)
		for range r.count {
			var c, d uint64
			if i < len(g.draws[2]) {
				c = g.draws[2][i]
			}
			if i < len(g.draws[3]) {
				d = g.draws[3][i]
			}
			if text := value(c, d); len(text) > 0 {
				out.put(&text[0], len(text))
			}
			out.end()
			i++
		}
	}
	return out.finish()
}
