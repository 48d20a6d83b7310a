package avro_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"millrace/connectors/conntest"
	"millrace/connectors/format"
	"millrace/connectors/format/avro"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// registry is a small schema registry.
type registry struct {
	mu       sync.Mutex
	schemas  []map[string]any // id 1 is the first
	subjects map[string]int   // subject/version to id
	calls    []string
	auth     string // what is asked for
	busy     int    // so many answers are 503 first
}

func newRegistry(t testing.TB) (*registry, string) {
	t.Helper()
	r := &registry{subjects: map[string]int{}}
	s := httptest.NewServer(r)
	t.Cleanup(s.Close)
	return r, s.URL
}

// add adds a schema and returns its id.
func (r *registry) add(schema string, more ...any) int {
	m := map[string]any{"schema": schema}
	for i := 0; i+1 < len(more); i += 2 {
		m[more[i].(string)] = more[i+1]
	}
	r.schemas = append(r.schemas, m)
	return len(r.schemas)
}

// ServeHTTP speaks the part of the protocol that the client needs.
func (r *registry) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, q.Method+" "+q.URL.Path)
	say := func(status, code int, message string) {
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]any{"error_code": code, "message": message})
	}
	if r.busy > 0 {
		r.busy--
		say(503, 50301, "busy")
		return
	}
	if r.auth != "" && q.Header.Get("Authorization") != r.auth {
		say(401, 40101, "User cannot access the resource")
		return
	}
	parts := strings.Split(strings.Trim(q.URL.Path, "/"), "/")
	answer := func(id int) {
		if id < 1 || id > len(r.schemas) {
			say(404, 40403, "Schema not found")
			return
		}
		_ = json.NewEncoder(w).Encode(r.schemas[id-1])
	}
	switch {
	case q.Method == http.MethodGet && parts[0] == "schemas":
		id, _ := strconv.Atoi(parts[2])
		answer(id)
	case q.Method == http.MethodGet:
		answer(r.subjects[parts[1]+"/"+parts[3]])
	default:
		var m struct{ Schema string }
		_ = json.NewDecoder(q.Body).Decode(&m)
		id := 0
		for i, s := range r.schemas {
			if s["schema"] == m.Schema {
				id = i + 1
			}
		}
		if id == 0 {
			id = r.add(m.Schema)
		}
		_ = json.NewEncoder(w).Encode(map[string]int{"id": id})
	}
}

// message is a record behind the id of its schema.
func message(id int, body string) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(id)), body...)
}

// decode returns the rows of messages with their kinds, or errors.
func decode(t *testing.T, f format.Format, c format.Config, messages ...[]byte) (out []string) {
	t.Helper()
	c.Pool = vector.NewPool(0)
	d, err := f.Decoder(c)
	if err != nil {
		return []string{"error " + err.Error()}
	}
	var r format.Records
	for _, m := range messages {
		r.Append(m)
	}
	for at := 0; at < r.Len(); {
		next, err := d.Decode(&r, at)
		if b := d.Take(); b != nil {
			for i := range b.Len {
				out = append(out, fmt.Sprintf("%s[%s]", b.Kind(i), conntest.Row(b, i)))
			}
			b.Release()
		}
		if at = next; err != nil {
			out = append(out, "error "+err.Error())
			at++
		}
	}
	d.Close()
	if n := c.Pool.InUse(); n != 0 {
		t.Errorf("%d bytes in use at the end", n)
	}
	return out
}

func TestConfluentRoundTrip(t *testing.T) {
	r, url := newRegistry(t)
	r.auth = "Basic dXNlcjpzZWNyZXQ="
	conntest.RoundTrip(t, avro.Confluent{}, wide(), conntest.Options("url", url, "subject", "t-value", "basic-auth.credentials-source", "USER_INFO",
		"basic-auth.user-info", "user:secret"), 500, nil)
	// One to write, and one for each of two decoders: schemas are asked for once.
	if d := cmp.Diff([]string{"POST /subjects/t-value/versions", "GET /schemas/ids/1", "GET /schemas/ids/1"}, r.calls); d != "" {
		t.Error(d)
	}
}

func TestEvolution(t *testing.T) {
	r, url := newRegistry(t)
	v1 := r.add(`{"type":"record","name":"a","fields":[{"name":"i","type":"int"},{"name":"gone","type":{"type":"array","items":{"type":"map","values":"double"}}},{"name":"s","type":"string"}]}`)
	v2 := r.add(`{"type":"record","name":"a","fields":[{"name":"s","type":["string","null"]},{"name":"x","type":["null","int","string",{"type":"enum","name":"e","symbols":["A","B"]}]},{"name":"i","type":"long"}]}`)
	v3 := r.add(`{"type":"record","name":"a","fields":[{"name":"renamed","aliases":["s"],"type":"bytes"},{"name":"i","type":["null","n.id"]}]}`,
		"references", []map[string]any{{"name": "n.id", "subject": "ids", "version": 3}})
	r.subjects["ids/3"] = r.add(`{"type":"fixed","name":"id","namespace":"n","size":2,"logicalType":"decimal","precision":4,"scale":1}`)
	other := r.add(`syntax = "proto3";`, "schemaType", "PROTOBUF")
	bad := r.add(`{"type":"record","name":"a","fields":[{"name":"i","type":"boolean"}]}`)
	s := schema("i", types.BigIntType(), "s", text, "x", text)
	opt := conntest.Options("url", url)
	got := decode(t, avro.Confluent{}, format.Config{Physical: s, Columns: s, Options: opt},
		message(v1, "\x02\x02\x02\x02k\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04ab"), // one array element: {"k": 0.0}
		message(v2, "\x02\x06\x02\x05"),
		message(v2, "\x00\x02c\x04\x02z\x06"),
		message(v2, "\x00\x02c\x02\x02\x06"),
		message(v1, "\x03\x00\x02c"),
		message(99, ""), []byte("\x01abcdefg"), []byte("\x00"), message(bad, "\x01"))
	want := []string{
		"+I[1, ab, null]", "+I[-3, null, B]", "+I[3, c, z]",
		"error malformed record: field 'x': int was written, which does not become STRING",
		"+I[-2, c, null]",
		"error malformed record: schema registry " + url + ": GET /schemas/ids/99: 404 Not Found: Schema not found (code 40403)",
		"error malformed record: it begins with byte 1, not with 0 as records with the id of a schema do",
		"error malformed record: it has 1 bytes, fewer than a schema's id takes",
		fmt.Sprintf("error malformed record: schema %d: field 'i': boolean was written, which does not become BIGINT", bad),
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	root := r.add(`["null",{"type":"record","name":"a","fields":[{"name":"i","type":"int"}]}]`)
	got = decode(t, avro.Confluent{}, format.Config{Physical: s, Columns: s, Options: opt}, message(root, "\x02\x0a"), message(root, "\x00"))
	if d := cmp.Diff([]string{"+I[5, null, null]", "error malformed record: the row is branch 0 of its union, which is no row of the table"}, got); d != "" {
		t.Error(d)
	}
	s = schema("i", types.DecimalType(10, 3), "s", text)
	got = decode(t, avro.Confluent{}, format.Config{Physical: s, Columns: s, Options: opt}, message(v3, "\x04ab\x02\x00\x0f"), message(v3, "\x02c\x00"))
	if d := cmp.Diff([]string{"+I[1.500, ab]", "+I[null, c]"}, got); d != "" {
		t.Error(d)
	}
	if got = decode(t, avro.Confluent{}, format.Config{Physical: s, Columns: s, Options: opt}, message(other, "")); !strings.Contains(got[0], "of type PROTOBUF, not AVRO") {
		t.Error(got)
	}
}

func TestRegistryFaults(t *testing.T) {
	r, url := newRegistry(t)
	id := r.add(`{"type":"record","name":"a","fields":[{"name":"i","type":"int"}]}`)
	s := schema("i", integer)
	c := func(pairs ...string) format.Config {
		return format.Config{Physical: s, Columns: s, Positions: []int{0}, Options: conntest.Options(append([]string{"url", url}, pairs...)...)}
	}
	r.busy = 2
	if got := decode(t, avro.Confluent{}, c(), message(id, "\x02")); got[0] != "+I[1]" {
		t.Errorf("a busy registry: %v", got)
	}
	r.auth = "Bearer abc"
	if got := decode(t, avro.Confluent{}, c("bearer-auth.token", "abc"), message(id, "\x02")); got[0] != "+I[1]" {
		t.Errorf("with a token: %v", got)
	}
	if got := decode(t, avro.Confluent{}, c(), message(id, "\x02")); !strings.Contains(got[0], "401 Unauthorized: User cannot access") || strings.Contains(got[0], "malformed") {
		t.Errorf("without: %v", got)
	}
	for want, k := range map[string]format.Config{
		"a certificate and a key in PEM form": c("ssl.keystore.location", "nowhere.pem"),
		"supported are USER_INFO, URL":        c("basic-auth.credentials-source", "SASL_INHERIT"),
		"required options are missing: 'url'": {Physical: s, Columns: s},
	} {
		if _, err := (avro.Confluent{}).Decoder(k); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if _, err := (avro.Confluent{}).Encoder(c()); err == nil || !strings.Contains(err.Error(), "'subject' is required") {
		t.Error(err)
	}
}

func TestDebezium(t *testing.T) {
	r, url := newRegistry(t)
	row := `{"type":"record","name":"Value","fields":[{"name":"id","type":"int"},{"name":"name","type":["null","string"],"default":null}]}`
	id := r.add(`{"type":"record","name":"Envelope","fields":[{"name":"before","type":["null",` + row + `],"default":null},{"name":"after","type":["null","Value"],"default":null},` +
		`{"name":"source","type":{"type":"record","name":"Source","fields":[{"name":"db","type":"string"}]}},{"name":"op","type":"string"},{"name":"ts_ms","type":["null","long"]}]}`)
	s := schema("id", integer, "name", text)
	c := format.Config{Physical: s, Columns: s, Positions: []int{0, 1}, Options: conntest.Options("url", url, "subject", "x")}
	const end = "\x02d\x02"
	got := decode(t, avro.Debezium{}, c,
		message(id, "\x00\x02\x02\x02\x02a"+end+"c\x00"), message(id, "\x02\x02\x02\x02a\x02\x02\x00"+end+"u\x02\x0a"),
		message(id, "\x00\x02\x04\x00"+end+"u\x00"), message(id, "\x02\x02\x00\x00"+end+"d\x00"), message(id, "\x00\x00"+end+"r\x00"),
		message(id, "\x00\x00"+end+"q\x00"))
	want := []string{
		"+I[1, a]", "-U[1, a]", "+U[1, null]",
		"error malformed record: field 'before': it has no 'before' of the row; a Postgres table must have REPLICA IDENTITY FULL for that",
		"-D[1, null]", "error malformed record: field 'after': it has no 'after' of the row", `error malformed record: field 'op': there is no operation "q"`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	var in format.Records
	in.Append([]byte(`{"id":7,"name":"x"}`))
	in.Append([]byte(`{"id":8}`))
	plain := c
	plain.Pool = vector.NewPool(0)
	b := jsonBatch(t, plain, &in)
	b.Kinds = []vector.RowKind{vector.UpdateBefore, vector.UpdateAfter}
	e, err := avro.Debezium{}.Encoder(c)
	if err != nil {
		t.Fatal(err)
	}
	var out format.Output
	if err := e.Encode(b, nil, &out); err != nil {
		t.Fatal(err)
	}
	got = decode(t, avro.Debezium{}, c, out.Data[:out.Ends[0]], out.Data[out.Ends[0]:])
	if d := cmp.Diff([]string{"-D[7, x]", "+I[8, null]"}, got); d != "" {
		t.Error(d)
	}
}
