package eval

import (
	"fmt"
	"strings"
	"time"

	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/sql/types"
)

// node is a part of a program.
type node struct {
	typ    types.Type
	expr   *expr.Expr     // for messages; nil for parts that the compiler made up
	konst  *vector.Vector // value of length 1, if constant
	column int            // input column, or -1
	args   []*node
	run    func(f *frame) (*vector.Vector, error)
	slot   int  // where a frame keeps the value; -1: nowhere
	fails  bool // evaluation can fail for some value
	heavy  bool // dear enough to gather rows for
	random bool // differs between calls: never shared, never folded
	uses   int
	seen   bool
	origin *origin // set on casts that operators can look through
}

// origin says that a node is the exact value of an integer node.
type origin struct{ integer *node }

// cheap tells whether computing the node for rows that do not need it is fine.
func (n *node) cheap() bool { return !n.fails && !n.heavy }

func (n *node) isNull() bool { return n.konst != nil && n.konst.IsNull(0) }

// kernel computes a result for all rows of f. Arguments that are constant have one row.
type kernel func(f *frame, args []*vector.Vector) (*vector.Vector, error)

// builder makes the node of a call.
type builder func(c *compiler, e *expr.Expr, args []*node) (*node, error)

type compiler struct {
	env      Env
	registry registry
	nodes    map[string]*node
	pieces   map[string]*pieces // scans shared by calls of SPLIT_INDEX
	ids      map[*node]int
	slots    int
	pool     *vector.Pool
}

func newCompiler(env Env) *compiler {
	if env.Zone == nil {
		env.Zone = time.UTC
	}
	return &compiler{env: env, registry: builtins(), nodes: map[string]*node{}, pieces: map[string]*pieces{}, ids: map[*node]int{}, pool: vector.NewPool(0)}
}

func (c *compiler) compile(e *expr.Expr) (*node, error) {
	switch e.Kind {
	case expr.Column:
		return c.column(e)
	case expr.Literal:
		return c.literal(e)
	}
	args := make([]*node, len(e.Args))
	for i, a := range e.Args {
		n, err := c.compile(a)
		if err != nil {
			return nil, err
		}
		args[i] = n
	}
	key := c.key(e, args)
	if n := c.nodes[key]; n != nil {
		return n, nil
	}
	n, err := c.build(e, args)
	if err != nil {
		return nil, err
	}
	n = c.folded(n)
	if n.expr == nil {
		n.expr = e
	}
	if !n.random {
		c.nodes[key] = n
	}
	return n, nil
}

// key identifies what an expression computes from given arguments.
func (c *compiler) key(e *expr.Expr, args []*node) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s|%s|%s|%d", e.Kind, e.Func, e.Type, e.Index)
	for i, a := range args {
		if t := e.Args[i]; t.Kind == expr.Literal && t.Type.Kind == types.Symbol {
			fmt.Fprintf(&b, "|%v", t.Value)
			continue
		}
		fmt.Fprintf(&b, "|%d", c.id(a))
	}
	return b.String()
}

func (c *compiler) id(n *node) int {
	id, ok := c.ids[n]
	if !ok {
		id = len(c.ids)
		c.ids[n] = id
	}
	return id
}

func (c *compiler) build(e *expr.Expr, args []*node) (*node, error) {
	switch e.Kind {
	case expr.Cast:
		return c.cast(e, args[0], e.Type, false)
	case expr.TryCast:
		return c.cast(e, args[0], e.Type, true)
	case expr.Field:
		return c.field(e, args[0])
	case expr.Call:
	default:
		return nil, fmt.Errorf("expression kind %q is not supported yet", e.Kind)
	}
	entry, ok := c.registry[e.Func]
	if !ok {
		return nil, fmt.Errorf("function %s is not supported yet", e.Func)
	}
	if entry.strict {
		for _, a := range args {
			if a.isNull() {
				return c.null(e.Type), nil
			}
		}
	}
	n, err := entry.build(c, e, args)
	if err != nil {
		return nil, err
	}
	return n, nil
}

// unsupported is the answer for argument types that a function has no kernel for.
func unsupported(e *expr.Expr) error {
	ts := make([]string, len(e.Args))
	for i, a := range e.Args {
		ts[i] = a.Type.AsNullable().String()
	}
	return fmt.Errorf("function %s of (%s) is not supported yet", e.Func, strings.Join(ts, ", "))
}

func (c *compiler) column(e *expr.Expr) (*node, error) {
	if in := c.env.InputTypes; in != nil {
		if e.Index < 0 || e.Index >= len(in) {
			return nil, fmt.Errorf("column $%d of an input of %d columns", e.Index, len(in))
		}
		if in[e.Index].Storage() != e.Type.Storage() {
			return nil, fmt.Errorf("column $%d is %s in the expression and %s in the input", e.Index, e.Type, in[e.Index])
		}
	}
	key := fmt.Sprintf("column %d %s", e.Index, e.Type)
	if n := c.nodes[key]; n != nil {
		return n, nil
	}
	n := &node{typ: e.Type, expr: e, column: e.Index, slot: c.slots}
	c.slots++
	c.nodes[key] = n
	return n, nil
}

func (c *compiler) literal(e *expr.Expr) (*node, error) {
	if e.Type.Kind == types.Symbol || e.Type.Kind == types.Descriptor {
		word, _ := e.Value.(string)
		v, err := constant(c.pool, word, types.StringType())
		return &node{typ: e.Type, expr: e, column: -1, slot: -1, konst: v}, err
	}
	v, err := constant(c.pool, e.Value, e.Type)
	if err != nil {
		return nil, fmt.Errorf("literal of %s: %w", e.Type, err)
	}
	key := "literal " + e.Type.String() + " " + expr.LiteralText(e)
	if n := c.nodes[key]; n != nil {
		v.Release()
		return n, nil
	}
	n := &node{typ: e.Type, expr: e, column: -1, slot: -1, konst: v}
	c.nodes[key] = n
	return n, nil
}

// null is the constant NULL of a type.
func (c *compiler) null(t types.Type) *node {
	v, err := constant(c.pool, nil, t)
	if err != nil {
		panic(err) // NULL exists in every type
	}
	return c.constNode(v)
}

func (c *compiler) constNode(v *vector.Vector) *node {
	return &node{typ: v.Type, column: -1, slot: -1, konst: v}
}

// call makes a node that evaluates its arguments and calls k.
func (c *compiler) call(e *expr.Expr, t types.Type, k kernel, args ...*node) *node {
	n := &node{typ: t, expr: e, column: -1, slot: -1, args: args}
	for _, a := range args {
		n.fails = n.fails || a.fails
		n.heavy = n.heavy || a.heavy
		n.random = n.random || a.random
	}
	n.run = func(f *frame) (*vector.Vector, error) {
		var space [4]*vector.Vector
		vs := space[:0]
		for _, a := range n.args {
			v, err := f.eval(a)
			if err != nil {
				release(vs)
				return nil, err
			}
			vs = append(vs, v)
		}
		out, err := k(f, vs)
		release(vs)
		return out, err
	}
	return n
}

// special makes a node with an evaluation of its own.
func (c *compiler) special(e *expr.Expr, t types.Type, run func(n *node, f *frame) (*vector.Vector, error), args ...*node) *node {
	n := c.call(e, t, nil, args...)
	n.run = func(f *frame) (*vector.Vector, error) { return run(n, f) }
	return n
}

// failing marks a node as one that can fail, and so is evaluated only for rows that need it.
func failing(n *node) *node { n.fails, n.heavy = true, true; return n }

// dear marks a node as worth evaluating only for rows that need it.
func dear(n *node) *node { n.heavy = true; return n }

// folded computes a node of constants. Where that fails the node stays, to fail at run time for rows that need it.
func (c *compiler) folded(n *node) *node {
	if n.konst != nil || n.column >= 0 || n.random || len(n.args) == 0 {
		return n
	}
	for _, a := range n.args {
		if a.konst == nil {
			return n
		}
	}
	v, err := c.evalOnce(n)
	if err != nil {
		return n
	}
	if !v.Type.Equal(n.typ) && v.Type.Storage() == n.typ.Storage() {
		v = retype(v, n.typ)
	}
	k := c.constNode(v)
	k.typ, k.expr = n.typ, n.expr
	return k
}

// evalOnce evaluates a node of constants on one row.
func (c *compiler) evalOnce(n *node) (v *vector.Vector, err error) {
	g := &engine{env: c.env, slots: c.slots}
	b := vector.NewBatch(1)
	f := g.begin(c.pool, b)
	defer g.end(f)
	return f.full(n)
}

// markShared gives every node with more than one user a slot.
func (c *compiler) markShared(roots []*node) {
	for _, r := range roots {
		c.count(r)
	}
}

func (c *compiler) count(n *node) {
	n.uses++
	if n.uses == 2 && n.slot < 0 && n.konst == nil && !n.random {
		n.slot = c.slots
		c.slots++
	}
	if n.seen {
		return
	}
	n.seen = true
	for _, a := range n.args {
		c.count(a)
	}
}

// symbol returns the upper-case text of argument i if it is a keyword or text literal, else "".
func symbol(e *expr.Expr, i int) string {
	if i >= len(e.Args) || e.Args[i].Kind != expr.Literal {
		return ""
	}
	s, _ := e.Args[i].Value.(string)
	return strings.ToUpper(s)
}
