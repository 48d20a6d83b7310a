package eval

import (
	"errors"
	"fmt"
	"time"

	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/sql/types"
)

// Env is what expressions read beside their input.
type Env struct {
	// Zone is the session's time zone; nil: UTC.
	Zone *time.Location
	// Now returns milliseconds since 1970 for CURRENT_TIMESTAMP and its like. It is called at most once for each batch and frame of time
	// functions: give the clock in streaming and a fixed value in batch mode. Nil: such functions are not supported.
	Now func() int64
	// RowNow is Now of the functions that tell the time of each row in batch mode too: CURRENT_ROW_TIMESTAMP, PROCTIME, UNIX_TIMESTAMP. Nil: Now.
	RowNow func() int64
	// InputTypes are the types of the columns of the input. Nil: not checked.
	InputTypes []types.Type
	// Database is the answer of CURRENT_DATABASE.
	Database string
	// Watermark returns the current watermark in milliseconds (math.MinInt64: none yet) for CURRENT_WATERMARK. Nil: none.
	Watermark func() int64
}

// Program computes a list of expressions. It belongs to one goroutine.
type Program struct {
	engine
	roots []*node
}

// engine is the scratch memory that programs and filters share.
type engine struct {
	env    Env
	slots  int
	frames []*frame // stack for reuse
	depth  int
	sels   [][]uint16 // lists of rows for reuse
	table  *memo      // for functions that remember equal texts
	now    instant    // of this batch
	rowNow instant
}

// Compile compiles expressions that have the same input. Equal parts of them are computed once.
func Compile(exprs []*expr.Expr, env Env) (*Program, error) {
	c := newCompiler(env)
	p := &Program{}
	for _, e := range exprs {
		n, err := c.compile(e)
		if err != nil {
			return nil, err
		}
		p.roots = append(p.roots, n)
	}
	c.markShared(p.roots)
	p.engine = engine{env: c.env, slots: c.slots}
	return p, nil
}

// Types returns the types of the results.
func (p *Program) Types() []types.Type {
	ts := make([]types.Type, len(p.roots))
	for i, r := range p.roots {
		ts[i] = r.typ
	}
	return ts
}

// Eval computes one column for each expression, each of b.Len physical rows, so that the results go with b.Sel and b.Kinds. Values of rows
// that are not selected are undefined (but well formed), and no error is raised for them. Columns that are passed through are retained, not
// copied. The caller owns one reference of each result.
func (p *Program) Eval(pool *vector.Pool, b *vector.Batch) ([]*vector.Vector, error) {
	f := p.begin(pool, b)
	defer p.end(f)
	return p.evalSelected(f, p.roots, b.Sel)
}

// evalSelected computes columns of all rows of f that are right in the rows sel (nil: all).
func (g *engine) evalSelected(f *frame, roots []*node, sel []uint16) ([]*vector.Vector, error) {
	if sel == nil {
		return evalAll(f, roots)
	}
	out := make([]*vector.Vector, 0, len(roots))
	var sub *frame
	defer func() {
		if sub != nil {
			g.end(sub)
		}
	}()
	for _, r := range roots {
		var v *vector.Vector
		var err error
		if r.konst != nil || r.cheap() && (r.column >= 0 || len(sel)*4 > f.n) || f.has(r) {
			v, err = f.full(r)
		} else {
			if sub == nil {
				sub = g.child(f, sel)
			}
			if v, err = sub.full(r); err == nil {
				d := v
				v = scatter(f.pool, d, sel, f.n)
				d.Release()
			}
		}
		if err != nil {
			release(out)
			return nil, err
		}
		out = append(out, sameTyped(v, r.typ))
	}
	return out, nil
}

// EvalDense is Eval for the selected rows alone: the results have b.Rows() values and go with no selection. It is better than Eval where few
// rows are selected or the next operator needs dense columns anyway.
func (p *Program) EvalDense(pool *vector.Pool, b *vector.Batch) ([]*vector.Vector, error) {
	f := p.begin(pool, b)
	defer p.end(f)
	if b.Sel == nil {
		return evalAll(f, p.roots)
	}
	sub := p.child(f, b.Sel)
	defer p.end(sub)
	return evalAll(sub, p.roots)
}

func evalAll(f *frame, roots []*node) ([]*vector.Vector, error) {
	out := make([]*vector.Vector, 0, len(roots))
	for _, r := range roots {
		v, err := f.full(r)
		if err != nil {
			release(out)
			return nil, err
		}
		out = append(out, sameTyped(v, r.typ))
	}
	return out, nil
}

// begin makes the frame of a batch.
func (g *engine) begin(pool *vector.Pool, b *vector.Batch) *frame {
	g.now.have, g.rowNow.have = false, false
	f := g.push()
	f.pool, f.n, f.cols = pool, b.Len, b.Columns
	return f
}

func (g *engine) push() *frame {
	if g.depth == len(g.frames) {
		g.frames = append(g.frames, &frame{engine: g, memo: make([]*vector.Vector, g.slots)})
	}
	f := g.frames[g.depth]
	g.depth++
	return f
}

// child makes a frame of some rows of f.
func (g *engine) child(f *frame, sel []uint16) *frame {
	c := g.push()
	c.pool, c.n, c.parent, c.sel = f.pool, len(sel), f, sel
	return c
}

// end releases what a frame holds. Frames end in the reverse order of their making.
func (g *engine) end(f *frame) {
	for i, v := range f.memo {
		if v != nil {
			v.Release()
			f.memo[i] = nil
		}
	}
	f.parent, f.sel, f.cols, f.pool = nil, nil, nil, nil
	g.depth--
	if g.frames[g.depth] != f {
		panic("eval: frames end out of order")
	}
}

// instant is a time that was read from a clock, if have.
type instant struct {
	millis int64
	have   bool
}

func (t *instant) read(clock func() int64) int64 {
	if !t.have {
		t.millis, t.have = clock(), true
	}
	return t.millis
}

// millis reads the clock once for each batch.
func (g *engine) millis() int64 { return g.now.read(g.env.Now) }

// rowMillis is millis of the functions of Env.RowNow.
func (g *engine) rowMillis() int64 {
	if g.env.RowNow == nil {
		return g.millis()
	}
	return g.rowNow.read(g.env.RowNow)
}

func release(vs []*vector.Vector) {
	for _, v := range vs {
		v.Release()
	}
}

// Error is the failure of an expression on a value.
type Error struct {
	Expr *expr.Expr // the part that failed
	Pos  int        // byte offset in the statement; 0 or less: unknown
	Err  error
}

func (e *Error) Error() string {
	text := e.Expr.String()
	if len(text) > 200 {
		text = text[:200] + "…"
	}
	return fmt.Sprintf("%s: %v", text, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

func wrapError(e *expr.Expr, err error) error {
	if _, ok := errors.AsType[*Error](err); ok || e == nil {
		return err
	}
	return &Error{Expr: e, Pos: e.Pos, Err: err}
}
