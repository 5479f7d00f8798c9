//go:build unix

package site_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/site"
)

// A phase of the benchmark runs in a process of its own, so that its time and memory are its own.
// The environment says which; the folder holds content, cache and the sites.
const (
	phaseEnv  = "SLIPWAY_BENCH_PHASE"
	folderEnv = "SLIPWAY_BENCH_FOLDER"
)

func TestMain(m *testing.M) {
	if phase := os.Getenv(phaseEnv); phase != "" {
		if err := runPhase(phase, os.Getenv(folderEnv)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func runPhase(phase, dir string) error {
	content := filepath.Join(dir, "content")
	o := site.Options{Content: os.DirFS(content), Out: filepath.Join(dir, phase), Cache: filepath.Join(dir, "cache")}
	switch phase {
	case "loop":
		return plainLoop(content, o.Out)
	case "edit":
		return edits(o, content)
	}
	_, err := site.Build(context.Background(), o)
	return err
}

// A measurement is what a process took.
type measurement struct {
	cpu, wall float64 // seconds
	memory    float64 // MiB at most
}

// phaseOf is the process of a phase.
func phaseOf(phase, dir string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), phaseEnv+"="+phase, folderEnv+"="+dir)
	return cmd
}

// measure runs a process. Its CPU time is that of user and system together.
func measure(b *testing.B, cmd *exec.Cmd) (m measurement, out []byte) {
	b.Helper()
	cmd.Stderr = os.Stderr
	start := time.Now()
	out, err := cmd.Output()
	if err != nil {
		b.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	m.wall = time.Since(start).Seconds()
	m.cpu = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	m.memory = float64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss) / 1024
	return m, out
}

// measureEdits returns the milliseconds that builds after an edit took, sorted.
func measureEdits(b *testing.B, dir string) []float64 {
	_, out := measure(b, phaseOf("edit", dir))
	var took []float64
	if err := json.Unmarshal(out, &took); err != nil {
		b.Fatal(err)
	}
	slices.Sort(took)
	return took
}

// edits builds once and then changes one page after another.
func edits(o site.Options, content string) error {
	b, err := site.NewBuilder(o)
	if err != nil {
		return err
	}
	if _, err := b.Build(context.Background(), nil); err != nil {
		return err
	}
	var took []float64
	for i := range 21 {
		name := filepath.Join(content, "en", fmt.Sprintf("c%05d.md", i*40+1))
		f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		fmt.Fprintf(f, "\nOne more line, number %d.\n", i)
		if err := f.Close(); err != nil {
			return err
		}
		start := time.Now()
		report, err := b.Build(context.Background(), nil)
		if err != nil {
			return err
		}
		if report.Rendered != 1 {
			return fmt.Errorf("an edit wrote %v", report.Written)
		}
		took = append(took, float64(time.Since(start).Microseconds())/1000)
	}
	return json.NewEncoder(os.Stdout).Encode(took)
}
