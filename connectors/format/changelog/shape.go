package changelog

import (
	"fmt"

	"millrace/connectors"
	"millrace/connectors/format"
	"millrace/connectors/format/json"
	"millrace/sql/types"
)

// Action is what a message does.
type Action uint8

// The actions.
const (
	Unknown Action = iota // malformed
	Insert
	Update
	Delete
	Ignore // no change of rows
)

// Word is what a format calls an action.
type Word struct {
	Text   string
	Action Action
}

// Shape says how the messages of a format look.
type Shape struct {
	// Name is the format's.
	Name string
	// Payload is the member that holds the message when the option schema-include is set; "" if there is no such option.
	Payload string
	// Op is the member that says what happened, in the words of Actions.
	Op      string
	Actions []Word
	// Before and After are the members with the images of rows.
	Before, After string
	// Partial: Before has only the fields that an update changed, and After is the image for a delete too.
	Partial bool
	// Lists: images are arrays of rows.
	Lists bool
	// Filters are options with regular expressions which a member must match, by the member's name.
	Filters []Filter
	// Tells is the format's metadata.
	Tells []Tell
	// Add and Remove are the texts around a row that is written; NoNulls are the same when NULL fields are left out.
	Add, Remove, AddNoNulls, RemoveNoNulls Frame
	// Hint is added to the error about an update or delete without its old image.
	Hint string
}

// Filter is an option with a regular expression.
type Filter struct{ Option, Member, Help string }

// Tell is something that messages tell beside rows.
type Tell struct {
	Key  string
	Type types.Type
	// Path is where it stands: a member of the message, or a member of that. Outside: beside the payload.
	Path    []string
	Outside bool
	// Read is the type as which it is read, of the storage of Type; the zero value is Type.
	Read types.Type
}

// Frame is the text before and after a row.
type Frame struct{ Before, After string }

// Options lists the options of a format of this shape.
func (s *Shape) Options() []connectors.Option {
	boolean := func(key, help string) connectors.Option {
		return connectors.Option{Key: key, Type: connectors.Boolean, Default: "false", Help: help}
	}
	out := []connectors.Option{
		boolean("ignore-parse-errors", "a field that cannot be read is NULL, a message that cannot be read is left out"),
		{Key: "timestamp-format.standard", Type: connectors.Text, Default: "SQL", Help: "SQL or ISO-8601"},
		{Key: "map-null-key.mode", Type: connectors.Text, Default: "FAIL", Help: "what to do with NULL keys: FAIL, DROP, LITERAL"},
		{Key: "map-null-key.literal", Type: connectors.Text, Default: "null", Help: "the key that LITERAL writes"},
		boolean("encode.decimal-as-plain-number", "write decimals without exponent"),
		boolean("encode.ignore-null-fields", "leave out fields that are NULL"),
	}
	if s.Payload != "" {
		out = append(out, boolean("schema-include", "messages are objects of a schema and a payload"))
	}
	for _, f := range s.Filters {
		out = append(out, connectors.Option{Key: f.Option, Type: connectors.Text, Help: f.Help})
	}
	return out
}

// Metadata lists what messages tell beside rows.
func (s *Shape) Metadata() types.Schema {
	var out types.Schema
	for _, t := range s.Tells {
		out = append(out, types.Field{Name: t.Key, Type: t.Type})
	}
	return out
}

// settings checks the options and returns them, and those that are of the format json.
func (s *Shape) settings(f format.Format, options map[string]string) (*connectors.Values, map[string]string, error) {
	v, err := format.Decode(f, options)
	if err != nil {
		return nil, nil, err
	}
	if t := v.Text("timestamp-format.standard"); t != "SQL" && t != "ISO-8601" {
		return nil, nil, v.Invalid("timestamp-format.standard", "allowed are SQL, ISO-8601")
	}
	if m := v.Text("map-null-key.mode"); m != "FAIL" && m != "DROP" && m != "LITERAL" {
		return nil, nil, v.Invalid("map-null-key.mode", "allowed are FAIL, DROP, LITERAL")
	}
	inner := map[string]string{}
	for _, o := range (json.Format{}).Options() {
		if text, ok := options[o.Key]; ok && o.Key != "fail-on-missing-field" {
			inner[o.Key] = text
		}
	}
	return v, inner, nil
}

// Decoder returns a decoder for the format f of this shape.
func (s *Shape) Decoder(f format.Format, c format.Config) (format.Decoder, error) {
	v, inner, err := s.settings(f, c.Options)
	if err != nil {
		return nil, err
	}
	c.Options = inner
	return newDecoder(s, c, v)
}

// Encoder returns an encoder for the format f of this shape.
func (s *Shape) Encoder(f format.Format, c format.Config) (format.Encoder, error) {
	v, inner, err := s.settings(f, c.Options)
	if err != nil {
		return nil, err
	}
	if s.Payload != "" && v.Bool("schema-include") {
		return nil, v.Invalid("schema-include", "messages are written without a schema only")
	}
	c.Options = inner
	rows, err := (json.Format{}).Encoder(c)
	if err != nil {
		return nil, fmt.Errorf("format '%s': %w", s.Name, err)
	}
	e := &encoder{rows: rows, add: s.Add, remove: s.Remove}
	if v.Bool("encode.ignore-null-fields") {
		e.add, e.remove = s.AddNoNulls, s.RemoveNoNulls
	}
	return e, nil
}
