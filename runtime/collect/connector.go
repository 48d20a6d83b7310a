package collect

import (
	"context"
	"fmt"
	"sync"

	"millrace/connectors"
	"millrace/operators"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// Name is the reserved name of the connector.
const Name = "collect"

// Connector is the sink connector of one cluster. The zero value is ready.
type Connector struct {
	mu   sync.Mutex
	open map[string]*Results // by job id; guarded by mu
}

// Name implements connectors.Connector.
func (*Connector) Name() string { return Name }

// Options implements connectors.Connector: there are none.
func (*Connector) Options() []connectors.Option { return nil }

// Capabilities implements connectors.Connector: rows of every kind are taken.
func (*Connector) Capabilities(connectors.Table) (plan.Capabilities, error) {
	return plan.Capabilities{Sink: true, SinkModes: []plan.Mode{plan.InsertOnly, plan.Retract, plan.NoDelete, plan.Upsert, plan.UpsertOnly}}, nil
}

// SinkOf returns the collect sink of a plan, or nil. A plan has at most one.
func SinkOf(g *plan.Graph) *plan.Sink {
	for _, n := range g.Nodes {
		if s, ok := n.Spec.(*plan.Sink); ok && s.Connector == Name {
			return s
		}
	}
	return nil
}

// Register makes the results of a job that is about to be submitted.
func (c *Connector) Register(jobID string, schema types.Schema) *Results {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open == nil {
		c.open = map[string]*Results{}
	}
	r := newResults(schema, func() { c.Forget(jobID) })
	c.open[jobID] = r
	return r
}

// Results returns the results of a job, or nil.
func (c *Connector) Results(jobID string) *Results {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open[jobID]
}

// Forget drops the results of a job from the connector; who holds them may go on reading.
func (c *Connector) Forget(jobID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open, jobID)
}

// OpenWriter implements connectors.SinkConnector.
func (c *Connector) OpenWriter(_ context.Context, _ *plan.Sink, env connectors.Env, _ [][]byte) (connectors.Writer, error) {
	r := c.Results(env.JobID)
	if r == nil {
		return nil, fmt.Errorf("results of job %q: %w", env.JobID, connectors.ErrNotFound)
	}
	return &writer{results: r, pool: env.Pool}, nil
}

// OpenCommitter implements connectors.SinkConnector: nothing needs committing.
func (*Connector) OpenCommitter(context.Context, *plan.Sink, connectors.Env) (connectors.Committer, error) {
	return nil, nil
}

// writer delivers the rows of one subtask.
type writer struct {
	results *Results
	pool    *vector.Pool
}

func (w *writer) Write(ctx context.Context, b *operators.Batch) error {
	if b.Rows() == 0 {
		return nil
	}
	d := b.Dense(w.pool)
	defer d.Release()
	return w.results.put(ctx, d, w.pool)
}

func (*writer) Flush(context.Context) error { return nil }

func (*writer) Prepare(context.Context, int64, bool) (commit, state []byte, err error) {
	return nil, nil, nil
}

func (*writer) Close() error { return nil }
