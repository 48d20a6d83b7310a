package eval

import (
	"bytes"
	"fmt"
	"math"

	"millrace/operators/kernel/text"
	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/sql/types"
)

// The text functions that are common enough for loops of their own.

// matcher is a compiled pattern.
type matcher interface{ Match(s []byte) bool }

func compilePattern(fn string, pattern, escape []byte) (matcher, error) {
	switch {
	case fn == "SIMILAR TO":
		return text.CompileSimilar(pattern, escape)
	case escape == nil:
		return text.CompileLike(pattern), nil
	default:
		return text.CompileLikeEscape(pattern, escape)
	}
}

// buildPattern compiles LIKE and SIMILAR TO.
func buildPattern(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	constant := args[1].konst != nil && (len(args) < 3 || args[2].konst != nil)
	escape := func(vs []*vector.Vector, f *frame, i int) []byte {
		if len(vs) < 3 {
			return nil
		}
		return append([]byte{}, vs[2].Bytes(i*step(f, vs[2]))...)
	}
	if constant {
		var esc []byte
		if len(args) > 2 {
			esc = append([]byte{}, args[2].konst.Bytes(0)...)
		}
		m, err := compilePattern(e.Func, args[1].konst.Bytes(0), esc)
		if err != nil {
			return failing(c.call(e, e.Type, func(*frame, []*vector.Vector) (*vector.Vector, error) { return nil, err }, args...)), nil //nolint:nilerr // the error comes when a row comes
		}
		return dear(c.call(e, e.Type, func(f *frame, vs []*vector.Vector) (*vector.Vector, error) {
			out := f.newBool()
			strictValid(f, out, vs...)
			v, s := vs[0], step(f, vs[0])
			for i := range f.n {
				if m.Match(v.Bytes(i * s)) {
					vector.SetBit(out.Data, i)
				}
			}
			return out, nil
		}, args[0])), nil
	}
	return failing(c.call(e, e.Type, func(f *frame, vs []*vector.Vector) (*vector.Vector, error) {
		out := f.newBool()
		strictValid(f, out, vs...)
		var m matcher
		var last, lastEscape string
		for i := range f.n {
			if out.IsNull(i) {
				continue
			}
			p, esc := vs[1].Bytes(i*step(f, vs[1])), escape(vs, f, i)
			if m == nil || string(p) != last || string(esc) != lastEscape {
				var err error
				if m, err = compilePattern(e.Func, p, esc); err != nil {
					out.Release()
					return nil, err
				}
				last, lastEscape = string(p), string(esc)
			}
			if m.Match(vs[0].Bytes(i * step(f, vs[0]))) {
				vector.SetBit(out.Data, i)
			}
		}
		return out, nil
	}, args...)), nil
}

// content is the bytes that the values of a column lie in.
func content(v *vector.Vector) []byte { return v.Data[v.Offsets[0]:v.Offsets[v.Len]] }

// buildLength compiles CHAR_LENGTH: while all is ASCII, the difference of offsets.
func buildLength(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	return c.call(e, e.Type, func(f *frame, vs []*vector.Vector) (*vector.Vector, error) {
		v := vs[0]
		out := f.new(e.Type)
		strictValid(f, out, vs...)
		dst := vector.Values[int32](out)
		if v.Len == f.n && (v.Type.IsBinary() || isASCII(content(v))) {
			from := v.Offsets[0]
			for i, to := range v.Offsets[1 : v.Len+1] {
				dst[i] = to - from
				from = to
			}
			return out, nil
		}
		for i := range dst {
			dst[i] = int32(text.Length(v.Bytes(i * step(f, v))))
		}
		return out, nil
	}, args...), nil
}

// buildSubstring compiles SUBSTRING: of ASCII text with constant position and length by arithmetic on offsets, else as general does.
func buildSubstring(c *compiler, e *expr.Expr, args []*node, general builder) (*node, error) {
	n, err := general(c, e, args)
	if err != nil || !args[0].typ.IsText() || args[1].konst == nil || len(args) > 2 && args[2].konst == nil {
		return n, err
	}
	at, ok := Value(args[1].konst, 0).(int64)
	size := int64(math.MaxInt32)
	if len(args) > 2 {
		size, _ = Value(args[2].konst, 0).(int64)
	}
	if !ok || at < 0 || size < 0 {
		return n, nil
	}
	start := int32(max(at-1, 0))
	slow := n.run
	source := args[0]
	m := c.special(e, e.Type, func(_ *node, f *frame) (*vector.Vector, error) {
		v, err := f.full(source)
		if err != nil {
			return nil, err
		}
		defer v.Release()
		if !isASCII(content(v)) {
			return slow(f)
		}
		out := f.newBytes(e.Type, len(content(v)))
		strictValid(f, out, v)
		dst := out.Data[:len(content(v))]
		to := int32(0)
		for i := range f.n {
			a, z := v.Offsets[i]+start, v.Offsets[i+1]
			if a < z {
				if int64(z-a) > size {
					z = a + int32(size)
				}
				to += int32(copy(dst[to:], v.Data[a:z]))
			}
			out.Offsets[i+1] = to
		}
		out.Data = dst[:to]
		return out, nil
	}, args...)
	return dear(m), nil
}

// buildConcat compiles CONCAT and ||.
func buildConcat(c *compiler, e *expr.Expr, args []*node) (*node, error) {
	for _, a := range args {
		if a.typ.Storage() != types.StoreBytes {
			return nil, unsupported(e)
		}
	}
	return c.call(e, e.Type, func(f *frame, vs []*vector.Vector) (*vector.Vector, error) {
		size := 0
		for _, v := range vs {
			if v.Len == f.n {
				size += len(content(v))
			} else {
				size += f.n * len(content(v))
			}
		}
		fits(size)
		out := f.newBytes(e.Type, size)
		strictValid(f, out, vs...)
		var space [4]arg
		a := bind(f, vs, space[:0])
		dst, at := out.Data[:size], 0
		for i := range f.n {
			if !out.IsNull(i) {
				for k := range a {
					at += copy(dst[at:], a[k].bytes(i))
				}
			}
			out.Offsets[i+1] = int32(at)
		}
		out.Data = dst[:at]
		return out, nil
	}, args...), nil
}

// pieces finds where the pieces of texts begin, once for all calls of SPLIT_INDEX with the same text and delimiter.
type pieces struct {
	delimiter []byte
	count     int // pieces that are asked for
	calls     int
}

// buildSplitIndex compiles SPLIT_INDEX. With a constant delimiter and index, calls over the same text share one scan.
func buildSplitIndex(c *compiler, e *expr.Expr, args []*node, one builder) (*node, error) {
	n, err := one(c, e, args)
	if err != nil || args[1].konst == nil || args[2].konst == nil || !args[1].typ.IsText() || len(args[1].konst.Bytes(0)) == 0 {
		return n, err
	}
	index, ok := Value(args[2].konst, 0).(int64)
	if !ok || index < 0 || index > 15 {
		return n, nil
	}
	key := fmt.Sprintf("pieces|%d|%s", c.id(args[0]), args[1].konst.Bytes(0))
	p := c.pieces[key]
	if p == nil {
		p = &pieces{delimiter: append([]byte{}, args[1].konst.Bytes(0)...)}
		c.pieces[key] = p
		c.nodes[key] = c.splitter(e, p, args[0])
	}
	p.count = max(p.count, int(index)+1)
	p.calls++
	source, scan, alone := args[0], c.nodes[key], n.run
	return dear(c.special(e, e.Type, func(_ *node, f *frame) (*vector.Vector, error) {
		if p.calls < 2 {
			return alone(f)
		}
		ends, err := f.eval(scan)
		if err != nil {
			return nil, err
		}
		defer ends.Release()
		v, err := f.full(source)
		if err != nil {
			return nil, err
		}
		defer v.Release()
		return p.take(f, e.Type, v, vector.Values[int32](ends.Children[0]), int(index)), nil
	}, source, scan)), nil
}

// splitter is the node of an ARRAY<INT> with the ends of the first pieces of each text, -1 for those that are not there.
func (c *compiler) splitter(e *expr.Expr, p *pieces, source *node) *node {
	t := types.ArrayType(types.IntType())
	return dear(c.special(e, t, func(_ *node, f *frame) (*vector.Vector, error) {
		v, err := f.full(source)
		if err != nil {
			return nil, err
		}
		defer v.Release()
		out := vector.New(f.pool, t, f.n, 0)
		out.Children[0].Release()
		out.Children[0] = vector.New(f.pool, *t.Elem, f.n*p.count, 0)
		ends := vector.Values[int32](out.Children[0])
		single := len(p.delimiter) == 1
		for i := range f.n {
			out.Offsets[i+1] = int32((i + 1) * p.count)
			row, rest, at := ends[i*p.count:(i+1)*p.count], v.Bytes(i), int32(0)
			for k := range row {
				if rest == nil {
					row[k] = -1
					continue
				}
				var next int
				if single {
					next = bytes.IndexByte(rest, p.delimiter[0])
				} else {
					next = bytes.Index(rest, p.delimiter)
				}
				if next < 0 {
					row[k], rest = at+int32(len(rest)), nil
					continue
				}
				row[k] = at + int32(next)
				at += int32(next + len(p.delimiter))
				rest = rest[next+len(p.delimiter):]
			}
		}
		return out, nil
	}, source))
}

// take copies one piece of every text; NULL where there is none, and for the empty text.
func (p *pieces) take(f *frame, t types.Type, v *vector.Vector, ends []int32, index int) *vector.Vector {
	b := f.textBuffer(t, 8*f.n)
	strictValid(f, b.out, v)
	for i := range f.n {
		if b.out.IsNull(i) {
			b.skip(i)
			continue
		}
		row, x := ends[i*p.count:], v.Bytes(i)
		if len(x) == 0 || row[index] < 0 {
			b.null(i)
			continue
		}
		from := int32(0)
		if index > 0 {
			from = row[index-1] + int32(len(p.delimiter))
		}
		b.add(i, x[from:row[index]])
	}
	return b.finish()
}
