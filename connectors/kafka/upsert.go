package kafka

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"millrace/connectors"
	"millrace/connectors/format"
	"millrace/connectors/kafka/sink"
	"millrace/planner/plan"
	"millrace/sql/types"
)

const upsertOwner = "connector 'upsert-kafka'"

// Upsert answers for 'connector' = 'upsert-kafka': a topic as a table by primary key, in which a record without value is a deletion.
type Upsert struct {
	formats *format.Registry
}

var (
	_ connectors.SourceConnector    = (*Upsert)(nil)
	_ connectors.SinkConnector      = (*Upsert)(nil)
	_ connectors.WatermarkConnector = (*Upsert)(nil)
)

// NewUpsert returns the connector with the formats that it may use.
func NewUpsert(formats *format.Registry) *Upsert { return &Upsert{formats: formats} }

// Name is "upsert-kafka".
func (*Upsert) Name() string { return "upsert-kafka" }

// Options lists the options but for those of formats and of Kafka's clients ('properties.*').
func (*Upsert) Options() []connectors.Option {
	var out []connectors.Option
	for _, o := range options() {
		switch {
		case strings.HasPrefix(o.Key, "scan.startup."), o.Key == "format", o.Key == "key.fields":
		case o.Key == "value.format", o.Key == "key.format":
			o.Required = true
			out = append(out, o)
		default:
			out = append(out, o)
		}
	}
	return append(out, sink.DeclaredUpsert()...)
}

// parse reads the options of a table with that primary key.
func (u *Upsert) parse(text map[string]string, key []string) (c config, err error) {
	if len(key) == 0 {
		return c, fmt.Errorf("%s: a PRIMARY KEY is required: it is the key of the records", upsertOwner)
	}
	v, err := connectors.Decode(upsertOwner, mask(text), u.Options(), "properties.", "value."+text["value.format"]+".", "key."+text["key.format"]+".")
	if err != nil {
		return c, err
	}
	// The table is what all records together say, so it is read from the earliest one on.
	plain := map[string]string{"key.fields": strings.Join(key, ";"), "scan.startup.mode": modeEarliest}
	maps.Copy(plain, text)
	for _, o := range sink.DeclaredUpsert() {
		delete(plain, o.Key)
	}
	if c, err = parseAs(upsertOwner, u.formats, plain); err != nil {
		return c, err
	}
	c.upsert = true
	if c.value.Mode() != plan.InsertOnly {
		return c, v.Invalid("value.format", "a format of changes is not possible: deletions are records without value")
	}
	return c, c.sink.ParseUpsert(v)
}

// Capabilities checks options and columns.
func (u *Upsert) Capabilities(t connectors.Table) (plan.Capabilities, error) {
	c, err := u.parse(t.Options, t.Key)
	if err != nil {
		return plan.Capabilities{}, err
	}
	caps, err := c.capabilities(t)
	if err != nil {
		return caps, err
	}
	caps.SourceMode, caps.KeyOnlyDeletes, caps.SinkModes = plan.Upsert, true, []plan.Mode{plan.Upsert}
	return caps, nil
}

// AcceptWatermark is as for the connector kafka.
func (*Upsert) AcceptWatermark(_ connectors.Table, columns []plan.SourceColumn, w *plan.Watermark) bool {
	_, err := newMarks(upsertOwner, columns, w, nil)
	return err == nil
}

// ofSource reads the options of a source.
func (u *Upsert) ofSource(s *plan.Source) (*config, error) {
	c, err := u.parse(s.Options, s.Key)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", s.Table, err)
	}
	return &c, nil
}

// OpenEnumerator opens what finds partitions.
func (u *Upsert) OpenEnumerator(_ context.Context, s *plan.Source, env connectors.Env, state []byte) (connectors.Enumerator, error) {
	c, err := u.ofSource(s)
	if err != nil {
		return nil, err
	}
	return openEnumerator(c, s, env, state)
}

// OpenReader opens what reads partitions.
func (u *Upsert) OpenReader(_ context.Context, s *plan.Source, env connectors.Env) (connectors.Reader, error) {
	c, err := u.ofSource(s)
	if err != nil {
		return nil, err
	}
	return openReader(c, s, env)
}

// forPlan reads the options of a sink.
func (u *Upsert) forPlan(s *plan.Sink) (c config, err error) {
	c, err = u.parse(s.Options, keyNames(s.Schema, s.Key))
	if err != nil {
		return c, fmt.Errorf("table %s: %w", s.Table, err)
	}
	return c, nil
}

func keyNames(s types.Schema, key []int) []string {
	names := make([]string, len(key))
	for i, k := range key {
		names[i] = s[k].Name
	}
	return names
}

// OpenWriter opens what writes records.
func (u *Upsert) OpenWriter(ctx context.Context, s *plan.Sink, env connectors.Env, _ [][]byte) (connectors.Writer, error) {
	c, err := u.forPlan(s)
	if err != nil {
		return nil, err
	}
	return openWriter(ctx, &c, s, env, true)
}

// OpenCommitter opens what commits transactions.
func (u *Upsert) OpenCommitter(ctx context.Context, s *plan.Sink, env connectors.Env) (connectors.Committer, error) {
	c, err := u.forPlan(s)
	if err != nil {
		return nil, err
	}
	return openCommitter(ctx, &c, s, env, true)
}
