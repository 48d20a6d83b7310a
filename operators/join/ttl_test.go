package join_test

import (
	"fmt"
	"testing"

	"millrace/operators"
	"millrace/operators/join"
	"millrace/operators/optest"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

func send(input int, kind vector.RowKind, id int) optest.Event {
	return optest.Event{Input: input, Row: &optest.Row{Kind: kind, Values: []any{1, "s", id, id}}}
}

// TestTimeToLive: rows that were written long ago meet nobody; what was emitted for them stays.
func TestTimeToLive(t *testing.T) {
	text := func(l, r int) string {
		right := "NULL|NULL|NULL|NULL"
		if r > 0 {
			right = fmt.Sprintf("1|s|%d|%d", r, r)
		}
		return fmt.Sprintf("1|s|%d|%d|%s", l, l, right)
	}
	m := model{kind: plan.Inner, keys: []int{0}}
	events := []optest.Event{
		optest.Clock(10_000), send(0, vector.Insert, 1), send(1, vector.Insert, 2),
		optest.Clock(11_500), send(1, vector.Insert, 3), // the left row is gone: it lives for 1.5 s
		send(0, vector.Insert, 4), // both right rows are there: they live for ever
		optest.Clock(12_900), send(1, vector.Insert, 5),
		optest.Clock(20_000), send(1, vector.Insert, 6), send(0, vector.Insert, 7),
	}
	s := m.spec()
	s.LeftTTL = 1500
	optest.Run(t, &optest.Case{
		New:    func() (operators.Operator, error) { return join.NewRegular(s, sideSchema(), sideSchema()) },
		Inputs: []types.Schema{sideSchema(), sideSchema()}, Output: m.output(), Events: events, NoNulls: true, Keys: [][]int{{0}, {0}},
		Want: []string{text(1, 2), text(4, 2), text(4, 3), text(4, 5), text(7, 2), text(7, 3), text(7, 5), text(7, 6)},
	})

	// A padded row whose partner comes too late stays; one more partner keeps a row of an outer join alive.
	m.kind = plan.Left
	outer := m.spec()
	outer.LeftTTL = 1500
	optest.Run(t, &optest.Case{
		New:    func() (operators.Operator, error) { return join.NewRegular(outer, sideSchema(), sideSchema()) },
		Inputs: []types.Schema{sideSchema(), sideSchema()}, Output: m.output(), NoNulls: true, Keys: [][]int{{0}, {0}},
		Events: []optest.Event{
			optest.Clock(10_000), send(0, vector.Insert, 1), optest.Clock(11_000), send(1, vector.Insert, 2), optest.Clock(12_000), send(1, vector.Insert, 3),
			optest.Clock(14_000), send(1, vector.Delete, 2), send(1, vector.Delete, 3), send(0, vector.Insert, 4), optest.Clock(16_000), send(1, vector.Insert, 5),
		},
		Want: []string{text(1, 2), text(1, 3), text(4, 0)},
	})
}

// TestSweep: the clock removes old rows though no row meets them.
func TestSweep(t *testing.T) {
	m := model{kind: plan.Full, keys: []int{0}}
	s := m.spec()
	s.LeftTTL, s.RightTTL = 5000, 5000
	c := &optest.Case{
		New:    func() (operators.Operator, error) { return join.NewRegular(s, sideSchema(), sideSchema()) },
		Inputs: []types.Schema{sideSchema(), sideSchema()}, Output: m.output(), Start: 1000,
	}
	h := optest.NewHarness(t, c, 1)
	for i := range 20 {
		rows := make([]optest.Row, 3000)
		for j := range rows {
			rows[j].Values = []any{i*3000 + j, "some text that takes room", j, j}
		}
		h.Rows(i%2, rows, false)
	}
	full := h.Pool.InUse()
	for now := int64(2000); now < 20_000; now += 10 {
		h.SetTime(now)
	}
	if n := h.Pool.InUse(); n > full/2 {
		t.Errorf("%d bytes in use, %d before the sweep", n, full)
	}
	h.Close()
}

// TestOutputSize: batches stay within bounds where most rows of an outer join have no partner.
func TestOutputSize(t *testing.T) {
	m := model{kind: plan.Full, keys: []int{0}}
	s := m.spec()
	c := &optest.Case{
		New:    func() (operators.Operator, error) { return join.NewRegular(s, sideSchema(), sideSchema()) },
		Inputs: []types.Schema{sideSchema(), sideSchema()}, Output: m.output(),
	}
	h := optest.NewHarness(t, c, 1)
	rows := make([]optest.Row, vector.MaxRows)
	for i := range rows {
		rows[i].Values = []any{i, "s", i, i}
	}
	h.Rows(0, rows, false)
	for i := range rows {
		rows[i].Values = []any{i / 2 * 8191 % 8192, "s", i, i}
	}
	h.Rows(1, rows, false)
	h.End()
	h.Close()
}

// TestHotKey: one key with very many rows, most of which are taken back.
func TestHotKey(t *testing.T) {
	m := model{kind: plan.Inner, keys: []int{0}}
	s := m.spec()
	s.LeftUpdating, s.RightUpdating = true, true
	c := &optest.Case{
		New:    func() (operators.Operator, error) { return join.NewRegular(s, sideSchema(), sideSchema()) },
		Inputs: []types.Schema{sideSchema(), sideSchema()}, Output: m.output(),
	}
	h := optest.NewHarness(t, c, 1)
	const n = 60_000
	for _, kind := range []vector.RowKind{vector.Insert, vector.Delete} {
		for from := 0; from < n; from += 3000 {
			rows := make([]optest.Row, 0, 3000)
			for i := from; i < from+3000; i++ {
				if kind == vector.Insert || i%1000 != 0 {
					rows = append(rows, optest.Row{Kind: kind, Values: []any{1, "s", i, i}})
				}
			}
			h.Rows(0, rows, false)
		}
	}
	h.Rows(1, []optest.Row{{Values: []any{1, "s", 0, 0}}}, false)
	if got := len(h.Result()); got != n/1000 {
		t.Errorf("%d rows", got)
	}
	h.Close()
}
