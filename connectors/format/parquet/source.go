package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/schema"

	"millrace/connectors/format/column"
	"millrace/sql/types"
)

// source puts the values of a column together from the entries of cursors.
type source struct {
	col      *column.Column
	def      int16 // level of a value that is not NULL
	rep      int16 // lists: level of all elements but the first
	children []*source
	cursors  []*cursor // below; the first one tells what is NULL
	put      func(c *cursor) error
	path     string
	missing  []*column.Column // fields of a ROW that the file does not have
	marker   *cursor          // of a ROW none of whose fields the file has
}

// get appends the next value.
func (s *source) get() error {
	first := s.cursors[0]
	if !first.more() {
		if first.err != nil {
			return first.err
		}
		return errors.New("the column of the file ends too early")
	}
	level := first.level()
	if level < s.def {
		if s.col.Type.NotNull {
			return errNull
		}
		s.col.AppendNull()
		return s.pass()
	}
	switch s.col.Store {
	case types.StoreStruct:
		for _, c := range s.children {
			if err := c.get(); err != nil {
				return err
			}
		}
		for _, c := range s.missing {
			c.AppendNull()
		}
		if s.marker != nil {
			if err := s.pass(); err != nil {
				return err
			}
		}
		s.col.EndRow()
		return nil
	case types.StoreList, types.StoreMap:
		if level == s.def {
			s.col.EndList()
			return s.pass()
		}
		for again := true; again; again = first.within(s.rep) {
			for _, c := range s.children {
				if err := c.get(); err != nil {
					return err
				}
			}
		}
		if first.err != nil {
			return first.err
		}
		s.col.EndList()
		return nil
	}
	err := s.put(first)
	first.pass()
	return err
}

// pass goes over one entry of all cursors below.
func (s *source) pass() error {
	for _, c := range s.cursors {
		if !c.more() {
			return errors.New("the column of the file ends too early")
		}
		c.pass()
		if s.marker != nil {
			for c.maxRep > 0 && c.more() && c.rep[c.at] > s.rep {
				c.pass()
			}
		}
	}
	return nil
}

// planner finds columns in the schema of a file.
type planner struct {
	s       *settings
	schema  *schema.Schema
	cursors []*cursor
}

// find returns the source of a field of a group, or nil if the group has no such field.
func (p *planner) find(g *schema.GroupNode, f types.Field, col *column.Column, path string) (*source, error) {
	i := g.FieldIndexByName(f.Name)
	if i < 0 {
		if f.Type.NotNull {
			return nil, fmt.Errorf("column '%s': the file has no such column, and it is NOT NULL", path)
		}
		return nil, nil
	}
	return p.plan(g.Field(i), f.Type, col, path, levels(g))
}

// level is what stands above a node.
type level struct{ def, rep int16 }

// levels returns the levels at a group.
func levels(n schema.Node) (l level) {
	for ; n != nil && n.Parent() != nil; n = n.Parent() {
		switch n.RepetitionType() {
		case parquet.Repetitions.Optional:
			l.def++
		case parquet.Repetitions.Repeated:
			l.def++
			l.rep++
		}
	}
	return l
}

func mismatch(n schema.Node, t types.Type, path string) error {
	what := "a group"
	if l := n.LogicalType(); l != nil && l.String() != "None" {
		what = l.String()
	} else if p, ok := n.(*schema.PrimitiveNode); ok {
		what = p.PhysicalType().String()
	}
	return fmt.Errorf("column '%s': the file has %s, which does not become %s", path, what, t)
}

// plan returns the source of a node below levels.
func (p *planner) plan(n schema.Node, t types.Type, col *column.Column, path string, above level) (*source, error) {
	s := &source{col: col, path: path, def: above.def, rep: above.rep}
	switch n.RepetitionType() {
	case parquet.Repetitions.Optional:
		s.def++
	case parquet.Repetitions.Repeated:
		return nil, fmt.Errorf("column '%s': repeated fields that are no LIST or MAP are not supported yet", path)
	}
	first := len(p.cursors)
	var err error
	switch t.Kind {
	case types.Row:
		err = p.row(s, n, t)
	case types.Array, types.Map, types.Multiset:
		err = p.list(s, n, t)
	default:
		leaf, ok := n.(*schema.PrimitiveNode)
		if !ok {
			return nil, mismatch(n, t, path)
		}
		c := p.cursor(leaf)
		if s.put = putter(p.s, col, leaf); s.put == nil || c == nil {
			return nil, mismatch(n, t, path)
		}
	}
	s.cursors = p.cursors[first:len(p.cursors):len(p.cursors)]
	return s, err
}

// cursor adds a cursor for a leaf.
func (p *planner) cursor(leaf *schema.PrimitiveNode) *cursor {
	i := p.schema.ColumnIndexByNode(leaf)
	if i < 0 {
		return nil
	}
	d := p.schema.Column(i)
	c := &cursor{number: i, maxDef: d.MaxDefinitionLevel(), maxRep: d.MaxRepetitionLevel()}
	p.cursors = append(p.cursors, c)
	return c
}

func (p *planner) row(s *source, n schema.Node, t types.Type) error {
	g, ok := n.(*schema.GroupNode)
	if !ok {
		return mismatch(n, t, s.path)
	}
	for k, f := range t.Fields {
		c, err := p.find(g, f, s.col.Children[k], s.path+"."+f.Name)
		if err != nil {
			return err
		}
		if c == nil {
			s.missing = append(s.missing, s.col.Children[k])
		} else {
			s.children = append(s.children, c)
		}
	}
	if len(s.children) > 0 {
		return nil
	}
	// Some leaf below tells whether the ROW is NULL.
	for n := schema.Node(g); ; {
		inner, ok := n.(*schema.GroupNode)
		if !ok {
			s.marker = p.cursor(n.(*schema.PrimitiveNode))
			return nil
		}
		if inner.NumFields() == 0 {
			return mismatch(n, t, s.path)
		}
		n = inner.Field(0)
	}
}

// list plans an ARRAY, MAP or MULTISET: a group with one repeated field.
func (p *planner) list(s *source, n schema.Node, t types.Type) error {
	g, ok := n.(*schema.GroupNode)
	if !ok || g.NumFields() != 1 || g.Field(0).RepetitionType() != parquet.Repetitions.Repeated {
		return mismatch(n, t, s.path)
	}
	repeated := g.Field(0)
	s.rep++
	ct := t.Children()
	inner, isGroup := repeated.(*schema.GroupNode)
	if t.Kind != types.Array {
		if !isGroup || inner.NumFields() != 2 {
			return mismatch(n, t, s.path)
		}
		for k := range ct {
			c, err := p.plan(inner.Field(k), ct[k], s.col.Children[k], s.path+"[]", level{s.def + 1, s.rep})
			if err != nil {
				return err
			}
			s.children = append(s.children, c)
		}
		return nil
	}
	// Lists of three levels have the element below the repeated group; in those of two levels it is the repeated field itself.
	if !isGroup || inner.NumFields() != 1 || inner.Name() == "array" || inner.Name() == g.Name()+"_tuple" {
		return p.bare(s, repeated, *t.Elem)
	}
	c, err := p.plan(inner.Field(0), *t.Elem, s.col.Children[0], s.path+"[]", level{s.def + 1, s.rep})
	s.children = []*source{c}
	return err
}

// bare plans the elements of a list of two levels, which cannot be NULL.
func (p *planner) bare(s *source, n schema.Node, t types.Type) error {
	e := &source{col: s.col.Children[0], path: s.path + "[]", def: s.def + 1, rep: s.rep}
	first := len(p.cursors)
	if t.Kind == types.Row {
		if err := p.row(e, n, t); err != nil {
			return err
		}
	} else {
		leaf, ok := n.(*schema.PrimitiveNode)
		if !ok {
			return mismatch(n, t, e.path)
		}
		p.cursor(leaf)
		if e.put = putter(p.s, e.col, leaf); e.put == nil {
			return mismatch(n, t, e.path)
		}
	}
	e.cursors = p.cursors[first:len(p.cursors):len(p.cursors)]
	s.children = []*source{e}
	return nil
}

// int96 takes an INT96 timestamp apart.
func int96(x parquet.Int96) (day int64, nanos int64) {
	return int64(int32(binary.LittleEndian.Uint32(x[8:]))) - julianEpoch, int64(binary.LittleEndian.Uint64(x[:]))
}
