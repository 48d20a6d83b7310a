package nexmark

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"millrace/connectors"
	"millrace/planner/expr"
	"millrace/planner/plan"
)

// Connector answers for 'connector' = 'nexmark'.
type Connector struct {
	mu     sync.Mutex
	tables *tables // of the seed that was used last; guarded by mu
}

var (
	_ connectors.SourceConnector = (*Connector)(nil)
	_ connectors.FilterConnector = (*Connector)(nil)
)

// New returns the connector.
func New() *Connector { return &Connector{} }

// Name is "nexmark".
func (*Connector) Name() string { return "nexmark" }

// Options lists the options of the generator.
func (*Connector) Options() []connectors.Option { return options() }

// Capabilities checks options and columns.
func (*Connector) Capabilities(t connectors.Table) (plan.Capabilities, error) {
	c, err := parse(t.Options)
	if err != nil {
		return plan.Capabilities{}, err
	}
	if err := checkSchema(t.Schema); err != nil {
		return plan.Capabilities{}, err
	}
	return plan.Capabilities{
		Source: true, Bounded: c.bounded(), SourceMode: plan.InsertOnly, NestedProjection: true, Filter: true, FilterExact: true,
	}, nil
}

// AcceptFilter accepts event_type = n.
func (*Connector) AcceptFilter(_ connectors.Table, columns []plan.SourceColumn, e *expr.Expr) bool {
	_, ok := eventTypeFilter(e, columns)
	return ok
}

// OpenEnumerator deals the stream out in as many splits as there are readers.
func (*Connector) OpenEnumerator(_ context.Context, s *plan.Source, env connectors.Env, state []byte) (connectors.Enumerator, error) {
	if _, err := parse(s.Options); err != nil {
		return nil, fmt.Errorf("table %s: %w", s.Table, err)
	}
	e := &enumerator{splits: max(env.Parallelism, 1)}
	if state != nil {
		if err := json.Unmarshal(state, &e.done); err != nil {
			return nil, fmt.Errorf("state of the splits of %s: %w", s.Table, err)
		}
	}
	return e, nil
}

// OpenReader opens a reader.
func (c *Connector) OpenReader(_ context.Context, s *plan.Source, env connectors.Env) (connectors.Reader, error) {
	cfg, err := parse(s.Options)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", s.Table, err)
	}
	return newReader(&cfg, c.shared(&cfg), s, env)
}

// shared returns the tables of the seed, made once for all readers.
func (c *Connector) shared(cfg *config) *tables {
	c.mu.Lock()
	defer c.mu.Unlock()
	longest := 2 * max(cfg.personSize, cfg.auctionSize, cfg.bidSize, 100)
	if c.tables == nil || c.tables.seed != cfg.seed || c.tables.longest < longest {
		c.tables = newTables(cfg.seed, longest)
	}
	return c.tables
}

type enumerator struct {
	splits int
	done   bool
}

// Discover returns all splits at the first call.
func (e *enumerator) Discover(context.Context) ([]connectors.Split, bool, error) {
	if e.done {
		return nil, true, nil
	}
	var out []connectors.Split
	for i := range e.splits {
		s, err := encode(position{Index: int64(i), Count: int64(e.splits)})
		if err != nil {
			return nil, false, err
		}
		out = append(out, s)
	}
	e.done = true
	return out, true, nil
}

func (e *enumerator) Interval() time.Duration   { return time.Hour }
func (e *enumerator) Snapshot() ([]byte, error) { return json.Marshal(e.done) }
func (e *enumerator) Close() error              { return nil }
