package sink

import (
	"bytes"
	"context"
	"fmt"

	"millrace/connectors/format"
	"millrace/operators"
	"millrace/operators/vector"
)

// choose returns the rows that become records, and those of them that have a value.
func (w *Writer) choose(b *operators.Batch) (rows, adds []uint16, err error) {
	if b.Kinds == nil {
		w.rows = format.Rows(b, w.rows)
		return w.rows, w.rows, nil
	}
	all := b.Sel
	if all == nil {
		w.rows = format.Rows(b, w.rows)
		all = w.rows
	}
	if !w.c.Upsert {
		if !w.layout.changes {
			for _, r := range all {
				if k := b.Kinds[r]; k != vector.Insert {
					return nil, nil, w.named(fmt.Errorf("format '%s' takes insertions only, not %s", w.c.Value.Name(), k))
				}
			}
		}
		return all, all, nil
	}
	chosen := w.chosen[:0]
	w.adds = w.adds[:0]
	for _, r := range all {
		if b.Kinds[r].IsAdd() {
			w.adds = append(w.adds, r)
		}
		chosen = append(chosen, r)
	}
	w.chosen = chosen
	return chosen, w.adds, nil
}

// encode writes keys of rows and values of adds.
func (w *Writer) encode(b *operators.Batch, rows, adds []uint16) error {
	w.keys.Reset()
	w.values.Reset()
	if w.layout.key != nil {
		if err := w.layout.key.Encode(b, rows, &w.keys); err != nil {
			return err
		}
		if len(w.keys.Ends) != len(rows) {
			return fmt.Errorf("format '%s' made %d keys of %d rows", w.c.Key.Name(), len(w.keys.Ends), len(rows))
		}
	}
	if w.layout.empty || len(adds) == 0 {
		return nil
	}
	if err := w.layout.value.Encode(b, adds, &w.values); err != nil {
		return err
	}
	if len(w.values.Ends) != len(adds) {
		return fmt.Errorf("format '%s' made %d values of %d rows", w.c.Value.Name(), len(w.values.Ends), len(adds))
	}
	return nil
}

// spreadOut puts records into the batches of their partitions. rows are those of keys, adds those of values.
func (w *Writer) spreadOut(ctx context.Context, b *operators.Batch, rows, adds []uint16) error {
	now := w.env.Now()
	next := 0
	for i, r := range rows {
		if w.replaced(b, rows, i) {
			continue
		}
		var key, value []byte
		if w.layout.key != nil && !(w.layout.rawKey >= 0 && b.Columns[w.layout.rawKey].IsNull(int(r))) {
			key = present(record(&w.keys, i))
		}
		if next < len(adds) && adds[next] == r {
			switch {
			case w.layout.empty:
				value = []byte{}
			case w.layout.rawValue < 0 || !b.Columns[w.layout.rawValue].IsNull(int(r)):
				value = present(record(&w.values, next))
			}
			next++
		}
		var n int
		w.headers, n = w.layout.appendHeaders(w.headers[:0], b, int(r))
		t := w.only
		if t == nil {
			var err error
			if t, err = w.topicOf(ctx, b, int(r)); err != nil {
				return err
			}
		}
		at := w.layout.millis(b, int(r), now)
		if w.buffer != nil {
			if w.buffer.put(t, at, key, value, n, w.headers, now) {
				if err := w.drain(ctx); err != nil {
					return err
				}
			}
			continue
		}
		if err := w.append(ctx, t.pick(w.spread, key, w.env.Subtask), at, key, value, n, w.headers, now); err != nil {
			return err
		}
	}
	return nil
}

// replaced tells whether row i takes back what the next one puts a new value in place of: its deletion need not be written. Where the new value
// does not come, because a filter has it, -U is a deletion.
func (w *Writer) replaced(b *operators.Batch, rows []uint16, i int) bool {
	return w.c.Upsert && b.Kinds != nil && b.Kinds[rows[i]] == vector.UpdateBefore && w.only != nil && w.layout.key != nil && i+1 < len(rows) &&
		b.Kinds[rows[i+1]] == vector.UpdateAfter && bytes.Equal(record(&w.keys, i), record(&w.keys, i+1))
}
