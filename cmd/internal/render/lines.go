package render

import (
	"bufio"
	"encoding/json"
	"strings"

	"millrace/operators/vector"
	"millrace/sql/types"
)

// csv prints RFC 4180 lines under a header; NULL is empty, the empty text is "".
type csv struct {
	out   *bufio.Writer
	kinds bool
}

func (c *csv) begin(schema types.Schema) error {
	fields := make([]field, len(schema))
	for i, f := range schema {
		fields[i] = field{text: f.Name}
	}
	if c.kinds {
		if _, err := c.out.WriteString("op,"); err != nil {
			return err
		}
	}
	return c.line(fields)
}

func (c *csv) row(kind vector.RowKind, fields []field) error {
	if c.kinds {
		if _, err := c.out.WriteString(kind.String() + ","); err != nil {
			return err
		}
	}
	return c.line(fields)
}

func (c *csv) line(fields []field) error {
	for i, f := range fields {
		if i > 0 {
			_ = c.out.WriteByte(',') // the error shows at the end of the line
		}
		switch {
		case f.null:
		case f.text == "" || strings.ContainsAny(f.text, ",\"\r\n"):
			_, _ = c.out.WriteString(`"` + strings.ReplaceAll(f.text, `"`, `""`) + `"`)
		default:
			_, _ = c.out.WriteString(f.text)
		}
	}
	return c.out.WriteByte('\n')
}

func (c *csv) idle() error     { return c.out.Flush() }
func (c *csv) end(int64) error { return nil }

// jsonLines prints an object for each row, with a member "op" in streaming.
type jsonLines struct {
	out   *bufio.Writer
	kinds bool
	names []string
}

func (j *jsonLines) begin(schema types.Schema) error {
	for _, n := range schema.Names() {
		b, err := json.Marshal(n)
		if err != nil {
			return err
		}
		j.names = append(j.names, string(b)+":")
	}
	return nil
}

func (j *jsonLines) row(kind vector.RowKind, fields []field) error {
	_ = j.out.WriteByte('{') // errors of the writer show at the end of the line
	if j.kinds {
		_, _ = j.out.WriteString(`"op":"` + kind.String() + `"`)
	}
	for i, f := range fields {
		if i > 0 || j.kinds {
			_ = j.out.WriteByte(',')
		}
		_, _ = j.out.WriteString(j.names[i])
		switch {
		case f.null:
			_, _ = j.out.WriteString("null")
		case f.raw && f.text != "NaN" && !strings.HasSuffix(f.text, "Infinity"):
			_, _ = j.out.WriteString(strings.ToLower(f.text))
		default:
			b, err := json.Marshal(f.text)
			if err != nil {
				return err
			}
			_, _ = j.out.Write(b)
		}
	}
	_, err := j.out.WriteString("}\n")
	return err
}

func (j *jsonLines) idle() error     { return j.out.Flush() }
func (j *jsonLines) end(int64) error { return nil }
