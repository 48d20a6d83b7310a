package wire_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/klauspost/compress/snappy"
	"github.com/twmb/franz-go/pkg/kmsg"

	"millrace/connectors/kafka/wire"
)

func codecs() []wire.Codec {
	return []wire.Codec{wire.Plain, wire.Gzip, wire.Snappy, wire.LZ4, wire.Zstd}
}

// show reads a batch and prints its records.
func show(t testing.TB, c *wire.Codecs, batch []byte) string {
	t.Helper()
	var b wire.Batch
	rest, ok, err := wire.NextBatch(batch, &b)
	if err != nil || !ok || len(rest) > 0 {
		t.Fatalf("ok %v, %d bytes left, error %v", ok, len(rest), err)
	}
	data, err := c.Decompress(b.Codec(), b.Data, nil)
	if err != nil {
		t.Fatal(err)
	}
	if cap(data)-len(data) < wire.Slack {
		t.Errorf("%s: slack is %d", b.Codec(), cap(data)-len(data))
	}
	var out strings.Builder
	var r wire.Record
	p := 0
	for range b.Count {
		if p, err = wire.NextRecord(data, p, &r); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "%d@%d ", b.Base+r.OffsetDelta, b.BaseTime+r.TimeDelta)
		for _, x := range [][2]int{{r.KeyStart, r.KeyEnd}, {r.ValueStart, r.ValueEnd}} {
			if x[0] < 0 {
				out.WriteString("null ")
			} else {
				fmt.Fprintf(&out, "%q ", data[x[0]:x[1]])
			}
		}
		for at, i := r.HeadersStart, 0; i < r.Headers; i++ {
			key, value, next, err := wire.NextHeader(data, at)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&out, "%s=%q(%v) ", key, value, value == nil)
			at = next
		}
		out.WriteString("\n")
	}
	return out.String()
}

func TestBuilder(t *testing.T) {
	var b wire.Builder
	var c wire.Codecs
	defer c.Close()
	for range 2 {
		b.Reset()
		b.Append(1000, []byte("k"), []byte(strings.Repeat("v", 3)), wire.Header{Key: "h", Value: []byte("x")}, wire.Header{Key: "n"})
		b.Append(990, nil, []byte{})
		b.Append(5000, []byte{}, nil)
		want := "0@1000 \"k\" \"vvv\" h=\"x\"(false) n=\"\"(true) \n1@990 null \"\" \n2@5000 \"\" null \n"
		for _, codec := range codecs() {
			batch, err := b.AppendBatch([]byte("before"), &c, wire.BatchOptions{Codec: codec, Producer: wire.Producer{ID: 7, Epoch: 3}, Sequence: 11, Transactional: true})
			if err != nil {
				t.Fatal(err)
			}
			batch = batch[len("before"):]
			if got := show(t, &c, batch); got != want {
				t.Errorf("%s: got\n%s\nwant\n%s", codec, got, want)
			}
			// Another implementation reads the header the same way.
			var k kmsg.RecordBatch
			if err := k.ReadFrom(batch); err != nil {
				t.Fatal(err)
			}
			if k.NumRecords != 3 || k.LastOffsetDelta != 2 || k.FirstTimestamp != 1000 || k.MaxTimestamp != 5000 || k.ProducerID != 7 || k.ProducerEpoch != 3 ||
				k.FirstSequence != 11 || k.Attributes != int16(codec)|0x10 || k.Length != int32(len(batch)-12) {
				t.Errorf("%s: %+v", codec, k)
			}
			if again := k.AppendTo(nil); !bytes.Equal(again, batch) {
				t.Errorf("%s: the other implementation writes other bytes", codec)
			}
		}
	}
}

// golden is a batch that another implementation makes.
func golden(codec int16, n int, data []byte) []byte {
	k := kmsg.RecordBatch{
		FirstOffset: 40, PartitionLeaderEpoch: 6, Magic: 2, Attributes: codec, LastOffsetDelta: int32(n + 1), FirstTimestamp: 100, MaxTimestamp: 200,
		ProducerID: -1, ProducerEpoch: -1, FirstSequence: -1, NumRecords: int32(n), Records: data,
	}
	raw := k.AppendTo(nil)
	binary.BigEndian.PutUint32(raw[8:], uint32(len(raw)-12))
	binary.BigEndian.PutUint32(raw[17:], checksum(raw[21:]))
	return raw
}

func record(i int) []byte {
	r := kmsg.Record{TimestampDelta64: int64(i), OffsetDelta: int32(i), Key: []byte("key"), Value: []byte(fmt.Sprint("value", i))}
	body := r.AppendTo(nil)[1:]
	return append(binary.AppendVarint(nil, int64(len(body))), body...)
}

func TestXerialSnappy(t *testing.T) {
	var data, framed []byte
	for i := range 3 {
		data = append(data, record(i)...)
	}
	framed = append(framed, 0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0, 0, 0, 0, 1, 0, 0, 0, 1)
	for _, part := range [][]byte{data[:10], data[10:]} {
		block := snappy.Encode(nil, part)
		framed = append(binary.BigEndian.AppendUint32(framed, uint32(len(block))), block...)
	}
	var c wire.Codecs
	want := "40@100 \"key\" \"value0\" \n41@101 \"key\" \"value1\" \n42@102 \"key\" \"value2\" \n"
	for name, x := range map[string][]byte{"framed": golden(2, 3, framed), "block": golden(2, 3, snappy.Encode(nil, data)), "none": golden(0, 3, data)} {
		if got := show(t, &c, x); got != want {
			t.Errorf("%s: got\n%s", name, got)
		}
	}
}

func TestBrokenBatches(t *testing.T) {
	good := golden(0, 1, record(0))
	var b wire.Batch
	for n := range good {
		if rest, ok, err := wire.NextBatch(good[:n], &b); ok || err != nil || len(rest) != n {
			t.Errorf("cut at %d: ok %v, error %v", n, ok, err)
		}
	}
	bad := bytes.Clone(good)
	bad[30] ^= 1
	if _, _, err := wire.NextBatch(bad, &b); !errors.Is(err, wire.ErrCorrupt) {
		t.Errorf("changed: %v", err)
	}
	old := bytes.Clone(good)
	old[16] = 1
	if _, _, err := wire.NextBatch(old, &b); err == nil || !strings.Contains(err.Error(), "record format 1 at offset 40") {
		t.Errorf("old format: %v", err)
	}
	if next, epoch := wire.NextOffset(append(bytes.Clone(good), good[:50]...), 3, 1); next != 43 || epoch != 6 {
		t.Errorf("next offset %d, epoch %d", next, epoch)
	}
	if next, epoch := wire.NextOffset(good[:20], 3, 1); next != 3 || epoch != 1 {
		t.Errorf("next offset %d, epoch %d", next, epoch)
	}
}

func TestFilter(t *testing.T) {
	mark := func(base int64, pid int64, kind byte) wire.Batch {
		r := kmsg.Record{Key: []byte{0, 0, 0, kind}, Value: []byte{0, 0, 0, 0, 0, 0}}
		body := r.AppendTo(nil)[1:]
		return wire.Batch{Base: base, Attributes: 0x30, Producer: wire.Producer{ID: pid}, Data: append(binary.AppendVarint(nil, int64(len(body))), body...)}
	}
	data := func(base int64, pid int64, attributes int16) wire.Batch {
		return wire.Batch{Base: base, LastOffsetDelta: 1, Attributes: attributes, Producer: wire.Producer{ID: pid}}
	}
	log := []struct {
		batch               wire.Batch
		committed, anything bool
	}{
		{data(0, -1, 0), true, true},
		{data(2, 1, 0x10), false, true},  // aborted below
		{data(4, 2, 0x10), true, true},   // committed below
		{data(6, 1, 0), true, true},      // idempotent only
		{mark(8, 1, 0), false, false},    // 1 aborts
		{data(9, 1, 0x10), true, true},   // next transaction of 1
		{mark(11, 2, 1), false, false},   // 2 commits
		{mark(12, 1, 1), false, false},   // 1 commits
		{data(13, 1, 0x10), false, true}, // aborted again
		{data(15, 2, 0x10), true, true},
	}
	aborted := []wire.Aborted{{ProducerID: 1, First: 2}, {ProducerID: 1, First: 13}}
	for _, committed := range []bool{true, false} {
		var f wire.Filter
		f.Begin(committed, aborted)
		for i, x := range log {
			want := x.anything
			if committed {
				want = x.committed
			}
			if got := f.Passes(&x.batch); got != want {
				t.Errorf("committed %v, batch %d: passes %v", committed, i, got)
			}
		}
	}
}

func TestCodes(t *testing.T) {
	if got := wire.NotLeader.Error(); got != "NOT_LEADER_OR_FOLLOWER (6)" {
		t.Error(got)
	}
	if got := wire.Code(9999).Error(); got != "UNKNOWN_ERROR (9999)" {
		t.Error(got)
	}
	if wire.None.Err() != nil || wire.None.Retryable() || !wire.ConcurrentTransactions.Retryable() || wire.ProducerFenced.Action() != wire.Resolve {
		t.Error("actions are wrong")
	}
}
