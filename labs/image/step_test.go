package image

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A trial is a plan whose steps write a file each, and the words that it reports.
type trial struct {
	dir   string
	fails string // the step that fails
	made  []string
	words []string
	mu    sync.Mutex
}

func (tr *trial) step(name string, needs ...*step) *step {
	return &step{name: name, needs: needs, dir: filepath.Join(tr.dir, name), make: func(_ context.Context, out string) error {
		for _, need := range needs {
			if _, err := os.Stat(need.file("made")); err != nil {
				return fmt.Errorf("begins before %s is there", need.name)
			}
		}
		if err := os.WriteFile(filepath.Join(out, "made"), nil, 0o666); err != nil {
			return err
		}
		if name == tr.fails {
			return errors.New("out of luck")
		}
		tr.mu.Lock()
		defer tr.mu.Unlock()
		tr.made = append(tr.made, name)
		return nil
	}}
}

func (tr *trial) run(ctx context.Context, jobs int) error {
	a := tr.step("a")
	b := tr.step("b", a)
	c := tr.step("c", a)
	p := plan{steps: []*step{a, b, c, tr.step("d", b, c)}, jobs: jobs, report: func(e Event) {
		tr.mu.Lock()
		defer tr.mu.Unlock()
		word := "begins"
		if e.Reused {
			word = "reused"
		} else if e.Done {
			word = "done"
		}
		tr.words = append(tr.words, fmt.Sprintf("%d/%d %s %s", e.N, e.Total, e.Step, word))
	}}
	return p.run(ctx)
}

func TestStepsFollowWhatTheyNeed(t *testing.T) {
	tr := &trial{dir: t.TempDir()}
	if err := tr.run(context.Background(), 4); err != nil {
		t.Fatal(err)
	}
	if len(tr.made) != 4 || tr.made[0] != "a" || tr.made[3] != "d" {
		t.Errorf("made %v", tr.made)
	}
}

func TestProgress(t *testing.T) {
	tr := &trial{dir: t.TempDir()}
	if err := tr.run(context.Background(), 4); err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"1/4 a begins", "1/4 a done", "4/4 d begins", "4/4 d done"} {
		if !slices.Contains(tr.words, word) {
			t.Errorf("%q is not among %q", word, tr.words)
		}
	}
	tr.words = nil
	if err := tr.run(context.Background(), 4); err != nil {
		t.Fatal(err)
	}
	if len(tr.words) != 4 || !slices.Contains(tr.words, "4/4 d reused") {
		t.Errorf("the second run says %q", tr.words)
	}
}

// What was made before a failure is not made again after it, and what failed leaves nothing.
func TestBuildGoesOnWhereItStopped(t *testing.T) {
	tr := &trial{dir: t.TempDir(), fails: "b"}
	err := tr.run(context.Background(), 1)
	if err == nil || !strings.Contains(err.Error(), "step b: out of luck") {
		t.Fatalf("run = %v", err)
	}
	left, err := os.ReadDir(tr.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range left {
		if e.Name() != "a" && e.Name() != "c" {
			t.Errorf("%s is left", e.Name())
		}
	}
	tr.fails = ""
	before := slices.Clone(tr.made)
	if err := tr.run(context.Background(), 1); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(tr.made, "b") || !slices.Contains(tr.made, "d") {
		t.Errorf("made %v", tr.made)
	}
	for _, name := range before {
		if n := len(slices.DeleteFunc(slices.Clone(tr.made), func(s string) bool { return s != name })); n != 1 {
			t.Errorf("%s is made %d times", name, n)
		}
	}
}

func TestInterruptedStepLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	s := &step{name: "long", dir: filepath.Join(dir, "long"), make: func(ctx context.Context, out string) error {
		if err := os.WriteFile(filepath.Join(out, "half"), nil, 0o666); err != nil {
			return err
		}
		cancel()
		<-ctx.Done()
		return context.Cause(ctx)
	}}
	p := plan{steps: []*step{s}, report: func(Event) {}}
	if err := p.run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("run = %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}
