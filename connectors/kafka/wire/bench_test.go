package wire_test

import (
	"fmt"
	"testing"

	"millrace/connectors/kafka/wire"
)

// bids is the values of n records.
func bids(n int) [][]byte {
	out := make([][]byte, n)
	for i := range out {
		out[i] = fmt.Appendf(nil, `{"auction":%d,"bidder":%d,"price":%d,"channel":"channel-%d","url":"https://www.example.com/abc/def/item.htm?query=1","dateTime":"2024-01-01 00:%02d:%02d.000","extra":"dfghjkqwertyuiozxcvbnm"}`,
			1000+i, 2000+i, i*37, i%1000, i/60%60, i%60)
	}
	return out
}

// BenchmarkReadRecords reads batches of 500 records: headers, checksum, decompression, positions of keys and values.
func BenchmarkReadRecords(b *testing.B) {
	const n = 500
	values := bids(n)
	for _, codec := range codecs() {
		b.Run(codec.String(), func(b *testing.B) {
			var w wire.Builder
			var c wire.Codecs
			defer c.Close()
			for i, v := range values {
				w.Append(int64(i), nil, v)
			}
			raw, err := w.AppendBatch(nil, &c, wire.BatchOptions{Codec: codec, Producer: wire.NoProducer(), Sequence: -1})
			if err != nil {
				b.Fatal(err)
			}
			var batch wire.Batch
			var r wire.Record
			var memory []byte
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := wire.NextBatch(raw, &batch); err != nil {
					b.Fatal(err)
				}
				data := batch.Data
				if codec != wire.Plain {
					if memory, err = c.Decompress(codec, batch.Data, memory); err != nil {
						b.Fatal(err)
					}
					data = memory
				}
				for p, k := 0, int32(0); k < batch.Count; k++ {
					if p, err = wire.NextRecord(data, p, &r); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/record")
		})
	}
}

// BenchmarkWriteRecords makes batches of 500 records.
func BenchmarkWriteRecords(b *testing.B) {
	const n = 500
	values := bids(n)
	for _, codec := range codecs() {
		b.Run(codec.String(), func(b *testing.B) {
			var w wire.Builder
			var c wire.Codecs
			defer c.Close()
			var raw []byte
			b.ReportAllocs()
			for b.Loop() {
				w.Reset()
				for i, v := range values {
					w.Append(int64(i), nil, v)
				}
				var err error
				if raw, err = w.AppendBatch(raw[:0], &c, wire.BatchOptions{Codec: codec, Producer: wire.NoProducer(), Sequence: -1}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/record")
		})
	}
}
