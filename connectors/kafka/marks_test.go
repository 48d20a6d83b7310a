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
		if _, err := m.observe(split, b, 0, b.Len); err != nil {
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
	if _, err := m.observe("a", b, 0, 1); err == nil {
		t.Error("a time that is NULL is no error")
	}
}

// With watermarks at events a batch is cut behind each row that moves the watermark.
func TestMarksAtEvents(t *testing.T) {
	ts := types.TimestampType(3)
	pool := vector.NewPool(0)
	m, err := newMarks(kafkaOwner, []plan.SourceColumn{{Name: "ts", Type: ts}}, &plan.Watermark{Expr: expr.NewColumn(0, ts)}, func() int64 { return 0 })
	if err != nil {
		t.Fatal(err)
	}
	cuts := func(split string, times ...int64) (out string) {
		t.Helper()
		v := vector.New(pool, ts, len(times), 0)
		copy(vector.Values[int64](v), times)
		b := vector.NewBatch(len(times), v)
		defer b.Release()
		for from := 0; from < b.Len; {
			end, err := m.observe(split, b, from, b.Len)
			if err != nil {
				t.Fatal(err)
			}
			from = end
			if w, ok := m.advance(); ok {
				out += fmt.Sprintf("%d:%d ", from, w)
			}
		}
		return strings.TrimSpace(out)
	}
	is := func(got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	m.gap = 1
	m.add("a")
	is(cuts("a", 5, 3, 7, 7, 9), "1:5 3:7 5:9")
	m.add("b")
	is(cuts("a", 20, 30), "")
	is(cuts("b", 1, 15, 25, 40, 50), "2:15 3:25 4:30") // a is at 30
	m.gap = 3
	is(cuts("a", 100, 200), "")
	is(cuts("a", 150, 300), "1:50") // the third counts: a is at 200, b at 50
	is(cuts("b", 400, 500), "")
	is(cuts("b", 450), "1:200")
}
