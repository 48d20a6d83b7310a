package filesystem

import (
	"context"
	"fmt"

	"millrace/connectors"
	"millrace/connectors/format"
	"millrace/connectors/objstore"
	"millrace/connectors/objstore/resolve"
	"millrace/planner/expr"
	"millrace/planner/plan"
)

// Connector answers for 'connector' = 'filesystem'.
type Connector struct {
	formats *format.Registry
	stores  *resolve.Opener
}

var (
	_ connectors.SourceConnector = (*Connector)(nil)
	_ connectors.FilterConnector = (*Connector)(nil)
)

// New returns the connector with the formats that it may use. Buckets are opened by the options of tables and the environment.
func New(formats *format.Registry) *Connector { return NewOn(formats, resolve.New(nil)) }

// NewOn is New with what opens buckets; options of tables go before its own.
func NewOn(formats *format.Registry, stores *resolve.Opener) *Connector {
	return &Connector{formats: formats, stores: stores}
}

// Name is "filesystem".
func (*Connector) Name() string { return "filesystem" }

// Options lists the options but for those of formats.
func (*Connector) Options() []connectors.Option { return options() }

// Capabilities checks options and columns. Whether the path exists shows when it is read.
func (c *Connector) Capabilities(t connectors.Table) (plan.Capabilities, error) {
	cfg, err := parse(c.formats, c.stores, t.Options)
	if err != nil {
		return plan.Capabilities{}, err
	}
	return cfg.capabilities(t)
}

// AcceptFilter accepts comparisons of partition columns with constants.
func (*Connector) AcceptFilter(t connectors.Table, columns []plan.SourceColumn, e *expr.Expr) bool {
	_, ok := parseCondition(e, columns, t.Partition)
	return ok
}

// open parses options for a job that counts.
func (c *Connector) open(options map[string]string, env connectors.Env) (config, error) {
	cfg, err := parse(c.formats, c.stores, options)
	if o, ok := cfg.space.(*objects); ok && err == nil {
		retries := env.Counter(connectors.CountRetries)
		o.store = objstore.CountRetries(o.store, func() { retries.Add(1) })
	}
	return cfg, err
}

// OpenEnumerator opens what finds files.
func (c *Connector) OpenEnumerator(_ context.Context, s *plan.Source, env connectors.Env, state []byte) (connectors.Enumerator, error) {
	cfg, err := c.open(s.Options, env)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", s.Table, err)
	}
	return newEnumerator(&cfg, s, env, state)
}

// OpenReader opens what reads files.
func (c *Connector) OpenReader(_ context.Context, s *plan.Source, env connectors.Env) (connectors.Reader, error) {
	cfg, err := c.open(s.Options, env)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", s.Table, err)
	}
	return newReader(&cfg, s, env)
}

var _ connectors.SinkConnector = (*Connector)(nil)

// OpenWriter opens what writes files.
func (c *Connector) OpenWriter(ctx context.Context, s *plan.Sink, env connectors.Env, states [][]byte) (connectors.Writer, error) {
	cfg, err := c.open(s.Options, env)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", s.Table, err)
	}
	w, err := newWriter(ctx, &cfg, s, env, states)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", s.Table, err)
	}
	return w, nil
}

// OpenCommitter opens what publishes files.
func (c *Connector) OpenCommitter(_ context.Context, s *plan.Sink, env connectors.Env) (connectors.Committer, error) {
	cfg, err := c.open(s.Options, env)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", s.Table, err)
	}
	return newCommitter(&cfg, s, env), nil
}
