package avro

import (
	"fmt"
	"slices"

	"millrace/connectors/format/column"
	"millrace/sql/types"
)

// code is what an operation does.
type code uint8

const (
	opFail code = iota // the value cannot become one of the column
	opNull             // nothing is read, NULL is appended
	opSkip             // a value is passed over
	opSkipVarint
	opSkipBytes
	opSkipFixed
	opBool
	opI8
	opI16
	opI32
	opI64      // also from int
	opTime     // 64 bits to milliseconds
	opScaled   // timestamps of 64 bits in another unit or with fewer digits
	opWide     // timestamps of 128 bits
	opF32      // from float
	opF32Int   // from int or long
	opF64      // from double
	opF64Float // from float
	opF64Int   // from int or long
	opText
	opBytes
	opFixed
	opEnum
	opDecimal // behind its length, or of a fixed size
	opRow
	opList
	opMap
	opUnion // branches
	opRoot  // the branch of a row that is a union
)

// op is one operation: it reads or passes over one value.
type op struct {
	code   code
	null   int8 // of a union of two branches: 1 or 2 if its first or second is null; 0: no union
	col    *column.Column
	scale  int64 // opScaled, opTime, opWide: times it, if positive, or by its negative
	trunc  int64 // opScaled: what is below this unit is cut; 0: nothing
	size   int   // fixed; -1 if there is a length in front
	digits int   // scale of a decimal
	s      *schema
	keys   []op // of a map
	sub    []op // fields of a row, the element, the value of a map
	path   string
	why    string // opFail
}

// compiler resolves the schema of what was written against columns.
type compiler struct {
	depth int
	ops   int
}

// compile returns the operations that read a record of schema s into columns.
func compile(s *schema, columns types.Schema, cols []*column.Column) ([]op, error) {
	c := &compiler{}
	var front []op
	if s.kind == kindUnion {
		// Flink writes rows of files as a union of null and a record.
		for i, b := range s.branches {
			if b.kind == kindRecord && front == nil {
				front, s = []op{{code: opRoot, size: i}}, b
			}
		}
	}
	if s.kind != kindRecord {
		return nil, fmt.Errorf("avro schema: rows are records, not %s", s)
	}
	ops, err := c.fields(s, columns, cols, "")
	return append(front, ops...), err
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func (c *compiler) fields(s *schema, columns types.Schema, cols []*column.Column, path string) ([]op, error) {
	var ops []op
	found := make([]bool, len(columns))
	for _, f := range s.fields {
		k := columns.Index(f.name)
		if k < 0 {
			for _, a := range f.aliases {
				if k = columns.Index(a); k >= 0 {
					break
				}
			}
		}
		if k < 0 || found[k] {
			ops = append(ops, skipping(f.s))
			continue
		}
		found[k] = true
		o, err := c.value(f.s, columns[k].Type, cols[k], join(path, f.name))
		if err != nil {
			return nil, err
		}
		ops = append(ops, o)
	}
	// What lies side by side without a variable length is passed over at once.
	ops = slices.DeleteFunc(ops, func(o op) bool { return o.code == opSkip && o.s.empty })
	for k, f := range columns {
		if found[k] {
			continue
		}
		if f.Type.NotNull {
			return nil, fmt.Errorf("field '%s': the schema that was written has no such field, and it is NOT NULL", join(path, f.Name))
		}
		ops = append(ops, op{code: opNull, col: cols[k], path: join(path, f.Name)})
	}
	return ops, nil
}

// skipping passes over a value.
func skipping(s *schema) op {
	o := op{s: s, code: opSkip}
	if n := s.nullBranch(); s.kind == kindUnion && len(s.branches) == 2 && n >= 0 {
		if inner := skipping(s.branches[1-n]); inner.code != opSkip && inner.null == 0 {
			inner.null = int8(n + 1)
			return inner
		}
	}
	switch s.kind {
	case kindInt, kindLong, kindEnum:
		o.code = opSkipVarint
	case kindBytes, kindString:
		o.code = opSkipBytes
	case kindBoolean:
		o.code, o.size = opSkipFixed, 1
	case kindFloat:
		o.code, o.size = opSkipFixed, 4
	case kindDouble:
		o.code, o.size = opSkipFixed, 8
	case kindFixed:
		o.code, o.size = opSkipFixed, s.size
	}
	return o
}

// value compiles the reading of one value.
func (c *compiler) value(s *schema, t types.Type, col *column.Column, path string) (op, error) {
	if c.depth++; c.depth > maxDepth {
		return op{}, fmt.Errorf("field '%s': it is nested more than %d deep", path, maxDepth)
	}
	defer func() { c.depth-- }()
	if c.ops++; c.ops > maxFields {
		return op{}, fmt.Errorf("field '%s': the schema has more than %d parts", path, maxFields)
	}
	if s.kind != kindUnion {
		return c.plain(s, t, col, path)
	}
	n := s.nullBranch()
	if n >= 0 && len(s.branches) == 2 {
		o := c.branch(s.branches[1-n], t, col, path)
		if o.null != 0 || o.code == opUnion {
			return op{}, fmt.Errorf("field '%s': a union within a union", path)
		}
		o.null = int8(n + 1)
		return o, nil
	}
	o := op{code: opUnion, col: col, path: path, s: s}
	for _, b := range s.branches {
		o.sub = append(o.sub, c.branch(b, t, col, path))
	}
	return o, nil
}

// branch compiles a branch of a union: one that does not fit is an error only when it is met.
func (c *compiler) branch(s *schema, t types.Type, col *column.Column, path string) op {
	o, err := c.plain(s, t, col, path)
	if err == nil {
		return o
	}
	return op{code: opFail, col: col, path: path, why: fmt.Sprintf("%s was written, which does not become %s", s, t)}
}

func (c *compiler) plain(s *schema, t types.Type, col *column.Column, path string) (op, error) {
	o := op{col: col, path: path, s: s}
	if s.kind == kindNull {
		o.code = opNull
		return o, nil
	}
	ok := false
	switch t.Kind {
	case types.Row:
		return c.row(s, t, o)
	case types.Array, types.Map, types.Multiset:
		return c.list(s, t, o)
	case types.Boolean:
		o.code, ok = opBool, s.kind == kindBoolean
	case types.TinyInt, types.SmallInt, types.Int, types.Date, types.Time, types.BigInt:
		ok = o.integer(s, t)
	case types.Float, types.Double:
		ok = o.float(s, t)
	case types.Char, types.VarChar:
		ok = true
		switch s.kind {
		case kindString, kindBytes:
			o.code = opText
		case kindEnum:
			o.code = opEnum
		default:
			ok = false
		}
	case types.Binary, types.VarBinary:
		o.code, o.size, ok = opBytes, s.size, s.kind == kindBytes || s.kind == kindString || s.kind == kindFixed
		if s.kind == kindFixed {
			o.code = opFixed
		}
	case types.Decimal:
		o.code, o.size, o.digits = opDecimal, -1, t.Scale
		ok = s.kind == kindBytes || s.kind == kindFixed
		if s.kind == kindFixed {
			o.size = s.size
		}
		if s.logical == "decimal" {
			o.digits = s.scale
		}
	case types.Timestamp, types.TimestampLTZ:
		ok = s.kind == kindLong || s.kind == kindInt
		o.timestamp(s, t)
	}
	if !ok {
		return o, fmt.Errorf("field '%s': %s was written, which does not become %s", path, s, t)
	}
	return o, nil
}

func (o *op) integer(s *schema, t types.Type) bool {
	switch t.Kind {
	case types.TinyInt:
		o.code = opI8
	case types.SmallInt:
		o.code = opI16
	case types.BigInt:
		o.code = opI64
		return s.kind == kindInt || s.kind == kindLong
	case types.Time:
		o.code = opI32
		if s.kind == kindLong {
			o.code, o.scale = opTime, -1000
			if s.logical == "time-nanos" {
				o.scale = -1_000_000
			}
			return s.logical == "time-micros" || s.logical == "time-nanos"
		}
	default:
		o.code = opI32
	}
	return s.kind == kindInt
}

func (o *op) float(s *schema, t types.Type) bool {
	wide := t.Kind == types.Double
	switch {
	case s.kind == kindInt || s.kind == kindLong:
		o.code = opF32Int
		if wide {
			o.code = opF64Int
		}
	case s.kind == kindFloat && wide:
		o.code = opF64Float
	case s.kind == kindFloat:
		o.code = opF32
	case s.kind == kindDouble && wide:
		o.code = opF64
	default:
		return false
	}
	return true
}

// timestamp picks how to get from the unit that was written to that of the column. Plain numbers are milliseconds, or what the column counts in.
func (o *op) timestamp(s *schema, t types.Type) {
	unit := int64(1e3)
	switch s.logical {
	case "timestamp-micros", "local-timestamp-micros":
		unit = 1e6
	case "timestamp-nanos", "local-timestamp-nanos":
		unit = 1e9
	case "timestamp-millis", "local-timestamp-millis":
	default:
		unit = min(t.TimeUnit(), 1e6)
	}
	want := t.TimeUnit()
	o.scale = want / unit
	if want < unit {
		o.scale = -(unit / want)
	}
	step := want
	for range t.Precision {
		step /= 10
	}
	switch {
	case t.Storage() == types.StoreI128:
		o.code, o.trunc = opWide, max(step, 1)
	case o.scale == 1 && step <= 1:
		o.code = opI64
	default:
		o.code, o.trunc = opScaled, step
	}
}

func (c *compiler) row(s *schema, t types.Type, o op) (op, error) {
	if s.kind != kindRecord {
		return o, fmt.Errorf("field '%s': %s was written, which does not become a ROW", o.path, s)
	}
	var err error
	o.code = opRow
	o.sub, err = c.fields(s, t.Fields, o.col.Children, o.path)
	return o, err
}

func (c *compiler) list(s *schema, t types.Type, o op) (op, error) {
	o.code = opList
	want, at := kindArray, 0
	if t.Kind != types.Array {
		o.code, want, at = opMap, kindMap, 1
	}
	ct := t.Children()
	if s.kind != want || at == 1 && !ct[0].IsText() {
		return o, fmt.Errorf("field '%s': %s was written, which does not become %s", o.path, s, t)
	}
	e, err := c.value(s.items, ct[at], o.col.Children[at], o.path+"[]")
	o.sub = []op{e}
	if at == 1 {
		o.keys = []op{{code: opText, col: o.col.Children[0], path: o.path}}
	}
	return o, err
}
