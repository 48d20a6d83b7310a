package kafkatest

import (
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kfake"
)

// TestFates is what becomes of records that are not as the table says.
func TestFates(t *testing.T) {
	b := brokers(t)
	e := start(t, "parallelism.default=1")
	defer e.crash()
	const columns = "(i INT, l BIGINT, d DECIMAL(6, 2), f DOUBLE, s STRING, b BOOLEAN, ts TIMESTAMP(3), a ARRAY<INT>, r ROW<x INT>)"
	for _, x := range []struct {
		name, value string
		row         string // of i, l, d, f, s, b, ts, a, r
		err         string // else
	}{
		{"whole", `{"i":1,"l":2,"d":3.25,"f":4.5,"s":"x","b":true,"ts":"2024-01-02 03:04:05","a":[1,2],"r":{"x":9}}`, "1, 2, 3.25, 4.5, x, true, 2024-01-02T03:04:05, [1, 2], +I[9]", ""},
		{"missing fields", `{"i":1}`, "1, null, null, null, null, null, null, null, null", ""},
		{"unknown fields", `{"zz":{"deep":[1,{"a":"}"}]},"i":1,"y":null}`, "1, null, null, null, null, null, null, null, null", ""},
		{"no fields", `{}`, "null, null, null, null, null, null, null, null, null", ""},
		{"nulls", `{"i":null,"s":null,"a":null,"r":null}`, "null, null, null, null, null, null, null, null, null", ""},
		{"numbers as text", `{"i":"1","l":"2","d":"3.25","f":"4.5"}`, "1, 2, 3.25, 4.5, null, null, null, null, null", ""},
		{"text of anything", `{"s":{"a":[1,2]}}`, `null, null, null, null, {"a":[1,2]}, null, null, null, null`, ""},
		{"huge decimals", `{"d":123456789.5}`, "null, null, null, null, null, null, null, null, null", ""},
		{"digits that are too many", `{"d":1.005}`, "null, null, 1.01, null, null, null, null, null, null", ""},
		{"huge double", `{"f":1e999}`, "null, null, null, Infinity, null, null, null, null, null", ""},
		{"cut", `{"i":1`, "", "malformed record"},
		{"empty", ``, "none", ""},
		{"no JSON", `hello`, "", "malformed record"},
		{"text for a number", `{"i":"one"}`, "", "malformed record: field 'i'"},
		{"object for a number", `{"l":{}}`, "", "malformed record: field 'l'"},
		{"number for an array", `{"a":7}`, "", "malformed record: field 'a'"},
		{"text for a row", `{"r":"x"}`, "", "malformed record: field 'r'"},
		{"text for a field of a row", `{"r":{"x":"y"}}`, "", "malformed record: field 'r"},
		{"no time", `{"ts":"yesterday"}`, "", "malformed record: field 'ts'"},
		{"beyond INT", `{"i":2147483648}`, "", "malformed record: field 'i'"},
		{"beyond BIGINT", `{"l":9223372036854775808}`, "", "malformed record: field 'l'"},
		{"a thousand digits", `{"l":` + strings.Repeat("9", 1000) + `}`, "", "malformed record: field 'l'"},
		{"garbage behind", `{"i":1}}`, "1, null, null, null, null, null, null, null, null", "malformed record"},
	} {
		t.Run(x.name, func(t *testing.T) {
			topic := b.topic("fates-"+replace(x.name, " ", "-"), 1)
			b.write(record(topic, "", `{"i":7}`), record(topic, "", x.value), record(topic, "", "-"), record(topic, "", `{"i":8}`))
			name := "t" + replace(x.name, " ", "_")
			with := b.fill(` WITH ('connector' = 'kafka', 'topic' = '` + topic + `', 'properties.bootstrap.servers' = '<brokers>', 'scan.startup.mode' = 'earliest-offset',
				'scan.bounded.mode' = 'latest-offset', 'format' = 'json'`)
			e.must("CREATE TABLE " + name + columns + with + ");CREATE TABLE " + name + "_skip " + columns + with + ", 'malformed' = 'skip')")
			const nulls = ", null, null, null, null, null, null, null, null]"
			want := []string{"+I[7" + nulls, "+I[8" + nulls}
			got, counts, err := e.query("SELECT * FROM " + name)
			switch {
			case err != nil:
				if x.err == "" || !strings.Contains(err.Error(), topic+"-0@1: "+x.err) {
					t.Error(err)
				}
			case x.row == "":
				t.Errorf("no error, but %v", got)
			default:
				without := int64(1)
				if x.row == "none" { // as good as no value
					without = 2
				} else {
					want = append(want, "+I["+x.row+"]")
					slices.Sort(want)
				}
				if d := cmp.Diff(want, got); d != "" || counts["numRecordsWithoutValue"] != without {
					t.Errorf("%v (-want +got)\n%s", counts, d)
				}
				return
			}
			got, counts, err = e.query("SELECT * FROM " + name + "_skip")
			if d := cmp.Diff(want, got); d != "" || err != nil || counts["numRecordsMalformed"] != 1 || counts["numRecordsWithoutValue"] != 1 {
				t.Errorf("skip: %v %v (-want +got)\n%s", err, counts, d)
			}
		})
	}
}

// TestNobodyThere is about brokers, topics and logins that are not there: the error names them and comes in time.
func TestNobodyThere(t *testing.T) {
	b := brokers(t)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := closed.Addr().String()
	_ = closed.Close()
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and never answers
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	guarded, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-256", "ann", "right"), kfake.SeedTopics(1, "t"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(guarded.Close)
	login := func(password string) string {
		return `'properties.security.protocol' = 'SASL_PLAINTEXT', 'properties.sasl.mechanism' = 'SCRAM-SHA-256', 'properties.sasl.jaas.config' =
			'org.apache.kafka.common.security.scram.ScramLoginModule required username="ann" password="` + password + `";'`
	}
	for _, x := range []struct {
		name, topic, addrs, options, want string
	}{
		{"topic", "nope", strings.Join(b.addrs, ","), "", "topic 'nope'"},
		{"broker", "t", gone, "", "broker " + gone + ": "},
		{"silent broker", "t", silent.Addr().String(), "'properties.socket.connection.setup.timeout.ms' = '500'", "broker " + silent.Addr().String() + ": no answer in time"},
		{"two brokers", "t", gone + "," + silent.Addr().String(), "'properties.socket.connection.setup.timeout.ms' = '500'", "broker " + gone + ": "},
		{"password", "t", guarded.ListenAddrs()[0], login("wrong"), "broker " + guarded.ListenAddrs()[0] + ": "},
		{"no login", "t", guarded.ListenAddrs()[0], "", "broker " + guarded.ListenAddrs()[0] + ": the connection was closed (a broker does that too if it expects TLS or a login"},
		{"TLS", "t", b.addrs[0], "'properties.security.protocol' = 'SSL', 'properties.socket.connection.setup.timeout.ms' = '500'", "broker " + b.addrs[0] + ": "},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			with := ` WITH ('connector' = 'kafka', 'topic' = '` + x.topic + `', 'properties.bootstrap.servers' = '` + x.addrs + `', 'scan.startup.mode' = 'earliest-offset',
				'format' = 'json'`
			if x.options != "" {
				with += ", " + x.options
			}
			e := start(t, "parallelism.default=1", "restart-strategy.type=none", "table.dml-sync=true")
			defer e.crash()
			const soon = ", 'properties.default.api.timeout.ms' = '300')"
			e.must("CREATE TABLE s (i INT)" + with + ");CREATE TABLE s_soon (i INT)" + with + soon + ";CREATE TABLE b (i INT) WITH ('connector' = 'blackhole')")
			for _, statement := range []string{"SELECT * FROM s", "INSERT INTO b SELECT * FROM s_soon", "INSERT INTO s_soon VALUES (1)"} {
				begun := time.Now()
				var err error
				if strings.HasPrefix(statement, "SELECT") {
					_, _, err = e.query(statement)
				} else {
					err = e.run(statement)
				}
				if err == nil || !strings.Contains(err.Error(), x.want) || !strings.Contains(err.Error(), "s") || strings.Contains(err.Error(), "wrong") {
					t.Errorf("%s: %v", statement, err)
				}
				if d := time.Since(begun); d > 20*time.Second {
					t.Errorf("%s: the error came after %s", statement, d)
				}
			}
		})
	}
}
