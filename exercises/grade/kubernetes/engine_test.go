package kubernetes

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/exercises/grade"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A class that pods judge is told whole, each item once, whatever happens to pods in the middle.
func TestGrade(t *testing.T) {
	items := class(23)
	for name, test := range map[string]struct {
		rounds int
		run    func(p *podRun) int
	}{
		"nothing happens": {1, nil},
		"each pod is killed once in the middle": {1, func(p *podRun) int {
			if p.attempt == 1 {
				_ = Worker(p.t.Context(), p.shard, p.judge, &limited{p, 2})
				return 137
			}
			return p.work()
		}},
		"pods cannot start at first": {1, func(p *podRun) int {
			if p.attempt < 3 {
				return 1
			}
			return p.work()
		}},
		"a shard is told twice": {1, func(p *podRun) int { return p.work() + p.work() }},
		"a log ends early though its pod succeeds": {2, func(p *podRun) int {
			if p.round() == 1 {
				_ = Worker(p.t.Context(), p.shard, p.judge, &limited{p, 3})
				return 0
			}
			return p.work()
		}},
		"a Job fails whole": {2, func(p *podRun) int {
			if p.round() == 1 {
				return 1
			}
			return p.work()
		}},
		"two Jobs fail whole": {3, func(p *podRun) int {
			if p.round() < 3 {
				return 1
			}
			return p.work()
		}},
	} {
		t.Run(name, func(t *testing.T) {
			c := newFakeCluster(t)
			c.run = test.run
			all := told{}
			if err := c.engine().Grade(t.Context(), items, all.add); err != nil {
				t.Fatal(err)
			}
			all.whole(t, items)
			c.left()
			if len(c.created) != test.rounds {
				t.Errorf("Jobs %q, want %d", c.created, test.rounds)
			}
		})
	}
}

func TestGradeNothing(t *testing.T) {
	if err := (&Engine{}).Grade(t.Context(), nil, nil); err != nil {
		t.Error(err)
	}
}

// Two learners may hand in the same: the key is judged once.
func TestSameKeyTwice(t *testing.T) {
	items := class(3)
	c, all := newFakeCluster(t), told{}
	if err := c.engine().Grade(t.Context(), append(items, items[0]), all.add); err != nil {
		t.Fatal(err)
	}
	all.whole(t, items)
}

// Work that ends its pod harms no other, and is a fault that says how its pod ended.
func TestPoison(t *testing.T) {
	items := class(23)
	poison := items[7]
	c := newFakeCluster(t)
	c.run = func(p *podRun) (exit int) {
		defer func() {
			if recover() != nil {
				exit = 137
			}
		}()
		return p.work()
	}
	c.judge = judgeFunc(func(i grade.Item) error {
		if i.Key == poison.Key {
			panic("the pod ends")
		}
		return nil
	})
	all := told{}
	if err := c.engine().Grade(t.Context(), items, all.add); err != nil {
		t.Fatal(err)
	}
	if got := all[poison.Key]; len(got) != 1 || !strings.Contains(got[0].Fault, "not judged by 3 Jobs: pod slipway-grade-") || !strings.Contains(got[0].Fault, "exit code 137") {
		t.Errorf("poison: %+v", got)
	}
	delete(all, poison.Key)
	all.whole(t, append(items[:7:7], items[8:]...))
	c.left()
}

// A fault is judged again, and told when it stays.
func TestFault(t *testing.T) {
	items := class(6)
	for _, test := range []struct {
		faults int32
		fault  string
	}{{2, ""}, {3, errBroken.Error()}} {
		c := newFakeCluster(t)
		var n atomic.Int32
		c.judge = judgeFunc(func(i grade.Item) error {
			if i.Key == items[2].Key && n.Add(1) <= test.faults {
				return errBroken
			}
			return nil
		})
		all := told{}
		if err := c.engine().Grade(t.Context(), items, all.add); err != nil {
			t.Fatal(err)
		}
		if got := all[items[2].Key]; len(got) != 1 || got[0].Fault != test.fault || len(got[0].Tries) != int(test.faults) {
			t.Errorf("after %d faults: %+v", test.faults, got)
		}
		if len(all) != len(items) {
			t.Errorf("told of %d items", len(all))
		}
	}
}

// A manifest that cannot be read is not tried again by other pods of the Job.
func TestManifestDamaged(t *testing.T) {
	c, all, items := newFakeCluster(t), told{}, class(2)
	var pods atomic.Int32
	c.run = func(p *podRun) int {
		pods.Add(1)
		p.shard.Dir = p.t.TempDir()
		return p.work()
	}
	if err := c.engine().Grade(t.Context(), items, all.add); err != nil {
		t.Fatal(err)
	}
	for _, i := range items {
		if got := all[i.Key]; len(got) != 1 || !strings.Contains(got[0].Fault, "exit code 42") {
			t.Errorf("told %+v", got)
		}
	}
	if n := pods.Load(); n != 1+1+2 {
		t.Errorf("%d pods ran, want one for each shard of three rounds", n)
	}
}

// A worker that must not judge ends the run, and says why.
func TestRefused(t *testing.T) {
	c := newFakeCluster(t)
	c.run = func(*podRun) int { return ExitCode(&RefusedError{errBroken}) }
	err := c.engine().Grade(t.Context(), class(10), told{}.add)
	if err == nil || !strings.Contains(err.Error(), "exit code 43") {
		t.Errorf("Grade = %v", err)
	}
	c.left()
}

// Somebody deletes the Job in the middle.
func TestJobDeleted(t *testing.T) {
	c, all, items := newFakeCluster(t), told{}, class(10)
	c.run = func(p *podRun) int {
		if p.round() > 1 {
			return p.work()
		}
		_ = Worker(p.t.Context(), p.shard, p.judge, &limited{p, 1})
		if p.shard.Index == 1 {
			_ = c.client().jobs.Delete(p.t.Context(), c.created[0], meta.DeleteOptions{})
		}
		return 1
	}
	if err := c.engine().Grade(t.Context(), items, all.add); err != nil {
		t.Fatal(err)
	}
	all.whole(t, items)
	c.left()
}

// A log that cannot be read for a while is read later.
func TestLogAway(t *testing.T) {
	c, all, items := newFakeCluster(t), told{}, class(10)
	n := 0
	c.readErr = func(string) error {
		if n++; n < 20 {
			return fmt.Errorf("no answer")
		}
		return nil
	}
	c.run = func(p *podRun) int { defer time.Sleep(100 * time.Millisecond); return p.work() }
	if err := c.engine().Grade(t.Context(), items, all.add); err != nil {
		t.Fatal(err)
	}
	all.whole(t, items)
}

// Lines that no worker of the Job wrote change nothing, and are told of.
func TestForgedLines(t *testing.T) {
	c, all, items := newFakeCluster(t), told{}, class(4)
	good := grade.Outcome{Key: items[0].Key, Task: "x01"}
	good.Result.Points = 1000
	stranger, wrongTask := good, good
	stranger.Key, wrongTask.Task = "stranger", "x99"
	c.run = func(p *podRun) int {
		_ = writeOutcome(p, []byte("guessed"), good)
		_ = writeOutcome(p, p.shard.Secret, stranger)
		_ = writeOutcome(p, p.shard.Secret, wrongTask)
		fmt.Fprintf(p, "%s{}\n%s\nslipway\n\n", framePrefix, framePrefix)
		return p.work()
	}
	e := c.engine()
	said := make(chan string, 1000)
	e.Report = func(s string) { said <- s }
	if err := e.Grade(t.Context(), items, all.add); err != nil {
		t.Fatal(err)
	}
	all.whole(t, items)
	close(said)
	var lines []string
	for s := range said {
		lines = append(lines, s)
	}
	for _, want := range []string{"not as a worker of this Job wrote it", `key "stranger", which the class does not have`, `task "x99" under key`} {
		if !strings.Contains(strings.Join(lines, "\n"), want) {
			t.Errorf("nobody said %q", want)
		}
	}
}
