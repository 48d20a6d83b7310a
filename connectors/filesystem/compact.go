package filesystem

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"path"
	"path/filepath"
	"slices"

	"millrace/connectors"
	"millrace/connectors/format"
	"millrace/operators/vector"
	"millrace/sql/types"
)

// compactedPrefix begins the names of files that compaction has made.
const compactedPrefix = "compacted-"

// bin is loose files of one directory that become one file.
type bin struct {
	files []pending
	name  string // of the file, relative to the table's place
}

// newBin names a bin after its first file and, if there are more, what all of them are: a file of that name has exactly their rows, whoever made
// it. So it may be looked for after a crash.
func newBin(files []pending) bin {
	first := filepath.ToSlash(files[0].Final)
	name := path.Join(path.Dir(first), compactedPrefix+path.Base(first))
	if len(files) > 1 {
		h := fnv.New64a()
		for _, p := range files {
			h.Write([]byte(p.Final + "\x00"))
		}
		name += fmt.Sprintf("-%016x", h.Sum64())
	}
	return bin{files: files, name: filepath.FromSlash(name)}
}

// bins deals the loose files of a checkpoint out: those of one checkpoint and directory are put together up to the size that the writer noted. The
// outcome depends on nothing but the handles, and not on what else is committed with them: those of a savepoint are committed once more by the
// checkpoint behind it, and a writer that has ended may be in several checkpoints, so its last files stay by themselves.
func bins(all []handle) (out []bin) {
	type group struct {
		tag        string
		checkpoint int64
		last       int // index of the handle, if it is the last one of its writer; else -1
		dir        string
		target     int64
	}
	groups := map[group][]pending{}
	for i, h := range all {
		for _, p := range h.Files {
			if !p.Loose {
				continue
			}
			g := group{h.Tag, h.Checkpoint, -1, filepath.Dir(p.Final), h.Target}
			if h.Final {
				g.last = i
			}
			groups[g] = append(groups[g], p)
		}
	}
	for g, files := range groups {
		slices.SortFunc(files, func(a, b pending) int { return cmp.Compare(a.Final, b.Final) })
		from, size := 0, int64(0)
		for i, p := range files {
			if i > from && size+p.Size > g.target {
				out = append(out, newBin(files[from:i]))
				from, size = i, 0
			}
			size += p.Size
		}
		out = append(out, newBin(files[from:]))
	}
	slices.SortFunc(out, func(a, b bin) int { return cmp.Compare(a.name, b.name) })
	return out
}

// compact puts the loose files of a commit together. Each bin is done on its own: the new file appears whole, then what it was made of goes. It
// may be repeated at any point.
func (c *committer) compact(ctx context.Context, all []handle) error {
	n := c.c.compactors
	if n == 0 {
		n = min(max(c.env.Parallelism, 1), 4)
	}
	return each(ctx, n, bins(all), func(ctx context.Context, b bin) error {
		if err := c.merge(ctx, b); err != nil {
			return fmt.Errorf("compact file %q: %w", b.name, err)
		}
		return nil
	})
}

func (c *committer) merge(ctx context.Context, b bin) error {
	sp := c.c.space
	done, err := sp.has(ctx, b.name)
	if err != nil {
		return err
	}
	switch {
	case done:
	case len(b.files) == 1:
		err = sp.move(ctx, b.files[0], b.name, c.tag)
	default:
		err = c.rewrite(ctx, b)
	}
	if errors.Is(err, connectors.ErrNotFound) {
		return fmt.Errorf("it is not there, and neither is what it is made of: %w", err)
	}
	if err != nil {
		return err
	}
	c.published.Add(1)
	return sp.drop(ctx, b.files)
}

// rewrite makes the file of a bin: rows are copied as they are, or for formats with a file structure read and written again.
func (c *committer) rewrite(ctx context.Context, b bin) (err error) {
	in := &parts{ctx: ctx, space: c.c.space, left: b.files}
	defer func() {
		if e := in.close(); err == nil {
			err = e
		}
	}()
	filing, ok := c.c.format.(format.Filing)
	if !ok {
		return c.c.space.put(ctx, b.name, c.tag, in)
	}
	r := &rewriter{filing: filing, parts: in, cfg: format.Config{Options: c.c.formatOptions, Pool: vector.NewPool(0), Columns: types.Schema{}}}
	for _, f := range c.s.Schema {
		if !slices.Contains(c.s.Partition, f.Name) {
			r.cfg.Positions = append(r.cfg.Positions, len(r.cfg.Columns))
			r.cfg.Columns = append(r.cfg.Columns, f)
		}
	}
	r.cfg.Physical = r.cfg.Columns
	defer r.closeFile()
	return c.c.space.put(ctx, b.name, c.tag, r)
}

// parts is loose files one after another; one is open at a time.
type parts struct {
	ctx     context.Context //nolint:containedctx // of the call that reads them
	space   space
	left    []pending // not opened yet
	current content
}

// next opens the next file; io.EOF if there is none.
func (p *parts) next() error {
	if err := p.close(); err != nil {
		return err
	}
	if len(p.left) == 0 {
		return io.EOF
	}
	f, err := p.space.loose(p.ctx, p.left[0])
	if err == nil {
		p.current, p.left = f, p.left[1:]
	}
	return err
}

func (p *parts) close() error {
	if p.current == nil {
		return nil
	}
	f := p.current
	p.current = nil
	return f.Close()
}

// Read reads the bytes of all files.
func (p *parts) Read(b []byte) (int, error) {
	for {
		if p.current == nil {
			if err := p.next(); err != nil {
				return 0, err
			}
		}
		n, err := p.current.Read(b)
		if n > 0 || !errors.Is(err, io.EOF) {
			return n, err
		}
		if err := p.close(); err != nil {
			return 0, err
		}
	}
}

// rewriter is the bytes of a file with the rows of others, made while it is read.
type rewriter struct {
	filing format.Filing
	cfg    format.Config
	parts  *parts
	file   format.FileReader // of the current part
	w      format.FileWriter
	out    format.Output
	from   int // bytes of out that were read
	ended  bool
}

// Read makes more bytes when there are none.
func (r *rewriter) Read(p []byte) (int, error) {
	for r.from == len(r.out.Data) {
		if r.ended {
			return 0, io.EOF
		}
		r.out.Reset()
		r.from = 0
		if err := r.step(); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.out.Data[r.from:])
	r.from += n
	return n, nil
}

// step writes a batch, or the end.
func (r *rewriter) step() (err error) {
	if r.w == nil {
		r.w, err = r.filing.CreateFile(r.cfg, &r.out)
		return err
	}
	if r.file == nil {
		err := r.open()
		if errors.Is(err, io.EOF) {
			r.ended = true
			return r.w.Finish(&r.out)
		}
		return err
	}
	b, err := r.file.Next()
	switch {
	case errors.Is(err, io.EOF):
		r.closeFile()
		return nil
	case err != nil || b == nil:
		return err
	}
	defer b.Release()
	for from := 0; from < b.Len; from += vector.MaxRows {
		some := b
		if b.Len > vector.MaxRows {
			some = b.Slice(r.cfg.Pool, from, min(from+vector.MaxRows, b.Len))
		}
		err = r.w.Encode(some, nil, &r.out)
		if some != b {
			some.Release()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// open begins the next part; io.EOF if there is none.
func (r *rewriter) open() error {
	if err := r.parts.next(); err != nil {
		return err
	}
	size, _, err := r.parts.current.meta()
	if err != nil {
		return err
	}
	f, err := r.filing.OpenFile(r.cfg, r.parts.current, size)
	if err != nil {
		return fmt.Errorf("a part of it: %w", noEnd(err))
	}
	r.file = f
	return noEnd(f.MoveTo(0))
}

// noEnd keeps a file that ends too early from looking like the end of all.
func noEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (r *rewriter) closeFile() {
	if r.file != nil {
		r.file.Close()
		r.file = nil
	}
}
