package accum

import (
	"fmt"
	"slices"

	"millrace/operators/table"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// Options say what a Set must be able to do.
type Options struct {
	// Retract: rows may be taken away.
	Retract bool
	// CountRows keeps the number of rows of each group; see Set.Rows.
	CountRows bool
	// WrapAverage makes AVG of integers add up in the type of its result, as Flink does in windows (but not with DISTINCT): a sum that does
	// not fit wraps around before it is divided.
	WrapAverage bool
}

// Set is the compiled aggregate calls of one operator.
type Set struct {
	pool    *vector.Pool
	input   []types.Type
	retract bool
	wrapAvg bool
	outputs []output
	parts   []part
	sources []source
	stars   int // part that counts all rows, -1: none
	size    int // bytes of payload used
	flags   int // bits used of flag words
	flagAt  int // offset of the current flag word
	aux     int // number of value tables
	refs    []int
	u       update
	scratch table.Scratch
}

// Entries is the name of a function that keeps its arguments, row by row, for Set.Entries. It has no result.
const Entries = "$ROWS"

// Entries calls f with the arguments of each row of a group that the first function Entries has kept, in the canonical form of rowkey.
func (s *Set) Entries(r *Reader, group table.Row, f func(row []byte)) {
	for _, p := range s.parts {
		if l, ok := p.(*list); ok {
			l.entries(r, group, f)
			return
		}
	}
}

// part is a piece of accumulator. Aggregate results are computed from one or two of them.
type part interface {
	// add accumulates the rows of a batch that its source selects.
	add(u *update, s *selection) error
	// merge adds accumulators to others.
	merge(m *merging)
	// fields are the columns of the snapshot form (none for parts that live in value tables).
	fields() []types.Type
	// save makes those columns.
	save(r *Reader, rows []table.Row) []*vector.Vector
	// load reads them back into rows whose accumulators are empty.
	load(st *State, cols []*vector.Vector, rows []table.Row)
	// source is the index of the source of its rows.
	source() int
	// key identifies equal parts.
	key() string
}

// base is embedded by parts.
type base struct {
	src int
	off int // in the payload
}

func (b *base) source() int { return b.src }

// New compiles aggregate calls over input columns of the given types.
func New(pool *vector.Pool, aggs []plan.Agg, input []types.Type, opt Options) (*Set, error) {
	s := &Set{pool: pool, input: input, retract: opt.Retract, wrapAvg: opt.WrapAverage, stars: -1, flagAt: -1}
	if opt.CountRows {
		s.stars = s.addPart(&count{base: base{src: s.addSource(source{filter: -1, arg: -1, distinct: -1})}})
	}
	for i := range aggs {
		out, err := s.compile(&aggs[i])
		if err != nil {
			return nil, err
		}
		s.outputs = append(s.outputs, out)
	}
	s.u.selections = make([]selection, len(s.sources))
	return s, nil
}

// Size is the number of bytes of payload that the accumulators need.
func (s *Set) Size() int { return s.size }

// Types are the types of the results.
func (s *Set) Types() []types.Type {
	ts := make([]types.Type, len(s.outputs))
	for i := range s.outputs {
		ts[i] = s.outputs[i].typ
	}
	return ts
}

// Rows returns the number of rows that a group has; the Set must have been made with CountRows.
func (s *Set) Rows(st *State, r table.Row) int64 {
	return *table.At[int64](r, st.payload+s.parts[s.stars].(*count).off)
}

// AlwaysChanges tells whether each row that is added changes some result.
func (s *Set) AlwaysChanges() bool {
	for _, o := range s.outputs {
		if c, ok := s.parts[o.part].(*count); ok && o.kind == outCount {
			if src := s.sources[c.src]; src.filter < 0 && src.distinct < 0 && src.arg < 0 {
				return true
			}
		}
	}
	return false
}

// reserve takes n bytes of payload.
func (s *Set) reserve(n int) int {
	at := s.size
	s.size += (n + 7) &^ 7
	return at
}

// flag takes a bit of the payload.
func (s *Set) flag() (off int, bit uint64) {
	if s.flagAt < 0 || s.flags == 64 {
		s.flagAt, s.flags = s.reserve(8), 0
	}
	s.flags++
	return s.flagAt, 1 << (s.flags - 1)
}

func (s *Set) addSource(x source) int {
	if x.distinct < 0 && x.arg >= 0 && s.input[x.arg].NotNull {
		x.arg = -1
	}
	for i, y := range s.sources {
		if x == y {
			return i
		}
	}
	s.sources = append(s.sources, x)
	return len(s.sources) - 1
}

// sizer is a part that takes payload.
type sizer interface{ place(s *Set) }

func (s *Set) addPart(p part) int {
	for i, q := range s.parts {
		if q.key() == p.key() {
			return i
		}
	}
	p.(sizer).place(s)
	s.parts = append(s.parts, p)
	return len(s.parts) - 1
}

// compile makes the parts and the result of one call.
func (s *Set) compile(a *plan.Agg) (output, error) {
	out := output{typ: a.Type, part: -1, count: -1}
	for _, c := range a.Args {
		if c < 0 || c >= len(s.input) {
			return out, fmt.Errorf("aggregate %s: argument column %d of %d", a.Func, c, len(s.input))
		}
	}
	name := a.Func
	if name == "APPROX_COUNT_DISTINCT" {
		// Exact is a good approximation.
		exact := *a
		exact.Func, exact.Distinct = "COUNT", true
		return s.compile(&exact)
	}
	if len(a.Args) == 0 && name != "COUNT" {
		return out, fmt.Errorf("aggregate %s without argument is not supported", name)
	}
	src := source{filter: a.Filter, arg: -1, distinct: -1}
	if a.Distinct && name != "MIN" && name != "MAX" {
		src.distinct = s.distinct(a.Args[0], a.Filter)
	}
	all := s.addSource(src)
	arg := -1
	if len(a.Args) > 0 {
		arg = a.Args[0]
		src.arg = arg
	}
	notNull := s.addSource(src)
	counted := func() int { return s.addPart(&count{base: base{src: notNull}}) }
	switch name {
	case "COUNT":
		out.kind, out.part = outCount, counted()
	case "SUM", "SUM0", "$SUM0":
		p, err := newSum(s.input[arg], notNull, arg, a.Type.Kind == types.Float)
		if err != nil {
			return out, fmt.Errorf("aggregate %s: %w", name, err)
		}
		out.kind, out.part, out.count = outSum, s.addPart(p), counted()
		out.zero = name != "SUM"
	case "AVG":
		p, err := newSum(s.input[arg], notNull, arg, false)
		if err != nil {
			return out, fmt.Errorf("aggregate %s: %w", name, err)
		}
		out.kind, out.part, out.count = outAvg, s.addPart(p), counted()
		out.wraps = s.wrapAvg && !a.Distinct
	case "MIN", "MAX":
		return s.compileExtreme(a, out, notNull)
	case "STDDEV_POP", "STDDEV_SAMP", "STDDEV", "VAR_POP", "VAR_SAMP", "VARIANCE":
		if !s.input[arg].IsNumeric() {
			return out, fmt.Errorf("aggregate %s of %s is not supported", name, s.input[arg])
		}
		out.kind, out.part, out.function = outVariance, s.addPart(newVariance(s.input[arg], notNull, arg)), name
	case "FIRST_VALUE", "LAST_VALUE":
		from := all
		if a.IgnoreNulls {
			from = notNull
		}
		if s.retract {
			out.kind, out.part = outEnd, s.addPart(s.newList(from, []int{arg}))
			out.function = name
			break
		}
		out.kind, out.part = outCell, s.addPart(&pick{cell: cell{base: base{src: from}, arg: arg, typ: s.input[arg]}, last: name == "LAST_VALUE"})
	case "SINGLE_VALUE":
		out.kind, out.part = outSingle, s.addPart(s.newList(all, []int{arg}))
	case "LISTAGG":
		out.kind, out.part = outJoin, s.addPart(s.newList(notNull, a.Args))
	case "ARRAY_AGG":
		from := all
		if a.IgnoreNulls {
			from = notNull
		}
		out.kind, out.part = outArray, s.addPart(s.newList(from, []int{arg}))
	case Entries:
		out.kind, out.part = outArray, s.addPart(s.newList(all, a.Args))
	case "COLLECT":
		out.kind, out.part = outCollect, s.addPart(s.newValues(arg, []int{notNull}, true))
	case "JSON_ARRAYAGG", "JSON_OBJECTAGG":
		return s.compileJSON(a, out, all, notNull)
	case "BITMAP_BUILD_AGG", "BITMAP_BUILD_CARDINALITY_AGG", "BITMAP_AND_AGG", "BITMAP_AND_CARDINALITY_AGG", "BITMAP_OR_AGG",
		"BITMAP_OR_CARDINALITY_AGG", "BITMAP_XOR_AGG", "BITMAP_XOR_CARDINALITY_AGG":
		out.kind, out.part, out.function = outBitmap, s.addPart(s.newValues(arg, []int{notNull}, true)), name
	case "PERCENTILE":
		out.kind, out.part = outPercentile, s.addPart(s.newList(notNull, a.Args))
	default:
		return out, fmt.Errorf("aggregate function %s is not supported yet", name)
	}
	return out, nil
}

func (s *Set) compileExtreme(a *plan.Agg, out output, notNull int) (output, error) {
	arg := a.Args[0]
	t := s.input[arg]
	if t.IsNested() || t.Kind == types.Null {
		return out, fmt.Errorf("aggregate %s of %s is not supported", a.Func, t)
	}
	if s.retract {
		out.kind, out.part = outBest, s.addPart(s.newExtreme(arg, notNull, a.Func == "MAX"))
		return out, nil
	}
	out.kind, out.part = outCell, s.addPart(&extreme{cell: cell{base: base{src: notNull}, arg: arg, typ: t}, max: a.Func == "MAX"})
	return out, nil
}

// distinct returns the number of the distinct selection of a column under a filter: the part that keeps the values, and the bit of the
// filter in it.
func (s *Set) distinct(arg, filter int) int {
	src := s.addSource(source{filter: filter, arg: -1, distinct: -1})
	for i, p := range s.parts {
		v, ok := p.(*values)
		if !ok || v.arg != arg || v.counting {
			continue
		}
		for j, f := range v.filters {
			if f == src {
				return i<<8 | j
			}
		}
		if len(v.filters) < 64 {
			v.filters = append(v.filters, src)
			return i<<8 | (len(v.filters) - 1)
		}
	}
	v := s.newValues(arg, []int{src}, false)
	v.place(s)
	s.parts = append(s.parts, v)
	return (len(s.parts) - 1) << 8
}

// Remap maps the columns of aggregate calls by at, after checking them against the number of input columns.
func Remap(aggs []plan.Agg, inputs int, at func(c int) int) ([]plan.Agg, error) {
	out := slices.Clone(aggs)
	for i := range out {
		a := &out[i]
		for _, c := range append(slices.Clone(a.Args), max(a.Filter, 0)) {
			if c < 0 || c >= inputs && (inputs > 0 || c > 0) {
				return nil, fmt.Errorf("aggregate %s: column %d of %d", a.Func, c, inputs)
			}
		}
		a.Args = slices.Clone(a.Args)
		for j, c := range a.Args {
			a.Args[j] = at(c)
		}
		if a.Filter >= 0 {
			a.Filter = at(a.Filter)
		}
	}
	return out, nil
}
