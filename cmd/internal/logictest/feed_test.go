package logictest

import (
	"context"
	stdcsv "encoding/csv"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"millrace/connectors"
	"millrace/connectors/format"
	"millrace/connectors/format/csv"
	"millrace/connectors/format/json"
	"millrace/operators"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// errCrash is the failure that a crash injects.
var errCrash = errors.New("injected crash")

// row is a row of a feed as written.
type row struct {
	kind vector.RowKind
	text string
}

// feeds is the connector "feed" of one run of a file: its tables and how they are read at the moment.
type feeds struct {
	*ledgers

	mu     sync.Mutex
	tables map[string][]row // by name without catalog and database
	// cut says how many of the left rows of a split the next batch takes, and whether as a selection out of them all; nil: all.
	cut    func(left int) (n int, selected bool)
	splits int   // of tables that are not ordered
	gate   *gate // nil: no bounds
	// opened readers, and those of them that have got all their splits.
	opened, settled int
}

func (f *feeds) Name() string { return "feed" }

func (f *feeds) Options() []connectors.Option {
	return append(append([]connectors.Option{
		{Key: "ordered", Type: connectors.Boolean, Default: "false", Help: "one split under every configuration"},
		{Key: "changelog", Type: connectors.Text, Default: string(plan.InsertOnly), Help: "the kinds of change that are read"},
		{Key: "sink.changelog", Type: connectors.Text, Default: string(plan.Retract), Help: "the kinds of change that are taken"},
		{Key: "format", Type: connectors.Enum, Default: "csv", Values: []string{"csv", "json"}, Help: "how rows are written"},
	}, connectors.ScanOptions()...), connectors.SinkOptions()...)
}

func (f *feeds) Capabilities(t connectors.Table) (plan.Capabilities, error) {
	v, err := connectors.Decode(`connector "feed"`, t.Options, f.Options())
	if err != nil {
		return plan.Capabilities{}, err
	}
	return plan.Capabilities{
		Source: true, Bounded: true, SourceMode: plan.Mode(v.Text("changelog")), Sink: true,
		SinkModes: []plan.Mode{plan.Mode(v.Text("sink.changelog"))},
	}, nil
}

// simpleName is the last part of the full name of a table.
func simpleName(full string) string {
	return strings.Trim(full[strings.LastIndexByte(full, '.')+1:], "`")
}

// set replaces the rows of a table.
func (f *feeds) set(table, text string) error {
	var rows []row
	for line := range strings.SplitSeq(text, "\n") {
		if line == "" {
			continue
		}
		r := row{vector.Insert, line}
		for k := vector.Insert; k <= vector.Delete; k++ {
			if rest, ok := strings.CutPrefix(line, k.String()+" "); ok {
				r = row{k, rest}
			}
		}
		rows = append(rows, r)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tables[table] = rows
	return nil
}

// byRow makes each row a batch, or all rows one.
func (f *feeds) byRow(on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.cut = nil; on {
		f.cut = cuts(1)
	}
}

// rows is the number of rows of all tables.
func (f *feeds) rows() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, rs := range f.tables {
		n += len(rs)
	}
	return n
}

// block is the number of neighbouring rows that go to one split.
const block = 2

// of returns the rows of a split.
func (f *feeds) of(s *plan.Source, split, splits int) []row {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []row
	for i, r := range f.tables[simpleName(s.Table)] {
		if i/block%splits == split {
			out = append(out, r)
		}
	}
	return out
}

func (f *feeds) splitsOf(s *plan.Source) int {
	if s.Options["ordered"] == "true" || s.Options["changelog"] != "" {
		return 1
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return max(f.splits, 1)
}

// enumerator deals out the splits "0 of 2", "1 of 2" at once.
type enumerator struct {
	splits int
	given  bool
}

func (f *feeds) OpenEnumerator(_ context.Context, s *plan.Source, _ connectors.Env, state []byte) (connectors.Enumerator, error) {
	return &enumerator{splits: f.splitsOf(s), given: len(state) > 0}, nil
}

func (e *enumerator) Discover(context.Context) (splits []connectors.Split, done bool, err error) {
	if e.given {
		return nil, true, nil
	}
	e.given = true
	for i := range e.splits {
		splits = append(splits, connectors.Split{ID: fmt.Sprintf("%d of %d", i, e.splits), State: []byte("0")})
	}
	return splits, true, nil
}

func (*enumerator) Interval() time.Duration { return time.Millisecond }

func (e *enumerator) Snapshot() ([]byte, error) {
	if e.given {
		return []byte{1}, nil
	}
	return nil, nil
}

func (*enumerator) Close() error { return nil }

// reader reads splits in turn.
type reader struct {
	f      *feeds
	s      *plan.Source
	pool   *vector.Pool
	splits []*split
	any    bool // was given splits
	last   bool
	known  bool // counted as settled
	turn   int
}

type split struct {
	id   string
	rows *operators.Batch // all of the split; nil if it has none
	at   int
}

func (f *feeds) OpenReader(_ context.Context, s *plan.Source, env connectors.Env) (connectors.Reader, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.opened++
	return &reader{f: f, s: s, pool: env.Pool}, nil
}

func (r *reader) Add(splits []connectors.Split) error {
	for _, x := range splits {
		var i, n int
		if _, err := fmt.Sscanf(x.ID, "%d of %d", &i, &n); err != nil {
			return fmt.Errorf("split %q: %w", x.ID, err)
		}
		at, err := strconv.Atoi(string(x.State))
		if err != nil {
			return fmt.Errorf("split %q: %w", x.ID, err)
		}
		rows, err := decode(r.pool, r.s, r.f.of(r.s, i, n))
		if err != nil {
			return err
		}
		r.any = true
		r.splits = append(r.splits, &split{x.ID, rows, at})
	}
	return nil
}

func (r *reader) NoMoreSplits() { r.last = true }

func (r *reader) Poll(ctx context.Context) (connectors.Fetch, error) {
	if len(r.splits) == 0 && !r.last {
		<-ctx.Done()
		return connectors.Fetch{}, nil
	}
	if !r.known && r.last {
		r.known = true
		r.f.mu.Lock()
		r.f.settled++
		r.f.mu.Unlock()
	}
	if len(r.splits) == 0 && !r.any {
		return connectors.Fetch{}, connectors.ErrEnd
	}
	if ok, err := r.f.enter(ctx); !ok || err != nil {
		return connectors.Fetch{}, err
	}
	for len(r.splits) > 0 {
		i := r.turn % len(r.splits)
		s := r.splits[i]
		if s.rows == nil || s.at >= s.rows.Len {
			s.release()
			r.splits = append(r.splits[:i], r.splits[i+1:]...)
			continue
		}
		r.turn++
		return connectors.Fetch{Batch: r.f.take(r.pool, s), Split: s.id, Bytes: 1}, nil
	}
	if r.last {
		return connectors.Fetch{}, connectors.ErrEnd
	}
	return connectors.Fetch{}, nil
}

// take returns the next rows of a split.
func (f *feeds) take(pool *vector.Pool, s *split) *operators.Batch {
	f.mu.Lock()
	n, selected := s.rows.Len-s.at, false
	if f.cut != nil {
		n, selected = f.cut(n)
	}
	f.mu.Unlock()
	from := s.at
	s.at += n
	if !selected {
		return s.rows.Slice(pool, from, s.at)
	}
	b := s.rows.Slice(pool, 0, s.rows.Len)
	for i := from; i < s.at; i++ {
		b.Sel = append(b.Sel, uint16(i))
	}
	return b
}

func (s *split) release() {
	if s.rows != nil {
		s.rows.Release()
		s.rows = nil
	}
}

func (r *reader) Snapshot() ([]connectors.Split, error) {
	var out []connectors.Split
	for _, s := range r.splits {
		out = append(out, connectors.Split{ID: s.id, State: []byte(strconv.Itoa(s.at))})
	}
	return out, nil
}

func (r *reader) Close() error {
	for _, s := range r.splits {
		s.release()
	}
	return nil
}

// decode reads rows as the columns that the source projects; nil if there are none.
func decode(pool *vector.Pool, s *plan.Source, rows []row) (*operators.Batch, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	var f format.Format = csv.Format{}
	options := map[string]string{"null-literal": "NULL"}
	isJSON := s.Options["format"] == "json"
	if isJSON {
		f, options = json.Format{}, map[string]string{"timestamp-format.standard": "SQL"}
	}
	d, err := f.Decoder(format.Config{Options: options, Physical: s.Physical, Columns: s.Physical, Pool: pool})
	if err != nil {
		return nil, err
	}
	defer d.Close()
	var rs format.Records
	kinds := make([]vector.RowKind, len(rows))
	for i, r := range rows {
		text := r.text
		if !isJSON {
			if text, err = expand(text, s.Physical); err != nil {
				return nil, fmt.Errorf("feed %s: row %d: %w", s.Table, i+1, err)
			}
		}
		kinds[i] = r.kind
		rs.Append([]byte(text))
	}
	if _, err := d.Decode(&rs, 0); err != nil {
		return nil, fmt.Errorf("feed %s: row %d: %w", s.Table, d.Rows()+1, err)
	}
	if d.Rows() != len(rows) {
		return nil, fmt.Errorf("feed %s: %d rows were read, of %d", s.Table, d.Rows(), len(rows))
	}
	all := d.Take()
	defer all.Release()
	columns := make([]int, len(s.Projected))
	for i, c := range s.Projected {
		if columns[i] = s.Physical.Index(c.Name); columns[i] < 0 {
			return nil, fmt.Errorf("feed %s: no column %q", s.Table, c.Name)
		}
	}
	b := all.Project(columns)
	if s.Options["changelog"] != "" {
		b.Kinds = kinds
	}
	return b, nil
}

// expand gives times of timestamp columns their date.
func expand(line string, schema types.Schema) (string, error) {
	in := stdcsv.NewReader(strings.NewReader(line))
	fields, err := in.Read()
	if err != nil {
		return "", err
	}
	if len(fields) != len(schema) {
		return "", fmt.Errorf("%d fields for %d columns", len(fields), len(schema))
	}
	changed := false
	for i, c := range schema {
		if c.Type.IsTimestamp() && clock.MatchString(fields[i]) {
			fields[i] = "2024-01-01 " + fields[i]
			if c.Type.Kind == types.TimestampLTZ {
				fields[i] += "Z"
			}
			changed = true
		}
	}
	if !changed {
		return line, nil
	}
	var out strings.Builder
	w := stdcsv.NewWriter(&out)
	if err := w.Write(fields); err != nil {
		return "", err
	}
	w.Flush()
	return strings.TrimSuffix(out.String(), "\n"), w.Error()
}

var clock = regexp.MustCompile(`^\d\d:\d\d:\d\d(\.\d+)?$`)

// unsettled is the number of open readers that wait for splits, and that of all so far.
func (f *feeds) unsettled() (n, opened int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.opened - f.settled, f.opened
}

// gate bounds what readers deliver: each batch, and each end of a reader that had splits, is a step.
type gate struct {
	mu      sync.Mutex
	allowed int
	taken   int
	failing bool
	crashAt int // crashes once at this step; 0: never
	change  chan struct{}
}

func newGate() *gate { return &gate{change: make(chan struct{})} }

func (g *gate) changed() {
	close(g.change)
	g.change = make(chan struct{})
}

// enter waits for a step; ok is false when ctx ends before.
func (f *feeds) enter(ctx context.Context) (ok bool, err error) {
	f.mu.Lock()
	g := f.gate
	f.mu.Unlock()
	if g == nil {
		return true, nil
	}
	for {
		g.mu.Lock()
		change := g.change
		switch {
		case g.failing:
			g.mu.Unlock()
			return false, errCrash
		case g.taken < g.allowed:
			g.taken++
			if g.taken == g.crashAt {
				g.mu.Unlock()
				return false, errCrash
			}
			g.changed()
			g.mu.Unlock()
			return true, nil
		}
		g.mu.Unlock()
		select {
		case <-change:
		case <-ctx.Done():
			return false, nil
		}
	}
}

// allow lets n more steps pass and waits until they are taken or ended is closed.
func (g *gate) allow(n int, ended <-chan struct{}) {
	g.mu.Lock()
	g.allowed += n
	g.changed()
	for g.taken < g.allowed {
		change := g.change
		g.mu.Unlock()
		select {
		case <-change:
		case <-ended:
			return
		}
		g.mu.Lock()
	}
	g.mu.Unlock()
}

// crash makes the reader that takes the given step, counted from 1, fail.
func (g *gate) crash(step int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.crashAt = step
}

// open lets everything pass.
func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.allowed = 1 << 30
	g.changed()
}

// fail makes all readers fail from now on.
func (g *gate) fail() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.failing = true
	g.changed()
}

// cuts returns batches of n rows.
func cuts(n int) func(int) (int, bool) {
	return func(left int) (int, bool) { return min(n, left), false }
}

// randomCuts returns batches of 1 to 5 rows, one in three as a selection.
func randomCuts(seed uint64) func(int) (int, bool) {
	r := rand.New(rand.NewPCG(seed, 3))
	return func(left int) (int, bool) { return min(1+r.IntN(5), left), r.IntN(3) == 0 }
}
