package filesystem_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"millrace/connectors"
	"millrace/connectors/conntest"
	"millrace/connectors/objstore/faulty"
	"millrace/connectors/objstore/s3/s3test"
	"millrace/operators/vector"
)

// counters is a reader's or writer's counters as text.
func counters(env connectors.Env, names ...string) map[string]int64 {
	out := map[string]int64{}
	for _, n := range names {
		out[n] = env.Count(n).Load()
	}
	return out
}

func same(t *testing.T, what string, got map[string]int64, want ...int64) {
	t.Helper()
	names := []string{connectors.CountPendingFiles, connectors.CountPendingBytes}
	if _, ok := got[connectors.CountPendingUploads]; ok {
		names = []string{connectors.CountPendingUploads, connectors.CountBytesSent, connectors.CountPublished}
	}
	for i, n := range names {
		if got[n] != want[i] {
			t.Errorf("%s: %s is %d, want %d", what, n, got[n], want[i])
		}
	}
}

// TestReaderCounts: files and bytes that are left, down to none; bytes read are those of the files.
func TestReaderCounts(t *testing.T) {
	long := strings.Repeat("{\"i\":1}\n", 10_000)
	s := source(schema("i", integer), nil, conntest.Options("path", files(t, map[string]string{"a": long, "b": "{\"i\":2}\n", "c.json": ""}), "format", "json"))
	pool, ctx := vector.NewPool(0), context.Background()
	env := conntest.Env(t, pool, 0, 1)
	e, err := connector().OpenEnumerator(ctx, s, env, nil)
	if err != nil {
		t.Fatal(err)
	}
	splits, _, err := e.Discover(ctx)
	if err != nil {
		t.Fatal(err)
	}
	count := func(env connectors.Env) map[string]int64 {
		return counters(env, connectors.CountPendingFiles, connectors.CountPendingBytes)
	}
	r, err := connector().OpenReader(ctx, s, env)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Add(splits); err != nil {
		t.Fatal(err)
	}
	r.NoMoreSplits()
	same(t, "found", count(env), 3, int64(len(long))+8)
	read := int64(0)
	f, err := r.Poll(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for f.Bytes == 0 { // bytes are told with the last rows of what was decoded together
		f.Batch.Release()
		if f, err = r.Poll(ctx); err != nil {
			t.Fatal(err)
		}
	}
	f.Batch.Release()
	read += f.Bytes
	same(t, "begun", count(env), 3, int64(len(long))+8-read)
	snap, err := r.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	for {
		f, err := r.Poll(ctx)
		if errors.Is(err, connectors.ErrEnd) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		read += f.Bytes
		f.Batch.Release()
	}
	same(t, "read", count(env), 0, 0)
	if read != int64(len(long))+8 {
		t.Errorf("%d bytes read", read)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	// What a restored reader counts is what is left.
	env = conntest.Env(t, pool, 0, 1)
	if r, err = connector().OpenReader(ctx, s, env); err != nil {
		t.Fatal(err)
	}
	if err := r.Add(snap); err != nil {
		t.Fatal(err)
	}
	if n := env.Count(connectors.CountPendingBytes).Load(); n <= 0 || n >= int64(len(long))+8 {
		t.Errorf("%d bytes are left after the restore", n)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestWriterCounts: files wait from their first row until the notice of a complete checkpoint; one that is lost is made up for by the next.
func TestWriterCounts(t *testing.T) {
	places(t, func(t *testing.T, p *place) {
		s := sink(p.dir(), schema("i", integer), nil, "sink.rolling-policy.file-size", "8b")
		pool, ctx := vector.NewPool(0), context.Background()
		env := conntest.Env(t, pool, 0, 1)
		count := func() map[string]int64 {
			return counters(env, connectors.CountPendingUploads, connectors.CountBytesSent, connectors.CountPublished)
		}
		c, err := p.c.OpenCommitter(ctx, s, env)
		if err != nil {
			t.Fatal(err)
		}
		w, err := p.c.OpenWriter(ctx, s, env, nil)
		if err != nil {
			t.Fatal(err)
		}
		told := w.(connectors.CheckpointListener).CheckpointComplete
		step := func(checkpoint int64, final bool) {
			t.Helper()
			for _, b := range batches(t, pool, s.Schema, `{"i":1}`, `{"i":2}`) {
				if err := w.Write(ctx, b); err != nil {
					t.Fatal(err)
				}
				b.Release()
			}
			h, _, err := w.Prepare(ctx, checkpoint, final)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Commit(ctx, checkpoint, [][]byte{h}); err != nil {
				t.Fatal(err)
			}
		}
		step(1, false)
		same(t, "prepared", count(), 2, 16, 2)
		step(2, false) // the notice of 1 is lost
		same(t, "prepared again", count(), 4, 32, 4)
		told(2)
		same(t, "told", count(), 0, 32, 4)
		step(3, true)
		same(t, "the end", count(), 2, 48, 6)
		told(3)
		same(t, "told of the end", count(), 0, 48, 6)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// TestRetriesAreThoseOfTheTable: what a bucket makes one table repeat is not counted for another.
func TestRetriesAreThoseOfTheTable(t *testing.T) {
	p := newPlace(t, "s3a://data", s3test.Start(t, "data").Options())
	ctx, pool := context.Background(), vector.NewPool(0)
	var envs []connectors.Env
	for i := range 2 {
		env := conntest.Env(t, pool, 0, 1)
		envs = append(envs, env)
		dir := p.dir()
		p.put(t, dir+"/a.json", "{\"i\":1}\n")
		if i == 1 {
			p.wire.Script(faulty.Wire{Status: 503, Times: 3})
		}
		e, err := p.c.OpenEnumerator(ctx, source(schema("i", integer), nil, conntest.Options("path", dir, "format", "json")), env, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := e.Discover(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if a, b := envs[0].Count(connectors.CountRetries).Load(), envs[1].Count(connectors.CountRetries).Load(); a != 0 || b != 3 {
		t.Errorf("%d and %d retries", a, b)
	}
}
