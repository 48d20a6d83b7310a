package csv

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"millrace/connectors"
	"millrace/connectors/format"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// Format answers for 'format' = 'csv'.
type Format struct{}

var (
	_ format.Format = Format{}
	_ format.Ranged = Format{}
)

// Name is "csv".
func (Format) Name() string { return "csv" }

// Mode is insert-only.
func (Format) Mode() plan.Mode { return plan.InsertOnly }

// Ranged is true without quotes: a quoted field may hold line ends.
func (Format) Ranged(options map[string]string) bool {
	return strings.EqualFold(options["disable-quote-character"], "true") && options["escape-character"] == ""
}

// Options lists the format's options.
func (Format) Options() []connectors.Option {
	text := func(key, def, help string) connectors.Option {
		return connectors.Option{Key: key, Type: connectors.Text, Default: def, Help: help}
	}
	boolean := func(key, def, help string) connectors.Option {
		return connectors.Option{Key: key, Type: connectors.Boolean, Default: def, Help: help}
	}
	return []connectors.Option{
		text("field-delimiter", ",", "one character between fields"),
		boolean("disable-quote-character", "false", "no character quotes"),
		text("quote-character", `"`, "one character around fields"),
		boolean("allow-comments", "false", "lines that begin with # are left out"),
		boolean("ignore-parse-errors", "false", "a field that cannot be read is NULL, a record that cannot be read is left out"),
		text("array-element-delimiter", ";", "between the elements of an ARRAY or ROW"),
		text("escape-character", "", "one character that takes the meaning of the next"),
		text("null-literal", "", "the text of NULL; by default there is none, and NULL is written as nothing"),
		boolean("write-bigdecimal-in-scientific-notation", "true", "accepted, no effect"),
		boolean("trim-spaces", "false", "blanks around fields are dropped"),
		boolean("ignore-trailing-unmappable", "false", "fields behind the last column are dropped"),
		boolean("allow-trailing-comma", "true", "an empty field behind the last column is dropped"),
		boolean("fail-on-missing-columns", "false", "a record with fewer fields than columns is malformed"),
		boolean("empty-string-as-null", "false", "an empty field is NULL"),
	}
}

type settings struct {
	delimiter, quote, escape           byte // quote, escape: 0 for none
	comments, ignoreErrors             bool
	elementDelimiter                   string
	nullLiteral                        []byte
	hasNull                            bool
	trim, dropExtra, trailing, noFewer bool
	emptyNull                          bool
}

func parse(f Format, c format.Config) (s settings, err error) {
	v, err := format.Decode(f, c.Options)
	if err != nil {
		return s, err
	}
	s = settings{
		comments: v.Bool("allow-comments"), ignoreErrors: v.Bool("ignore-parse-errors"), elementDelimiter: v.Text("array-element-delimiter"),
		nullLiteral: []byte(v.Text("null-literal")), hasNull: v.Has("null-literal"), trim: v.Bool("trim-spaces"),
		dropExtra: v.Bool("ignore-trailing-unmappable"), trailing: v.Bool("allow-trailing-comma"),
		noFewer: v.Bool("fail-on-missing-columns"), emptyNull: v.Bool("empty-string-as-null"),
	}
	if v.Bool("disable-quote-character") {
		if v.Has("quote-character") {
			return s, errors.New("format 'csv': quote-character and disable-quote-character cannot both be set")
		}
	} else if s.quote, err = character(v, "quote-character"); err != nil {
		return s, err
	}
	if v.Has("escape-character") {
		if s.escape, err = character(v, "escape-character"); err != nil {
			return s, err
		}
	}
	if s.delimiter, err = character(v, "field-delimiter"); err != nil {
		return s, err
	}
	if s.delimiter == '\n' || s.delimiter == '\r' || s.delimiter == s.quote {
		return s, v.Invalid("field-delimiter", "it must differ from line ends and the quote character")
	}
	for _, c := range c.Physical {
		if err := checkType(c.Name, c.Type, 0); err != nil {
			return s, fmt.Errorf("format 'csv': %w", err)
		}
	}
	return s, nil
}

// character reads an option of one character; backslash escapes are understood.
func character(v *connectors.Values, key string) (byte, error) {
	t := v.Text(key)
	if len(t) > 1 && t[0] == '\\' {
		if u, err := strconv.Unquote(`"` + t + `"`); err == nil {
			t = u
		}
	}
	if utf8.RuneCountInString(t) != 1 {
		return 0, v.Invalid(key, "a single character is expected")
	}
	if t[0] >= utf8.RuneSelf || t[0] == 0 {
		return 0, v.Invalid(key, "only ASCII characters are supported yet")
	}
	return t[0], nil
}

func checkType(name string, t types.Type, depth int) error {
	switch t.Kind {
	case types.Map, types.Multiset, types.Null, types.IntervalYearMonth, types.IntervalDayTime:
		if t.IsInterval() {
			return nil
		}
		return fmt.Errorf("column '%s': type %s is not supported", name, t)
	case types.Array, types.Row:
		if depth > 0 {
			return fmt.Errorf("column '%s': elements of ARRAY and fields of ROW must be simple, not %s", name, t)
		}
	case types.Time:
		if t.Precision > 3 {
			return fmt.Errorf("column '%s': TIME has at most precision 3", name)
		}
	}
	for _, c := range t.Children() {
		if err := checkType(name, c, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// Decoder returns a decoder.
func (f Format) Decoder(c format.Config) (format.Decoder, error) {
	s, err := parse(f, c)
	if err != nil {
		return nil, err
	}
	return newDecoder(c, s)
}

// Encoder returns an encoder.
func (f Format) Encoder(c format.Config) (format.Encoder, error) {
	s, err := parse(f, c)
	if err != nil {
		return nil, err
	}
	for _, f := range c.Columns {
		if err := checkType(f.Name, f.Type, 0); err != nil {
			return nil, fmt.Errorf("format 'csv': %w", err)
		}
	}
	return newEncoder(c, s), nil
}
