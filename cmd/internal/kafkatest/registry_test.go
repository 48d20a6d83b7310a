package kafkatest

import (
	"encoding/binary"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// registry is a small schema registry.
type registry struct {
	mu       sync.Mutex
	schemas  []string            // id 1 is the first
	subjects map[string][]string // the schemas of each
	refuses  bool
}

func newRegistry(t *testing.T) (*registry, string) {
	t.Helper()
	r := &registry{subjects: map[string][]string{}}
	s := httptest.NewServer(r)
	t.Cleanup(s.Close)
	return r, s.URL
}

// ServeHTTP registers schemas and tells them.
func (r *registry) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	say := func(status, code int, message string) {
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]any{"error_code": code, "message": message})
	}
	parts := strings.Split(strings.Trim(q.URL.Path, "/"), "/")
	switch {
	case r.refuses:
		say(http.StatusUnauthorized, 40101, "who are you?")
	case q.Method == http.MethodPost:
		var m struct{ Schema string }
		_ = json.NewDecoder(q.Body).Decode(&m)
		if !slices.Contains(r.subjects[parts[1]], m.Schema) {
			r.subjects[parts[1]] = append(r.subjects[parts[1]], m.Schema)
		}
		if !slices.Contains(r.schemas, m.Schema) {
			r.schemas = append(r.schemas, m.Schema)
		}
		_ = json.NewEncoder(w).Encode(map[string]int{"id": slices.Index(r.schemas, m.Schema) + 1})
	default:
		id, _ := strconv.Atoi(parts[2])
		if id < 1 || id > len(r.schemas) {
			say(http.StatusNotFound, 40403, "Schema not found")
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"schema": r.schemas[id-1]})
	}
}

// TestRegistry writes and reads topics whose schemas a registry keeps, while the schema grows.
func TestRegistry(t *testing.T) {
	b := brokers(t)
	reg, url := newRegistry(t)
	e := start(t, "parallelism.default=1", "table.dml-sync=true")
	defer e.crash()
	topic := b.topic("people", 1)
	with := b.fill(`'topic' = '<people>', 'properties.bootstrap.servers' = '<brokers>', 'scan.bounded.mode' = 'latest-offset', 'value.format' = 'avro-confluent',
		'value.avro-confluent.url' = '`+url+`', 'key.format' = 'avro-confluent', 'key.avro-confluent.url' = '`+url+`'`, topic)
	plain := with + `, 'connector' = 'kafka', 'scan.startup.mode' = 'earliest-offset', 'key.fields' = 'id', 'value.fields-include' = 'EXCEPT_KEY'`
	upsert := with + `, 'connector' = 'upsert-kafka', 'value.fields-include' = 'EXCEPT_KEY'`
	e.must(`CREATE TABLE older (id BIGINT, name STRING) WITH (` + plain + `);
		CREATE TABLE newer (id BIGINT, name STRING, age INT, seen TIMESTAMP(3)) WITH (` + plain + `);
		CREATE TABLE people (id BIGINT, name STRING, age INT, PRIMARY KEY (id) NOT ENFORCED) WITH (` + upsert + `);
		INSERT INTO older VALUES (1, 'ann'), (2, 'bob');
		INSERT INTO newer VALUES (3, 'cid', 30, TIMESTAMP '2024-01-02 03:04:05.678'), (1, 'anna', 20, CAST(NULL AS TIMESTAMP(3)));`)
	for subject, n := range map[string]int{topic + "-value": 2, topic + "-key": 1} {
		if len(reg.subjects[subject]) != n || len(reg.subjects) != 2 {
			t.Errorf("subject %s: %v", subject, reg.subjects)
		}
	}
	is := func(query string, want ...string) {
		t.Helper()
		got, _, err := e.query(query)
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(want)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got)\n%s", query, d)
		}
	}
	is("SELECT * FROM older", "+I[1, ann]", "+I[2, bob]", "+I[3, cid]", "+I[1, anna]")
	is("SELECT * FROM newer", "+I[1, ann, null, null]", "+I[2, bob, null, null]", "+I[3, cid, 30, 2024-01-02T03:04:05.678]", "+I[1, anna, 20, null]")
	is("SELECT name, age FROM newer WHERE age > 20", "+I[cid, 30]")
	e.must("INSERT INTO people SELECT id, name, age FROM (VALUES (7, 'eve', 5), (2, 'rob', 6)) AS v (id, name, age)")
	keys := reg.subjects[topic+"-key"]
	id := 1 + slices.Index(reg.schemas, keys[len(keys)-1])
	b.write(record(topic, string(binary.BigEndian.AppendUint32([]byte{0}, uint32(id)))+"\x04", "-")) // user 2 is deleted
	got, _, err := e.query("SELECT COUNT(*), SUM(age) FROM people")
	if err != nil || len(got) == 0 || !strings.HasSuffix(got[len(got)-1], "[3, 55]") {
		t.Errorf("%v %v", got, err)
	}

	b.write(record(topic, "", "\x00\x00\x00\x03\xe7x"), record(topic, "", "\x01\x00\x00\x00\x01x"), record(topic, "", "\x00"))
	values := b.fill(`CREATE TABLE any_value (name STRING) WITH ('connector' = 'kafka', 'topic' = '<people>', 'properties.bootstrap.servers' = '<brokers>',
		'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset', 'format' = 'avro-confluent', 'avro-confluent.url' = '`+url+`'`, topic)
	e.must(values + ");" + replace(values, "any_value", "skipped") + ", 'malformed' = 'skip')")
	if _, _, err := e.query("SELECT * FROM any_value"); err == nil || !strings.Contains(err.Error(), "malformed record") {
		t.Error(err)
	}
	if got, counts, err := e.query("SELECT * FROM skipped"); err != nil || len(got) != 6 || counts["numRecordsMalformed"] != 3 {
		t.Errorf("%v %v %v", got, counts, err)
	}
	reg.refuses = true
	if _, _, err := e.query("SELECT * FROM older"); err == nil || !strings.Contains(err.Error(), "schema registry "+url) || !strings.Contains(err.Error(), "who are you?") {
		t.Error(err)
	}
}
