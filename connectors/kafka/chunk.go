package kafka

import (
	"fmt"

	"millrace/connectors/format"
	"millrace/connectors/kafka/client"
	"millrace/connectors/kafka/wire"
)

// chunk is the records of one record batch that are to be read. They lie in the memory of the fetch, or decompressed in that of the chunk.
type chunk struct {
	values  format.Records // Start is -1 where there is none
	keys    format.Records // as many as values; Start is -1 where there is none
	offsets []int64
	times   []int64
	headers []headers // only if wanted
	odd     int       // records among them without value, or with an empty one that cannot be read
	dropped int64     // records without value, where one is needed
	keyless int64     // records without key, where one is needed

	batch   wire.Batch
	next    int64 // the offset behind the batch
	stopped bool  // the batch reaches the partition's end
	at      int   // the next record
	memory  []byte
}

// headers says where a record's headers are.
type headers struct{ count, start int }

// wants says what a chunk keeps of records.
type wants struct {
	keys     bool // keys are decoded
	needKey  bool // records without key give no rows
	nulls    bool // records without value give rows
	notEmpty bool // records with an empty value give no rows
	noEmpty  bool // records with an empty value are malformed
	headers  bool
	metadata bool
}

// load reads the records of c.batch at offsets from from on and before stop. It puts a line feed behind each key and value, where bytes stand that
// have been read by then.
func (c *chunk) load(codecs *wire.Codecs, from, stop int64, w wants) error {
	b := &c.batch
	data := b.Data
	if b.Codec() != wire.Plain {
		var err error
		if c.memory, err = codecs.Decompress(b.Codec(), b.Data, c.memory); err != nil {
			return err
		}
		data = c.memory
	}
	c.reset(data)
	c.next = b.Next()
	if stop != noStop && c.next >= stop {
		c.next, c.stopped = stop, true
	}
	if len(data) > 1<<31-1 {
		return fmt.Errorf("%w: %d bytes in one batch", wire.ErrCorrupt, len(data))
	}
	var r wire.Record
	var err error
	appended := b.LogAppendTime()
	for p, k := 0, int32(0); k < b.Count; k++ {
		if p, err = wire.NextRecord(data, p, &r); err != nil {
			return err
		}
		offset := b.Base + r.OffsetDelta
		if offset < from || stop != noStop && offset >= stop {
			continue
		}
		empty := r.ValueStart >= 0 && r.ValueStart == r.ValueEnd
		switch {
		case r.ValueStart < 0 && !w.nulls, w.notEmpty && empty:
			c.dropped++
			continue
		case w.needKey && r.KeyStart < 0:
			c.keyless++
			continue
		case r.ValueStart < 0, w.noEmpty && empty:
			c.odd++
		}
		if r.ValueStart >= 0 {
			data[r.ValueEnd] = '\n'
		}
		if w.keys {
			if r.KeyStart >= 0 {
				data[r.KeyEnd] = '\n'
			}
			c.keys.Start, c.keys.End = append(c.keys.Start, int32(r.KeyStart)), append(c.keys.End, int32(r.KeyEnd))
		}
		c.values.Start, c.values.End = append(c.values.Start, int32(r.ValueStart)), append(c.values.End, int32(r.ValueEnd))
		c.offsets = append(c.offsets, offset)
		if w.metadata {
			t := b.BaseTime + r.TimeDelta
			if appended {
				t = b.MaxTime
			}
			c.times = append(c.times, t)
		}
		if w.headers {
			c.headers = append(c.headers, headers{r.Headers, r.HeadersStart})
		}
	}
	return nil
}

func (c *chunk) reset(data []byte) {
	c.values = format.Records{Data: data, Start: c.values.Start[:0], End: c.values.End[:0]}
	c.keys = format.Records{Data: data, Start: c.keys.Start[:0], End: c.keys.End[:0]}
	c.offsets, c.times, c.headers = c.offsets[:0], c.times[:0], c.headers[:0]
	c.at, c.stopped, c.odd, c.dropped, c.keyless = 0, false, 0, 0, 0
}

// left is the number of records that were not read.
func (c *chunk) left() int { return len(c.offsets) - c.at }

// fetch is a fetch that is being read.
type fetch struct {
	f      *client.Fetched
	part   int // that is being read
	rest   []byte
	filter wire.Filter
	begun  bool
}
