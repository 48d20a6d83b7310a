package objstore_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"millrace/connectors/objstore"
	"millrace/connectors/objstore/faulty"
	"millrace/connectors/objstore/mem"
	"millrace/connectors/objstore/resolve"
	"millrace/connectors/objstore/s3/s3test"
)

// bucket opens a new server's bucket.
func bucket(t testing.TB) objstore.Multipart {
	t.Helper()
	server := s3test.Start(t, "data")
	s, _, err := resolve.NewTest(server.Options(), func(string) string { return "" }, nil).Open("s3://data/x")
	if err != nil {
		t.Fatal(err)
	}
	return s.(objstore.Multipart)
}

func eachMultipart(t *testing.T, f func(t *testing.T, s objstore.Multipart)) {
	t.Run("mem", func(t *testing.T) { f(t, &mem.Store{PartBytes: 5 << 20}) })
	t.Run("faulty", func(t *testing.T) { f(t, faulty.New(&mem.Store{PartBytes: 5 << 20})) })
	t.Run("s3", func(t *testing.T) { f(t, bucket(t)) })
}

func uploads(t *testing.T, s objstore.Multipart, prefix string) (keys []string) {
	t.Helper()
	if err := s.ListUploads(context.Background(), prefix, func(u objstore.Upload) error {
		keys = append(keys, u.Key)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestUploads(t *testing.T) {
	eachMultipart(t, func(t *testing.T, s objstore.Multipart) {
		ctx := context.Background()
		big := bytes.Repeat([]byte("0123456789"), 600_000)
		begin := func(key string, last string) (string, []objstore.Part) {
			id, err := s.CreateUpload(ctx, key)
			if err != nil {
				t.Fatal(err)
			}
			a, err := s.UploadPart(ctx, key, id, 1, big)
			if err != nil {
				t.Fatal(err)
			}
			b, err := s.UploadPart(ctx, key, id, 101, []byte(last)) // numbers may have gaps
			if err != nil {
				t.Fatal(err)
			}
			return id, []objstore.Part{a, b}
		}
		id, parts := begin("t/a", "end")
		other, _ := begin("t/b", "other")
		if got := keys(t, s, "t/"); got != nil {
			t.Errorf("%v is seen before it is complete", got)
		}
		if d := cmp.Diff([]string{"t/a", "t/b"}, uploads(t, s, "t/")); d != "" {
			t.Error(d)
		}
		listed, err := s.ListParts(ctx, "t/a", id)
		if d := cmp.Diff(parts, listed); d != "" || err != nil {
			t.Error(d, err)
		}
		for range 3 {
			if err := s.CompleteUpload(ctx, "t/a", id, parts); err != nil {
				t.Fatal(err)
			}
		}
		if i, err := s.Head(ctx, "t/a"); err != nil || i.Size != int64(len(big)+3) {
			t.Errorf("%+v, %v", i, err)
		}
		if got := get(t, s, "t/a", int64(len(big))-2, -1); got != "89end" {
			t.Errorf("end %q", got)
		}
		// Other parts under the same key are not taken for these.
		if err := s.CompleteUpload(ctx, "t/a", "no-such-upload", parts[:1]); !errors.Is(err, objstore.ErrNoUpload) {
			t.Errorf("unknown upload over another object: %v", err)
		}
		if err := s.CompleteUpload(ctx, "t/none", "no-such-upload", parts); !errors.Is(err, objstore.ErrNoUpload) {
			t.Errorf("unknown upload: %v", err)
		}
		for range 2 {
			if err := s.AbortUpload(ctx, "t/b", other); err != nil {
				t.Error(err)
			}
		}
		if got := uploads(t, s, ""); got != nil {
			t.Errorf("uploads %v", got)
		}
		if _, err := s.UploadPart(ctx, "t/b", other, 2, []byte("x")); !errors.Is(err, objstore.ErrNoUpload) {
			t.Errorf("part of a dropped upload: %v", err)
		}
		if _, err := s.ListParts(ctx, "t/b", other); !errors.Is(err, objstore.ErrNoUpload) {
			t.Errorf("parts of a dropped upload: %v", err)
		}
		if err := s.CompleteUpload(ctx, "t/b", other, parts); !errors.Is(err, objstore.ErrNoUpload) {
			t.Errorf("completed a dropped upload: %v", err)
		}
	})
}

func TestLargeObjects(t *testing.T) {
	eachMultipart(t, func(t *testing.T, s objstore.Multipart) {
		ctx := context.Background()
		for _, size := range []int{0, 8 << 20, 8<<20 + 1, 40<<20 + 17} {
			data := make([]byte, size)
			for i := range data {
				data[i] = byte(i * 7 >> 3)
			}
			// Not a bytes.Reader: the length is not known before.
			if err := s.PutNew(ctx, "big", struct{ *strings.Reader }{strings.NewReader(string(data))}.Reader); err != nil {
				t.Fatal(err)
			}
			if err := s.PutNew(ctx, "big", bytes.NewReader(data)); !errors.Is(err, objstore.ErrExists) {
				t.Errorf("%d bytes twice: %v", size, err)
			}
			if got := get(t, s, "big", 0, -1); got != string(data) {
				t.Errorf("%d bytes: %d came back", size, len(got))
			}
			if err := s.Delete(ctx, "big"); err != nil {
				t.Fatal(err)
			}
			broken := &torn{left: size / 2}
			if err := s.Put(ctx, "big", broken); err == nil || !errors.Is(err, errTorn) {
				t.Errorf("torn source: %v", err)
			}
			if got := keys(t, s, ""); got != nil {
				t.Errorf("a put that failed left %v", got)
			}
			if got := uploads(t, s, ""); got != nil {
				t.Errorf("a put that failed left uploads %v", got)
			}
		}
	})
}

var errTorn = errors.New("torn")

// torn fails after some bytes.
type torn struct{ left int }

func (r *torn) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, errTorn
	}
	n := min(len(p), r.left)
	r.left -= n
	return n, nil
}
