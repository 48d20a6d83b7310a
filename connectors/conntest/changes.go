package conntest

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"millrace/connectors/format"
	"millrace/operators"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// Person is the columns of the case files of changelog formats.
func Person() types.Schema {
	inner := types.RowType(types.Field{Name: "n", Type: types.IntType()}, types.Field{Name: "s", Type: types.StringType()})
	return types.Schema{
		{Name: "id", Type: types.IntType()},
		{Name: "name", Type: types.StringType()},
		{Name: "n", Type: types.IntType()},
		{Name: "r", Type: inner},
	}
}

// ChangelogCases runs the case files in testdata of a changelog format over the columns of Person. Options of the format are arguments, and
// columns (the wanted ones) and metadata (keys). "decode" shows the rows of each line with their kinds, or the error, and how many were
// dropped; "encode" writes the rows of the lines.
func ChangelogCases(t *testing.T, f format.Format) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			c := format.Config{Options: map[string]string{}, Physical: Person(), Columns: Person()[:3]}
			for _, a := range d.CmdArgs {
				switch a.Key {
				case "columns":
					c.Columns = types.Schema{}
					for _, name := range a.Vals {
						if i := c.Physical.Index(name); i >= 0 {
							c.Columns = append(c.Columns, c.Physical[i])
						}
					}
				case "metadata":
					c.Metadata = a.Vals
				default:
					c.Options[a.Key] = strings.Join(a.Vals, ",")
				}
			}
			lines := strings.Split(d.Input, "\n")
			if d.Cmd == "encode" {
				return encodeChanges(t, f, c, lines)
			}
			return strings.Join(Changes(t, f, c, lines), "\n") + "\n"
		})
	})
}

// Changes decodes records and returns a line for each row, its kind before it, or for each malformed record; at the end how many records and
// fields were dropped, if any. It checks batches, memory, and that batches of one record or all hold the same rows.
func Changes(t testing.TB, f format.Format, c format.Config, records []string) []string {
	t.Helper()
	all := changes(t, f, c, records, false)
	if single := changes(t, f, c, records, true); strings.Join(single, "\n") != strings.Join(all, "\n") {
		t.Errorf("one by one the rows are\n%s\nbut together\n%s", strings.Join(single, "\n"), strings.Join(all, "\n"))
	}
	return all
}

func changes(t testing.TB, f format.Format, c format.Config, records []string, single bool) []string {
	t.Helper()
	pool := vector.NewPool(0)
	pool.Check = true
	c.Pool, c.Malformed = pool, &operators.Counter{}
	d, err := f.Decoder(c)
	if err != nil {
		return []string{"error " + err.Error()}
	}
	var out []string
	show := func() {
		b := d.Take()
		if b == nil {
			return
		}
		for _, col := range b.Columns {
			if err := col.Check(); err != nil {
				t.Fatal(err)
			}
			if col.Len != b.Len {
				t.Fatalf("column of %d rows in a batch of %d", col.Len, b.Len)
			}
		}
		if b.Kinds != nil && len(b.Kinds) != b.Len {
			t.Fatalf("%d kinds for %d rows", len(b.Kinds), b.Len)
		}
		for i := range b.Len {
			out = append(out, b.Kind(i).String()+" "+Row(b, i))
		}
		b.Release()
	}
	var r format.Records
	decode := func() {
		for at := 0; at < r.Len(); {
			next, err := d.Decode(&r, at)
			if err != nil {
				show()
				if _, ok := errors.AsType[*format.RecordError](err); !ok {
					t.Fatal(err)
				}
				out = append(out, "error "+err.Error())
				next++
			}
			if at = next; d.Full() || single {
				show()
			}
		}
		r.Reset()
	}
	for _, s := range records {
		r.Append([]byte(s))
		if single {
			decode()
		}
	}
	decode()
	show()
	d.Close()
	if n := pool.InUse(); n != 0 {
		t.Errorf("%d bytes in use at the end", n)
	}
	if n := c.Malformed.Load(); n > 0 {
		out = append(out, "dropped "+strings.Repeat("|", int(n)))
	}
	return out
}

// encodeChanges decodes lines and writes the rows with the options of c.
func encodeChanges(t *testing.T, f format.Format, c format.Config, lines []string) string {
	plain := c
	plain.Options, plain.Pool = nil, vector.NewPool(0)
	d, err := f.Decoder(plain)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	c.Physical = c.Columns
	for i := range c.Columns {
		c.Positions = append(c.Positions, i)
	}
	e, err := f.Encoder(c)
	if err != nil {
		return "error " + err.Error() + "\n"
	}
	var r format.Records
	for _, s := range lines {
		r.Append([]byte(s))
	}
	if _, err := d.Decode(&r, 0); err != nil {
		t.Fatal(err)
	}
	b := d.Take()
	defer b.Release()
	o := format.Output{Terminate: true}
	if err := e.Encode(b, nil, &o); err != nil {
		return "error " + err.Error() + "\n"
	}
	if len(o.Ends) != b.Len || o.Ends[b.Len-1] != len(o.Data) {
		t.Errorf("ends %v for %d rows in %d bytes", o.Ends, b.Len, len(o.Data))
	}
	return string(o.Data)
}

// FuzzChanges runs a fuzz target of a changelog format's decoder: any bytes give rows or errors, without harm to memory or to the rows of the
// records around them, and with parse errors ignored no errors. The first seed is a message without faults.
func FuzzChanges(f *testing.F, form format.Format, seeds ...string) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) { between(t, form, seeds[0], string(in)) })
}

// MutateChanges runs what FuzzChanges does for n random changes of the seeds.
func MutateChanges(t *testing.T, form format.Format, n int, seeds ...string) {
	r := rand.New(rand.NewPCG(1, 2))
	for range n {
		in := []byte(seeds[r.IntN(len(seeds))])
		for range 1 + r.IntN(3) {
			at, other := r.IntN(len(in)), seeds[r.IntN(len(seeds))]
			switch r.IntN(4) {
			case 0:
				in[at] = "{}[]\",:nu1x\\ "[r.IntN(13)]
			case 1:
				in = append(in[:at:at], in[min(at+r.IntN(9), len(in)-1):]...)
			case 2:
				from := r.IntN(len(other))
				in = append(append(in[:at:at], other[from:min(from+r.IntN(20), len(other))]...), in[at:]...)
			case 3:
				in = in[:at+1]
			}
		}
		between(t, form, seeds[0], string(in))
		if t.Failed() {
			return
		}
	}
}

// between decodes a record between two good ones.
func between(t *testing.T, form format.Format, good, in string) {
	if strings.ContainsAny(in, "\r\n") {
		return
	}
	var metadata []string
	if m, ok := form.(format.Telling); ok {
		for _, k := range m.Metadata() {
			metadata = append(metadata, k.Name)
		}
	}
	for _, options := range []map[string]string{nil, Options("ignore-parse-errors", "true")} {
		c := format.Config{Options: options, Physical: Person(), Columns: Person(), Metadata: metadata}
		want := Changes(t, form, c, []string{good})
		got := Changes(t, form, c, []string{good, in, good})
		for _, line := range got {
			if options != nil && strings.HasPrefix(line, "error ") {
				t.Errorf("%q: %s", in, line)
			}
		}
		if n := len(got); n > 0 && strings.HasPrefix(got[n-1], "dropped ") {
			got = got[:n-1]
		}
		if len(got) < 2*len(want) {
			t.Errorf("%q: rows of the records around it are missing", in)
			return
		}
		for i, w := range want {
			if before, behind := got[i], got[len(got)-len(want)+i]; before != w || behind != w {
				t.Errorf("%q: the records before and behind it read %q and %q, want %q", in, before, behind, w)
			}
		}
	}
}

// BenchChanges measures decoding of messages and encoding of their rows, for each of the given messages.
func BenchChanges(b *testing.B, f format.Format, messages map[string]string) {
	c := format.Config{Physical: Person(), Columns: Person(), Positions: []int{0, 1, 2, 3}, Pool: vector.NewPool(0)}
	d, err := f.Decoder(c)
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	e, err := f.Encoder(c)
	if err != nil {
		b.Fatal(err)
	}
	for name, message := range messages {
		var r format.Records
		for range 2000 {
			r.Append([]byte(message))
		}
		b.Run("decode/"+name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(r.Len() * len(message)))
			n := 0
			for b.Loop() {
				for at := 0; at < r.Len(); {
					if at, err = d.Decode(&r, at); err != nil {
						b.Fatal(err)
					}
					n += d.Rows()
					d.Take().Release()
				}
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds()/1e6, "Mrows/s")
		})
		if _, err := d.Decode(&r, 0); err != nil {
			b.Fatal(err)
		}
		batch := d.Take()
		b.Run("encode/"+name, func(b *testing.B) {
			out := format.Output{Terminate: true}
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				out.Reset()
				if err := e.Encode(batch, nil, &out); err != nil {
					b.Fatal(err)
				}
				n += batch.Len
			}
			b.SetBytes(int64(len(out.Data)))
			b.ReportMetric(float64(n)/b.Elapsed().Seconds()/1e6, "Mrows/s")
		})
		batch.Release()
	}
}
