package kafka

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/planner/plan"
	"millrace/sql/types"
)

func TestMarks(t *testing.T) {
	ts := types.TimestampType(6)
	columns := []plan.SourceColumn{{Name: "ts", Type: ts}}
	pool := vector.NewPool(0)
	now := int64(0)
	m, err := newMarks(kafkaOwner, columns, &plan.Watermark{Expr: expr.NewColumn(0, ts), IdleMillis: 100}, func() int64 { return now })
	if err != nil {
		t.Fatal(err)
	}
	m.drift = 50
	rows := func(split string, micros ...int64) {
		t.Helper()
		v := vector.New(pool, ts, len(micros), 0)
		copy(vector.Values[int64](v), micros)
		b := vector.NewBatch(len(micros), v)
		defer b.Release()
		if err := m.observe(split, b); err != nil {
			t.Fatal(err)
		}
	}
	is := func(want string) {
		t.Helper()
		var got []string
		if w, ok := m.advance(); ok {
			got = append(got, strconv.FormatInt(w, 10))
		}
		m.align(func(s string, paused bool) { got = append(got, fmt.Sprintf("%s %v", s, paused)) })
		if s := strings.Join(got, " "); s != want {
			t.Errorf("got %q, want %q", s, want)
		}
	}
	m.add("a")
	m.add("b")
	is("")
	rows("a", 1000_999, 500_000)
	is("") // b may have earlier rows
	rows("b", -1)
	is("-1 a true") // rounded down; a is ahead
	rows("b", 960_000)
	is("960 a false")
	now = 99
	rows("a", 900_000, 2000_000)
	is("a true")
	now = 150
	is("2000 a false") // b is idle
	if d, ok := m.wake(); !ok || d.Milliseconds() != 100 {
		t.Errorf("wake after %s, %v", d, ok)
	}
	m.remove("b")
	is("")
	v := vector.New(pool, ts, 1, 0)
	v.SetNull(0)
	b := vector.NewBatch(1, v)
	defer b.Release()
	if err := m.observe("a", b); err == nil {
		t.Error("a time that is NULL is no error")
	}
}
