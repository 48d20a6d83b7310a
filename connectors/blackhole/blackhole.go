package blackhole

import (
	"context"

	"millrace/connectors"
	"millrace/operators"
	"millrace/planner/plan"
)

// Connector answers for 'connector' = 'blackhole'.
type Connector struct{}

var _ connectors.SinkConnector = Connector{}

// Name is "blackhole".
func (Connector) Name() string { return "blackhole" }

// Options is empty.
func (Connector) Options() []connectors.Option { return nil }

// Capabilities refuses any option.
func (c Connector) Capabilities(t connectors.Table) (plan.Capabilities, error) {
	if _, err := connectors.Decode("connector 'blackhole'", t.Options, c.Options()); err != nil {
		return plan.Capabilities{}, err
	}
	return plan.Capabilities{
		Sink:        true,
		SinkModes:   []plan.Mode{plan.Upsert, plan.Retract, plan.NoDelete, plan.UpsertOnly, plan.InsertOnly},
		Partitioned: true,
	}, nil
}

// OpenWriter returns a writer that does nothing.
func (Connector) OpenWriter(context.Context, *plan.Sink, connectors.Env, [][]byte) (connectors.Writer, error) {
	return writer{}, nil
}

// OpenCommitter returns nil: there is nothing to commit.
func (Connector) OpenCommitter(context.Context, *plan.Sink, connectors.Env) (connectors.Committer, error) {
	return nil, nil
}

type writer struct{}

func (writer) Write(context.Context, *operators.Batch) error { return nil }
func (writer) Flush(context.Context) error                   { return nil }
func (writer) Close() error                                  { return nil }
func (writer) Prepare(context.Context, int64, bool) (commit, state []byte, err error) {
	return nil, nil, nil
}
