package sink

import (
	"context"
)

// reducer keeps the last record of each key for a while. Records without key are kept as one.
type reducer struct {
	limit int
	since int64 // of the first record, ms
	last  map[string]int
	kept  []kept
	slab  []byte
}

type kept struct {
	t                   *topic
	at                  int64
	key, value, headers span
	n                   int
}

// span is a part of the slab; from < 0: null.
type span struct{ from, to int }

func newReducer(limit int) *reducer { return &reducer{limit: limit, last: map[string]int{}} }

func (r *reducer) add(b []byte) span {
	if b == nil {
		return span{-1, -1}
	}
	from := len(r.slab)
	r.slab = append(r.slab, b...)
	return span{from, len(r.slab)}
}

func (r *reducer) get(s span) []byte {
	if s.from < 0 {
		return nil
	}
	return present(r.slab[s.from:s.to:s.to])
}

// put keeps a record instead of the one before with its key. It tells whether there are as many as may be.
func (r *reducer) put(t *topic, at int64, key, value []byte, n int, headers []byte, now int64) (full bool) {
	if len(r.kept) == 0 {
		r.since = now
	}
	i, ok := r.last[string(key)]
	if !ok {
		i = len(r.kept)
		r.kept = append(r.kept, kept{t: t, key: r.add(key)})
		r.last[string(key)] = i
	}
	k := &r.kept[i]
	k.t, k.at, k.value, k.n, k.headers = t, at, r.add(value), n, r.add(headers)
	return len(r.kept) >= r.limit || len(r.slab) >= bufferBytes
}

// due tells whether the records have been kept long enough.
func (r *reducer) due(now, every int64) bool { return len(r.kept) > 0 && now-r.since >= every }

// drain sends what the reducer keeps.
func (w *Writer) drain(ctx context.Context) error {
	r := w.buffer
	if len(r.kept) == 0 {
		return nil
	}
	if w.ids != nil && w.txn == nil {
		if err := w.begin(ctx); err != nil {
			return err
		}
	}
	now := w.env.Now()
	for i := range r.kept {
		k := &r.kept[i]
		key := r.get(k.key)
		if err := w.append(ctx, k.t.pick(w.spread, key, w.env.Subtask), k.at, key, r.get(k.value), k.n, r.get(k.headers), now); err != nil {
			return err
		}
	}
	clear(r.last)
	r.kept, r.slab = r.kept[:0], r.slab[:0]
	return w.sealAll(ctx, now)
}
