package nexmark

import (
	"millrace/operators/vector"
	"millrace/sql/types"
)

// person makes the wanted fields of the persons.
func (g *generator) person(v *vector.Vector) {
	for i, f := range v.Type.Fields {
		switch f.Name {
		case "id":
			v.Children[i] = g.longs(f.Type, func(out []int64, r *run, _ int) {
				first := firstID + r.epoch*g.c.persons + r.offset
				for j := range out {
					out[j] = first + int64(j)
				}
			})
		case "name":
			v.Children[i] = g.personText(f.Type, 32, g.appendName)
		case "emailAddress":
			v.Children[i] = g.personText(f.Type, 16, g.appendEmail)
		case "creditCard":
			v.Children[i] = g.personText(f.Type, 19, g.appendCard)
		case "city":
			v.Children[i] = g.personText(f.Type, 16, func(out []byte, i int) []byte { return append(out, g.city(i)...) })
		case "state":
			v.Children[i] = g.personText(f.Type, 2, func(out []byte, i int) []byte {
				return append(out, g.t.states[pick16(uint16(g.draws[0][i]>>48), int64(len(g.t.states)))]...)
			})
		case "dateTime":
			v.Children[i] = g.longs(f.Type, g.times)
		case "extra":
			v.Children[i] = g.personText(f.Type, extraRoom(g.c.personSize), g.appendPersonExtra)
		}
	}
}

func (g *generator) appendName(out []byte, i int) []byte {
	a := g.draws[0][i]
	out = append(out, g.t.first[pick16(uint16(a), int64(len(g.t.first)))]...)
	out = append(out, ' ')
	return append(out, g.t.last[pick16(uint16(a>>16), int64(len(g.t.last)))]...)
}

func (g *generator) appendEmail(out []byte, i int) []byte {
	c := g.draws[2][i]
	out = append(out, trim(g.t.text(g.t.words, uint32(c), 4))...)
	out = append(out, '@')
	out = append(out, trim(g.t.text(g.t.words, uint32(c>>32), 2))...)
	return append(out, ".com"...)
}

func (g *generator) appendCard(out []byte, i int) []byte {
	b := g.draws[1][i]
	for j := range 4 {
		if j > 0 {
			out = append(out, ' ')
		}
		n := pick16(uint16(b>>(16*j)), 10000)
		out = append(out, g.t.digits[4*n:4*n+4]...)
	}
	return out
}

func (g *generator) city(i int) []byte {
	return g.t.cities[pick16(uint16(g.draws[0][i]>>32), int64(len(g.t.cities)))]
}

// appendPersonExtra depends on the lengths of the other texts; a credit card number has 19 characters and a state 2.
func (g *generator) appendPersonExtra(out []byte, i int) []byte {
	var scratch [64]byte
	used := 8 + len(g.appendName(scratch[:0], i)) + len(g.appendEmail(scratch[:0], i)) + 19 + len(g.city(i)) + 2
	offset, n := extraLength(uint32(g.draws[3][i]), used, g.c.personSize)
	return append(out, g.t.letters[offset:offset+n]...)
}

// personText makes a text column: add appends the value of the i-th person of the batch, which takes about room bytes.
func (g *generator) personText(t types.Type, room int, add func(out []byte, i int) []byte) *vector.Vector {
	n := 0
	for _, r := range g.runs {
		n += r.count
	}
	v := vector.New(g.pool, t, g.rows, n*room)
	data, row, i := v.Data, 0, 0
	for _, r := range g.runs {
		for ; row < r.row; row++ {
			v.Offsets[row+1] = int32(len(data))
		}
		for range r.count {
			data = add(data, i)
			row++
			v.Offsets[row] = int32(len(data))
			i++
		}
	}
	for ; row < g.rows; row++ {
		v.Offsets[row+1] = int32(len(data))
	}
	v.SetData(data)
	return v
}
