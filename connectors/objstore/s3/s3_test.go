package s3_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"millrace/connectors/objstore"
	"millrace/connectors/objstore/faulty"
	"millrace/connectors/objstore/s3"
	"millrace/connectors/objstore/s3/s3test"
)

func none(string) string { return "" }

// open returns a store of a new server, and the way to it.
func open(t testing.TB, pairs ...string) (*s3.Store, *faulty.Transport) {
	t.Helper()
	server := s3test.Start(t, "data")
	options := server.Options()
	for i := 0; i < len(pairs); i += 2 {
		options[pairs[i]] = pairs[i+1]
	}
	cfg, err := s3.Parse(options, none)
	if err != nil {
		t.Fatal(err)
	}
	wire := &faulty.Transport{}
	cfg.Transport = wire
	s, err := s3.New("data", cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s, wire
}

func read(t *testing.T, s *s3.Store, key string) string {
	t.Helper()
	r, err := s.Get(context.Background(), key, 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestBusyAndLost(t *testing.T) {
	ctx := context.Background()
	s, wire := open(t)
	for name, f := range map[string]faulty.Wire{
		"busy":    {Status: 503, Times: 4},
		"lost":    {Lost: true, Times: 1},
		"latency": {Latency: 20 * time.Millisecond, Times: 2},
		"gateway": {Status: 502},
	} {
		wire.Script(f)
		if err := s.PutNew(ctx, "k/"+name, strings.NewReader(name)); err != nil {
			t.Errorf("%s: put: %v", name, err)
		}
		if n := wire.Left(); n > 1 {
			t.Errorf("%s: %d faults are left", name, n)
		}
		wire.Script(f)
		if got := read(t, s, "k/"+name); got != name {
			t.Errorf("%s: read %q", name, got)
		}
		wire.Script(f)
		if err := s.List(ctx, "k/", func(objstore.Info) error { return nil }); err != nil {
			t.Errorf("%s: list: %v", name, err)
		}
		// A key that another one wrote is not taken for one's own.
		wire.Script(faulty.Wire{Method: "PUT", Lost: true})
		if err := s.PutNew(ctx, "k/"+name, strings.NewReader("other")); !errors.Is(err, objstore.ErrExists) {
			t.Errorf("%s: put twice: %v", name, err)
		}
		wire.Script(f)
		if err := s.Delete(ctx, "k/"+name, "k/none"); err != nil {
			t.Errorf("%s: delete: %v", name, err)
		}
		if _, err := s.Head(ctx, "k/"+name); !errors.Is(err, objstore.ErrNotFound) {
			t.Errorf("%s: deleted: %v", name, err)
		}
	}
	if s.Retries() == 0 {
		t.Error("no retry was counted")
	}
	// Of those who share a store, each is told of its own.
	var mine atomic.Int64
	before := s.Retries()
	own := objstore.CountRetries(s, func() { mine.Add(1) })
	for i, st := range []objstore.Store{s, own, s, own} {
		wire.Script(faulty.Wire{Method: "PUT", Status: 503, Times: 1 + i})
		if err := st.Put(ctx, "k/own", strings.NewReader("x")); err != nil {
			t.Fatal(err)
		}
	}
	if all := s.Retries() - before; all != 10 || mine.Load() != 6 {
		t.Errorf("%d retries, %d of them mine", all, mine.Load())
	}
}

func TestTornStreams(t *testing.T) {
	ctx := context.Background()
	s, wire := open(t, s3.KeyTimeout, "300 ms")
	data := bytes.Repeat([]byte("abcdefghijklmnopqrstuvwxyz\n"), 100_000)
	if err := s.Put(ctx, "big", bytes.NewReader(data)); err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]faulty.Wire{
		"torn":            {Method: "GET", Torn: 500_000, Times: 4},
		"stands still":    {Method: "GET", Torn: 900_000, Stall: true, Times: 2},
		"slow first byte": {Method: "GET", FirstByte: 100 * time.Millisecond},
		"no first byte":   {Method: "GET", FirstByte: time.Minute},
		"late answer":     {Method: "GET", Latency: time.Minute},
	} {
		wire.Script(f)
		if got := read(t, s, "big"); got != string(data) {
			t.Errorf("%s: %d bytes of %d", name, len(got), len(data))
		}
		if n := wire.Left(); n > 0 {
			t.Errorf("%s: %d faults are left", name, n)
		}
	}
	r, err := s.Get(ctx, "big", 27*1000, 27*2000)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := io.ReadFull(r, make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	wire.Script(faulty.Wire{Method: "GET", Torn: 10})
	if err := s.Put(ctx, "big", strings.NewReader("replaced")); err != nil {
		t.Fatal(err)
	}
	wire.Script()
	if rest, err := io.ReadAll(r); err == nil && (len(rest) != 27*2000-100 || !bytes.Equal(rest, data[27*1000+100:27*3000])) {
		t.Errorf("a replaced object: %d bytes without an error", len(rest))
	}
}

func TestLostCompletion(t *testing.T) {
	ctx := context.Background()
	s, wire := open(t)
	part := bytes.Repeat([]byte("x"), 5<<20)
	for name, f := range map[string]faulty.Wire{
		"lost":   {Method: "POST", Match: "uploadId=", Lost: true, Times: 2},
		"busy":   {Method: "POST", Match: "uploadId=", Status: 503, Times: 3},
		"head":   {Method: "HEAD", Status: 500, Times: 2},
		"part":   {Method: "PUT", Lost: true},
		"create": {Method: "POST", Match: "uploads=", Status: 500},
	} {
		wire.Script(f)
		id, err := s.CreateUpload(ctx, name)
		if err != nil {
			t.Fatal(err)
		}
		var parts []objstore.Part
		for n := 1; n < 3; n++ {
			p, err := s.UploadPart(ctx, name, id, n, part)
			if err != nil {
				t.Fatal(err)
			}
			parts = append(parts, p)
		}
		if err := s.CompleteUpload(ctx, name, id, parts); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if i, err := s.Head(ctx, name); err != nil || i.Size != 10<<20 {
			t.Errorf("%s: %+v, %v", name, i, err)
		}
	}
	// The store says that it does not know the upload, and it is right.
	wire.Script(faulty.Wire{Method: "POST", Match: "uploadId=", Lost: true})
	if err := s.CompleteUpload(ctx, "lost", "unknown", []objstore.Part{{Number: 1, ETag: objstore.PartETag(part), Size: 10 << 20}}); !errors.Is(err, objstore.ErrNoUpload) {
		t.Errorf("unknown upload: %v", err)
	}
}

func TestRetryBudget(t *testing.T) {
	s, wire := open(t, s3.KeyBudget, "300 ms")
	wire.Script(faulty.Wire{Status: 503, Times: -1})
	begin := time.Now()
	err := s.Put(context.Background(), "a", strings.NewReader("x"))
	if err == nil || !strings.Contains(err.Error(), "tries in") || !strings.Contains(err.Error(), `put object "a" in s3://data at http://127.0.0.1:`) {
		t.Errorf("error %v", err)
	}
	if d := time.Since(begin); d > 3*time.Second {
		t.Errorf("it took %s", d)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if err := s.Put(ctx, "a", strings.NewReader("x")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestErrors: what is wrong is said, with the place, soon, and without secrets.
func TestErrors(t *testing.T) {
	server := s3test.Start(t, "data")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + l.Addr().String()
	_ = l.Close()
	deaf, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = deaf.Close() }()
	for _, c := range []struct {
		name, bucket string
		options      []string
		is           error
		text         string
	}{
		{"missing bucket", "none", nil, objstore.ErrNoBucket, "bucket does not exist at " + server.Endpoint},
		{"wrong key", "data", []string{s3.KeyAccess, "nobody", s3.KeySecret, "hidden-secret"}, objstore.ErrDenied, "access denied"},
		{"no credentials", "data", []string{s3.KeyAccess, "", s3.KeySecret, ""}, objstore.ErrDenied, "no credentials were found"},
		{"refused", "data", []string{s3.KeyEndpoint, closed, s3.KeyConnect, "300 ms"}, objstore.ErrUnreachable, "server " + closed + ": unreachable"},
		{"deaf", "data", []string{s3.KeyEndpoint, "http://" + deaf.Addr().String(), s3.KeyTimeout, "200 ms", s3.KeyBudget, "500 ms"}, nil, "http://" + deaf.Addr().String()},
		{"no such host", "data", []string{s3.KeyEndpoint, "http://no-such-host.invalid:9", s3.KeyConnect, "300 ms"}, objstore.ErrUnreachable, "no-such-host.invalid"},
	} {
		options := server.Options()
		for i := 0; i < len(c.options); i += 2 {
			options[c.options[i]] = c.options[i+1]
		}
		cfg, err := s3.Parse(options, func(k string) string {
			return map[string]string{"AWS_EC2_METADATA_DISABLED": "true"}[k]
		})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(fmt.Sprintf("%v %+v %#v", &cfg, &cfg, &cfg), options[s3.KeySecret]) && options[s3.KeySecret] != "" {
			t.Errorf("%s: the configuration shows its secret", c.name)
		}
		s, err := s3.New(c.bucket, cfg)
		if err != nil {
			t.Fatal(err)
		}
		for op, f := range map[string]func() error{
			"head": func() error { _, err := s.Head(context.Background(), "k"); return err },
			"get":  func() error { _, err := s.Get(context.Background(), "k", 0, -1); return err },
			"put":  func() error { return s.Put(context.Background(), "k", strings.NewReader("x")) },
			"list": func() error { return s.List(context.Background(), "", func(objstore.Info) error { return nil }) },
		} {
			begin := time.Now()
			err := f()
			if err == nil || c.is != nil && !errors.Is(err, c.is) || !strings.Contains(err.Error(), c.text) || strings.Contains(err.Error(), "hidden-secret") || strings.Contains(err.Error(), s3test.SecretKey) ||
				errors.Is(err, objstore.ErrNotFound) {
				t.Errorf("%s: %s: %v", c.name, op, err)
			}
			if d := time.Since(begin); d > 10*time.Second {
				t.Errorf("%s: %s took %s", c.name, op, d)
			}
		}
	}
}

func TestParse(t *testing.T) {
	env := func(k string) string {
		return map[string]string{"AWS_ENDPOINT_URL": "http://env:1", "AWS_REGION": "eu-1", "AWS_ACCESS_KEY_ID": "id"}[k]
	}
	c, err := s3.Parse(nil, env)
	if err != nil || c.Endpoint.String() != "http://env:1" || c.Region != "eu-1" || !c.PathStyle || c.Access != "" {
		t.Errorf("%v, %v", &c, err)
	}
	c, err = s3.Parse(map[string]string{"fs.s3a.access.key": "a", "s3.secret.key": "b", "s3.endpoint": "minio:9000", "s3.path.style.access": "false"}, env)
	if err != nil || c.Access != "a" || c.Secret != "b" || c.Endpoint.String() != "https://minio:9000" || c.PathStyle {
		t.Errorf("%v, %v", &c, err)
	}
	for _, c := range [][3]string{
		{s3.KeyAccess, "a", "both or neither"},
		{s3.KeyEndpoint, "ftp://x", "an address such as"},
		{s3.KeyEndpoint, "http://u:pw-secret@x", "do not belong"},
		{s3.KeyEndpoint, "http://x/path", "must not have a path"},
		{s3.KeyPathStyle, "maybe", "true or false"},
		{s3.KeyTimeout, "soon", "a duration"},
		{s3.KeyPartSize, "1 mb", "5 mb to 1 gb"},
		{s3.KeyConcurrency, "0", "from 1 to 256"},
	} {
		_, err := s3.Parse(map[string]string{c[0]: c[1]}, none)
		if err == nil || !strings.Contains(err.Error(), c[2]) || strings.Contains(err.Error(), "pw-secret") {
			t.Errorf("%s = %s: %v", c[0], c[1], err)
		}
	}
	for _, b := range []string{"", "ab", "a/b", "user@bucket"} {
		if _, err := s3.New(b, c); err == nil {
			t.Errorf("bucket %q is taken", b)
		}
	}
}

func BenchmarkUpload(b *testing.B) {
	s, _ := open(b)
	data := make([]byte, 64<<20)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if err := s.Put(context.Background(), "bench", struct{ io.Reader }{bytes.NewReader(data)}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDownload(b *testing.B) {
	s, _ := open(b)
	data := make([]byte, 64<<20)
	if err := s.Put(context.Background(), "bench", bytes.NewReader(data)); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	buf := make([]byte, 1<<20)
	for b.Loop() {
		r, err := s.Get(context.Background(), "bench", 0, -1)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{r}, buf); err != nil {
			b.Fatal(err)
		}
		r.Close()
	}
}

func BenchmarkPutSmall(b *testing.B) {
	s, _ := open(b)
	data := make([]byte, 4096)
	for i := 0; b.Loop(); i++ {
		if err := s.Put(context.Background(), fmt.Sprintf("small/%d", i%100), bytes.NewReader(data)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkList(b *testing.B) {
	s, _ := open(b)
	for i := range 2500 {
		if err := s.Put(context.Background(), fmt.Sprintf("l/%05d", i), strings.NewReader("")); err != nil {
			b.Fatal(err)
		}
	}
	n := 0
	for b.Loop() {
		n = 0
		if err := s.List(context.Background(), "l/", func(objstore.Info) error { n++; return nil }); err != nil {
			b.Fatal(err)
		}
	}
	if n != 2500 {
		b.Fatalf("%d objects", n)
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "objects/s")
}
