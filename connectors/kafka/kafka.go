package kafka

import (
	"context"
	"fmt"
	"log/slog"

	"millrace/connectors"
	"millrace/connectors/format"
	"millrace/connectors/kafka/client"
	"millrace/planner/plan"
)

// Connector answers for 'connector' = 'kafka'.
type Connector struct {
	formats *format.Registry
}

var (
	_ connectors.SourceConnector    = (*Connector)(nil)
	_ connectors.WatermarkConnector = (*Connector)(nil)
)

// New returns the connector with the formats that it may use.
func New(formats *format.Registry) *Connector { return &Connector{formats: formats} }

// Name is "kafka".
func (*Connector) Name() string { return "kafka" }

// Options lists the options but for those of formats and of Kafka's clients ('properties.*').
func (*Connector) Options() []connectors.Option { return options() }

// Capabilities checks options and columns. Whether the cluster and the topic are there shows when they are read.
func (c *Connector) Capabilities(t connectors.Table) (plan.Capabilities, error) {
	cfg, err := parse(c.formats, t.Options)
	if err != nil {
		return plan.Capabilities{}, err
	}
	return cfg.capabilities(t)
}

// AcceptWatermark accepts columns, and columns less a constant interval: the watermark is then the lowest of the partitions that are read.
func (*Connector) AcceptWatermark(_ connectors.Table, columns []plan.SourceColumn, w *plan.Watermark) bool {
	_, err := newMarks(kafkaOwner, columns, w, nil)
	return err == nil
}

// OpenEnumerator opens what finds partitions.
func (c *Connector) OpenEnumerator(_ context.Context, s *plan.Source, env connectors.Env, state []byte) (connectors.Enumerator, error) {
	cfg, err := parse(c.formats, s.Options)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", s.Table, err)
	}
	return openEnumerator(&cfg, s, env, state)
}

func openEnumerator(cfg *config, s *plan.Source, env connectors.Env, state []byte) (connectors.Enumerator, error) {
	warn(env.Log, cfg, s.Table)
	e, err := newEnumerator(cfg, s.Table, client.New(cfg.client, env.Log), env.Log, state)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", s.Table, err)
	}
	return e, nil
}

// warn tells of options that have no effect.
func warn(log *slog.Logger, cfg *config, table string) {
	if log == nil {
		return
	}
	for _, p := range cfg.ignored {
		log.Warn("unknown property is ignored", "table", table, "option", "properties."+p)
	}
	for _, k := range format.Unknown(cfg.value, cfg.valueOptions) {
		log.Warn("unknown format option is ignored", "table", table, "option", cfg.valuePrefix+k)
	}
	if cfg.key == nil {
		return
	}
	for _, k := range format.Unknown(cfg.key, cfg.keyOptions) {
		log.Warn("unknown format option is ignored", "table", table, "option", "key."+cfg.key.Name()+"."+k)
	}
}

// OpenReader opens what reads partitions.
func (c *Connector) OpenReader(_ context.Context, s *plan.Source, env connectors.Env) (connectors.Reader, error) {
	cfg, err := parse(c.formats, s.Options)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", s.Table, err)
	}
	return openReader(&cfg, s, env)
}

func openReader(cfg *config, s *plan.Source, env connectors.Env) (connectors.Reader, error) {
	r, err := newReader(cfg, s, env)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", s.Table, err)
	}
	return r, nil
}
