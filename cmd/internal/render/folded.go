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

// redraw is the shortest time between two pictures of a table that changes.
const redraw = 250 * time.Millisecond

// folded collects the net rows and prints them at the end; on a terminal it shows the last of them meanwhile.
type folded struct {
	box
	limit int
	rows  [][]string // nil: deleted
	at    map[string][]int
	net   int
	live  bool

	drawn   int // lines of the picture on the screen
	shownAt time.Time
	changed bool
}

func (f *folded) begin(schema types.Schema) error {
	f.names = schema.Names()
	f.at = map[string][]int{}
	return nil
}

func (f *folded) row(kind vector.RowKind, fields []field) error {
	texts := make([]string, len(fields))
	for i, x := range fields {
		texts[i] = shown(x)
	}
	f.changed = true
	key := strings.Join(texts, "\x00")
	if kind.IsAdd() {
		if limit := f.limit; limit > 0 && f.net >= limit {
			return fmt.Errorf("more than %d rows: choose another format, or raise sql-client.execution.max-table-result.rows", limit)
		}
		f.at[key] = append(f.at[key], len(f.rows))
		f.rows = append(f.rows, texts)
		f.net++
		return nil
	}
	if at := f.at[key]; len(at) > 0 {
		f.rows[at[len(at)-1]] = nil
		f.net--
		if f.at[key] = at[:len(at)-1]; len(at) == 1 {
			delete(f.at, key)
		}
		f.compact()
	}
	return nil
}

// compact drops the places of deleted rows when they are most of all.
func (f *folded) compact() {
	if len(f.rows) < 1000 || f.net > len(f.rows)/2 {
		return
	}
	kept := make([][]string, 0, f.net)
	clear(f.at)
	for _, r := range f.rows {
		if r != nil {
			key := strings.Join(r, "\x00")
			f.at[key] = append(f.at[key], len(kept))
			kept = append(kept, r)
		}
	}
	f.rows = kept
}

// idle shows what there is before a wait.
func (f *folded) idle() error {
	f.shownAt = time.Time{}
	return f.refresh()
}

// refresh shows the table as it is now, if it changes on a terminal and was not shown a moment ago.
func (f *folded) refresh() error {
	now := time.Now()
	if !f.live || !f.changed || now.Sub(f.shownAt) < redraw {
		return nil
	}
	f.shownAt, f.changed = now, false
	columns, lines := f.o.Size()
	var picture strings.Builder
	part := box{out: bufio.NewWriter(&picture), o: f.o, names: f.names}
	if err := part.table(f.last(max(lines-7, 1))); err != nil {
		return err
	}
	if err := part.out.Flush(); err != nil {
		return err
	}
	f.erase()
	all := strings.Split(strings.TrimSuffix(picture.String(), "\n"), "\n")
	all = append(all, fmt.Sprintf("%s so far, Ctrl-C ends the query", count(f.net)))
	for _, l := range all {
		if _, err := fmt.Fprintln(f.out, runewidth.Truncate(l, max(columns-1, 1), "…")); err != nil {
			return err
		}
	}
	f.drawn = len(all)
	return f.out.Flush()
}

func count(n int) string {
	if n == 1 {
		return "1 row"
	}
	return fmt.Sprintf("%d rows", n)
}

// erase removes the picture from the screen. An error shows with the next write.
func (f *folded) erase() {
	if f.drawn > 0 {
		_, _ = fmt.Fprintf(f.out, "\x1b[%dA\x1b[J", f.drawn)
		f.drawn = 0
	}
}

// last are the newest n rows.
func (f *folded) last(n int) [][]string {
	out := make([][]string, min(n, f.net))
	for i, at := len(f.rows)-1, len(out); at > 0; i-- {
		if f.rows[i] != nil {
			at--
			out[at] = f.rows[i]
		}
	}
	return out
}

// given prints what there is of a query that was cancelled; a picture on the screen stays as it is.
func (f *folded) given() error {
	if f.live {
		return f.idle()
	}
	return f.end(0)
}

func (f *folded) end(int64) error {
	f.erase()
	if f.net == 0 {
		return f.footer(0, false)
	}
	if err := f.table(f.last(f.net)); err != nil {
		return err
	}
	return f.footer(int64(f.net), false)
}

// table draws rows in columns as wide as they need.
func (b *box) table(rows [][]string) error {
	b.widths = b.widths[:0]
	for _, name := range b.names {
		b.widths = append(b.widths, runewidth.StringWidth(name))
	}
	for _, r := range rows {
		for i, t := range r {
			b.widths[i] = max(b.widths[i], min(runewidth.StringWidth(oneLine(t)), max(b.o.MaxWidth, 30)))
		}
	}
	if err := b.line(); err != nil {
		return err
	}
	if err := b.cells("", b.names); err != nil {
		return err
	}
	if err := b.line(); err != nil {
		return err
	}
	for _, r := range rows {
		if err := b.cells("", r); err != nil {
			return err
		}
	}
	return b.line()
}
