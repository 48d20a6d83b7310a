package connectors

import (
	"strings"
	"testing"
	"time"

	"millrace/planner/expr"
	"millrace/sql/types"
)

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"10 s": 10 * time.Second, "1min": time.Minute, "200ms": 200 * time.Millisecond, "1 d": 24 * time.Hour, "5": 5 * time.Millisecond,
		"2 hours": 2 * time.Hour, "3 µs": 3 * time.Microsecond, "7ns": 7, " 1 H ": time.Hour, "PT1M30.5S": 90500 * time.Millisecond, "P1DT1H": 25 * time.Hour,
	} {
		if got, err := ParseDuration(text); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "s", "1 fortnight", "-1 s", "99999999999999999999 s", "999999999999 d", "Px", "1.5 s"} {
		if got, err := ParseDuration(text); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestParseSize(t *testing.T) {
	for text, want := range map[string]int64{"128MB": 128 << 20, "64 kb": 64 << 10, "1": 1, "200b": 200, "2 gibibytes": 2 << 30, "1tb": 1 << 40} {
		if got, err := ParseSize(text); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "mb", "1 zb", "9999999999 tb"} {
		if got, err := ParseSize(text); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestDecode(t *testing.T) {
	known := []Option{
		{Key: "path", Type: Text, Required: true},
		{Key: "n", Type: Integer, Default: "3"},
		{Key: "on", Type: Boolean, Default: "true"},
		{Key: "kind", Type: Enum, Values: []string{"fast", "slow"}},
		{Key: "fields.#.kind", Type: Text},
		{Key: "wait", Type: Duration, Default: "1 s"},
		{Key: "room", Type: Size},
		{Key: "ratio", Type: Number},
	}
	v, err := Decode("connector 'x'", map[string]string{
		"connector": "x", "path": "/a", "kind": "FAST", "fields.a.b.kind": "random", "csv.any": "1",
		"room": "1kb", "ratio": "0.5",
	}, known, "csv.")
	if err != nil {
		t.Fatal(err)
	}
	if v.Int("n") != 3 || !v.Bool("on") || v.Enum("kind") != "fast" || v.Text("fields.a.b.kind") != "random" || v.Duration("wait") != time.Second ||
		v.Size("room") != 1024 || v.Float("ratio") != 0.5 || v.Has("n") || !v.Has("path") {
		t.Error("wrong values")
	}
	for _, c := range []struct {
		options map[string]string
		want    string
	}{
		{map[string]string{}, "connector 'x': required options are missing: 'path'"},
		{map[string]string{"path": "/a", "pth": "1"}, "unknown option 'pth'; did you mean 'path'? Supported are: fields.#.kind, kind, n, on, path"},
		{map[string]string{"path": "/a", "n": "x"}, "option 'n' = 'x': an integer is expected"},
		{map[string]string{"path": "/a", "on": "yes"}, "option 'on' = 'yes': true or false is expected"},
		{map[string]string{"path": "/a", "kind": "odd"}, "option 'kind' = 'odd': allowed are fast, slow"},
		{map[string]string{"path": "/a", "wait": "long"}, "option 'wait' = 'long': a duration such as '10 s' is expected"},
		{map[string]string{"path": "/a", "fields.kind": "x"}, "unknown option 'fields.kind'"},
	} {
		if _, err := Decode("connector 'x'", c.options, known); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %q", c.options, err, c.want)
		}
	}
}

func TestParseComparison(t *testing.T) {
	column, two := expr.NewColumn(1, types.IntType()), expr.NewInt(2)
	call := func(fn string, a, b *expr.Expr) *expr.Expr { return expr.NewCall(fn, types.BooleanType(), a, b) }
	if c, ok := ParseComparison(call("<", two, column)); !ok || c.Column != 1 || c.Op != ">" || c.Literal != two {
		t.Errorf("%+v, %v", c, ok)
	}
	for _, e := range []*expr.Expr{call("=", column, column), call("+", column, two), column, call("=", column, expr.NewNull(types.IntType()))} {
		if _, ok := ParseComparison(e); ok {
			t.Errorf("%s is a comparison", e)
		}
	}
}
