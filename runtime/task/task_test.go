package task

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"millrace/connectors"
	"millrace/operators"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/runtime/exchange"
	"millrace/runtime/job"
	"millrace/sql/types"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// script is a connector whose reader does what the test says, and whose writer records what it gets.
type script struct {
	mu     sync.Mutex
	log    []string
	fetch  chan connectors.Fetch // closed: the end
	poll   func(env connectors.Env) error
	tables map[string][]string // rows by table
}

func (*script) Name() string { return "script" }

func (*script) Options() []connectors.Option { return nil }

func (*script) Capabilities(connectors.Table) (plan.Capabilities, error) {
	return plan.Capabilities{}, nil
}

func (*script) OpenEnumerator(context.Context, *plan.Source, connectors.Env, []byte) (connectors.Enumerator, error) {
	return nil, errors.New("not used")
}

func (s *script) OpenReader(_ context.Context, _ *plan.Source, env connectors.Env) (connectors.Reader, error) {
	return &scriptReader{s, env}, nil
}

func (s *script) OpenWriter(_ context.Context, k *plan.Sink, _ connectors.Env, _ [][]byte) (connectors.Writer, error) {
	return &scriptWriter{s, k.Table}, nil
}

func (*script) OpenCommitter(context.Context, *plan.Sink, connectors.Env) (connectors.Committer, error) {
	return nil, nil
}

func (s *script) say(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = append(s.log, fmt.Sprintf(format, args...))
}

func (s *script) said() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.log)
}

// wait waits until the line has been said.
func (s *script) wait(t *testing.T, line string) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); !slices.Contains(s.said(), line); time.Sleep(100 * time.Microsecond) {
		if time.Now().After(end) {
			t.Fatalf("%q did not come: %q", line, s.said())
		}
	}
}

type scriptReader struct {
	s   *script
	env connectors.Env
}

func (r *scriptReader) Add(splits []connectors.Split) error {
	r.s.say("splits %d", len(splits))
	return nil
}

func (r *scriptReader) NoMoreSplits() { r.s.say("no more splits") }

func (r *scriptReader) Poll(ctx context.Context) (connectors.Fetch, error) {
	if r.s.poll != nil {
		if err := r.s.poll(r.env); err != nil {
			return connectors.Fetch{}, err
		}
	}
	select {
	case f, ok := <-r.s.fetch:
		if !ok {
			return connectors.Fetch{}, connectors.ErrEnd
		}
		return f, nil
	case <-ctx.Done():
		return connectors.Fetch{}, ctx.Err()
	}
}

func (*scriptReader) Snapshot() ([]connectors.Split, error) {
	return []connectors.Split{{ID: "s"}}, nil
}

func (*scriptReader) Close() error { return nil }

type scriptWriter struct {
	s     *script
	table string
}

func (w *scriptWriter) Write(_ context.Context, b *operators.Batch) error {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	if w.s.tables == nil {
		w.s.tables = map[string][]string{}
	}
	for k := range b.Rows() {
		i := k
		if b.Sel != nil {
			i = int(b.Sel[k])
		}
		row := ""
		for _, c := range b.Columns {
			switch {
			case c.IsNull(i):
				row += "|null"
			case c.Type.Storage() == types.StoreBytes:
				row += "|" + string(c.Bytes(i))
			default:
				row += fmt.Sprintf("|%d", vector.Values[int64](c)[i])
			}
		}
		w.s.tables[w.table] = append(w.s.tables[w.table], row)
	}
	w.s.log = append(w.s.log, fmt.Sprintf("write %s %d", w.table, b.Rows()))
	return nil
}

func (w *scriptWriter) Watermark(t int64) { w.s.say("watermark %d", t) }

func (w *scriptWriter) Flush(context.Context) error {
	w.s.say("flush %s", w.table)
	return nil
}

func (w *scriptWriter) Prepare(_ context.Context, checkpoint int64, final bool) (commit, state []byte, err error) {
	w.s.say("prepare %s %d %t", w.table, checkpoint, final)
	return []byte(w.table), nil, nil
}

func (*scriptWriter) Close() error { return nil }

// alarm asks to be woken every ten milliseconds, three times, and says when it is.
type alarm struct {
	operators.Stateless
	s    *script
	ctx  operators.Context
	left int
}

func (a *alarm) Open(ctx operators.Context) error {
	a.ctx, a.left = ctx, 3
	ctx.WakeAt(ctx.Now() + 10)
	return nil
}

func (a *alarm) Process(_ int, b *operators.Batch, out operators.Output) error { return out.Emit(b) }

func (a *alarm) ProcessingTime(now int64, out operators.Output) error {
	a.s.say("alarm at %d", now)
	a.left--
	if a.left > 0 {
		a.ctx.WakeAt(now + 10)
	}
	return out.(operators.IdleOutput).Idle(a.left > 0)
}

// harness is a task over a script.
type harness struct {
	s     *script
	clock *job.ManualClock
	task  *Task
	done  chan job.TaskReport
	acks  chan job.Ack
	pool  *vector.Pool
}

func start(t *testing.T, g *plan.Graph, s *script, settings job.Settings, ops OperatorFactory) *harness {
	t.Helper()
	h := &harness{s: s, clock: &job.ManualClock{}, done: make(chan job.TaskReport, 1), acks: make(chan job.Ack, 10), pool: vector.NewPool(0)}
	reg := &connectors.Registry{}
	reg.Add(s)
	v := job.Vertex{Name: "chain", Parallelism: 1}
	for i := range g.Nodes {
		v.Nodes = append(v.Nodes, i)
		if i > 0 {
			v.Chained = append(v.Chained, i-1)
		}
	}
	h.task = New(Config{
		Graph: g, Vertices: []job.Vertex{v}, MaxParallelism: 128, Settings: settings, Operators: ops, Connectors: reg, Hub: &exchange.Hub{}, Pool: h.pool,
		Clock: h.clock, Log: slog.New(slog.DiscardHandler), Report: func(job.TaskReport) { s.say("running") }, Acknowledge: func(a job.Ack) { h.acks <- a },
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { h.done <- h.task.Run(ctx) }()
	t.Cleanup(cancel)
	s.wait(t, "running")
	return h
}

func (h *harness) end(t *testing.T) job.TaskReport {
	t.Helper()
	select {
	case r := <-h.done:
		if n := h.pool.InUse(); n != 0 {
			t.Errorf("%d bytes are still in use", n)
		}
		return r
	case <-time.After(5 * time.Second):
		t.Fatalf("the task does not end: %q", h.s.said())
		return job.TaskReport{}
	}
}

func text() types.Schema { return types.Schema{{Name: "a", Type: types.StringType()}} }

func texts(pool *vector.Pool, vs ...string) *operators.Batch {
	r := vector.NewRows(pool, text().Types(), len(vs))
	defer r.Release()
	for _, v := range vs {
		if v == "null" {
			r.Columns[0].AppendNull()
		} else {
			r.Columns[0].AppendBytes([]byte(v))
		}
		r.EndRow(0)
	}
	return r.Finish()
}

func chainGraph(src *plan.Source, sink *plan.Sink) *plan.Graph {
	src.Connector, sink.Connector = "script", "script"
	return &plan.Graph{Nodes: []*plan.Node{
		{ID: 0, UID: "src", Name: "src", Schema: text(), Spec: src},
		{ID: 1, UID: "op", Name: "op", Schema: text(), Spec: &plan.Calc{}, Inputs: []plan.Edge{{From: 0, Ship: plan.Forward}}},
		{ID: 2, UID: "sink", Name: "sink", Spec: sink, Inputs: []plan.Edge{{From: 1, Ship: plan.Forward}}},
	}}
}

func TestTimersFlushAndCheckpointInterruptTheSource(t *testing.T) {
	s := &script{fetch: make(chan connectors.Fetch)}
	h := start(t, chainGraph(&plan.Source{}, &plan.Sink{Table: "t", Schema: text()}), s, job.Settings{"execution.buffer-timeout": "100ms"},
		func(*plan.Node, []*plan.Node) (operators.Operator, error) { return &alarm{s: s}, nil })
	for now := int64(10); now <= 30; now += 10 {
		for h.clock.Waiting() == 0 {
			time.Sleep(50 * time.Microsecond)
		}
		h.clock.Set(now)
		s.wait(t, fmt.Sprintf("alarm at %d", now))
	}
	s.fetch <- connectors.Fetch{Batch: texts(h.pool, "x", "y"), Bytes: 7, Watermark: 5, HasWatermark: true}
	s.wait(t, "watermark 5")
	for h.clock.Waiting() == 0 {
		time.Sleep(50 * time.Microsecond)
	}
	h.clock.Set(129)
	if slices.Contains(s.said(), "flush t") {
		t.Error("flushed before the time")
	}
	h.clock.Set(130)
	s.wait(t, "flush t")
	h.task.AddSplits([]job.Split{{ID: "s"}}, true)
	h.task.Trigger(job.Trigger{Checkpoint: 4})
	a := <-h.acks
	if a.Checkpoint != 4 || a.Failure != "" || len(a.States) != 2 || len(a.States[0].Splits) != 1 || string(a.States[1].Commit) != "t" {
		t.Fatalf("%+v", a)
	}
	close(s.fetch)
	r := h.end(t)
	if r.State != job.TaskFinished || len(r.Final) != 1 {
		t.Fatalf("%+v", r)
	}
	want := []string{"splits 1", "no more splits", "flush t", "prepare t 4 false", "watermark 9223372036854775807", "flush t", "prepare t 5 true"}
	if got := s.said(); !slices.Equal(got[len(got)-len(want):], want) {
		t.Errorf("%q", got)
	}
	n := h.task.Nodes()
	if n[0].Out.Load() != 2 || n[0].BytesIn.Load() != 7 || n[1].In.Load() != 2 || n[2].In.Load() != 2 || n[1].Watermark.Load() != operators.MaxWatermark {
		t.Errorf("%+v", n)
	}
}

type passing struct{ operators.Stateless }

func (passing) Process(_ int, b *operators.Batch, out operators.Output) error { return out.Emit(b) }

func passes(*plan.Node, []*plan.Node) (operators.Operator, error) { return passing{}, nil }

func TestDeadLettersAreWritten(t *testing.T) {
	s := &script{fetch: make(chan connectors.Fetch)}
	n := 0
	s.poll = func(env connectors.Env) error {
		n++
		env.Count(connectors.CountMalformed).Add(1)
		return env.DeadLetter(connectors.DeadLetter{Source: "src", Position: fmt.Sprintf("file:%d", n), Error: "bad", Record: []byte("{")})
	}
	dead := &plan.Sink{Table: "dead", Connector: "script", Schema: types.Schema{
		{Name: "position", Type: types.StringType()}, {Name: "record", Type: types.BytesType()}, {Name: "time", Type: types.TimestampLTZType(3)},
	}}
	h := start(t, chainGraph(&plan.Source{DeadLetter: dead}, &plan.Sink{Table: "t", Schema: text()}), s, nil, passes)
	h.clock.Set(77)
	s.fetch <- connectors.Fetch{Batch: texts(h.pool, "good")}
	s.fetch <- connectors.Fetch{}
	close(s.fetch)
	r := h.end(t)
	if r.State != job.TaskFinished || len(r.Final) != 2 || r.Final[1].UID != job.DeadLetterUID("src") {
		t.Fatalf("%+v", r)
	}
	got := s.tables["dead"]
	if len(got) < 3 || !strings.HasPrefix(got[1], "|file:2|{|") || len(s.tables["t"]) != 1 {
		t.Fatalf("%q", s.tables)
	}
	var p job.NodeProgress
	h.task.Nodes()[0].AddTo(&p)
	if p.Malformed != int64(len(got)) || p.Counters["numRecordsDeadLettered"] != int64(len(got)) {
		t.Errorf("%+v", p)
	}
	bad := &plan.Sink{Table: "dead", Connector: "script", Schema: types.Schema{{Name: "what", Type: types.StringType()}}}
	src := &plan.Source{DeadLetter: bad}
	s2 := &script{fetch: make(chan connectors.Fetch)}
	s2.say("running")
	r = start(t, chainGraph(src, &plan.Sink{Table: "t", Schema: text()}), s2, nil, passes).end(t)
	if r.State != job.TaskFailed || !strings.Contains(r.Failure, `column "what" is none of`) {
		t.Fatalf("%+v", r)
	}
}

func TestConstraints(t *testing.T) {
	notNull := types.Schema{{Name: "a", Type: types.StringType().AsNotNull()}}
	sized := func(ty types.Type) types.Schema { return types.Schema{{Name: "a", Type: ty}} }
	for _, c := range []struct {
		name string
		sink plan.Sink
		in   string
		want string // rows, or the error
	}{
		{"null fails", plan.Sink{Schema: notNull, NotNull: "ERROR"}, "x null y", "Column 'a' is NOT NULL, however, a null value is being written into it."},
		{"null is dropped", plan.Sink{Schema: notNull, NotNull: "DROP"}, "x null y", "|x |y"},
		{"null is the default's error", plan.Sink{Schema: notNull}, "null", "Column 'a' is NOT NULL"},
		{"null may be", plan.Sink{Schema: text(), NotNull: "ERROR"}, "x null", "|x |null"},
		{"ignore", plan.Sink{Schema: sized(types.VarCharType(2)), Length: "IGNORE"}, "abc", "|abc"},
		{"trim", plan.Sink{Schema: sized(types.VarCharType(2)), Length: "TRIM_PAD"}, "abc a é😀é null", "|ab |a |é😀 |null"},
		{"pad", plan.Sink{Schema: sized(types.CharType(2)), Length: "TRIM_PAD"}, "abc a", "|ab |a "},
		{"pad bytes", plan.Sink{Schema: sized(types.BinaryType(2)), Length: "TRIM_PAD"}, "abc a", "|ab |a\x00"},
		{"too long", plan.Sink{Schema: sized(types.VarCharType(2)), Length: "ERROR"}, "ab abc", `column "a" is VARCHAR(2), however, a value of length 3`},
		{"too short", plan.Sink{Schema: sized(types.CharType(2)), Length: "ERROR"}, "a", `column "a" is CHAR(2)`},
		{"unknown", plan.Sink{Schema: text(), NotNull: "X"}, "a", `not-null enforcer "X" is unknown`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &script{fetch: make(chan connectors.Fetch, 1)}
			s.say("running")
			sink := c.sink
			sink.Table = "t"
			pool := vector.NewPool(0)
			s.fetch <- connectors.Fetch{Batch: texts(pool, strings.Fields(c.in)...)}
			close(s.fetch)
			r := start(t, chainGraph(&plan.Source{}, &sink), s, nil, passes).end(t)
			got := strings.Join(s.tables["t"], " ")
			if r.State == job.TaskFailed {
				got = r.Failure
			}
			if got != c.want && (r.State != job.TaskFailed || !strings.Contains(got, c.want)) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestIdleReaderSaysSo(t *testing.T) {
	s := &script{fetch: make(chan connectors.Fetch)}
	g := chainGraph(&plan.Source{Watermark: &plan.Watermark{IdleMillis: 50}}, &plan.Sink{Table: "t", Schema: text()})
	h := start(t, g, s, nil, passes)
	idle := make(chan bool, 10)
	h.task.box.post(func() error {
		h.task.source.out.add(watch(idle))
		return nil
	})
	h.task.AddSplits(nil, false)
	if !<-idle {
		t.Fatal("a reader without splits is active")
	}
	h.task.AddSplits([]job.Split{{ID: "s"}}, false)
	if <-idle {
		t.Fatal("a reader with splits is idle")
	}
	s.fetch <- connectors.Fetch{Batch: texts(h.pool, "x")}
	s.wait(t, "write t 1")
	for h.clock.Waiting() == 0 {
		time.Sleep(50 * time.Microsecond)
	}
	h.clock.Set(50)
	if !<-idle {
		t.Fatal("a reader that reads nothing is active")
	}
	s.fetch <- connectors.Fetch{Batch: texts(h.pool, "x")}
	if <-idle {
		t.Fatal("a reader that reads is idle")
	}
	close(s.fetch)
	h.end(t)
}

// atEnd emits a row when its input has ended.
type atEnd struct {
	operators.Stateless
	ctx operators.Context
	max bool
}

func (a *atEnd) Open(ctx operators.Context) error {
	a.ctx = ctx
	return nil
}

func (a *atEnd) Process(int, *operators.Batch, operators.Output) error { return nil }

func (a *atEnd) Watermark(t int64, out operators.Output) error {
	a.max = a.max || t == operators.MaxWatermark
	return out.Watermark(t)
}

func (a *atEnd) Finish(out operators.Output) error {
	if !a.max {
		return errors.New("finished before the last watermark")
	}
	b := texts(a.ctx.Pool(), "total")
	defer b.Release()
	return out.Emit(b)
}

func TestRowsOfFinishComeBeforeTheLastWatermark(t *testing.T) {
	for _, drain := range []bool{false, true} {
		s := &script{fetch: make(chan connectors.Fetch)}
		h := start(t, chainGraph(&plan.Source{}, &plan.Sink{Table: "t", Schema: text()}), s, nil,
			func(*plan.Node, []*plan.Node) (operators.Operator, error) { return &atEnd{}, nil })
		s.fetch <- connectors.Fetch{Watermark: 3, HasWatermark: true}
		h.task.Trigger(job.Trigger{Checkpoint: 1})
		<-h.acks
		want := []string{"write t 1", "watermark 9223372036854775807"}
		if drain {
			h.task.Trigger(job.Trigger{Checkpoint: 2, Stop: true, Drain: true})
			<-h.acks
			want = []string{"watermark 9223372036854775807", "flush t", "prepare t 2 false"}
			h.task.Abort(2, true) // the job goes on; its input ends
		}
		close(s.fetch)
		if r := h.end(t); r.State != job.TaskFinished {
			t.Fatalf("%+v", r)
		}
		got := s.said()
		i := slices.Index(got, want[0])
		if i < 0 || !slices.Equal(got[i:i+len(want)], want) {
			t.Errorf("drain %t: %q", drain, got)
		}
	}
}

// watch is a target that tells of idleness.
type watch chan bool

func (watch) rows(*operators.Batch) error { return nil }

func (watch) watermark(int64) error { return nil }

func (w watch) idle(idle bool) error {
	w <- idle
	return nil
}
