package filesystem

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"millrace/connectors"
	"millrace/connectors/format/column"
	"millrace/connectors/format/scalar"
	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// condition is a comparison of a partition column with a constant: files whose directories do not meet it are not read.
type condition struct {
	column  string
	t       types.Type
	op      string
	text    []byte
	integer int64
}

// parseCondition recognises a conjunct that the source takes.
func parseCondition(e *expr.Expr, columns []plan.SourceColumn, partition []string) (c condition, ok bool) {
	p, ok := connectors.ParseComparison(e)
	if !ok || p.Column < 0 || p.Column >= len(columns) {
		return c, false
	}
	col := columns[p.Column]
	if col.Metadata != "" || !slices.Contains(partition, col.Name) {
		return c, false
	}
	c = condition{column: col.Name, t: col.Type, op: p.Op}
	switch v := p.Literal.Value.(type) {
	case string:
		c.text = []byte(v)
		ok = col.Type.Kind == types.VarChar && p.Literal.Type.IsText()
	case int64:
		c.integer = v
		ok = col.Type.IsInteger() && p.Literal.Type.IsInteger() || col.Type.Kind == types.Date && p.Literal.Type.Kind == types.Date
	default:
		ok = false
	}
	return c, ok
}

// meets tells whether a file with the given partition values may have rows that are wanted. NULL meets nothing.
func (c *condition) meets(pool *vector.Pool, values map[string]string, defaultName string) (bool, error) {
	text, ok := values[c.column]
	if !ok {
		return false, fmt.Errorf("there is no directory for partition column '%s'", c.column)
	}
	if text == defaultName {
		return false, nil
	}
	var order int
	if c.t.Kind == types.VarChar {
		order = bytes.Compare([]byte(text), c.text)
	} else {
		n, ok := integerOf(pool, c.t, text)
		if !ok {
			return false, fmt.Errorf("partition value %q is no %s", text, c.t)
		}
		order = cmp.Compare(n, c.integer)
	}
	switch c.op {
	case "=":
		return order == 0, nil
	case "<>":
		return order != 0, nil
	case "<":
		return order < 0, nil
	case "<=":
		return order <= 0, nil
	case ">":
		return order > 0, nil
	default:
		return order >= 0, nil
	}
}

// integerOf reads a partition value that is an integer or a date.
func integerOf(pool *vector.Pool, t types.Type, text string) (int64, bool) {
	set := column.NewSet(pool, []types.Type{t})
	defer set.Close()
	set.Begin()
	if !readPartition(set.Columns[0], text) {
		return 0, false
	}
	set.EndRow()
	b := set.Take()
	defer b.Release()
	return scalar.IntegerAt(b.Columns[0], 0), true
}
