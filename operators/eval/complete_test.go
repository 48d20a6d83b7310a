package eval

import (
	"strings"
	"testing"

	"millrace/sql/function"
)

// TestEveryFunctionHasAKernel compares the table of signatures with the registry.
func TestEveryFunctionHasAKernel(t *testing.T) {
	elsewhere := map[string]string{
		"TYPEOF":           "the binder knows the answer",
		"SOURCE_WATERMARK": "only in a table's watermark",
		"DESCRIPTOR":       "only as an argument of a table function",
		"CAST":             "a kind of node",
		"TRY_CAST":         "a kind of node",
		"BETWEEN":          "comparisons",
		"EXISTS":           "a join",
		"FLOOR TO":         "FLOOR",
		"CEIL TO":          "CEIL",
	}
	for _, f := range function.All() {
		name := strings.TrimPrefix(f.Name, "NOT ")
		if f.Class != function.Scalar && f.Class != function.Operator || elsewhere[name] != "" {
			continue
		}
		if !Supports(name) {
			t.Errorf("%s (%s) has no kernel", f.Name, f.Category)
		}
	}
}
