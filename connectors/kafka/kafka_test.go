package kafka_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"

	"millrace/connectors/conntest"
	"millrace/connectors/format"
	"millrace/connectors/format/csv"
	"millrace/connectors/format/debezium"
	"millrace/connectors/format/json"
	"millrace/connectors/format/raw"
	"millrace/connectors/kafka"
	"millrace/connectors/kafka/client"
	"millrace/connectors/kafka/wire"
	"millrace/planner/plan"
	"millrace/sql/types"
)

func connector() *kafka.Connector {
	return kafka.New(format.NewRegistry(json.Format{}, csv.Format{}, raw.Format{}, debezium.Format{}))
}

// cluster starts a broker in this process.
func cluster(t testing.TB, opts ...kfake.Opt) *kfake.Cluster {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// rec is a record to write.
type rec struct {
	key, value string // "-" is null
	time       int64
	headers    []wire.Header
}

func piece(s string) []byte {
	if s == "-" {
		return nil
	}
	return []byte(s)
}

// produce writes one batch.
func produce(t testing.TB, c *client.Client, p client.Partition, o wire.BatchOptions, recs ...rec) {
	t.Helper()
	var b wire.Builder
	var codecs wire.Codecs
	defer codecs.Close()
	for _, r := range recs {
		b.Append(r.time, piece(r.key), piece(r.value), r.headers...)
	}
	batch, err := b.AppendBatch(nil, &codecs, o)
	if err != nil {
		t.Fatal(err)
	}
	send(t, c, p, batch, "")
}

func send(t testing.TB, c *client.Client, p client.Partition, batch []byte, id string) {
	t.Helper()
	ctx := context.Background()
	err := c.Retry(ctx, "produce", func(ctx context.Context) error {
		leaders, err := c.Leaders(ctx, []client.Partition{p})
		if err != nil {
			return err
		}
		for broker := range leaders {
			m := &wire.Produce{
				Acks: -1, TimeoutMillis: 10000, TransactionID: id,
				Topics: []wire.ProduceTopic{{Name: p.Topic, Partitions: []wire.ProducePartition{{Index: p.Index, Records: batch}}}},
			}
			if err := c.Do(ctx, broker, m); err != nil {
				return err
			}
			if code := m.Found[0].Partitions[0].Code; code != wire.None {
				return code
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func plainBatch(codec wire.Codec) wire.BatchOptions {
	return wire.BatchOptions{Codec: codec, Producer: wire.NoProducer(), Sequence: -1}
}

func newClient(t testing.TB, addrs []string) *client.Client {
	t.Helper()
	cfg, _, err := client.ParseConfig(map[string]string{"bootstrap.servers": strings.Join(addrs, ",")})
	if err != nil {
		t.Fatal(err)
	}
	c := client.New(cfg, nil)
	t.Cleanup(c.Close)
	return c
}

func source(addrs []string, topic string, schema types.Schema, options ...string) *plan.Source {
	o := conntest.Options("connector", "kafka", "topic", topic, "properties.bootstrap.servers", strings.Join(addrs, ","), "format", "json",
		"scan.startup.mode", "earliest-offset", "scan.bounded.mode", "latest-offset")
	for k, v := range conntest.Options(options...) {
		if o[k] = v; v == "" {
			delete(o, k)
		}
	}
	s := &plan.Source{Table: "t", Connector: "kafka", Options: o, Physical: schema, Bounded: true}
	for _, f := range schema {
		s.Projected = append(s.Projected, plan.SourceColumn{Name: f.Name, Type: f.Type})
	}
	return s
}

func ab() types.Schema {
	return types.Schema{{Name: "a", Type: types.BigIntType()}, {Name: "b", Type: types.StringType()}}
}

func TestConformance(t *testing.T) {
	k := cluster(t, kfake.SeedTopics(3, "t"))
	c := newClient(t, k.ListenAddrs())
	n := 0
	for _, codec := range []wire.Codec{wire.Plain, wire.Gzip, wire.Snappy, wire.LZ4, wire.Zstd} {
		for p := range int32(3) {
			var recs []rec
			for range 700 {
				n++
				recs = append(recs, rec{"-", fmt.Sprintf(`{"a":%d,"b":"x%d"}`, n, n), int64(n), nil})
			}
			produce(t, c, client.Partition{Topic: "t", Index: p}, plainBatch(codec), recs...)
		}
	}
	got := conntest.Source(t, connector(), source(k.ListenAddrs(), "t", ab()), 5)
	if len(got) != n {
		t.Errorf("%d rows, want %d", len(got), n)
	}
}
