package arrow

import (
	"errors"
	"io"
	"strings"

	"millrace/connectors"
	"millrace/connectors/format"
	"millrace/planner/plan"
)

// Format answers for 'format' = 'arrow'.
type Format struct{}

var _ format.Filing = Format{}

// Name is "arrow".
func (Format) Name() string { return "arrow" }

// Mode is insert-only.
func (Format) Mode() plan.Mode { return plan.InsertOnly }

// Options lists the format's options.
func (Format) Options() []connectors.Option {
	return []connectors.Option{{Key: "compression", Type: connectors.Enum, Default: "none", Values: []string{"none", "lz4", "zstd"}, Help: "how buffers are packed"}}
}

// Check says what is wrong with options or columns.
func (f Format) Check(c format.Config) error {
	c.Columns = c.Physical
	_, err := f.CreateFile(c, &format.Output{})
	return err
}

// OpenFile reads a file.
func (f Format) OpenFile(c format.Config, at io.ReaderAt, size int64) (format.FileReader, error) {
	r, err := newReader(c, at, size)
	if err != nil {
		return nil, err
	}
	return r, nil
}

// CreateFile begins a file.
func (f Format) CreateFile(c format.Config, out *format.Output) (format.FileWriter, error) {
	v, err := format.Decode(f, c.Options)
	if err != nil {
		return nil, err
	}
	w, err := newWriter(c, strings.ToLower(v.Text("compression")), out)
	if err != nil {
		return nil, err
	}
	return w, nil
}

var errFiles = errors.New("format 'arrow' is for files; it cannot be used for messages")

// Decoder says that there are no messages.
func (Format) Decoder(format.Config) (format.Decoder, error) { return nil, errFiles }

// Encoder says that there are no messages.
func (Format) Encoder(format.Config) (format.Encoder, error) { return nil, errFiles }
