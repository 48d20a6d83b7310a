package kafkatest

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"millrace/cmd/internal/session"
	"millrace/cmd/internal/wire"
	"millrace/connectors/conntest"
	"millrace/operators"
	"millrace/planner/plan"
	"millrace/runtime/job"
	"millrace/runtime/minicluster"
	"millrace/sql/parser"
)

// broker is the brokers of a test, with topics of its own.
type broker struct {
	t      *testing.T
	addrs  []string
	suffix string // of the topics
	real   bool
	c      *kgo.Client
}

// round tells topics of tests apart.
var round atomic.Int64

// brokers returns those of the environment, or starts one.
func brokers(t *testing.T) *broker {
	t.Helper()
	b := &broker{t: t, suffix: fmt.Sprintf("-%d-%d", time.Now().UnixNano(), round.Add(1))}
	if list := os.Getenv("MILLRACE_KAFKA"); list != "" {
		b.addrs, b.real = strings.Split(list, ","), true
	} else {
		k, err := kfake.NewCluster(kfake.NumBrokers(1))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(k.Close)
		b.addrs = k.ListenAddrs()
	}
	c, err := kgo.NewClient(kgo.SeedBrokers(b.addrs...), kgo.ProducerLinger(0))
	if err != nil {
		t.Fatal(err)
	}
	b.c = c
	t.Cleanup(c.Close)
	return b
}

// topic makes a topic; configs are name=value.
func (b *broker) topic(name string, partitions int32, configs ...string) string {
	b.t.Helper()
	name += b.suffix
	q := kmsg.NewPtrCreateTopicsRequest()
	x := kmsg.NewCreateTopicsRequestTopic()
	x.Topic, x.NumPartitions, x.ReplicationFactor = name, partitions, 1
	for _, c := range configs {
		set := kmsg.NewCreateTopicsRequestTopicConfig()
		k, v, _ := strings.Cut(c, "=")
		set.Name, set.Value = k, &v
		x.Configs = append(x.Configs, set)
	}
	q.Topics = append(q.Topics, x)
	r, err := q.RequestWith(b.t.Context(), b.c)
	if err == nil {
		err = kerr.ErrorForCode(r.Topics[0].ErrorCode)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	b.known(name)
	return name
}

// known waits until brokers know a topic that was made, and who leads it.
func (b *broker) known(name string) {
	b.t.Helper()
	q := kmsg.NewPtrMetadataRequest()
	x := kmsg.NewMetadataRequestTopic()
	x.Topic = &name
	q.Topics = append(q.Topics, x)
	for begun := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		r, err := q.RequestWith(b.t.Context(), b.c)
		if err != nil {
			b.t.Fatal(err)
		}
		ok := r.Topics[0].ErrorCode == 0
		for _, p := range r.Topics[0].Partitions {
			ok = ok && p.ErrorCode == 0
		}
		if ok {
			return
		}
		if time.Since(begun) > 10*time.Second {
			b.t.Fatalf("topic %s: error %d", name, r.Topics[0].ErrorCode)
		}
	}
}

// record is a record to write; value "-" is none.
func record(topic, key, value string) *kgo.Record {
	r := &kgo.Record{Topic: topic, Value: []byte(value)}
	if key != "" {
		r.Key = []byte(key)
	}
	if value == "-" {
		r.Value = nil
	}
	return r
}

// write writes records.
func (b *broker) write(rs ...*kgo.Record) {
	b.t.Helper()
	if err := b.c.ProduceSync(b.t.Context(), rs...).FirstErr(); err != nil {
		b.t.Fatal(err)
	}
}

// view follows a topic.
type view struct {
	c     *kgo.Client
	count int
	rows  map[string]string // by key: the last value
	seen  func(r *kgo.Record)
}

// view reads what is committed.
func (b *broker) view(topic string) *view {
	b.t.Helper()
	c, err := kgo.NewClient(kgo.SeedBrokers(b.addrs...), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.FetchMaxWait(100*time.Millisecond))
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(c.Close)
	return &view{c: c, rows: map[string]string{}}
}

// poll takes what has come within a time.
func (v *view) poll(t *testing.T, wait time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), wait)
	defer cancel()
	v.c.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
		v.count++
		if v.seen != nil {
			v.seen(r)
		}
		if r.Value == nil {
			delete(v.rows, string(r.Key))
			return
		}
		v.rows[string(r.Key)] = string(r.Value)
	})
}

// engine is the program in this process.
type engine struct {
	t    *testing.T
	env  *session.Env
	s    *session.Session
	stop func()
	from string // what jobs are restored from
	id   job.ID
	// graph is the plan of the last job.
	graph *plan.Graph
}

// start starts the program with settings name=value.
func start(t *testing.T, settings ...string) *engine {
	t.Helper()
	set := map[string]string{"table.local-time-zone": "UTC"}
	for _, x := range settings {
		k, v, _ := strings.Cut(x, "=")
		set[k] = v
	}
	e := &engine{t: t}
	e.env, e.stop = wire.Standalone(wire.Config{Settings: set})
	e.env.Submit = func(_ context.Context, g *plan.Graph) (minicluster.SubmitOptions, error) {
		e.graph = g
		return minicluster.SubmitOptions{ID: job.NewID(), RestorePath: e.from}, nil
	}
	e.s = session.New(e.env, nil)
	return e
}

// run executes a script; its last job becomes the engine's.
func (e *engine) run(text string) error {
	for _, span := range parser.Split(text) {
		r, err := e.s.Execute(e.t.Context(), text[span.Start:span.End], nil)
		if err != nil {
			return err
		}
		if r.JobID != "" {
			e.id = job.ID(r.JobID)
		}
	}
	return nil
}

func (e *engine) must(text string) {
	e.t.Helper()
	if err := e.run(text); err != nil {
		e.t.Fatal(err)
	}
}

// query returns the rows of a bounded query with their kinds, and what the job counted.
func (e *engine) query(text string) (rows []string, counts map[string]int64, err error) {
	e.t.Helper()
	ctx, cancel := context.WithTimeout(e.t.Context(), 30*time.Second)
	defer cancel()
	r, err := e.s.Execute(ctx, text, nil)
	if err != nil {
		return nil, nil, err
	}
	defer r.Rows.Close()
	for done := false; !done; {
		var bs []*operators.Batch
		if bs, done, err = r.Rows.Next(ctx, 0); err != nil {
			return rows, nil, err
		}
		for _, b := range bs {
			for i := range b.Len {
				rows = append(rows, b.Kind(i).String()+"["+conntest.Row(b, i)+"]")
			}
			b.Release()
		}
	}
	st, err := e.env.Cluster.Wait(ctx, job.ID(r.JobID))
	if err != nil {
		return rows, nil, err
	}
	counts = map[string]int64{}
	for _, n := range st.Progress.Nodes {
		for k, v := range n.Counters {
			counts[k] += v
		}
	}
	slices.Sort(rows)
	return rows, counts, nil
}

// crash ends the program without a word to the job.
func (e *engine) crash() {
	e.s.Close()
	e.stop()
}

// newest is what a job goes on from after a crash: its newest checkpoint, or if it has none, what it was restored from itself.
func (e *engine) newest() string {
	e.t.Helper()
	path, err := e.env.Cluster.Latest(e.t.Context(), e.graph, nil)
	if err != nil {
		e.t.Fatal(err)
	}
	if strings.Contains(path, string(e.id)) {
		return path
	}
	return e.from
}

// running waits until the job's tasks run.
func (e *engine) running() {
	e.t.Helper()
	for begun := time.Now(); e.check().State != job.Running; time.Sleep(5 * time.Millisecond) {
		if time.Since(begun) > 10*time.Second {
			e.t.Fatal("the job does not run")
		}
	}
}

// check fails the test if the job has failed.
func (e *engine) check() job.Status {
	e.t.Helper()
	st, err := e.env.Cluster.Status(e.t.Context(), e.id)
	if err != nil {
		e.t.Fatal(err)
	}
	if st.State == job.Failed || len(st.Exceptions) > 0 {
		e.t.Fatalf("%s: %s", st.State, st.Failure)
	}
	return st
}

// fill puts topics and brokers into a script: <name> becomes the topic's name, <brokers> the addresses.
func (b *broker) fill(text string, topics ...string) string {
	pairs := []string{"<brokers>", strings.Join(b.addrs, ",")}
	for _, name := range topics {
		pairs = append(pairs, "<"+strings.TrimSuffix(name, b.suffix)+">", name)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// replace replaces each first of a pair by the second.
func replace(text string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(text) }
