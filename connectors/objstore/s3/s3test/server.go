package s3test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Version of the real server.
const Version = "v1.8.0"

// Credentials that the server takes.
const (
	AccessKey = "millrace"
	SecretKey = "millrace-secret"
)

// Server is a running S3 server.
type Server struct {
	Endpoint string // http://127.0.0.1:port
	Real     bool
	dir      string
	binary   string
	port     string
	cmd      *exec.Cmd
	fake     *fake
	http     *http.Server
}

// program returns the path of the real server, or why there is none.
func program() (path, why string) {
	asked := os.Getenv("MILLRACE_VERSITYGW")
	switch asked {
	case "fake":
		return "", "MILLRACE_VERSITYGW asks for the imitation"
	case "", "build":
	default:
		return asked, ""
	}
	if p, err := exec.LookPath("versitygw"); err == nil {
		return p, ""
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err.Error()
	}
	dir := filepath.Join(cache, "millrace", "versitygw-"+Version)
	p := filepath.Join(dir, "versitygw")
	if _, err := os.Stat(p); err == nil {
		return p, ""
	}
	if asked != "build" {
		return "", "versitygw is neither in PATH nor in " + dir + "; MILLRACE_VERSITYGW=build builds it"
	}
	cmd := exec.Command("go", "install", "github.com/versity/versitygw/cmd/versitygw@"+Version)
	cmd.Dir = os.TempDir()
	cmd.Env = append(os.Environ(), "GOBIN="+dir, "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Sprintf("versitygw could not be built: %v: %s", err, bytes.TrimSpace(out))
	}
	return p, ""
}

// Start starts a server with the buckets, and stops it when the test ends.
func Start(t testing.TB, buckets ...string) *Server {
	t.Helper()
	path, why := program()
	if why != "" {
		if os.Getenv("MILLRACE_VERSITYGW") == "build" {
			t.Fatal(why)
		}
		t.Logf("the test runs on an imitation of S3: %s", why)
		s := &Server{fake: newFake(buckets), port: freePort(t)}
		s.Endpoint = "http://127.0.0.1:" + s.port
		t.Cleanup(s.Kill)
		s.Launch(t)
		return s
	}
	s := &Server{Real: true, dir: t.TempDir(), binary: path}
	for _, b := range buckets {
		if err := os.Mkdir(filepath.Join(s.dir, b), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	s.port = freePort(t)
	s.Endpoint = "http://127.0.0.1:" + s.port
	t.Cleanup(s.Kill)
	s.Launch(t)
	return s
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// Launch starts the server again after Kill, with the data that it had.
func (s *Server) Launch(t testing.TB) {
	t.Helper()
	if s.fake != nil {
		l, err := net.Listen("tcp", "127.0.0.1:"+s.port)
		if err != nil {
			t.Fatal(err)
		}
		s.http = &http.Server{Handler: s.fake, ReadHeaderTimeout: time.Minute}
		go func(h *http.Server) { _ = h.Serve(l) }(s.http)
		return
	}
	var log bytes.Buffer
	s.cmd = exec.Command(s.binary, "--port", "127.0.0.1:"+s.port, "--access", AccessKey, "--secret", SecretKey, "--quiet", "--keep-alive", "--health", "/health", "posix", s.dir)
	s.cmd.Stdout, s.cmd.Stderr = &log, &log
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for range 300 {
		resp, err := http.Get(s.Endpoint + "/health")
		if err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	s.Kill()
	t.Fatalf("versitygw does not answer: %s", log.String())
}

// Kill ends the server at once; its data stay.
func (s *Server) Kill() {
	if s.http != nil {
		_ = s.http.Close()
		s.http = nil
	}
	if s.cmd != nil {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
		s.cmd = nil
	}
}

// Options are the options of a client.
func (s *Server) Options() map[string]string {
	return map[string]string{"s3.endpoint": s.Endpoint, "s3.access-key": AccessKey, "s3.secret-key": SecretKey, "s3.region": "us-east-1"}
}
