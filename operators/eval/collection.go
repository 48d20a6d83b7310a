package eval

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/sql/types"
)

func registerCollection(r registry) {
	r.add(buildRow, "ROW")
	r.add(buildObject, "OBJECT_OF")
	r.add(updateObject, "OBJECT_UPDATE")
	r.add(buildArray, "ARRAY")
	r.add(buildMap, "MAP")
	r.add(buildMultiset, "MULTISET")
	r.strict(buildItem, "ITEM")
	r.strict(buildCardinality, "CARDINALITY")
	r.build(traits{fails: true}, element, "ELEMENT")
	r.build(traits{loose: true, elem: true}, arrayAppend, "ARRAY_APPEND", "ARRAY_PREPEND")
	r.bools(traits{loose: true, elem: true}, fixed(boolFunc(arrayContains)), "ARRAY_CONTAINS")
	r.ints(traits{elem: true}, makeArrayPosition, "ARRAY_POSITION")
	r.build(traits{}, arrayDistinct, "ARRAY_DISTINCT")
	r.build(traits{loose: true, elem: true}, arrayRemove, "ARRAY_REMOVE")
	r.build(traits{}, arrayReverse, "ARRAY_REVERSE")
	r.build(traits{}, arraySlice, "ARRAY_SLICE")
	r.build(traits{}, arraySort, "ARRAY_SORT")
	r.build(traits{}, arraySets, "ARRAY_UNION", "ARRAY_EXCEPT", "ARRAY_INTERSECT")
	r.build(traits{}, arrayConcat, "ARRAY_CONCAT")
	r.build(traits{}, arrayExtreme, "ARRAY_MAX", "ARRAY_MIN")
	r.build(traits{}, mapParts, "MAP_KEYS", "MAP_VALUES", "MAP_ENTRIES")
	r.build(traits{}, mapUnion, "MAP_UNION")
	r.build(traits{fails: true}, mapFromArrays, "MAP_FROM_ARRAYS")
	r.texts(traits{}, fixed(textFunc(arrayJoin)), "ARRAY_JOIN")
	r.build(traits{}, split, "SPLIT")
}

// valueFunc appends the result of row i to b; the error errNull stands for NULL.
type valueFunc func(e *expr.Expr, a []arg, i int, b *vector.Builder) error

// build registers functions whose result is of any type, appended row by row.
func (r registry) build(t traits, fn valueFunc, names ...string) {
	r.register(t, func(c *compiler, e *expr.Expr, args []*node) (*node, error) {
		return c.call(e, e.Type, builderKernel(e, t.loose, fn), args...), nil
	}, names)
}

func builderKernel(e *expr.Expr, loose bool, fn valueFunc) kernel {
	return func(f *frame, vs []*vector.Vector) (*vector.Vector, error) {
		var space [4]arg
		a := bind(f, vs, space[:0])
		b := vector.NewBuilder(f.pool, e.Type, f.n)
		defer b.Release()
		for i := range f.n {
			null := false
			for _, x := range a {
				null = null || !loose && x.null(i)
			}
			if null {
				b.AppendNull()
				continue
			}
			switch err := fn(e, a, i, b); err {
			case nil:
			case errNull: //nolint:errorlint // per row, and errNull is never wrapped
				b.AppendNull()
			default:
				return nil, err
			}
		}
		return b.Finish(), nil
	}
}

// span is the range of the elements of a collection.
func (a arg) span(i int) (from, to int) {
	i *= a.step
	return int(a.Offsets[i]), int(a.Offsets[i+1])
}

// buildRow compiles a constructor of a ROW: the columns become its children.
func buildRow(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	args = append([]*node(nil), args...)
	for i := range args {
		if err := c.coerceTo(&args[i], e.Type.Fields[i].Type); err != nil {
			return nil, err
		}
	}
	return c.call(e, e.Type, func(f *frame, vs []*vector.Vector) (*vector.Vector, error) {
		out := vector.New(f.pool, e.Type, f.n, 0)
		for i, v := range vs {
			out.Children[i].Release()
			child := v
			if v.Len != f.n {
				child = repeat(f.pool, v, f.n)
			} else {
				child.Retain()
			}
			out.Children[i] = sameTyped(child, e.Type.Fields[i].Type)
		}
		return out, nil
	}, args...), nil
}

// buildObject compiles OBJECT_OF('class', 'name', value, …): a ROW of the values.
func buildObject(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	var values []*node
	for i := 2; i < len(args); i += 2 {
		values = append(values, args[i])
	}
	return buildRow(c, e, values)
}

// updateObject compiles OBJECT_UPDATE(object, 'name', value, …): the ROW with some fields replaced.
func updateObject(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	object := args[0]
	values := make([]*node, len(e.Type.Fields))
	for i, f := range e.Type.Fields {
		for k := 1; k+1 < len(args); k += 2 {
			if symbol(e, k) == strings.ToUpper(f.Name) && e.Args[k].Value == f.Name {
				values[i] = args[k+1]
			}
		}
		if values[i] != nil {
			continue
		}
		get := &expr.Expr{Kind: expr.Field, Type: object.typ.Fields[i].Type, Index: i, Args: e.Args[:1], Pos: e.Pos}
		n, err := c.field(get, object)
		if err != nil {
			return nil, err
		}
		values[i] = n
	}
	n, err := buildRow(c, e, values)
	if err != nil || object.typ.NotNull {
		return n, err
	}
	return c.call(e, e.Type, func(f *frame, vs []*vector.Vector) (*vector.Vector, error) {
		if vs[0].Valid == nil {
			return vs[1].Retain(), nil
		}
		valid := f.newBool()
		defer valid.Release()
		for i := range f.n {
			if !isNull(f, vs[0], i) {
				vector.SetBit(valid.Data, i)
			}
		}
		return masked(f, vs[1], valid.Data), nil
	}, object, n), nil
}

// interleave builds a child column with the values of vs row after row.
func interleave(f *frame, t types.Type, vs []*vector.Vector) *vector.Vector {
	b := vector.NewBuilder(f.pool, t, f.n*len(vs))
	defer b.Release()
	for i := range f.n {
		for _, v := range vs {
			b.AppendFrom(v, i*step(f, v))
		}
	}
	return b.Finish()
}

func buildArray(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	args = append([]*node(nil), args...)
	for i := range args {
		if err := c.coerceTo(&args[i], *e.Type.Elem); err != nil {
			return nil, err
		}
	}
	return c.call(e, e.Type, func(f *frame, vs []*vector.Vector) (*vector.Vector, error) {
		out := vector.New(f.pool, e.Type, f.n, 0)
		out.Children[0].Release()
		out.Children[0] = interleave(f, *e.Type.Elem, vs)
		for i := range f.n {
			out.Offsets[i+1] = int32((i + 1) * len(vs))
		}
		return out, nil
	}, args...), nil
}

// buildMap compiles MAP[k1, v1, …]; of equal keys the last one counts.
func buildMap(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	args = append([]*node(nil), args...)
	for i := range args {
		t := *e.Type.Key
		if i%2 == 1 {
			t = *e.Type.Elem
		}
		if err := c.coerceTo(&args[i], t); err != nil {
			return nil, err
		}
	}
	return dear(c.call(e, e.Type, builderKernel(e, true, func(_ *expr.Expr, a []arg, i int, b *vector.Builder) error {
		for k := 0; k+1 < len(a); k += 2 {
			repeated := false
			for j := k + 2; j+1 < len(a); j += 2 {
				repeated = repeated || sameValue(a[k].Vector, i*a[k].step, a[j].Vector, i*a[j].step)
			}
			if !repeated {
				b.Children[0].AppendFrom(a[k].Vector, i*a[k].step)
				b.Children[1].AppendFrom(a[k+1].Vector, i*a[k+1].step)
			}
		}
		b.EndList()
		return nil
	}), args...)), nil
}

// buildMultiset compiles MULTISET[a, b, …]: each value with how often it comes.
func buildMultiset(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	args = append([]*node(nil), args...)
	for i := range args {
		if err := c.coerceTo(&args[i], *e.Type.Elem); err != nil {
			return nil, err
		}
	}
	return dear(c.call(e, e.Type, builderKernel(e, true, func(_ *expr.Expr, a []arg, i int, b *vector.Builder) error {
		for k := range a {
			count, first := int32(0), true
			for j := range a {
				if sameValue(a[k].Vector, i*a[k].step, a[j].Vector, i*a[j].step) {
					first = first && j >= k
					count++
				}
			}
			if first {
				b.Children[0].AppendFrom(a[k].Vector, i*a[k].step)
				vector.AppendFixed(b.Children[1], count)
			}
		}
		b.EndList()
		return nil
	}), args...)), nil
}

func buildCardinality(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	return c.call(e, e.Type, func(f *frame, vs []*vector.Vector) (*vector.Vector, error) {
		out := f.new(e.Type)
		strictValid(f, out, vs...)
		a := arg{vs[0], step(f, vs[0])}
		for i := range f.n {
			from, to := a.span(i)
			if vs[0].Type.Kind == types.Multiset {
				n := 0
				for j := from; j < to; j++ {
					n += int(vector.Values[int32](a.Children[1])[j])
				}
				from, to = 0, n
			}
			putInt(out, i, int64(to-from))
		}
		return out, nil
	}, args...), nil
}

// buildItem compiles array[i] and map[key]: one gather from the child column.
func buildItem(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	t := args[0].typ
	if t.Kind == types.Variant {
		return c.variantItem(e, args)
	}
	args = append([]*node(nil), args...)
	if t.Kind == types.Array {
		if err := c.coerceTo(&args[1], types.BigIntType()); err != nil {
			return nil, err
		}
	} else if err := c.coerceTo(&args[1], *t.Key); err != nil {
		return nil, err
	}
	return c.call(e, e.Type, func(f *frame, vs []*vector.Vector) (*vector.Vector, error) {
		index := make([]int32, f.n)
		a, k := arg{vs[0], step(f, vs[0])}, arg{vs[1], step(f, vs[1])}
		for i := range index {
			index[i] = -1
			if a.null(i) || k.null(i) {
				continue
			}
			if t.Kind == types.Array {
				from, to := a.span(i)
				if n := k.int(i); n >= 1 && n <= int64(to-from) {
					index[i] = int32(from + int(n) - 1)
				}
				continue
			}
			index[i] = int32(findKey(vs[0], i*a.step, vs[1], i*k.step))
		}
		child := vs[0].Children[len(vs[0].Children)-1]
		return vector.Gather(f.pool, child, index), nil
	}, args...), nil
}

func element(_ *expr.Expr, a []arg, i int, b *vector.Builder) error {
	from, to := a[0].span(i)
	switch to - from {
	case 0:
		return errNull
	case 1:
		b.AppendFrom(a[0].Children[0], from)
		return nil
	default:
		return fmt.Errorf("array of %d elements where one is wanted", to-from)
	}
}

func appendSpan(b *vector.Builder, v *vector.Vector, from, to int) {
	for j := from; j < to; j++ {
		b.AppendFrom(v, j)
	}
}

func arrayAppend(e *expr.Expr, a []arg, i int, b *vector.Builder) error {
	if a[0].null(i) {
		return errNull
	}
	from, to := a[0].span(i)
	if e.Func == "ARRAY_PREPEND" {
		b.Children[0].AppendFrom(a[1].Vector, i*a[1].step)
	}
	appendSpan(b.Children[0], a[0].Children[0], from, to)
	if e.Func == "ARRAY_APPEND" {
		b.Children[0].AppendFrom(a[1].Vector, i*a[1].step)
	}
	b.EndList()
	return nil
}

// indexOf returns the position of value k of v among the elements from to to of elems, or -1.
func indexOf(elems *vector.Vector, from, to int, v *vector.Vector, k int) int {
	for j := from; j < to; j++ {
		if sameValue(elems, j, v, k) {
			return j
		}
	}
	return -1
}

func arrayContains(a []arg, i int) (bool, error) {
	if a[0].null(i) {
		return false, errNull
	}
	from, to := a[0].span(i)
	return indexOf(a[0].Children[0], from, to, a[1].Vector, i*a[1].step) >= 0, nil
}

func makeArrayPosition(_ *compiler, _ *expr.Expr, _ []*node) (intFunc, error) {
	return func(a []arg, i int) (int64, error) {
		from, to := a[0].span(i)
		at := indexOf(a[0].Children[0], from, to, a[1].Vector, i*a[1].step)
		if at < 0 {
			return 0, nil
		}
		return int64(at - from + 1), nil
	}, nil
}

func arrayDistinct(_ *expr.Expr, a []arg, i int, b *vector.Builder) error {
	from, to := a[0].span(i)
	appendDistinct(b, a[0].Children[0], from, to)
	b.EndList()
	return nil
}

func appendDistinct(b *vector.Builder, v *vector.Vector, from, to int) {
	for j := from; j < to; j++ {
		if indexOf(v, from, j, v, j) < 0 {
			b.Children[0].AppendFrom(v, j)
		}
	}
}

func arrayRemove(_ *expr.Expr, a []arg, i int, b *vector.Builder) error {
	if a[0].null(i) {
		return errNull
	}
	from, to := a[0].span(i)
	for j := from; j < to; j++ {
		if !sameValue(a[0].Children[0], j, a[1].Vector, i*a[1].step) {
			b.Children[0].AppendFrom(a[0].Children[0], j)
		}
	}
	b.EndList()
	return nil
}

func arrayReverse(_ *expr.Expr, a []arg, i int, b *vector.Builder) error {
	from, to := a[0].span(i)
	for j := to - 1; j >= from; j-- {
		b.Children[0].AppendFrom(a[0].Children[0], j)
	}
	b.EndList()
	return nil
}

func arraySlice(_ *expr.Expr, a []arg, i int, b *vector.Builder) error {
	from, to := a[0].span(i)
	n := int64(to - from)
	start, end := a[1].int(i), n
	if len(a) > 2 {
		end = a[2].int(i)
	}
	if start < 0 {
		start += n + 1
	}
	if end < 0 {
		end += n + 1
	}
	start, end = max(start, 1), min(end, n)
	if start <= end {
		appendSpan(b.Children[0], a[0].Children[0], from+int(start)-1, from+int(end))
	}
	b.EndList()
	return nil
}

func arraySort(_ *expr.Expr, a []arg, i int, b *vector.Builder) error {
	asc := len(a) < 2 || a[1].bool(i)
	nullsFirst := asc
	if len(a) > 2 {
		nullsFirst = a[2].bool(i)
	}
	from, to := a[0].span(i)
	v := a[0].Children[0]
	order := make([]int, 0, to-from)
	for j := from; j < to; j++ {
		order = append(order, j)
	}
	slices.SortStableFunc(order, func(x, y int) int {
		nx, ny := v.IsNull(x), v.IsNull(y)
		switch {
		case nx || ny:
			c := int(b2u(ny)) - int(b2u(nx))
			if !nullsFirst {
				c = -c
			}
			return c
		case asc:
			return compareAt(v, x, v, y)
		default:
			return compareAt(v, y, v, x)
		}
	})
	for _, j := range order {
		b.Children[0].AppendFrom(v, j)
	}
	b.EndList()
	return nil
}

// arraySets is ARRAY_UNION, ARRAY_EXCEPT and ARRAY_INTERSECT: distinct, in the order of the first array.
func arraySets(e *expr.Expr, a []arg, i int, b *vector.Builder) error {
	from, to := a[0].span(i)
	from2, to2 := a[1].span(i)
	v, w := a[0].Children[0], a[1].Children[0]
	for j := from; j < to; j++ {
		if indexOf(v, from, j, v, j) >= 0 {
			continue
		}
		in := e.Func == "ARRAY_UNION" || indexOf(w, from2, to2, v, j) >= 0
		if in != (e.Func == "ARRAY_EXCEPT") {
			b.Children[0].AppendFrom(v, j)
		}
	}
	if e.Func == "ARRAY_UNION" {
		for j := from2; j < to2; j++ {
			if indexOf(w, from2, j, w, j) < 0 && indexOf(v, from, to, w, j) < 0 {
				b.Children[0].AppendFrom(w, j)
			}
		}
	}
	b.EndList()
	return nil
}

func arrayConcat(_ *expr.Expr, a []arg, i int, b *vector.Builder) error {
	for _, x := range a {
		from, to := x.span(i)
		appendSpan(b.Children[0], x.Children[0], from, to)
	}
	b.EndList()
	return nil
}

func arrayExtreme(e *expr.Expr, a []arg, i int, b *vector.Builder) error {
	sign := 1
	if e.Func == "ARRAY_MIN" {
		sign = -1
	}
	v, best := a[0].Children[0], -1
	for from, to := a[0].span(i); from < to; from++ {
		if !v.IsNull(from) && (best < 0 || compareAt(v, from, v, best)*sign > 0) {
			best = from
		}
	}
	if best < 0 {
		return errNull
	}
	b.AppendFrom(v, best)
	return nil
}

// mapParts is MAP_KEYS, MAP_VALUES and MAP_ENTRIES.
func mapParts(e *expr.Expr, a []arg, i int, b *vector.Builder) error {
	from, to := a[0].span(i)
	for j := from; j < to; j++ {
		switch e.Func {
		case "MAP_KEYS":
			b.Children[0].AppendFrom(a[0].Children[0], j)
		case "MAP_VALUES":
			b.Children[0].AppendFrom(a[0].Children[1], j)
		default:
			row := b.Children[0]
			row.Children[0].AppendFrom(a[0].Children[0], j)
			row.Children[1].AppendFrom(a[0].Children[1], j)
			row.EndRow()
		}
	}
	b.EndList()
	return nil
}

// mapUnion merges maps; the last entry of a key counts, at the place of its first.
func mapUnion(_ *expr.Expr, a []arg, i int, b *vector.Builder) error {
	for x := range a {
		from, to := a[x].span(i)
		for j := from; j < to; j++ {
			keys := a[x].Children[0]
			if appears(a[:x], i, keys, j) {
				continue
			}
			vx, at := a[x].Vector, j
			for y := len(a) - 1; y > x; y-- {
				if k := findKey(a[y].Vector, i*a[y].step, keys, j); k >= 0 {
					vx, at = a[y].Vector, k
					break
				}
			}
			b.Children[0].AppendFrom(keys, j)
			b.Children[1].AppendFrom(vx.Children[1], at)
		}
	}
	b.EndList()
	return nil
}

func appears(maps []arg, i int, keys *vector.Vector, k int) bool {
	for _, m := range maps {
		if findKey(m.Vector, i*m.step, keys, k) >= 0 {
			return true
		}
	}
	return false
}

// mapFromArrays pairs keys and values; of equal keys the last one counts.
func mapFromArrays(_ *expr.Expr, a []arg, i int, b *vector.Builder) error {
	from, to := a[0].span(i)
	from2, to2 := a[1].span(i)
	if to-from != to2-from2 {
		return fmt.Errorf("map from %d keys and %d values", to-from, to2-from2)
	}
	keys := a[0].Children[0]
	for j := from; j < to; j++ {
		if indexOf(keys, j+1, to, keys, j) >= 0 {
			continue
		}
		b.Children[0].AppendFrom(keys, j)
		b.Children[1].AppendFrom(a[1].Children[0], from2+j-from)
	}
	b.EndList()
	return nil
}

func arrayJoin(a []arg, i int, dst []byte) ([]byte, error) {
	v := a[0].Children[0]
	first := true
	for from, to := a[0].span(i); from < to; from++ {
		if v.IsNull(from) && len(a) < 3 {
			continue
		}
		if !first {
			dst = append(dst, a[1].bytes(i)...)
		}
		first = false
		if v.IsNull(from) {
			dst = append(dst, a[2].bytes(i)...)
		} else {
			dst = append(dst, v.Bytes(from)...)
		}
	}
	return dst, nil
}

// split is SPLIT(text, delimiter): empty text has no pieces; an empty delimiter splits into UTF-16 units, of which half a pair is '?'.
func split(_ *expr.Expr, a []arg, i int, b *vector.Builder) error {
	s, d := a[0].bytes(i), a[1].bytes(i)
	out := b.Children[0]
	switch {
	case len(s) == 0:
	case len(d) == 0:
		for len(s) > 0 {
			r, n := utf8.DecodeRune(s)
			if r > 0xFFFF {
				out.AppendBytes([]byte{'?'})
				out.AppendBytes([]byte{'?'})
			} else {
				out.AppendBytes(s[:n])
			}
			s = s[n:]
		}
	default:
		for {
			at := bytes.Index(s, d)
			if at < 0 {
				break
			}
			out.AppendBytes(s[:at])
			s = s[at+len(d):]
		}
		out.AppendBytes(s)
	}
	b.EndList()
	return nil
}
