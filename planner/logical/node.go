package logical

import (
	"millrace/planner/expr"
	"millrace/planner/plan"
	"millrace/sql/sqlerr"
	"millrace/sql/types"
)

// Node is a relational operator. Nodes are immutable once built.
type Node interface {
	// Schema is the output: names, types, time attributes.
	Schema() types.Schema
	// Inputs are the operators that it reads.
	Inputs() []Node
	// WithInputs returns the same operator over other inputs, which have the same columns in the same order.
	WithInputs(in []Node) Node
}

// Table is what the planner knows of a table that it reads or writes.
type Table struct {
	Name      string // full name, for messages
	Connector string
	Options   map[string]string
	Physical  types.Schema
	Key       []string
	Partition []string
	Caps      plan.Capabilities
	// Accept tells whether the connector applies a conjunct over columns; nil: none.
	Accept func(columns []plan.SourceColumn, e *expr.Expr) bool
	// AcceptWatermark tells whether the connector makes a watermark over columns itself; nil: none.
	AcceptWatermark func(columns []plan.SourceColumn, w *plan.Watermark) bool
	// DeadLetter is the table that takes records that cannot be read, or nil.
	DeadLetter *plan.Sink
}

// Scan reads a table.
type Scan struct {
	Table   *Table
	Columns []plan.SourceColumn
	Filter  []*expr.Expr // over Columns
	Limit   int64        // > 0: no more rows are needed
	// Watermark is made by the connector; its columns are positions in Columns.
	Watermark *plan.Watermark
}

// Values emits constant rows.
type Values struct {
	Rows [][]*expr.Expr
	Out  types.Schema
}

// Calc filters and projects. With a nil Filter all rows pass.
type Calc struct {
	Input  Node
	Filter *expr.Expr
	Exprs  []*expr.Expr
	Names  []string
}

// Watermark assigns event time: Column becomes the time attribute.
type Watermark struct {
	Input      Node
	Column     int
	Expr       *expr.Expr
	IdleMillis int64
}

// Union passes the rows of all inputs, which have equal types.
type Union struct{ In []Node }

// SetOp is INTERSECT or EXCEPT.
type SetOp struct {
	Left, Right Node
	Except, All bool
}

// Expand emits one row for each projection (grouping sets).
type Expand struct {
	Input       Node
	Projections [][]*expr.Expr
	Out         types.Schema
}

// Agg is an aggregate call with the name of its column.
type Agg struct {
	plan.Agg
	Name string
}

// Aggregate groups without bound. Output: the keys, then the aggregates.
type Aggregate struct {
	Input Node
	Keys  []int
	Aggs  []Agg
	TTL   int64 // milliseconds; < 0: the job's
}

// WindowTVF appends window_start, window_end and window_time.
type WindowTVF struct {
	Input  Node
	Window plan.Window
	Keys   []int
	Place  *sqlerr.Place // of the call
}

// WindowAggregate groups by key and window. Output: the keys, the aggregates, then the window columns.
type WindowAggregate struct {
	Input   Node
	Window  plan.Window
	Keys    []int
	Aggs    []Agg
	Columns []plan.WindowColumn
	Names   []string   // of Columns
	Time    types.Type // type of the time attribute the window is over
	// Attached: the input carries its window in Start and End.
	Attached   bool
	Start, End int
	Legacy     bool
	Emit       *plan.Emit
	Place      *sqlerr.Place // of the window function
}

// OverCall is a call with OVER and the name of its column.
type OverCall struct {
	plan.OverCall
	Name  string
	Place *sqlerr.Place
	// Limited tells that a predicate reads the number of a ranking function, which makes it a Top-N.
	Limited bool
}

// Over appends one column for each call: a ranking or aggregate function over a window of rows. There is one call in each node until equal
// windows are merged.
type Over struct {
	Input Node
	Keys  []int
	Order []plan.SortKey
	Calls []OverCall
}

// Rank keeps the rows From..To of each partition. Output: the input, then the row number if Number.
type Rank struct {
	Input    Node
	Keys     []int
	Order    []plan.SortKey
	From, To int64
	ToColumn int // -1: none
	Number   bool
	Name     string
	Place    *sqlerr.Place // of the function that numbers the rows
}

// Deduplicate keeps the first or last row of each key by time.
type Deduplicate struct {
	Input      Node
	Keys       []int
	TimeColumn int // -1: processing time
	KeepLast   bool
}

// AsOf makes a join one with the versions of its right side: FOR SYSTEM_TIME AS OF.
type AsOf struct {
	Left, Right int // columns of the inputs: the time of a row, and that from which a version is valid
	Alive       int // BOOLEAN column of the right input: whether a version is one; -1: always
}

// Join joins two inputs. Condition refers to left ++ right.
type Join struct {
	Left, Right Node
	Kind        plan.JoinKind
	Condition   *expr.Expr // nil: TRUE; what is not in the keys
	LeftKeys    []int
	RightKeys   []int
	NullSafe    []bool
	NullAware   bool
	LeftTTL     int64 // milliseconds; < 0: the job's
	RightTTL    int64
	AsOf        *AsOf // nil: a join of all rows
	Place       *sqlerr.Place
}

// Sort orders all rows.
type Sort struct {
	Input Node
	Order []plan.SortKey
	Place *sqlerr.Place // of ORDER BY
}

// Limit passes Count rows after the first Offset; Count < 0: all.
type Limit struct {
	Input         Node
	Offset, Count int64
}

// Unnest appends the elements of a collection to each row.
type Unnest struct {
	Input      Node
	Collection *expr.Expr
	Ordinality bool
	Outer      bool
	// Condition, over the output, chooses elements before Outer looks whether there are any; nil: all. Only with Outer.
	Condition *expr.Expr
	Elements  types.Schema // the appended columns
	// Pass is the columns of the input that are passed on; nil: all.
	Pass []int
}

// Sink writes a table or returns rows.
type Sink struct {
	Input  Node
	Table  *Table
	Spec   plan.Sink
	Insert int // number of the statement in a set
	// Conflict is the action of ON CONFLICT, or "".
	Conflict string
	// Parallelism of the sink, 0: the job's.
	Parallelism int
	Place       *sqlerr.Place
}

// Inputs of a leaf.
func (*Scan) Inputs() []Node { return nil }

// Inputs of a leaf.
func (*Values) Inputs() []Node { return nil }

// Inputs is the input.
func (n *Calc) Inputs() []Node { return []Node{n.Input} }

// Inputs is the input.
func (n *Watermark) Inputs() []Node { return []Node{n.Input} }

// Inputs are the branches.
func (n *Union) Inputs() []Node { return n.In }

// Inputs are left and right.
func (n *SetOp) Inputs() []Node { return []Node{n.Left, n.Right} }

// Inputs is the input.
func (n *Expand) Inputs() []Node { return []Node{n.Input} }

// Inputs is the input.
func (n *Aggregate) Inputs() []Node { return []Node{n.Input} }

// Inputs is the input.
func (n *WindowTVF) Inputs() []Node { return []Node{n.Input} }

// Inputs is the input.
func (n *WindowAggregate) Inputs() []Node { return []Node{n.Input} }

// Inputs is the input.
func (n *Over) Inputs() []Node { return []Node{n.Input} }

// Inputs is the input.
func (n *Rank) Inputs() []Node { return []Node{n.Input} }

// Inputs is the input.
func (n *Deduplicate) Inputs() []Node { return []Node{n.Input} }

// Inputs are left and right.
func (n *Join) Inputs() []Node { return []Node{n.Left, n.Right} }

// Inputs is the input.
func (n *Sort) Inputs() []Node { return []Node{n.Input} }

// Inputs is the input.
func (n *Limit) Inputs() []Node { return []Node{n.Input} }

// Inputs is the input.
func (n *Unnest) Inputs() []Node { return []Node{n.Input} }

// Inputs is the input.
func (n *Sink) Inputs() []Node { return []Node{n.Input} }

// WithInputs returns the node itself.
func (n *Scan) WithInputs([]Node) Node { return n }

// WithInputs returns the node itself.
func (n *Values) WithInputs([]Node) Node { return n }

// WithInputs replaces the input.
func (n *Calc) WithInputs(in []Node) Node { c := *n; c.Input = in[0]; return &c }

// WithInputs replaces the input.
func (n *Watermark) WithInputs(in []Node) Node { c := *n; c.Input = in[0]; return &c }

// WithInputs replaces the inputs.
func (n *Union) WithInputs(in []Node) Node { return &Union{In: in} }

// WithInputs replaces the inputs.
func (n *SetOp) WithInputs(in []Node) Node { c := *n; c.Left, c.Right = in[0], in[1]; return &c }

// WithInputs replaces the input.
func (n *Expand) WithInputs(in []Node) Node { c := *n; c.Input = in[0]; return &c }

// WithInputs replaces the input.
func (n *Aggregate) WithInputs(in []Node) Node { c := *n; c.Input = in[0]; return &c }

// WithInputs replaces the input.
func (n *WindowTVF) WithInputs(in []Node) Node { c := *n; c.Input = in[0]; return &c }

// WithInputs replaces the input.
func (n *WindowAggregate) WithInputs(in []Node) Node { c := *n; c.Input = in[0]; return &c }

// WithInputs replaces the input.
func (n *Over) WithInputs(in []Node) Node { c := *n; c.Input = in[0]; return &c }

// WithInputs replaces the input.
func (n *Rank) WithInputs(in []Node) Node { c := *n; c.Input = in[0]; return &c }

// WithInputs replaces the input.
func (n *Deduplicate) WithInputs(in []Node) Node { c := *n; c.Input = in[0]; return &c }

// WithInputs replaces the inputs.
func (n *Join) WithInputs(in []Node) Node { c := *n; c.Left, c.Right = in[0], in[1]; return &c }

// WithInputs replaces the input.
func (n *Sort) WithInputs(in []Node) Node { c := *n; c.Input = in[0]; return &c }

// WithInputs replaces the input.
func (n *Limit) WithInputs(in []Node) Node { c := *n; c.Input = in[0]; return &c }

// WithInputs replaces the input.
func (n *Unnest) WithInputs(in []Node) Node { c := *n; c.Input = in[0]; return &c }

// WithInputs replaces the input.
func (n *Sink) WithInputs(in []Node) Node { c := *n; c.Input = in[0]; return &c }

// Transform rebuilds the tree bottom up: f gets each node with its inputs replaced already. A node with several parents is transformed once
// and stays shared.
func Transform(n Node, f func(Node) Node) Node {
	seen := map[Node]Node{}
	var walk func(Node) Node
	walk = func(n Node) Node {
		if r, ok := seen[n]; ok {
			return r
		}
		in := n.Inputs()
		changed := false
		out := make([]Node, len(in))
		for i, c := range in {
			out[i] = walk(c)
			changed = changed || out[i] != c
		}
		r := n
		if changed {
			r = n.WithInputs(out)
		}
		r = f(r)
		seen[n] = r
		return r
	}
	return walk(n)
}

// Walk visits every node once, parents first.
func Walk(n Node, visit func(Node)) {
	seen := map[Node]bool{}
	var walk func(Node)
	walk = func(n Node) {
		if seen[n] {
			return
		}
		seen[n] = true
		visit(n)
		for _, c := range n.Inputs() {
			walk(c)
		}
	}
	walk(n)
}
