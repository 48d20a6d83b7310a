package normalize

import (
	"slices"

	"millrace/operators"
	"millrace/operators/rowstore"
	"millrace/operators/vector"
)

// changes collects changes as stored rows.
type changes struct {
	k     *Keyed
	ids   []rowstore.ID
	kinds []vector.RowKind
	dead  []rowstore.ID // to be deleted when the changes are out
}

// change replaces one row by another; either may be noRow.
func (c *changes) change(was, is rowstore.ID) {
	switch {
	case was == is:
	case was == noRow:
		c.add(is, vector.Insert)
	case is == noRow:
		c.add(was, vector.Delete)
	case c.k.ttl == 0 && c.same(was, is):
	default:
		if c.k.updateBefore {
			c.add(was, vector.UpdateBefore)
		}
		c.add(is, vector.UpdateAfter)
	}
}

func (c *changes) add(id rowstore.ID, kind vector.RowKind) {
	c.ids, c.kinds = append(c.ids, id), append(c.kinds, kind)
}

// same tells whether two stored rows are equal.
func (c *changes) same(a, b rowstore.ID) bool {
	s := c.k.store
	for col := range c.k.schema {
		x, i := s.Column(a, col)
		y, j := s.Column(b, col)
		if !rowstore.Equal(x, i, y, j) {
			return false
		}
	}
	return true
}

func (c *changes) flush(out operators.Output) error {
	for at := 0; at < len(c.ids); {
		n := min(len(c.ids)-at, vector.MaxRows)
		b := c.k.store.Batch(c.ids[at : at+n])
		if slices.ContainsFunc(c.kinds[at:at+n], func(k vector.RowKind) bool { return k != vector.Insert }) {
			b.Kinds = slices.Clone(c.kinds[at : at+n])
		}
		err := out.Emit(b)
		b.Release()
		if err != nil {
			return err
		}
		at += n
	}
	c.ids, c.kinds = c.ids[:0], c.kinds[:0]
	return nil
}
