package kafka

import (
	"context"
	"fmt"

	"millrace/connectors"
	"millrace/connectors/kafka/sink"
	"millrace/planner/plan"
)

var _ connectors.SinkConnector = (*Connector)(nil)

// OpenWriter opens what writes records. Transactions of a checkpoint are the committer's, so states do not matter here.
func (c *Connector) OpenWriter(ctx context.Context, s *plan.Sink, env connectors.Env, _ [][]byte) (connectors.Writer, error) {
	cfg, err := parse(c.formats, s.Options)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", s.Table, err)
	}
	return openWriter(ctx, &cfg, s, env, false)
}

// OpenCommitter opens what commits transactions.
func (c *Connector) OpenCommitter(ctx context.Context, s *plan.Sink, env connectors.Env) (connectors.Committer, error) {
	cfg, err := parse(c.formats, s.Options)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", s.Table, err)
	}
	return openCommitter(ctx, &cfg, s, env, false)
}

func openWriter(ctx context.Context, c *config, s *plan.Sink, env connectors.Env, upsert bool) (connectors.Writer, error) {
	warn(env.Log, c, s.Table)
	w, err := sink.Open(ctx, c.forSink(upsert), s, env)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", s.Table, err)
	}
	return w, nil
}

func openCommitter(ctx context.Context, c *config, s *plan.Sink, env connectors.Env, upsert bool) (connectors.Committer, error) {
	k, err := sink.OpenCommitter(ctx, c.forSink(upsert), s, env)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", s.Table, err)
	}
	return k, nil
}

// forSink is what the sink needs of the options.
func (c *config) forSink(upsert bool) *sink.Config {
	return &sink.Config{
		Topics: c.topics, Pattern: c.pattern, Client: c.client, Value: c.value, ValueOptions: c.valueOptions, Key: c.key, KeyOptions: c.keyOptions,
		KeyFields: c.keyFields, KeyPrefix: c.keyPrefix, ExceptKey: c.exceptKey, Upsert: upsert, Options: c.sink,
	}
}
