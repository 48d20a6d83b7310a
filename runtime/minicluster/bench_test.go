package minicluster_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"millrace/connectors"
	"millrace/operators"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/runtime/collect"
	"millrace/runtime/job"
	"millrace/runtime/minicluster"
)

// repeat is a source that delivers the same batch n times, and a sink that drops everything.
type repeat struct {
	n    int64
	rows int
}

func (*repeat) Name() string { return "repeat" }

func (*repeat) Options() []connectors.Option { return nil }

func (*repeat) Capabilities(connectors.Table) (plan.Capabilities, error) {
	return plan.Capabilities{}, nil
}

func (*repeat) OpenEnumerator(context.Context, *plan.Source, connectors.Env, []byte) (connectors.Enumerator, error) {
	return &numbersEnumerator{splits: 4}, nil
}

type repeatReader struct {
	left  int64
	batch *operators.Batch
}

func (c *repeat) OpenReader(_ context.Context, _ *plan.Source, env connectors.Env) (connectors.Reader, error) {
	k := make([]int64, c.rows)
	for i := range k {
		k[i] = int64(i)
	}
	return &repeatReader{c.n / int64(env.Parallelism), makeBatch(env.Pool, k, k)}, nil
}

func (*repeatReader) Add([]connectors.Split) error { return nil }

func (*repeatReader) NoMoreSplits() {}

func (r *repeatReader) Poll(context.Context) (connectors.Fetch, error) {
	if r.left <= 0 {
		return connectors.Fetch{}, connectors.ErrEnd
	}
	r.left--
	return connectors.Fetch{Batch: r.batch.Retain()}, nil
}

func (*repeatReader) Snapshot() ([]connectors.Split, error) { return nil, nil }

func (*repeatReader) Close() error { return nil }

func (*repeat) OpenWriter(context.Context, *plan.Sink, connectors.Env, [][]byte) (connectors.Writer, error) {
	return drop{}, nil
}

func (*repeat) OpenCommitter(context.Context, *plan.Sink, connectors.Env) (connectors.Committer, error) {
	return nil, nil
}

type drop struct{}

func (drop) Write(context.Context, *operators.Batch) error { return nil }

func (drop) Flush(context.Context) error { return nil }

func (drop) Prepare(context.Context, int64, bool) (commit, state []byte, err error) {
	return nil, nil, nil
}

func (drop) Close() error { return nil }

// BenchmarkChain measures what a batch costs on its way through source, five operators and sink that do nothing: chained, and with an exchange
// between all of them.
func BenchmarkChain(b *testing.B) {
	for _, chaining := range []string{"true", "false"} {
		for _, rows := range []int{1, 4096} {
			b.Run(fmt.Sprintf("chaining=%s/rows=%d", chaining, rows), func(b *testing.B) {
				src := &repeat{n: int64(b.N), rows: rows}
				reg := &connectors.Registry{}
				reg.Add(src)
				c := minicluster.New(minicluster.Config{
					Connectors: reg, Partitioner: newModulo,
					Operators: func(*plan.Node, []*plan.Node) (operators.Operator, error) { return &pass{}, nil },
				})
				b.Cleanup(func() { _ = c.Close() })
				g := &plan.Graph{Version: plan.Version, Name: "chain", Settings: map[string]string{"pipeline.operator-chaining.enabled": chaining}}
				g.Nodes = append(g.Nodes, &plan.Node{UID: "src", Name: "src", Schema: rowSchema(), Spec: &plan.Source{Connector: "repeat"}})
				for i := range 5 {
					g.Nodes = append(g.Nodes, node(i+1, fmt.Sprint("calc", i), &plan.Calc{}, forward(i)))
				}
				g.Nodes = append(g.Nodes, node(6, "sink", &plan.Sink{Connector: "repeat", Schema: rowSchema()}, forward(5)))
				b.ReportAllocs()
				b.ResetTimer()
				id, err := c.Submit(b.Context(), g, minicluster.SubmitOptions{})
				if err != nil {
					b.Fatal(err)
				}
				s, err := c.Wait(b.Context(), id)
				if err != nil || s.State != job.Finished {
					b.Fatal(s.State, s.Failure, err)
				}
			})
		}
	}
}

// BenchmarkQuery measures a query over constant rows from its submission to its last row.
func BenchmarkQuery(b *testing.B) {
	c := minicluster.New(minicluster.Config{Operators: func(*plan.Node, []*plan.Node) (operators.Operator, error) { return &literals{}, nil }})
	b.Cleanup(func() { _ = c.Close() })
	g := &plan.Graph{Version: plan.Version, Name: "query", Nodes: []*plan.Node{
		node(0, "values", &plan.Values{}), node(1, "collect", &plan.Sink{Connector: collect.Name, Schema: rowSchema()}, forward(0)),
	}}
	for b.Loop() {
		_, r, err := c.SubmitQuery(b.Context(), g, minicluster.SubmitOptions{})
		if err != nil {
			b.Fatal(err)
		}
		for done := false; !done; {
			var bs []*operators.Batch
			if bs, done, err = r.Next(b.Context(), 100); err != nil {
				b.Fatal(err)
			}
			for _, x := range bs {
				x.Release()
			}
		}
		r.Close()
	}
}

// BenchmarkCheckpoint measures savepoints of 100,000 keyed rows while the job goes on.
func BenchmarkCheckpoint(b *testing.B) {
	src := &numbers{hold: make(chan struct{}), holdAt: 100_000}
	reg := &connectors.Registry{}
	reg.Add(src, &ledger{})
	var seen atomic.Int64
	c := minicluster.New(minicluster.Config{
		Connectors: reg, Partitioner: newModulo,
		Operators: func(n *plan.Node, _ []*plan.Node) (operators.Operator, error) {
			if _, ok := n.Spec.(*plan.GroupAggregate); ok {
				return &summer{hook: func() error { seen.Add(1); return nil }}, nil
			}
			return &pass{}, nil
		},
	})
	b.Cleanup(func() { _ = c.Close() })
	id, err := c.Submit(b.Context(), sumGraph(1, 200_000, 100_000, vector.MaxRows, nil), minicluster.SubmitOptions{})
	if err != nil {
		b.Fatal(err)
	}
	for {
		s, err := c.Status(b.Context(), id)
		if err != nil || s.State.Terminal() {
			b.Fatal(s.Failure, err)
		}
		if s.Progress.Nodes[2].RecordsIn >= 100_000 {
			break
		}
	}
	for b.Loop() {
		if _, err := c.Savepoint(b.Context(), id, "mem://savepoints"); err != nil {
			b.Fatal(err)
		}
	}
}
