package filesystem

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"

	"millrace/operators/vector"
)

const (
	chunkBytes  = 1 << 20
	recordBytes = 1 << 30 // longest record
)

// compression is the method that a file's suffix stands for, or "".
func compression(path string) string {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".gz", ".gzip":
		return "gzip"
	case ".deflate":
		return "deflate"
	case ".bz2":
		return "bzip2"
	case ".zst", ".zstd":
		return "zstd"
	case ".xz":
		return "xz"
	default:
		return ""
	}
}

// input reads a file in pieces.
type input struct {
	f     content
	r     io.Reader
	close func()
	buf   []byte // buf[from:] was read and not taken
	from  int
	base  int64 // offset of buf[0] in the content
	eof   bool
}

// openInput opens a file at an offset of its (uncompressed) content.
func openInput(ctx context.Context, sp space, path string, offset int64) (*input, error) {
	at := offset
	if compression(path) != "" {
		at = 0
	}
	f, err := sp.open(ctx, path, at)
	if err != nil {
		return nil, err
	}
	in := &input{f: f, r: f, base: offset, close: func() {}}
	if err := in.start(path, offset); err != nil {
		if errors.Is(err, io.EOF) { // which would be the end of the source
			err = io.ErrUnexpectedEOF
		}
		_ = f.Close()
		return nil, fmt.Errorf("file %q: %w", path, err)
	}
	return in, nil
}

func (in *input) start(path string, offset int64) (err error) {
	method := compression(path)
	if method == "" {
		return nil
	}
	raw := bufio.NewReaderSize(in.f, 1<<16)
	switch method {
	case "gzip":
		in.r, err = gzip.NewReader(raw)
	case "deflate":
		in.r, err = zlib.NewReader(raw)
	case "bzip2":
		in.r = bzip2.NewReader(raw)
	case "zstd":
		var z *zstd.Decoder
		if z, err = zstd.NewReader(raw, zstd.WithDecoderConcurrency(1)); err == nil {
			in.r, in.close = z, z.Close
		}
	default:
		err = fmt.Errorf("compression %s is not supported yet", method)
	}
	if err != nil {
		return err
	}
	_, err = io.CopyN(io.Discard, in.r, offset)
	return err
}

// rest is what was read and not taken; last tells that the file has no more.
func (in *input) rest() (data []byte, last bool) { return in.buf[in.from:], in.eof }

// take drops n bytes from the front of rest.
func (in *input) take(n int) { in.from += n }

// offset is where rest begins.
func (in *input) offset() int64 { return in.base + int64(in.from) }

// more reads on: rest begins with what it was before, and its memory goes on with a line feed and slack.
func (in *input) more() error {
	left := in.buf[in.from:]
	size := max(chunkBytes, 2*len(left))
	if size > recordBytes {
		return fmt.Errorf("a record is longer than %d bytes", recordBytes/2)
	}
	buf := in.buf
	if cap(buf) < size+2*vector.Slack {
		buf = make([]byte, size+2*vector.Slack)
	}
	in.base += int64(in.from)
	in.from = 0
	n := copy(buf[:size], left)
	for n < size {
		k, err := in.r.Read(buf[n:size])
		n += k
		if errors.Is(err, io.EOF) {
			in.eof = true
			break
		}
		if err != nil {
			return err
		}
		if n >= size/2 {
			break
		}
	}
	in.buf = buf[:n]
	buf[:n+1][n] = '\n'
	return nil
}

// skipLine takes the rest of the line that offset lies in, unless a line begins there. in was opened one byte before.
func (in *input) skipLine() error {
	for {
		data, last := in.rest()
		if i := bytes.IndexByte(data, '\n'); i >= 0 {
			in.take(i + 1)
			return nil
		}
		in.take(len(data))
		if last {
			return nil
		}
		if err := in.more(); err != nil {
			return err
		}
	}
}

func (in *input) Close() error {
	in.close()
	return in.f.Close()
}
