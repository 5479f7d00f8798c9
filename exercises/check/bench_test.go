package check_test

import (
	"bytes"
	"context"
	"io/fs"
	"os/exec"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/exercises"
	"github.com/slipway-workshop/slipway/exercises/check"
	"github.com/slipway-workshop/slipway/exercises/sandbox"
	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/exercises/verdict"
	"github.com/slipway-workshop/slipway/exercises/workspace"
	"github.com/slipway-workshop/slipway/exercises/world"
)

// BenchmarkCheck checks the first solution of each exercise, warm, one check after the other, and
// reports how long that takes compared with the go commands alone that the checks run.
func BenchmarkCheck(b *testing.B) {
	cat, err := exercises.Load(exercises.FS)
	if err != nil {
		b.Fatal(err)
	}
	r := catalogRunner(b)
	r.Parallel = 1
	for _, x := range cat {
		b.Run(x.ID, func(b *testing.B) { benchmarkExercise(b, r, x) })
	}
}

func catalogRunner(b *testing.B) *check.Runner {
	b.Helper()
	r := runner(b)
	modules, err := fs.Sub(exercises.FS, exercises.ModulesDir)
	if err != nil {
		b.Fatal(err)
	}
	lib, err := world.LoadLibrary(modules)
	if err != nil {
		b.Fatal(err)
	}
	r.Library = lib
	return r
}

func benchmarkExercise(b *testing.B, r *check.Runner, x *exercises.Exercise) {
	cfg, err := world.ParseConfig("world.yaml", x.World)
	if err != nil {
		b.Fatal(err)
	}
	job := check.Job{Task: x.Task, World: cfg, Files: workspace.FromTask(startOrSolution(x.Task))}
	var commands time.Duration
	ran := 0
	r.Trace = func(t check.Traced) { commands += t.Elapsed; ran++ }
	run := func() {
		res, err := r.Run(context.Background(), job, nil)
		if err != nil || res.Status != verdict.Pass {
			b.Fatalf("%s: %+v, %v", x.ID, res, err)
		}
	}
	run() // warms the build cache
	const rounds = 5
	b.ResetTimer()
	for range b.N {
		commands, ran = 0, 0
		begin := time.Now()
		for range rounds {
			run()
		}
		total := time.Since(begin)
		b.ReportMetric(total.Seconds()*1000/rounds, "ms/check")
		b.ReportMetric(float64(ran)/rounds, "go-commands")
		b.ReportMetric(total.Seconds()/commands.Seconds(), "x-go-commands")
	}
	b.ReportMetric(0, "ns/op")
}

func startOrSolution(t *task.Task) []task.File {
	if len(t.Solutions) == 0 {
		return t.Start.Files
	}
	return t.Apply(t.Solutions[0])
}

// BenchmarkSandbox compares a command under limits with the same command without.
func BenchmarkSandbox(b *testing.B) {
	path, err := exec.LookPath("go")
	if err != nil {
		b.Fatal(err)
	}
	const rounds = 50
	for range b.N {
		begin := time.Now()
		for range rounds {
			var out bytes.Buffer
			cmd := exec.Command(path, "version")
			cmd.Stdout, cmd.Stderr = &out, &out
			if err := cmd.Run(); err != nil {
				b.Fatal(err)
			}
		}
		plain := time.Since(begin)
		begin = time.Now()
		for range rounds {
			if _, err := sandbox.Run(context.Background(), sandbox.Command{Args: []string{path, "version"}, Merge: true}); err != nil {
				b.Fatal(err)
			}
		}
		limited := time.Since(begin)
		b.ReportMetric(plain.Seconds()*1000/rounds, "ms/plain")
		b.ReportMetric(limited.Seconds()/plain.Seconds(), "x-plain")
	}
	b.ReportMetric(0, "ns/op")
}
