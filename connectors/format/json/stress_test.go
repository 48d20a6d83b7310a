package json

import (
	"math/rand/v2"
	"testing"

	"millrace/sql/types"
)

// TestMutations reads many damaged records: none may hang, panic or leak.
func TestMutations(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	schema := types.Schema{
		field("i", types.IntType()), field("s", types.StringType()), field("r", types.RowType(field("x", types.BigIntType()))),
		field("a", types.ArrayType(types.StringType())), field("m", types.MapType(types.StringType(), types.DecimalType(20, 2))), field("ts", types.TimestampType(3)),
	}
	const seed = `{"i":12,"s":"ab\u00e9\\cd","r":{"x":1234567890123,"y":null},"a":["x","",null,1.5],"m":{"k":1.25,"k":2},"ts":"2024-01-02 03:04:05.123","u":[{"z":[1,2]}]}`
	const alphabet = `{}[]",:\ntrue0123456789.eE+- x` + "\x00\xff\n"
	for range 2000 {
		b := []byte(seed)
		for range 1 + rnd.IntN(4) {
			if len(b) < 2 {
				break
			}
			i := rnd.IntN(len(b))
			switch rnd.IntN(3) {
			case 0:
				b[i] = alphabet[rnd.IntN(len(alphabet))]
			case 1:
				b = append(b[:i], b[i+1:]...)
			default:
				b = b[:max(i, 1)]
			}
		}
		decode(t, schema, options("ignore-parse-errors", "true"), string(b), seed)
	}
}
