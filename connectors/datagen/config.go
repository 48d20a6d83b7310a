package datagen

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"millrace/connectors"
	"millrace/sql/types"
)

// config is the options of a table.
type config struct {
	rate   int64 // rows a second
	rows   int64 // or math.MaxInt64
	fields map[string]*field
}

// field is how the values of a column, or of a part of one, are made.
type field struct {
	t          types.Type
	sequence   bool
	start, end int64
	min, max   *float64
	minInt     *int64
	maxInt     *int64
	maxPast    int64 // ms
	length     int   // < 0: not given
	varLen     bool
	nullRate   float64
	parts      []*field // by types.Type.Children
}

func options() []connectors.Option {
	own := []connectors.Option{
		{Key: "rows-per-second", Type: connectors.Integer, Default: "10000", Help: "rows a second of all readers together"},
		{Key: "number-of-rows", Type: connectors.Integer, Help: "rows in all; by default there is no end"},
		{Key: "fields.#.kind", Type: connectors.Enum, Default: "random", Values: []string{"random", "sequence"}, Help: "how values are made"},
		{Key: "fields.#.min", Type: connectors.Number, Help: "least random number"},
		{Key: "fields.#.max", Type: connectors.Number, Help: "greatest random number"},
		{Key: "fields.#.max-past", Type: connectors.Duration, Default: "0", Help: "how far timestamps lie in the past at most"},
		{Key: "fields.#.length", Type: connectors.Integer, Help: "length of text, bytes and collections"},
		{Key: "fields.#.var-len", Type: connectors.Boolean, Default: "false", Help: "lengths vary up to length"},
		{Key: "fields.#.start", Type: connectors.Text, Help: "first value of a sequence"},
		{Key: "fields.#.end", Type: connectors.Text, Help: "last value of a sequence"},
		{Key: "fields.#.null-rate", Type: connectors.Number, Default: "0", Help: "share of NULLs"},
	}
	return append(own, connectors.ScanOptions()...)
}

// reading is the state of parse: which keys were used.
type reading struct {
	v    *connectors.Values
	used map[string]bool
	rows int64
}

func parse(text map[string]string, schema types.Schema) (config, error) {
	v, err := connectors.Decode("connector 'datagen'", text, options())
	if err != nil {
		return config{}, err
	}
	c := config{rate: v.Int("rows-per-second"), rows: math.MaxInt64, fields: map[string]*field{}}
	if c.rate <= 0 {
		return c, v.Invalid("rows-per-second", "it must be more than 0")
	}
	if v.Has("number-of-rows") {
		if c.rows = v.Int("number-of-rows"); c.rows < 0 {
			return c, v.Invalid("number-of-rows", "it must not be less than 0")
		}
	}
	r := &reading{v: v, used: map[string]bool{}, rows: c.rows}
	for _, f := range schema {
		if c.fields[f.Name], err = r.parse("fields."+f.Name+".", f.Type); err != nil {
			return c, err
		}
	}
	c.rows = r.rows
	keys := make([]string, 0, len(text))
	for k := range text {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		if strings.HasPrefix(k, "fields.") && !r.used[k] {
			return c, fmt.Errorf("connector 'datagen': option '%s' = '%s' does not belong to a column that can take it; columns are %s",
				k, text[k], strings.Join(schema.Names(), ", "))
		}
	}
	return c, nil
}

func (r *reading) has(key string) bool {
	r.used[key] = true
	return r.v.Has(key)
}

func (r *reading) parse(prefix string, t types.Type) (f *field, err error) {
	f = &field{t: t, length: -1}
	if r.has(prefix + "kind") {
		f.sequence = r.v.Enum(prefix+"kind") == "sequence"
	}
	if r.has(prefix + "null-rate") {
		if f.nullRate = r.v.Float(prefix + "null-rate"); f.nullRate < 0 || f.nullRate > 1 {
			return nil, r.v.Invalid(prefix+"null-rate", "allowed are 0 to 1")
		}
	}
	if f.sequence {
		return f, r.sequence(f, prefix)
	}
	switch {
	case t.IsNumeric() || t.IsInterval():
		err = r.bounds(f, prefix)
	case t.IsTimestamp():
		if r.has(prefix + "max-past") {
			f.maxPast = r.v.Duration(prefix + "max-past").Milliseconds()
		}
	case t.IsText() || t.IsBinary() || t.Kind == types.Array || t.Kind == types.Map || t.Kind == types.Multiset:
		err = r.lengths(f, prefix)
	case t.Kind == types.Boolean || t.Kind == types.Date || t.Kind == types.Time || t.Kind == types.Row:
	default:
		return nil, fmt.Errorf("connector 'datagen': %s: type %s is not supported", strings.TrimSuffix(prefix, "."), t)
	}
	if err != nil {
		return nil, err
	}
	names := map[types.Kind][]string{types.Array: {"element"}, types.Multiset: {"element"}, types.Map: {"key", "value"}}[t.Kind]
	if t.Kind == types.Row {
		names = types.Schema(t.Fields).Names()
	}
	for i, n := range names {
		part, err := r.parse(prefix+n+".", t.Children()[i])
		if err != nil {
			return nil, err
		}
		f.parts = append(f.parts, part)
	}
	return f, nil
}

func (r *reading) sequence(f *field, prefix string) error {
	if !f.t.IsNumeric() && !f.t.IsText() {
		return r.v.Invalid(prefix+"kind", fmt.Sprintf("%s is always random", f.t))
	}
	for _, b := range []struct {
		key string
		to  *int64
	}{{prefix + "start", &f.start}, {prefix + "end", &f.end}} {
		if !r.has(b.key) {
			return fmt.Errorf("connector 'datagen': option '%s' is required for a sequence", b.key)
		}
		n, err := strconv.ParseInt(strings.TrimSpace(r.v.Text(b.key)), 10, 64)
		if err != nil {
			return r.v.Invalid(b.key, "an integer is expected")
		}
		*b.to = n
	}
	if f.end < f.start {
		return r.v.Invalid(prefix+"end", "it must not be less than start")
	}
	if n := f.end - f.start; n >= 0 && n < math.MaxInt64 {
		r.rows = min(r.rows, n+1)
	}
	return nil
}

func (r *reading) bounds(f *field, prefix string) error {
	for _, b := range []struct {
		key     string
		to      **float64
		integer **int64
	}{{prefix + "min", &f.min, &f.minInt}, {prefix + "max", &f.max, &f.maxInt}} {
		if !r.has(b.key) {
			continue
		}
		x := r.v.Float(b.key)
		*b.to = &x
		if n, err := strconv.ParseInt(strings.TrimSpace(r.v.Text(b.key)), 10, 64); err == nil {
			*b.integer = &n
		} else if f.t.IsInteger() {
			return r.v.Invalid(b.key, "an integer is expected")
		}
	}
	if f.min != nil && f.max != nil && *f.max < *f.min {
		return r.v.Invalid(prefix+"max", "it must not be less than min")
	}
	return nil
}

func (r *reading) lengths(f *field, prefix string) error {
	if r.has(prefix + "length") {
		n := r.v.Int(prefix + "length")
		declared := f.t.Kind == types.Char || f.t.Kind == types.Binary
		switch {
		case n < 0 || n > 1<<24:
			return r.v.Invalid(prefix+"length", "allowed are 0 to 16777216")
		case declared && n != int64(f.t.Length) || (f.t.Kind == types.VarChar || f.t.Kind == types.VarBinary) && n > int64(f.t.Length):
			return r.v.Invalid(prefix+"length", fmt.Sprintf("it does not fit %s", f.t))
		}
		f.length = int(n)
	}
	if r.has(prefix + "var-len") {
		f.varLen = r.v.Bool(prefix + "var-len")
		if f.varLen && (f.t.Kind == types.Char || f.t.Kind == types.Binary || f.t.IsNested()) {
			return r.v.Invalid(prefix+"var-len", fmt.Sprintf("%s has a fixed length", f.t))
		}
	}
	if f.length >= 0 {
		return nil
	}
	switch {
	case f.t.IsNested():
		f.length = 3
	case f.t.Length == types.MaxLength:
		f.length = 100
	default:
		f.length = f.t.Length
	}
	return nil
}
