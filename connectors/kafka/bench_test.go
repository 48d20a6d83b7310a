package kafka

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"millrace/connectors/format"
	"millrace/connectors/format/json"
	"millrace/connectors/format/raw"
	"millrace/connectors/kafka/wire"
	"millrace/operators"
	"millrace/operators/vector"
	"millrace/planner/plan"
	"millrace/sql/types"
)

// BenchmarkDecodeBids reads batches of 500 JSON bids, four of their eight fields, from the bytes of a fetch to columns.
func BenchmarkDecodeBids(b *testing.B) {
	const n = 500
	var w, deletions wire.Builder // the second deletes each tenth
	var codecs wire.Codecs
	defer codecs.Close()
	for i := range n {
		key, value := fmt.Appendf(nil, "key%d", i), fmt.Appendf(nil, `{"auction":%d,"bidder":%d,"price":%d,"channel":"channel-%d","url":"https://www.example.com/abc/def/item.htm?query=1&channel_id=%d",`+
			`"dateTime":"2024-01-01 00:%02d:%02d.123","extra":"dfghjkqwertyuiozxcvbnm","more":"%d"}`, 1000+i, 2000+i, i*37, i%1000, i*3331, i/60%60, i%60, i)
		w.Append(int64(i), key, value)
		if i%10 == 0 {
			value = nil
		}
		deletions.Append(int64(i), key, value)
	}
	s := &plan.Source{Table: "t", Options: map[string]string{"topic": "t", "properties.bootstrap.servers": "h:1", "format": "json"}}
	for _, f := range []string{"auction", "bidder", "price", "channel", "url", "dateTime", "extra", "more"} {
		t := types.BigIntType()
		switch f {
		case "channel", "url", "extra", "more":
			t = types.StringType()
		case "dateTime":
			t = types.TimestampType(3)
		}
		s.Physical = append(s.Physical, types.Field{Name: f, Type: t})
		switch f {
		case "auction", "bidder", "price", "dateTime":
			s.Projected = append(s.Projected, plan.SourceColumn{Name: f, Type: t})
		}
	}
	meta := *s
	meta.Projected = append(slices.Clip(meta.Projected), plan.SourceColumn{Name: "o", Type: types.BigIntType(), Metadata: metaOffset},
		plan.SourceColumn{Name: "t", Type: types.TimestampLTZType(3), Metadata: metaTimestamp})
	both := *s
	both.Projected = append(slices.Clip(both.Projected), plan.SourceColumn{Name: "channel", Type: types.StringType()})
	keyed := *s
	keyed.Options = map[string]string{
		"topic": "t", "properties.bootstrap.servers": "h:1", "value.format": "json", "key.format": "raw", "key.fields": "k",
		"value.fields-include": "EXCEPT_KEY",
	}
	keyed.Physical = append(slices.Clip(keyed.Physical), types.Field{Name: "k", Type: types.StringType()})
	keyed.Projected = append(slices.Clip(keyed.Projected), plan.SourceColumn{Name: "k", Type: types.StringType()})
	formats := format.NewRegistry(json.Format{}, raw.Format{})
	for _, x := range []struct {
		name   string
		codec  wire.Codec
		w      *wire.Builder
		s      *plan.Source
		upsert bool
	}{
		{"plain", wire.Plain, &w, s, false},
		{"lz4", wire.LZ4, &w, s, false},
		{"zstd", wire.Zstd, &w, s, false},
		{"plain+metadata", wire.Plain, &w, &meta, false},
		{"plain+key", wire.Plain, &w, &keyed, false},
		{"upsert", wire.Plain, &w, &both, true},
		{"upsert+deletions", wire.Plain, &deletions, &both, true},
		{"upsert+key+deletions", wire.Plain, &deletions, &keyed, true},
	} {
		b.Run(x.name, func(b *testing.B) {
			batch, err := x.w.AppendBatch(nil, &codecs, wire.BatchOptions{Codec: x.codec, Producer: wire.NoProducer(), Sequence: -1})
			if err != nil {
				b.Fatal(err)
			}
			cfg, err := parse(formats, x.s.Options)
			if err != nil {
				b.Fatal(err)
			}
			if cfg.upsert = x.upsert; x.upsert && !cfg.exceptKey {
				cfg.key, cfg.keyFields = raw.Format{}, []string{"channel"}
			}
			r, err := newRows(&cfg, x.s, vector.NewPool(0), &operators.Counter{})
			if err != nil {
				b.Fatal(err)
			}
			defer r.close()
			var c chunk
			p := &partition{}
			frame := make([]byte, len(batch), len(batch)+wire.Slack)
			b.SetBytes(int64(len(batch)))
			b.ReportAllocs()
			for b.Loop() {
				copy(frame, batch) // as the socket does
				if _, _, err := wire.NextBatch(frame, &c.batch); err != nil {
					b.Fatal(err)
				}
				if err := c.load(&codecs, 0, noStop, r.wants); err != nil {
					b.Fatal(err)
				}
				for c.left() > 0 {
					if r.full() {
						r.take().Release()
					}
					if _, err := r.decode(&c, p); err != nil {
						b.Fatal(err)
					}
				}
			}
			if batch := r.take(); batch != nil {
				batch.Release()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/record")
		})
	}
}

// FuzzLoad reads any bytes as records that are then decoded, as rows and as changes of a table.
func FuzzLoad(f *testing.F) {
	var w wire.Builder
	var codecs wire.Codecs
	w.Append(1, []byte("k"), []byte(`{"a":1}`), wire.Header{Key: "h", Value: []byte("v")})
	w.Append(2, nil, nil)
	batch, err := w.AppendBatch(nil, &codecs, wire.BatchOptions{})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(int32(2), batch[61:])
	f.Fuzz(func(t *testing.T, count int32, data []byte) {
		for i := range 4 {
			load(t, count, data, i&1 != 0, i&2 != 0)
		}
	})
}

func load(t *testing.T, count int32, data []byte, upsert, all bool) {
	t.Helper()
	var codecs wire.Codecs
	include := "EXCEPT_KEY"
	if all {
		include = "ALL"
	}
	s := &plan.Source{Options: map[string]string{
		"topic": "t", "properties.bootstrap.servers": "h:1", "value.format": "json", "key.format": "json", "key.fields": "k",
		"value.fields-include": include,
	}, Physical: types.Schema{{Name: "k", Type: types.StringType()}, {Name: "a", Type: types.IntType()}}}
	for _, f := range s.Physical {
		s.Projected = append(s.Projected, plan.SourceColumn{Name: f.Name, Type: f.Type})
	}
	for _, m := range metadata() {
		s.Projected = append(s.Projected, plan.SourceColumn{Name: m.Name, Type: m.Type, Metadata: m.Name})
	}
	cfg, err := parse(format.NewRegistry(json.Format{}), s.Options)
	if err != nil {
		t.Fatal(err)
	}
	cfg.upsert = upsert
	pool := vector.NewPool(0)
	r, err := newRows(&cfg, s, pool, &operators.Counter{})
	if err != nil {
		t.Fatal(err)
	}
	c := chunk{batch: wire.Batch{Count: count, LastOffsetDelta: 1, Data: append(bytes.Clone(data), make([]byte, wire.Slack)...)[:len(data)]}}
	if err := c.load(&codecs, 0, noStop, r.wants); err == nil {
		for c.left() > 0 {
			if _, err := r.decode(&c, &partition{}); err != nil {
				c.at++
			}
			if r.full() {
				break
			}
		}
		if b := r.take(); b != nil {
			for _, col := range b.Columns {
				if err := col.Check(); err != nil {
					t.Error(err)
				}
			}
			b.Release()
		}
	}
	r.close()
	if n := pool.InUse(); n != 0 {
		t.Errorf("%d bytes in use", n)
	}
}
