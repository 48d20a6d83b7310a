package exchange

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"go.uber.org/goleak"

	"millrace/operators"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/runtime/job"
	"millrace/sql/types"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func numbers(pool *vector.Pool, n int) *operators.Batch {
	return vector.NewBatch(n, vector.New(pool, types.BigIntType(), n, 0))
}

// TestGate runs transcripts: "send" lines put items into channels, and what comes out of the gate is printed. Rows are written as their number.
//
//	new inputs=(0,1) [loose]
//	send
//	<channel> rows <n> | watermark <t> | idle | active | barrier <id> | end
//	abort id=<n>
func TestGate(t *testing.T) {
	datadriven.Walk(t, "testdata/gate", func(t *testing.T, path string) {
		var g *Gate
		pool := vector.NewPool(0)
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			var out strings.Builder
			switch d.Cmd {
			case "new":
				var inputs []int
				for _, a := range d.CmdArgs {
					if a.Key == "inputs" {
						for _, v := range a.Vals {
							inputs = append(inputs, int(v[0]-'0'))
						}
					}
				}
				g = NewGate(inputs, d.HasArg("loose"), func() {})
			case "abort":
				var id int64
				d.ScanArgs(t, "id", &id)
				g.Abort(id)
			case "send":
				for line := range strings.Lines(d.Input) {
					send(t, g, pool, strings.Fields(line))
				}
			}
			for {
				ev, ok := g.Next()
				if !ok {
					break
				}
				switch ev.Kind {
				case Rows:
					fmt.Fprintf(&out, "rows %d of input %d\n", ev.Batch.Len, ev.Input)
					ev.Batch.Release()
				case Watermark:
					if ev.Time == operators.MaxWatermark {
						fmt.Fprintln(&out, "watermark max")
					} else {
						fmt.Fprintf(&out, "watermark %d\n", ev.Time)
					}
				case Idle:
					fmt.Fprintln(&out, "idle")
				case Active:
					fmt.Fprintln(&out, "active")
				case Barrier:
					fmt.Fprintf(&out, "barrier %d\n", ev.Barrier.Checkpoint)
				case End:
					fmt.Fprintln(&out, "end")
					return out.String()
				}
			}
			return out.String()
		})
		if n := pool.InUse(); n != 0 {
			t.Errorf("%d bytes are still in use", n)
		}
	})
}

func send(t *testing.T, g *Gate, pool *vector.Pool, f []string) {
	t.Helper()
	var c int
	var n int64
	_, _ = fmt.Sscan(f[0], &c)
	if len(f) > 2 {
		_, _ = fmt.Sscan(f[2], &n)
	}
	it := Item{Time: n}
	switch f[1] {
	case "rows":
		it.Batch = numbers(pool, int(n))
		defer it.Batch.Release()
	case "watermark":
		it.Kind = Watermark
	case "idle":
		it.Kind = Idle
	case "active":
		it.Kind = Active
	case "barrier":
		it.Kind, it.Barrier = Barrier, &job.Trigger{Checkpoint: n}
	case "end":
		it.Kind = End
	}
	if err := g.Port(c).Send(context.Background(), it); err != nil {
		t.Fatal(err)
	}
}

func TestSendWaitsForRoom(t *testing.T) {
	pool := vector.NewPool(0)
	wake := make(chan struct{}, 1)
	g := NewGate([]int{0}, false, func() {
		select {
		case wake <- struct{}{}:
		default:
		}
	})
	ctx, cancel := context.WithCancelCause(t.Context())
	b := numbers(pool, vector.MaxRows)
	defer b.Release()
	p := g.Port(0)
	sent := make(chan int, 100)
	done := make(chan error, 1)
	go func() {
		for i := range 100 {
			if err := p.Send(ctx, Item{Kind: Rows, Batch: b}); err != nil {
				done <- err
				return
			}
			sent <- i
		}
		done <- nil
	}()
	<-sent
	<-sent
	select {
	case i := <-sent:
		t.Fatalf("batch %d went into a full channel", i)
	case <-time.After(5 * time.Millisecond):
	}
	if n := g.Queued(); n != 2*vector.MaxRows {
		t.Fatalf("%d rows are queued", n)
	}
	for range 10 {
		ev, ok := g.Next()
		for !ok {
			<-wake
			ev, ok = g.Next()
		}
		ev.Batch.Release()
	}
	cancel(errors.New("enough"))
	if err := <-done; err == nil || err.Error() != "enough" {
		t.Fatal(err)
	}
	g.Close()
	closed, stop := context.WithTimeout(t.Context(), time.Millisecond)
	defer stop()
	if err := p.Send(closed, Item{Kind: End}); err == nil {
		t.Fatal("a closed gate took an item")
	}
}

func TestConnected(t *testing.T) {
	for _, c := range []struct {
		ship   plan.Ship
		spread bool
		n, m   int
		want   string // for each consumer, its producers
	}{
		{plan.Forward, true, 3, 3, "0 1 2"},
		{plan.Forward, false, 1, 3, "0 - -"},
		{plan.Forward, true, 1, 3, "0 0 0"},
		{plan.Forward, false, 4, 2, "02 13"},
		{plan.Hash, false, 2, 2, "01 01"},
		{plan.Global, false, 2, 1, "01"},
		{plan.Broadcast, false, 1, 2, "0 0"},
	} {
		in := job.Input{Ship: string(c.ship), Spread: c.spread}
		all := []job.Vertex{{Parallelism: c.n}, {ID: 1, Parallelism: c.m, Inputs: []job.Input{in}}}
		var got []string
		for j := range c.m {
			s := ""
			var sSb197 strings.Builder
			for i, ch := range Channels(all[1], all, j) {
				sSb197.WriteString(strconv.Itoa(ch.Producer))
				if IndexOf(all[1], all, j, 0, ch.Producer) != i {
					t.Errorf("%v: index", c)
				}
			}
			s += sSb197.String()
			if s == "" {
				s = "-"
			}
			got = append(got, s)
		}
		if g := strings.Join(got, " "); g != c.want {
			t.Errorf("%s %d to %d: %s, want %s", c.ship, c.n, c.m, g, c.want)
		}
	}
}

func TestOutputShips(t *testing.T) {
	pool := vector.NewPool(0)
	for ship, want := range map[plan.Ship]string{plan.Rebalance: "2 2 1", plan.Broadcast: "5 5 5", plan.Hash: "0 5 0"} {
		gates := make([]*Gate, 3)
		ports := make([]Port, 3)
		for i := range gates {
			gates[i] = NewGate([]int{0}, false, func() {})
			ports[i] = gates[i].Port(0)
		}
		o := NewOutput(job.Input{Ship: string(ship)}, ports, toSecond{}, 128)
		for range 5 {
			b := numbers(pool, 1)
			if err := o.Emit(t.Context(), b); err != nil {
				t.Fatal(err)
			}
			b.Release()
		}
		got := fmt.Sprintf("%d %d %d", gates[0].Queued(), gates[1].Queued(), gates[2].Queued())
		if got != want {
			t.Errorf("%s: %s, want %s", ship, got, want)
		}
		for _, g := range gates {
			g.Close()
		}
	}
	if n := pool.InUse(); n != 0 {
		t.Errorf("%d bytes are still in use", n)
	}
}

type toSecond struct{}

func (toSecond) Split(b *operators.Batch, _ []int, _, _ int, emit func(int, *operators.Batch) error) error {
	return emit(1, b)
}

func BenchmarkExchange(b *testing.B) {
	for _, c := range []struct{ producers, rows int }{{1, 1}, {1, 4096}, {4, 1}, {4, 4096}} {
		b.Run(fmt.Sprintf("producers=%d/rows=%d", c.producers, c.rows), func(b *testing.B) {
			wake := make(chan struct{}, 1)
			g := NewGate(make([]int, c.producers), false, func() {
				select {
				case wake <- struct{}{}:
				default:
				}
			})
			pool := vector.NewPool(0)
			batch := numbers(pool, c.rows)
			per := b.N/c.producers + 1
			for i := range c.producers {
				go func() {
					p := g.Port(i)
					for range per {
						_ = p.Send(context.Background(), Item{Kind: Rows, Batch: batch})
					}
					_ = p.Send(context.Background(), Item{Kind: End})
				}()
			}
			b.ResetTimer()
			for {
				ev, ok := g.Next()
				if !ok {
					<-wake
					continue
				}
				if ev.Kind == End {
					break
				}
				if ev.Batch != nil {
					ev.Batch.Release()
				}
			}
		})
	}
}
