package ogg

import (
	"millrace/connectors"
	"millrace/connectors/format"
	"millrace/connectors/format/changelog"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// Format answers for 'format' = 'ogg-json'.
type Format struct{}

var (
	_ format.Format  = Format{}
	_ format.Telling = Format{}
)

// Name is "ogg-json".
func (Format) Name() string { return "ogg-json" }

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
	text, micros := types.StringType(), types.TimestampLTZType(6)
	return &changelog.Shape{
		Name: "ogg-json", Op: "op_type", Before: "before", After: "after",
		Actions: []changelog.Word{{Text: "I", Action: changelog.Insert}, {Text: "U", Action: changelog.Update}, {Text: "D", Action: changelog.Delete}},
		Hint:    "; the tables must be logged with all columns for that",
		Tells: []changelog.Tell{
			{Key: "table", Type: text, Path: []string{"table"}},
			{Key: "primary-keys", Type: types.ArrayType(text), Path: []string{"primary_keys"}},
			{Key: "ingestion-timestamp", Type: micros, Path: []string{"current_ts"}, Read: types.TimestampType(6)},
			{Key: "event-timestamp", Type: micros, Path: []string{"op_ts"}, Read: types.TimestampType(6)},
		},
		Add:           changelog.Frame{Before: `{"before":null,"after":`, After: `,"op_type":"I"}`},
		Remove:        changelog.Frame{Before: `{"before":`, After: `,"after":null,"op_type":"D"}`},
		AddNoNulls:    changelog.Frame{Before: `{"after":`, After: `,"op_type":"I"}`},
		RemoveNoNulls: changelog.Frame{Before: `{"before":`, After: `,"op_type":"D"}`},
	}
}
