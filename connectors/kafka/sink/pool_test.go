package sink

import (
	"slices"
	"testing"

	"millrace/operators"
)

// TestRelease: a notice of a checkpoint frees the ids of transactions up to it, also where notices before it were lost.
func TestRelease(t *testing.T) {
	d := &ids{waiting: &operators.Counter{}}
	for i, id := range []string{"a", "b", "c"} {
		d.prepared(handle{ID: id, Checkpoint: int64(2 * (i + 1))})
	}
	for _, x := range []struct {
		checkpoint, waiting int64
		free                []string
	}{{1, 3, nil}, {5, 1, []string{"a", "b"}}, {5, 1, []string{"a", "b"}}, {6, 0, []string{"a", "b", "c"}}, {9, 0, []string{"a", "b", "c"}}} {
		if d.release(x.checkpoint); !slices.Equal(d.free, x.free) || d.waiting.Load() != x.waiting || len(d.pending) != int(x.waiting) {
			t.Errorf("checkpoint %d: free %v, %d waiting", x.checkpoint, d.free, d.waiting.Load())
		}
	}
}
