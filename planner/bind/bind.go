package bind

import (
	"strconv"
	"time"

	"millrace/planner/expr"
	"millrace/planner/logical"
	"millrace/planner/plan"
	"millrace/planner/scalar"
	"millrace/sql/ast"
	"millrace/sql/catalog"
	"millrace/sql/sqlerr"
	"millrace/sql/types"
)

// Table is what a connector is asked about. It has the fields of connectors.Table, so that one converts to the other.
type Table struct {
	Name      string // full name, for messages
	Options   map[string]string
	Schema    types.Schema // physical columns
	Key       []string     // primary key
	Partition []string     // PARTITIONED BY
	Batch     bool         // the session runs in batch mode
}

// Connectors answers what connectors can do.
type Connectors interface {
	// Capabilities checks the options of a table and says what can be done with it.
	Capabilities(t Table) (plan.Capabilities, error)
}

// FilterConnectors is an optional ability of Connectors: it tells which conjuncts a source applies. Without it no predicate is given to a source.
type FilterConnectors interface {
	// AcceptFilter tells whether the source applies the conjunct e, which is over columns, if it stands in plan.Source.Filter.
	AcceptFilter(t Table, columns []plan.SourceColumn, e *expr.Expr) bool
}

// WatermarkConnectors is an optional ability of Connectors: it tells which watermarks a source makes itself, split by split. Without it none is
// given to a source.
type WatermarkConnectors interface {
	// AcceptWatermark tells whether the source makes w, which is over columns, if it stands in plan.Source.Watermark.
	AcceptWatermark(t Table, columns []plan.SourceColumn, w *plan.Watermark) bool
}

// Config is what binding depends on.
type Config struct {
	Catalog    *catalog.Store
	Session    catalog.Session
	Connectors Connectors
	Settings   map[string]string
	// Fold computes constant expressions; nil: they stay as they are.
	Fold func(*expr.Expr) (*expr.Expr, error)
	Env  scalar.Env
	// Batch is the mode of execution.
	Batch bool
}

// Setting returns a session property or a default.
func (c *Config) Setting(key, def string) string {
	if v, ok := c.Settings[key]; ok {
		return v
	}
	return def
}

// Numbers of columns that are not positions in the current input. Each range has room for a million.
const (
	keyBase    = 1 << 20 // grouping keys
	aggBase    = 2 << 20 // results of aggregates
	overBase   = 3 << 20 // results of OVER
	subBase    = 4 << 20 // results of sub-queries of a grouped query
	windowBase = 5 << 20 // properties of a group window
	outerBase  = 8 << 20 // columns of the query around
)

// Binder binds the queries of one statement.
type Binder struct {
	cfg  Config
	ctes *cte
	// depth guards against views that contain themselves.
	depth int
	// text is what the positions are in; its own position means nothing.
	text  sqlerr.Place
	hints []ast.Hint
}

// cte is a chain of WITH elements, the innermost first.
type cte struct {
	name string
	node logical.Node
	next *cte
}

// New makes a binder.
func New(cfg Config) *Binder { return &Binder{cfg: cfg} }

// Query binds a query of a statement. The names of its columns are made unique.
func (b *Binder) Query(q *ast.Query) (logical.Node, error) {
	n, err := b.query(q, nil, true)
	if err != nil {
		return nil, err
	}
	return unique(n), nil
}

// unique renames repeated columns: id, id0, id1.
func unique(n logical.Node) logical.Node {
	s := n.Schema()
	names := UniqueNames(s.Names())
	for i := range names {
		if names[i] != s[i].Name {
			return rename(n, names)
		}
	}
	return n
}

// UniqueNames makes repeated names unique by appending numbers.
func UniqueNames(in []string) []string {
	used := map[string]bool{}
	out := make([]string, len(in))
	for i, name := range in {
		n := name
		for k := 0; used[n]; k++ {
			n = name + strconv.Itoa(k)
		}
		used[n] = true
		out[i] = n
	}
	return out
}

// rename gives the columns other names. Where the top is a projection it is changed; an order below stays.
func rename(n logical.Node, names []string) logical.Node {
	switch t := n.(type) {
	case *logical.Calc:
		c := *t
		c.Names = names
		return &c
	case *logical.Sort:
		return t.WithInputs([]logical.Node{rename(t.Input, names)})
	case *logical.Limit:
		return t.WithInputs([]logical.Node{rename(t.Input, names)})
	}
	return logical.NewCalc(n, nil, logical.Columns(n.Schema()), names)
}

// fold computes a constant, which must be one.
func (b *Binder) fold(e *expr.Expr) (*expr.Expr, error) {
	if e.Kind == expr.Literal || b.cfg.Fold == nil {
		return e, nil
	}
	return b.cfg.Fold(e)
}

// ParseDuration reads a duration of a session property or option, such as "10 s" or "200ms"; a bare number is milliseconds.
func ParseDuration(s string) (time.Duration, bool) {
	i := 0
	for i < len(s) && (s[i] >= '0' && s[i] <= '9') {
		i++
	}
	n, err := strconv.ParseInt(s[:i], 10, 64)
	if err != nil {
		return 0, false
	}
	for i < len(s) && s[i] == ' ' {
		i++
	}
	unit, ok := map[string]time.Duration{
		"": time.Millisecond, "ms": time.Millisecond, "milli": time.Millisecond, "millis": time.Millisecond, "millisecond": time.Millisecond,
		"milliseconds": time.Millisecond, "s": time.Second, "sec": time.Second, "secs": time.Second, "second": time.Second, "seconds": time.Second,
		"m": time.Minute, "min": time.Minute, "minute": time.Minute, "minutes": time.Minute, "h": time.Hour, "hour": time.Hour, "hours": time.Hour,
		"d": 24 * time.Hour, "day": 24 * time.Hour, "days": 24 * time.Hour, "ns": 1, "us": time.Microsecond, "µs": time.Microsecond,
	}[s[i:]]
	return time.Duration(n) * unit, ok
}

// duration reads a setting in milliseconds; 0 without it.
func (b *Binder) duration(key string) int64 {
	if d, ok := ParseDuration(b.cfg.Setting(key, "")); ok {
		return d.Milliseconds()
	}
	return 0
}

// place is a position in the text that is bound.
func (b *Binder) place(pos int) *sqlerr.Place {
	p := b.text
	p.Pos = pos
	return &p
}

// shortName is a name as it may be written in the session.
func (b *Binder) shortName(n catalog.Name) string {
	if s := b.cfg.Session; n.Catalog == s.Catalog && n.Database == s.Database {
		return catalog.Quote(n.Object)
	}
	return n.Quoted()
}

func unsupported(pos int, what string) error {
	return sqlerr.New(sqlerr.Unsupported, pos, "%s is not supported yet", what)
}

func invalid(pos int, format string, args ...any) *sqlerr.Error {
	return sqlerr.New(sqlerr.Validation, pos, format, args...)
}
