package planner

import (
	"maps"
	"strconv"
	"strings"
	"time"

	"millrace/planner/bind"
	"millrace/planner/changelog"
	"millrace/planner/expr"
	"millrace/planner/logical"
	"millrace/planner/physical"
	"millrace/planner/plan"
	"millrace/planner/rules"
	"millrace/planner/scalar"
	"millrace/sql/ast"
	"millrace/sql/catalog"
	"millrace/sql/types"
)

// Table is what a connector is asked about. It converts to connectors.Table.
type Table = bind.Table

// Connectors answers what connectors can do. It may implement [FilterConnectors] too.
type Connectors = bind.Connectors

// FilterConnectors tells which predicates a source applies itself.
type FilterConnectors = bind.FilterConnectors

// Config is what planning depends on. Settings are the session's properties; the keys that the planner reads have Flink's names and defaults.
type Config struct {
	Catalog    *catalog.Store
	Session    catalog.Session
	Connectors Connectors
	Settings   map[string]string
	// Fold computes a constant expression; nil: constants stay expressions.
	Fold func(*expr.Expr) (*expr.Expr, error)
	// Zone is the session's time zone (table.local-time-zone); nil is UTC.
	Zone *time.Location
	// Param returns what a ? stands for; nil refuses them.
	Param func(index, pos int) (*expr.Expr, error)
	// Splits tells EXPLAIN which splits a source would read: lines of text. Nil: it is not asked.
	Splits func(source *plan.Node) []string
}

// Planner plans the statements of one session.
type Planner struct{ cfg Config }

// New makes a planner.
func New(cfg Config) *Planner { return &Planner{cfg} }

func (p *Planner) setting(key, def string) string {
	if v, ok := p.cfg.Settings[key]; ok {
		return v
	}
	return def
}

func (p *Planner) flag(key string, def bool) bool {
	v, err := strconv.ParseBool(strings.ToLower(p.setting(key, strconv.FormatBool(def))))
	if err != nil {
		return def
	}
	return v
}

func (p *Planner) millis(key string, def int64) int64 {
	if d, ok := bind.ParseDuration(p.setting(key, "")); ok {
		return d.Milliseconds()
	}
	return def
}

// batch tells whether the session runs in batch mode.
func (p *Planner) batch() bool {
	return strings.EqualFold(p.setting("execution.runtime-mode", "streaming"), "batch")
}

func (p *Planner) env() scalar.Env {
	return scalar.Env{
		Zone: p.cfg.Zone, Streaming: !p.batch(), Setting: func(k string) string { return p.cfg.Settings[k] }, Param: p.cfg.Param,
		Database: p.cfg.Session.Database,
	}
}

func (p *Planner) binder() *bind.Binder {
	return bind.New(bind.Config{
		Catalog: p.cfg.Catalog, Session: p.cfg.Session, Connectors: p.cfg.Connectors, Settings: p.cfg.Settings,
		Fold: p.cfg.Fold, Env: p.env(), Batch: p.batch(),
	})
}

// PlanQuery plans a query whose rows go back to the client: its sink has the connector "collect". The schema is that of the rows.
func (p *Planner) PlanQuery(q *ast.Query) (*plan.Graph, types.Schema, error) {
	n, err := p.binder().Query(q)
	if err != nil {
		return nil, nil, err
	}
	s := bind.Collect(n)
	g, err := p.compile([]*logical.Sink{s}, "collect")
	return g, s.Spec.Schema, err
}

// PlanInserts plans INSERT statements as one job.
func (p *Planner) PlanInserts(sts []*ast.Insert) (*plan.Graph, error) {
	sinks, name, err := p.bindInserts(sts)
	if err != nil {
		return nil, err
	}
	return p.compile(sinks, name)
}

func (p *Planner) bindInserts(sts []*ast.Insert) ([]*logical.Sink, string, error) {
	var sinks []*logical.Sink
	var names []string
	for i, st := range sts {
		s, err := p.binder().Insert(st)
		if err != nil {
			return nil, "", err
		}
		s.Insert = i
		sinks = append(sinks, s)
		names = append(names, s.Table.Name)
	}
	return sinks, "insert-into_" + strings.Join(names, ","), nil
}

// optimize runs the rules and finds common parts.
func (p *Planner) optimize(sinks []*logical.Sink) ([]*logical.Sink, error) {
	cfg := rules.Config{
		Batch: p.batch(), Fold: p.cfg.Fold,
		EarlyFire: p.flag("table.exec.emit.early-fire.enabled", false) || p.flag("table.exec.emit.late-fire.enabled", false),
		Share:     p.flag("table.optimizer.reuse-sub-plan-enabled", true),
	}
	return rules.Optimize(sinks, cfg)
}

func (p *Planner) compile(sinks []*logical.Sink, name string) (*plan.Graph, error) {
	sinks, err := p.optimize(sinks)
	if err != nil {
		return nil, err
	}
	info, err := changelog.Infer(sinks, changelog.Config{
		Batch: p.batch(), RequireOnConflict: p.flag("table.exec.sink.require-on-conflict", true),
		UpsertMaterialize: strings.ToUpper(p.setting("table.exec.sink.upsert-materialize", "AUTO")), Describe: physical.DescribeNode,
	})
	if err != nil {
		return nil, err
	}
	par, _ := strconv.Atoi(p.setting("table.exec.resource.default-parallelism", "-1"))
	if par < 1 {
		par, _ = strconv.Atoi(p.setting("parallelism.default", "0"))
	}
	g, err := physical.Build(sinks, info, physical.Config{
		Batch: p.batch(), Parallelism: max(par, 0), TTLMillis: p.millis("table.exec.state.ttl", 0),
		WatermarkIntervalMillis: p.millis("pipeline.auto-watermark-interval", 200),
	})
	if err != nil {
		return nil, err
	}
	g.Name = p.setting("pipeline.name", name)
	g.Settings = maps.Clone(p.cfg.Settings)
	return g, nil
}

// ResolveTable finds the types of all columns of a table, computed ones and time attributes included, and checks its watermark.
func (p *Planner) ResolveTable(pos int, name catalog.Name, t *catalog.Table) (types.Schema, error) {
	return p.binder().Resolve(pos, name, t)
}

// QuerySchema is the columns of a query without planning it further: for views and CREATE TABLE ... AS. Names are unique.
func (p *Planner) QuerySchema(q *ast.Query) (types.Schema, error) {
	n, err := p.binder().Query(q)
	if err != nil {
		return nil, err
	}
	return n.Schema(), nil
}
