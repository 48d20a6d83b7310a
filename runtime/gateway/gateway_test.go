package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"millrace/operators"
	"millrace/operators/vector"
	"millrace/sql/types"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// script is a session whose statements are commands of the test.
type script struct {
	release chan struct{}
	closed  bool
	order   []string
}

func numbers(pool *vector.Pool, from, n int) *operators.Batch {
	v := vector.New(pool, types.IntType().AsNotNull(), n, 0)
	for i := range n {
		vector.Values[int32](v)[i] = int32(from + i)
	}
	return vector.NewBatch(n, v)
}

// slowRows gives batches of the sizes listed, then ends or fails.
type slowRows struct {
	pool   *vector.Pool
	sizes  []int
	at     int
	fail   error
	closed *bool
}

func (r *slowRows) Next(_ context.Context, maxRows int) ([]*operators.Batch, bool, error) {
	if len(r.sizes) == 0 {
		return nil, r.fail == nil, r.fail
	}
	n := min(r.sizes[0], maxRows)
	if r.sizes[0] -= n; r.sizes[0] == 0 {
		r.sizes = r.sizes[1:]
	}
	b := numbers(r.pool, r.at, n)
	r.at += n
	return []*operators.Batch{b}, false, nil
}

func (r *slowRows) Close() { *r.closed = true }

func (s *script) Execute(ctx context.Context, statement string, config map[string]string) (*Result, error) {
	s.order = append(s.order, statement)
	pool := vector.NewPool(0)
	schema := types.Schema{{Name: "n", Type: types.IntType().AsNotNull()}}
	switch {
	case statement == "fail":
		return nil, Throw("org.example.Broken", errors.New("no such thing"))
	case statement == "panic":
		panic("boom")
	case statement == "wait":
		select {
		case <-s.release:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		return &Result{Schema: schema, Rows: FixedRows(nil)}, nil
	case statement == "config":
		b := vector.NewBuilder(pool, types.StringType(), 1)
		b.AppendBytes([]byte(config["k"]))
		return &Result{Schema: types.Schema{{Name: "k", Type: types.StringType()}}, Content: true, Rows: FixedRows(vector.NewBatch(1, b.Finish()))}, nil
	case strings.HasPrefix(statement, "rows"):
		var sizes []int
		for _, f := range strings.Fields(statement)[1:] {
			var n int
			_, _ = fmt.Sscan(f, &n)
			sizes = append(sizes, n)
		}
		return &Result{Schema: schema, Query: true, Content: true, JobID: strings.Repeat("a", 32), Rows: &slowRows{pool: pool, sizes: sizes, closed: &s.closed}}, nil
	case statement == "breaks":
		return &Result{Schema: schema, Query: true, Content: true, Rows: &slowRows{pool: pool, sizes: []int{2}, fail: errors.New("the job failed"), closed: &s.closed}}, nil
	}
	return nil, fmt.Errorf("unknown command %q", statement)
}

func (s *script) Configure(_ context.Context, statement string) error {
	if statement != "SET" {
		return errors.New("only SET")
	}
	return nil
}
func (s *script) Properties() map[string]string { return map[string]string{"a": "b"} }
func (s *script) Complete(t string, n int) []string {
	return []string{fmt.Sprint(t, n)}
}
func (s *script) Close() {}

// client talks to a handler.
type client struct {
	t       *testing.T
	url     string
	session string
}

func start(t *testing.T, s *script) *client {
	t.Helper()
	g := New(Config{Sessions: func(string, map[string]string) (Session, error) { return s, nil }})
	server := httptest.NewServer(&Handler{Gateway: g, Version: "2.3.0"})
	t.Cleanup(func() {
		server.Close()
		g.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	c := &client{t: t, url: server.URL}
	var open struct{ SessionHandle string }
	c.do("POST", "/v3/sessions", `{"sessionName":null,"properties":{"x":3}}`, 200, &open)
	c.session = "/v3/sessions/" + open.SessionHandle
	return c
}

func (c *client) do(method, path, body string, status int, out any) string {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	if resp.StatusCode != status {
		c.t.Fatalf("%s %s: status %d, want %d: %s", method, path, resp.StatusCode, status, b)
	}
	if ct := resp.Header.Get("Content-Type"); ct != "application/json; charset=UTF-8" {
		c.t.Errorf("%s %s: content type %q", method, path, ct)
	}
	if out != nil {
		if err := json.Unmarshal(b, out); err != nil {
			c.t.Fatalf("%s %s: %v: %s", method, path, err, b)
		}
	}
	return string(b)
}

func (c *client) submit(statement string) string {
	c.t.Helper()
	var op struct{ OperationHandle string }
	b, err := json.Marshal(map[string]any{"statement": statement, "executionTimeout": 0, "executionConfig": map[string]string{"k": "v"}})
	if err != nil {
		c.t.Fatal(err)
	}
	c.do("POST", c.session+"/statements", string(b), 200, &op)
	return c.session + "/operations/" + op.OperationHandle
}

type page struct {
	ResultType    string
	IsQueryResult bool
	JobID         string
	ResultKind    string
	NextResultURI string `json:"nextResultUri"`
	Results       struct {
		RowFormat string
		Data      []struct {
			Kind   string
			Fields []any
		}
	}
}

func (c *client) fetch(op string, token int) page {
	c.t.Helper()
	var p page
	c.do("GET", fmt.Sprintf("%s/result/%d?rowFormat=JSON", op, token), "", 200, &p)
	return p
}

func TestPagesAndTokens(t *testing.T) {
	c := start(t, &script{})
	op := c.submit("rows 3000 3000 10")
	first := c.fetch(op, 0)
	if first.ResultType != "PAYLOAD" || len(first.Results.Data) != 5000 || !first.IsQueryResult || first.JobID == "" || first.ResultKind != "SUCCESS_WITH_CONTENT" {
		t.Fatalf("first page: %s, %d rows", first.ResultType, len(first.Results.Data))
	}
	if !strings.HasSuffix(first.NextResultURI, "/result/1?rowFormat=JSON") {
		t.Errorf("next: %s", first.NextResultURI)
	}
	if again := c.fetch(op, 0); len(again.Results.Data) != 5000 || again.Results.Data[4999].Fields[0] != 4999.0 {
		t.Error("the page before cannot be asked for again")
	}
	second := c.fetch(op, 1)
	if len(second.Results.Data) != 1010 || second.Results.Data[0].Fields[0] != 5000.0 {
		t.Errorf("second page: %d rows", len(second.Results.Data))
	}
	c.do("GET", op+"/result/0", "", 500, nil) // two back
	c.do("GET", op+"/result/7", "", 500, nil)
	for range 2 {
		if end := c.fetch(op, 2); end.ResultType != "EOS" || end.NextResultURI != "" || len(end.Results.Data) != 0 {
			t.Errorf("end: %+v", end)
		}
	}
	if before := c.fetch(op, 1); before.ResultType != "PAYLOAD" || len(before.Results.Data) != 0 {
		t.Errorf("after the end the page before is empty, got %d rows", len(before.Results.Data))
	}
}

func TestFailuresAfterRows(t *testing.T) {
	c := start(t, &script{})
	op := c.submit("breaks")
	if p := c.fetch(op, 0); len(p.Results.Data) != 2 {
		t.Fatalf("%d rows before the failure", len(p.Results.Data))
	}
	if body := c.do("GET", op+"/result/1", "", 500, nil); !strings.Contains(body, "the job failed") {
		t.Errorf("failure: %s", body)
	}
}

func TestErrorShapes(t *testing.T) {
	c := start(t, &script{})
	op := c.submit("fail")
	var e struct{ Errors []string }
	c.do("GET", op+"/result/0", "", 500, &e)
	if len(e.Errors) != 2 || e.Errors[0] != "Internal server error." || !strings.Contains(e.Errors[1], "\nCaused by: org.example.Broken: no such thing\n") {
		t.Errorf("errors: %q", e.Errors)
	}
	if s := c.do("GET", op+"/status", "", 200, nil); s != `{"status":"ERROR"}` {
		t.Errorf("status: %s", s)
	}
	if body := c.do("GET", c.submit("panic")+"/result/0", "", 500, nil); !strings.Contains(body, "boom") {
		t.Errorf("panic: %s", body)
	}
	c.do("GET", "/v3/sessions/abc", "", 400, nil)
	c.do("GET", "/v3/sessions/00000000-0000-0000-0000-000000000000", "", 500, nil)
	c.do("POST", "/v3/sessions", `{"properties":`, 400, nil)
	for _, path := range []string{"/v0/info", "/v5/info", "/V2/info", "/nowhere", "/v1/sessions/x/complete-statement"} {
		if body := c.do("GET", path, "", 404, nil); body != fmt.Sprintf(`{"errors":["Not found: %s"]}`, path) {
			t.Errorf("%s: %s", path, body)
		}
	}
	c.do("HEAD", "/info", "", 404, nil)
}

func TestOrderCancelClose(t *testing.T) {
	s := &script{release: make(chan struct{})}
	c := start(t, s)
	waiting := c.submit("wait")
	behind := c.submit("config")
	var p page
	c.do("GET", behind+"/status", "", 200, nil)
	if body := c.do("POST", waiting+"/cancel", "", 200, nil); body != `{"status":"CANCELED"}` {
		t.Errorf("cancel: %s", body)
	}
	if p = c.fetch(behind, 0); p.Results.Data[0].Fields[0] != "v" {
		t.Errorf("statement options: %v", p.Results.Data)
	}
	if len(s.order) != 2 || s.order[0] != "wait" {
		t.Errorf("order: %v", s.order)
	}
	c.do("POST", behind+"/cancel", "", 500, nil)
	query := c.submit("rows 1 1 1")
	c.fetch(query, 0)
	c.do("DELETE", query+"/close", "", 200, nil)
	if !s.closed {
		t.Error("closing an operation did not close its rows")
	}
	c.do("GET", query+"/status", "", 500, nil)
	c.do("DELETE", c.session, "", 200, nil)
	c.do("POST", c.session+"/statements", `{"statement":"config"}`, 500, nil)
}

func TestHeldRequestIsNotReady(t *testing.T) {
	s := &script{release: make(chan struct{})}
	c := start(t, s)
	op := c.submit("wait")
	begin := time.Now()
	if p := c.fetch(op, 5); p.ResultType != "NOT_READY" || !strings.HasSuffix(p.NextResultURI, "/result/0?rowFormat=JSON") {
		t.Errorf("%+v", p)
	}
	if d := time.Since(begin); d < holdResult/2 {
		t.Errorf("answered after %v: such requests are held, so that clients do not poll without pause", d)
	}
	close(s.release)
	if p := c.fetch(op, 0); p.ResultType != "EOS" {
		t.Errorf("no rows: %+v", p)
	}
}

func TestSessionRequests(t *testing.T) {
	c := start(t, &script{})
	if b := c.do("GET", "/api_versions", "{}", 200, nil); b != `{"versions":["V1","V2","V3","V4"]}` {
		t.Error(b)
	}
	if b := c.do("GET", "/v1/info/", "", 200, nil); b != `{"productName":"Apache Flink","version":"2.3.0"}` {
		t.Error(b)
	}
	if b := c.do("GET", c.session, "", 200, nil); b != `{"properties":{"a":"b"}}` {
		t.Error(b)
	}
	c.do("POST", c.session+"/heartbeat", "", 200, nil)
	c.do("POST", c.session+"/configure-session", `{"statement":"SET"}`, 200, nil)
	c.do("POST", c.session+"/configure-session", `{"statement":"SELECT"}`, 500, nil)
	c.do("POST", c.session+"/configure-session", `{"statement":"SET","executionTimeout":5}`, 500, nil)
	if b := c.do("GET", c.session+"/complete-statement", `{"statement":"SEL","position":3}`, 200, nil); b != `{"candidates":["SEL3"]}` {
		t.Error(b)
	}
	c.do("GET", c.session+"/complete-statement", `{"statement":"SEL"}`, 400, nil)
}
