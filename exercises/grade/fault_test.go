package grade

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/exercises/isolation"
	"github.com/slipway-workshop/slipway/exercises/verdict"
	"github.com/slipway-workshop/slipway/exercises/workspace"
)

// scripted is a judge whose tries end as the script of an item says: f a fault, p a panic, e a check in error, - a result.
// The script is what the file points of the work begins with.
func scripted(times *counter) fakeJudge {
	return fakeJudge{func(item Item) error {
		script := firstFile(item)
		times.mu.Lock()
		n := times.n[item.Key]
		times.mu.Unlock()
		if err := times.count(item); err != nil {
			return err
		}
		switch {
		case !strings.HasPrefix(script, "#"), n+1 >= len(script):
			return nil
		case script[n+1] == 'f':
			return errors.New("no room for the cell")
		case script[n+1] == 'p':
			panic("out of luck")
		}
		return nil
	}}
}

func oneLearner(attempts ...Attempt) Class {
	return Class{Learners: []Learner{{Person: Person{ID: "ada"}, OnRoster: true, Attempts: attempts}}}
}

func TestFaultsAreRetried(t *testing.T) {
	for script, want := range map[string]struct {
		state State
		times int
	}{
		"#-":    {Graded, 1},
		"#f-":   {Graded, 2},
		"#pf-":  {Graded, 3},
		"#ffff": {Unjudged, 3},
		"#ppp":  {Unjudged, 3},
	} {
		t.Run(script, func(t *testing.T) {
			times, dir := &counter{}, t.TempDir()
			c := fakeConfig(oneLearner(handIn("ada.zip", day, map[string]string{"x01": script})), faultless{scripted(times)})
			f := mustOpen(t, dir)
			book, _, err := f.Run(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			row := book.Learners[0]
			if cell := row.Cells[0]; cell.State != want.state || row.Complete != (want.state == Graded) {
				t.Errorf("the cell is %+v, complete %v", cell, row.Complete)
			}
			for _, n := range times.n {
				if n != want.times {
					t.Errorf("judged %d times, want %d", n, want.times)
				}
			}
			if err := errors.Join(f.Accept(book), f.Close()); err != nil {
				t.Fatal(err)
			}
			x, err := Audit(dir, "ada", "x01")
			if err != nil {
				t.Fatal(err)
			}
			var text strings.Builder
			if err := x.WriteText(&text, verdict.Style{}); err != nil {
				t.Fatal(err)
			}
			if faults := strings.Count(text.String(), "no room for the cell") + strings.Count(text.String(), "out of luck"); want.times > 1 && faults == 0 {
				t.Errorf("the audit tells of no fault:\n%s", text.String())
			}
			if want.state == Unjudged { // the next run tries again
				if n := strings.Count(string(gradeAll(t, dir, fakeConfig(c.Class, faultless{fakeJudge{func(Item) error { return nil }}}))), `"state": "graded"`); n != 1 {
					t.Errorf("the next run has %d results, want 1", n)
				}
			}
		})
	}
}

// faultless gives a result for work whose points are no numbers.
type faultless struct{ fakeJudge }

func (j faultless) Judge(_ context.Context, item Item) (verdict.Result, isolation.Achieved, error) {
	if err := j.before(item); err != nil {
		return verdict.Result{}, sealed, err
	}
	return fakeResult(item.Task, 7), sealed, nil
}

// A result that cannot be that of its task is a fault of ours and no grade.
func TestUnfitResults(t *testing.T) {
	more := fakeResult("x01", 10)
	more.Checks = append(more.Checks, verdict.Check{ID: "bonus", Status: verdict.Pass, Points: 5, Max: 5})
	none := verdict.New("x01", "", nil)
	high, low, other, hidden, twice, broken := fakeResult("x01", 11), fakeResult("x01", -1), fakeResult("x01", 10), fakeResult("x01", 10), fakeResult("x01", 10), fakeResult("x01", 0)
	other.Checks[0].ID = "20-b"
	hidden.Checks[0].Hidden = true
	twice.Checks = append(twice.Checks, twice.Checks[0])
	broken.Checks[0].Status, broken.Checks[0].Fault = verdict.Error, "the world did not start"
	sum, passed := fakeResult("x01", 3), fakeResult("x01", 3)
	sum.Points, passed.Status = 10, verdict.Pass
	for i, r := range []verdict.Result{more, none, high, low, other, hidden, twice, broken, sum, passed, {Status: verdict.Error}} {
		c := fakeConfig(oneLearner(handIn("ada.zip", day, map[string]string{"x01": "10"})), fixed{r})
		f := mustOpen(t, t.TempDir())
		book, _, err := f.Run(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		if cell := book.Learners[0].Cells[0]; cell.State != Unjudged || cell.Points != 0 || len(book.Problems) == 0 {
			t.Errorf("%d: %s: the cell is %+v", i, fmt.Sprint(r), cell)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

type fixed struct{ result verdict.Result }

func (j fixed) Judge(context.Context, Item) (verdict.Result, isolation.Achieved, error) {
	return j.result, sealed, nil
}

var errFault = errors.New("a fault of ours")

// faultyNumbers is a judge that takes the first word of the points only.
type faultyNumbers struct{ fakeJudge }

func (j faultyNumbers) Judge(ctx context.Context, item Item) (verdict.Result, isolation.Achieved, error) {
	first := strings.Fields(firstFile(item))[0]
	if err := j.before(item); err != nil {
		return verdict.Result{}, sealed, err
	}
	item.Files = Held(workspace.File{Name: "points", Data: []byte(first)})
	return fakeJudge{}.Judge(ctx, item)
}

// weakly judges without isolation, as far as weak says.
type weakly struct {
	weak  *bool
	times *int
}

func (j weakly) Judge(_ context.Context, item Item) (verdict.Result, isolation.Achieved, error) {
	*j.times++
	achieved := sealed
	if *j.weak {
		achieved.Files = isolation.None
	}
	return fakeResult(item.Task, 7), achieved, nil
}

// What was judged while authors were trusted does not count where they are not.
func TestWeakIsolation(t *testing.T) {
	weak, times, dir := true, 0, t.TempDir()
	c := fakeConfig(oneLearner(handIn("ada.zip", day, map[string]string{"x01": "7"})), weakly{&weak, &times})
	state := func(trust bool) State {
		t.Helper()
		c.Trust = trust
		f := mustOpen(t, dir)
		defer f.Close()
		book, _, err := f.Run(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		return book.Learners[0].Cells[0].State
	}
	if got := state(false); got != Unjudged || times != 1 {
		t.Errorf("weak, and not trusted: %s after %d times, want unjudged after 1", got, times)
	}
	if got := state(true); got != Graded || times != 2 {
		t.Errorf("trusted: %s after %d times", got, times)
	}
	if got := state(true); got != Graded || times != 2 {
		t.Errorf("trusted, once more: %s after %d times", got, times)
	}
	weak = false
	if got := state(false); got != Graded || times != 3 {
		t.Errorf("no longer trusted: %s after %d times", got, times)
	}
	if got := state(false); got != Graded || times != 3 {
		t.Errorf("judged with isolation: %s after %d times", got, times)
	}
	if _, err := Verify(dir); err != nil {
		t.Error(err)
	}
}
