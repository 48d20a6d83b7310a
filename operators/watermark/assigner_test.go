package watermark_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"millrace/operators"
	"millrace/operators/optest"
	"millrace/operators/vector"
	"millrace/operators/watermark"
	"millrace/planner/expr"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// log writes down what an operator emits.
type log struct{ lines []string }

func (l *log) Emit(b *vector.Batch) error {
	for k := range b.Rows() {
		r := k
		if b.Sel != nil {
			r = int(b.Sel[k])
		}
		l.lines = append(l.lines, optest.RowText(b, r, nil))
	}
	return nil
}

func (l *log) Watermark(t int64) error {
	l.lines = append(l.lines, fmt.Sprintf("w%d", t))
	return nil
}

func (l *log) Idle(idle bool) error {
	l.lines = append(l.lines, fmt.Sprintf("idle=%v", idle))
	return nil
}

func schema(p int) types.Schema { return types.Schema{{Name: "ts", Type: types.TimestampType(p)}} }

func spec(p int, delay, interval int64) *plan.Watermark {
	e := expr.NewColumn(0, types.TimestampType(p))
	if delay != 0 {
		e = expr.NewCall("-", e.Type, e, expr.NewLiteral(delay, types.IntervalDayTimeType("SECOND", 2, 3)))
	}
	return &plan.Watermark{Expr: e, IntervalMillis: interval}
}

// play gives the values in batches of a size.
func play(t *testing.T, op operators.Operator, pool *vector.Pool, p, size int, hide bool, values []any) []string {
	t.Helper()
	l := &log{}
	if err := op.Open(optest.NewContext(pool)); err != nil {
		t.Fatal(err)
	}
	for from := 0; from < len(values); from += size {
		var rows []optest.Row
		var sel []uint16
		for _, v := range values[from:min(len(values), from+size)] {
			if hide {
				rows = append(rows, optest.Row{Values: []any{1 << 40}})
			}
			sel = append(sel, uint16(len(rows)))
			rows = append(rows, optest.Row{Values: []any{v}})
		}
		b := optest.Batch(pool, schema(p).Types(), rows)
		if hide {
			b.Sel = sel
		}
		if err := op.Process(0, b, l); err != nil {
			t.Fatal(err)
		}
		b.Release()
	}
	if err := op.Watermark(operators.MaxWatermark, l); err != nil {
		t.Fatal(err)
	}
	if n := pool.InUse(); n != 0 {
		t.Errorf("%d bytes in use", n)
	}
	return l.lines
}

func TestWatermarks(t *testing.T) {
	const end = "w9223372036854775807"
	cases := []struct {
		name            string
		precision       int
		delay, interval int64
		values          []any
		want            string
	}{
		{"each row that is later", 3, 0, 0, []any{10, 20, 15, 20, 30}, "10 w10 20 w20 15 20 30 w30"},
		{"delay", 3, 5, 0, []any{10, 20}, "10 w5 20 w15"},
		{"interval", 3, 0, 10, []any{10, 20, 21, 25, 40}, "10 w10 20 21 w21 25 40 w40"},
		{"before 1970, microseconds", 6, 0, 0, []any{-1500, -1000}, "-1500 w-2 -1000 w-1"},
		{"nanoseconds", 9, 1, 0, []any{-1, 1_999_999, 2_000_000}, "-1 w-2 1999999 w0 2000000 w1"},
	}
	for _, c := range cases {
		for _, size := range []int{1, 2, 100} {
			for _, hide := range []bool{false, true} {
				pool := vector.NewPool(0)
				pool.Check = true
				op := watermark.New(spec(c.precision, c.delay, c.interval), schema(c.precision))
				got := play(t, op, pool, c.precision, size, hide, c.values)
				if want := append(strings.Fields(c.want), end); !slices.Equal(got, want) {
					t.Errorf("%s, batches of %d: got %q, want %q", c.name, size, got, want)
				}
			}
		}
	}
}

// TestExpression: any expression may be the watermark; its NULL is left out.
func TestExpression(t *testing.T) {
	in := types.Schema{{Name: "ts", Type: types.TimestampType(3)}, {Name: "w", Type: types.TimestampType(3)}}
	e := expr.NewCall("COALESCE", in[1].Type, expr.NewColumn(1, in[1].Type), expr.NewNull(in[1].Type))
	op := watermark.New(&plan.Watermark{Expr: e}, in)
	pool := vector.NewPool(0)
	if err := op.Open(optest.NewContext(pool)); err != nil {
		t.Fatal(err)
	}
	b := optest.Batch(pool, in.Types(), []optest.Row{{Values: []any{1, 7}}, {Values: []any{2, nil}}, {Values: []any{3, 9}}})
	l := &log{}
	if err := op.Process(0, b, l); err != nil {
		t.Fatal(err)
	}
	b.Release()
	if want := []string{"1|7", "w7", "2|NULL", "3|9", "w9"}; !slices.Equal(l.lines, want) {
		t.Errorf("got %q, want %q", l.lines, want)
	}
}

func TestNullTime(t *testing.T) {
	op := watermark.New(spec(3, 0, 0), schema(3))
	pool := vector.NewPool(0)
	if err := op.Open(optest.NewContext(pool)); err != nil {
		t.Fatal(err)
	}
	b := optest.Batch(pool, schema(3).Types(), []optest.Row{{Values: []any{nil}}})
	defer b.Release()
	if err := op.Process(0, b, &log{}); err == nil || !strings.Contains(err.Error(), `rowtime field should not be null`) {
		t.Errorf("got %v", err)
	}
}

// TestClock: what the interval holds back comes with the clock; silence makes the operator idle; rows end that.
func TestClock(t *testing.T) {
	s := spec(3, 0, 200)
	s.IdleMillis = 1000
	op := watermark.New(s, schema(3))
	pool := vector.NewPool(0)
	ctx := optest.NewContext(pool)
	if err := op.Open(ctx); err != nil {
		t.Fatal(err)
	}
	l := &log{}
	send := func(ts int) {
		b := optest.Batch(pool, schema(3).Types(), []optest.Row{{Values: []any{ts}}})
		if err := op.Process(0, b, l); err != nil {
			t.Fatal(err)
		}
		b.Release()
	}
	at := func(now int64) {
		if err := op.ProcessingTime(now, l); err != nil {
			t.Fatal(err)
		}
	}
	send(1000)
	send(1100)
	at(200)
	at(400)
	at(1000)
	at(1200)
	send(1150)
	want := "1000 w1000 1100 w1100 idle=true idle=false 1150"
	if got := strings.Join(l.lines, " "); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestRestore: the watermark of a checkpoint comes before new rows.
func TestRestore(t *testing.T) {
	c := &optest.Case{
		New: func() (operators.Operator, error) { return watermark.New(spec(3, 0, 0), schema(3)), nil }, Inputs: []types.Schema{schema(3)},
		Output: schema(3).Types(),
	}
	h := optest.NewHarness(t, c, 1)
	h.Rows(0, []optest.Row{{Values: []any{500}}}, false)
	h.Restart(c, 3, h.Write(h.Snapshots()))
	h.Watermark = 0
	h.Rows(0, []optest.Row{{Values: []any{100}}}, false)
	if h.Watermark != 500 {
		t.Errorf("watermark %d after the restart", h.Watermark)
	}
	// The other two have not said anything since.
	h.Restart(c, 1, h.Write(h.Snapshots()))
	h.Rows(0, []optest.Row{{Values: []any{600}}}, false)
	if h.Watermark != 600 {
		t.Errorf("watermark %d", h.Watermark)
	}
	h.Close()
}

// TestRestoreNone: an instance that had no watermark holds back those that had one.
func TestRestoreNone(t *testing.T) {
	c := &optest.Case{
		New: func() (operators.Operator, error) { return watermark.New(spec(3, 0, 0), schema(3)), nil }, Inputs: []types.Schema{schema(3)},
		Output: schema(3).Types(),
	}
	h := optest.NewHarness(t, c, 2)
	h.Rows(0, []optest.Row{{Values: []any{500}}}, false)
	h.Restart(c, 1, h.Write(h.Snapshots()))
	h.Watermark = operators.MinWatermark
	h.Rows(0, []optest.Row{{Values: []any{100}}}, false)
	if h.Watermark != 100 {
		t.Errorf("watermark %d after the restart", h.Watermark)
	}
	h.Close()
}

func BenchmarkAssigner(b *testing.B) {
	pool := vector.NewPool(0)
	op := watermark.New(spec(3, 4000, 200), schema(3))
	if err := op.Open(optest.NewContext(pool)); err != nil {
		b.Fatal(err)
	}
	rows := make([]optest.Row, 4096)
	for i := range rows {
		rows[i].Values = []any{i}
	}
	batch := optest.Batch(pool, schema(3).Types(), rows)
	defer batch.Release()
	b.SetBytes(8 * 4096)
	b.ReportAllocs()
	l := &optest.Discard{}
	for b.Loop() {
		if err := op.Process(0, batch, l); err != nil {
			b.Fatal(err)
		}
	}
}
