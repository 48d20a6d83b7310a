package objstore_test

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"millrace/connectors/objstore"
	"millrace/connectors/objstore/faulty"
	"millrace/connectors/objstore/fs"
	"millrace/connectors/objstore/mem"
)

// each runs a test over all stores.
func each(t *testing.T, f func(t *testing.T, s objstore.Store)) {
	t.Run("mem", func(t *testing.T) { f(t, mem.New("x")) })
	t.Run("fs", func(t *testing.T) {
		s, err := fs.New(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		f(t, s)
	})
	t.Run("faulty", func(t *testing.T) { f(t, faulty.New(mem.New("x"))) })
	t.Run("s3", func(t *testing.T) { f(t, bucket(t)) })
}

func put(t *testing.T, s objstore.Store, key, text string) {
	t.Helper()
	if err := s.Put(context.Background(), key, strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, s objstore.Store, key string, offset, length int64) string {
	t.Helper()
	r, err := s.Get(context.Background(), key, offset, length)
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

func keys(t *testing.T, s objstore.Store, prefix string) []string {
	t.Helper()
	var out []string
	if err := s.List(context.Background(), prefix, func(i objstore.Info) error {
		out = append(out, i.Key)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestPutGetHeadDelete(t *testing.T) {
	each(t, func(t *testing.T, s objstore.Store) {
		ctx := context.Background()
		put(t, s, "a/b/c", "hello")
		put(t, s, "a/b/c", "hello world")
		if got := get(t, s, "a/b/c", 0, -1); got != "hello world" {
			t.Errorf("got %q", got)
		}
		if got := get(t, s, "a/b/c", 6, 3); got != "wor" {
			t.Errorf("range: got %q", got)
		}
		if got := get(t, s, "a/b/c", 100, -1); got != "" {
			t.Errorf("behind the end: got %q", got)
		}
		i, err := s.Head(ctx, "a/b/c")
		if err != nil || i.Size != 11 || i.Key != "a/b/c" || time.Since(i.Modified) > time.Minute {
			t.Errorf("head: %+v, %v", i, err)
		}
		if err := s.Delete(ctx, "a/b/c", "never/was"); err != nil {
			t.Error(err)
		}
		for _, key := range []string{"a/b/c", "a/b", "a/b/c/d", "x"} {
			if _, err := s.Get(ctx, key, 0, -1); !errors.Is(err, objstore.ErrNotFound) {
				t.Errorf("get %s: %v", key, err)
			}
			if _, err := s.Head(ctx, key); !errors.Is(err, objstore.ErrNotFound) {
				t.Errorf("head %s: %v", key, err)
			}
		}
	})
}

func TestPutNewHasOneWinner(t *testing.T) {
	each(t, func(t *testing.T, s objstore.Store) {
		var won atomic.Int32
		var wg sync.WaitGroup
		for i := range 16 {
			wg.Go(func() {
				err := s.PutNew(context.Background(), "lock/one", strings.NewReader(strconv.Itoa(i)))
				switch {
				case err == nil:
					won.Add(1)
				case !errors.Is(err, objstore.ErrExists):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 {
			t.Errorf("%d winners", won.Load())
		}
		if got := keys(t, s, ""); !cmp.Equal(got, []string{"lock/one"}) {
			t.Errorf("keys %v", got)
		}
	})
}

func TestListIsInKeyOrder(t *testing.T) {
	each(t, func(t *testing.T, s objstore.Store) {
		for _, k := range []string{"b/2", "a.x", "a/1", "a/10", "a/2/x", "a0", "b/1"} {
			put(t, s, k, k)
		}
		for prefix, want := range map[string][]string{
			"":     {"a.x", "a/1", "a/10", "a/2/x", "a0", "b/1", "b/2"},
			"a":    {"a.x", "a/1", "a/10", "a/2/x", "a0"},
			"a/1":  {"a/1", "a/10"},
			"a/":   {"a/1", "a/10", "a/2/x"},
			"none": nil,
			"a/9/": nil,
		} {
			if d := cmp.Diff(want, keys(t, s, prefix)); d != "" {
				t.Errorf("prefix %q: %s", prefix, d)
			}
		}
	})
}

func TestBadKeys(t *testing.T) {
	each(t, func(t *testing.T, s objstore.Store) {
		for _, k := range []string{"", "/a", "a//b", "../a", "a/./b", "a/"} {
			if err := s.Put(context.Background(), k, strings.NewReader("")); err == nil {
				t.Errorf("key %q is taken", k)
			}
		}
	})
}

func TestFailedPutLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	inner, err := fs.New(dir)
	if err != nil {
		t.Fatal(err)
	}
	s := faulty.New(inner, faulty.Fault{Op: faulty.Put, Prefix: "a", Partial: 3, Err: faulty.ErrFull})
	err = s.Put(context.Background(), "a/b", strings.NewReader("hello"))
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("error %v", err)
	}
	if got := keys(t, s, ""); got != nil {
		t.Errorf("keys %v", got)
	}
	put(t, s, "a/b", "hello")
	if err := inner.Clean(context.Background(), 0); err != nil {
		t.Error(err)
	}
	if got := get(t, s, "a/b", 0, -1); got != "hello" {
		t.Errorf("got %q", got)
	}
}

func TestFaults(t *testing.T) {
	ctx := context.Background()
	s := faulty.New(mem.New("x"),
		faulty.Fault{Op: faulty.Put, Prefix: "p/", Skip: 1},
		faulty.Fault{Op: faulty.PutNew, Prefix: "lost", After: true},
		faulty.Fault{Op: faulty.Get, Prefix: "slow", Delay: time.Millisecond},
		faulty.Fault{Op: faulty.Head, Times: -1},
	)
	put(t, s, "p/1", "x")
	if err := s.Put(ctx, "p/2", strings.NewReader("x")); !errors.Is(err, faulty.ErrInjected) {
		t.Errorf("second put: %v", err)
	}
	put(t, s, "p/3", "x")
	if err := s.PutNew(ctx, "lost/1", strings.NewReader("x")); !errors.Is(err, faulty.ErrInjected) {
		t.Errorf("lost response: %v", err)
	}
	if err := s.PutNew(ctx, "lost/1", strings.NewReader("x")); !errors.Is(err, objstore.ErrExists) {
		t.Errorf("after the lost response: %v", err)
	}
	put(t, s, "slow/1", "x")
	if got := get(t, s, "slow/1", 0, -1); got != "x" {
		t.Errorf("slow: %q", got)
	}
	for range 3 {
		if _, err := s.Head(ctx, "p/1"); !errors.Is(err, faulty.ErrInjected) {
			t.Errorf("head: %v", err)
		}
	}
	if n := s.Count(faulty.Head); n != 3 {
		t.Errorf("%d heads counted", n)
	}
}

func TestPaths(t *testing.T) {
	for uri, want := range map[string]string{"/a/b": "/a/b", "file:///a/b": "/a/b", "file:/a": "/a", "rel": "rel"} {
		if got, err := fs.Path(uri); err != nil || got != want {
			t.Errorf("%s: %q, %v", uri, got, err)
		}
	}
	for _, uri := range []string{"s3://b/k", "file://host/a"} {
		if _, err := fs.Path(uri); err == nil {
			t.Errorf("%s is taken", uri)
		}
	}
}
