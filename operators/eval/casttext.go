package eval

import (
	"fmt"
	"strconv"

	"millrace/operators/kernel/civil"
	"millrace/operators/kernel/decimal"
	"millrace/operators/kernel/number"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// castToText casts anything to CHAR(n) or VARCHAR(n): longer text is cut, CHAR is padded.
func (c *compiler) castToText(from, to types.Type) (caster, error) {
	if from.Kind == types.Symbol || from.Kind == types.Descriptor {
		return caster{}, noCast(from, to)
	}
	limited, pad := to.Length < types.MaxLength, to.Kind == types.Char
	if from.IsText() {
		return textToText(from, to), nil
	}
	zone := civil.NewZone(c.env.Zone)
	each := textAppender(from, zone)
	cut := fit
	if from.IsBinary() || from.IsNested() {
		cut = fitUnits
	}
	return caster{k: func(f *frame, args []*vector.Vector) (*vector.Vector, error) {
		b := f.textBuffer(to, 12*f.n)
		strictValid(f, b.out, args...)
		for i := range f.n {
			if b.out.IsNull(i) {
				b.skip(i)
				continue
			}
			dst := b.next(64)
			at := len(dst)
			dst = each(dst, args[0], i)
			if limited {
				dst = cut(dst, at, to.Length, pad)
			}
			b.put(i, dst)
		}
		return b.finish(), nil
	}}, nil
}

// textAppender is AppendText for one type.
func textAppender(t types.Type, zone *civil.Zone) func(dst []byte, v *vector.Vector, i int) []byte {
	switch t.Kind {
	case types.Int:
		return func(dst []byte, v *vector.Vector, i int) []byte {
			return strconv.AppendInt(dst, int64(vector.Values[int32](v)[i]), 10)
		}
	case types.BigInt:
		return func(dst []byte, v *vector.Vector, i int) []byte {
			return strconv.AppendInt(dst, vector.Values[int64](v)[i], 10)
		}
	default:
		return func(dst []byte, v *vector.Vector, i int) []byte { return AppendText(dst, v, i, zone) }
	}
}

func textToText(from, to types.Type) caster {
	limited, pad := to.Length < types.MaxLength, to.Kind == types.Char
	if !pad && (!limited || from.Length <= to.Length) {
		return caster{k: func(f *frame, args []*vector.Vector) (*vector.Vector, error) {
			if args[0].Len != f.n {
				return repeat(f.pool, args[0], f.n), nil
			}
			return args[0].Retain(), nil
		}}
	}
	return caster{k: func(f *frame, args []*vector.Vector) (*vector.Vector, error) {
		b := f.textBuffer(to, len(args[0].Data))
		strictValid(f, b.out, args...)
		for i := range f.n {
			if b.out.IsNull(i) {
				b.skip(i)
				continue
			}
			x := args[0].Bytes(i)
			dst := b.next(len(x))
			at := len(dst)
			b.put(i, fit(append(dst, x...), at, to.Length, pad))
		}
		return b.finish(), nil
	}}
}

// castBinary casts text to binary and binary to binary.
func (c *compiler) castBinary(from, to types.Type) (caster, error) {
	if !to.IsBinary() || !from.IsText() && !from.IsBinary() && from.Kind != types.Bitmap {
		return caster{}, noCast(from, to)
	}
	pad := to.Kind == types.Binary
	return caster{k: func(f *frame, args []*vector.Vector) (*vector.Vector, error) {
		b := f.textBuffer(to, len(args[0].Data))
		strictValid(f, b.out, args...)
		for i := range f.n {
			if b.out.IsNull(i) {
				b.skip(i)
				continue
			}
			x := args[0].Bytes(i)
			dst := b.next(len(x))
			at := len(dst)
			b.put(i, fitBytes(append(dst, x...), at, to.Length, pad))
		}
		return b.finish(), nil
	}}, nil
}

// badText is the failure of a cast of text.
func badText(x []byte, to types.Type, cause error) error {
	shown := x
	if len(shown) > 100 {
		shown = shown[:100]
	}
	if cause != nil {
		return fmt.Errorf("cast of '%s' to %s: %w", shown, to.AsNullable(), cause)
	}
	return fmt.Errorf("cast of '%s' to %s: the text is no such value", shown, to.AsNullable())
}

// castFromText parses text. What is no value of the type fails a CAST and is NULL for TRY_CAST.
func (c *compiler) castFromText(from, to types.Type, try bool) (caster, error) {
	switch to.Kind {
	case types.Boolean:
		return parseCast(to, try, func(out *vector.Vector, i int, x []byte) (error, bool) {
			v, ok := number.ParseBool(x)
			vector.PutBit(out.Data, i, v && ok)
			return nil, ok
		}), nil
	case types.TinyInt, types.SmallInt, types.Int, types.BigInt:
		size := 8 * to.Storage().Width()
		return parseCast(to, try, func(out *vector.Vector, i int, x []byte) (error, bool) {
			v, err := number.ParseInt(x, size)
			putInt(out, i, v)
			return err, err == nil
		}), nil
	case types.Float:
		return parseCast(to, try, func(out *vector.Vector, i int, x []byte) (error, bool) {
			v, ok := number.ParseFloat(x)
			vector.Values[float32](out)[i] = v
			return nil, ok
		}), nil
	case types.Double:
		return parseCast(to, try, func(out *vector.Vector, i int, x []byte) (error, bool) {
			v, ok := number.ParseDouble(x)
			vector.Values[float64](out)[i] = v
			return nil, ok
		}), nil
	case types.Decimal:
		return parseCast(to, try, func(out *vector.Vector, i int, x []byte) (error, bool) {
			v, ok := decimal.Parse(x, to.Precision, to.Scale)
			putDecimal(out, i, v)
			return nil, ok
		}), nil
	case types.Binary, types.VarBinary:
		return c.castBinary(from, to)
	}
	return c.parseTemporal(from, to, try)
}

func (c *compiler) parseTemporal(from, to types.Type, try bool) (caster, error) {
	switch to.Kind {
	case types.Date:
		return parseCast(to, try, func(out *vector.Vector, i int, x []byte) (error, bool) {
			v, ok := civil.ParseDate(x)
			vector.Values[int32](out)[i] = v
			return nil, ok
		}), nil
	case types.Time:
		return parseCast(to, try, func(out *vector.Vector, i int, x []byte) (error, bool) {
			v, ok := civil.ParseTime(x)
			vector.Values[int32](out)[i] = civil.TruncateTime(v, to.Precision)
			return nil, ok
		}), nil
	case types.Timestamp, types.TimestampLTZ:
		zone := civil.NewZone(c.env.Zone)
		return parseCast(to, try, func(out *vector.Vector, i int, x []byte) (error, bool) {
			v, ok := civil.ParseTimestamp(x)
			if to.Kind == types.TimestampLTZ {
				v.Millis = zone.ToInstant(v.Millis)
			}
			putStamp(out, i, v)
			return nil, ok
		}), nil
	default:
		return caster{}, noCast(from, to)
	}
}

// parseCast applies a parser to every text. parse stores the value, which may be anything where the text is bad.
func parseCast(to types.Type, try bool, parse func(out *vector.Vector, i int, x []byte) (error, bool)) caster {
	return caster{fails: true, heavy: true, k: func(f *frame, args []*vector.Vector) (*vector.Vector, error) {
		out := f.new(to)
		strictValid(f, out, args...)
		for i := range f.n {
			if out.IsNull(i) {
				if out.Type.Storage().Width() > 0 {
					clearValue(out, i)
				}
				continue
			}
			x := args[0].Bytes(i)
			if err, ok := parse(out, i, x); !ok {
				if !try {
					out.Release()
					return nil, badText(x, to, err)
				}
				out.SetNull(i)
			}
		}
		return out, nil
	}}
}

// clearValue makes the fixed-width value under a NULL 0.
func clearValue(out *vector.Vector, i int) {
	w := out.Type.Storage().Width()
	clear(out.Data[i*w : i*w+w])
}
