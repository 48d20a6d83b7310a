package nexmark

import (
	"millrace/operators/vector"
	"millrace/sql/types"
)

// bid makes the wanted fields of the bids.
func (g *generator) bid(v *vector.Vector) {
	for i, f := range v.Type.Fields {
		switch f.Name {
		case "auction":
			v.Children[i] = g.longs(f.Type, g.bidAuction)
		case "bidder":
			v.Children[i] = g.longs(f.Type, g.bidBidder)
		case "price":
			v.Children[i] = g.longs(f.Type, g.prices)
		case "dateTime":
			v.Children[i] = g.longs(f.Type, g.times)
		case "channel":
			v.Children[i] = g.slots(f.Type, g.t.channels, g.t.channelLen, channelSlot)
		case "url":
			v.Children[i] = g.slots(f.Type, g.t.urls, g.t.urlLen, urlSlot)
		case "extra":
			v.Children[i] = g.bidExtra(f.Type)
		}
	}
}

func (g *generator) bidAuction(out []int64, r *run, i int) {
	last := r.epoch*g.c.auctions + g.c.auctions - 1
	hot := firstID + last/hotEvery*hotEvery
	first := max(last-inFlight, 0)
	span := uint64(last - first + 1 + lead)
	first += firstID
	ratio := uint64(g.c.hotAuctions)
	a, b := g.draws[0][i:i+len(out)], g.draws[1][i:i+len(out)]
	for j := range out {
		id := first + int64(b[j]>>32*span>>32)
		if a[j]&0xFFFF*ratio>>16 > 0 {
			id = hot
		}
		out[j] = id
	}
}

func (g *generator) bidBidder(out []int64, r *run, i int) {
	last := r.epoch*g.c.persons + g.c.persons - 1
	hot := firstID + last/hotEvery*hotEvery + 1
	first, n := anyPerson(last)
	first += firstID
	span, ratio := uint64(n), uint64(g.c.hotBidders)
	a, b := g.draws[0][i:i+len(out)], g.draws[1][i:i+len(out)]
	for j := range out {
		id := first + int64(b[j]&0xFFFFFFFF*span>>32)
		if a[j]>>16&0xFFFF*ratio>>16 > 0 {
			id = hot
		}
		out[j] = id
	}
}

// prices writes the price that the high half of draw a chooses.
func (g *generator) prices(out []int64, _ *run, i int) {
	a, t := g.draws[0][i:i+len(out)], g.t
	for j := range out {
		u := a[j] >> 32
		k := u >> 22 & (priceSteps - 1)
		out[j] = int64((t.prices[k] + t.deltas[k]*(u&(1<<22-1)) + 1<<31) >> 32)
	}
}

// slots makes the column of channels or URLs.
func (g *generator) slots(t types.Type, table []byte, lengths []uint8, slot int) *vector.Vector {
	c := newText(g.pool, t, g.rows, len(g.draws[2])*slot)
	draws := g.draws[2]
	i := 0
	for _, r := range g.runs {
		c.seek(r.row)
		at, offsets := c.at, c.v.Offsets[r.row+1:r.row+1+r.count]
		for j, d := range draws[i : i+r.count] {
			x := int(d >> 32 * (2 * coldChannels) >> 32)
			if x >= coldChannels {
				x = coldChannels + x&3
			}
			n := int(lengths[x])
			steps(unsafeAdd(c.base, at), unsafePointer(&table[x*slot]), n)
			at += n
			offsets[j] = int32(at)
		}
		c.at, c.row = at, r.row+r.count
		i += r.count
	}
	return c.finish()
}

func (g *generator) bidExtra(t types.Type) *vector.Vector {
	const used = 32
	size := g.c.bidSize
	c := newText(g.pool, t, g.rows, len(g.draws[2])*extraRoom(size))
	if size < used {
		return c.finish()
	}
	rest := size - used
	delta := (rest + 2) / 5
	least, span := rest-delta, 2*delta
	letters := g.t.letters
	i := 0
	for _, r := range g.runs {
		c.seek(r.row)
		at, offsets := c.at, c.v.Offsets[r.row+1:r.row+1+r.count]
		for j, d := range g.draws[2][i : i+r.count] {
			x := uint32(d)
			n := least + int(x>>20)*span>>12
			steps(unsafeAdd(c.base, at), unsafePointer(&letters[x&(textLength-1)]), n)
			at += n
			offsets[j] = int32(at)
		}
		c.at, c.row = at, r.row+r.count
		i += r.count
	}
	return c.finish()
}
