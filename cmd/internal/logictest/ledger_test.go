package logictest

import (
	"context"
	stdjson "encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"millrace/connectors"
	"millrace/operators"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/runtime/gateway"
	"millrace/sql/types"
)

// change is one row of a changelog as text.
type change struct {
	Kind vector.RowKind
	Text string
	Key  string `json:",omitempty"` // the primary key of a table that takes upserts
}

// ledgers is the sink side of the connector feed: what checkpoints have committed.
type ledgers struct {
	lock    sync.Mutex
	rows    map[string][]change // by table, in the order committed
	handles map[string]bool     // committed ones
	made    int                 // number of handles
}

func (l *ledgers) reset(table string) {
	l.lock.Lock()
	defer l.lock.Unlock()
	if l.rows == nil {
		l.rows, l.handles = map[string][]change{}, map[string]bool{}
	}
	delete(l.rows, table)
}

func (l *ledgers) committed(table string) []change {
	l.lock.Lock()
	defer l.lock.Unlock()
	return l.rows[table]
}

// handle is what a writer hands over at a checkpoint.
type handle struct {
	ID, Table string
	Changes   []change
}

type writer struct {
	l       *ledgers
	table   string
	zone    *time.Location
	key     []int
	changes []change
}

func (l *ledgers) OpenWriter(_ context.Context, s *plan.Sink, env connectors.Env, _ [][]byte) (connectors.Writer, error) {
	return &writer{l: l, table: s.Table, zone: env.Zone, key: s.Key}, nil
}

func (w *writer) Write(_ context.Context, b *operators.Batch) error {
	n := len(w.changes)
	w.changes = appendChanges(w.changes, b, w.zone)
	if len(w.key) > 0 {
		keys := b.Project(w.key)
		for i, k := range appendChanges(nil, keys, w.zone) {
			w.changes[n+i].Key = k.Text
		}
		keys.Release()
	}
	return nil
}

func (*writer) Flush(context.Context) error { return nil }

func (w *writer) Prepare(_ context.Context, checkpoint int64, _ bool) (commit, state []byte, err error) {
	if len(w.changes) == 0 {
		return nil, nil, nil
	}
	w.l.lock.Lock()
	w.l.made++
	n := w.l.made
	w.l.lock.Unlock()
	commit, err = stdjson.Marshal(handle{fmt.Sprintf("%d-%d", checkpoint, n), w.table, w.changes})
	w.changes = nil
	return commit, nil, err
}

func (*writer) Close() error { return nil }

type committer struct{ l *ledgers }

func (l *ledgers) OpenCommitter(context.Context, *plan.Sink, connectors.Env) (connectors.Committer, error) {
	return committer{l}, nil
}

func (c committer) Commit(_ context.Context, _ int64, commits [][]byte) error {
	c.l.lock.Lock()
	defer c.l.lock.Unlock()
	for _, b := range commits {
		var h handle
		if err := stdjson.Unmarshal(b, &h); err != nil {
			return err
		}
		if !c.l.handles[h.ID] {
			c.l.handles[h.ID] = true
			c.l.rows[h.Table] = append(c.l.rows[h.Table], h.Changes...)
		}
	}
	return nil
}

func (committer) Abort(context.Context, [][]byte, [][]byte) error { return nil }

func (committer) Close() error { return nil }

// appendChanges appends the rows of a batch as text: CSV, with NULL for NULL.
func appendChanges(dst []change, b *operators.Batch, zone *time.Location) []change {
	text := gateway.NewPlainText(zone)
	var scratch []byte
	one := func(i int) {
		var line strings.Builder
		for j, v := range b.Columns {
			if j > 0 {
				line.WriteByte(',')
			}
			if v.IsNull(i) || v.Type.Kind == types.Null {
				line.WriteString("NULL")
				continue
			}
			scratch = text.Append(scratch[:0], v, i)
			s := string(scratch)
			if v.Type.IsText() && (s == "" || s == "NULL" || strings.ContainsAny(s, ",\"\n\r") || strings.TrimSpace(s) != s) {
				s = `"` + strings.ReplaceAll(strings.ReplaceAll(s, `"`, `""`), "\n", `\n`) + `"`
			}
			line.WriteString(s)
		}
		dst = append(dst, change{Kind: b.Kind(i), Text: line.String()})
	}
	if b.Sel != nil {
		for _, i := range b.Sel {
			one(int(i))
		}
		return dst
	}
	for i := range b.Len {
		one(i)
	}
	return dst
}
