package expr

import (
	"fmt"
	"strings"

	"millrace/sql/types"
)

// Kind is the kind of a node.
type Kind string

// The kinds of node.
const (
	Column  Kind = "column"  // Index: position in the input row
	Literal Kind = "literal" // Value
	Call    Kind = "call"    // Func, Args
	Cast    Kind = "cast"    // Args[0] to Type; fails the job where the value cannot be cast
	TryCast Kind = "trycast" // Args[0] to Type; NULL where the value cannot be cast
	Field   Kind = "field"   // field Index of the ROW Args[0]; NULL if the ROW is NULL
)

// Expr is a node of an expression.
type Expr struct {
	Kind  Kind       `json:"kind"`
	Type  types.Type `json:"type"`
	Index int        `json:"index,omitempty"`
	Func  string     `json:"func,omitempty"` // canonical, upper case: "+", "AND", "CASE", "SUBSTRING", "IS NULL"
	Args  []*Expr    `json:"args,omitempty"`

	// Value of a literal, by storage of its type: nil for NULL; bool; int64 for all of TINYINT..BIGINT, DATE, TIME, intervals,
	// TIMESTAMP(p<=6) in its unit, DECIMAL(p<=18) unscaled; *big.Int for DECIMAL(p>18) unscaled and TIMESTAMP(p>6) nanoseconds;
	// float64 for FLOAT and DOUBLE; string for text; []byte for binary; []any for ARRAY and ROW; [][2]any for MAP and MULTISET.
	Value any `json:"-"`

	// Pos is the byte offset in the statement, for run-time errors; -1 or 0 where there is none. Not part of equality.
	Pos int `json:"pos,omitempty"`
}

// NewColumn refers to column i of the input.
func NewColumn(i int, t types.Type) *Expr { return &Expr{Kind: Column, Index: i, Type: t} }

// NewLiteral is a constant; see Expr.Value for how v is held.
func NewLiteral(v any, t types.Type) *Expr { return &Expr{Kind: Literal, Value: v, Type: t} }

// NewNull is the NULL of type t.
func NewNull(t types.Type) *Expr { return &Expr{Kind: Literal, Type: t.AsNullable()} }

// NewBool is a BOOLEAN constant.
func NewBool(v bool) *Expr {
	return &Expr{Kind: Literal, Value: v, Type: types.BooleanType().AsNotNull()}
}

// NewInt is an INT constant.
func NewInt(v int64) *Expr {
	return &Expr{Kind: Literal, Value: v, Type: types.IntType().AsNotNull()}
}

// NewCall calls a function by its canonical name.
func NewCall(fn string, t types.Type, args ...*Expr) *Expr {
	return &Expr{Kind: Call, Func: fn, Type: t, Args: args}
}

// NewCast casts e to t. It returns e itself if the types are the same but for nullability and no value can change.
func NewCast(e *Expr, t types.Type) *Expr {
	if e.Type.Same(t) {
		return e
	}
	return &Expr{Kind: Cast, Type: t, Args: []*Expr{e}, Pos: e.Pos}
}

// NewField accesses field i of the ROW e; NULL if e is NULL.
func NewField(e *Expr, i int) *Expr {
	t := e.Type.Fields[i].Type
	if !e.Type.NotNull {
		t = t.AsNullable()
	}
	return &Expr{Kind: Field, Type: t, Index: i, Args: []*Expr{e}, Pos: e.Pos}
}

// IsNull tells whether e is the literal NULL.
func (e *Expr) IsNull() bool { return e.Kind == Literal && e.Value == nil }

// IsTrue tells whether e is the literal TRUE.
func (e *Expr) IsTrue() bool { return e.Kind == Literal && e.Value == true }

// IsCall tells whether e calls that function.
func (e *Expr) IsCall(fn string) bool { return e.Kind == Call && e.Func == fn }

// Walk calls visit for e and all nodes below, parents first. Where visit returns false, it does not go deeper.
func Walk(e *Expr, visit func(*Expr) bool) {
	if e == nil || !visit(e) {
		return
	}
	for _, a := range e.Args {
		Walk(a, visit)
	}
}

// Transform returns e with every node replaced by what f makes of it, children first. f gets nodes it may keep but must not change; it
// returns the node itself for no change. Unchanged parts are shared.
func Transform(e *Expr, f func(*Expr) *Expr) *Expr {
	if e == nil {
		return nil
	}
	for i, a := range e.Args {
		n := Transform(a, f)
		if n == a {
			continue
		}
		c := *e
		c.Args = append([]*Expr(nil), e.Args...)
		c.Args[i] = n
		for j := i + 1; j < len(c.Args); j++ {
			c.Args[j] = Transform(c.Args[j], f)
		}
		return f(&c)
	}
	return f(e)
}

// Columns returns the set of input columns that e reads, as a map from position.
func Columns(es ...*Expr) map[int]bool {
	set := map[int]bool{}
	for _, e := range es {
		Walk(e, func(n *Expr) bool {
			if n.Kind == Column {
				set[n.Index] = true
			}
			return true
		})
	}
	return set
}

// Shift returns e with every column position moved by n.
func Shift(e *Expr, n int) *Expr {
	return Transform(e, func(x *Expr) *Expr {
		if x.Kind != Column {
			return x
		}
		c := *x
		c.Index += n
		return &c
	})
}

// Substitute returns e with column i replaced by columns[i].
func Substitute(e *Expr, columns []*Expr) *Expr {
	return Transform(e, func(x *Expr) *Expr {
		if x.Kind != Column {
			return x
		}
		return columns[x.Index]
	})
}

// Equal tells whether both compute the same in the same way. Positions do not count.
func Equal(a, b *Expr) bool {
	if a == nil || b == nil {
		return a == b
	}
	if a.Kind != b.Kind || a.Index != b.Index || a.Func != b.Func || len(a.Args) != len(b.Args) || !a.Type.Equal(b.Type) {
		return false
	}
	if a.Kind == Literal && valueText(a.Value) != valueText(b.Value) {
		return false
	}
	for i := range a.Args {
		if !Equal(a.Args[i], b.Args[i]) {
			return false
		}
	}
	return true
}

// And is the conjunction of es: nil for none.
func And(es ...*Expr) *Expr {
	switch len(es) {
	case 0:
		return nil
	case 1:
		return es[0]
	}
	notNull := true
	for _, e := range es {
		notNull = notNull && e.Type.NotNull
	}
	return NewCall("AND", types.BooleanType().WithNullable(!notNull), es...)
}

// Conjuncts splits nested ANDs; nil gives none.
func Conjuncts(e *Expr) []*Expr {
	if e == nil {
		return nil
	}
	if !e.IsCall("AND") {
		return []*Expr{e}
	}
	var out []*Expr
	for _, a := range e.Args {
		out = append(out, Conjuncts(a)...)
	}
	return out
}

// String prints e with columns as $0, $1, … For plans with names use Text.
func (e *Expr) String() string { return Text(e, nil) }

// Text prints e with the given column names: infix operators in parentheses, functions as calls.
func Text(e *Expr, names []string) string {
	var b strings.Builder
	write(&b, e, names)
	return b.String()
}

func write(b *strings.Builder, e *Expr, names []string) {
	list := func(args []*Expr) {
		for i, a := range args {
			if i > 0 {
				b.WriteString(", ")
			}
			write(b, a, names)
		}
	}
	switch e.Kind {
	case Column:
		if e.Index >= 0 && e.Index < len(names) {
			b.WriteString(names[e.Index])
		} else {
			fmt.Fprintf(b, "$%d", e.Index)
		}
	case Literal:
		b.WriteString(LiteralText(e))
	case Cast, TryCast:
		if e.Kind == TryCast {
			b.WriteString("TRY_")
		}
		b.WriteString("CAST(")
		list(e.Args)
		b.WriteString(" AS " + e.Type.AsNullable().String() + ")")
	case Field:
		write(b, e.Args[0], names)
		if f := e.Args[0].Type.Fields; e.Index < len(f) {
			b.WriteString("." + f[e.Index].Name)
		}
	default:
		if isInfix(e.Func) && len(e.Args) >= 2 {
			b.WriteByte('(')
			for i, a := range e.Args {
				if i > 0 {
					b.WriteString(" " + e.Func + " ")
				}
				write(b, a, names)
			}
			b.WriteByte(')')
			return
		}
		if strings.HasPrefix(e.Func, "IS ") && len(e.Args) == 1 {
			write(b, e.Args[0], names)
			b.WriteString(" " + e.Func)
			return
		}
		b.WriteString(e.Func + "(")
		list(e.Args)
		b.WriteByte(')')
	}
}

func isInfix(fn string) bool {
	switch fn {
	case "AND", "OR", "=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "||", "LIKE", "SIMILAR TO",
		"IS DISTINCT FROM", "IS NOT DISTINCT FROM":
		return true
	default:
		return false
	}
}
