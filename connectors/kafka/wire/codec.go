package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// MaxRecords is the most bytes that the records of a batch may have when they are decompressed.
const MaxRecords = 256 << 20

// Codec is a compression of records.
type Codec int16

// The codecs.
const (
	Plain Codec = iota
	Gzip
	Snappy
	LZ4
	Zstd
)

// ParseCodec finds a codec by its name in 'compression.type'.
func ParseCodec(name string) (Codec, error) {
	for c := Plain; c <= Zstd; c++ {
		if strings.EqualFold(name, c.String()) {
			return c, nil
		}
	}
	return Plain, errors.New("allowed are none, gzip, snappy, lz4, zstd")
}

// String is the name in 'compression.type'.
func (c Codec) String() string {
	names := [...]string{"none", "gzip", "snappy", "lz4", "zstd"}
	if c < 0 || int(c) >= len(names) {
		return fmt.Sprintf("codec %d", int16(c))
	}
	return names[c]
}

// Codecs compresses and decompresses. The zero value is ready. It keeps memory and belongs to one goroutine; Close gives it back.
type Codecs struct {
	src bytes.Reader
	gz  *gzip.Reader
	lz  *lz4.Reader
	zs  *zstd.Decoder
	out bytes.Buffer
	gzw *gzip.Writer
	lzw *lz4.Writer
	zsw *zstd.Encoder
}

// Close ends what the codecs run in the background.
func (c *Codecs) Close() {
	if c.zs != nil {
		c.zs.Close()
		c.zs = nil
	}
	if c.zsw != nil {
		_ = c.zsw.Close()
		c.zsw = nil
	}
}

// Decompress returns the records in src, in the memory of dst where it is large enough, with Slack behind them. Plain records are
// copied too.
func (c *Codecs) Decompress(codec Codec, src, dst []byte) ([]byte, error) {
	dst = dst[:0]
	var err error
	switch codec {
	case Plain:
		dst = append(grow(dst, len(src)), src...)
	case Gzip:
		dst, err = c.gunzip(src, dst)
	case Snappy:
		dst, err = unsnappy(src, dst)
	case LZ4:
		c.src.Reset(src)
		if c.lz == nil {
			c.lz = lz4.NewReader(&c.src)
		} else {
			c.lz.Reset(&c.src)
		}
		dst, err = readAll(c.lz, grow(dst, 4*len(src)))
	case Zstd:
		dst, err = c.unzstd(src, dst)
	default:
		err = errors.New("it is unknown")
	}
	if err != nil {
		return nil, fmt.Errorf("%w: compression %s: %w", ErrCorrupt, codec, err)
	}
	return grow(dst, 0), nil
}

// grow makes room for n bytes and Slack behind b.
func grow(b []byte, n int) []byte {
	if cap(b)-len(b) >= n+Slack {
		return b
	}
	out := make([]byte, len(b), max(len(b)+n, 2*cap(b))+Slack)
	copy(out, b)
	return out
}

var errTooLong = errors.New("the records are longer than allowed")

func readAll(r io.Reader, dst []byte) ([]byte, error) {
	for {
		dst = grow(dst, 512)
		n, err := r.Read(dst[len(dst) : cap(dst)-Slack])
		dst = dst[:len(dst)+n]
		switch {
		case errors.Is(err, io.EOF):
			return dst, nil
		case err != nil:
			return nil, err
		case len(dst) > MaxRecords:
			return nil, errTooLong
		}
	}
}

func (c *Codecs) gunzip(src, dst []byte) (_ []byte, err error) {
	c.src.Reset(src)
	if c.gz == nil {
		c.gz, err = gzip.NewReader(&c.src)
	} else {
		err = c.gz.Reset(&c.src)
	}
	if err != nil {
		c.gz = nil
		return nil, err
	}
	return readAll(c.gz, grow(dst, 4*len(src)))
}

func (c *Codecs) unzstd(src, dst []byte) (_ []byte, err error) {
	if c.zs == nil {
		c.zs, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(MaxRecords))
		if err != nil {
			return nil, err
		}
	}
	return c.zs.DecodeAll(src, dst)
}

// xerial begins the frames in which Java's library puts snappy blocks.
const xerial = "\x82SNAPPY\x00"

func unsnappy(src, dst []byte) ([]byte, error) {
	if len(src) < 16 || string(src[:8]) != xerial {
		return snappyBlock(src, dst)
	}
	var err error
	for src = src[16:]; len(src) > 0; {
		if len(src) < 4 {
			return nil, io.ErrUnexpectedEOF
		}
		n := int(int32(binary.BigEndian.Uint32(src)))
		if n < 0 || n > len(src)-4 {
			return nil, io.ErrUnexpectedEOF
		}
		if dst, err = snappyBlock(src[4:4+n], dst); err != nil {
			return nil, err
		}
		src = src[4+n:]
	}
	return dst, nil
}

func snappyBlock(src, dst []byte) ([]byte, error) {
	n, err := s2.DecodedLen(src)
	if err != nil {
		return nil, err
	}
	// The format cannot shrink more than that: a longer length is a lie.
	if n > 64*len(src)+64 || len(dst)+n > MaxRecords {
		return nil, errTooLong
	}
	dst = grow(dst, n)
	if _, err = s2.Decode(dst[len(dst):len(dst)+n], src); err != nil {
		return nil, err
	}
	return dst[:len(dst)+n], nil
}

// Compress appends src, compressed, to dst.
func (c *Codecs) Compress(codec Codec, src, dst []byte) ([]byte, error) {
	var w io.WriteCloser
	switch codec {
	case Plain:
		return append(dst, src...), nil
	case Snappy:
		n := s2.MaxEncodedLen(len(src))
		if n < 0 {
			return nil, errTooLong
		}
		dst = grow(dst, n)
		return dst[:len(dst)+len(s2.EncodeSnappy(dst[len(dst):len(dst)+n], src))], nil
	case Zstd:
		if c.zsw == nil {
			e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
			if err != nil {
				return nil, err
			}
			c.zsw = e
		}
		return c.zsw.EncodeAll(src, dst), nil
	case Gzip:
		if c.gzw == nil {
			c.gzw = gzip.NewWriter(&c.out)
		}
		c.out.Reset()
		c.gzw.Reset(&c.out)
		w = c.gzw
	case LZ4:
		if c.lzw == nil {
			c.lzw = lz4.NewWriter(&c.out)
			if err := c.lzw.Apply(lz4.BlockSizeOption(lz4.Block64Kb), lz4.ChecksumOption(false)); err != nil {
				return nil, err
			}
		}
		c.out.Reset()
		c.lzw.Reset(&c.out)
		w = c.lzw
	default:
		return nil, fmt.Errorf("compression %s is unknown", codec)
	}
	if _, err := w.Write(src); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return append(dst, c.out.Bytes()...), nil
}
