package avro

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"

	"millrace/connectors"
	"millrace/connectors/format"
	"millrace/connectors/format/column"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// headBytes is the length of what stands before a record: a zero byte and the schema's id.
const headBytes = 5

// Confluent answers for 'format' = 'avro-confluent'. A connector gives it the option 'subject' when the table has none: topic-key or
// topic-value.
type Confluent struct{}

var _ format.Format = Confluent{}

// Name is "avro-confluent".
func (Confluent) Name() string { return "avro-confluent" }

// Mode is insert-only.
func (Confluent) Mode() plan.Mode { return plan.InsertOnly }

// Options lists the format's options.
func (Confluent) Options() []connectors.Option { return registryOptions() }

// agreed is checked options of a format with a registry.
type agreed struct {
	v    *connectors.Values
	r    *registry
	text []byte // schema to write
	s    *schema
}

// agree checks options, and the schema of columns.
func agree(f format.Format, options map[string]string, columns types.Schema) (a agreed, err error) {
	if a.v, err = format.Decode(f, options); err != nil {
		return a, err
	}
	if a.r, err = newRegistry(a.v); err != nil {
		return a, fmt.Errorf("format '%s': %w", f.Name(), err)
	}
	if a.text = []byte(a.v.Text("schema")); len(a.text) == 0 {
		a.text, err = derive(columns, a.v.Bool("timestamp_mapping.legacy"))
	}
	if err == nil {
		a.s, err = parseSchema(a.text)
	}
	if err != nil {
		return a, fmt.Errorf("format '%s': %w", f.Name(), err)
	}
	return a, nil
}

// Decoder returns a decoder. It asks the registry when it meets a schema for the first time.
func (f Confluent) Decoder(c format.Config) (format.Decoder, error) {
	a, err := agree(f, c.Options, c.Physical)
	if err != nil {
		return nil, err
	}
	return newLearner(a.r, c.Columns, c.Pool), nil
}

// Encoder returns an encoder. It registers the schema with the first row.
func (f Confluent) Encoder(c format.Config) (format.Encoder, error) {
	a, err := agree(f, c.Options, c.Columns)
	if err != nil {
		return nil, err
	}
	e, err := newRegistering(f, &a)
	if err != nil {
		return nil, err
	}
	if e.rows, err = newEncoder(a.s, c); err != nil {
		return nil, fmt.Errorf("format '%s': %w", f.Name(), err)
	}
	return e, nil
}

// program is how records of one schema are read.
type program struct {
	s   *schema
	ops []op
	err error // such records cannot be read
}

// learner decodes records of schemas that it learns from the registry. It implements format.Decoder.
type learner struct {
	registry *registry
	columns  types.Schema
	known    map[int32]*program
	last     *program
	lastID   int32
	set      *column.Set
	m        machine
}

func newLearner(r *registry, columns types.Schema, pool *vector.Pool) *learner {
	d := &learner{registry: r, columns: columns, known: map[int32]*program{}}
	if pool != nil {
		d.set = column.NewSet(pool, columns.Types())
	}
	return d
}

func (d *learner) Rows() int           { return d.set.Rows }
func (d *learner) Full() bool          { return d.set.Full() }
func (d *learner) Take() *vector.Batch { return d.set.Take() }
func (d *learner) Close()              { d.set.Close() }

// head reads what stands before a record. An error that is no *format.RecordError is the registry's.
func (d *learner) head(b []byte) (*program, error) {
	switch {
	case len(b) < headBytes:
		return nil, &format.RecordError{Err: fmt.Errorf("it has %d bytes, fewer than a schema's id takes", len(b))}
	case b[0] != 0:
		return nil, &format.RecordError{Err: fmt.Errorf("it begins with byte %d, not with 0 as records with the id of a schema do", b[0])}
	}
	id := int32(binary.BigEndian.Uint32(b[1:]))
	if d.last == nil || d.lastID != id {
		p := d.known[id]
		if p == nil {
			var err error
			if p, err = d.learn(id); err != nil {
				return nil, err
			}
			d.known[id] = p
		}
		d.last, d.lastID = p, id
	}
	if d.last.err != nil {
		return nil, &format.RecordError{Err: d.last.err}
	}
	return d.last, nil
}

// learn asks for a schema. That the registry does not know it is the record's fault.
func (d *learner) learn(id int32) (*program, error) {
	p := &program{}
	p.s, p.err = d.registry.schema(id)
	if no, ok := errors.AsType[*refused](p.err); ok {
		if no.status != http.StatusNotFound {
			return nil, p.err
		}
		return p, nil
	}
	if p.err != nil {
		return nil, p.err
	}
	if p.ops, p.err = compile(p.s, d.columns, d.set.Columns); p.err != nil {
		p.err = fmt.Errorf("schema %d: %w", id, p.err)
	}
	return p, nil
}

// Split finds records by passing over them. What is no record takes all that follows.
func (d *learner) Split(data []byte, last bool, limit int, r *format.Records) (used int) {
	d.m.data, d.m.end = data[:cap(data)], len(data)
	r.Data = d.m.data
	for used < len(data) && r.Len() < limit {
		if !last && len(data)-used < headBytes {
			break
		}
		next := -1
		p, err := d.head(data[used:])
		if err == nil {
			next = d.m.skip(p.s, used+headBytes)
		}
		if next < 0 && err == nil && !last {
			break
		}
		if next < 0 {
			next = len(data)
		}
		r.Start, r.End = append(r.Start, int32(used)), append(r.End, int32(next))
		used = next
	}
	return used
}

// one reads one record into the columns.
func (d *learner) one(r *format.Records, i int) error {
	p, err := d.head(r.At(i))
	if err != nil {
		return err
	}
	d.m.end = int(r.End[i])
	if d.m.run(p.ops, int(r.Start[i])+headBytes) < 0 {
		return d.m.error()
	}
	d.set.EndRow()
	return nil
}

// Decode appends a row for each record.
func (d *learner) Decode(r *format.Records, from int) (int, error) {
	d.m.data = r.Data[:cap(r.Data)]
	for i := from; i < r.Len(); i++ {
		if d.set.Full() {
			return i, nil
		}
		d.set.Begin()
		rows := d.set.Rows
		if err := d.one(r, i); err != nil {
			d.set.Rollback(rows)
			return i, err
		}
	}
	return r.Len(), nil
}

// registering writes records behind the id of their schema.
type registering struct {
	registry *registry
	subject  string
	text     []byte
	head     []byte // nil: not registered yet
	rows     *encoder
}

func newRegistering(f format.Format, a *agreed) (*registering, error) {
	subject := a.v.Text("subject")
	if subject == "" {
		return nil, fmt.Errorf("format '%s': option 'subject' is required to write", f.Name())
	}
	return &registering{registry: a.r, subject: subject, text: a.text}, nil
}

// register makes sure that the schema has an id.
func (e *registering) register() error {
	if e.head != nil {
		return nil
	}
	id, err := e.registry.register(e.subject, e.text)
	if err != nil {
		return err
	}
	e.head = binary.BigEndian.AppendUint32([]byte{0}, uint32(id))
	return nil
}

// Encode appends a record for each row.
func (e *registering) Encode(b *vector.Batch, rows []uint16, out *format.Output) error {
	if err := e.register(); err != nil {
		return err
	}
	var err error
	for _, r := range e.rows.begin(b, rows) {
		out.Data = append(out.Data, e.head...)
		if out.Data, err = record(out.Data, e.rows.puts, int(r)); err != nil {
			return err
		}
		out.Ends = append(out.Ends, len(out.Data))
	}
	return nil
}
