package avro

import (
	"bytes"
	"compress/bzip2"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"

	"millrace/operators/vector"
)

// mostBlock is the most bytes that a block may have when it is unpacked.
const mostBlock = 256 << 20

// codec packs and unpacks blocks. It belongs to one goroutine.
type codec struct {
	name    string
	inflate io.ReadCloser
	deflate *flate.Writer
	unzstd  *zstd.Decoder
	zstd    *zstd.Encoder
	scratch bytes.Buffer
}

// writable lists the codecs that files are written with.
func writable() []string { return []string{"null", "deflate", "snappy", "zstandard"} }

// newCodec returns a codec by its name in files.
func newCodec(name string) (*codec, error) {
	switch name {
	case "":
		name = "null"
	case "null", "deflate", "snappy", "zstandard", "bzip2":
	default:
		return nil, fmt.Errorf("avro codec %q is not supported yet", name)
	}
	return &codec{name: name}, nil
}

// unpack appends the content of a block to dst, with slack behind it.
func (c *codec) unpack(dst, block []byte) (out []byte, err error) {
	switch c.name {
	case "null":
		dst = append(dst, block...)
		out = dst
	case "deflate":
		if c.inflate == nil {
			c.inflate = flate.NewReader(bytes.NewReader(block))
		} else if err := c.inflate.(flate.Resetter).Reset(bytes.NewReader(block), nil); err != nil {
			return dst, err
		}
		out, err = drain(dst, c.inflate)
	case "bzip2":
		out, err = drain(dst, bzip2.NewReader(bytes.NewReader(block)))
	case "snappy":
		out, err = unsnappy(dst, block)
	case "zstandard":
		if c.unzstd == nil {
			if c.unzstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(mostBlock)); err != nil {
				return dst, err
			}
		}
		out, err = c.unzstd.DecodeAll(block, dst)
	}
	if err != nil {
		return dst, fmt.Errorf("codec %s: %w", c.name, err)
	}
	n := len(out)
	return append(out, make([]byte, vector.Slack)...)[:n], nil
}

func drain(dst []byte, r io.Reader) ([]byte, error) {
	b := bytes.NewBuffer(dst)
	n, err := b.ReadFrom(io.LimitReader(r, mostBlock+1))
	if err == nil && n > mostBlock {
		err = fmt.Errorf("a block has more than %d bytes", mostBlock)
	}
	return b.Bytes(), err
}

func unsnappy(dst, block []byte) ([]byte, error) {
	if len(block) < 4 {
		return dst, errors.New("the checksum is missing")
	}
	data, sum := block[:len(block)-4], binary.BigEndian.Uint32(block[len(block)-4:])
	n, err := snappy.DecodedLen(data)
	if err != nil || n > mostBlock || n > 64*len(data) { // a piece of 3 bytes stands for 64 at most
		return dst, fmt.Errorf("the length of the block is not possible (%d)", n)
	}
	if cap(dst) < n {
		dst = make([]byte, 0, n+vector.Slack)
	}
	out, err := snappy.Decode(dst[:n], data)
	if err != nil {
		return dst, err
	}
	if crc32.ChecksumIEEE(out) != sum {
		return dst, errors.New("the checksum is wrong")
	}
	return out, nil
}

// pack appends the packed block to dst. The result is valid until the next call.
func (c *codec) pack(block []byte) ([]byte, error) {
	var err error
	switch c.name {
	case "deflate":
		c.scratch.Reset()
		if c.deflate == nil {
			if c.deflate, err = flate.NewWriter(&c.scratch, flate.DefaultCompression); err != nil {
				return nil, err
			}
		} else {
			c.deflate.Reset(&c.scratch)
		}
		if _, err = c.deflate.Write(block); err == nil {
			err = c.deflate.Close()
		}
		return c.scratch.Bytes(), err
	case "snappy":
		out := snappy.Encode(nil, block)
		return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(block)), nil
	case "zstandard":
		if c.zstd == nil {
			if c.zstd, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1)); err != nil {
				return nil, err
			}
		}
		return c.zstd.EncodeAll(block, nil), nil
	}
	return block, nil
}

func (c *codec) close() {
	if c.unzstd != nil {
		c.unzstd.Close()
	}
}
