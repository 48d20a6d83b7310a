package sink_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"millrace/connectors"
	"millrace/connectors/conntest"
	jsonformat "millrace/connectors/format/json"
	"millrace/connectors/format/raw"
	"millrace/connectors/kafka/client"
	"millrace/connectors/kafka/sink"
	"millrace/connectors/kafka/wire"
	"millrace/operators"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

func cluster(t testing.TB, opts ...kfake.Opt) *kfake.Cluster {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// addressed is a cluster.
type addressed interface{ ListenAddrs() []string }

// properties is a client's config for the cluster.
func properties(t testing.TB, c addressed, more map[string]string) client.Config {
	t.Helper()
	p := map[string]string{"bootstrap.servers": strings.Join(c.ListenAddrs(), ","), "default.api.timeout.ms": "5000"}
	maps.Copy(p, more)
	cfg, unknown, err := client.ParseConfig(p)
	if err != nil || len(unknown) > 0 {
		t.Fatal(err, unknown)
	}
	return cfg
}

// options reads the sink's options.
func options(t testing.TB, text map[string]string) sink.Options {
	t.Helper()
	declared := append(sink.Declared(), sink.DeclaredUpsert()...)
	declared = append(declared, connectors.Option{Key: "key.fields", Type: connectors.Text})
	v, err := connectors.Decode("test", text, declared, "properties.")
	if err != nil {
		t.Fatal(err)
	}
	o, err := sink.Parse(v)
	if err == nil {
		err = o.ParseUpsert(v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func columns() types.Schema {
	return types.Schema{{Name: "id", Type: types.BigIntType()}, {Name: "name", Type: types.StringType()}}
}

// table is a sink of columns id and name, by key id.
func table(t testing.TB, c addressed, topic string, text map[string]string) (*sink.Config, *plan.Sink) {
	t.Helper()
	return &sink.Config{
		Topics: []string{topic}, Client: properties(t, c, nil), Value: jsonformat.Format{}, Key: raw.Format{}, KeyFields: []string{"id"},
		Options: options(t, text),
	}, &plan.Sink{Table: "t", Schema: columns(), Key: []int{0}}
}

// rows makes a batch of the ids from (inclusive) to (exclusive).
func rows(pool *vector.Pool, from, to int) *operators.Batch {
	n := to - from
	id, name := vector.New(pool, types.BigIntType(), n, 0), vector.New(pool, types.StringType(), n, 16*n)
	for i := range n {
		vector.Values[int64](id)[i] = int64(from + i)
		name.AppendBytes(i, []byte("n"+strconv.Itoa(from+i)))
	}
	return vector.NewBatch(n, id, name)
}

// seen is a record as a reader sees it.
type seen struct {
	partition  int32
	time       int64
	key, value string // "-" is null
	headers    string
}

// read returns all records of a topic that readers of committed records see.
func read(t testing.TB, kc addressed, topic string) []seen {
	t.Helper()
	c := client.New(properties(t, kc, nil), nil)
	defer c.Close()
	ctx := context.Background()
	m, err := c.Metadata(ctx, []string{topic})
	if err != nil {
		t.Fatal(err)
	}
	var out []seen
	var codecs wire.Codecs
	defer codecs.Close()
	for _, p := range m.Found[0].Partitions {
		at := client.Partition{Topic: topic, Index: p.Index}
		ends, err := c.ListOffsets(ctx, map[client.Partition]int64{at: -1}, true)
		if err != nil {
			t.Fatal(err)
		}
		for from := int64(0); from < ends[at].Offset; {
			f := &wire.Fetch{MinBytes: 1, MaxBytes: 64 << 20, MaxWaitMillis: 100, Committed: true, Topics: []wire.FetchTopic{{
				Name:       topic,
				Partitions: []wire.FetchPartition{{Index: p.Index, Epoch: p.Epoch, Offset: from, MaxBytes: 64 << 20}},
			}}}
			if err := c.Do(ctx, p.Leader, f); err != nil {
				t.Fatal(err)
			}
			got := f.Found[0].Partitions[0]
			var filter wire.Filter
			filter.Begin(true, got.Aborted)
			before := from
			for data := got.Records; ; {
				var b wire.Batch
				rest, ok, err := wire.NextBatch(data, &b)
				if err != nil {
					t.Fatal(err)
				}
				if !ok {
					break
				}
				data, from = rest, b.Next()
				if filter.Passes(&b) {
					out = append(out, decode(t, &codecs, p.Index, &b)...)
				}
			}
			if from == before {
				break
			}
		}
	}
	return out
}

func decode(t testing.TB, codecs *wire.Codecs, partition int32, b *wire.Batch) (out []seen) {
	t.Helper()
	data, err := codecs.Decompress(b.Codec(), b.Data, nil)
	if err != nil {
		t.Fatal(err)
	}
	text := func(from, to int) string {
		if from < 0 {
			return "-"
		}
		return string(data[from:to])
	}
	at := 0
	for range b.Count {
		var r wire.Record
		if at, err = wire.NextRecord(data, at, &r); err != nil {
			t.Fatal(err)
		}
		s := seen{partition: partition, time: b.BaseTime + r.TimeDelta, key: text(r.KeyStart, r.KeyEnd), value: text(r.ValueStart, r.ValueEnd)}
		for h, i := r.HeadersStart, 0; i < r.Headers; i++ {
			k, v, next, err := wire.NextHeader(data, h)
			if err != nil {
				t.Fatal(err)
			}
			s.headers += fmt.Sprintf("%s=%s;", k, v)
			h = next
		}
		out = append(out, s)
	}
	return out
}

func values(rs []seen) (out []string) {
	for _, r := range rs {
		out = append(out, r.value)
	}
	slices.Sort(out)
	return out
}

func wanted(to int) (out []string) {
	for i := range to {
		out = append(out, fmt.Sprintf(`{"id":%d,"name":"n%d"}`, i, i))
	}
	slices.Sort(out)
	return out
}

// adapter is a sink of the conformance suite.
type adapter struct {
	c *sink.Config
}

func (adapter) Name() string                 { return "kafka" }
func (adapter) Options() []connectors.Option { return nil }
func (adapter) Capabilities(connectors.Table) (plan.Capabilities, error) {
	return plan.Capabilities{}, nil
}

func (a *adapter) OpenWriter(ctx context.Context, s *plan.Sink, env connectors.Env, _ [][]byte) (connectors.Writer, error) {
	return sink.Open(ctx, a.c, s, env)
}

func (a *adapter) OpenCommitter(ctx context.Context, s *plan.Sink, env connectors.Env) (connectors.Committer, error) {
	return sink.OpenCommitter(ctx, a.c, s, env)
}

// old makes the cluster one that knows only transactions of the old style.
func old() kfake.Opt { return kfake.MaxVersions(kversion.V3_9_0()) }

func TestConformance(t *testing.T) {
	for name, opts := range map[string][]kfake.Opt{"new": nil, "old": {old()}} {
		t.Run(name, func(t *testing.T) {
			kc := cluster(t, opts...)
			a, n := &adapter{}, 0
			conntest.Sink(t, conntest.SinkTest{
				Connector: a,
				Open: func(t *testing.T) (*plan.Sink, func() []string) {
					topic := "t" + strconv.Itoa(n)
					n++
					create(t, kc, topic, 3)
					var s *plan.Sink
					a.c, s = table(t, kc, topic, map[string]string{"sink.transactional-id-prefix": topic})
					return s, func() []string { return values(read(t, kc, topic)) }
				},
				Batches: func(pool *vector.Pool) []*operators.Batch {
					return []*operators.Batch{rows(pool, 0, 300), rows(pool, 300, 310), rows(pool, 310, 1000)}
				},
				Want: wanted(1000),
			})
		})
	}
}

func create(t testing.TB, kc *kfake.Cluster, topic string, partitions int) {
	t.Helper()
	if err := kc.CreateTopic(topic, int32(partitions), nil); err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB, c *sink.Config, s *plan.Sink) (*sink.Writer, *sink.Committer, *vector.Pool) {
	t.Helper()
	pool := vector.NewPool(0)
	env := conntest.Env(t, pool, 0, 1)
	env.CheckpointInterval = 10 * time.Second
	w, err := sink.Open(context.Background(), c, s, env)
	if err != nil {
		t.Fatal(err)
	}
	k, err := sink.OpenCommitter(context.Background(), c, s, env)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = w.Close()
		_ = k.Close()
	})
	return w, k, pool
}

func write(t testing.TB, w *sink.Writer, b *operators.Batch) {
	t.Helper()
	if err := w.Write(context.Background(), b); err != nil {
		t.Fatal(err)
	}
	b.Release()
}

func prepare(t testing.TB, w *sink.Writer, checkpoint int64) []byte {
	t.Helper()
	commit, _, err := w.Prepare(context.Background(), checkpoint, false)
	if err != nil {
		t.Fatal(err)
	}
	return commit
}

// TestUnknownOutcome is about commits that are refused because something else happened to their id.
func TestUnknownOutcome(t *testing.T) {
	for name, opts := range map[string][]kfake.Opt{"new": nil, "old": {old()}} {
		t.Run(name, func(t *testing.T) {
			kc := cluster(t, opts...)
			create(t, kc, "t", 2)
			unknownOutcome(t, kc, "t")
		})
	}
}

// unknownOutcome repeats and loses commits to a topic of two partitions.
func unknownOutcome(t *testing.T, kc addressed, topic string) {
	t.Helper()
	ctx := context.Background()
	c, s := table(t, kc, topic, nil)
	w, k, pool := open(t, c, s)
	write(t, w, rows(pool, 0, 10))
	first := prepare(t, w, 1)
	if err := k.Commit(ctx, 1, [][]byte{first}); err != nil {
		t.Fatal(err)
	}
	// The id is used again, so the coordinator refuses the first commit; the progress record knows.
	for i := range 3 {
		write(t, w, rows(pool, 10*i+10, 10*i+20))
		if err := k.Commit(ctx, int64(i+2), [][]byte{prepare(t, w, int64(i+2))}); err != nil {
			t.Fatal(err)
		}
	}
	if err := k.Commit(ctx, 1, [][]byte{first}); err != nil {
		t.Errorf("a commit that was done: %v", err)
	}
	// A transaction that somebody aborts is lost.
	write(t, w, rows(pool, 40, 50))
	lost := prepare(t, w, 5)
	if err := k.Abort(ctx, nil, nil); err != nil {
		t.Fatal(err)
	}
	err := k.Commit(ctx, 5, [][]byte{lost})
	if err == nil || !strings.Contains(err.Error(), "are not in the topic") || !strings.Contains(err.Error(), "sink.unresolved-transactions") {
		t.Errorf("a transaction that was lost: %v", err)
	}
	if d := cmp.Diff(wanted(40), settled(t, kc, topic)); d != "" {
		t.Error(d)
	}
	c.AssumeCommit = true
	if err := k.Commit(ctx, 5, [][]byte{lost}); err != nil {
		t.Errorf("assume-committed: %v", err)
	}
}

// TestForgotten is about a transactional id that brokers no longer know.
func TestForgotten(t *testing.T) {
	kc := cluster(t)
	create(t, kc, "t", 1)
	c, s := table(t, kc, "t", nil)
	_, k, _ := open(t, c, s)
	h, _ := json.Marshal(map[string]any{"version": 1, "id": "gone", "producer": 77, "epoch": 1, "checkpoint": 9, "topic": "t", "modern": true})
	err := k.Commit(context.Background(), 9, [][]byte{h})
	if err == nil || !strings.Contains(err.Error(), "its outcome is unknown") {
		t.Error(err)
	}
}

func TestTimeouts(t *testing.T) {
	kc := cluster(t)
	create(t, kc, "t", 1)
	for _, k := range []struct {
		ms       string
		interval time.Duration
		budget   string
		want     string
	}{
		{"60000", 10 * time.Second, "1 min", "raise 'properties.transaction.timeout.ms' to at least 70000"},
		{"60000", 10 * time.Second, "30 s", ""},
		{"3600000", 10 * time.Second, "1 min", "is more than the brokers' transaction.max.timeout.ms = 900000: lower it to at most 900000"},
		{"", 20 * time.Minute, "1 min", "raise the brokers' transaction.max.timeout.ms (now 900000)"},
		{"", time.Minute, "1 min", ""},
	} {
		text := map[string]string{"sink.restart-budget": k.budget}
		more := map[string]string{}
		if k.ms != "" {
			text["properties.transaction.timeout.ms"], more["transaction.timeout.ms"] = k.ms, k.ms
		}
		c, s := table(t, kc, "t", text)
		c.Client = properties(t, kc, more)
		env := conntest.Env(t, vector.NewPool(0), 0, 1)
		env.CheckpointInterval = k.interval
		committer, err := sink.OpenCommitter(context.Background(), c, s, env)
		got := ""
		if err == nil {
			_ = committer.Close()
		} else {
			got = err.Error()
		}
		if k.want == "" && got != "" || !strings.Contains(got, k.want) {
			t.Errorf("timeout %s, interval %s, budget %s: %q", k.ms, k.interval, k.budget, got)
		}
	}
}

// TestRecords is about what is in records.
func TestRecords(t *testing.T) {
	for _, codec := range []string{"none", "gzip", "snappy", "lz4", "zstd"} {
		kc := cluster(t)
		create(t, kc, "t", 4)
		c, s := table(t, kc, "t", map[string]string{"sink.delivery-guarantee": "at-least-once"})
		c.Client = properties(t, kc, map[string]string{"compression.type": codec, "batch.size": "400"})
		c.ExceptKey = true
		s.Schema = append(s.Schema, types.Field{Name: "ts", Type: types.TimestampLTZType(3)},
			types.Field{Name: "h", Type: types.MapType(types.StringType(), types.BytesType())})
		s.Metadata = []string{"", "", "timestamp", "headers"}
		w, _, pool := open(t, c, s)
		b := rows(pool, 0, 50)
		ts := vector.New(pool, types.TimestampLTZType(3), 50, 0)
		h := vector.New(pool, types.MapType(types.StringType(), types.BytesType()), 50, 0)
		keys, vals := vector.New(pool, types.StringType(), 50, 100), vector.New(pool, types.BytesType(), 50, 100)
		for i := range 50 {
			vector.Values[int64](ts)[i] = int64(1000 - i)
			keys.AppendBytes(i, []byte("k"))
			vals.AppendBytes(i, []byte(strconv.Itoa(i)))
			h.Offsets[i+1] = int32(i + 1)
		}
		h.Children[0].Release()
		h.Children[1].Release()
		h.Children = []*vector.Vector{keys, vals}
		b.Columns = append(b.Columns, ts, h)
		write(t, w, b)
		prepare(t, w, 1)
		got := read(t, kc, "t")
		if len(got) != 50 {
			t.Fatalf("%s: %d records", codec, len(got))
		}
		used := map[int32]bool{}
		for _, r := range got {
			used[r.partition] = true
			i := int64(0)
			for _, x := range []byte(r.key) {
				i = i<<8 | int64(x)
			}
			want := seen{r.partition, 1000 - i, r.key, fmt.Sprintf(`{"name":"n%d"}`, i), fmt.Sprintf("k=%d;", i)}
			if r != want {
				t.Errorf("%s: %+v, want %+v", codec, r, want)
			}
		}
		if len(used) != 4 {
			t.Errorf("%s: %d partitions are used", codec, len(used))
		}
	}
}

// TestUpsert is about deletions: -U is one unless the new value of its key follows.
func TestUpsert(t *testing.T) {
	for _, buffered := range []bool{false, true} {
		kc := cluster(t)
		create(t, kc, "t", 1)
		text := map[string]string{}
		if buffered {
			text["sink.buffer-flush.max-rows"], text["sink.buffer-flush.interval"] = "100", "1 s"
		}
		c, s := table(t, kc, "t", text)
		c.Upsert = true
		w, k, pool := open(t, c, s)
		b := rows(pool, 0, 4)
		b.Kinds = []vector.RowKind{vector.Insert, vector.UpdateBefore, vector.UpdateAfter, vector.Insert}
		write(t, w, b)
		one := rows(pool, 5, 6)
		twice := vector.NewBatch(2, vector.Gather(pool, one.Columns[0], []uint16{0, 0}), vector.Gather(pool, one.Columns[1], []uint16{0, 0}))
		one.Release()
		twice.Kinds = []vector.RowKind{vector.UpdateBefore, vector.UpdateAfter} // needs no deletion
		write(t, w, twice)
		b = rows(pool, 0, 1)
		b.Kinds = []vector.RowKind{vector.Delete}
		write(t, w, b)
		if err := k.Commit(context.Background(), 1, [][]byte{prepare(t, w, 1)}); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range read(t, kc, "t") {
			got = append(got, r.value)
		}
		want := []string{`{"id":0,"name":"n0"}`, "-", `{"id":2,"name":"n2"}`, `{"id":3,"name":"n3"}`, `{"id":5,"name":"n5"}`, "-"}
		if buffered {
			want = []string{"-", "-", `{"id":2,"name":"n2"}`, `{"id":3,"name":"n3"}`, `{"id":5,"name":"n5"}`}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("buffered %v: %s", buffered, d)
		}
	}
}

// TestFaults is about answers that pass: the bytes are sent again, and nothing is doubled or out of order.
func TestFaults(t *testing.T) {
	kc := cluster(t)
	create(t, kc, "t", 1)
	c, s := table(t, kc, "t", map[string]string{"sink.delivery-guarantee": "at-least-once"})
	c.Client = properties(t, kc, map[string]string{"batch.size": "2000"})
	w, _, pool := open(t, c, s)
	for i := range 20 {
		if i%5 == 2 {
			errs := []*kerr.Error{kerr.NotLeaderForPartition, kerr.RequestTimedOut, kerr.NotEnoughReplicasAfterAppend, kerr.KafkaStorageError}
			kc.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: errs[i/5], Count: 2})
		}
		write(t, w, rows(pool, 100*i, 100*i+100))
	}
	prepare(t, w, 1)
	var got, want []string
	for _, r := range read(t, kc, "t") {
		got = append(got, r.value)
	}
	for i := range 2000 {
		want = append(want, fmt.Sprintf(`{"id":%d,"name":"n%d"}`, i, i))
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestRefused(t *testing.T) {
	kc := cluster(t)
	create(t, kc, "t", 1)
	refuse := func(want string, change func(*sink.Config, *plan.Sink)) {
		t.Helper()
		c, s := table(t, kc, "t", nil)
		change(c, s)
		w, err := sink.Open(context.Background(), c, s, conntest.Env(t, vector.NewPool(0), 0, 1))
		if err == nil {
			_ = w.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	refuse("topic 'u' at 127.0.0.1:", func(c *sink.Config, _ *plan.Sink) { c.Topics = []string{"u"} })
	refuse("needs the metadata column 'topic'", func(c *sink.Config, _ *plan.Sink) { c.Topics = []string{"t", "u"} })
	refuse("declare it VIRTUAL", func(_ *sink.Config, s *plan.Sink) { s.Metadata = []string{"", "offset"} })
	refuse("exactly-once needs all", func(c *sink.Config, _ *plan.Sink) { c.Client.Acks = 1 })
}

// BenchmarkWrite writes rows of about 100 bytes of JSON to a broker that drops them.
func BenchmarkWrite(b *testing.B) {
	kc := cluster(b, kfake.BlackholeProduce())
	create(b, kc, "t", 4)
	c, s := table(b, kc, "t", map[string]string{"sink.delivery-guarantee": "at-least-once"})
	w, _, pool := open(b, c, s)
	batch := rows(pool, 0, 4096)
	defer batch.Release()
	b.ReportAllocs()
	for b.Loop() {
		if err := w.Write(context.Background(), batch); err != nil {
			b.Fatal(err)
		}
	}
	if _, _, err := w.Prepare(context.Background(), 1, true); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*4096), "ns/record")
}
