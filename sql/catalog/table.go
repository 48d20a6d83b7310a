package catalog

import (
	"maps"
	"slices"
	"strings"

	"millrace/sql/ast"
	"millrace/sql/types"
)

// Name is the full name of an object.
type Name struct{ Catalog, Database, Object string }

// String is "catalog.database.object", for messages.
func (n Name) String() string { return n.Catalog + "." + n.Database + "." + n.Object }

// Quoted is the name as SQL, with back-quotes.
func (n Name) Quoted() string {
	return Quote(n.Catalog) + "." + Quote(n.Database) + "." + Quote(n.Object)
}

// Quote writes an identifier in back-quotes.
func Quote(s string) string { return "`" + strings.ReplaceAll(s, "`", "``") + "`" }

// Session is what names with fewer than three parts are completed with.
type Session struct{ Catalog, Database string }

// ColumnKind tells the kinds of column apart.
type ColumnKind uint8

// The kinds of column.
const (
	Physical ColumnKind = iota
	Metadata
	Computed
)

// Expr is an expression with its canonical text.
type Expr struct {
	X    ast.Expr
	Text string
	// Source is the script that X's positions count in.
	Source string
}

// Column is a column of a table.
type Column struct {
	Name string
	Kind ColumnKind
	// Type is that of physical and metadata columns. Of computed columns it is what the planner found, or invalid before that.
	Type types.Type
	Expr Expr // Computed
	// Key is the metadata key; HasKey tells whether it was written (else it is the name).
	Key     string
	HasKey  bool
	Virtual bool // Metadata: not written
	Comment *string
}

// MetadataKey is the key of a metadata column.
func (c *Column) MetadataKey() string {
	if c.HasKey {
		return c.Key
	}
	return c.Name
}

// Watermark is WATERMARK FOR Column AS Expr.
type Watermark struct {
	Column string
	Expr   Expr
}

// Key is a primary key.
type Key struct {
	Name    string
	Columns []string
}

// Distribution is DISTRIBUTED BY.
type Distribution struct {
	Kind    ast.DistributionKind
	Columns []string
	Buckets int // 0: not written
}

// View is the query of a view.
type View struct {
	Query *ast.Query
	// Text is the query as written, Expanded with full names of tables. Source is the script that Query's positions count in.
	Text, Expanded, Source string
	// Session resolves the names in Query.
	Session Session
	Columns types.Schema
}

// Table is a table or a view. Immutable once stored.
type Table struct {
	Columns      []Column
	Watermark    *Watermark
	Key          *Key
	Partition    []string
	Distribution *Distribution
	Comment      *string
	Options      map[string]string
	View         *View // nil for tables
	// Temporary is set by the store.
	Temporary bool
}

// IsView tells views from tables.
func (t *Table) IsView() bool { return t.View != nil }

// Column returns the column of that name, or nil.
func (t *Table) Column(name string) *Column {
	for i := range t.Columns {
		if t.Columns[i].Name == name {
			return &t.Columns[i]
		}
	}
	return nil
}

// ColumnNames lists the columns in order.
func (t *Table) ColumnNames() []string {
	out := make([]string, len(t.Columns))
	for i := range t.Columns {
		out[i] = t.Columns[i].Name
	}
	return out
}

// PhysicalSchema is the physical columns.
func (t *Table) PhysicalSchema() types.Schema {
	var out types.Schema
	for _, c := range t.Columns {
		if c.Kind == Physical {
			out = append(out, types.Field{Name: c.Name, Type: c.Type})
		}
	}
	return out
}

// Clone copies the table so that the copy may be changed before it is stored.
func (t *Table) Clone() *Table {
	c := *t
	c.Columns = slices.Clone(t.Columns)
	c.Partition = slices.Clone(t.Partition)
	c.Options = maps.Clone(t.Options)
	if c.Options == nil {
		c.Options = map[string]string{}
	}
	if t.Key != nil {
		k := *t.Key
		k.Columns = slices.Clone(k.Columns)
		c.Key = &k
	}
	return &c
}

// Function is a function that a statement created.
type Function struct {
	Identifier, Language string
	Resources            []ast.Resource
	Options              map[string]string
	Temporary            bool
}

// Model is CREATE MODEL.
type Model struct {
	Input, Output types.Schema
	Comment       *string
	Options       map[string]string
	Temporary     bool
}

// Connection is CREATE CONNECTION.
type Connection struct {
	Comment   *string
	Options   map[string]string
	Temporary bool
}

// OptionMap makes a map of options; of equal keys the last one counts.
func OptionMap(list []ast.Option) map[string]string {
	m := make(map[string]string, len(list))
	for _, o := range list {
		m[o.Key] = o.Value
	}
	return m
}
