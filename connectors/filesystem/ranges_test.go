package filesystem_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"millrace/connectors"
	"millrace/connectors/conntest"
	"millrace/operators/vector"
)

// TestRanges cuts a file at every offset: each line belongs to exactly one range.
func TestRanges(t *testing.T) {
	var content strings.Builder
	for i := range 12 {
		fmt.Fprintf(&content, "{\"i\":%d,\"s\":%q}\n", i, strings.Repeat("x", i))
	}
	path := t.TempDir() + "/a.json"
	if err := os.WriteFile(path, []byte(content.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	s := source(schema("i", integer, "s", text), nil, conntest.Options("path", path, "format", "json"))
	for cut := 1; cut < content.Len(); cut++ {
		pool := vector.NewPool(0)
		r, err := connector().OpenReader(context.Background(), s, conntest.Env(t, pool, 0, 1))
		if err != nil {
			t.Fatal(err)
		}
		err = r.Add([]connectors.Split{
			{State: fmt.Appendf(nil, `{"path":%q,"end":%d}`, path, cut)},
			{State: fmt.Appendf(nil, `{"path":%q,"start":%d,"offset":%d,"end":%d}`, path, cut, cut, cut+9)},
			{State: fmt.Appendf(nil, `{"path":%q,"start":%d,"offset":%d,"end":9223372036854775807}`, path, cut+9, cut+9)},
		})
		if err != nil {
			t.Fatal(err)
		}
		r.NoMoreSplits()
		var got []string
		for {
			f, err := r.Poll(context.Background())
			if errors.Is(err, connectors.ErrEnd) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if f.Batch == nil {
				continue
			}
			for i := range f.Batch.Len {
				got = append(got, strings.SplitN(conntest.Row(f.Batch, i), ",", 2)[0])
			}
			f.Batch.Release()
		}
		if fmt.Sprint(got) != "[0 1 2 3 4 5 6 7 8 9 10 11]" {
			t.Fatalf("cut at %d: %v", cut, got)
		}
		if err := r.Close(); err != nil || pool.InUse() != 0 {
			t.Errorf("close: %v, %d bytes in use", err, pool.InUse())
		}
	}
}
