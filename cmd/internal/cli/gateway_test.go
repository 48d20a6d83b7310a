package cli

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// lines is a writer whose text may be read while others write.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// TestGatewayStops: a gateway that is told to end answers the requests that it has, ends running queries and leaves without an error.
func TestGatewayStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	errs := &lines{}
	c := &call{Streams: Streams{In: strings.NewReader(""), Out: io.Discard, Err: errs}, options: options{address: "localhost", port: 0}}
	done := make(chan error, 1)
	go func() { done <- serveGateway(ctx, c) }()
	url := ""
	for i := 0; url == "" && i < 500; i++ {
		if _, rest, ok := strings.Cut(errs.String(), "ready on "); ok {
			url, _, _ = strings.Cut(rest, "\n")
		}
		time.Sleep(10 * time.Millisecond)
	}
	if url == "" {
		t.Fatalf("not ready: %s", errs)
	}
	defer http.DefaultClient.CloseIdleConnections()
	request := func(method, path, body string) (string, error) {
		r, err := http.NewRequestWithContext(t.Context(), method, url+path, strings.NewReader(body))
		if err != nil {
			return "", err
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			return "", err
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		return string(b), err
	}
	handle := func(answer string, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		parts := strings.Split(answer, `"`)
		if len(parts) < 4 {
			t.Fatal(answer)
		}
		return parts[3]
	}
	session := "/v4/sessions/" + handle(request("POST", "/v4/sessions", ""))
	submit := func(statement string) string {
		return handle(request("POST", session+"/statements", fmt.Sprintf(`{"statement":%q}`, statement)))
	}
	submit("CREATE TABLE g (id BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1')")
	op := session + "/operations/" + submit("SELECT id FROM g")
	if answer, err := request("GET", op+"/result/0", ""); err != nil || !strings.Contains(answer, `"isQueryResult":true`) {
		t.Fatalf("%v %s", err, answer)
	}
	begin := time.Now()
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it does not end")
	}
	if d := time.Since(begin); d > 10*time.Second {
		t.Errorf("ended after %v", d)
	}
	if _, err := request("GET", "/v4/info", ""); err == nil {
		t.Error("it still answers")
	}
	if !strings.Contains(errs.String(), "SQL gateway stops") {
		t.Errorf("%s", errs)
	}
}
