package parquet

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/apache/arrow/go/v17/parquet"
	"github.com/apache/arrow/go/v17/parquet/compress"

	"millrace/connectors"
	"millrace/connectors/format"
	"millrace/operators/kernel/civil"
	"millrace/planner/plan"
)

// Format answers for 'format' = 'parquet'.
type Format struct{}

var _ format.Filing = Format{}

// Name is "parquet".
func (Format) Name() string { return "parquet" }

// Mode is insert-only.
func (Format) Mode() plan.Mode { return plan.InsertOnly }

// Options lists the format's options.
func (Format) Options() []connectors.Option {
	return []connectors.Option{
		{Key: "utc-timezone", Type: connectors.Boolean, Default: "false", Help: "timestamps are counted in UTC, not in the zone of the machine"},
		{Key: "timestamp.time.unit", Type: connectors.Enum, Default: "micros", Values: []string{"nanos", "micros", "millis"}, Help: "unit of INT64 timestamps"},
		{Key: "write.int64.timestamp", Type: connectors.Boolean, Default: "false", Help: "timestamps are written as INT64, not INT96"},
		{Key: "compression", Type: connectors.Enum, Default: "SNAPPY", Values: []string{"UNCOMPRESSED", "SNAPPY", "GZIP", "BROTLI", "ZSTD"}, Help: "how pages are packed"},
		{Key: "block.size", Type: connectors.Integer, Default: "33554432", Help: "bytes of rows in a row group, before they are packed"},
		{Key: "page.size", Type: connectors.Integer, Default: "1048576", Help: "bytes in a page"},
		{Key: "dictionary.page.size", Type: connectors.Integer, Default: "1048576", Help: "bytes in the page of a dictionary"},
		{Key: "enable.dictionary", Type: connectors.Boolean, Default: "true", Help: "values are written by dictionary where it is smaller"},
	}
}

// settings are the options.
type settings struct {
	zone      *civil.Zone // nil: UTC
	utc       bool        // the option says so: times before 1582 are Gregorian then
	int64     bool
	unit      int64 // of INT64 timestamps, in a second
	blockSize int64
	writer    []parquet.WriterProperty
}

func parse(f Format, options map[string]string) (s settings, err error) {
	v, err := format.Decode(f, options)
	if err != nil {
		return s, err
	}
	s.utc = v.Bool("utc-timezone")
	if !s.utc && time.Local != time.UTC {
		s.zone = civil.NewZone(time.Local)
	}
	s.int64, s.blockSize = v.Bool("write.int64.timestamp"), v.Int("block.size")
	s.unit = map[string]int64{"nanos": 1e9, "micros": 1e6, "millis": 1e3}[strings.ToLower(v.Text("timestamp.time.unit"))]
	codecs := map[string]compress.Compression{
		"UNCOMPRESSED": compress.Codecs.Uncompressed, "SNAPPY": compress.Codecs.Snappy, "GZIP": compress.Codecs.Gzip,
		"BROTLI": compress.Codecs.Brotli, "ZSTD": compress.Codecs.Zstd,
	}
	for _, key := range []string{"block.size", "page.size", "dictionary.page.size"} {
		if v.Int(key) < 1 {
			return s, v.Invalid(key, "it must be more than 0")
		}
	}
	s.writer = []parquet.WriterProperty{
		parquet.WithCompression(codecs[strings.ToUpper(v.Text("compression"))]),
		parquet.WithDataPageSize(v.Int("page.size")), parquet.WithDictionaryPageSizeLimit(v.Int("dictionary.page.size")),
		parquet.WithDictionaryDefault(v.Bool("enable.dictionary")), parquet.WithCreatedBy("millrace"), parquet.WithRootName("flink_schema"),
	}
	return s, nil
}

// Check says what is wrong with options or columns.
func (f Format) Check(c format.Config) error {
	s, err := parse(f, c.Options)
	if err != nil {
		return err
	}
	_, err = root(c.Physical, &s)
	return err
}

// OpenFile reads a file.
func (f Format) OpenFile(c format.Config, at io.ReaderAt, size int64) (format.FileReader, error) {
	s, err := parse(f, c.Options)
	if err != nil {
		return nil, err
	}
	r, err := newReader(c, &s, at, size)
	if err != nil {
		return nil, err
	}
	return r, nil
}

// CreateFile begins a file.
func (f Format) CreateFile(c format.Config, out *format.Output) (format.FileWriter, error) {
	s, err := parse(f, c.Options)
	if err != nil {
		return nil, err
	}
	w, err := newWriter(c, &s, out)
	if err != nil {
		return nil, err
	}
	return w, nil
}

var errFiles = errors.New("format 'parquet' is for files; it cannot be used for messages")

// Decoder says that there are no messages.
func (Format) Decoder(format.Config) (format.Decoder, error) { return nil, errFiles }

// Encoder says that there are no messages.
func (Format) Encoder(format.Config) (format.Encoder, error) { return nil, errFiles }

// guard turns panics of the library, which trusts files, into errors.
func guard(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("the file is damaged: %v", p)
	}
}
