package eval

import (
	"millrace/operators/kernel/decimal"
	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/sql/types"
)

func registerConditional(r registry) {
	r.add(buildCase, "CASE")
	r.add(buildIf, "IF")
	r.add(buildCoalesce, "COALESCE", "IFNULL")
	r.add(buildNullIf, "NULLIF")
	r.add(buildIn, "IN")
	r.add(func(_ *compiler, _ *expr.Expr, args []*node) (*node, error) { return args[1], nil }, "PRINT") // the value; nothing is printed
	r.add(func(c *compiler, e *expr.Expr, _ []*node) (*node, error) {
		v, err := constant(c.pool, c.env.Database, e.Type)
		return c.constNode(v), err
	}, "CURRENT_DATABASE")
}

func buildIf(c *compiler, e *expr.Expr, args []*node) (*node, error) { return buildCase(c, e, args) }

// buildCase takes cond1, val1, cond2, val2, …, else.
func buildCase(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	if len(args)%2 == 0 {
		args = append(append([]*node(nil), args...), c.null(e.Type))
	}
	var kept []*node
	for i := 0; i+1 < len(args); i += 2 {
		cond := args[i]
		if cond.konst != nil {
			if cond.konst.IsNull(0) || !cond.konst.Bool(0) {
				continue
			}
			kept = append(kept, args[i+1]) // always TRUE: the else of what came before
			break
		}
		kept = append(kept, cond, args[i+1])
	}
	if len(kept)%2 == 0 {
		kept = append(kept, args[len(args)-1])
	}
	for i := 1; i < len(kept); i += 2 {
		if err := c.coerceTo(&kept[i], e.Type); err != nil {
			return nil, err
		}
	}
	last := len(kept) - 1
	if err := c.coerceTo(&kept[last], e.Type); err != nil {
		return nil, err
	}
	if last == 0 {
		return kept[0], nil
	}
	return c.special(e, e.Type, runCase, kept...), nil
}

func (c *compiler) coerceTo(n **node, t types.Type) error {
	m, err := c.coerce(*n, t)
	*n = m
	return err
}

// part is the value of a branch for some rows of a frame.
type part struct {
	v     *vector.Vector
	rows  []uint16 // nil: all rows
	dense bool     // v has one value for each of rows; else v is indexed by the row itself
}

// branch evaluates a node for some rows (nil: all).
func (f *frame) branch(n *node, rows []uint16) (part, error) {
	if n.konst != nil {
		return part{v: n.konst.Retain(), rows: rows}, nil
	}
	if rows == nil || len(rows) == f.n || f.has(n) || n.cheap() && (n.column >= 0 || len(rows)*4 > f.n) {
		v, err := f.eval(n)
		return part{v: v, rows: rows}, err
	}
	sub := f.child(f, rows)
	defer f.end(sub)
	v, err := sub.full(n)
	return part{v: v, rows: rows, dense: true}, err
}

func runCase(n *node, f *frame) (*vector.Vector, error) {
	var parts []part
	var lent [][]uint16
	defer func() {
		for _, p := range parts {
			p.v.Release()
		}
		for _, s := range lent {
			f.unlend(s)
		}
	}()
	var rest []uint16 // rows not taken yet; nil: all
	for i := 0; i+1 < len(n.args); i += 2 {
		taken, left := f.selection(), f.selection()
		lent = append(lent, taken, left)
		taken, left, err := f.split(n.args[i], rest, taken, left)
		if err != nil {
			return nil, err
		}
		if len(taken) > 0 {
			p, err := f.branch(n.args[i+1], taken)
			if err != nil {
				return nil, err
			}
			parts = append(parts, p)
		}
		rest = left
		if len(rest) == 0 {
			break
		}
	}
	if rest == nil || len(rest) > 0 {
		p, err := f.branch(n.args[len(n.args)-1], rest)
		if err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	return f.merge(n.typ, parts), nil
}

// split appends the rows for which cond is TRUE to taken and the others to left.
func (f *frame) split(cond *node, rows, taken, left []uint16) ([]uint16, []uint16, error) {
	if rows == nil {
		v, err := f.full(cond)
		if err != nil {
			return taken, left, err
		}
		is := v.Data
		var both *vector.Vector
		if v.Valid != nil {
			both = f.newBool()
			vector.AndBits(both.Data, v.Data, v.Valid, f.n)
			is = both.Data
		}
		taken, left = trueRows(taken, is, nil, f.n), unsetRows(left, is, f.n)
		if both != nil {
			both.Release()
		}
		v.Release()
		return taken, left, nil
	}
	p, err := f.branch(cond, rows)
	if err != nil {
		return taken, left, err
	}
	for i, r := range rows {
		at := int(r)
		if p.dense {
			at = i
		}
		if p.v.Bool(at) && !p.v.IsNull(at) {
			taken = append(taken, r)
		} else {
			left = append(left, r)
		}
	}
	p.v.Release()
	return taken, left, nil
}

// merge puts the values of branches together. Every row belongs to one part.
func (f *frame) merge(t types.Type, parts []part) *vector.Vector {
	if len(parts) == 1 && parts[0].v.Len == f.n && !parts[0].dense {
		return parts[0].v.Retain()
	}
	switch t.Storage() {
	case types.StoreI8:
		return mergeFixed[uint8](f, t, parts)
	case types.StoreI16:
		return mergeFixed[uint16](f, t, parts)
	case types.StoreI32, types.StoreF32:
		return mergeFixed[uint32](f, t, parts)
	case types.StoreI64, types.StoreF64:
		return mergeFixed[uint64](f, t, parts)
	case types.StoreI128:
		return mergeFixed[decimal.Int128](f, t, parts)
	case types.StoreBytes:
		return mergeBytes(f, t, parts)
	default:
		return mergeAny(f, t, parts)
	}
}

// index returns where the value of the i-th row of the part, which is row r, lies.
func (p *part) index(f *frame, i, r int) int {
	switch {
	case p.dense:
		return i
	case p.v.Len != f.n:
		return 0
	default:
		return r
	}
}

func mergeFixed[T any](f *frame, t types.Type, parts []part) *vector.Vector {
	out := f.new(t)
	dst := vector.Values[T](out)
	for _, p := range parts {
		src := vector.Values[T](p.v)
		switch {
		case p.rows == nil && p.v.Len == f.n:
			copy(dst, src)
		case p.rows == nil:
			for i := range dst {
				dst[i] = src[0]
			}
		case p.dense:
			for i, r := range p.rows {
				dst[r] = src[i]
			}
		case p.v.Len != f.n:
			x := src[0]
			for _, r := range p.rows {
				dst[r] = x
			}
		default:
			for _, r := range p.rows {
				dst[r] = src[r]
			}
		}
		p.nulls(f, out)
	}
	return out
}

// nulls marks the part's NULLs in out.
func (p *part) nulls(f *frame, out *vector.Vector) {
	if p.v.Valid == nil {
		return
	}
	if p.rows == nil {
		for i := range f.n {
			if p.v.IsNull(p.index(f, i, i)) {
				out.SetNull(i)
			}
		}
		return
	}
	for i, r := range p.rows {
		if p.v.IsNull(p.index(f, i, int(r))) {
			out.SetNull(int(r))
		}
	}
}

// place says for every row which part has it and where. The lists are scratch memory of the engine.
func place(f *frame, parts []part) (which, where []uint16) {
	which, where = f.selection()[:0], f.selection()[:0]
	if cap(which) < f.n {
		which = make([]uint16, f.n)
	}
	if cap(where) < f.n {
		where = make([]uint16, f.n)
	}
	which, where = which[:f.n], where[:f.n]
	for k := range parts {
		p := &parts[k]
		if p.rows == nil {
			for i := range f.n {
				which[i], where[i] = uint16(k), uint16(p.index(f, i, i))
			}
			continue
		}
		switch {
		case p.dense:
			for i, r := range p.rows {
				which[r], where[r] = uint16(k), uint16(i)
			}
		case p.v.Len != f.n:
			for _, r := range p.rows {
				which[r], where[r] = uint16(k), 0
			}
		default:
			for _, r := range p.rows {
				which[r], where[r] = uint16(k), r
			}
		}
	}
	return which, where
}

// source is the bytes of a part.
type source struct {
	offsets []int32
	data    []byte
}

func mergeBytes(f *frame, t types.Type, parts []part) *vector.Vector {
	which, where := place(f, parts)
	var space [8]source
	from := space[:0]
	for _, p := range parts {
		from = append(from, source{p.v.Offsets, p.v.Data})
	}
	size := 0
	for i, k := range which {
		o := from[k].offsets[where[i]:]
		size += int(o[1] - o[0])
	}
	out := f.newBytes(t, size)
	at := 0
	dst := out.Data[: size+16 : cap(out.Data)] // the slack behind the end may be overwritten
	for i, k := range which {
		s := &from[k]
		o := s.offsets[where[i]:]
		a, z := int(o[0]), int(o[1])
		if z-a <= 16 && a+16 <= len(s.data) {
			*(*[16]byte)(dst[at:]) = *(*[16]byte)(s.data[a:])
		} else {
			copy(dst[at:], s.data[a:z])
		}
		at += z - a
		out.Offsets[i+1] = int32(at)
	}
	out.Data = out.Data[:size]
	f.unlend(which)
	f.unlend(where)
	for i := range parts {
		parts[i].nulls(f, out)
	}
	return out
}

func mergeAny(f *frame, t types.Type, parts []part) *vector.Vector {
	at := make([]int32, f.n)
	owner := make([]int32, f.n)
	for k := range parts {
		p := &parts[k]
		for i := range f.n {
			if p.rows == nil {
				owner[i], at[i] = int32(k), int32(p.index(f, i, i))
			}
		}
		for i, r := range p.rows {
			owner[r], at[r] = int32(k), int32(p.index(f, i, int(r)))
		}
	}
	b := vector.NewBuilder(f.pool, t, f.n)
	for i := range f.n {
		b.AppendFrom(parts[owner[i]].v, int(at[i]))
	}
	out := b.Finish()
	b.Release()
	return out
}

func buildCoalesce(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	var kept []*node
	for _, a := range args {
		if a.isNull() {
			continue
		}
		if err := c.coerceTo(&a, e.Type); err != nil {
			return nil, err
		}
		kept = append(kept, a)
		if a.konst != nil || a.typ.NotNull && a.cheap() {
			break
		}
	}
	switch len(kept) {
	case 0:
		return c.null(e.Type), nil
	case 1:
		return kept[0], nil
	}
	return c.special(e, e.Type, runCoalesce, kept...), nil
}

func runCoalesce(n *node, f *frame) (*vector.Vector, error) {
	var parts []part
	var lent [][]uint16
	defer func() {
		for _, p := range parts {
			p.v.Release()
		}
		for _, s := range lent {
			f.unlend(s)
		}
	}()
	var rest []uint16
	for k, a := range n.args {
		p, err := f.branch(a, rest)
		if err != nil {
			return nil, err
		}
		if k == len(n.args)-1 || p.v.Valid == nil {
			parts = append(parts, p)
			break
		}
		taken, left := f.selection(), f.selection()
		if rest == nil {
			left = unsetRows(left, p.v.Valid, f.n)
			taken = trueRows(taken, p.v.Valid, nil, f.n)
			p.rows = taken
		} else {
			q := p
			var index []uint16
			for i, r := range rest {
				if at := p.index(f, i, int(r)); p.v.IsNull(at) {
					left = append(left, r)
				} else {
					taken = append(taken, r)
					index = append(index, uint16(at))
				}
			}
			if p.dense {
				q.v = vector.Gather(f.pool, p.v, index)
				p.v.Release()
			}
			q.rows = taken
			p = q
		}
		lent = append(lent, taken, left)
		parts = append(parts, p)
		if rest = left; len(rest) == 0 {
			break
		}
	}
	return f.merge(n.typ, parts), nil
}

func buildNullIf(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	if args[1].isNull() {
		return args[0], nil
	}
	operands, k, err := c.compareKernel(equal, args)
	if err != nil {
		return nil, err
	}
	return c.call(e, e.Type, func(f *frame, a []*vector.Vector) (*vector.Vector, error) {
		eq := f.newBool()
		strictValid(f, eq, a[1], a[2])
		k(f, eq, a[1], a[2])
		rows := trueRows(f.selection(), eq.Data, eq.Valid, f.n)
		eq.Release()
		defer func() { f.unlend(rows) }()
		if len(rows) == 0 && a[0].Len == f.n {
			return a[0].Retain(), nil
		}
		var out *vector.Vector
		if a[0].Len == f.n {
			out = copyVector(f, a[0])
		} else {
			out = repeat(f.pool, a[0], f.n)
		}
		for _, r := range rows {
			out.SetNull(int(r))
		}
		return out, nil
	}, args[0], operands[0], operands[1]), nil
}

// copyVector copies a column so that it may be written.
func copyVector(f *frame, v *vector.Vector) *vector.Vector {
	index := make([]int32, v.Len)
	for i := range index {
		index[i] = int32(i)
	}
	return vector.Gather(f.pool, v, index)
}
