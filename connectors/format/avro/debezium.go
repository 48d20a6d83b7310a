package avro

import (
	"errors"
	"fmt"

	"millrace/connectors"
	"millrace/connectors/format"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// Debezium answers for 'format' = 'debezium-avro-confluent': changes as Debezium tells them, in records with the id of a schema.
type Debezium struct{}

var _ format.Format = Debezium{}

// Name is "debezium-avro-confluent".
func (Debezium) Name() string { return "debezium-avro-confluent" }

// Mode is all changes, with old rows.
func (Debezium) Mode() plan.Mode { return plan.Retract }

// Options lists the format's options.
func (Debezium) Options() []connectors.Option { return registryOptions() }

// envelope is the columns of a change of rows with these columns.
func envelope(columns types.Schema) types.Schema {
	row := types.RowType(columns...)
	return types.Schema{{Name: "before", Type: row}, {Name: "after", Type: row}, {Name: "op", Type: types.StringType()}}
}

// Decoder returns a decoder.
func (f Debezium) Decoder(c format.Config) (format.Decoder, error) {
	a, err := agree(f, c.Options, envelope(c.Physical))
	if err != nil {
		return nil, err
	}
	return &changes{learner: newLearner(a.r, envelope(c.Columns), c.Pool), pool: c.Pool}, nil
}

// image is a row of the result.
type image struct {
	change int32 // number of the record
	after  bool
	kind   vector.RowKind
}

// changes makes rows of what a learner reads.
type changes struct {
	*learner
	pool   *vector.Pool
	images []image
}

// Rows is the number of rows that the changes make.
func (d *changes) Rows() int { return len(d.images) }

// Full tells whether Decode would append no more.
func (d *changes) Full() bool { return len(d.images) >= vector.MaxRows-1 || d.set.Full() }

// Decode appends one row for each insertion or deletion and two for each update.
func (d *changes) Decode(r *format.Records, from int) (int, error) {
	d.m.data = r.Data[:cap(r.Data)]
	for i := from; i < r.Len(); i++ {
		if d.Full() {
			return i, nil
		}
		d.set.Begin()
		rows := d.set.Rows
		err := d.one(r, i)
		if err == nil {
			err = d.change(rows)
		}
		if err != nil {
			d.set.Rollback(rows)
			return i, err
		}
	}
	return r.Len(), nil
}

var (
	errNoBefore = errors.New("it has no 'before' of the row; a Postgres table must have REPLICA IDENTITY FULL for that")
	errNoAfter  = errors.New("it has no 'after' of the row")
)

// change adds the images of a record.
func (d *changes) change(i int) error {
	before, after, op := !d.set.Columns[0].Null(i), !d.set.Columns[1].Null(i), d.set.Columns[2]
	change := int32(i)
	switch text := string(op.Data[op.Off[i]:op.Off[i+1]]); text {
	case "c", "r":
		if !after {
			return &format.RecordError{Field: "after", Err: errNoAfter}
		}
		d.images = append(d.images, image{change, true, vector.Insert})
	case "u":
		if !before {
			return &format.RecordError{Field: "before", Err: errNoBefore}
		}
		if !after {
			return &format.RecordError{Field: "after", Err: errNoAfter}
		}
		d.images = append(d.images, image{change, false, vector.UpdateBefore}, image{change, true, vector.UpdateAfter})
	case "d":
		if !before {
			return &format.RecordError{Field: "before", Err: errNoBefore}
		}
		d.images = append(d.images, image{change, false, vector.Delete})
	default:
		return &format.RecordError{Field: "op", Err: fmt.Errorf("there is no operation %q", text)}
	}
	return nil
}

// Take returns the rows with their kinds.
func (d *changes) Take() *vector.Batch {
	b := d.set.Take()
	if b == nil {
		return nil
	}
	defer b.Release()
	out := make([]*vector.Vector, len(b.Columns[0].Children))
	for k := range out {
		from := [2]*vector.Vector{b.Columns[0].Children[k], b.Columns[1].Children[k]}
		to := vector.NewBuilder(d.pool, from[0].Type, len(d.images))
		for _, m := range d.images {
			v := from[0]
			if m.after {
				v = from[1]
			}
			to.AppendFrom(v, int(m.change))
		}
		out[k] = to.Finish()
		to.Release()
	}
	rows := vector.NewBatch(len(d.images), out...)
	for _, m := range d.images {
		rows.Kinds = append(rows.Kinds, m.kind)
	}
	d.images = d.images[:0]
	return rows
}

// Encoder returns an encoder.
func (f Debezium) Encoder(c format.Config) (format.Encoder, error) {
	a, err := agree(f, c.Options, envelope(c.Columns))
	if err != nil {
		return nil, err
	}
	if a.v.Has("schema") {
		return nil, fmt.Errorf("format '%s': option 'schema' is not supported yet to write", f.Name())
	}
	e := &changing{}
	if e.registering, err = newRegistering(f, &a); err != nil {
		return nil, err
	}
	if e.rows, err = newEncoder(a.s.fields[0].s.branches[1], c); err != nil {
		return nil, fmt.Errorf("format '%s': %w", f.Name(), err)
	}
	return e, nil
}

// changing writes changes.
type changing struct{ *registering }

// Encode appends a record for each row: one that is new, or one that is gone. An update is two records. Behind the id stand the unions
// before and after, of which one is null, and op.
func (e *changing) Encode(b *vector.Batch, rows []uint16, out *format.Output) error {
	if err := e.register(); err != nil {
		return err
	}
	var err error
	for _, r := range e.rows.begin(b, rows) {
		out.Data = append(out.Data, e.head...)
		add := b.Kind(int(r)).IsAdd()
		if add {
			out.Data = append(out.Data, 0)
		}
		if out.Data, err = record(append(out.Data, 2), e.rows.puts, int(r)); err != nil {
			return err
		}
		if add {
			out.Data = append(out.Data, 2, 2, 'c')
		} else {
			out.Data = append(out.Data, 0, 2, 2, 'd')
		}
		out.Ends = append(out.Ends, len(out.Data))
	}
	return nil
}
