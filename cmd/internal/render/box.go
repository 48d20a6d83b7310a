package render

import (
	"bufio"
	"fmt"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"

	"millrace/operators/vector"
	"millrace/sql/types"
)

// box draws a table with borders.
type box struct {
	out    *bufio.Writer
	o      Options
	kinds  bool // a first column with the kind of change
	names  []string
	widths []int
}

func (b *box) line() error {
	var s strings.Builder
	if b.kinds {
		s.WriteString("+----")
	}
	for _, w := range b.widths {
		s.WriteString("+" + strings.Repeat("-", w+2))
	}
	_, err := fmt.Fprintln(b.out, s.String()+"+")
	return err
}

// cells writes one line of the table; values are aligned to the right, as Flink's are.
func (b *box) cells(op string, texts []string) error {
	var s strings.Builder
	if b.kinds {
		fmt.Fprintf(&s, "| %2s ", op)
	}
	for i, t := range texts {
		t = cut(oneLine(t), b.widths[i])
		s.WriteString("| " + strings.Repeat(" ", b.widths[i]-runewidth.StringWidth(t)) + t + " ")
	}
	_, err := fmt.Fprintln(b.out, s.String()+"|")
	return err
}

// oneLine shows control characters instead of obeying them.
func oneLine(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r == 0x7F }) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7F {
			return ' '
		}
		return r
	}, s)
}

// cut shortens a text to a width, ending it in three dots.
func cut(s string, width int) string {
	if runewidth.StringWidth(s) <= width {
		return s
	}
	return runewidth.Truncate(s, width, "...")
}

func shown(f field) string {
	if f.null {
		return "<NULL>"
	}
	return f.text
}

func (b *box) footer(rows int64, streaming bool) error {
	var text string
	switch {
	case streaming && rows == 1:
		text = "Received a total of 1 row"
	case streaming:
		text = fmt.Sprintf("Received a total of %d rows", rows)
	case rows == 0:
		text = "Empty set"
	case rows == 1:
		text = "1 row in set"
	default:
		text = fmt.Sprintf("%d rows in set", rows)
	}
	if !b.o.Started.IsZero() {
		text += fmt.Sprintf(" (%.2f seconds)", time.Since(b.o.Started).Seconds())
	}
	_, err := fmt.Fprintln(b.out, text)
	return err
}

// growing prints rows as they come; column widths follow the types.
type growing struct {
	box
	started bool
}

func (g *growing) begin(schema types.Schema) error {
	g.names = schema.Names()
	for _, f := range schema {
		g.widths = append(g.widths, max(widthOf(f.Type, g.o.MaxWidth), 6, min(runewidth.StringWidth(f.Name), g.o.MaxWidth)))
	}
	return nil
}

// header is printed with the first row or at the end.
func (g *growing) header() error {
	if g.started {
		return nil
	}
	g.started = true
	if err := g.line(); err != nil {
		return err
	}
	if err := g.cells("op", g.names); err != nil {
		return err
	}
	return g.line()
}

func (g *growing) row(kind vector.RowKind, fields []field) error {
	if err := g.header(); err != nil {
		return err
	}
	texts := make([]string, len(fields))
	for i, f := range fields {
		texts[i] = shown(f)
	}
	return g.cells(kind.String(), texts)
}

func (g *growing) idle() error {
	if err := g.header(); err != nil {
		return err
	}
	return g.out.Flush()
}

func (g *growing) end(rows int64) error {
	if rows == 0 {
		return g.footer(rows, false)
	}
	if err := g.line(); err != nil {
		return err
	}
	return g.footer(rows, g.kinds)
}

// widthOf is the width of a column by its type, as in Flink's client.
func widthOf(t types.Type, variable int) int {
	switch t.Kind {
	case types.TinyInt:
		return 4
	case types.SmallInt:
		return 6
	case types.Int:
		return 11
	case types.BigInt:
		return 20
	case types.Decimal:
		return t.Precision + 2
	case types.Boolean:
		return 5
	case types.Date:
		return 10
	case types.Time:
		if t.Precision == 0 {
			return 8
		}
		return t.Precision + 9
	case types.Timestamp, types.TimestampLTZ:
		return 19 + [4]int{0, 4, 7, 10}[(t.Precision+2)/3]
	default:
		return variable
	}
}
