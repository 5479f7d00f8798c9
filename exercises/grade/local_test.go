package grade

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slipway-workshop/slipway/exercises/verdict"
)

func itemsOf(n int) []Item {
	var items []Item
	for i := range n {
		items = append(items, Item{Key: fmt.Sprint(i), Task: "x01"})
	}
	return items
}

// No more items than there are workers are judged at once, all of them are when there is enough to do, and outcomes are
// told one at a time.
func TestWorkers(t *testing.T) {
	for _, workers := range []int{1, 3, 50} {
		synctest.Test(t, func(t *testing.T) {
			var judging, telling, most atomic.Int32
			judge := fakeJudge{func(Item) error {
				now := judging.Add(1)
				for m := most.Load(); now > m && !most.CompareAndSwap(m, now); m = most.Load() {
				}
				time.Sleep(time.Second)
				judging.Add(-1)
				return nil
			}}
			told := map[string]int{}
			err := Local{Judge: judge, Workers: workers}.Grade(t.Context(), itemsOf(20), func(o Outcome) error {
				if telling.Add(1) > 1 {
					t.Error("two outcomes are told at once")
				}
				time.Sleep(time.Millisecond)
				told[o.Key]++
				telling.Add(-1)
				return nil
			})
			if err != nil || len(told) != 20 || int(most.Load()) != min(workers, 20) {
				t.Errorf("%d workers: %v, %d told, %d at once", workers, err, len(told), most.Load())
			}
		})
	}
}

func TestWorkersEnd(t *testing.T) {
	stop := errors.New("disk full")
	synctest.Test(t, func(t *testing.T) { // whoever still waits at the end makes the test fail
		told := 0
		err := Local{Judge: fakeJudge{}, Workers: 4}.Grade(t.Context(), itemsOf(100), func(Outcome) error {
			told++
			return stop
		})
		if !errors.Is(err, stop) || told != 1 {
			t.Errorf("%v after %d outcomes, want %v after 1", err, told, stop)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		told := 0
		err := Local{Judge: fakeJudge{func(Item) error { return errFault }}, Workers: 2, Pause: time.Minute}.Grade(ctx, itemsOf(5), func(Outcome) error {
			told++
			return nil
		})
		if !errors.Is(err, context.DeadlineExceeded) || told != 0 {
			t.Errorf("%v with %d told: a fault that could not be retried is no outcome", err, told)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		var tries []Try
		err := Local{Judge: fakeJudge{func(Item) error { return errFault }}, Pause: time.Minute}.Grade(t.Context(), itemsOf(1), func(o Outcome) error {
			tries = o.Tries
			if o.Fault == "" || o.Result.Status != verdict.Status("") {
				t.Errorf("outcome %+v", o)
			}
			return nil
		})
		if err != nil || len(tries) != 3 || time.Since(begin) != 2*time.Minute {
			t.Errorf("%v, %d tries in %v", err, len(tries), time.Since(begin))
		}
	})
	if err := (Local{Judge: fakeJudge{}}).Grade(t.Context(), nil, nil); err != nil {
		t.Errorf("nothing to do: %v", err)
	}
}
