package conntest

import (
	"errors"
	"strings"
	"testing"

	"millrace/connectors/format"
	"millrace/connectors/format/scalar"
	"millrace/operators"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// Options makes a map of alternating keys and values.
func Options(pairs ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

// Row prints row i of a batch as print does, without brackets.
func Row(b *vector.Batch, i int) string {
	var out []byte
	for k, c := range b.Columns {
		if k > 0 {
			out = append(out, ", "...)
		}
		out = scalar.AppendJava(out, c, i)
	}
	return string(out)
}

// Decode reads data (the content of a file) and returns a line for each row, or for each malformed record. It reads the data in pieces that
// grow from chunk bytes on, and checks batches and memory.
func Decode(t testing.TB, f format.Format, c format.Config, data string, chunk int) []string {
	t.Helper()
	pool := vector.NewPool(0)
	c.Pool, c.Malformed = pool, &operators.Counter{}
	if c.Columns == nil {
		c.Columns = c.Physical
	}
	d, err := f.Decoder(c)
	if err != nil {
		return []string{"error " + err.Error()}
	}
	var out []string
	show := func() {
		b := d.Take()
		if b == nil {
			return
		}
		for _, col := range b.Columns {
			if err := col.Check(); err != nil {
				t.Fatal(err)
			}
			if col.Len != b.Len {
				t.Fatalf("column of %d rows in a batch of %d", col.Len, b.Len)
			}
		}
		for i := range b.Len {
			out = append(out, Row(b, i))
		}
		b.Release()
	}
	var r format.Records
	for size := chunk; len(data) > 0; {
		last := size >= len(data)
		piece := append([]byte(data[:min(size, len(data))]), '\n')
		piece = append(piece, make([]byte, 2*vector.Slack)...)[:len(piece)-1]
		r.Reset()
		used := d.Split(piece, last, 1000, &r)
		if used == 0 && r.Len() == 0 {
			if last {
				break
			}
			size *= 2
			continue
		}
		for at := 0; at < r.Len(); {
			next, err := d.Decode(&r, at)
			show()
			if err != nil {
				if _, ok := errors.AsType[*format.RecordError](err); !ok {
					t.Fatal(err)
				}
				out = append(out, "error "+err.Error())
				next++
			}
			at = next
		}
		data, size = data[used:], chunk
	}
	d.Close()
	if n := pool.InUse(); n != 0 {
		t.Errorf("%d bytes in use at the end", n)
	}
	return out
}

// Encode reads data with one format and writes the rows with another (or the same), each with a line end.
func Encode(t testing.TB, in format.Format, out format.Format, schema types.Schema, options map[string]string, data string) string {
	t.Helper()
	pool := vector.NewPool(0)
	d, err := in.Decoder(format.Config{Physical: schema, Columns: schema, Pool: pool})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	c := format.Config{Options: options, Physical: schema, Columns: schema}
	for i := range schema {
		c.Positions = append(c.Positions, i)
	}
	e, err := out.Encoder(c)
	if err != nil {
		return "error " + err.Error()
	}
	var r format.Records
	for line := range strings.Lines(data) {
		r.Append([]byte(strings.TrimSuffix(line, "\n")))
	}
	if _, err := d.Decode(&r, 0); err != nil {
		t.Fatal(err)
	}
	b := d.Take()
	defer b.Release()
	o := format.Output{Terminate: true}
	if err := e.Encode(b, nil, &o); err != nil {
		return "error " + err.Error()
	}
	if len(o.Ends) != b.Len {
		t.Errorf("%d records for %d rows", len(o.Ends), b.Len)
	}
	return string(o.Data)
}
