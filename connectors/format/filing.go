package format

import (
	"io"

	"millrace/operators/vector"
)

// Filing is a format whose files are more than records in a row: they have headers, blocks or footers. A file is read from any place and
// written in one go, so its writer finishes it with every checkpoint.
type Filing interface {
	Format
	// Check says what is wrong with options or columns; columns are both to read and to write.
	Check(c Config) error
	// OpenFile reads the file of size bytes at f, which stays open until the reader is closed. c is as for a Decoder.
	OpenFile(c Config, f io.ReaderAt, size int64) (FileReader, error)
	// CreateFile begins a file, whose first bytes are appended to out. c is as for an Encoder.
	CreateFile(c Config, out *Output) (FileWriter, error)
}

// FileReader reads one file. It belongs to one goroutine.
type FileReader interface {
	// MoveTo goes to a place that Place returned, maybe in another process; 0 is the beginning.
	MoveTo(place int64) error
	// Place is where Next reads. From one place Next always returns the same rows.
	Place() int64
	// Next returns the next rows, which the caller owns; io.EOF at the end. A batch may have more than vector.MaxRows rows.
	Next() (*vector.Batch, error)
	// Close gives memory back.
	Close()
}

// FileWriter writes one file. It belongs to one goroutine.
type FileWriter interface {
	// Encode takes rows as an Encoder does; their bytes may come later, and out.Ends stays as it is.
	Encoder
	// Finish appends what is left, up to the end of the file.
	Finish(out *Output) error
}
