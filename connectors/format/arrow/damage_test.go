package arrow_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"millrace/connectors/conntest"
	"millrace/connectors/format/arrow"
	"millrace/sql/types"
)

// TestDamage: whatever a file says, it is an error or rows, and no more memory than it can need.
func TestDamage(t *testing.T) {
	s := types.Schema{
		{Name: "i", Type: types.IntType()}, {Name: "s", Type: types.StringType()}, {Name: "r", Type: types.RowType(types.Field{Name: "x", Type: types.ArrayType(types.BigIntType())})},
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, packed := range []string{"none", "lz4", "zstd"} {
		c := conntest.FileConfig(s, conntest.Options("compression", packed))
		data, _ := conntest.WriteFile(t, arrow.Format{}, c, 2, 50)
		for i := range len(data) {
			bad := bytes.Clone(data)
			at := len(data) - 1 - i
			bad[at] ^= byte(1 + random.IntN(255))
			_, _ = conntest.ReadFile(arrow.Format{}, c, bad, 0, nil)
		}
	}
}
