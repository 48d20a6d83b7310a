package scalar_test

import (
	"testing"
	"time"

	"millrace/planner/scalar"
	"millrace/sql/parser"
)

// TestLocalTimestampLiterals reads wall clock times in a zone with summer time: one that exists, one that the clocks skip, one that they show
// twice.
func TestLocalTimestampLiterals(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ text, want string }{
		{"2024-07-01 12:00:00", "2024-07-01T16:00:00Z"},
		{"2024-01-01 12:00:00", "2024-01-01T17:00:00Z"},
		{"2024-03-10 01:59:59", "2024-03-10T06:59:59Z"},
		{"2024-03-10 02:30:00", "2024-03-10T07:30:00Z"},
		{"2024-03-10 03:00:00", "2024-03-10T07:00:00Z"},
		{"2024-11-03 01:30:00", "2024-11-03T05:30:00Z"},
		{"2024-11-03 02:00:00", "2024-11-03T07:00:00Z"},
		{"1969-12-31 19:00:00", "1970-01-01T00:00:00Z"},
	} {
		n, err := parser.ParseExpr("TIMESTAMP WITH LOCAL TIME ZONE '" + c.text + "'")
		if err != nil {
			t.Fatal(err)
		}
		e, err := scalar.Bind(n, scalar.NoScope{}, scalar.Env{Zone: zone})
		if err != nil {
			t.Fatal(err)
		}
		want, err := time.Parse(time.RFC3339, c.want)
		if err != nil {
			t.Fatal(err)
		}
		if got := e.Value.(int64); got != want.UnixMilli() {
			t.Errorf("%s in New York is %s, want %s", c.text, time.UnixMilli(got).UTC().Format(time.RFC3339), c.want)
		}
	}
}
