package wire_test

import (
	"bytes"
	"hash/crc32"
	"testing"

	"millrace/connectors/kafka/wire"
)

func checksum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

func messages() []wire.Message {
	return []wire.Message{
		&wire.APIVersions{}, &wire.Metadata{}, &wire.FindCoordinator{}, &wire.ListOffsets{}, &wire.OffsetForLeaderEpoch{}, &wire.OffsetFetch{},
		&wire.OffsetCommit{}, &wire.Fetch{}, &wire.Produce{}, &wire.Produce{Modern: true}, &wire.InitProducerID{}, &wire.AddPartitionsToTxn{},
		&wire.AddOffsetsToTxn{}, &wire.TxnOffsetCommit{}, &wire.EndTxn{}, &wire.EndTxn{Modern: true}, &wire.DescribeTransactions{}, &wire.ListTransactions{},
		&wire.DescribeProducers{},
	}
}

// FuzzAnswers lets every message read any bytes.
func FuzzAnswers(f *testing.F) {
	f.Add(uint8(0), []byte{0, 0, 0, 1, 0, 0, 2, 0, 1, 0, 4, 0, 17, 0, 0, 0, 0, 0, 0})
	f.Add(uint8(7), bytes.Repeat([]byte{0, 0, 0, 1}, 30))
	f.Fuzz(func(_ *testing.T, which uint8, data []byte) {
		all := messages()
		_ = wire.ReadResponse(append([]byte{0, 0, 0, 1}, data...), all[int(which)%len(all)], 1)
	})
}

// FuzzRecords reads any bytes as the records of a batch, compressed or not.
func FuzzRecords(f *testing.F) {
	f.Add(uint8(0), int32(1), record(1))
	f.Add(uint8(2), int32(2), []byte("\x82SNAPPY\x00\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00"))
	var b wire.Builder
	b.Append(1, []byte("k"), []byte("v"), wire.Header{Key: "h"})
	var w wire.Codecs
	for c := wire.Plain; c <= wire.Zstd; c++ {
		batch, err := b.AppendBatch(nil, &w, wire.BatchOptions{Codec: c})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(c), int32(1), batch[61:])
	}
	f.Fuzz(func(t *testing.T, codec uint8, count int32, data []byte) {
		raw := golden(int16(codec&7), int(count), data)
		var b wire.Batch
		_, ok, err := wire.NextBatch(raw, &b)
		if err != nil || !ok {
			return
		}
		wire.NextOffset(raw, 0, 0)
		var c wire.Codecs
		defer c.Close()
		records, err := c.Decompress(b.Codec(), b.Data, nil)
		if err != nil {
			return
		}
		var r wire.Record
		for p, k := 0, int32(0); k < b.Count; k++ {
			if p, err = wire.NextRecord(records, p, &r); err != nil {
				return
			}
			if r.KeyStart >= 0 {
				_ = records[r.KeyStart:r.KeyEnd]
			}
			if r.ValueStart >= 0 {
				_ = records[r.ValueStart:r.ValueEnd]
			}
			for at, i := r.HeadersStart, 0; i < r.Headers; i++ {
				if _, _, at, err = wire.NextHeader(records, at); err != nil {
					break
				}
			}
		}
		var filter wire.Filter
		filter.Begin(true, []wire.Aborted{{ProducerID: -1}})
		filter.Passes(&b)
		if len(records) > wire.MaxRecords {
			t.Error("the records are too long")
		}
	})
}
