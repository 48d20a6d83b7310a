package filesystem

import (
	"fmt"
	"path/filepath"

	"millrace/connectors/format/column"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// constant makes a one-row column of a metadata or partition column.
func (r *reader) constant(t types.Type, w where, path string, values map[string]string) (*vector.Vector, error) {
	set := column.NewSet(r.env.Pool, []types.Type{t})
	defer set.Close()
	set.Begin()
	c := set.Columns[0]
	switch w.meta {
	case "":
		text, ok := values[w.part]
		if !ok {
			return nil, fmt.Errorf("there is no directory for partition column '%s'", w.part)
		}
		if text == r.c.defaultName {
			c.AppendNull()
		} else if !readPartition(c, text) {
			return nil, fmt.Errorf("partition value %q is no %s", text, t)
		}
	case "file.path":
		c.AppendBytes([]byte(r.c.space.uri(path)))
	case "file.name":
		c.AppendBytes([]byte(filepath.Base(path)))
	case "file.size":
		size, _, err := r.in.f.meta()
		if err != nil {
			return nil, err
		}
		c.AppendI64(size)
	case "file.modification-time":
		_, modified, err := r.in.f.meta()
		if err != nil {
			return nil, err
		}
		c.AppendI64(modified.UnixMilli())
	default:
		return nil, fmt.Errorf("metadata column '%s' is unknown", w.meta)
	}
	set.EndRow()
	b := set.Take()
	v := b.Columns[0].Retain()
	b.Release()
	return v, nil
}
