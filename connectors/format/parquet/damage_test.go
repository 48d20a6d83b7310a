package parquet_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"millrace/connectors/conntest"
	"millrace/connectors/format/parquet"
	"millrace/sql/types"
)

// TestDamage: whatever a file says, it is an error or rows.
func TestDamage(t *testing.T) {
	s := schema("i", types.IntType(), "s", types.StringType(), "d", types.DecimalType(5, 2), "a", types.ArrayType(types.BigIntType()))
	random := rand.New(rand.NewPCG(1, 2))
	for _, packed := range []string{"UNCOMPRESSED", "SNAPPY", "ZSTD"} {
		c := conntest.FileConfig(s, conntest.Options("compression", packed))
		data, _ := conntest.WriteFile(t, parquet.Format{}, c, 1, 40)
		for i := range len(data) {
			bad := bytes.Clone(data)
			bad[len(data)-1-i] ^= byte(1 + random.IntN(255))
			_, _ = conntest.ReadFile(parquet.Format{}, c, bad, 0, nil)
		}
	}
}
