package render

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"millrace/operators"
	"millrace/operators/vector"
	"millrace/runtime/gateway"
	"millrace/sql/types"
)

// Format is how rows are printed.
type Format string

// The formats.
const (
	Table     Format = "table"     // a box with the net rows, at the end
	Tableau   Format = "tableau"   // a box that grows row by row, with the kind of change in streaming
	Changelog Format = "changelog" // the same
	CSV       Format = "csv"       // a header and a line for each row or change
	JSON      Format = "json"      // an object for each row or change
)

// ParseFormat reads the name of a format.
func ParseFormat(s string) (Format, error) {
	switch f := Format(strings.ToLower(s)); f {
	case Table, Tableau, Changelog, CSV, JSON:
		return f, nil
	}
	return "", fmt.Errorf("format %q: want table, changelog, tableau, csv or json", s)
}

// Options are how to print.
type Options struct {
	Format Format
	// Batch: the result is final, there are no kinds of change to show.
	Batch bool
	// MaxWidth is the width of columns of variable length; 0: 30.
	MaxWidth int
	// Started is when the statement was submitted, for the time in the footer; zero: no time is shown.
	Started time.Time
	// Limit stops after so many rows of Table; 0: 1,000,000.
	Limit int
	// Size is the size of the terminal in columns and lines; nil: there is none. On a terminal, Table shows the rows of a stream while they change.
	Size func() (columns, lines int)
}

// printer writes rows in one format.
type printer interface {
	begin(schema types.Schema) error
	row(kind vector.RowKind, fields []field) error
	end(rows int64) error
	// idle is called when no row is there at the moment.
	idle() error
}

// field is the text of a value.
type field struct {
	text string
	null bool
	// raw: a number or boolean, which JSON and CSV do not quote.
	raw bool
}

// Print writes all rows of a result and returns how many there were. It returns early when ctx ends.
func Print(ctx context.Context, w io.Writer, r *gateway.Result, o Options) (rows int64, err error) {
	if o.MaxWidth == 0 {
		o.MaxWidth = 30
	}
	out := bufio.NewWriter(w)
	defer func() {
		if e := out.Flush(); err == nil {
			err = e
		}
	}()
	p := newPrinter(out, r, o)
	if err := p.begin(r.Schema); err != nil {
		return 0, err
	}
	text := gateway.NewPlainText(r.Zone)
	text.Style = r.Style
	fields := make([]field, len(r.Schema))
	var scratch []byte
	for done := false; !done; {
		var batches []*operators.Batch
		batches, done, err = next(ctx, r, p)
		if f, ok := p.(*folded); ok && err != nil && ctx.Err() != nil {
			return rows, errors.Join(err, f.given())
		}
		if err != nil {
			return rows, err
		}
		for _, b := range batches {
			for i := range b.Len {
				for j, v := range b.Columns {
					if fields[j] = (field{null: true}); v.IsNull(i) {
						continue
					}
					scratch = text.Append(scratch[:0], v, i)
					fields[j] = field{text: string(scratch), raw: isRaw(v.Type)}
				}
				if err := p.row(b.Kind(i), fields); err != nil {
					return rows, err
				}
				rows++
			}
			b.Release()
		}
		if f, ok := p.(*folded); ok {
			err = f.refresh()
		}
		if err != nil {
			return rows, err
		}
	}
	return rows, p.end(rows)
}

// next waits for rows; before a longer wait it lets the printer show what it has.
func next(ctx context.Context, r *gateway.Result, p printer) ([]*operators.Batch, bool, error) {
	short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	batches, done, err := r.Rows.Next(short, 0)
	cancel()
	if err == nil || ctx.Err() != nil || short.Err() == nil {
		return batches, done, err
	}
	if err := p.idle(); err != nil {
		return nil, false, err
	}
	return r.Rows.Next(ctx, 0)
}

func isRaw(t types.Type) bool { return t.IsNumeric() || t.Kind == types.Boolean }

func newPrinter(out *bufio.Writer, r *gateway.Result, o Options) printer {
	kinds := r.Query && !o.Batch
	switch o.Format {
	case CSV:
		return &csv{out: out, kinds: kinds}
	case JSON:
		return &jsonLines{out: out, kinds: kinds}
	case Table:
		return &folded{box: box{out: out, o: o}, limit: o.Limit, live: kinds && o.Size != nil}
	default:
		if !r.Query {
			return &folded{box: box{out: out, o: o}}
		}
		return &growing{box: box{out: out, o: o, kinds: kinds}}
	}
}
