package kafka_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kfake"

	"millrace/connectors"
	"millrace/connectors/conntest"
	"millrace/connectors/format"
	"millrace/connectors/format/avro"
	"millrace/connectors/format/csv"
	"millrace/connectors/format/debezium"
	"millrace/connectors/format/json"
	"millrace/connectors/format/raw"
	"millrace/connectors/kafka"
	"millrace/connectors/kafka/client"
	"millrace/connectors/kafka/wire"
	"millrace/planner/expr"
	"millrace/planner/plan"
	"millrace/sql/types"
)

func TestUpsertCapabilities(t *testing.T) {
	u := kafka.NewUpsert(format.NewRegistry(json.Format{}, debezium.Format{}))
	base := map[string]string{"connector": "upsert-kafka", "topic": "t", "properties.bootstrap.servers": "b:1", "key.format": "json", "value.format": "json"}
	for _, k := range []struct {
		key   []string
		set   string // key=value; without value: removed
		wants string
	}{
		{[]string{"k"}, "", ""},
		{[]string{"k"}, "value.json.timestamp-format.standard=ISO-8601", ""},
		{nil, "", "a PRIMARY KEY is required"},
		{[]string{"k"}, "key.format", "required options are missing: 'key.format'"},
		{[]string{"k"}, "value.format=debezium-json", "deletions are records without value"},
		{[]string{"k"}, "scan.startup.mode=earliest-offset", "connector 'upsert-kafka': unknown option 'scan.startup.mode'"},
		{[]string{"k"}, "format=json", "connector 'upsert-kafka': unknown option 'format'"},
		{[]string{"k"}, "key.fields=k", "connector 'upsert-kafka': unknown option 'key.fields'"},
		{[]string{"k"}, "topic", "connector 'upsert-kafka': exactly one of the options 'topic' and 'topic-pattern'"},
		{[]string{"k"}, "key.fields-prefix=k", "needs 'value.fields-include' = 'EXCEPT_KEY'"},
		{[]string{"k"}, "scan.bounded.mode=timestamp", "connector 'upsert-kafka': option 'scan.bounded.mode' = 'timestamp': the option 'scan.bounded.timestamp-millis' is needed"},
		{[]string{"k"}, "key.format=debezium-json", "a format of changes cannot write keys"},
		{[]string{"k"}, "sink.buffer-flush.max-rows=10", "must both be more than 0"},
		{[]string{"k"}, "sink.delivery-guarantee=twice", "allowed are none, at-least-once, exactly-once"},
		{[]string{"k"}, "sink.partitioner=org.example.P", "classes are not supported"},
	} {
		o := map[string]string{}
		maps.Copy(o, base)
		if name, value, ok := strings.Cut(k.set, "="); ok {
			o[name] = value
		} else {
			delete(o, name)
		}
		c, err := u.Capabilities(connectors.Table{
			Name: "t", Options: o, Key: k.key,
			Schema: types.Schema{{Name: "k", Type: types.BigIntType().AsNotNull()}, {Name: "v", Type: types.StringType()}},
		})
		switch {
		case k.wants == "" && (err != nil || !c.Sink || !c.Source || len(c.SinkModes) != 1 || c.SinkModes[0] != plan.Upsert ||
			c.SourceMode != plan.Upsert || !c.KeyOnlyDeletes || !c.Watermark || c.Bounded):
			t.Errorf("%q: %+v, %v", k.set, c, err)
		case k.wants != "" && (err == nil || !strings.Contains(err.Error(), k.wants)):
			t.Errorf("%q: %v, want %q", k.set, err, k.wants)
		}
	}
}

// upsert is a source of upsert-kafka with the columns k and v, and more.
func upsert(addrs []string, schema types.Schema, options ...string) *plan.Source {
	s := source(addrs, "t", schema, append([]string{
		"connector", "upsert-kafka", "format", "", "scan.startup.mode", "", "key.format", "json", "value.format", "json",
	}, options...)...)
	s.Connector, s.Key = "upsert-kafka", []string{schema[0].Name}
	return s
}

func upserts() *kafka.Upsert {
	return kafka.NewUpsert(format.NewRegistry(json.Format{}, raw.Format{}, csv.Format{}, avro.Format{}))
}

// table reads a source of upsert-kafka to its end.
func table(t testing.TB, s *plan.Source) (rows []string, counts map[string]int64, err error) {
	t.Helper()
	l := openOf(t, upserts(), s, nil, nil)
	defer l.close()
	if err := l.discover(); err != nil {
		return nil, nil, err
	}
	rows, err = l.read(1 << 30)
	return rows, l.counts(), err
}

func TestUpsertRows(t *testing.T) {
	k := cluster(t, kfake.SeedTopics(1, "t"))
	c := newClient(t, k.ListenAddrs())
	produce(t, c, p0("t"), plainBatch(wire.Zstd),
		rec{`{"k":1}`, `{"k":1,"v":"one","n":10}`, 1000, nil},
		rec{`{"k":2}`, `{"k":2,"v":"two"}`, 1001, nil},
		rec{`{"k":1}`, "-", 1002, []wire.Header{{Key: "why", Value: []byte("x")}}},
		rec{`{"k":3}`, "-", 1003, nil},
		rec{"-", `{"k":9,"v":"no key"}`, 1004, nil},
		rec{"-", "-", 1005, nil},
		rec{`{"k":2}`, `{"k":2,"v":"zwei"}`, 1006, nil})
	produce(t, c, p0("t"), plainBatch(wire.Plain), rec{`{"k":2}`, "-", 1007, nil})
	produce(t, c, p0("t"), plainBatch(wire.Plain), rec{`{"k":4}`, `{"k":4,"v":"vier"}`, 1008, nil})
	schema := types.Schema{{Name: "k", Type: types.BigIntType().AsNotNull()}, {Name: "v", Type: types.StringType().AsNotNull()}, {Name: "n", Type: types.IntType()}}
	prefixed := types.Schema{{Name: "p_k", Type: types.BigIntType().AsNotNull()}, schema[1], schema[2]}
	offset := plan.SourceColumn{Name: "o", Type: types.BigIntType(), Metadata: "offset"}
	for _, x := range []struct {
		name string
		s    *plan.Source
		want []string
	}{
		{"key and value", upsert(k.ListenAddrs(), schema), []string{
			"+I[1, one, 10]", "+I[2, two, null]", "-D[1, null, null]", "-D[3, null, null]", "+I[2, zwei, null]", "-D[2, null, null]", "+I[4, vier, null]",
		}},
		{"key apart", upsert(k.ListenAddrs(), prefixed, "key.fields-prefix", "p_", "value.fields-include", "EXCEPT_KEY"), []string{
			"+I[1, one, 10]", "+I[2, two, null]", "-D[1, null, null]", "-D[3, null, null]", "+I[2, zwei, null]", "-D[2, null, null]", "+I[4, vier, null]",
		}},
	} {
		for _, extra := range []bool{false, true} {
			s, want := *x.s, slices.Clone(x.want)
			if extra {
				s.Projected = append([]plan.SourceColumn{offset}, s.Projected...)
				for i, o := range []string{"0", "1", "2", "3", "6", "7", "8"} {
					want[i] = want[i][:3] + o + ", " + want[i][3:]
				}
			}
			got, counts, err := table(t, &s)
			if err != nil {
				t.Fatalf("%s: %v", x.name, err)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s, metadata %v (-want +got)\n%s", x.name, extra, d)
			}
			if counts["numRecordsWithoutKey"] != 2 || counts["numRecordsWithoutValue"] != 0 || counts["numRecordsMalformed"] != 0 {
				t.Errorf("%s: %v", x.name, counts)
			}
			conntest.Source(t, upserts(), &s, 10)
		}
	}
	// Only the key.
	s := upsert(k.ListenAddrs(), schema)
	s.Projected = s.Projected[:1]
	got, _, err := table(t, s)
	if d := cmp.Diff([]string{"+I[1]", "+I[2]", "-D[1]", "-D[3]", "+I[2]", "-D[2]", "+I[4]"}, got); d != "" || err != nil {
		t.Errorf("(-want +got)\n%s %v", d, err)
	}
}

// Keys and values of all formats of records; a raw value is NULL in no row but a deletion.
func TestUpsertFormats(t *testing.T) {
	for _, x := range []struct{ key, value, k1, v1, k2, want string }{
		{"json", "csv", `{"k":"a"}`, "a,x", `{"k":"b"}`, "+I[a, x] -D[a, null] -D[b, null]"},
		{"raw", "json", "a", `{"k":"a","v":"x"}`, "b", "+I[a, x] -D[a, null] -D[b, null]"},
		{"csv", "avro", "a", "\x02\x02a\x02\x02x", "b", "+I[a, x] -D[a, null] -D[b, null]"},
		{"avro", "json", "\x02\x02a", `[{"k":"a","v":"x"},{"k":"a","v":"y"}]`, "\x02\x02b", "+I[a, x] +I[a, y] -D[a, null] -D[b, null]"},
		{"raw", "raw", "a", "x", "b", "+I[a, x] -D[a, null] -D[b, null]"},
	} {
		t.Run(x.key+" "+x.value, func(t *testing.T) {
			k := cluster(t, kfake.SeedTopics(1, "t"))
			c := newClient(t, k.ListenAddrs())
			produce(t, c, p0("t"), plainBatch(wire.Plain), rec{x.k1, x.v1, 0, nil}, rec{x.k1, "-", 0, nil}, rec{x.k2, "-", 0, nil})
			o := []string{"key.format", x.key, "value.format", x.value}
			if x.value == "raw" {
				o = append(o, "value.fields-include", "EXCEPT_KEY")
			}
			got, _, err := table(t, upsert(k.ListenAddrs(), types.Schema{{Name: "k", Type: types.StringType()}, {Name: "v", Type: types.StringType()}}, o...))
			if err != nil || strings.Join(got, " ") != x.want {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
}

// Keys and values that cannot be read have the fate of the table.
func TestUpsertMalformed(t *testing.T) {
	k := cluster(t, kfake.SeedTopics(1, "t"))
	c := newClient(t, k.ListenAddrs())
	produce(t, c, p0("t"), plainBatch(wire.Plain),
		rec{`{"k":1}`, `{"k":1,"v":"one"}`, 0, nil},
		rec{`{"k":`, "-", 0, nil},
		rec{`{"k":2}`, `{"k":2,"v":`, 0, nil},
		rec{`{"k":1}`, "-", 0, nil})
	schema := types.Schema{{Name: "k", Type: types.BigIntType().AsNotNull()}, {Name: "v", Type: types.StringType()}}
	for _, include := range []string{"ALL", "EXCEPT_KEY"} {
		s := upsert(k.ListenAddrs(), schema, "value.fields-include", include)
		s.Malformed = "FAIL"
		if _, _, err := table(t, s); err == nil || !strings.Contains(err.Error(), "table t: t-0@1: malformed record: ") {
			t.Errorf("%v", err)
		}
		s.Malformed = "SKIP"
		got, counts, err := table(t, s)
		if err != nil || strings.Join(got, " ") != "+I[1, one] -D[1, null]" || counts["numRecordsMalformed"] != 2 {
			t.Errorf("%s: %v %v %v", include, got, counts, err)
		}
	}
}

// Many records with deletions among them: batches are cut at their size, and every position can be restored.
func TestUpsertMany(t *testing.T) {
	k := cluster(t, kfake.SeedTopics(2, "t"))
	c := newClient(t, k.ListenAddrs())
	rng := rand.New(rand.NewPCG(1, 2))
	var want []string
	for p := range int32(2) {
		for range 3 {
			var recs []rec
			for range 3000 {
				id := rng.IntN(1000)
				key, value := fmt.Sprintf(`{"k":%d}`, id), "-"
				if share := 1 + int(p)*8; rng.IntN(10) >= share {
					value = fmt.Sprintf(`{"k":%d,"v":"x%d"}`, id, rng.IntN(100))
					want = append(want, fmt.Sprintf("+I[%d, %s]", id, value[strings.Index(value, `x`):len(value)-2]))
				} else {
					want = append(want, fmt.Sprintf("-D[%d, null]", id))
				}
				recs = append(recs, rec{key, value, 0, nil})
			}
			produce(t, c, client.Partition{Topic: "t", Index: p}, plainBatch(wire.LZ4), recs...)
		}
	}
	schema := types.Schema{{Name: "k", Type: types.BigIntType().AsNotNull()}, {Name: "v", Type: types.StringType()}}
	for _, include := range []string{"ALL", "EXCEPT_KEY"} {
		got := conntest.Source(t, upserts(), upsert(k.ListenAddrs(), schema, "value.fields-include", include), 6)
		slices.Sort(got)
		slices.Sort(want)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", include, d[:min(len(d), 2000)])
		}
	}
}

// A record without value is a row of NULL with the format raw, and none with others.
func TestNullValues(t *testing.T) {
	k := cluster(t, kfake.SeedTopics(1, "t"))
	c := newClient(t, k.ListenAddrs())
	produce(t, c, p0("t"), plainBatch(wire.Plain), rec{"a", "x", 0, nil}, rec{"b", "-", 0, nil}, rec{"-", "-", 0, nil}, rec{"d", "y", 0, nil})
	kv := types.Schema{{Name: "k", Type: types.StringType()}, {Name: "v", Type: types.StringType()}}
	offset := plan.SourceColumn{Name: "o", Type: types.BigIntType(), Metadata: "offset"}
	keyed := source(k.ListenAddrs(), "t", kv, "format", "", "value.format", "raw", "key.format", "raw", "key.fields", "k", "value.fields-include", "EXCEPT_KEY")
	want(t, keyed, "+I[a, x]", "+I[b, null]", "+I[null, null]", "+I[d, y]")
	s := source(k.ListenAddrs(), "t", kv[1:], "format", "raw")
	want(t, s, "+I[x]", "+I[null]", "+I[null]", "+I[y]")
	s.Projected = append(s.Projected, offset)
	want(t, s, "+I[x, 0]", "+I[null, 1]", "+I[null, 2]", "+I[y, 3]")
	conntest.Source(t, connector(), s, 4)
	s = source(k.ListenAddrs(), "t", types.Schema{{Name: "v", Type: types.StringType().AsNotNull()}}, "format", "raw")
	if _, err := all(t, s); err == nil || !strings.Contains(err.Error(), "t-0@1: malformed record: the record has no value, and its column is NOT NULL") {
		t.Error(err)
	}
	s.Malformed = "SKIP"
	want(t, s, "+I[x]", "+I[y]")
	produce(t, c, p0("t"), plainBatch(wire.Plain), rec{"e", "", 0, nil}, rec{"f", "z", 0, nil})
	want(t, source(k.ListenAddrs(), "t", kv[1:], "format", "raw"), "+I[x]", "+I[null]", "+I[null]", "+I[y]", "+I[]", "+I[z]")
	if _, err := all(t, source(k.ListenAddrs(), "t", kv[1:], "format", "csv")); err == nil || !strings.Contains(err.Error(), "t-0@4: malformed record: the record is empty") {
		t.Error(err)
	}
	for _, f := range []string{"csv", "debezium-json", "json"} {
		s := source(k.ListenAddrs(), "t", kv[1:], "format", f)
		s.Malformed = "SKIP" // the values are no JSON
		l := open(t, s, nil, nil)
		if err := l.discover(); err != nil {
			t.Fatal(err)
		}
		got, err := l.read(1 << 30)
		without, malformed, rows := int64(3), int64(3), ""
		if f == "csv" { // for which an empty value is wrong
			without, malformed, rows = 2, 1, "+I[x] +I[y] +I[z]"
		}
		if n := l.counts(); err != nil || n["numRecordsWithoutValue"] != without || n["numRecordsMalformed"] != malformed || strings.Join(got, " ") != rows {
			t.Errorf("%s: %v %v %v", f, got, n, err)
		}
		l.close()
	}
}

// Deletions have no event time, and hold no watermark back.
func TestUpsertWatermark(t *testing.T) {
	k := cluster(t, kfake.SeedTopics(1, "t"))
	c := newClient(t, k.ListenAddrs())
	produce(t, c, p0("t"), plainBatch(wire.Plain), rec{`{"k":1}`, `{"k":1,"ts":"1970-01-01 00:00:05"}`, 0, nil}, rec{`{"k":1}`, "-", 0, nil},
		rec{`{"k":2}`, `{"k":2,"ts":"1970-01-01 00:00:07"}`, 0, nil})
	ts := types.TimestampType(3)
	s := upsert(k.ListenAddrs(), types.Schema{{Name: "k", Type: types.BigIntType()}, {Name: "ts", Type: ts}})
	s.Watermark = &plan.Watermark{Column: 1, Expr: expr.NewColumn(1, ts)}
	if !upserts().AcceptWatermark(connectors.Table{}, s.Projected, s.Watermark) {
		t.Error("the watermark is not accepted")
	}
	got, _, err := table(t, s)
	if err != nil || len(got) != 3 {
		t.Errorf("%v %v", got, err)
	}
	produce(t, c, p0("t"), plainBatch(wire.Plain), rec{`{"k":3}`, `{"k":3}`, 0, nil})
	if _, _, err := table(t, s); err == nil || !strings.Contains(err.Error(), "rowtime field should not be null") {
		t.Errorf("%v", err)
	}
}
