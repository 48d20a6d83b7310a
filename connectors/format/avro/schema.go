package avro

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// kind is the kind of a schema.
type kind uint8

const (
	kindNull kind = iota
	kindBoolean
	kindInt
	kindLong
	kindFloat
	kindDouble
	kindBytes
	kindString
	kindFixed
	kindEnum
	kindArray
	kindMap
	kindUnion
	kindRecord
)

// kindNames are the names of kinds in schemas.
func kindNames() []string {
	return []string{"null", "boolean", "int", "long", "float", "double", "bytes", "string", "fixed", "enum", "array", "map", "union", "record"}
}

func (k kind) String() string { return kindNames()[k] }

// maxDepth bounds how deep schemas and values may be nested.
const maxDepth = 64

// maxFields bounds how many fields and branches a schema may have.
const maxFields = 100_000

// schema is an Avro schema. Schemas of records may refer to themselves.
type schema struct {
	kind             kind
	name             string // full name of records, enums and fixed
	logical          string
	precision, scale int
	size             int // fixed
	symbols          []string
	items            *schema // elements of an array, values of a map
	branches         []*schema
	fields           []member
	empty            bool // a value may take no bytes
}

// member is a field of a record.
type member struct {
	name        string
	aliases     []string
	s           *schema
	nullDefault bool
}

// String names the schema in messages.
func (s *schema) String() string {
	switch {
	case s.kind == kindUnion:
		parts := make([]string, len(s.branches))
		for i, b := range s.branches {
			parts[i] = b.String()
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case s.logical != "":
		return s.kind.String() + " (" + s.logical + ")"
	case s.name != "":
		return s.kind.String() + " " + s.name
	}
	return s.kind.String()
}

// parser parses a schema.
type parser struct {
	named map[string]*schema
	n     int
}

// parseSchema reads a schema as JSON. Types that it only names may be in the schemas before, in order.
func parseSchema(text []byte, before ...[]byte) (*schema, error) {
	p := &parser{named: map[string]*schema{}}
	for _, b := range before {
		if _, err := p.text(b); err != nil {
			return nil, err
		}
	}
	return p.text(text)
}

func (p *parser) text(text []byte) (*schema, error) {
	s, err := p.parse(text, "", 0)
	if err != nil {
		return nil, fmt.Errorf("avro schema: %w", err)
	}
	s.measure(map[*schema]bool{})
	return s, nil
}

// measure finds out which values may take no bytes.
func (s *schema) measure(seen map[*schema]bool) {
	if seen[s] {
		return
	}
	seen[s] = true
	switch s.kind {
	case kindNull:
		s.empty = true
	case kindFixed:
		s.empty = s.size == 0
	case kindArray, kindMap:
		s.items.measure(seen)
	case kindUnion:
		for _, b := range s.branches {
			b.measure(seen)
		}
	case kindRecord:
		s.empty = true
		for _, f := range s.fields {
			f.s.measure(seen)
			s.empty = s.empty && f.s.empty
		}
	}
}

// object is a schema that is a JSON object.
type object struct {
	Type      json.RawMessage   `json:"type"`
	Name      string            `json:"name"`
	Namespace *string           `json:"namespace"`
	Logical   json.RawMessage   `json:"logicalType"`
	Precision json.RawMessage   `json:"precision"`
	Scale     json.RawMessage   `json:"scale"`
	Size      json.RawMessage   `json:"size"`
	Symbols   []string          `json:"symbols"`
	Items     json.RawMessage   `json:"items"`
	Values    json.RawMessage   `json:"values"`
	Fields    []json.RawMessage `json:"fields"`
}

// field is a field of a record in JSON.
type field struct {
	Name    string          `json:"name"`
	Aliases []string        `json:"aliases"`
	Type    json.RawMessage `json:"type"`
	Default json.RawMessage `json:"default"`
}

func (p *parser) parse(text []byte, space string, depth int) (*schema, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("it is nested more than %d deep", maxDepth)
	}
	if p.n++; p.n > maxFields {
		return nil, fmt.Errorf("it has more than %d parts", maxFields)
	}
	text = []byte(strings.TrimSpace(string(text)))
	if len(text) == 0 {
		return nil, errors.New("a type is missing")
	}
	switch text[0] {
	case '"':
		var name string
		if err := json.Unmarshal(text, &name); err != nil {
			return nil, err
		}
		return p.find(name, space)
	case '[':
		var parts []json.RawMessage
		if err := json.Unmarshal(text, &parts); err != nil {
			return nil, err
		}
		s := &schema{kind: kindUnion}
		for _, t := range parts {
			b, err := p.parse(t, space, depth+1)
			if err != nil {
				return nil, err
			}
			if b.kind == kindUnion {
				return nil, errors.New("a union cannot have a union as a branch")
			}
			s.branches = append(s.branches, b)
		}
		return s, nil
	case '{':
		var o object
		if err := json.Unmarshal(text, &o); err != nil {
			return nil, err
		}
		return p.object(&o, space, depth)
	}
	return nil, fmt.Errorf("%.40q is no type", text)
}

// find returns a primitive type, or a named one that was defined before.
func (p *parser) find(name, space string) (*schema, error) {
	for k, n := range kindNames() {
		if n == name && kind(k) <= kindString {
			return &schema{kind: kind(k)}, nil
		}
	}
	if s := p.named[fullName(name, space)]; s != nil {
		return s, nil
	}
	if s := p.named[name]; s != nil {
		return s, nil
	}
	return nil, fmt.Errorf("type %q is unknown", name)
}

func fullName(name, space string) string {
	if space == "" || strings.Contains(name, ".") {
		return name
	}
	return space + "." + name
}

func (p *parser) object(o *object, space string, depth int) (*schema, error) {
	var name string
	if len(o.Type) == 0 || o.Type[0] != '"' {
		return p.parse(o.Type, space, depth+1)
	}
	if err := json.Unmarshal(o.Type, &name); err != nil {
		return nil, err
	}
	s := &schema{}
	switch name {
	case "record", "error":
		s.kind = kindRecord
	case "enum":
		s.kind, s.symbols = kindEnum, o.Symbols
	case "fixed":
		s.kind = kindFixed
		if err := json.Unmarshal(o.Size, &s.size); err != nil || s.size < 0 || s.size > 1<<24 {
			return nil, fmt.Errorf("size %s of fixed %q is not possible", o.Size, o.Name)
		}
	case "array", "map":
		s.kind = kindArray
		items := o.Items
		if name == "map" {
			s.kind, items = kindMap, o.Values
		}
		var err error
		s.items, err = p.parse(items, space, depth+1)
		return s, err
	default:
		t, err := p.find(name, space)
		if err != nil || t.kind > kindString {
			return t, err
		}
		s.kind = t.kind
	}
	o.tell(s)
	if s.kind < kindFixed {
		return s, nil
	}
	if err := p.define(s, o, space); err != nil {
		return nil, err
	}
	if i := strings.LastIndexByte(s.name, '.'); i >= 0 {
		space = s.name[:i]
	} else {
		space = ""
	}
	return s, p.members(s, o, space, depth)
}

// tell takes the logical type; one that makes no sense is ignored, as the specification says.
func (o *object) tell(s *schema) {
	var logical string
	if json.Unmarshal(o.Logical, &logical) != nil {
		return
	}
	if logical == "decimal" {
		if s.kind != kindBytes && s.kind != kindFixed || json.Unmarshal(o.Precision, &s.precision) != nil || s.precision < 1 {
			return
		}
		if o.Scale != nil && (json.Unmarshal(o.Scale, &s.scale) != nil || s.scale < 0 || s.scale > s.precision) {
			return
		}
	}
	s.logical = logical
}

// define makes the name of a type known.
func (p *parser) define(s *schema, o *object, space string) error {
	if o.Name == "" {
		return fmt.Errorf("a %s has no name", s.kind)
	}
	if o.Namespace != nil {
		space = *o.Namespace
	}
	s.name = fullName(o.Name, space)
	if p.named[s.name] != nil {
		return fmt.Errorf("type %q is defined twice", s.name)
	}
	p.named[s.name] = s
	return nil
}

// members parses the fields of a record.
func (p *parser) members(s *schema, o *object, space string, depth int) error {
	for _, text := range o.Fields {
		var f field
		if err := json.Unmarshal(text, &f); err != nil {
			return fmt.Errorf("a field of %q: %w", s.name, err)
		}
		t, err := p.parse(f.Type, space, depth+1)
		if err != nil {
			return fmt.Errorf("field %q: %w", f.Name, err)
		}
		s.fields = append(s.fields, member{name: f.Name, aliases: f.Aliases, s: t, nullDefault: string(f.Default) == "null"})
	}
	return nil
}

// nullBranch returns the number of the branch of a union that is null, or -1.
func (s *schema) nullBranch() int {
	for i, b := range s.branches {
		if b.kind == kindNull {
			return i
		}
	}
	return -1
}
