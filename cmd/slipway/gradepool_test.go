package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/slipway-workshop/slipway/exercises/verdict"
	"github.com/slipway-workshop/slipway/exercises/workspace"
	"github.com/slipway-workshop/slipway/labs"
)

// What passes on a twin has passed; a failure there, or a fault, is nobody's before the first cluster says so.
func TestPoolTwinOnlySaysYes(t *testing.T) {
	l := &labs.Lab{Topology: labs.Four}
	first := l.Place()
	tests := []struct {
		name           string
		onTwin, onOwn  verdict.Status // empty: a fault
		want           verdict.Status
		wantTriedFirst bool
	}{
		{"passes on both", verdict.Pass, verdict.Pass, verdict.Pass, false},
		{"fails on the twin alone", verdict.Fail, verdict.Pass, verdict.Pass, true},
		{"fails on both", verdict.Fail, verdict.Fail, verdict.Fail, true},
		{"a fault on the twin", "", verdict.Fail, verdict.Fail, true},
		{"a fault on both", "", "", "", true},
	}
	for _, tt := range tests {
		p := newPool(2, nil)
		<-p.free[labs.Four] // the first is busy
		var tried []labs.Place
		p.grade = func(_ context.Context, at labs.Place, _ *labs.Lab, _ []workspace.File) (verdict.Result, error) {
			tried = append(tried, at)
			status := tt.onOwn
			if at != first {
				status = tt.onTwin
			}
			if status == "" {
				return verdict.Result{}, errors.New("no answer")
			}
			return verdict.Result{Status: status}, nil
		}
		res, err := p.judge(t.Context(), l, nil)
		if res.Status != tt.want || (err != nil) != (tt.want == "") || slices.Contains(tried, first) != tt.wantTriedFirst {
			t.Errorf("%s: %q, %v, tried on %v", tt.name, res.Status, err, tried)
		}
	}
}

// No cluster has two submissions at a time, and all of them are used.
func TestPoolUsesAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(3, nil)
		var mu sync.Mutex
		busy, used := map[labs.Place]bool{}, map[labs.Place]bool{}
		p.grade = func(_ context.Context, at labs.Place, _ *labs.Lab, _ []workspace.File) (verdict.Result, error) {
			mu.Lock()
			if busy[at] {
				t.Errorf("two submissions at once on %s", at.Name)
			}
			busy[at], used[at] = true, true
			mu.Unlock()
			time.Sleep(time.Second)
			mu.Lock()
			busy[at] = false
			mu.Unlock()
			return verdict.Result{Status: verdict.Pass}, nil
		}
		begin := time.Now()
		var wg sync.WaitGroup
		for range 9 {
			wg.Go(func() {
				if _, err := p.judge(t.Context(), &labs.Lab{Topology: labs.One}, nil); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if took := time.Since(begin); len(used) != 3 || took != 3*time.Second {
			t.Errorf("%d clusters used, %s", len(used), took)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for range 3 {
			<-p.free[labs.One]
		}
		if _, err := p.judge(ctx, &labs.Lab{Topology: labs.One}, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("who gives up waits on: %v", err)
		}
	})
}
