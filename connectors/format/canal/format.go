package canal

import (
	"millrace/connectors"
	"millrace/connectors/format"
	"millrace/connectors/format/changelog"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// Format answers for 'format' = 'canal-json'.
type Format struct{}

var (
	_ format.Format  = Format{}
	_ format.Telling = Format{}
)

// Name is "canal-json".
func (Format) Name() string { return "canal-json" }

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
	add := changelog.Frame{Before: `{"data":[`, After: `],"type":"INSERT"}`}
	remove := changelog.Frame{Before: `{"data":[`, After: `],"type":"DELETE"}`}
	return &changelog.Shape{
		Name: "canal-json", Op: "type", Before: "old", After: "data", Partial: true, Lists: true,
		Actions: []changelog.Word{
			{Text: "INSERT", Action: changelog.Insert},
			{Text: "UPDATE", Action: changelog.Update},
			{Text: "DELETE", Action: changelog.Delete},
			{Text: "CREATE", Action: changelog.Ignore},
		},
		Filters: []changelog.Filter{
			{Option: "database.include", Member: "database", Help: "read changes of databases that match this regular expression"},
			{Option: "table.include", Member: "table", Help: "read changes of tables that match this regular expression"},
		},
		Tells: []changelog.Tell{
			{Key: "database", Type: text, Path: []string{"database"}},
			{Key: "table", Type: text, Path: []string{"table"}},
			{Key: "sql-type", Type: types.MapType(text, types.IntType()), Path: []string{"sqlType"}},
			{Key: "pk-names", Type: types.ArrayType(text), Path: []string{"pkNames"}},
			{Key: "ingestion-timestamp", Type: millis, Path: []string{"ts"}, Read: types.BigIntType()},
			{Key: "event-timestamp", Type: millis, Path: []string{"es"}, Read: types.BigIntType()},
		},
		Add: add, Remove: remove, AddNoNulls: add, RemoveNoNulls: remove,
	}
}
