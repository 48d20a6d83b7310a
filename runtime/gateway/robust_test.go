package gateway

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"millrace/operators/vector"
	"millrace/sql/types"
)

// serve returns a client of a gateway with that configuration, without a session.
func serve(t *testing.T, cfg Config) (*client, *Gateway) {
	t.Helper()
	g := New(cfg)
	server := httptest.NewServer(&Handler{Gateway: g, Version: "2.3.0"})
	t.Cleanup(func() {
		server.Close()
		g.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return &client{t: t, url: server.URL}, g
}

func (c *client) open() string {
	c.t.Helper()
	var s struct{ SessionHandle string }
	c.do("POST", "/v3/sessions", "", 200, &s)
	return "/v3/sessions/" + s.SessionHandle
}

func scripts(string, map[string]string) (Session, error) { return &script{}, nil }

// eventually waits for a condition.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for range 500 {
		if holds() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("not within 5 s: %s", what)
}

// TestIdle: sessions and operations that nobody uses are closed; a session in use stays, without the operations that nobody wants any more.
func TestIdle(t *testing.T) {
	c, g := serve(t, Config{Sessions: scripts, IdleTimeout: 300 * time.Millisecond})
	left := c.open()
	c.session = c.open()
	op := c.submit("rows 1 1")
	c.fetch(op, 0)
	eventually(t, "the idle session closes", func() bool {
		c.do("POST", c.session+"/heartbeat", "", 200, nil)
		g.mu.Lock()
		defer g.mu.Unlock()
		return len(g.sessions) == 1
	})
	c.do("GET", left, "", 500, nil)
	eventually(t, "the idle operation closes", func() bool {
		c.do("POST", c.session+"/heartbeat", "", 200, nil)
		s, err := g.session(strings.TrimPrefix(c.session, "/v3/sessions/"))
		if err != nil {
			t.Fatal(err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.operations) == 0
	})
	if body := c.do("GET", op+"/result/1", "", 500, nil); !strings.Contains(body, "Can not find the submitted operation") {
		t.Errorf("%s", body)
	}
}

// TestMaxSessions: one more session than allowed is refused until another is closed.
func TestMaxSessions(t *testing.T) {
	c, _ := serve(t, Config{Sessions: scripts, MaxSessions: 2})
	first := c.open()
	c.open()
	if body := c.do("POST", "/v3/sessions", "", 500, nil); !strings.Contains(body, "exceeds the max count: 2") {
		t.Errorf("%s", body)
	}
	c.do("DELETE", first, "", 200, nil)
	c.open()
}

// TestManySessions: a thousand sessions, each with a statement that is still open, leave nothing behind when they are closed.
func TestManySessions(t *testing.T) {
	g := New(Config{Sessions: scripts})
	defer g.Close()
	before := runtime.NumGoroutine()
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 125 {
				id, err := g.Open(fmt.Sprintf("session %d of %d", i, worker), nil)
				if err != nil {
					t.Error(err)
					return
				}
				o, err := g.Submit(id, "rows 10 10", nil)
				if err != nil {
					t.Error(err)
					return
				}
				rows := 0
				err = o.Fetch(t.Context(), 0, func(p Page) error {
					for _, b := range p.Rows {
						rows += b.Len
					}
					return nil
				})
				if err != nil || rows != 20 {
					t.Errorf("%d rows, %v", rows, err)
				}
				if i%2 == 0 {
					if err := g.CloseOperation(id, o.ID); err != nil {
						t.Error(err)
					}
				}
				if err := g.CloseSession(id); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n := len(g.sessions); n != 0 {
		t.Errorf("%d sessions are open", n)
	}
	eventually(t, "their goroutines end", func() bool { return runtime.NumGoroutine() <= before+2 })
}

// TestFullQueue: statements that wait are bounded, and one that is refused leaves no operation behind.
func TestFullQueue(t *testing.T) {
	s := &script{release: make(chan struct{})}
	c, g := serve(t, Config{Sessions: func(string, map[string]string) (Session, error) { return s, nil }})
	c.session = c.open()
	id := strings.TrimPrefix(c.session, "/v3/sessions/")
	var refused error
	for range queueLength + 2 {
		if _, err := g.Submit(id, "wait", nil); err != nil {
			refused = err
		}
	}
	if refused == nil || !strings.Contains(refused.Error(), "waiting already") {
		t.Errorf("%v", refused)
	}
	o, err := g.session(id)
	if err != nil {
		t.Fatal(err)
	}
	o.mu.Lock()
	n := len(o.operations)
	o.mu.Unlock()
	if n > queueLength+1 {
		t.Errorf("%d operations", n)
	}
	c.do("DELETE", c.session, "", 200, nil) // ends the one that runs, and those that wait
}

// TestBadRequests: what cannot be read or is not there gets Flink's status and shape.
func TestBadRequests(t *testing.T) {
	c, _ := serve(t, Config{Sessions: scripts})
	c.session = c.open()
	const nobody = "/v3/sessions/00000000-0000-0000-0000-000000000000"
	op := c.submit("rows 1")
	for _, x := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"POST", "/v3/sessions", "{", 400, "did not match expected format OpenSessionRequestBody."},
		{"POST", "/v3/sessions", "[]", 400, "did not match expected format"},
		{"POST", "/v3/sessions", `{"properties":"x"}`, 400, "did not match expected format"},
		{"POST", c.session + "/statements", `{"statement":"rows","executionTimeout":"soon"}`, 400, "ExecuteStatementRequestBody."},
		{"POST", c.session + "/statements", `{"statement":"rows","executionTimeout":9}`, 500, "doesn't support timeout mechanism now."},
		{"POST", nobody + "/statements", `{"statement":"rows"}`, 500, "does not exist."},
		{"POST", "/v3/sessions/x/statements", `{"statement":"rows"}`, 400, `Cannot resolve path parameter (session_handle) from value \"x\".`},
		{"DELETE", nobody, "", 500, "Failed to closeSession."},
		{"POST", nobody + "/heartbeat", "", 500, "Failed to getSessionConfig."},
		{"GET", c.session + "/operations/x/status", "", 400, "(operation_handle)"},
		{"GET", c.session + "/operations/00000000-0000-0000-0000-000000000000/status", "", 500, "Failed to getOperationInfo."},
		{"DELETE", c.session + "/operations/00000000-0000-0000-0000-000000000000/close", "", 200, "CLOSED"},
		{"GET", op + "/result/x", "", 400, "(token)"},
		{"GET", op + "/result/0?rowFormat=XML", "", 400, "(rowFormat)"},
		{"GET", op + "/result/0?rowFormat=JSON&rowFormat=JSON", "", 400, "Expected only one value [JSON, JSON]."},
		{"GET", op + "/result/9", "", 500, "Expecting token to be 0 or -1, but found 9."},
		{"GET", c.session + "/complete-statement", "", 400, "Bad request received."},
		{"GET", c.session + "/complete-statement", "{}", 400, "CompleteStatementRequestBody."},
		{"POST", c.session + "/materialized-tables/m/refresh", "{}", 400, "RefreshMaterializedTableRequestBody."},
		{"POST", strings.Replace(c.session, "v3", "v4", 1) + "/scripts", "{}", 500, "Please specify script content or uri."},
		{"PUT", c.session, "", 404, "Not found: "},
		{"GET", "/", "", 404, "Not found: /"},
		{"GET", "/v3", "", 404, "Not found: /v3"},
	} {
		if body := c.do(x.method, x.path, x.body, x.status, nil); !strings.Contains(body, x.want) {
			t.Errorf("%s %s %s: %s", x.method, x.path, x.body, body)
		}
	}
}

// TestLargeBody: a request beyond the limit is refused before it is read to its end; one at the limit is not.
func TestLargeBody(t *testing.T) {
	g := New(Config{Sessions: scripts})
	server := httptest.NewServer(&Handler{Gateway: g, Version: "2.3.0", MaxBody: 1000})
	t.Cleanup(func() {
		server.Close()
		g.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	c := &client{t: t, url: server.URL}
	body := func(n int) string { return `{"sessionName":"` + strings.Repeat("x", n-18) + `"}` }
	c.do("POST", "/v3/sessions", body(1000), 200, nil)
	if b := c.do("POST", "/v3/sessions", body(1001), 413, nil); !strings.Contains(b, "content length exceeded 1000 bytes.") {
		t.Errorf("%s", b)
	}
	c.do("GET", "/v3/info", "", 200, nil)
}

// TestOursAndTheirs: clients see Flink's exception last, and our words as a frame below it.
func TestOursAndTheirs(t *testing.T) {
	text := trace("column \"x\" not found at line 1, column 8\nhint: y", "a.B: outer", "c.D: Column 'x' not found")
	const want = "a.B: outer\n\tat millrace(gateway)\nCaused by: c.D: Column 'x' not found\n\tat millrace: column \"x\" not found at line 1, column 8\n" +
		"\tat millrace: hint: y\n\tat millrace(gateway)\n"
	if text != want {
		t.Errorf("%q", text)
	}
}

// TestStyles: plain text as old casts made it, and points in time with a T.
func TestStyles(t *testing.T) {
	c := sampleCells(t)
	for _, x := range []struct {
		style Style
		want  string
	}{
		{Style{}, "TRUE|(1, NULL)|1970-01-01 00:00:00.500"},
		{Style{Legacy: true}, "true|(1,NULL)|1970-01-01 00:00:00.500"},
		{Style{ISO: true}, "TRUE|(1, NULL)|1970-01-01T00:00:00.5"},
	} {
		p := NewPlainText(nil)
		p.Style = x.style
		var got []string
		for _, v := range c {
			got = append(got, string(p.Append(nil, v, 0)))
		}
		if s := strings.Join(got, "|"); s != x.want {
			t.Errorf("%+v: %s", x.style, s)
		}
	}
}

// sampleCells are a BOOLEAN, a ROW and a TIMESTAMP_LTZ.
func sampleCells(t *testing.T) []*vector.Vector {
	t.Helper()
	pool := vector.NewPool(0)
	yes := vector.NewBuilder(pool, types.BooleanType(), 1)
	yes.AppendBool(true)
	row := vector.NewBuilder(pool, types.RowType(types.Field{Name: "a", Type: types.IntType()}, types.Field{Name: "b", Type: types.StringType()}), 1)
	vector.AppendFixed(row.Children[0], int32(1))
	row.Children[1].AppendNull()
	row.EndRow()
	at := vector.NewBuilder(pool, types.TimestampLTZType(3), 1)
	vector.AppendFixed(at, int64(500))
	return []*vector.Vector{yes.Finish(), row.Finish(), at.Finish()}
}
