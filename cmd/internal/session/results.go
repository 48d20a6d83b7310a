package session

import (
	"maps"
	"slices"

	"millrace/operators/vector"
	"millrace/runtime/gateway"
	"millrace/sql/types"
)

// ok is the answer of a statement without content.
func (s *Session) ok() *gateway.Result {
	r := s.table(types.Schema{{Name: "result", Type: types.StringType()}}, [][]any{{"OK"}})
	r.Content = false
	return r
}

// text is an answer of one column and one row.
func (s *Session) text(column, value string) *gateway.Result {
	return s.table(types.Schema{{Name: column, Type: types.StringType()}}, [][]any{{value}})
}

// list is an answer of one column.
func (s *Session) list(column string, values []string) *gateway.Result {
	rows := make([][]any, len(values))
	for i, v := range values {
		rows[i] = []any{v}
	}
	return s.table(types.Schema{{Name: column, Type: types.StringType()}}, rows)
}

// table is an answer of columns of STRING and BOOLEAN; nil is NULL.
func (s *Session) table(schema types.Schema, rows [][]any) *gateway.Result {
	b := vector.NewRows(s.pool, schema.Types(), len(rows))
	defer b.Release()
	for _, row := range rows {
		for i, v := range row {
			switch x := v.(type) {
			case string:
				b.Columns[i].AppendBytes([]byte(x))
			case bool:
				b.Columns[i].AppendBool(x)
			case int64:
				vector.AppendFixed(b.Columns[i], x)
			default:
				b.Columns[i].AppendNull()
			}
		}
		b.EndRow(vector.Insert)
	}
	return &gateway.Result{Schema: schema, Content: true, Zone: s.zone(), Rows: gateway.FixedRows(b.Finish())}
}

// sorted returns the keys of a map in order.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func keyValueSchema() types.Schema {
	return types.Schema{{Name: "key", Type: types.StringType()}, {Name: "value", Type: types.StringType()}}
}
