package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"millrace/cmd/internal/repl"
	"millrace/cmd/internal/session"
	"millrace/cmd/internal/wire"
	"millrace/runtime/gateway"
)

// secret is in no text that comes out of any door.
const secret = "hunter2-very-secret"

// run runs a command on a text and returns what it prints.
func runText(t *testing.T, text string, args ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "a.sql")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	Run(append(args, file), Streams{In: strings.NewReader(""), Out: &out, Err: &out})
	return out.String()
}

// table is a definition with secrets in a usual place, a comment, and an address; broken is what else is wrong with it.
func table(broken string) string {
	return `CREATE TABLE t (a INT) WITH (
  'connector' = 'kafka', 'topic' = 'x', 'properties.bootstrap.servers' = '127.0.0.1:1', 'format' = 'json',
  -- 'properties.ssl.keystore.password' = '` + secret + `',
  'properties.security.protocol' = 'SASL_PLAINTEXT', 'properties.sasl.mechanism' = 'PLAIN',
  'properties.sasl.jaas.config' = 'org.apache.kafka.common.security.plain.PlainLoginModule required username="u" password="` + secret + `";'` + broken + `);
`
}

// TestSecretsAreHidden: neither echo, errors, plans, definitions nor logs show a secret of a WITH clause.
func TestSecretsAreHidden(t *testing.T) {
	t.Setenv("MILLRACE_LOG", "debug")
	fast := ", 'properties.request.timeout.ms' = '200', 'properties.socket.connection.setup.timeout.ms' = '200', 'properties.default.api.timeout.ms' = '300'"
	for name, c := range map[string]struct {
		text string
		args []string
		want string // what must be there, so that the case is one
	}{
		"echo":            {table(""), []string{"run"}, "'properties.sasl.jaas.config' = '******'"},
		"show create":     {table("") + "SHOW CREATE TABLE t;", []string{"run"}, "'properties.sasl.jaas.config' = '******'"},
		"view":            {table("") + "CREATE VIEW v AS SELECT * FROM t /*+ OPTIONS('properties.ssl.key.password'='" + secret + "') */; SHOW CREATE VIEW v;", []string{"run"}, "'properties.ssl.key.password'"},
		"explain":         {table("") + "EXPLAIN ESTIMATED_COST, CHANGELOG_MODE, PLAN_ADVICE, JSON_EXECUTION_PLAN SELECT * FROM t /*+ OPTIONS('properties.ssl.key.password'='" + secret + "') */;", []string{"run"}, "Physical"},
		"explain command": {table("") + "SELECT * FROM t /*+ OPTIONS('properties.ssl.key.password'='" + secret + "') */;", []string{"explain"}, "'******'"},
		"validate":        {table(", 'nope' = 'x'") + "SELECT * FROM t;", []string{"validate"}, "unknown option 'nope'"},
		"error in plan":   {table(", 'nope' = 'x'") + "SELECT * FROM t;", []string{"run"}, "unknown option 'nope'"},
		"error in value":  {"CREATE TABLE t (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1', 'fields.a.token' = '" + secret + "'); SELECT * FROM t;", []string{"run"}, "fields.a.token"},
		"syntax":          {table(" 'x' 'y'"), []string{"run"}, "******"},
		"syntax at it":    {"CREATE TABLE t (a INT) WITH ('connector' = 'datagen', 'password' '" + secret + "')", []string{"run"}, "a.sql:1:"},
		"not quoted":      {"CREATE TABLE t (a INT) WITH ('connector' = 'datagen', 'password' = `" + secret + "`)", []string{"run"}, "a.sql:1:"},
		"not closed":      {"CREATE TABLE t (a INT) WITH ('connector' = 'datagen', 'password' = '" + secret, []string{"run"}, "a.sql:1:"},
		"set":             {"SET 's3.secret-key' = '" + secret + "'; SET 's3.access-key' = '" + secret + "'; SET;", []string{"run"}, "s3.secret-key"},
		"old set":         {"SET s3.secret-key = " + secret + "; SET;", []string{"run"}, "s3.secret-key"},
		"job fails":       {table(fast) + "CREATE TABLE o (a INT) WITH ('connector' = 'blackhole'); INSERT INTO o SELECT * FROM t;", []string{"run"}, "127.0.0.1:1"},
		"address": {
			"CREATE TABLE t (a INT) WITH ('connector' = 'kafka', 'topic' = 'x', 'properties.bootstrap.servers' = 'h:1', 'format' = 'avro-confluent', 'avro-confluent.url' = 'http://me:" +
				secret + "@h'); SHOW CREATE TABLE t;", []string{"run"}, "http://******@h",
		},
		"s3": {
			"CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', 'path' = 's3://b/x', 'format' = 'json', 's3.endpoint' = 'http://127.0.0.1:1', 's3.connect.budget' = '100 ms', 's3.region' = 'us-east-1', 's3.access-key' = 'k-" +
				secret + "', 's3.secret-key' = '" + secret + "'); INSERT INTO t VALUES (1);", []string{"run"}, "127.0.0.1:1",
		},
		"catalog": {"CREATE CATALOG c WITH ('type' = 'generic_in_memory', 'password' = '" + secret + "'); SHOW CREATE CATALOG c; DESCRIBE CATALOG EXTENDED c;", []string{"run"}, "******"},
	} {
		got := runText(t, c.text, c.args...)
		if strings.Contains(got, secret) || !strings.Contains(got, c.want) {
			t.Errorf("%s: secret shown: %v, %q there: %v\n%s", name, strings.Contains(got, secret), c.want, strings.Contains(got, c.want), got)
		}
	}
}

// TestShellHidesSecrets: the same of the shell's errors and of a gateway's answers.
func TestShellHidesSecrets(t *testing.T) {
	env, stop := wire.Standalone(wire.Config{Settings: map[string]string{"s3.secret-key": secret}})
	defer stop()
	texts := []string{
		table(", 'nope' = 'x'"), "SELECT * FROM t", "SHOW CREATE TABLE t", "SET", table(" 'x' 'y'"), "ALTER TABLE t SET ('password' '" + secret + "')",
		"CREATE TABLE u (a INT) WITH ('connector' = 'datagen', 'password' = `" + secret + "`)", "EXPLAIN SELECT * FROM t /*+ OPTIONS('token'='" + secret + "') */",
	}
	s := session.New(env, nil)
	defer s.Close()
	var out bytes.Buffer
	shell := repl.New(repl.Config{Session: s, Out: &out, Err: &out})
	for _, text := range texts {
		if _, err := shell.Execute(t.Context(), text); err != nil {
			repl.Report(&out, err)
		}
	}
	if strings.Contains(out.String(), secret) || !strings.Contains(out.String(), "'******'") {
		t.Errorf("shell:\n%s", out.String())
	}

	g := gateway.New(gateway.Config{Log: env.Log, Sessions: func(_ string, p map[string]string) (gateway.Session, error) { return session.New(env, p), nil }})
	defer g.Close()
	server := httptest.NewServer(&gateway.Handler{Gateway: g, Version: flinkVersion})
	defer server.Close()
	all := talk(t, server.URL, texts)
	if strings.Contains(all, secret) || !strings.Contains(all, "'******'") || !strings.Contains(all, `"s3.secret-key":"******"`) {
		t.Errorf("gateway:\n%s", all)
	}
}

// talk sends statements to a gateway and returns all that it answers.
func talk(t *testing.T, url string, statements []string) string {
	t.Helper()
	var all strings.Builder
	do := func(method, path, body string) map[string]any {
		t.Helper()
		q, err := http.NewRequestWithContext(t.Context(), method, url+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(b)
		var answer map[string]any
		_ = json.Unmarshal(b, &answer) // what is no JSON has no fields
		return answer
	}
	s := "/v1/sessions/" + fmt.Sprint(do("POST", "/v1/sessions", "{}")["sessionHandle"])
	for _, text := range statements {
		body, err := json.Marshal(map[string]string{"statement": text})
		if err != nil {
			t.Fatal(err)
		}
		op, ok := do("POST", s+"/statements", string(body))["operationHandle"].(string)
		if !ok {
			continue
		}
		next := s + "/operations/" + op + "/result/0"
		for range 100 {
			r := do("GET", next, "")
			uri, ok := r["nextResultUri"].(string)
			if !ok {
				break
			}
			next = uri
			if r["resultType"] == "NOT_READY" {
				time.Sleep(5 * time.Millisecond)
			}
		}
	}
	do("GET", s, "")
	return all.String()
}
