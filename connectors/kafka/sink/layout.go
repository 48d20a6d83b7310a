package sink

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"millrace/connectors/format"
	"millrace/connectors/kafka/wire"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// layout is which column of the input becomes what part of a record. Positions are -1 for none.
type layout struct {
	key, value                     format.Encoder
	rawKey, rawValue               int // the column whose NULL makes a null key or value
	topic, time, headers, headlist int
	unit                           int64 // values of the time column in a second
	changes                        bool  // the value's format writes updates and deletions
	empty                          bool  // the value has no columns
}

func newLayout(c *Config, s *plan.Sink) (l layout, err error) {
	l = layout{rawKey: -1, rawValue: -1, topic: -1, time: -1, headers: -1, headlist: -1, changes: c.Value.Mode().IsUpdating()}
	keys := make([]int, 0, len(c.KeyFields))
	for _, name := range c.KeyFields {
		i := s.Schema.Index(name)
		if i < 0 || i < len(s.Metadata) && s.Metadata[i] != "" {
			return l, fmt.Errorf("option 'key.fields': there is no physical column '%s'", name)
		}
		keys = append(keys, i)
	}
	var values []int
	for i, f := range s.Schema {
		if i < len(s.Metadata) && s.Metadata[i] != "" {
			if err := l.metadata(s.Metadata[i], i, f); err != nil {
				return l, err
			}
			continue
		}
		if !c.ExceptKey || !slices.Contains(keys, i) {
			values = append(values, i)
		}
	}
	if l.headers >= 0 && l.headlist >= 0 {
		return l, errors.New("metadata columns 'headers' and 'header-list' cannot both be written")
	}
	if c.Key != nil {
		if l.key, err = encoder(c.Key, c.KeyOptions, s.Schema, keys, c.KeyPrefix); err != nil {
			return l, fmt.Errorf("option 'key.format': %w", err)
		}
		if c.Key.Name() == "raw" {
			l.rawKey = keys[0]
		}
	}
	if len(values) == 0 {
		l.empty = true
		return l, nil
	}
	if l.value, err = encoder(c.Value, c.ValueOptions, s.Schema, values, ""); err != nil {
		return l, err
	}
	if c.Value.Name() == "raw" {
		l.rawValue = values[0]
	}
	return l, nil
}

// metadata notes a metadata column.
func (l *layout) metadata(key string, i int, f types.Field) error {
	var fits bool
	switch key {
	case "topic":
		l.topic = i
		fits = f.Type.Storage() == types.StoreBytes
	case "timestamp":
		l.time = i
		fits = f.Type.Storage() == types.StoreI64 && (f.Type.Kind == types.TimestampLTZ || f.Type.Kind == types.Timestamp)
		if fits {
			l.unit = f.Type.TimeUnit()
		}
	case "headers":
		l.headers = i
		fits = f.Type.Kind == types.Map && bytesOnly(f.Type.Children())
	case "header-list":
		l.headlist = i
		fits = f.Type.Kind == types.Array && f.Type.Elem.Kind == types.Row && bytesOnly(f.Type.Elem.Children())
	default:
		return fmt.Errorf("metadata column '%s' ('%s') cannot be written: declare it VIRTUAL", f.Name, key)
	}
	if !fits {
		return fmt.Errorf("metadata column '%s' ('%s'): type %s is not supported", f.Name, key, f.Type)
	}
	return nil
}

func bytesOnly(ts []types.Type) bool {
	return len(ts) == 2 && ts[0].Storage() == types.StoreBytes && ts[1].Storage() == types.StoreBytes
}

// encoder makes the encoder of some columns.
func encoder(f format.Format, options map[string]string, s types.Schema, at []int, prefix string) (format.Encoder, error) {
	c := format.Config{Options: options, Positions: at}
	for _, i := range at {
		c.Columns = append(c.Columns, types.Field{Name: strings.TrimPrefix(s[i].Name, prefix), Type: s[i].Type})
	}
	c.Physical = c.Columns
	return f.Encoder(c)
}

// millis is the time of a row's record.
func (l *layout) millis(b *vector.Batch, row int, now int64) int64 {
	if l.time < 0 || b.Columns[l.time].IsNull(row) {
		return now
	}
	t := vector.Values[int64](b.Columns[l.time])[row]
	if per := l.unit / 1000; per > 1 {
		q := t / per
		if t%per < 0 {
			q--
		}
		return q
	}
	return t
}

// appendHeaders appends the headers of a row to dst.
func (l *layout) appendHeaders(dst []byte, b *vector.Batch, row int) (out []byte, n int) {
	var list, names, values *vector.Vector
	switch {
	case l.headers >= 0:
		list = b.Columns[l.headers]
		names, values = list.Children[0], list.Children[1]
	case l.headlist >= 0:
		list = b.Columns[l.headlist]
		names, values = list.Children[0].Children[0], list.Children[0].Children[1]
	default:
		return dst, 0
	}
	if list.IsNull(row) {
		return dst, 0
	}
	for i := int(list.Offsets[row]); i < int(list.Offsets[row+1]); i++ {
		if names.IsNull(i) || l.headlist >= 0 && list.Children[0].IsNull(i) {
			continue
		}
		var v []byte
		if !values.IsNull(i) {
			v = present(values.Bytes(i))
		}
		dst = wire.AppendHeader(dst, names.Bytes(i), v)
		n++
	}
	return dst, n
}

// present is b, not nil.
func present(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// record returns record i of an output.
func record(o *format.Output, i int) []byte {
	from := 0
	if i > 0 {
		from = o.Ends[i-1]
	}
	return o.Data[from:o.Ends[i]:o.Ends[i]]
}
