package task

import (
	"fmt"
	"sync"

	"millrace/connectors"
	"millrace/operators"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/runtime/job"
	"millrace/runtime/metrics"
	"millrace/sql/types"
)

// deadLetters writes the unreadable records of a source to its dead-letter table.
type deadLetters struct {
	t    *Task
	sink *sink

	mu   sync.Mutex
	held []connectors.DeadLetter // guarded by mu: readers may call from goroutines of their own
	at   []int64
}

// maxDeadLetters is how many records are held between two polls before the reader is told to wait; a reader sees an error only if it delivers
// more than this without returning from Poll.
const maxDeadLetters = 1 << 16

func openDeadLetters(t *Task, n *plan.Node, spec *plan.Sink, count *metrics.Node) (*deadLetters, error) {
	known := connectors.DeadLetterSchema()
	for _, f := range spec.Schema {
		i := known.Index(f.Name)
		if i < 0 {
			return nil, fmt.Errorf("dead-letter table %q: column %q is none of %v", spec.Table, f.Name, known.Names())
		}
		text := f.Type.IsText() || f.Type.IsBinary()
		stamp := f.Type.IsTimestamp() && f.Type.Precision <= 6
		if f.Name == "time" && !stamp || f.Name != "time" && !text {
			return nil, fmt.Errorf("dead-letter table %q: column %q cannot be %s", spec.Table, f.Name, f.Type)
		}
	}
	// Its rows are not the source's: they are counted apart.
	s := newSink(t, job.DeadLetterUID(n.UID), n.Name+" dead letters", spec, metrics.NewNode(n.ID))
	t.sinks = append(t.sinks, s)
	if err := s.open(); err != nil {
		return nil, fmt.Errorf("dead-letter table %q: %w", spec.Table, err)
	}
	count.Counter("numRecordsDeadLettered")
	return &deadLetters{t: t, sink: s}, nil
}

// add takes a record.
func (d *deadLetters) add(l connectors.DeadLetter) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.held) >= maxDeadLetters {
		return fmt.Errorf("dead-letter table %q: more than %d unreadable records at once", d.sink.spec.Table, maxDeadLetters)
	}
	l.Record = append([]byte(nil), l.Record...)
	d.held = append(d.held, l)
	d.at = append(d.at, d.t.cfg.Clock.Now())
	return nil
}

// flush writes what has been taken.
func (d *deadLetters) flush() error {
	d.mu.Lock()
	held, at := d.held, d.at
	d.held, d.at = nil, nil
	d.mu.Unlock()
	if len(held) == 0 {
		return nil
	}
	d.t.source.count.Counter("numRecordsDeadLettered").Add(int64(len(held)))
	rows := vector.NewRows(d.t.cfg.Pool, d.sink.spec.Schema.Types(), min(len(held), vector.MaxRows))
	defer rows.Release()
	for i, l := range held {
		for c, f := range d.sink.spec.Schema {
			col := rows.Columns[c]
			switch f.Name {
			case "source":
				col.AppendBytes([]byte(l.Source))
			case "position":
				col.AppendBytes([]byte(l.Position))
			case "error":
				col.AppendBytes([]byte(l.Error))
			case "record":
				col.AppendBytes(l.Record)
			case "time":
				vector.AppendFixed(col, stampOf(at[i], f.Type))
			}
		}
		rows.EndRow(operators.RowKind(0))
		if rows.Full() || i == len(held)-1 {
			b := rows.Finish()
			err := d.sink.rows(b)
			b.Release()
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// stampOf is a time in the unit of a timestamp type of at most microseconds.
func stampOf(millis int64, t types.Type) int64 {
	if t.Precision > 3 {
		return millis * 1000
	}
	return millis
}
