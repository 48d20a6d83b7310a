package minicluster_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"millrace/connectors"
	"millrace/operators"
	"millrace/planner/plan"
	"millrace/runtime/job"
	"millrace/runtime/minicluster"
)

// logged is a log that may be read while it is written.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestLogTellsFigures: every minute and at the end the log has a line for each source and sink.
func TestLogTellsFigures(t *testing.T) {
	clock, log := &job.ManualClock{}, &logged{}
	source, sink := &numbers{hold: make(chan struct{}), holdAt: 50}, &ledger{}
	reg := &connectors.Registry{}
	reg.Add(source, sink)
	b := &bed{source: source, sink: sink, Cluster: minicluster.New(minicluster.Config{
		Connectors: reg, Partitioner: newModulo, Clock: clock, Log: slog.New(slog.NewTextHandler(log, nil)),
		Operators: func(*plan.Node, []*plan.Node) (operators.Operator, error) { return &pass{}, nil },
	})}
	defer func() { _ = b.Close() }()
	id := b.start(t, copyGraph(2, 100, 10, nil), minicluster.SubmitOptions{})
	b.until(t, id, "half of the rows", func(s job.Status) bool { return s.Progress.Nodes[0].RecordsOut == 100 })
	clock.Advance(61_000)
	b.until(t, id, "a report", func(job.Status) bool { return strings.Contains(log.String(), `msg="job sink"`) })
	half := log.String()
	close(source.hold)
	b.wait(t, id, job.Finished)
	for _, want := range []string{"state=RUNNING", `msg="job source"`, "table=numbers records=100 bytes=1600", "table=ledger records=100"} {
		if !strings.Contains(half, want) {
			t.Errorf("half-way: no %q in\n%s", want, half)
		}
	}
	rest := log.String()[len(half):]
	for _, want := range []string{"state=FINISHED", "table=numbers records=200 bytes=3200", "table=ledger records=200 bytes=0 numTransactions="} {
		if !strings.Contains(rest, want) {
			t.Errorf("at the end: no %q in\n%s", want, rest)
		}
	}
}

// TestFailuresHideSecrets: a secret of a table that a connector puts into an error is neither in the status nor in the log.
func TestFailuresHideSecrets(t *testing.T) {
	log := &logged{}
	source, sink := &numbers{failing: func(int64) error { return errors.New("user me with hunter2 is not known") }}, &ledger{}
	reg := &connectors.Registry{}
	reg.Add(source, sink)
	b := &bed{source: source, sink: sink, Cluster: minicluster.New(minicluster.Config{
		Connectors: reg, Partitioner: newModulo, Log: slog.New(slog.NewTextHandler(log, nil)),
		Operators: func(*plan.Node, []*plan.Node) (operators.Operator, error) { return &pass{}, nil },
	})}
	defer func() { _ = b.Close() }()
	g := copyGraph(1, 10, 10, nil)
	g.Nodes[0].Spec.(*plan.Source).Options["password"] = "hunter2"
	st := b.wait(t, b.start(t, g, minicluster.SubmitOptions{}), job.Failed)
	if text := st.Failure + st.Exceptions[0].Error + log.String(); strings.Contains(text, "hunter2") || !strings.Contains(text, "user me with ****** is not known") {
		t.Error(text)
	}
}
