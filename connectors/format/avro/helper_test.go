package avro_test

import (
	"testing"

	"millrace/connectors/format"
	"millrace/connectors/format/json"
	"millrace/operators/vector"
)

// jsonBatch makes a batch of records that are JSON.
func jsonBatch(t testing.TB, c format.Config, r *format.Records) *vector.Batch {
	t.Helper()
	c.Options = nil
	d, err := json.Format{}.Decoder(c)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := d.Decode(r, 0); err != nil {
		t.Fatal(err)
	}
	return d.Take()
}
