package format

import (
	"fmt"
	"slices"
	"strings"

	"millrace/connectors"
	"millrace/operators"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// Format is a way to write rows as bytes.
type Format interface {
	// Name is the value of the option 'format', such as "json".
	Name() string
	// Options lists the format's own options, their keys without the prefix: "ignore-parse-errors" for 'json.ignore-parse-errors'.
	Options() []connectors.Option
	// Mode is the changes that records carry: InsertOnly, or for changelog formats what they read as.
	Mode() plan.Mode
	// Decoder returns a decoder, or says what is wrong with options or columns.
	Decoder(c Config) (Decoder, error)
	// Encoder returns an encoder, or says what is wrong with options or columns.
	Encoder(c Config) (Encoder, error)
}

// Ranged is a format whose records end at line ends and nowhere else, so that a reader may begin at any line of a file.
type Ranged interface {
	// Ranged tells whether that holds with these options.
	Ranged(options map[string]string) bool
}

// Telling is a format whose records tell more than their columns, such as the table that a change was made to.
type Telling interface {
	// Metadata lists what they tell: keys and types.
	Metadata() types.Schema
}

// Config says what a decoder or encoder is for.
type Config struct {
	// Options are those of the format, without its prefix.
	Options map[string]string
	// Physical is the fields of a record in order.
	Physical types.Schema
	// Columns is what a decoder makes: fields of Physical by name, in any order; a ROW may have fewer fields than there. For an
	// encoder it is the columns to write, and Positions where they are in the batches.
	Columns   types.Schema
	Positions []int
	// Metadata is keys of what a Telling format tells; a decoder makes columns of them behind Columns.
	Metadata []string
	// Pool is where columns come from. It is not needed by encoders, nor by decoders that are only checked.
	Pool *vector.Pool
	// Malformed counts records and fields that are dropped because the format's options say so; it may be nil.
	Malformed *operators.Counter
}

// Decoder turns records into columns.
type Decoder interface {
	// Split finds records in data, which begins with a record, and appends them to r, at most limit of them. It returns how many bytes
	// they take with what ends them. last says that nothing follows data: then its end ends a record. Data must have the slack of Records.
	Split(data []byte, last bool, limit int, r *Records) (used int)
	// Decode appends the rows of the records from number from on, until the batch is full or a record is malformed. It returns the number
	// of the first record it did not take; with a *RecordError that is the malformed one, of which nothing was appended.
	Decode(r *Records, from int) (next int, err error)
	// Rows is the number of rows appended since Take.
	Rows() int
	// Full tells whether Decode would append no more.
	Full() bool
	// Take returns the rows appended, or nil if there are none. A batch may have more than vector.MaxRows rows if one record has many.
	Take() *vector.Batch
	// Close gives memory back.
	Close()
}

// Encoder turns rows into records.
type Encoder interface {
	// Encode appends the given rows of b (physical row numbers; nil: all rows that count) to out, one record each.
	Encode(b *vector.Batch, rows []uint16, out *Output) error
}

// Output takes records: number i is Data[Ends[i-1]:Ends[i]].
type Output struct {
	Data []byte
	Ends []int
	// Terminate: each record ends with the format's end of line.
	Terminate bool
}

// Reset empties the output and keeps its memory.
func (o *Output) Reset() { o.Data, o.Ends = o.Data[:0], o.Ends[:0] }

// Rows returns the physical numbers of the rows that count, using scratch.
func Rows(b *vector.Batch, scratch []uint16) []uint16 {
	if b.Sel != nil {
		return b.Sel
	}
	scratch = scratch[:0]
	for i := range b.Len {
		scratch = append(scratch, uint16(i))
	}
	return scratch
}

// RecordError says that a record is malformed.
type RecordError struct {
	Field string // path of the field, or ""
	Err   error
}

// Error names the field.
func (e *RecordError) Error() string {
	if e.Field == "" {
		return "malformed record: " + e.Err.Error()
	}
	return fmt.Sprintf("malformed record: field '%s': %s", e.Field, e.Err)
}

// Unwrap returns the cause.
func (e *RecordError) Unwrap() error { return e.Err }

// Registry holds the formats of a process. The zero value is empty and ready.
type Registry struct {
	byName map[string]Format
}

// NewRegistry holds the given formats.
func NewRegistry(fs ...Format) *Registry {
	r := &Registry{}
	r.Add(fs...)
	return r
}

// Add adds formats; a later one replaces an earlier one of the same name. Not to be called after the registry is in use.
func (r *Registry) Add(fs ...Format) {
	if r.byName == nil {
		r.byName = map[string]Format{}
	}
	for _, f := range fs {
		r.byName[f.Name()] = f
	}
}

// Get returns the format of that name, or nil.
func (r *Registry) Get(name string) Format { return r.byName[name] }

// Names lists the formats in order.
func (r *Registry) Names() []string {
	names := make([]string, 0, len(r.byName))
	for n := range r.byName {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// Find returns the format that the option key names.
func (r *Registry) Find(options map[string]string, key string) (Format, error) {
	name, ok := options[key]
	if !ok {
		return nil, fmt.Errorf("required option '%s' is missing; formats are %s", key, strings.Join(r.Names(), ", "))
	}
	f := r.byName[name]
	if f == nil {
		return nil, fmt.Errorf("option '%s' = '%s': %w; formats are %s", key, name, connectors.ErrNotFound, strings.Join(r.Names(), ", "))
	}
	return f, nil
}

// OptionsOf returns the options that begin with prefix (such as "json."), without it.
func OptionsOf(options map[string]string, prefix string) map[string]string {
	out := map[string]string{}
	for k, v := range options {
		if rest, ok := strings.CutPrefix(k, prefix); ok {
			out[rest] = v
		}
	}
	return out
}

// Decode decodes a format's options. As in Flink, keys that the format does not know are no error; see Unknown.
func Decode(f Format, options map[string]string) (*connectors.Values, error) {
	known := map[string]string{}
	for k, v := range options {
		if slices.ContainsFunc(f.Options(), func(o connectors.Option) bool { return o.Key == k }) {
			known[k] = v
		}
	}
	return connectors.Decode("format '"+f.Name()+"'", known, f.Options())
}

// Unknown lists the keys that the format does not know.
func Unknown(f Format, options map[string]string) []string {
	var out []string
	for k := range options {
		if !slices.ContainsFunc(f.Options(), func(o connectors.Option) bool { return o.Key == k }) {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return out
}
