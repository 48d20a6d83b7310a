package debezium

import (
	"millrace/connectors"
	"millrace/connectors/format"
	"millrace/connectors/format/changelog"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// Format answers for 'format' = 'debezium-json'.
type Format struct{}

var (
	_ format.Format  = Format{}
	_ format.Telling = Format{}
)

// Name is "debezium-json".
func (Format) Name() string { return "debezium-json" }

// Mode is all changes, with old rows.
func (Format) Mode() plan.Mode { return plan.Retract }

// Options lists the format's options.
func (Format) Options() []connectors.Option { return shape().Options() }

// Metadata lists what messages tell beside rows.
func (Format) Metadata() types.Schema { return shape().Metadata() }

// Decoder returns a decoder.
func (f Format) Decoder(c format.Config) (format.Decoder, error) { return shape().Decoder(f, c) }

// Encoder returns an encoder.
func (f Format) Encoder(c format.Config) (format.Encoder, error) { return shape().Encoder(f, c) }

func shape() *changelog.Shape {
	text, millis := types.StringType(), types.TimestampLTZType(3)
	source := func(member string) []string { return []string{"source", member} }
	return &changelog.Shape{
		Name: "debezium-json", Payload: "payload", Op: "op", Before: "before", After: "after",
		Actions: []changelog.Word{{Text: "c", Action: changelog.Insert}, {Text: "r", Action: changelog.Insert}, {Text: "u", Action: changelog.Update}, {Text: "d", Action: changelog.Delete}},
		Hint:    "; a Postgres table must have REPLICA IDENTITY FULL for that",
		Tells: []changelog.Tell{
			{Key: "schema", Type: text, Path: []string{"schema"}, Outside: true},
			{Key: "ingestion-timestamp", Type: millis, Path: []string{"ts_ms"}, Read: types.BigIntType()},
			{Key: "source.timestamp", Type: millis, Path: source("ts_ms"), Read: types.BigIntType()},
			{Key: "source.database", Type: text, Path: source("db")},
			{Key: "source.schema", Type: text, Path: source("schema")},
			{Key: "source.table", Type: text, Path: source("table")},
			{Key: "source.properties", Type: types.MapType(text, text), Path: []string{"source"}},
		},
		Add:           changelog.Frame{Before: `{"before":null,"after":`, After: `,"op":"c"}`},
		Remove:        changelog.Frame{Before: `{"before":`, After: `,"after":null,"op":"d"}`},
		AddNoNulls:    changelog.Frame{Before: `{"after":`, After: `,"op":"c"}`},
		RemoveNoNulls: changelog.Frame{Before: `{"before":`, After: `,"op":"d"}`},
	}
}
