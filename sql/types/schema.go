package types

import "strings"

// Schema is an ordered list of columns. Names may repeat in the schema of a query, never in that of a table.
type Schema []Field

// Index returns the position of the first column of that name, or -1. Names are compared as they are: Flink's names have case.
func (s Schema) Index(name string) int {
	for i, f := range s {
		if f.Name == name {
			return i
		}
	}
	return -1
}

// Names returns the names of the columns in order.
func (s Schema) Names() []string {
	names := make([]string, len(s))
	for i, f := range s {
		names[i] = f.Name
	}
	return names
}

// Types returns the types of the columns in order.
func (s Schema) Types() []Type {
	ts := make([]Type, len(s))
	for i, f := range s {
		ts[i] = f.Type
	}
	return ts
}

// Project returns the columns at the given positions.
func (s Schema) Project(columns []int) Schema {
	out := make(Schema, len(columns))
	for i, c := range columns {
		out[i] = s[c]
	}
	return out
}

// Equal tells whether both have the same names and types.
func (s Schema) Equal(o Schema) bool {
	if len(s) != len(o) {
		return false
	}
	for i := range s {
		if s[i].Name != o[i].Name || !s[i].Type.Equal(o[i].Type) {
			return false
		}
	}
	return true
}

// String is "(a INT, b STRING NOT NULL)".
func (s Schema) String() string {
	var b strings.Builder
	b.WriteByte('(')
	for i, f := range s {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(f.Name + " " + f.Type.String())
	}
	b.WriteByte(')')
	return b.String()
}
