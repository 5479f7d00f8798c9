package image

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// A step makes a folder of files. What is in it depends on nothing but what the step's key is the digest
// of, so a folder that is there need not be made again.
type step struct {
	name  string
	key   string
	needs []*step
	make  func(ctx context.Context, out string) error
	dir   string // the folder, once it is made; empty for a step that is always taken and keeps nothing
}

// file returns the path of a file that the step makes.
func (s *step) file(name string) string { return filepath.Join(s.dir, name) }

func (s *step) done() bool {
	if s.dir == "" {
		return false
	}
	now := time.Now() // the folder's time tells prune that it is in use
	return os.Chtimes(s.dir, now, now) == nil
}

// run makes the folder aside and moves it into place, so that a folder that is there is whole.
func (s *step) run(ctx context.Context) error {
	if s.dir == "" {
		return s.make(ctx, "")
	}
	if err := os.MkdirAll(filepath.Dir(s.dir), 0o777); err != nil {
		return err
	}
	out, err := os.MkdirTemp(filepath.Dir(s.dir), ".new-"+s.name+"-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(out)
	if err := errors.Join(os.Chmod(out, 0o755), s.make(ctx, out)); err != nil {
		return err
	}
	if err := os.Rename(out, s.dir); err != nil && !s.done() { // another process may have been faster
		return err
	}
	return nil
}

// An Event is progress of a build: a step begins, has ended, or was made before.
type Event struct {
	Step     string
	N, Total int
	Done     bool
	Reused   bool
	Elapsed  time.Duration
}

// A plan runs steps, each when those that it needs are done.
type plan struct {
	steps  []*step
	jobs   int // steps that run at a time
	report func(Event)
}

func (p *plan) run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	done := map[*step]chan struct{}{}
	for _, s := range p.steps {
		done[s] = make(chan struct{})
	}
	var (
		wg    sync.WaitGroup
		slots = make(chan struct{}, cmp.Or(p.jobs, 1))
	)
	for i, s := range p.steps {
		wg.Go(func() {
			err := p.await(ctx, s, done, slots, i+1)
			if err != nil {
				cancel(err)
				return
			}
			close(done[s])
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

func (p *plan) await(ctx context.Context, s *step, done map[*step]chan struct{}, slots chan struct{}, n int) error {
	for _, need := range s.needs {
		select {
		case <-done[need]:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	event := Event{Step: s.name, N: n, Total: len(p.steps)}
	if s.done() {
		event.Done, event.Reused = true, true
		p.report(event)
		return nil
	}
	select {
	case slots <- struct{}{}:
		defer func() { <-slots }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	begin := time.Now()
	p.report(event)
	if err := s.run(ctx); err != nil {
		return fmt.Errorf("build node image, step %s: %w", s.name, err)
	}
	event.Done, event.Elapsed = true, time.Since(begin)
	p.report(event)
	return nil
}

// A key is the digest of a step's inputs. Each input is hashed with its length and name, so that no two
// lists of inputs look the same.
type key struct {
	hash hash.Hash
	err  error
}

func newKey(step string) *key {
	k := &key{hash: sha256.New()}
	return k.add("step", step)
}

func (k *key) add(name string, values ...string) *key {
	fmt.Fprintf(k.hash, "%d %s %d\n", len(name), name, len(values))
	for _, v := range values {
		fmt.Fprintf(k.hash, "%d %s\n", len(v), v)
	}
	return k
}

func (k *key) steps(steps ...*step) *key {
	for _, s := range steps {
		k.add("needs", s.name, s.key)
	}
	return k
}

// sources adds the files of a folder that a program is built from: not tests, and not modules inside.
func (k *key) sources(fsys fs.FS) *key {
	err := fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return enterSource(fsys, path, d)
		case strings.HasSuffix(path, "_test.go") || !d.Type().IsRegular():
			return nil
		}
		data, err := fs.ReadFile(fsys, path)
		k.add("file", path, string(data))
		return err
	})
	k.err = errors.Join(k.err, err)
	return k
}

func enterSource(fsys fs.FS, path string, d fs.DirEntry) error {
	if path == "." {
		return nil
	}
	_, err := fs.Stat(fsys, path+"/go.mod")
	if err == nil || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") {
		return fs.SkipDir
	}
	return nil
}

func (k *key) sum() (string, error) {
	if k.err != nil {
		return "", k.err
	}
	return hex.EncodeToString(k.hash.Sum(nil)), nil
}
