package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"millrace/connectors"
	"millrace/connectors/conntest"
	"millrace/connectors/kafka"
	"millrace/connectors/kafka/client"
	"millrace/connectors/kafka/wire"
	"millrace/operators/vector"
	"millrace/planner/expr"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// live is a source that is being read by one reader.
type live struct {
	t    testing.TB
	s    *plan.Source
	pool *vector.Pool
	env  connectors.Env // of the reader
	enum connectors.Enumerator
	rd   connectors.Reader
}

func open(t testing.TB, s *plan.Source, state []byte, splits []connectors.Split) *live {
	t.Helper()
	return openOf(t, connector(), s, state, splits)
}

func openOf(t testing.TB, c connectors.SourceConnector, s *plan.Source, state []byte, splits []connectors.Split) *live {
	t.Helper()
	l := &live{t: t, s: s, pool: vector.NewPool(0)}
	ctx := context.Background()
	var err error
	if l.enum, err = c.OpenEnumerator(ctx, s, conntest.Env(t, l.pool, 0, 1), state); err != nil {
		t.Fatal(err)
	}
	l.env = conntest.Env(t, l.pool, 0, 1)
	if l.rd, err = c.OpenReader(ctx, s, l.env); err != nil {
		t.Fatal(err)
	}
	if err := l.rd.Add(splits); err != nil {
		t.Fatal(err)
	}
	return l
}

// counts returns the reader's counters.
func (l *live) counts() map[string]int64 {
	out := map[string]int64{}
	for _, name := range []string{"numRecordsWithoutKey", "numRecordsWithoutValue", "numRecordsMalformed"} {
		out[name] = l.env.Count(name).Load()
	}
	return out
}

func (l *live) discover() error {
	splits, done, err := l.enum.Discover(context.Background())
	if err != nil {
		return err
	}
	if err := l.rd.Add(splits); err != nil {
		return err
	}
	if done {
		l.rd.NoMoreSplits()
	}
	return nil
}

// read polls until there are n rows, the end, or an error.
func (l *live) read(n int) ([]string, error) {
	var rows []string
	begun := time.Now()
	for len(rows) < n {
		ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
		f, err := l.rd.Poll(ctx)
		cancel()
		if errors.Is(err, connectors.ErrEnd) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		if f.Batch != nil {
			for i := range f.Batch.Len {
				rows = append(rows, f.Batch.Kind(i).String()+"["+conntest.Row(f.Batch, i)+"]")
			}
			f.Batch.Release()
		}
		if time.Since(begun) > 20*time.Second {
			return rows, fmt.Errorf("only %d rows of %d", len(rows), n)
		}
	}
	return rows, nil
}

func (l *live) close() {
	l.t.Helper()
	if err := errors.Join(l.rd.Close(), l.enum.Close()); err != nil {
		l.t.Error(err)
	}
	if n := l.pool.InUse(); n != 0 {
		l.t.Errorf("%d bytes in use after Close", n)
	}
}

// all reads a source to its end.
func all(t testing.TB, s *plan.Source) ([]string, error) {
	t.Helper()
	l := open(t, s, nil, nil)
	defer l.close()
	if err := l.discover(); err != nil {
		return nil, err
	}
	return l.read(1 << 30)
}

func want(t testing.TB, s *plan.Source, rows ...string) {
	t.Helper()
	got, err := all(t, s)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	slices.Sort(rows)
	if d := cmp.Diff(rows, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

func p0(topic string) client.Partition { return client.Partition{Topic: topic} }

func TestMetadataAndKeys(t *testing.T) {
	k := cluster(t, kfake.SeedTopics(1, "t"))
	c := newClient(t, k.ListenAddrs())
	produce(t, c, p0("t"), plainBatch(wire.Snappy),
		rec{`{"id":1}`, `{"b":"one"}`, 1000, []wire.Header{{Key: "h", Value: []byte("x")}, {Key: "n"}, {Key: "h", Value: []byte("y")}}},
		rec{`{"id":2}`, "-", 1001, nil},
		rec{`{"id":3}`, `[{"b":"three"},{"b":"drei"}]`, 999, nil},
		rec{"-", `{"b":"no key"}`, 1002, nil},
		rec{`{"id":5}`, `{"b":"five"}`, 1003, nil})
	schema := types.Schema{{Name: "k_id", Type: types.IntType()}, {Name: "b", Type: types.StringType()}}
	s := source(k.ListenAddrs(), "t", schema, "key.format", "json", "key.fields", "k_id", "key.fields-prefix", "k_", "value.fields-include", "EXCEPT_KEY")
	want(t, s, "+I[1, one]", "+I[3, three]", "+I[3, drei]", "+I[5, five]")
	caps, err := connector().Capabilities(connectors.Table{Options: s.Options, Schema: schema})
	if err != nil || !caps.Source || !caps.Bounded || !caps.Watermark {
		t.Fatalf("%+v, %v", caps, err)
	}
	for _, m := range caps.Metadata {
		s.Projected = append(s.Projected, plan.SourceColumn{Name: "m_" + m.Name, Type: m.Type, Metadata: m.Name})
	}
	want(t, s,
		"+I[1, one, t, 0, {h=[121], n=null}, [+I[h, [120]], +I[n, null], +I[h, [121]]], 0, 0, 1970-01-01T00:00:01Z, CreateTime]",
		"+I[3, three, t, 0, {}, [], 0, 2, 1970-01-01T00:00:00.999Z, CreateTime]",
		"+I[3, drei, t, 0, {}, [], 0, 2, 1970-01-01T00:00:00.999Z, CreateTime]",
		"+I[5, five, t, 0, {}, [], 0, 4, 1970-01-01T00:00:01.003Z, CreateTime]")

	// A raw key that is not there is NULL.
	schema[0].Type = types.StringType()
	s = source(k.ListenAddrs(), "t", schema, "key.format", "raw", "key.fields", "k_id", "value.fields-include", "EXCEPT_KEY")
	want(t, s, `+I[{"id":1}, one]`, `+I[{"id":3}, three]`, `+I[{"id":3}, drei]`, `+I[null, no key]`, `+I[{"id":5}, five]`)
	s.Projected = s.Projected[:0]
	want(t, s, "+I[]", "+I[]", "+I[]", "+I[]", "+I[]")
	// All columns are in the value.
	s = source(k.ListenAddrs(), "t", types.Schema{{Name: "b", Type: types.StringType()}}, "key.format", "raw", "key.fields", "b")
	want(t, s, `+I[one]`, `+I[three]`, `+I[drei]`, `+I[no key]`, `+I[five]`)
}

func TestChangelogFormat(t *testing.T) {
	k := cluster(t, kfake.SeedTopics(1, "t"))
	c := newClient(t, k.ListenAddrs())
	produce(t, c, p0("t"), plainBatch(wire.Plain),
		rec{"-", `{"before":null,"after":{"a":1,"b":"x"},"op":"c","ts_ms":5}`, 1, nil},
		rec{"-", `{"before":{"a":1,"b":"x"},"after":{"a":1,"b":"y"},"op":"u","ts_ms":6}`, 2, nil},
		rec{"-", `{"before":{"a":1,"b":"y"},"after":null,"op":"d","ts_ms":7}`, 3, nil})
	s := source(k.ListenAddrs(), "t", ab(), "format", "debezium-json")
	s.Projected = append(s.Projected, plan.SourceColumn{Name: "o", Type: types.BigIntType(), Metadata: "offset"},
		plan.SourceColumn{Name: "i", Type: types.TimestampLTZType(3), Metadata: "value.ingestion-timestamp"})
	want(t, s, "+I[1, x, 0, 1970-01-01T00:00:00.005Z]", "-U[1, x, 1, 1970-01-01T00:00:00.006Z]", "+U[1, y, 1, 1970-01-01T00:00:00.006Z]",
		"-D[1, y, 2, 1970-01-01T00:00:00.007Z]")
}

func TestPlaces(t *testing.T) {
	k := cluster(t, kfake.SeedTopics(2, "t"))
	c := newClient(t, k.ListenAddrs())
	for p := range int32(2) {
		for i := range 10 {
			produce(t, c, client.Partition{Topic: "t", Index: p}, plainBatch(wire.Plain), rec{"-", fmt.Sprintf(`{"a":%d}`, 10*int(p)+i), int64(1000 + 10*i), nil})
		}
	}
	places(t, k.ListenAddrs(), c, "t", "g")
}

// places reads a topic of two partitions with ten records each, 10 ms apart, from and up to all kinds of places.
func places(t *testing.T, addrs []string, c *client.Client, topic, group string) {
	t.Helper()
	err := c.Retry(context.Background(), "offsets", func(ctx context.Context) error {
		return c.CommitOffsets(ctx, group, map[client.Partition]client.Offset{p0(topic): {Offset: 8, Epoch: -1}})
	})
	if err != nil {
		t.Fatal(err)
	}
	schema := types.Schema{{Name: "a", Type: types.IntType()}}
	rows := func(is ...int) (out []string) {
		for _, i := range is {
			out = append(out, fmt.Sprintf("+I[%d]", i))
		}
		return out
	}
	for _, x := range []struct {
		name    string
		options []string
		want    []string
	}{
		{"start and stop at offsets", []string{
			"scan.startup.mode", "specific-offsets", "scan.startup.specific-offsets", "partition:0,offset:5;partition:1,offset:7",
			"scan.bounded.mode", "specific-offsets", "scan.bounded.specific-offsets", "partition:0,offset:7",
		}, rows(5, 6)},
		{"an offset that is not named", []string{"scan.startup.mode", "specific-offsets", "scan.startup.specific-offsets", "partition:0,offset:9"}, rows(9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19)},
		{"time", []string{"scan.startup.mode", "timestamp", "scan.startup.timestamp-millis", "1075", "scan.bounded.mode", "timestamp", "scan.bounded.timestamp-millis", "1090"}, rows(8, 18)},
		{"group", []string{"scan.startup.mode", "group-offsets", "properties.group.id", group, "properties.auto.offset.reset", "latest"}, rows(8, 9)},
		{"group, earliest", []string{"scan.startup.mode", "group-offsets", "properties.group.id", group, "properties.auto.offset.reset", "earliest"}, rows(8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19)},
		{"up to the group", []string{"scan.bounded.mode", "group-offsets", "properties.group.id", group}, rows(0, 1, 2, 3, 4, 5, 6, 7)},
		{"latest", []string{"scan.startup.mode", "latest-offset"}, nil},
		{"pattern", []string{"topic", "", "topic-pattern", "(?:" + topic + "|[a-b])", "scan.startup.mode", "timestamp", "scan.startup.timestamp-millis", "1090"}, rows(9, 19)},
		{"pattern of nothing", []string{"topic", "", "topic-pattern", topic + "-x"}, nil},
	} {
		t.Run(x.name, func(t *testing.T) { want(t, source(addrs, topic, schema, x.options...), x.want...) })
	}
	s := source(addrs, topic, schema)
	s.Limit = 3
	if got, err := all(t, s); err != nil || len(got) != 3 {
		t.Errorf("limit 3: %d rows, %v", len(got), err)
	}
}

func TestTransactions(t *testing.T) {
	k := cluster(t, kfake.SeedTopics(1, "t"))
	transactions(t, k.ListenAddrs(), "t", "x")
}

// txns writes transactions to partition 0 of a topic.
type txns struct {
	t         *testing.T
	c         *client.Client
	topic, id string
	producer  wire.Producer
	sequence  int32
}

func begin(t *testing.T, c *client.Client, topic, id string) *txns {
	t.Helper()
	x := &txns{t: t, c: c, topic: topic, id: id}
	m := &wire.InitProducerID{TransactionID: id, TimeoutMillis: 60000, Before: wire.NoProducer()}
	x.do(m, func() wire.Code { return m.Code })
	x.producer = m.Producer
	return x
}

func (x *txns) do(m wire.Message, code func() wire.Code) {
	x.t.Helper()
	ctx := context.Background()
	if err := x.c.Retry(ctx, "test", func(ctx context.Context) error { return x.c.ToCoordinator(ctx, x.id, true, m, code) }); err != nil {
		x.t.Fatal(err)
	}
}

// write makes records part of the transaction.
func (x *txns) write(recs ...rec) {
	x.t.Helper()
	a := &wire.AddPartitionsToTxn{TransactionID: x.id, Producer: x.producer, Topics: []wire.TopicPartitions{{Name: x.topic, Partitions: []int32{0}}}}
	x.do(a, func() wire.Code { return wire.FirstCode(a.Found) })
	var b wire.Builder
	for _, r := range recs {
		var key []byte
		if r.key != "" {
			key = piece(r.key)
		}
		b.Append(r.time, key, []byte(r.value))
	}
	batch, err := b.AppendBatch(nil, &wire.Codecs{}, wire.BatchOptions{Producer: x.producer, Sequence: x.sequence, Transactional: true})
	if err != nil {
		x.t.Fatal(err)
	}
	x.sequence += int32(len(recs))
	send(x.t, x.c, p0(x.topic), batch, x.id)
}

// end commits or aborts after further records.
func (x *txns) end(commit bool, recs ...rec) {
	x.t.Helper()
	if len(recs) > 0 {
		x.write(recs...)
	}
	e := &wire.EndTxn{TransactionID: x.id, Producer: x.producer, Commit: commit}
	x.do(e, func() wire.Code { return e.Code })
}

// transactions writes committed, aborted and other records to a topic and reads them.
func transactions(t *testing.T, addrs []string, topic, id string) {
	t.Helper()
	c := newClient(t, addrs)
	x := begin(t, c, topic, id)
	x.end(true, rec{value: `{"a":1}`}, rec{value: `{"a":2}`})
	x.end(false, rec{value: `{"a":3}`})
	produce(t, c, p0(topic), plainBatch(wire.Plain), rec{"-", `{"a":4}`, 0, nil})
	x.end(true, rec{value: `{"a":5}`})
	x.end(false, rec{value: `{"a":6}`})
	schema := types.Schema{{Name: "a", Type: types.IntType()}}
	want(t, source(addrs, topic, schema), "+I[1]", "+I[2]", "+I[3]", "+I[4]", "+I[5]", "+I[6]")
	s := source(addrs, topic, schema, "properties.isolation.level", "read_committed")
	want(t, s, "+I[1]", "+I[2]", "+I[4]", "+I[5]")
	conntest.Source(t, connector(), s, 10)
}

// One record with more rows than a batch may have is returned in parts, also across a restore.
func TestManyRowsInOneRecord(t *testing.T) {
	k := cluster(t, kfake.SeedTopics(1, "t"))
	c := newClient(t, k.ListenAddrs())
	var list []string
	for i := range 10000 {
		list = append(list, fmt.Sprintf(`{"a":%d}`, i))
	}
	produce(t, c, p0("t"), plainBatch(wire.Zstd), rec{"-", `{"a":-1}`, 0, nil}, rec{"-", "[" + strings.Join(list, ",") + "]", 0, nil}, rec{"-", `{"a":-2}`, 0, nil})
	got := conntest.Source(t, connector(), source(k.ListenAddrs(), "t", types.Schema{{Name: "a", Type: types.IntType()}}), 10)
	if len(got) != 10002 {
		t.Errorf("%d rows", len(got))
	}
}

func TestMalformed(t *testing.T) {
	k := cluster(t, kfake.SeedTopics(1, "t"))
	c := newClient(t, k.ListenAddrs())
	produce(t, c, p0("t"), plainBatch(wire.Plain), rec{"-", `{"a":1}`, 0, nil}, rec{"-", `{"a":`, 0, nil}, rec{"-", `{"a":2}`, 0, nil}, rec{"-", `nonsense`, 0, nil})
	s := source(k.ListenAddrs(), "t", ab())
	s.Projected = append(s.Projected, plan.SourceColumn{Name: "o", Type: types.BigIntType(), Metadata: "offset"})
	for _, columns := range []int{2, 3} {
		s := *s
		s.Projected = s.Projected[:columns]
		s.Malformed = "FAIL"
		if _, err := all(t, &s); err == nil || !strings.Contains(err.Error(), "table t: t-0@1: malformed record") {
			t.Errorf("%v", err)
		}
		s.Malformed = "SKIP"
		if got, err := all(t, &s); err != nil || len(got) != 2 {
			t.Errorf("%v %v", got, err)
		}
	}
}

func TestFaults(t *testing.T) {
	k := cluster(t, kfake.SeedTopics(1, "t"))
	c := newClient(t, k.ListenAddrs())
	produce(t, c, p0("t"), plainBatch(wire.Plain), rec{"-", `{"a":1}`, 0, nil})
	addrs := k.ListenAddrs()
	unbounded := []string{"scan.bounded.mode", "unbounded"}
	for _, x := range []struct {
		name string
		s    *plan.Source
		want string
		is   error
	}{
		{"topic", source(addrs, "nope", ab()), "topic 'nope' at 127.0.0.1:", connectors.ErrNotFound},
		{"broker", source([]string{"127.0.0.1:1"}, "t", ab(), "properties.default.api.timeout.ms", "300"), "topics: given up after", nil},
		{"address", source([]string{"127.0.0.1:1"}, "t", ab(), "properties.default.api.timeout.ms", "0"), "broker 127.0.0.1:1: dial tcp 127.0.0.1:1", nil},
		{"group", source(addrs, "t", ab(), "scan.startup.mode", "group-offsets", "properties.group.id", "g"), "group 'g' has no offset for partition t-0: set 'properties.auto.offset.reset'", nil},
		{
			"offset", source(addrs, "t", ab(), append(unbounded, "scan.startup.mode", "specific-offsets", "scan.startup.specific-offsets", "partition:0,offset:100")...),
			"partition t-0: offset 100 is behind the end of the log at 1", nil,
		},
		{"tls", source(addrs, "t", ab(), "properties.security.protocol", "SSL", "properties.socket.connection.setup.timeout.ms", "200", "properties.default.api.timeout.ms", "300"), "broker 127.0.0.1:", nil},
	} {
		t.Run(x.name, func(t *testing.T) {
			_, err := all(t, x.s)
			if err == nil || !strings.Contains(err.Error(), x.want) || x.is != nil && !errors.Is(err, x.is) {
				t.Errorf("%v", err)
			}
		})
	}
	// Records that were deleted before they were read.
	kc, err := kgo.NewClient(kgo.SeedBrokers(addrs...))
	if err != nil {
		t.Fatal(err)
	}
	defer kc.Close()
	produce(t, c, p0("t"), plainBatch(wire.Plain), rec{"-", `{"a":1}`, 0, nil})
	del := kmsg.NewPtrDeleteRecordsRequest()
	del.Topics = []kmsg.DeleteRecordsRequestTopic{{Topic: "t", Partitions: []kmsg.DeleteRecordsRequestTopicPartition{{Offset: 1}}}}
	if _, err := del.RequestWith(context.Background(), kc); err != nil {
		t.Fatal(err)
	}
	_, err = all(t, source(addrs, "t", ab(), "scan.startup.mode", "specific-offsets", "scan.startup.specific-offsets", "partition:0,offset:0"))
	if err == nil || !strings.Contains(err.Error(), "partition t-0: records from offset 0 on are gone: the log begins at 1") {
		t.Errorf("%v", err)
	}
	var oe *kafka.OffsetError
	_, err = all(t, source(addrs, "t", ab(), append(unbounded, "scan.startup.mode", "specific-offsets", "scan.startup.specific-offsets", "partition:0,offset:100")...))
	if !errors.As(err, &oe) || oe.Offset != 100 || oe.End != 2 {
		t.Errorf("%v", err)
	}
}

// A job without end: new partitions, records that come later, a leader that moves, positions and the group's offsets.
func TestUnbounded(t *testing.T) {
	k, err := kfake.NewCluster(kfake.NumBrokers(3), kfake.SeedTopics(2, "t1"))
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	c := newClient(t, k.ListenAddrs())
	schema := types.Schema{{Name: "a", Type: types.IntType()}}
	s := source(k.ListenAddrs(), "", schema, "topic", "", "topic-pattern", "t.*", "scan.startup.mode", "latest-offset", "scan.bounded.mode", "unbounded",
		"properties.group.id", "g", "scan.topic-partition-discovery.interval", "10 s")
	l := open(t, s, nil, nil)
	step := func(n int, rows ...string) {
		t.Helper()
		got, err := l.read(n)
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(got)
		if d := cmp.Diff(rows, got); d != "" {
			t.Fatalf("(-want +got)\n%s", d)
		}
	}
	if err := l.discover(); err != nil {
		t.Fatal(err)
	}
	if l.enum.Interval() != 10*time.Second {
		t.Errorf("interval %s", l.enum.Interval())
	}
	produce(t, c, p0("t1"), plainBatch(wire.Plain), rec{"-", `{"a":1}`, 0, nil})
	produce(t, c, client.Partition{Topic: "t1", Index: 1}, plainBatch(wire.Plain), rec{"-", `{"a":2}`, 0, nil})
	step(2, "+I[1]", "+I[2]")

	kc, err := kgo.NewClient(kgo.SeedBrokers(k.ListenAddrs()...))
	if err != nil {
		t.Fatal(err)
	}
	defer kc.Close()
	create := kmsg.NewPtrCreateTopicsRequest()
	topic := kmsg.NewCreateTopicsRequestTopic()
	topic.Topic, topic.NumPartitions, topic.ReplicationFactor = "t2", 1, 1
	create.Topics = append(create.Topics, topic)
	if _, err := create.RequestWith(context.Background(), kc); err != nil {
		t.Fatal(err)
	}
	produce(t, c, p0("t2"), plainBatch(wire.Plain), rec{"-", `{"a":3}`, 0, nil})
	if err := l.discover(); err != nil {
		t.Fatal(err)
	}
	step(1, "+I[3]") // from the earliest record on

	for i := range 3 {
		if err := k.MoveTopicPartition("t1", 0, int32(i)); err != nil {
			t.Fatal(err)
		}
		c.Forget(p0("t1"), func() client.Leader { x, _ := c.Leader(p0("t1")); return x }())
		produce(t, c, p0("t1"), plainBatch(wire.Plain), rec{"-", fmt.Sprintf(`{"a":%d}`, 10+i), 0, nil})
		step(1, fmt.Sprintf("+I[%d]", 10+i))
	}
	splits, err := l.rd.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	state, err := l.enum.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	l.rd.(connectors.CheckpointListener).CheckpointComplete(1)
	l.close()
	got, err := c.GroupOffsets(context.Background(), "g", []client.Partition{p0("t1"), {Topic: "t1", Index: 1}, p0("t2")}, true)
	if err != nil || got[p0("t1")].Offset != 4 || got[client.Partition{Topic: "t1", Index: 1}].Offset != 1 || got[p0("t2")].Offset != 1 {
		t.Errorf("%v %v", got, err)
	}
	produce(t, c, p0("t1"), plainBatch(wire.Plain), rec{"-", `{"a":20}`, 0, nil})
	l = open(t, s, state, splits)
	if err := l.discover(); err != nil {
		t.Fatal(err)
	}
	step(1, "+I[20]")
	// Nobody says that its checkpoint is complete: the group stays where it is. The next notice stands for both.
	at := func(want int64) {
		t.Helper()
		got, err := c.GroupOffsets(context.Background(), "g", []client.Partition{p0("t1")}, true)
		if err != nil || got[p0("t1")].Offset != want {
			t.Errorf("%v %v, want %d", got, err, want)
		}
	}
	for _, told := range []bool{false, true} {
		if splits, err = l.rd.Snapshot(); err != nil {
			t.Fatal(err)
		}
		if told {
			l.rd.(connectors.CheckpointListener).CheckpointComplete(3)
		}
		l.close()
		if told {
			at(6)
			break
		}
		at(4)
		produce(t, c, p0("t1"), plainBatch(wire.Plain), rec{"-", `{"a":21}`, 0, nil})
		l = open(t, s, state, splits)
		step(1, "+I[21]")
	}
}

// The watermark is the lowest of the partitions, and idle ones do not count.
func TestWatermarks(t *testing.T) {
	k := cluster(t, kfake.SeedTopics(2, "t"))
	c := newClient(t, k.ListenAddrs())
	ts := types.TimestampLTZType(3)
	s := source(k.ListenAddrs(), "t", types.Schema{{Name: "a", Type: types.IntType()}}, "scan.bounded.mode", "unbounded")
	s.Projected = append(s.Projected, plan.SourceColumn{Name: "ts", Type: ts, Metadata: "timestamp"})
	five := expr.NewLiteral(int64(5), types.IntervalDayTimeType("SECOND", 2, 3))
	s.Watermark = &plan.Watermark{Column: 1, Expr: expr.NewCall("-", ts, expr.NewColumn(1, ts), five), IdleMillis: 600}
	l := open(t, s, nil, nil)
	defer l.close()
	var clock atomic.Int64
	env := conntest.Env(t, l.pool, 0, 1)
	env.Now = clock.Load
	_ = l.rd.Close()
	var err error
	if l.rd, err = connector().OpenReader(context.Background(), s, env); err != nil {
		t.Fatal(err)
	}
	if err := l.discover(); err != nil {
		t.Fatal(err)
	}
	mark := int64(-1)
	until := func(want int64) {
		t.Helper()
		for begun := time.Now(); mark != want; {
			ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
			f, err := l.rd.Poll(ctx)
			cancel()
			if err != nil {
				t.Fatal(err)
			}
			if f.HasWatermark {
				mark = f.Watermark
			}
			if f.Batch != nil {
				f.Batch.Release()
			}
			if time.Since(begun) > 10*time.Second {
				t.Fatalf("watermark %d, want %d", mark, want)
			}
		}
	}
	p1 := client.Partition{Topic: "t", Index: 1}
	produce(t, c, p0("t"), plainBatch(wire.Plain), rec{"-", `{"a":1}`, 1000, nil}, rec{"-", `{"a":1}`, 900, nil})
	produce(t, c, p1, plainBatch(wire.Plain), rec{"-", `{"a":1}`, 700, nil})
	until(695)
	clock.Add(500)
	produce(t, c, p0("t"), plainBatch(wire.Plain), rec{"-", `{"a":1}`, 1500, nil})
	for range 3 {
		ctx, cancel := context.WithTimeout(context.Background(), 600*time.Millisecond)
		f, err := l.rd.Poll(ctx)
		cancel()
		if err != nil || f.HasWatermark {
			t.Fatalf("%+v %v", f, err)
		}
		if f.Batch != nil {
			f.Batch.Release()
			break
		}
	}
	clock.Add(200)
	until(1495) // partition 1 has become idle
	produce(t, c, p1, plainBatch(wire.Plain), rec{"-", `{"a":1}`, 1600, nil})
	produce(t, c, p0("t"), plainBatch(wire.Plain), rec{"-", `{"a":1}`, 3000, nil})
	until(1595)
	s.Watermark.Expr = expr.NewCall("UPPER", ts)
	if _, err := connector().OpenReader(context.Background(), s, conntest.Env(t, l.pool, 0, 1)); err == nil || !strings.Contains(err.Error(), "is not supported yet") {
		t.Error(err)
	}
}
