package filesystem

import (
	"bytes"
	"context"
	"slices"
	"sync"
	"time"

	"millrace/connectors/objstore"
)

const (
	// tailGap keeps the number of the last part of a restored file away from those that requests of a dead process may still deliver.
	tailGap = 100
	// inlineBytes is how large a file may be that waits for its checkpoint in the checkpoint itself.
	inlineBytes = 256 << 10
	// tailBytes is how much of open files a checkpoint takes; beyond, files are finished.
	tailBytes = 64 << 20
	// partsAtOnce is how many parts of a writer are under way.
	partsAtOnce = 4
	// bufferBytes is how much a writer keeps of its open files; beyond, the file that was silent longest is finished.
	bufferBytes = 256 << 20
	// filesAtOnce is how many objects are completed at a time.
	filesAtOnce = 8
)

// each calls f for all items, n at a time, and returns the first error.
func each[T any](ctx context.Context, n int, items []T, f func(context.Context, T) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	slots := make(chan struct{}, n)
	for _, it := range items {
		slots <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		wg.Go(func() {
			defer func() { <-slots }()
			if err := f(ctx, it); err != nil {
				cancel(err)
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// sent is a part that is under way. part and err may be read when done is closed.
type sent struct {
	done chan struct{}
	part objstore.Part
	err  error
}

// objectFile is an object that is being written: parts of an upload, and a rest in memory. Parts are sent by goroutines that end with the file.
type objectFile struct {
	o      *objects
	key    string
	ctx    context.Context //nolint:containedctx // of the goroutines; it ends with the file
	cancel context.CancelFunc
	upload string
	parts  []objstore.Part
	under  []*sent
	number int
	buf    []byte
	size   int64 // of parts
}

func newObjectFile(o *objects, key string) *objectFile {
	f := &objectFile{o: o, key: key}
	f.ctx, f.cancel = context.WithCancel(context.Background())
	f.size = o.store.MinPart()
	if f.size >= 5<<20 {
		f.size = max(8<<20, o.fileSize/9000)
	}
	return f
}

func (f *objectFile) write(ctx context.Context, p []byte) error {
	f.buf = append(f.buf, p...)
	f.o.buffered += int64(len(p))
	if int64(len(f.buf)) < f.size {
		return nil
	}
	return f.send(ctx)
}

// send hands the buffer to a goroutine.
func (f *objectFile) send(ctx context.Context) (err error) {
	if f.upload == "" {
		if f.upload, err = f.o.store.CreateUpload(ctx, f.key); err != nil {
			return err
		}
	}
	select {
	case f.o.slots <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	f.number++
	s := &sent{done: make(chan struct{})}
	f.under = append(f.under, s)
	data, number := f.buf, f.number
	f.buf = make([]byte, 0, min(len(data), 1<<20))
	f.o.buffered -= int64(len(data))
	go func() {
		defer func() {
			<-f.o.slots
			close(s.done)
		}()
		s.part, s.err = f.o.store.UploadPart(f.ctx, f.key, f.upload, number, data)
	}()
	return nil
}

// settle waits for the first part that is under way.
func (f *objectFile) settle(ctx context.Context) error {
	s := f.under[0]
	select {
	case <-s.done:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if s.err != nil {
		return s.err
	}
	f.under = f.under[1:]
	f.parts = append(f.parts, s.part)
	return nil
}

func (f *objectFile) settleAll(ctx context.Context) error {
	for len(f.under) > 0 {
		if err := f.settle(ctx); err != nil {
			return err
		}
	}
	return nil
}

// ahead sends what keep and finish would send, without waiting for it.
func (f *objectFile) ahead(ctx context.Context, final bool) error {
	n := int64(len(f.buf))
	if n >= f.o.store.MinPart() || final && n > 0 && (f.upload != "" || n > inlineBytes) {
		return f.send(ctx)
	}
	return nil
}

func (f *objectFile) keep(ctx context.Context, o *opened) error {
	if err := f.ahead(ctx, false); err != nil {
		return err
	}
	if err := f.settleAll(ctx); err != nil {
		return err
	}
	o.Upload, o.Parts, o.Tail = f.upload, slices.Clip(f.parts), bytes.Clone(f.buf)
	return nil
}

func (f *objectFile) finish(ctx context.Context, p *pending) error {
	if err := f.ahead(ctx, true); err != nil {
		return err
	}
	if err := f.settleAll(ctx); err != nil {
		return err
	}
	p.Upload, p.Parts, p.Tail = f.upload, f.parts, f.buf
	f.o.buffered -= int64(len(f.buf))
	if f.upload != "" {
		p.Tail = nil
	}
	f.cancel()
	return nil
}

func (f *objectFile) discard(kept bool) error {
	f.cancel()
	for _, s := range f.under {
		<-s.done
	}
	if kept || f.upload == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_ = f.o.store.AbortUpload(ctx, f.key, f.upload) // what is left, the sweep after a restart takes
	return nil
}
