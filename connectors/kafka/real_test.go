package kafka_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"millrace/connectors"
	"millrace/connectors/conntest"
	"millrace/connectors/kafka/client"
	"millrace/connectors/kafka/kafkatest"
	"millrace/connectors/kafka/wire"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// TestRealBrokerReads reads what others have written on the brokers that MILLRACE_KAFKA names.
func TestRealBrokerReads(t *testing.T) {
	k := kafkatest.Start(t)
	c := newClient(t, k.Addresses)
	t.Run("codecs", func(t *testing.T) { realCodecs(t, k, c) })
	t.Run("places", func(t *testing.T) { realPlaces(t, k, c) })
	t.Run("metadata", func(t *testing.T) { realMetadata(t, k, c) })
	t.Run("transactions", func(t *testing.T) {
		topic := k.Topic(t, "transactions", 1)
		transactions(t, k.Addresses, topic, k.Name("x"))
	})
	t.Run("transaction that stays open", func(t *testing.T) { realOpen(t, k, c) })
	t.Run("compaction", func(t *testing.T) { realCompaction(t, k, c) })
	t.Run("records that are gone", func(t *testing.T) {
		topic := k.Topic(t, "gone", 1)
		for range 2 {
			produce(t, c, p0(topic), plainBatch(wire.Plain), rec{"-", `{"a":1}`, 0, nil})
		}
		k.DeleteBefore(t, topic, 0, 1)
		_, err := all(t, source(k.Addresses, topic, ab(), "scan.startup.mode", "specific-offsets", "scan.startup.specific-offsets", "partition:0,offset:0"))
		if err == nil || !strings.Contains(err.Error(), "records from offset 0 on are gone: the log begins at 1") {
			t.Errorf("%v", err)
		}
		want(t, source(k.Addresses, topic, ab()), "+I[1, null]")
	})
	t.Run("topic that is not there", func(t *testing.T) {
		name := strings.Repeat("x", 250) // no broker makes it by itself
		if _, err := all(t, source(k.Addresses, name, ab())); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v", err)
		}
	})
	t.Run("new partitions and the group's offsets", func(t *testing.T) { realDiscovery(t, k, c) })
}

// realCodecs reads batches of every codec, as we write them and as the broker packs them anew.
func realCodecs(t *testing.T, k *kafkatest.Cluster, c *client.Client) {
	settings := []string{"producer", "gzip", "snappy", "lz4", "zstd", "uncompressed"}
	if !k.Real {
		settings = settings[:1]
	}
	for _, broker := range settings {
		topic := k.Topic(t, "codecs", 2, "compression.type="+broker)
		n := 0
		for _, codec := range []wire.Codec{wire.Plain, wire.Gzip, wire.Snappy, wire.LZ4, wire.Zstd} {
			for p := range int32(2) {
				var recs []rec
				for range 1000 { // more than a block of those codecs that divide
					n++
					recs = append(recs, rec{"-", fmt.Sprintf(`{"a":%d,"b":"%s"}`, n, strings.Repeat(string(rune('a'+n%26)), 100)), int64(n), nil})
				}
				produce(t, c, client.Partition{Topic: topic, Index: p}, plainBatch(codec), recs...)
			}
		}
		got, err := all(t, source(k.Addresses, topic, ab()))
		if err != nil {
			t.Fatalf("%s: %v", broker, err)
		}
		seen := map[string]bool{}
		for _, r := range got {
			seen[r] = true
		}
		if len(got) != n || len(seen) != n {
			t.Errorf("compression.type=%s: %d rows, %d different ones, want %d", broker, len(got), len(seen), n)
		}
	}
}

// realPlaces reads from and up to every place that options can name.
func realPlaces(t *testing.T, k *kafkatest.Cluster, c *client.Client) {
	topic, group := k.Topic(t, "places", 2), k.Name("places")
	for p := range int32(2) {
		for i := range 10 {
			produce(t, c, client.Partition{Topic: topic, Index: p}, plainBatch(wire.Plain), rec{"-", fmt.Sprintf(`{"a":%d}`, 10*int(p)+i), int64(1000 + 10*i), nil})
		}
	}
	places(t, k.Addresses, c, topic, group)
	conntest.Source(t, connector(), source(k.Addresses, topic, ab()), 5)
}

// realMetadata reads metadata columns of records with the producer's and with the broker's time.
func realMetadata(t *testing.T, k *kafkatest.Cluster, c *client.Client) {
	kinds := []string{"CreateTime", "LogAppendTime"}
	if !k.Real {
		kinds = kinds[:1]
	}
	for _, kind := range kinds {
		topic := k.Topic(t, "metadata", 1, "message.timestamp.type="+kind)
		before := time.Now().Add(-time.Minute).Unix()*1000 + 123
		produce(t, c, p0(topic), plainBatch(wire.Zstd),
			rec{"k1", `{"a":1}`, before, []wire.Header{{Key: "h", Value: []byte("x")}}}, rec{"k2", `{"a":2}`, before + 5, nil})
		s := source(k.Addresses, topic, types.Schema{{Name: "a", Type: types.BigIntType()}})
		for _, m := range []struct {
			name string
			t    types.Type
		}{
			{"topic", types.StringType()},
			{"partition", types.IntType()},
			{"offset", types.BigIntType()},
			{"timestamp-type", types.StringType()},
			{"headers", types.MapType(types.StringType(), types.BytesType())},
			{"timestamp", types.TimestampLTZType(3)},
		} {
			s.Projected = append(s.Projected, plan.SourceColumn{Name: "m_" + m.name, Type: m.t, Metadata: m.name})
		}
		got, err := all(t, s)
		if err != nil || len(got) != 2 {
			t.Fatalf("%q %v", got, err)
		}
		for i, row := range got {
			headers, at := "{h=[120]}", before
			if i == 1 {
				headers, at = "{}", before+5
			}
			head := fmt.Sprintf("+I[%d, %s, 0, %d, %s, %s, ", i+1, topic, i, kind, headers)
			own := time.UnixMilli(at).UTC().Format("2006-01-02T15:04:05.000Z") + "]"
			if !strings.HasPrefix(row, head) || strings.HasSuffix(row, own) != (kind == "CreateTime") {
				t.Errorf("row %s, want %s%s", row, head, own)
			}
		}
	}
}

// realOpen: a transaction that is neither committed nor aborted holds up readers of committed records, and nobody else.
func realOpen(t *testing.T, k *kafkatest.Cluster, c *client.Client) {
	topic, id := k.Topic(t, "open", 1), k.Name("open")
	x := begin(t, c, topic, id)
	x.end(true, rec{value: `{"a":1}`})
	x.write(rec{value: `{"a":2}`})
	produce(t, c, p0(topic), plainBatch(wire.Plain), rec{"-", `{"a":3}`, 0, nil})
	schema := types.Schema{{Name: "a", Type: types.IntType()}}
	want(t, source(k.Addresses, topic, schema), "+I[1]", "+I[2]", "+I[3]")
	s := source(k.Addresses, topic, schema, "properties.isolation.level", "read_committed", "scan.bounded.mode", "unbounded", "properties.fetch.max.wait.ms", "100")
	l := open(t, s, nil, nil)
	defer l.close()
	if err := l.discover(); err != nil {
		t.Fatal(err)
	}
	got, err := l.read(1)
	if err != nil || len(got) != 1 || got[0] != "+I[1]" {
		t.Fatalf("%v %v", got, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	if f, err := l.rd.Poll(ctx); err != nil || f.Batch != nil {
		t.Fatalf("rows behind an open transaction: %+v %v", f, err)
	}
	if open := k.Open(t, id); len(open) != 1 {
		t.Errorf("open transactions: %v", open)
	}
	x.end(true)
	if got, err = l.read(2); err != nil || !slices.Equal(got, []string{"+I[2]", "+I[3]"}) {
		t.Errorf("%v %v", got, err)
	}
}

// realCompaction reads logs in which the broker has left gaps, also batches without records.
func realCompaction(t *testing.T, k *kafkatest.Cluster, c *client.Client) {
	if !k.Real {
		t.Log("the imitation does not compact: nothing is tested")
		return
	}
	topic := k.Topic(t, "compacted", 1, "cleanup.policy=compact", "min.cleanable.dirty.ratio=0.0001", "segment.ms=100", "max.compaction.lag.ms=100", "min.compaction.lag.ms=0")
	schema := types.Schema{{Name: "a", Type: types.IntType()}}
	id := k.Name("compacted")
	x := begin(t, c, topic, id)
	value := 0
	round := func() {
		value++
		x.end(true, rec{"k0", fmt.Sprintf(`{"a":%d}`, value), 0, nil}, rec{"k1", fmt.Sprintf(`{"a":%d}`, value+100000), 0, nil})
		x.end(false, rec{"k2", `{"a":-1}`, 0, nil})
		produce(t, c, p0(topic), plainBatch(wire.LZ4), rec{"k3", fmt.Sprintf(`{"a":%d}`, value+200000), 0, nil}, rec{"k0", fmt.Sprintf(`{"a":%d}`, value), 0, nil})
	}
	read := source(k.Addresses, topic, schema, "properties.isolation.level", "read_committed")
	for begun := time.Now(); ; {
		for range 5 {
			round()
		}
		time.Sleep(200 * time.Millisecond)
		got, err := all(t, read)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(got, "+I[-1]") {
			t.Fatalf("an aborted record: %v", got)
		}
		// The last value of each key is never missing.
		for _, last := range []int{value, value + 100000, value + 200000} {
			if !slices.Contains(got, fmt.Sprintf("+I[%d]", last)) {
				t.Fatalf("value %d is missing: %v", last, got)
			}
		}
		if len(got) < 4*value {
			t.Logf("%d records of %d are left, the last offset is behind %d", len(got), 4*value, 6*value)
			// From here on the log stays as it is: what is read twice is compared.
			k.Set(t, topic, "cleanup.policy=delete", "retention.ms=-1")
			for before := []string(nil); !slices.Equal(before, got); {
				time.Sleep(500 * time.Millisecond)
				before = got
				if got, err = all(t, read); err != nil {
					t.Fatal(err)
				}
			}
			conntest.Source(t, connector(), read, 3)
			return
		}
		if time.Since(begun) > time.Minute {
			t.Fatalf("the broker has compacted nothing in %s", time.Since(begun))
		}
	}
}

// realDiscovery reads a topic that is made while the source runs, and looks at the offsets of the group.
func realDiscovery(t *testing.T, k *kafkatest.Cluster, c *client.Client) {
	first, group := k.Topic(t, "grows", 2), k.Name("group")
	stem := first[:strings.LastIndex(first, "-")]
	produce(t, c, p0(first), plainBatch(wire.Plain), rec{"-", `{"a":1}`, 0, nil})
	s := source(k.Addresses, "", types.Schema{{Name: "a", Type: types.IntType()}}, "topic", "", "topic-pattern", stem+"-.*", "scan.startup.mode", "latest-offset",
		"scan.bounded.mode", "unbounded", "properties.group.id", group, "properties.fetch.max.wait.ms", "100")
	l := open(t, s, nil, nil)
	step := func(want ...string) {
		t.Helper()
		if err := l.discover(); err != nil {
			t.Fatal(err)
		}
		if got, err := l.read(len(want)); err != nil || !slices.Equal(got, want) {
			t.Fatalf("%v %v, want %v", got, err, want)
		}
	}
	step()
	produce(t, c, p0(first), plainBatch(wire.Plain), rec{"-", `{"a":2}`, 0, nil})
	step("+I[2]")
	second := k.Topic(t, "grows", 1)
	produce(t, c, p0(second), plainBatch(wire.Plain), rec{"-", `{"a":3}`, 0, nil})
	step("+I[3]")
	if _, err := l.rd.Snapshot(); err != nil {
		t.Fatal(err)
	}
	l.rd.(connectors.CheckpointListener).CheckpointComplete(1)
	l.close()
	got, err := c.GroupOffsets(context.Background(), group, []client.Partition{p0(first), p0(second)}, true)
	if err != nil || got[p0(first)].Offset != 2 || got[p0(second)].Offset != 1 {
		t.Errorf("offsets of the group: %v %v", got, err)
	}
}
