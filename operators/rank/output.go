package rank

import (
	"slices"

	"millrace/operators"
	"millrace/operators/rowstore"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// output collects changed rows and emits them as batches.
type output struct {
	t       *TopN
	ids     []rowstore.ID
	numbers []int64
	kinds   []vector.RowKind
	update  bool
	later   []rowstore.ID // rows that came, without number: after all that left, which may be the same rows in another partition
	gone    []rowstore.ID
	came    []rowstore.ID
}

func (o *output) add(id rowstore.ID, number int64, kind vector.RowKind) {
	if kind == vector.UpdateBefore && !o.t.spec.UpdateBefore {
		return
	}
	o.ids, o.numbers, o.kinds = append(o.ids, id), append(o.numbers, number), append(o.kinds, kind)
	o.update = o.update || kind != vector.Insert
}

// inRange cuts a list to the rows From to bound.
func (o *output) inRange(bound int64, ids []rowstore.ID) []rowstore.ID {
	from, to := o.t.spec.From-1, min(int64(len(ids)), bound)
	if from >= to {
		return nil
	}
	return ids[from:to]
}

// difference emits what turns the result that was into the one that is.
func (o *output) difference(was, is []rowstore.ID, out operators.Output) error {
	if o.t.spec.WithNumber {
		for k := range max(len(was), len(is)) {
			number := o.t.spec.From + int64(k)
			switch {
			case k >= len(was):
				o.add(is[k], number, vector.Insert)
			case k >= len(is):
				o.add(was[k], number, vector.Delete)
			case was[k] != is[k]:
				o.add(was[k], number, vector.UpdateBefore)
				o.add(is[k], number, vector.UpdateAfter)
			}
		}
	} else {
		o.sets(was, is)
	}
	once := o.t.spec.Final || o.t.spec.Window // nothing leaves
	if len(o.later) == 0 && len(o.ids) >= vector.MaxRows || once && len(o.later) >= vector.MaxRows {
		return o.flush(out)
	}
	return nil
}

// sets emits the rows that left and the rows that came.
func (o *output) sets(was, is []rowstore.ID) {
	o.gone, o.came = o.gone[:0], o.came[:0]
	if len(was) > 16 || len(is) > 16 {
		w, i := slices.Clone(was), slices.Clone(is)
		slices.Sort(w)
		slices.Sort(i)
		o.gone = missing(o.gone, was, i)
		o.came = missing(o.came, is, w)
	} else {
		for _, id := range was {
			if !slices.Contains(is, id) {
				o.gone = append(o.gone, id)
			}
		}
		for _, id := range is {
			if !slices.Contains(was, id) {
				o.came = append(o.came, id)
			}
		}
	}
	if o.t.spec.To == 1 && len(o.gone) == 1 && len(o.came) == 1 {
		o.add(o.gone[0], 1, vector.UpdateBefore)
		o.add(o.came[0], 1, vector.UpdateAfter)
		return
	}
	for _, id := range o.gone {
		o.add(id, 0, vector.Delete)
	}
	o.later = append(o.later, o.came...)
}

// missing appends the ids that are not in the sorted list.
func missing(dst, ids, sorted []rowstore.ID) []rowstore.ID {
	for _, id := range ids {
		if _, found := slices.BinarySearch(sorted, id); !found {
			dst = append(dst, id)
		}
	}
	return dst
}

// flush emits what was collected.
func (o *output) flush(out operators.Output) error {
	for _, id := range o.later {
		o.add(id, 0, vector.Insert)
	}
	o.later = o.later[:0]
	for at := 0; at < len(o.ids); {
		n := min(len(o.ids)-at, vector.MaxRows)
		cols := make([]*vector.Vector, 0, len(o.t.schema)+1)
		for c := range o.t.schema {
			cols = append(cols, o.t.store.Gather(c, o.ids[at:at+n]))
		}
		if o.t.spec.WithNumber {
			v := vector.New(o.t.ctx.Pool(), types.BigIntType().AsNotNull(), n, 0)
			copy(vector.Values[int64](v), o.numbers[at:])
			cols = append(cols, v)
		}
		b := vector.NewBatch(n, cols...)
		if o.update {
			b.Kinds = append([]vector.RowKind(nil), o.kinds[at:at+n]...)
		}
		err := out.Emit(b)
		b.Release()
		if err != nil {
			return err
		}
		at += n
	}
	o.ids, o.numbers, o.kinds, o.update = o.ids[:0], o.numbers[:0], o.kinds[:0], false
	return nil
}
