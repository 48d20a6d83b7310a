package print

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"

	"millrace/connectors"
	"millrace/connectors/format/scalar"
	"millrace/operators"
	"millrace/planner/plan"
)

// Connector answers for 'connector' = 'print'.
type Connector struct {
	mu       sync.Mutex
	out, err io.Writer // guarded by mu while a batch is written
}

var _ connectors.SinkConnector = (*Connector)(nil)

// New returns the connector that writes to standard output and standard error.
func New() *Connector { return NewTo(os.Stdout, os.Stderr) }

// NewTo returns a connector that writes elsewhere.
func NewTo(out, err io.Writer) *Connector { return &Connector{out: out, err: err} }

// Name is "print".
func (*Connector) Name() string { return "print" }

// Options lists the options of the sink.
func (*Connector) Options() []connectors.Option {
	return append([]connectors.Option{
		{Key: "print-identifier", Type: connectors.Text, Help: "stands before each line"},
		{Key: "standard-error", Type: connectors.Boolean, Default: "false", Help: "write to standard error"},
	}, connectors.SinkOptions()...)
}

// Capabilities checks the options.
func (c *Connector) Capabilities(t connectors.Table) (plan.Capabilities, error) {
	if _, err := connectors.Decode("connector 'print'", t.Options, c.Options()); err != nil {
		return plan.Capabilities{}, err
	}
	return plan.Capabilities{
		Sink:        true,
		SinkModes:   []plan.Mode{plan.Retract, plan.NoDelete, plan.Upsert, plan.UpsertOnly, plan.InsertOnly},
		Partitioned: true,
	}, nil
}

// OpenWriter opens a writer.
func (c *Connector) OpenWriter(_ context.Context, s *plan.Sink, env connectors.Env, _ [][]byte) (connectors.Writer, error) {
	v, err := connectors.Decode("connector 'print'", s.Options, c.Options())
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", s.Table, err)
	}
	w := &writer{c: c, out: c.out, bytes: env.Counter(connectors.CountBytesSent), prefix: prefix(v.Text("print-identifier"), env.Subtask, env.Parallelism)}
	if v.Bool("standard-error") {
		w.out = c.err
	}
	return w, nil
}

// OpenCommitter returns nil: there is nothing to commit.
func (*Connector) OpenCommitter(context.Context, *plan.Sink, connectors.Env) (connectors.Committer, error) {
	return nil, nil
}

// prefix stands before each line: the identifier and, if there are several writers, the number of this one, from 1.
func prefix(identifier string, subtask, parallelism int) string {
	if parallelism > 1 {
		if identifier != "" {
			identifier += ":"
		}
		identifier += strconv.Itoa(subtask + 1)
	}
	if identifier != "" {
		identifier += "> "
	}
	return identifier
}

type writer struct {
	c      *Connector
	out    io.Writer
	prefix string
	text   []byte
	bytes  *operators.Counter
}

// Write prints the rows of a batch in one piece, so that lines of several writers do not mix.
func (w *writer) Write(_ context.Context, b *operators.Batch) error {
	w.text = w.text[:0]
	for k := range b.Rows() {
		i := k
		if b.Sel != nil {
			i = int(b.Sel[k])
		}
		w.text = append(w.text, w.prefix...)
		w.text = append(w.text, b.Kind(i).String()...)
		w.text = append(w.text, '[')
		for j, c := range b.Columns {
			if j > 0 {
				w.text = append(w.text, ", "...)
			}
			w.text = scalar.AppendJava(w.text, c, i)
		}
		w.text = append(w.text, "]\n"...)
	}
	if len(w.text) == 0 {
		return nil
	}
	w.bytes.Add(int64(len(w.text)))
	w.c.mu.Lock()
	defer w.c.mu.Unlock()
	if _, err := w.out.Write(w.text); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

func (w *writer) Flush(context.Context) error { return nil }
func (w *writer) Close() error                { return nil }
func (w *writer) Prepare(context.Context, int64, bool) (commit, state []byte, err error) {
	return nil, nil, nil
}
