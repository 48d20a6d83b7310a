package maxwell

import (
	"millrace/connectors"
	"millrace/connectors/format"
	"millrace/connectors/format/changelog"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// Format answers for 'format' = 'maxwell-json'.
type Format struct{}

var (
	_ format.Format  = Format{}
	_ format.Telling = Format{}
)

// Name is "maxwell-json".
func (Format) Name() string { return "maxwell-json" }

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
	text := types.StringType()
	add := changelog.Frame{Before: `{"data":`, After: `,"type":"insert"}`}
	remove := changelog.Frame{Before: `{"data":`, After: `,"type":"delete"}`}
	return &changelog.Shape{
		Name: "maxwell-json", Op: "type", Before: "old", After: "data", Partial: true,
		Actions: []changelog.Word{{Text: "insert", Action: changelog.Insert}, {Text: "update", Action: changelog.Update}, {Text: "delete", Action: changelog.Delete}},
		Tells: []changelog.Tell{
			{Key: "database", Type: text, Path: []string{"database"}},
			{Key: "table", Type: text, Path: []string{"table"}},
			{Key: "primary-key-columns", Type: types.ArrayType(text), Path: []string{"primary_key_columns"}},
			{Key: "ingestion-timestamp", Type: types.TimestampLTZType(3), Path: []string{"ts"}, Read: types.BigIntType()},
		},
		Add: add, Remove: remove, AddNoNulls: add, RemoveNoNulls: remove,
	}
}
