package json

import (
	"errors"
	"fmt"

	"millrace/connectors"
	"millrace/connectors/format"
	"millrace/connectors/format/scalar"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// Format answers for 'format' = 'json'.
type Format struct{}

var (
	_ format.Format = Format{}
	_ format.Ranged = Format{}
)

// Name is "json".
func (Format) Name() string { return "json" }

// Mode is insert-only.
func (Format) Mode() plan.Mode { return plan.InsertOnly }

// Ranged is true: a line is a record.
func (Format) Ranged(map[string]string) bool { return true }

// Options lists the format's options.
func (Format) Options() []connectors.Option {
	boolean := func(key, def, help string) connectors.Option {
		return connectors.Option{Key: key, Type: connectors.Boolean, Default: def, Help: help}
	}
	return []connectors.Option{
		boolean("fail-on-missing-field", "false", "a missing field is an error, not NULL"),
		boolean("ignore-parse-errors", "false", "a field that cannot be read is NULL, a record that cannot be read is left out"),
		{Key: "timestamp-format.standard", Type: connectors.Text, Default: "SQL", Help: "SQL or ISO-8601"},
		{Key: "map-null-key.mode", Type: connectors.Text, Default: "FAIL", Help: "what to do with NULL keys: FAIL, DROP, LITERAL"},
		{Key: "map-null-key.literal", Type: connectors.Text, Default: "null", Help: "the key that LITERAL writes"},
		boolean("encode.decimal-as-plain-number", "false", "write decimals without exponent"),
		boolean("encode.ignore-null-fields", "false", "leave out fields that are NULL"),
		boolean("decode.json-parser.enabled", "true", "accepted, no effect"),
	}
}

type settings struct {
	failOnMissing, ignoreErrors bool
	standard                    scalar.Standard
	nullKey                     string // FAIL, DROP, LITERAL
	nullKeyLiteral              string
	plainDecimals, ignoreNulls  bool
}

func parse(f Format, c format.Config) (settings, error) {
	v, err := format.Decode(f, c.Options)
	if err != nil {
		return settings{}, err
	}
	s := settings{
		failOnMissing: v.Bool("fail-on-missing-field"), ignoreErrors: v.Bool("ignore-parse-errors"),
		nullKey: v.Text("map-null-key.mode"), nullKeyLiteral: v.Text("map-null-key.literal"),
		plainDecimals: v.Bool("encode.decimal-as-plain-number"), ignoreNulls: v.Bool("encode.ignore-null-fields"),
	}
	if s.failOnMissing && s.ignoreErrors {
		return s, errors.New("format 'json': fail-on-missing-field and ignore-parse-errors cannot both be true")
	}
	switch t := v.Text("timestamp-format.standard"); t {
	case "SQL":
	case "ISO-8601":
		s.standard = scalar.ISO
	default:
		return s, v.Invalid("timestamp-format.standard", "allowed are SQL, ISO-8601")
	}
	switch s.nullKey {
	case "FAIL", "DROP", "LITERAL":
	default:
		return s, v.Invalid("map-null-key.mode", "allowed are FAIL, DROP, LITERAL")
	}
	for _, f := range c.Physical {
		if err := checkType(f.Type); err != nil {
			return s, fmt.Errorf("format 'json': column '%s': %w", f.Name, err)
		}
	}
	return s, nil
}

func checkType(t types.Type) error {
	switch t.Kind {
	case types.Map:
		if !t.Key.IsText() {
			return fmt.Errorf("keys of %s must be text", t)
		}
	case types.Multiset:
		if !t.Elem.IsText() {
			return fmt.Errorf("elements of %s must be text", t)
		}
	case types.Invalid, types.Symbol, types.Descriptor:
		return fmt.Errorf("type %s is not supported", t)
	}
	for _, c := range t.Children() {
		if err := checkType(c); err != nil {
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
	return newDecoder(c, s), nil
}

// Encoder returns an encoder.
func (f Format) Encoder(c format.Config) (format.Encoder, error) {
	s, err := parse(f, c)
	if err != nil {
		return nil, err
	}
	return newEncoder(c, s), nil
}
