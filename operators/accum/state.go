package accum

import (
	"fmt"

	"millrace/operators"
	"millrace/operators/table"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// State is the accumulators of one set of groups.
type State struct {
	Set     *Set
	Table   *table.Table
	aux     []*table.Table
	payload int // offset of the accumulators in a row of Table
	scratch []byte
	reader  Reader
}

// NewState returns a state whose groups have the given keys. The payload of a row of its table begins with head bytes (a multiple of 8) of
// the caller, at table.Payload().
func (s *Set) NewState(keys []types.Type, head int) *State {
	st := &State{Set: s, Table: table.NewShared(s.pool, &s.scratch, keys, head+s.size)}
	st.payload = st.Table.Payload() + head
	for _, p := range s.parts {
		if a, ok := p.(auxPart); ok {
			st.aux = append(st.aux, a.newTable(s))
		}
	}
	return st
}

// auxPart is a part with a table of values. index is its place in State.aux.
type auxPart interface {
	part
	newTable(s *Set) *table.Table
	// freeGroup drops the values of a group.
	freeGroup(st *State, r table.Row)
	auxIndex() int
	auxFields(s *Set) []types.Type
	// saveAux writes the values of the given groups, in the order of groups: the index of the group in rows, and columns.
	saveAux(r *Reader, rows []table.Row, emit func(groups []int32, cols []*vector.Vector) error) error
	// loadAux takes the values of rows whose ids are given.
	loadAux(st *State, cols []*vector.Vector, n int, ids []int32)
}

// Close frees everything.
func (st *State) Close() {
	st.Table.Close()
	for _, t := range st.aux {
		t.Close()
	}
}

// Delete drops groups with all their values. The rows of other groups stay where they are.
func (st *State) Delete(id int32) {
	st.dropValues(id)
	st.Table.Delete(id)
}

// Reset makes the accumulators of a group those of no rows. The first head bytes of its payload stay.
func (st *State) Reset(id int32) {
	st.dropValues(id)
	r := st.Table.Writable(id)
	for _, off := range st.Set.refs {
		st.Table.Arena().Drop(*table.At[table.Ref](r, st.payload+off))
	}
	for off := st.payload; off < st.payload+st.Set.size; off += 8 {
		*table.At[uint64](r, off) = 0
	}
}

func (st *State) dropValues(id int32) {
	if len(st.aux) == 0 {
		return
	}
	r := st.Table.Writable(id)
	for _, p := range st.Set.parts {
		if a, ok := p.(auxPart); ok {
			a.freeGroup(st, r)
		}
	}
}

// Compact gives back memory of variable-length values that were dropped, if there is enough. It invalidates rows.
func (st *State) Compact() {
	head := st.payload - st.Table.Payload()
	refs := make([]int, len(st.Set.refs))
	for i, off := range st.Set.refs {
		refs[i] = head + off
	}
	st.Table.Compact(refs)
	for _, p := range st.Set.parts {
		switch a := p.(type) {
		case *list:
			st.aux[a.aux].Compact([]int{listRef})
		case auxPart:
			st.aux[a.auxIndex()].Compact(nil)
		}
	}
}

// Reader is accumulators to read: those of a state, or frozen ones.
type Reader struct {
	set     *Set
	pool    *vector.Pool
	main    *table.View
	aux     []*table.View
	payload int
	frozen  []*table.Frozen
}

// Reader returns the state for reading. It is valid as long as the state.
func (st *State) Reader() *Reader {
	r := &st.reader
	r.set, r.pool, r.main, r.payload = st.Set, st.Set.pool, &st.Table.View, st.payload
	r.aux = r.aux[:0]
	for _, t := range st.aux {
		r.aux = append(r.aux, &t.View)
	}
	return r
}

// Freeze returns the state as it is now.
func (st *State) Freeze() *Reader {
	f := st.Table.Freeze()
	r := &Reader{set: st.Set, pool: st.Set.pool, main: &f.View, payload: st.payload, frozen: []*table.Frozen{f}}
	for _, t := range st.aux {
		f := t.Freeze()
		r.aux = append(r.aux, &f.View)
		r.frozen = append(r.frozen, f)
	}
	return r
}

// Release ends the life of a frozen state. It is called by the goroutine of the state.
func (r *Reader) Release() {
	for _, f := range r.frozen {
		f.Release()
	}
}

// View is the rows of the groups.
func (r *Reader) View() *table.View { return r.main }

// merging adds rows of src to rows of dst.
type merging struct {
	dst  *State
	ids  []int32
	rows []table.Row
	src  *Reader
	from []table.Row
	sign int64 // 1, or -1 to take away
}

// Invertible tells whether Unmerge works: all results are counts and sums of integers.
func (s *Set) Invertible() bool {
	for _, p := range s.parts {
		switch p.(type) {
		case *count, *sumInt:
		default:
			return false
		}
	}
	return true
}

// Unmerge takes away what Merge added, for sets that are Invertible.
func (s *Set) Unmerge(dst *State, ids []int32, rows []table.Row, src *Reader, from []table.Row) {
	m := &merging{dst: dst, ids: ids, rows: rows, src: src, from: from, sign: -1}
	for _, p := range s.parts {
		p.merge(m)
	}
}

// Merge adds the accumulators of src's rows from[i] to those of dst's rows[i], whose ids are given.
func (s *Set) Merge(dst *State, ids []int32, rows []table.Row, src *Reader, from []table.Row) {
	m := &merging{dst: dst, ids: ids, rows: rows, src: src, from: from, sign: 1}
	for _, p := range s.parts {
		if _, isList := p.(*list); s.sources[p.source()].distinct >= 0 && !isList {
			if v, ok := p.(*values); !ok || !v.counting {
				// Its rows are those that are new to the values it depends on, which add them when they merge.
				continue
			}
		}
		p.merge(m)
	}
}

// tableForm is the layout of a table of a checkpoint.
type tableForm struct {
	name   string
	schema types.Schema
}

// forms returns the layouts of the tables of a checkpoint: the groups first, then one for each table of values.
func (s *Set) forms(keys types.Schema, extra types.Schema) []tableForm {
	head := append(append(types.Schema{}, keys...), extra...)
	groups := append(types.Schema{}, head...)
	out := []tableForm{{name: "groups"}}
	for i, p := range s.parts {
		if a, ok := p.(auxPart); ok {
			schema := append(types.Schema{}, head...)
			for j, t := range a.auxFields(s) {
				schema = append(schema, types.Field{Name: fmt.Sprintf("v%d_%d", i, j), Type: t})
			}
			out = append(out, tableForm{name: fmt.Sprintf("values-%d", i), schema: schema})
			continue
		}
		for j, t := range p.fields() {
			groups = append(groups, types.Field{Name: fmt.Sprintf("a%d_%d", i, j), Type: t})
		}
	}
	out[0].schema = groups
	return out
}

// Saved is a state to be saved, with columns that the operator keeps with each group between the keys and the accumulators: the times of
// a window, for example.
type Saved struct {
	*Reader
	// Extra makes the extra columns of rows; nil: none.
	Extra func(rows []table.Row) []*vector.Vector
}

// Save writes states with the given key and extra columns, each by key group.
func (s *Set) Save(w operators.StateWriter, keys, extra types.Schema, states []Saved, maxParallelism int) error {
	aux := 0
	for n, form := range s.forms(keys, extra) {
		var a auxPart
		if n > 0 {
			for _, ok := s.parts[aux].(auxPart); !ok; _, ok = s.parts[aux].(auxPart) {
				aux++
			}
			a = s.parts[aux].(auxPart)
			aux++
		}
		t, err := w.Table(form.name, form.schema)
		if err != nil {
			return fmt.Errorf("state table %q: %w", form.name, err)
		}
		for _, x := range states {
			if err := x.save(t, a, maxParallelism); err != nil {
				return fmt.Errorf("state table %q: %w", form.name, err)
			}
		}
	}
	return nil
}

// save writes the groups of a state, or the values that a part has for them.
func (x Saved) save(t operators.TableWriter, a auxPart, maxParallelism int) error {
	ids, ends := x.main.ByGroup(maxParallelism)
	from := 0
	for g, end := range ends {
		for from < end {
			to := min(end, from+vector.MaxRows)
			rows := x.main.Pointers(ids[from:to], nil)
			from = to
			var err error
			if a == nil {
				err = x.saveGroups(t, g, rows)
			} else {
				err = a.saveAux(x.Reader, rows, func(groups []int32, cols []*vector.Vector) error {
					of := make([]table.Row, len(groups))
					for i, k := range groups {
						of[i] = rows[k]
					}
					return appendTo(t, g, len(of), append(x.head(of), cols...))
				})
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (x Saved) head(rows []table.Row) []*vector.Vector {
	cols := x.main.Keys(x.pool, rows)
	if x.Extra != nil {
		cols = append(cols, x.Extra(rows)...)
	}
	return cols
}

func (x Saved) saveGroups(t operators.TableWriter, group int, rows []table.Row) error {
	cols := x.head(rows)
	for _, p := range x.set.parts {
		if _, ok := p.(auxPart); !ok {
			cols = append(cols, p.save(x.Reader, rows)...)
		}
	}
	return appendTo(t, group, len(rows), cols)
}

func appendTo(t operators.TableWriter, group, n int, cols []*vector.Vector) error {
	b := vector.NewBatch(n, cols...)
	defer b.Release()
	return t.Append(group, b)
}

// Load reads states back. where returns the state that a row of the checkpoint belongs to and the id of its group there, for a batch whose
// columns are the keys and the extra columns; groups is true for the table of the groups, which comes first, and false for tables of
// values, whose groups are there by then. Rows of one batch may belong to several states: where gets a part of the rows and tells how many
// of them, from from on, belong to the same state.
func (s *Set) Load(in operators.StateReader, keys, extra types.Schema,
	where func(b *vector.Batch, from int, groups bool, ids []int32) (st *State, n int, err error),
) error {
	forms := s.forms(keys, extra)
	head := len(keys) + len(extra)
	ids := make([]int32, 1<<16)
	n := 0
	for i := -1; i < len(s.parts); i++ {
		var a auxPart
		if i >= 0 {
			var ok bool
			if a, ok = s.parts[i].(auxPart); !ok {
				continue
			}
		}
		err := in.Table(forms[n].name, forms[n].schema, func(_ int, b *vector.Batch) error {
			for from := 0; from < b.Len; {
				st, k, err := where(b, from, a == nil, ids)
				if err != nil {
					return err
				}
				part := b.Slice(s.pool, from, from+k)
				if a != nil {
					a.loadAux(st, part.Columns[head:], k, ids[:k])
				} else {
					s.loadGroups(st, part.Columns[head:], ids[:k])
				}
				part.Release()
				from += k
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("state table %q: %w", forms[n].name, err)
		}
		n++
	}
	return nil
}

func (s *Set) loadGroups(st *State, cols []*vector.Vector, ids []int32) {
	rows := st.Table.Rows(ids, nil)
	for _, p := range s.parts {
		if _, ok := p.(auxPart); ok {
			continue
		}
		n := len(p.fields())
		p.load(st, cols[:n], rows)
		cols = cols[n:]
	}
}
