package avro

import (
	"encoding/json"
	"fmt"
	"strconv"

	"millrace/sql/types"
)

// rootName is the name of the record that a table becomes.
const rootName = "org.apache.flink.avro.generated.record"

// derive returns the schema of rows as Flink makes it, as JSON. With legacy, TIMESTAMP is timestamp-millis and TIMESTAMP_LTZ does not exist;
// else TIMESTAMP is a local timestamp and TIMESTAMP_LTZ a timestamp.
func derive(s types.Schema, legacy bool) ([]byte, error) {
	d := deriver{legacy: legacy}
	if err := d.record(s, rootName); err != nil {
		return nil, err
	}
	return d.out, nil
}

type deriver struct {
	out    []byte
	legacy bool
}

func (d *deriver) text(t string) { d.out = append(d.out, t...) }

func (d *deriver) quote(t string) {
	b, err := json.Marshal(t)
	if err != nil {
		b = []byte(strconv.Quote(t))
	}
	d.out = append(d.out, b...)
}

// record appends a record type; the first one has the namespace, and it holds for all.
func (d *deriver) record(fields types.Schema, name string) error {
	const space = "org.apache.flink.avro.generated"
	d.text(`{"type":"record","name":`)
	d.quote(name[len(space)+1:])
	if name == rootName {
		d.text(`,"namespace":"` + space + `"`)
	}
	d.text(`,"fields":[`)
	for i, f := range fields {
		if i > 0 {
			d.text(",")
		}
		d.text(`{"name":`)
		d.quote(f.Name)
		d.text(`,"type":`)
		if err := d.value(f.Type, name+"_"+f.Name); err != nil {
			return fmt.Errorf("column '%s': %w", f.Name, err)
		}
		if !f.Type.NotNull {
			d.text(`,"default":null`)
		}
		d.text("}")
	}
	d.text("]}")
	return nil
}

func (d *deriver) value(t types.Type, name string) error {
	if t.NotNull || t.Kind == types.Null {
		return d.plain(t, name)
	}
	d.text(`["null",`)
	err := d.plain(t, name)
	d.text("]")
	return err
}

func (d *deriver) plain(t types.Type, name string) error {
	switch t.Kind {
	case types.Null:
		d.text(`"null"`)
	case types.Boolean:
		d.text(`"boolean"`)
	case types.TinyInt, types.SmallInt, types.Int:
		d.text(`"int"`)
	case types.BigInt:
		d.text(`"long"`)
	case types.Float:
		d.text(`"float"`)
	case types.Double:
		d.text(`"double"`)
	case types.Char, types.VarChar:
		d.text(`"string"`)
	case types.Binary, types.VarBinary:
		d.text(`"bytes"`)
	case types.Decimal:
		d.text(fmt.Sprintf(`{"type":"bytes","logicalType":"decimal","precision":%d,"scale":%d}`, t.Precision, t.Scale))
	case types.Date:
		d.text(`{"type":"int","logicalType":"date"}`)
	case types.Time:
		if t.Precision > 3 {
			return fmt.Errorf("avro does not support TIME with precision %d, it is at most 3", t.Precision)
		}
		d.text(`{"type":"int","logicalType":"time-millis"}`)
	case types.Timestamp, types.TimestampLTZ:
		return d.timestamp(t)
	case types.Array:
		d.text(`{"type":"array","items":`)
		err := d.value(*t.Elem, name)
		d.text("}")
		return err
	case types.Map, types.Multiset:
		c := t.Children()
		if !c[0].IsText() {
			return fmt.Errorf("avro does not support keys of a map that are no text, such as %s", c[0])
		}
		d.text(`{"type":"map","values":`)
		if t.Kind == types.Multiset {
			c[1].NotNull = false // as Flink writes counts
		}
		err := d.value(c[1], name)
		d.text("}")
		return err
	case types.Row:
		return d.record(t.Fields, name)
	default:
		return fmt.Errorf("avro does not support type %s", t)
	}
	return nil
}

func (d *deriver) timestamp(t types.Type) error {
	most, local := 6, "local-"
	if t.Kind == types.TimestampLTZ || d.legacy {
		local = ""
	}
	if d.legacy {
		if t.Kind == types.TimestampLTZ {
			return fmt.Errorf("avro supports type %s only with timestamp_mapping.legacy = false", t)
		}
		most = 3
	}
	if t.Precision > most {
		return fmt.Errorf("avro does not support %s: the precision is at most %d%s", t, most,
			map[bool]string{true: " with timestamp_mapping.legacy", false: ""}[d.legacy])
	}
	unit := "millis"
	if t.Precision > 3 {
		unit = "micros"
	}
	d.text(`{"type":"long","logicalType":"` + local + "timestamp-" + unit + `"}`)
	return nil
}
